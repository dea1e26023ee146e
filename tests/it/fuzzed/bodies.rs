//! What must hold whatever comes in; `fuzz/` runs the same bodies for as long as one likes.

use feedmill::map::feed::Reading;
use feedmill::map::feed_date::Habit;
use feedmill::map::markdown::{Dialect, render};
use feedmill::map::sanitize::clean_html;
use feedmill::parse::front_matter::{Fences, read_plain, read_strict};
use feedmill::{map, parse::feed};
use url::Url;

const URL: &str = "https://feeds.example.org/news/feed.xml";

/// A feed: the first byte says what the server called it, the rest is its answer.
pub(crate) fn any_feed(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let content_type = match first % 4 {
        0 => None,
        1 => Some("text/xml; charset=iso-8859-1"),
        2 => Some("application/json; charset=gbk"),
        _ => Some("application/rss+xml; charset=\"utf-16\""),
    };
    let Ok(document) = feed::parse(body, content_type, URL) else { return };
    let mapped = map::feed::map(&document, URL, Reading::default());
    let mut keys: Vec<String> = mapped.entries.iter().flat_map(|entry| entry.keys.clone()).collect();
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all, "two entries share a key");
    for entry in mapped.entries {
        assert!(!entry.id.is_empty() && !entry.keys.is_empty(), "an entry that can't be found again");
        let clean = map::clean(entry, URL);
        for html in [&clean.content, &clean.summary].into_iter().flatten() {
            assert!(!runs(html), "this can run: {html}");
        }
        assert_eq!(map::clean(clean.clone(), URL), clean, "cleaning twice is not cleaning once");
    }
}

/// Whether clean HTML still holds what a browser would run, frame or submit.
fn runs(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    let tags =
        ["<script", "<iframe", "<object", "<embed", "<form", "<svg", "<math", "<style", "<base", "<meta"];
    // Clean text escapes `<`, and clean attributes are quoted: between quotes are values.
    tags.iter().any(|tag| lower.contains(tag))
        || lower.split('<').skip(1).any(|tag| {
            let tag = tag.split('>').next().unwrap_or_default();
            tag.split('"').enumerate().any(|(place, piece)| {
                let piece = piece.trim_start();
                let is_value = place % 2 == 1;
                is_value
                    && ["javascript:", "data:", "vbscript:"].iter().any(|scheme| piece.starts_with(scheme))
                    && !tag.contains("title=")
                    && !tag.contains("alt=")
                    || !is_value && (piece.starts_with("on") || piece.starts_with("style="))
            })
        })
}

/// A date: what is read from any text is read again from how we write it.
pub(crate) fn any_date(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let habit = Habit { zone: Reading::default().zone, day_first: false };
    if let Some(date) = map::feed_date::parse(&text, habit) {
        let written = date.to_rfc3339();
        assert_eq!(map::feed_date::parse(&written, habit), Some(date), "{text:?} was read as {written}");
    }
}

/// HTML: what is clean runs nothing, and stays as it is.
pub(crate) fn any_html(data: &[u8]) {
    clean(&String::from_utf8_lossy(data));
}

/// Markdown: the first byte says whose, and what it is rendered to is HTML like any other.
pub(crate) fn any_markdown(data: &[u8]) {
    const DIALECTS: [Dialect; 7] = [
        Dialect::Kramdown,
        Dialect::Marked,
        Dialect::Goldmark,
        Dialect::PulldownCmark,
        Dialect::PythonMarkdown,
        Dialect::MarkdownIt,
        Dialect::CommonMark,
    ];
    let Some((first, text)) = data.split_first() else { return };
    let dialect = DIALECTS[usize::from(*first) % DIALECTS.len()];
    clean(&render(&String::from_utf8_lossy(text), dialect));
}

fn clean(html: &str) {
    let base = Url::parse(URL).ok();
    let once = clean_html(html, base.as_ref());
    assert!(!runs(&once), "this can run: {once}");
    assert_eq!(clean_html(&once, base.as_ref()), once, "cleaning twice is not cleaning once");
    assert_eq!(clean_html(&once, None), once, "a clean text has a relative address");
}

/// A post: the first byte says whose front matter it has.
pub(crate) fn any_post(data: &[u8]) {
    const GENERATORS: [Fences; 6] =
        [Fences::Jekyll, Fences::Hexo, Fences::Hugo, Fences::Zola, Fences::Pelican, Fences::Eleventy];
    let Some((first, text)) = data.split_first() else { return };
    let fences = GENERATORS[usize::from(*first) % GENERATORS.len()];
    let text = String::from_utf8_lossy(text);
    for front_matter in [read_plain(&text, fences), read_strict(&text, fences)] {
        assert!(text.ends_with(front_matter.body), "the body is no end of the post");
    }
}
