//! What an entry of a remote feed is found again by.
//!
//! In: guid, link, and what doesn't move. Out: the entry's id as its source has it,
//! and keys, best first: `guid:`, `link:`, else `hash:`. Guids and links are compared
//! without scheme, `www.` and last slash. Two entries of one feed never share a key:
//! twins get keys of their own, from what tells them apart. Nothing here is chance.

use std::collections::HashMap;

/// Guids longer than this are known by their hash.
const MAX_GUID: usize = 512;

/// What identifies one entry, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks<'t> {
    /// Its guid.
    pub guid: Option<&'t str>,
    /// Its page.
    pub link: Option<&'t str>,
    /// Its title.
    pub title: Option<&'t str>,
    /// Its date as written.
    pub published: Option<&'t str>,
    /// The beginning of its text: the last resort.
    pub text: Option<&'t str>,
}

/// An entry's id and keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The guid byte for byte, else the link, else a hash of what doesn't move.
    pub id: String,
    /// What it is found by among the stored ones, best first; no other entry of the feed has any of them.
    pub keys: Vec<String>,
}

/// Scheme, `www.` and last slash apart; the host's case too.
pub fn canonical(address: &str) -> String {
    let address = address.trim();
    let bare = match address.split_once("://") {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
        {
            rest
        }
        _ => return address.strip_suffix('/').unwrap_or(address).to_owned(),
    };
    let end = bare.find(['/', '?', '#']).unwrap_or(bare.len());
    let (host, path) = bare.split_at(end);
    let host = host.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    format!("{host}{}", path.strip_suffix('/').unwrap_or(path))
}

