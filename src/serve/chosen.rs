//! What an address asks for of a feed: `?category=a&category=b&not=c&tag=…&author=…&q=…&limit=…`.
//!
//! In: a query. Out: the same in one form, whatever its order, and the document. Several
//! of one kind mean any of them, kinds beside each other all of them, `not` a category or
//! a tag; names are looked up as those in addresses are. Parameters of other names are
//! ignored. Never longer than it is worth.

use crate::model::{CategoryPath, Choice, Facet, Format};
use crate::publish::publish;
use crate::serve::address::Address;
use crate::serve::render::{dress, place, urn};
use crate::serve::resolve;
use crate::serve::shelf::{Shelf, Shelved};
use crate::store::{FacetKind, Selection, ServeStore, StoreError};
use std::collections::BTreeSet;
use url::form_urlencoded::{Serializer, parse};
use uuid::Uuid;

/// So many parameters, each this long, in bytes.
const MOST: usize = 16;
const LONGEST: usize = 200;

/// The parameters that choose, but for `limit`.
const NAMES: [&str; 5] = ["author", "category", "not", "q", "tag"];

/// What is asked for, in order and each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asking {
    parts: BTreeSet<(&'static str, String)>,
    limit: Option<usize>,
}

impl Asking {
    /// Reads a query; `None` where it asks for nothing of ours. The refusal says why.
    pub(crate) fn read(query: Option<&str>) -> Result<Option<Self>, &'static str> {
        let mut asking = Self { parts: BTreeSet::new(), limit: None };
        let mut count = 0;
        for (name, value) in parse(query.unwrap_or_default().as_bytes()) {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            let known = NAMES.into_iter().find(|known| *known == name);
            let is_path = matches!(known, Some("category" | "not"));
            let says_nothing = value.is_empty() || (is_path && value.bytes().all(|byte| byte == b'/'));
            if (known.is_none() && name != "limit") || says_nothing {
                continue;
            }
            count += 1;
            if count > MOST || value.len() > LONGEST {
                return Err("at most 16 parameters of 200 bytes are looked at");
            }
            match known {
                Some(name) => drop(asking.parts.insert((name, value))),
                None => asking.limit = Some(limit(&value).ok_or("`limit` is a whole number from 1")?),
            }
        }
        Ok((count > 0).then_some(asking))
    }

    /// The query that asks for the same in our words.
    pub(crate) fn canonical(&self) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in &self.parts {
            query.append_pair(name, value);
        }
        if let Some(limit) = self.limit {
            query.append_pair("limit", &limit.to_string());
        }
        query.finish()
    }

    /// The same in the words of the feed: each part of it as its address has it, and no
    /// limit above the feed's own. `None` where that is the whole feed.
    pub(crate) fn settled(
        &self,
        store: &dyn ServeStore,
        outlets: &Shelf,
        shelved: &Shelved,
    ) -> Result<Option<Self>, StoreError> {
        let mut parts = BTreeSet::new();
        for (name, value) in &self.parts {
            let address = part(store, outlets, shelved, (name, value))?;
            parts.insert((*name, address.map_or_else(|| value.clone(), |part| part.names().join("/"))));
        }
        let limit = self.limit.filter(|limit| *limit < shelved.outlet.limit);
        Ok((limit.is_some() || !parts.is_empty()).then_some(Self { parts, limit }))
    }

    fn choice(
        &self,
        store: &dyn ServeStore,
        outlets: &Shelf,
        shelved: &Shelved,
    ) -> Result<Choice, StoreError> {
        let mut choice = Choice::default();
        for (name, value) in &self.parts {
            let facet = part(store, outlets, shelved, (name, value))?.map(|address| address.facet);
            match (*name, facet) {
                ("category", Some(Facet::Category(path))) => choice.categories.push(path),
                ("category", _) => choice.categories.extend(CategoryPath::parse(value)),
                ("not", Some(Facet::Category(path))) => choice.not.push(path),
                ("not", Some(Facet::Tag(tag))) => choice.not.extend(CategoryPath::parse(&tag)),
                ("not", _) => choice.not.extend(CategoryPath::parse(value)),
                ("tag", Some(Facet::Tag(tag))) => choice.tags.push(tag),
                ("tag", _) => choice.tags.push(value.clone()),
                ("author", Some(Facet::Author(author))) => choice.authors.push(author),
                ("author", _) => choice.authors.push(value.clone()),
                _ => choice.words.extend(value.split(' ').map(str::to_owned)),
            }
        }
        Ok(choice)
    }

    /// What is chosen, for people.
    fn title(&self) -> Option<String> {
        let told = self.parts.iter().map(|(name, value)| match *name {
            "not" => format!("−{value}"),
            _ => value.clone(),
        });
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// A number of entries; one too large to be read is as many as there may be.
fn limit(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX)).filter(|limit| *limit > 0)
}

