//! The words of our texts beside those of the site's old feed.
//!
//! In: an entry of each. Out: where a reader would see other words. White space, punctuation
//! and its typographic forms, markup and the line numbers of code are no words.

use crate::map::clean;
use crate::map::plain;
use crate::model::ContentMode;
use crate::model::Entry;
use regex::Regex;
use std::sync::LazyLock;

/// Letters shown from where two texts part.
const SHOWN: usize = 40;

/// Line numbers of code: Hexo's and Rouge's cells, Rouge's and Hugo's within them, Hugo's in lines.
static LINE_NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let tag = |name: &str| {
        format!(
            r#"<{name}\b[^>]*\bclass="(?:[^"]* )?(?:[\w-]*gutter|lineno|linenos|lnt|ln)(?: [^"]*)?"[^>]*>.*?</{name}>"#
        )
    };
    Regex::new(&format!("(?s){}|{}|{}", tag("td"), tag("pre"), tag("span"))).ok()
});

/// The text that the old feed had, and ours, from where their words part; `None` where a
/// reader sees the same, or the old feed had none. `base` is the site's address.
pub(super) fn difference(
    before: &Entry,
    entry: &Entry,
    mode: ContentMode,
    base: &str,
) -> Option<(String, String)> {
    let was = words(before.content.as_deref().or(before.summary.as_deref())?);
    let mut ours = clean(entry.clone(), base);
    crate::serve::shorten(&mut ours, mode);
    let is = words(ours.content.as_deref().or(ours.summary.as_deref()).unwrap_or_default());
    let mut one = was.chars().filter(|letter| letter.is_alphanumeric());
    let mut other = is.chars().filter(|letter| letter.is_alphanumeric());
    let mut same = 0;
    loop {
        match (one.next(), other.next()) {
            (None, None) => return None,
            (left, right) if left == right => same += 1,
            _ => return Some((from(&was, same), from(&is, same))),
        }
    }
}

/// What is read of HTML, without the numbers that stand beside lines of code.
fn words(html: &str) -> String {
    match LINE_NUMBERS.as_ref() {
        Some(numbers) => plain::shown(&numbers.replace_all(html, "")),
        None => plain::shown(html),
    }
}

/// The beginning of what follows so many letters and digits.
fn from(text: &str, letters: usize) -> String {
    let mut seen = 0;
    let behind = text.char_indices().find(|(_, letter)| {
        let here = seen == letters && letter.is_alphanumeric();
        seen += usize::from(letter.is_alphanumeric());
        here
    });
    let Some((start, _)) = behind else { return "(its end)".to_owned() };
    let rest = text.get(start..).unwrap_or_default();
    match rest.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", rest.get(..end).unwrap_or_default()),
        None => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(html: &str) -> Entry {
        Entry { content: Some(html.into()), ..Entry::default() }
    }

    fn found(was: &str, is: &str) -> Option<(String, String)> {
        difference(&entry(was), &entry(is), ContentMode::Full, "https://x.example/")
    }

    #[test]
    fn quotes_markup_and_line_numbers_are_no_words() {
        assert_eq!(found("<p>\"Yes\" -- it's\n so...</p>", "<div>“Yes” – it’s so…</div>"), None);
        let code =
            "<table><tr><td class=\"gutter\"><pre>1<br>2</pre></td><td><pre>a\nb</pre></td></tr></table>";
        let plain = "<pre><code>a\nb\n</code></pre>";
        assert_eq!(found(code, plain), None);
        for code in [
            "<table><tr><td class=\"rouge-gutter gl\"><pre class=\"lineno\">1\n2\n</pre></td><td>a b</td></tr></table>",
            "<table><tr><td class=\"gutter gl\" style=\"x\"><pre>1\n2\n</pre></td><td>a b</td></tr></table>",
            "<table><tr><td class=\"lntd\"><span class=\"lnt\" id=\"a\">1\n</span><span class=\"lnt\">2\n</span></td><td>a b</td></tr></table>",
            "<pre><code><span class=\"ln\">1</span>a\n<span class=\"ln\">2</span>b</code></pre>",
        ] {
            assert_eq!(found(code, plain), None, "{code}");
        }
    }

    #[test]
    fn where_words_part_is_shown() {
        let part = |was: &str, is: &str| Some((was.to_owned(), is.to_owned()));
        assert_eq!(found("<p>One two three</p>", "<p>One 2 three</p>"), part("two three", "2 three"));
        assert_eq!(found("<p>One</p>", "<p>One more</p>"), part("(its end)", "more"));
        assert_eq!(found("<p>One</p>", ""), part("One", "(its end)"));
        assert_eq!(found("", "<p>One</p>"), part("(its end)", "One"));
    }

    #[test]
    fn what_is_not_published_is_not_compared() {
        let mut ours = entry("<p>All of it</p>");
        ours.summary = Some("<p>Short</p>".into());
        let short = |was: &str| difference(&entry(was), &ours, ContentMode::Summary, "https://x.example/");
        assert_eq!(short("Short"), None);
        assert!(short("All of it").is_some());
        assert_eq!(difference(&Entry::default(), &ours, ContentMode::Full, ""), None);
    }
}
