//! An entry as it may be put out: its HTML clean, its addresses absolute.

use crate::map::{links, sanitize};
use crate::model::Entry;
use url::Url;

/// Cleans an entry's texts and makes its addresses absolute.
///
/// Relative addresses count from the entry's link, else from `base` (the feed's or
/// the post's address). A text that comes to nothing is dropped, and so is a summary
/// that says what the content says. Cleaning twice changes nothing.
pub fn clean(mut entry: Entry, base: &str) -> Entry {
    let page = entry.link.as_deref().and_then(|link| Url::parse(link).ok());
    let base = page.or_else(|| Url::parse(base).ok());
    let base = base.as_ref();
    entry.content = entry.content.and_then(|html| text(&html, base));
    entry.summary = entry.summary.and_then(|html| text(&html, base));
    if entry.content.is_none() {
        entry.content = entry.summary.take();
    }
    if entry.summary == entry.content {
        entry.summary = None;
    }
    entry.image = entry.image.and_then(|image| links::web(&image, base));
    entry.comments = entry.comments.and_then(|page| links::web(&page, base));
    entry.enclosures.retain_mut(|enclosure| match links::web(&enclosure.url, base) {
        Some(url) => {
            enclosure.url = url;
            true
        }
        None => false,
    });
    entry
}

fn text(html: &str, base: Option<&Url>) -> Option<String> {
    let clean = sanitize::clean_html(html, base);
    let shown = clean.trim();
    if shown.is_empty() {
        return None;
    }
    Some(if shown.len() == clean.len() { clean } else { shown.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Enclosure;

    #[test]
    fn texts_are_cleaned_against_the_entrys_own_page() {
        let entry = Entry {
            link: Some("https://example.org/blog/one/".to_owned()),
            content: Some("<p onclick=x>see <a href=\"../two\">two</a><script>alert(1)</script>".to_owned()),
            summary: Some("<script>only</script>".to_owned()),
            image: Some("//cdn.example.org/a b.png".to_owned()),
            enclosures: vec![
                Enclosure { url: "/ä.mp3".to_owned(), ..Enclosure::default() },
                Enclosure { url: "javascript:alert(1)".to_owned(), ..Enclosure::default() },
            ],
            ..Entry::default()
        };
        let cleaned = clean(entry, "https://example.org/feed.xml");
        assert_eq!(
            cleaned.content.as_deref(),
            Some("<p>see <a href=\"https://example.org/blog/two\">two</a></p>")
        );
        assert_eq!(cleaned.summary, None);
        assert_eq!(cleaned.image.as_deref(), Some("https://cdn.example.org/a%20b.png"));
        assert_eq!(cleaned.enclosures.len(), 1);
        assert_eq!(cleaned.enclosures[0].url, "https://example.org/%C3%A4.mp3");
        assert_eq!(clean(cleaned.clone(), "https://example.org/feed.xml"), cleaned);
    }

    #[test]
    fn a_summary_that_repeats_the_content_is_dropped() {
        let entry = Entry {
            content: Some("<p>one</p>".to_owned()),
            summary: Some(" <p>one</p> <!-- again -->".to_owned()),
            ..Entry::default()
        };
        assert_eq!(clean(entry, "https://example.org/").summary, None);
    }
}
