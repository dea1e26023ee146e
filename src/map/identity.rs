//! What an entry of a remote feed is found again by.
//!
//! In: guid, link, and what doesn't move. Out: the entry's id as its source has it,
//! and keys, best first: `guid:`, `link:`, else `hash:`. Guids and links are compared
//! without scheme, `www.`, last slash and what changes from visit to visit; titles and
//! dates by what they mean. Two entries of one feed never share a key: twins get keys of
//! their own, from what tells them apart. Nothing here is chance.

use crate::map::plain;
use crate::map::same_address;
use crate::model::Date;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Guids longer than this are known by their hash.
const MAX_GUID: usize = 512;

/// What identifies one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks<'t> {
    /// Its guid as written.
    pub guid: Option<&'t str>,
    /// Its page.
    pub link: Option<&'t str>,
    /// Its title, one line of plain text.
    pub title: Option<&'t str>,
    /// When it was published.
    pub published: Option<Date>,
    /// The same as written, where it can't be read.
    pub unread: Option<&'t str>,
    /// Its text, HTML: the last resort.
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

/// The identity of every entry of a feed, in its order.
pub fn identify(entries: &[Marks<'_>]) -> Vec<Identity> {
    let by_age = by_age(entries);
    let keys = |key: fn(&Marks<'_>) -> Option<String>| entries.iter().map(key).collect::<Vec<_>>();
    let [guids, links, hashes] = [guid_key, link_key, hash_key].map(keys);
    let guids = Owners::new(&guids, &by_age);
    let links = Owners::new(&links, &by_age);
    let hashes = Owners::new(&hashes, &by_age);
    let mut used: HashMap<String, usize> = HashMap::new();
    let identity = |(place, marks): (usize, &Marks<'_>)| {
        let mut keys: Vec<String> = Vec::new();
        // What is an entry's own comes first; what twins share leads to the oldest of them.
        let own_link = links.at(place).filter(|key| !links.is_shared(key));
        match guids.at(place) {
            Some(key) if guids.is_shared(key) => {
                let mark = own_link.and_then(|link| link.strip_prefix("link:")).map(str::to_owned);
                keys.push(format!("{key}#{}", mark.unwrap_or_else(|| fixed(marks))));
            }
            key => keys.extend(key.map(str::to_owned)),
        }
        match links.at(place) {
            Some(key) if links.is_shared(key) => keys.push(format!("{key}#{}", fixed(marks))),
            key => keys.extend(key.map(str::to_owned)),
        }
        match hashes.at(place) {
            Some(key) if hashes.is_shared(key) => keys.push(format!("{key}#{}", hash(&[&words(marks)]))),
            key => keys.extend(key.map(str::to_owned)),
        }
        for owners in [&guids, &links, &hashes] {
            let shared = owners.at(place).filter(|key| owners.is_shared(key));
            keys.extend(shared.filter(|key| owners.is_oldest(key, place)).map(str::to_owned));
        }
        Identity { id: id(marks), keys: distinct(keys, &mut used) }
    };
    entries.iter().enumerate().map(identity).collect()
}

/// The places of entries, the oldest first; newer ones stand above older ones of the same date.
fn by_age(entries: &[Marks<'_>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..entries.len()).collect();
    places.sort_by_key(|place| {
        let date = entries.get(*place).and_then(|marks| marks.published);
        (date.is_none(), date, Reverse(*place))
    });
    places
}

/// Who has the keys of one kind.
struct Owners<'k> {
    keys: &'k [Option<String>],
    /// How many have a key, and which of them is the oldest: it had it alone before its twins came.
    of: HashMap<&'k str, (usize, usize)>,
}

impl<'k> Owners<'k> {
    fn new(keys: &'k [Option<String>], by_age: &[usize]) -> Self {
        let mut of: HashMap<&str, (usize, usize)> = HashMap::with_capacity(keys.len());
        for place in by_age {
            if let Some(Some(key)) = keys.get(*place) {
                of.entry(key).or_insert((0, *place)).0 += 1;
            }
        }
        Self { keys, of }
    }

    fn at(&self, place: usize) -> Option<&'k str> {
        self.keys.get(place)?.as_deref()
    }

    fn is_shared(&self, key: &str) -> bool {
        self.of.get(key).is_some_and(|(count, _)| *count > 1)
    }

    fn is_oldest(&self, key: &str, place: usize) -> bool {
        self.of.get(key).is_some_and(|(_, oldest)| *oldest == place)
    }
}

fn guid<'t>(marks: &Marks<'t>) -> Option<&'t str> {
    marks.guid.map(str::trim).filter(|guid| !guid.is_empty())
}

