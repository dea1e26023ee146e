//! What an entry shares with its twins in other sources of a feed.

use crate::definition::Dedupe;
use crate::map::same_address::canonical;
use crate::map::same_address::untracked;
use crate::model::Entry;

/// Keys longer than this are known by their hash.
const LONGEST: usize = 300;

/// The key that twins have in common; `None` where nothing makes entries one. Without
/// a link an entry goes by its id.
pub fn twin_key(entry: &Entry, dedupe: Dedupe) -> Option<String> {
    let key = match (dedupe, &entry.link) {
        (Dedupe::None, _) => return None,
        (Dedupe::Url, Some(link)) => format!("url:{}", bare(link)),
        (Dedupe::Id | Dedupe::Url, _) => format!("id:{}", canonical(&entry.id)),
    };
    let is_long = key.len() > LONGEST;
    Some(if is_long { format!("hash:{}", blake3::hash(key.as_bytes()).to_hex()) } else { key })
}

/// A link without what two feeds write differently: scheme, `www.`, last slash, tracking
/// parameters, the fragment unless it is a path (`#/` and `#!` are pages of their own).
fn bare(link: &str) -> String {
    let link = canonical(link);
    let bare = untracked(&link);
    match bare.split_once('#') {
        Some((page, fragment)) if !fragment.starts_with(['/', '!']) => page.to_owned(),
        _ => bare.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_compared_leniently() {
        let of = |link: &str| {
            twin_key(&Entry { link: Some(link.into()), ..Entry::default() }, Dedupe::Url).unwrap()
        };
        for (link, key) in [
            ("https://www.Example.org/a/", "url:example.org/a"),
            ("http://example.org/a?utm_source=rss&utm_medium=feed", "url:example.org/a"),
            ("https://example.org/a/?id=7&fbclid=x", "url:example.org/a?id=7"),
            ("https://example.org/a#comments", "url:example.org/a"),
            ("https://example.org/#/a", "url:example.org#/a"),
            ("https://example.org/A", "url:example.org/A"),
            ("https://example.org/a?ref=home", "url:example.org/a?ref=home"),
        ] {
            assert_eq!(of(link), key, "{link}");
        }
        assert_eq!(of(&"x".repeat(400)).len(), 69);
    }

    #[test]
    fn without_a_link_the_id_counts() {
        let entry = Entry { id: "http://www.example.org/1/".into(), ..Entry::default() };
        assert_eq!(twin_key(&entry, Dedupe::None), None);
        for dedupe in [Dedupe::Id, Dedupe::Url] {
            assert_eq!(twin_key(&entry, dedupe).as_deref(), Some("id:example.org/1"));
        }
    }
}