/// The identity of every entry of a feed, in its order.
pub fn identify(entries: &[Marks<'_>]) -> Vec<Identity> {
    let guids: Vec<_> = entries.iter().map(guid_key).collect();
    let links: Vec<_> = entries
        .iter()
        .map(|marks| marks.link.map(|link| format!("link:{}", bounded(&canonical(link)))))
        .collect();
    let guid_counts = count(&guids);
    let link_counts = count(&links);
    let last_guids = last(&guids);
    let last_links = last(&links);
    let mut used: HashMap<String, usize> = HashMap::new();
    entries
        .iter()
        .enumerate()
        .map(|(place, marks)| {
            let guid = guids.get(place).and_then(Option::as_deref);
            let link = links.get(place).and_then(Option::as_deref);
            let is_twin =
                |counts: &HashMap<&str, usize>, key: &str| counts.get(key).is_some_and(|count| *count > 1);
            let mut keys = Vec::new();
            if let Some(key) = guid {
                if is_twin(&guid_counts, key) {
                    let own_link = link.filter(|link| !is_twin(&link_counts, link));
                    let mark = own_link
                        .map_or_else(|| fixed(marks), |link| link.trim_start_matches("link:").to_owned());
                    keys.push(format!("{key}#{mark}"));
                }
                if last_guids.get(key) == Some(&place) {
                    keys.push(key.to_owned());
                }
            }
            if let Some(key) = link {
                if is_twin(&link_counts, key) {
                    keys.push(format!("{key}#{}", fixed(marks)));
                }
                if last_links.get(key) == Some(&place) {
                    keys.push(key.to_owned());
                }
            }
            if keys.is_empty() {
                keys.push(format!("hash:{}", fixed(marks)));
            }
            Identity { id: id(marks), keys: distinct(keys, &mut used) }
        })
        .collect()
}

fn guid_key(marks: &Marks<'_>) -> Option<String> {
    let guid = marks.guid.map(str::trim).filter(|guid| !guid.is_empty())?;
    Some(format!("guid:{}", bounded(&canonical(guid))))
}

fn id(marks: &Marks<'_>) -> String {
    match marks.guid.map(str::trim).filter(|guid| !guid.is_empty()).or(marks.link) {
        Some(written) => bounded(written),
        None => fixed(marks),
    }
}

fn bounded(text: &str) -> String {
    if text.len() <= MAX_GUID { text.to_owned() } else { hash(&[text]) }
}

/// A hash of what doesn't move: title and date as written, else the text.
fn fixed(marks: &Marks<'_>) -> String {
    let title = marks.title.unwrap_or_default();
    let published = marks.published.unwrap_or_default();
    if title.is_empty() && published.is_empty() {
        hash(&["text", marks.text.unwrap_or_default()])
    } else {
        hash(&[title, published])
    }
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn count(keys: &[Option<String>]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for key in keys.iter().flatten() {
        *counts.entry(key.as_str()).or_default() += 1;
    }
    counts
}

/// Where each key stands last: newer entries stand above, so the last is the one
/// that had the key alone before its twin came.
fn last(keys: &[Option<String>]) -> HashMap<&str, usize> {
    let mut places = HashMap::new();
    for (place, key) in keys.iter().enumerate() {
        if let Some(key) = key {
            places.insert(key.as_str(), place);
        }
    }
    places
}

/// The keys that nobody has yet; where that is none, the first with a number.
fn distinct(keys: Vec<String>, used: &mut HashMap<String, usize>) -> Vec<String> {
    let first = keys.first().cloned().unwrap_or_default();
    let mut own: Vec<String> = keys.into_iter().filter(|key| !used.contains_key(key)).collect();
    if own.is_empty() {
        let number = used.get(&first).copied().unwrap_or_default() + 1;
        used.insert(first.clone(), number);
        own.push(format!("{first}#{number}"));
    }
    for key in &own {
        used.entry(key.clone()).or_insert(1);
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks<'t>(guid: &'t str, link: &'t str, title: &'t str) -> Marks<'t> {
        let some = |text: &'t str| (!text.is_empty()).then_some(text);
        Marks { guid: some(guid), link: some(link), title: some(title), published: None, text: None }
    }

    #[test]
    fn addresses_are_compared_without_what_moves() {
        for (one, other) in [
            ("http://www.Example.org/a/", "https://example.org/a"),
            ("https://example.org/", "http://example.org"),
            ("tag:example.org,2026:1", "tag:example.org,2026:1"),
        ] {
            assert_eq!(canonical(one), canonical(other));
        }
        assert_ne!(canonical("https://example.org/A"), canonical("https://example.org/a"));
    }

    #[test]
    fn an_entry_is_known_by_guid_then_link_then_hash() {
        let found = identify(&[
            marks("https://www.example.org/?p=1", "https://example.org/one/", "One"),
            marks("", "http://example.org/two", "Two"),
            marks("", "", "Three"),
        ]);
        assert_eq!(found[0].id, "https://www.example.org/?p=1");
        assert_eq!(found[0].keys, ["guid:example.org/?p=1", "link:example.org/one"]);
        assert_eq!(found[1].id, "http://example.org/two");
        assert_eq!(found[1].keys, ["link:example.org/two"]);
        assert_eq!(found[2].keys, [format!("hash:{}", found[2].id)]);
        assert_eq!(found[2].id.len(), 32);
    }

    #[test]
    fn twins_are_told_apart_and_the_older_is_found_by_its_old_key() {
        let before = identify(&[marks("7", "https://example.org/a", "A")]);
        let after =
            identify(&[marks("7", "https://example.org/b", "B"), marks("7", "https://example.org/a", "A")]);
        assert_eq!(after[0].keys, ["guid:7#example.org/b", "link:example.org/b"]);
        assert_eq!(after[1].keys, ["guid:7#example.org/a", "guid:7", "link:example.org/a"]);
        assert!(after[1].keys.contains(&before[0].keys[0]));
    }

    #[test]
    fn no_key_stands_twice_in_a_feed() {
        let twin = marks("same", "https://example.org/", "Same");
        let found = identify(&vec![twin; 50]);
        let mut keys: Vec<_> = found.iter().flat_map(|identity| &identity.keys).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert!(found.iter().all(|identity| !identity.keys.is_empty()));
    }

    #[test]
    fn a_huge_guid_is_known_by_its_hash() {
        let huge = "x".repeat(1 << 20);
        let found = identify(&[marks(&huge, "", "")]);
        assert_eq!(found[0].id.len(), 32);
        assert_eq!(found[0].keys, [format!("guid:{}", found[0].id)]);
    }
}