fn guid_key(marks: &Marks<'_>) -> Option<String> {
    Some(format!("guid:{}", bounded(&same_address::fixed(guid(marks)?))))
}

fn link_key(marks: &Marks<'_>) -> Option<String> {
    Some(format!("link:{}", bounded(&same_address::fixed(marks.link?))))
}

/// Where it has neither.
fn hash_key(marks: &Marks<'_>) -> Option<String> {
    let has_none = guid(marks).is_none() && marks.link.is_none();
    has_none.then(|| format!("hash:{}", fixed(marks)))
}

fn id(marks: &Marks<'_>) -> String {
    match guid(marks).or(marks.link) {
        Some(written) => bounded(written),
        None => fixed(marks),
    }
}

fn bounded(text: &str) -> String {
    if text.len() <= MAX_GUID { text.to_owned() } else { hash(&[text]) }
}

/// A hash of what doesn't move: title and instant, else the text.
fn fixed(marks: &Marks<'_>) -> String {
    let title = marks.title.unwrap_or_default();
    let published = match marks.published {
        Some(date) => date.timestamp_millis().to_string(),
        None => marks.unread.unwrap_or_default().to_owned(),
    };
    if title.is_empty() && published.is_empty() {
        hash(&["text", &words(marks)])
    } else {
        hash(&[title, &published])
    }
}

/// What a reader sees of its text.
fn words(marks: &Marks<'_>) -> String {
    plain::shown(marks.text.unwrap_or_default())
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(32).collect()
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
        Marks { guid: some(guid), link: some(link), title: some(title), ..Marks::default() }
    }

    #[test]
    fn an_entry_is_known_by_guid_then_link_then_hash() {
        let found = identify(&[
            marks("https://www.example.org/?p=1", "https://example.org/one/", "One"),
            marks("", "http://example.org/two", "Two"),
            marks("", "", "Three"),
        ]);
        assert_eq!(found[0].id, "https://www.example.org/?p=1");
        assert_eq!(found[0].keys, ["guid:example.org?p=1", "link:example.org/one"]);
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
        assert_eq!(after[1].keys, ["guid:7#example.org/a", "link:example.org/a", "guid:7"]);
        assert!(after[1].keys.contains(&before[0].keys[0]));
    }

    #[test]
    fn the_oldest_twin_has_the_old_key_wherever_it_stands() {
        let date = |day: u32| format!("2026-03-{day:02}T10:00:00+08:00").parse().ok();
        let old = Marks { published: date(1), text: Some("<p>one</p>"), ..marks("", "", "") };
        let [old, new] = [old.clone(), Marks { text: Some("two"), ..old.clone() }];
        // The same instant, the same words: the key it had alone.
        let alone = identify(&[Marks { text: Some("one"), published: date(1), ..marks("", "", "") }]);
        let both = identify(&[old.clone(), new.clone()]);
        assert_eq!((both[0].keys.len(), both[1].keys.len()), (1, 2));
        assert_eq!(both[1].keys[1], alone[0].keys[0]);
        let [one, two] = [marks("7", "", "A"), marks("7", "", "B")];
        let (one, two) = (Marks { published: date(2), ..one }, Marks { published: date(3), ..two });
        for twins in [[one.clone(), two.clone()], [two.clone(), one.clone()]] {
            let found = identify(&twins);
            for (marks, identity) in twins.iter().zip(found) {
                assert_eq!(identity.keys.contains(&"guid:7".to_owned()), marks.title == Some("A"));
            }
        }
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
