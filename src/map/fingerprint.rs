//! Two hashes of an entry: has the source written anything else, and would anything
//! else be served.
//!
//! Every part goes in with its length, so that no two entries come to the same bytes.

use crate::map::same_address::untracked;
use crate::model::{Date, Entry, Person};
use twox_hash::XxHash3_128;

/// Over bytes as they are: whether a file has other ones.
pub fn hash(bytes: &[u8]) -> [u8; 16] {
    XxHash3_128::oneshot(bytes).to_le_bytes()
}

/// Over every field that the source wrote. While it holds, nothing needs cleaning.
pub fn raw_hash(entry: &Entry) -> [u8; 16] {
    let mut hash = Fields::of(entry);
    hash.text(&entry.id);
    hash.served(entry, entry.link.as_deref());
    hash.option(entry.image.as_deref());
    hash.option(entry.language.as_deref());
    hash.option(entry.rights.as_deref());
    hash.option(entry.comments.as_deref());
    match &entry.origin {
        None => hash.count(0),
        Some(origin) => {
            hash.count(1);
            for part in [&origin.id, &origin.title, &origin.url, &origin.link] {
                hash.option(part.as_deref());
            }
        }
    }
    for time in [entry.visible_from, entry.visible_until] {
        hash.option(time.map(|time| time.to_rfc3339()).as_deref());
    }
    for (key, value) in &entry.meta {
        hash.text(key);
        hash.text(value);
    }
    hash.finish()
}

/// Over what would be served: an entry whose served hash holds has not changed.
///
/// The image counts without its query string, which rotates on pages that ask an
/// image service for a random picture at every build; the link without parameters that only
/// say how a reader came there or who that is, which some feeds make anew at every poll.
pub fn served_hash(entry: &Entry) -> [u8; 16] {
    let mut hash = Fields::of(entry);
    hash.served(entry, entry.link.as_deref().map(untracked).as_deref());
    let image = entry.image.as_deref();
    hash.option(image.map(|image| image.split('?').next().unwrap_or(image)));
    hash.finish()
}

/// What is hashed at once: in pieces it takes several times as long.
struct Fields(Vec<u8>);

impl Fields {
    fn of(entry: &Entry) -> Self {
        let texts = [&entry.content, &entry.summary].into_iter().flatten().map(String::len).sum::<usize>();
        Self(Vec::with_capacity(texts + 1024))
    }

    fn served(&mut self, entry: &Entry, link: Option<&str>) {
        for text in [entry.title.as_deref(), link, entry.content.as_deref(), entry.summary.as_deref()] {
            self.option(text);
        }
        self.date(entry.published);
        self.date(entry.updated);
        self.count(entry.authors.len());
        for Person { name, email, url } in &entry.authors {
            for part in [name, email, url] {
                self.option(part.as_deref());
            }
        }
        self.count(entry.categories.len());
        for category in &entry.categories {
            self.count(category.names().len());
            category.names().iter().for_each(|name| self.text(name));
        }
        self.count(entry.tags.len());
        entry.tags.iter().for_each(|tag| self.text(tag));
        self.count(entry.enclosures.len());
        for enclosure in &entry.enclosures {
            self.text(&enclosure.url);
            self.option(enclosure.media_type.as_deref());
            self.option(enclosure.title.as_deref());
            self.number(enclosure.length);
            self.number(enclosure.duration_seconds);
        }
    }

    fn date(&mut self, date: Option<Date>) {
        self.option(date.map(|date| date.to_rfc3339()).as_deref());
    }

    fn number(&mut self, number: Option<u64>) {
        self.option(number.map(|number| number.to_string()).as_deref());
    }

    fn option(&mut self, text: Option<&str>) {
        match text {
            None => self.count(0),
            Some(text) => {
                self.count(1);
                self.text(text);
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn finish(self) -> [u8; 16] {
        hash(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CategoryPath;

    fn entry() -> Entry {
        Entry {
            id: "1".to_owned(),
            title: Some("One".to_owned()),
            image: Some("https://example.org/300?random=1".to_owned()),
            ..Entry::default()
        }
    }

    #[test]
    fn a_picture_that_differs_in_its_query_alone_is_no_change() {
        let other = Entry { image: Some("https://example.org/300?random=2".to_owned()), ..entry() };
        assert_eq!(served_hash(&entry()), served_hash(&other));
        assert_ne!(raw_hash(&entry()), raw_hash(&other));
        let moved = Entry { image: Some("https://example.org/400?random=1".to_owned()), ..entry() };
        assert_ne!(served_hash(&entry()), served_hash(&moved));
    }

    #[test]
    fn a_link_that_differs_in_how_one_came_there_is_no_change() {
        let linked = |link: &str| Entry { link: Some(link.to_owned()), ..entry() };
        let (one, two) = (linked("https://e.example/a?p=1&utm_id=1"), linked("https://e.example/a?p=1"));
        assert_eq!(served_hash(&one), served_hash(&two));
        assert_ne!(raw_hash(&one), raw_hash(&two));
        assert_ne!(served_hash(&two), served_hash(&linked("https://e.example/a?p=2")));
    }

    #[test]
    fn id_place_and_keys_are_not_served() {
        let other =
            Entry { id: "2".to_owned(), at: "9".to_owned(), keys: vec!["guid:2".to_owned()], ..entry() };
        assert_eq!(served_hash(&entry()), served_hash(&other));
        assert_ne!(raw_hash(&entry()), raw_hash(&other));
    }

    #[test]
    fn what_moves_from_one_field_to_the_next_is_a_change() {
        let path = |names: &[&str]| CategoryPath::from_names(names.iter().copied()).unwrap();
        let one = Entry { categories: vec![path(&["a", "b"])], ..entry() };
        let two = Entry { categories: vec![path(&["a"]), path(&["b"])], ..entry() };
        assert_ne!(served_hash(&one), served_hash(&two));
        let content = Entry { content: Some("x".to_owned()), ..entry() };
        let summary = Entry { summary: Some("x".to_owned()), ..entry() };
        assert_ne!(served_hash(&content), served_hash(&summary));
    }
}