/// The part of the feed that a parameter means; `None` for words, and what nobody ever used.
fn part(
    store: &dyn ServeStore,
    shelf: &Shelf,
    shelved: &Shelved,
    (name, value): (&str, &str),
) -> Result<Option<Address>, StoreError> {
    let kinds: &[FacetKind] = match name {
        "category" => &[FacetKind::Category],
        "not" => &[FacetKind::Category, FacetKind::Tag],
        "tag" => &[FacetKind::Tag],
        "author" => &[FacetKind::Author],
        _ => &[],
    };
    for kind in kinds {
        if let Some(address) = resolve::named(store, shelf, shelved, (*kind, value))? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

/// The document; `None` where no such feed is on the shelf.
pub(crate) fn render(
    store: &dyn ServeStore,
    shelf: &Shelf,
    base_url: &str,
    (address, format): (&Address, Format),
    asking: &Asking,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(shelved) = shelf.of(address) else {
        return Ok(None);
    };
    let outlet = &shelved.outlet;
    let feeds: Vec<&str> = shelved.feeds.iter().map(String::as_str).collect();
    // The feed's own `limit` bounds every document of it.
    let limit = asking.limit.unwrap_or(outlet.limit).min(outlet.limit);
    let selection = Selection { feeds: &feeds, among: &[], facet: &Facet::Whole, order: outlet.order, limit };
    let entries = store.choose(&selection, &asking.choice(store, shelf, shelved)?)?;
    let mut feed = dress(store, shelved, &Facet::Whole, entries)?;
    let name = format!("{}\u{1f}{}", feed.channel.id, asking.canonical());
    feed.channel.id = urn(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()));
    if let Some(title) = asking.title() {
        feed.channel.title = format!("{title} – {}", feed.channel.title);
    }
    let mut place = place(base_url, address, format);
    place.self_url = format!("{}?{}", place.self_url, asking.canonical());
    Ok(Some(publish(&feed, format, &place)))
}

#[cfg(test)]
mod tests {
    use super::Asking;

    fn read(query: &str) -> Result<Option<String>, &'static str> {
        Ok(Asking::read(Some(query))?.map(|asking| asking.canonical()))
    }

    #[test]
    fn one_form_for_what_means_the_same() {
        let one = Ok(Some("category=a&category=b%2Fc&tag=%E9%87%91+x&limit=5".to_owned()));
        assert_eq!(read("category=b/c&limit=5&tag=%E9%87%91%20x&category=a&category=a&utm_source=y"), one);
        assert_eq!(read("tag=%20金+x%20&&limit=5&category=b%2Fc&category=a&q="), one);
        for nothing in ["", "x=1", "category=", "category=/", "not=//", "Category=a", "q=+"] {
            assert_eq!(read(nothing), Ok(None), "{nothing}");
        }
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let much = "at most 16 parameters of 200 bytes are looked at";
        assert_eq!(read(&"tag=a&".repeat(17)), Err(much));
        assert!(read(&"tag=a&".repeat(16)).is_ok());
        assert!(read(&"x=a&".repeat(100)).is_ok(), "what is ignored does not count");
        assert_eq!(read(&format!("q={}", "a".repeat(201))), Err(much));
        assert_eq!(read("limit=99999999999999999999"), Ok(Some(format!("limit={}", usize::MAX))));
        for limit in ["0", "-1", "a", "1.5", "000"] {
            assert_eq!(read(&format!("limit={limit}")), Err("`limit` is a whole number from 1"));
        }
    }
}
