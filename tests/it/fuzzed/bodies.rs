//! What must hold whatever comes in; `fuzz/` runs the same bodies for as long as one likes.

use feedmill::map::feed::Reading;
use feedmill::map::feed_date::Habit;
use feedmill::{map, parse::feed};

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
