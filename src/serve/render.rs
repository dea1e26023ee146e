//! A part of a feed as a document: what the store knows, how the definition shows it.
//!
//! In: the store, the shelf, an address. Out: bytes. Without HTTP, so that `build`
//! writes the same bytes that are served. Never reads the clock.

use crate::model::{Channel, ContentMode, Date, Entry, Facet, Feed, FeedEntry, Format};
use crate::publish::{Place, publish};
use crate::serve::address::Address;
use crate::serve::excerpt::excerpt;
use crate::serve::shelf::{ALL, Shelf, Shelved};
use crate::serve::{hubs, said, scope, sheets};
use crate::store::{ServeStore, StoreError};
use chrono::DateTime;
use uuid::Uuid;

/// What an empty document says of its last change: 2000-01-01, a date that every reader takes.
const NEVER: i64 = 946_684_800;

/// The document at an address; `None` where no such feed is on the shelf. It leads to
/// its archives where they are `archived`. `base_url` has no slash at its end.
pub fn render(
    store: &dyn ServeStore,
    shelf: &Shelf,
    base_url: &str,
    (address, format): (&Address, Format),
    archived: bool,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(shelved) = shelf.of(address) else {
        return Ok(None);
    };
    let feed = gather(store, shelved, &address.facet)?;
    let place = subscribed_at(store, shelved, base_url, (address, format), archived)?;
    Ok(Some(publish(&feed, format, &place)))
}

/// Where a document to subscribe to stands: with its hubs, and its newest archive where
/// they are `archived`.
pub(crate) fn subscribed_at(
    store: &dyn ServeStore,
    shelved: &Shelved,
    base_url: &str,
    (address, format): (&Address, Format),
    archived: bool,
) -> Result<Place, StoreError> {
    let newest = if archived { sheets::newest(store, shelved, &address.facet)? } else { None };
    Ok(Place {
        hubs: hubs::hubs(shelved, base_url),
        older: newest.map(|leaf| format!("{base_url}{}", address.at(Some(leaf)).url_path(format))),
        ..place(base_url, address, format)
    })
}

/// Where a document stands.
pub(crate) fn place(base_url: &str, address: &Address, format: Format) -> Place {
    Place {
        self_url: format!("{base_url}{}", address.url_path(format)),
        page_url: format!("{base_url}{}", address.page_path()),
        ..Place::default()
    }
}

/// The channel and the entries of a part of a feed.
pub(crate) fn gather(store: &dyn ServeStore, shelved: &Shelved, facet: &Facet) -> Result<Feed, StoreError> {
    let entries = scope::select(store, shelved, facet)?;
    let mut deleted = scope::deleted(store, shelved, facet)?;
    deleted.retain(|deleted| !entries.iter().any(|entry| entry.atom_id == deleted.atom_id));
    let mut feed = dress(store, shelved, facet, entries)?;
    let last = deleted.first().map(|deleted| deleted.at.fixed_offset());
    feed.channel.updated = feed.channel.updated.max(last);
    Ok(Feed { deleted, ..feed })
}

/// The channel around these entries.
pub(crate) fn dress(
    store: &dyn ServeStore,
    shelved: &Shelved,
    facet: &Facet,
    mut entries: Vec<FeedEntry>,
) -> Result<Feed, StoreError> {
    let outlet = &shelved.outlet;
    for entry in &mut entries {
        shorten(&mut entry.entry, outlet.content);
    }
    let said = said::of(store, shelved)?;
    let channel = Channel {
        id: channel_id(store, shelved, facet)?,
        title: channel_title(shelved, facet),
        description: description(shelved, facet),
        link: outlet.link.clone(),
        language: outlet.language.clone().or(said.language),
        authors: outlet.author.iter().cloned().collect(),
        icon: outlet.icon.clone(),
        rights: outlet.rights.clone(),
        updated: newest_change(&entries),
        extensions: said.extensions,
    };
    Ok(Feed { channel, entries, deleted: Vec::new() })
}

/// Leaves of an entry what `content` says, as documents have it.
pub(crate) fn shorten(entry: &mut Entry, content: ContentMode) {
    match content {
        ContentMode::Full => {}
        ContentMode::Summary => {
            let content = entry.content.take();
            let beginning = || content.as_deref().map(|html| excerpt(html).to_owned());
            entry.summary = entry.summary.take().filter(|text| !text.trim().is_empty()).or_else(beginning);
        }
        ContentMode::Title => {
            entry.content = None;
            entry.summary = None;
            entry.image = None;
            entry.enclosures.clear();
            entry.extensions.clear();
        }
    }
}

fn newest_change(entries: &[FeedEntry]) -> Option<Date> {
    entries
        .iter()
        .map(|entry| entry.updated.unwrap_or(entry.published))
        .max()
        .or_else(|| DateTime::from_timestamp(NEVER, 0).map(|time| time.fixed_offset()))
}

/// The feed's own id, or one made of it and the facet's name (RFC 9562 version 5): as lasting as both.
fn channel_id(store: &dyn ServeStore, shelved: &Shelved, facet: &Facet) -> Result<String, StoreError> {
    let feed = &shelved.outlet.id;
    if let (Facet::Whole, Some(id)) = (facet, &shelved.outlet.feed_id) {
        return Ok(id.clone());
    }
    // The parts keep theirs when `feed_id` is written later.
    let own = if feed == ALL {
        urn(Uuid::new_v5(&Uuid::NAMESPACE_URL, b"feedmill:all"))
    } else {
        store.feed(feed)?.ok_or_else(|| never_adopted(feed))?.atom_id
    };
    if *facet == Facet::Whole {
        return Ok(own);
    }
    let namespace = own
        .strip_prefix("urn:uuid:")
        .and_then(|uuid| Uuid::parse_str(uuid).ok())
        .unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_URL, own.as_bytes()));
    Ok(urn(Uuid::new_v5(&namespace, facet_name(facet).as_bytes())))
}

pub(crate) fn urn(uuid: Uuid) -> String {
    format!("urn:uuid:{}", uuid.hyphenated())
}

/// A text for each facet that no other has: names are parted by what no name holds.
fn facet_name(facet: &Facet) -> String {
    match facet {
        Facet::Whole => String::new(),
        Facet::Category(path) => format!("category\u{1f}{}", path.names().join("\u{1f}")),
        Facet::Tag(tag) => format!("tag\u{1f}{tag}"),
        Facet::Author(name) => format!("author\u{1f}{name}"),
        Facet::Source(id) => format!("source\u{1f}{id}"),
    }
}

/// `<category> – <feed>`, as people name it.
pub(crate) fn channel_title(shelved: &Shelved, facet: &Facet) -> String {
    let feed = &shelved.outlet.title;
    match facet_title(shelved, facet) {
        Some(part) => format!("{part} – {feed}"),
        None => feed.clone(),
    }
}

/// What the part is called; `None` for the whole.
pub(crate) fn facet_title(shelved: &Shelved, facet: &Facet) -> Option<String> {
    match facet {
        Facet::Whole => None,
        Facet::Category(path) => Some(
            shelved
                .outlet
                .categories
                .get(path)
                .and_then(|info| info.title.clone())
                .unwrap_or_else(|| path.leaf().to_owned()),
        ),
        Facet::Tag(name) | Facet::Author(name) | Facet::Source(name) => Some(name.clone()),
    }
}

fn description(shelved: &Shelved, facet: &Facet) -> Option<String> {
    match facet {
        Facet::Whole => shelved.outlet.description.clone(),
        Facet::Category(path) => {
            shelved.outlet.categories.get(path).and_then(|info| info.description.clone())
        }
        _ => None,
    }
}

/// A feed is defined, but the store has not heard of it yet.
pub(crate) fn never_adopted(feed: &str) -> StoreError {
    StoreError {
        doing: format!("reading the feed `{feed}`"),
        cause: "the store does not know it yet".to_owned(),
        help: None,
        damaged: false,
    }
}

#[cfg(test)]
mod tests {
    use super::{facet_name, newest_change, shorten};
    use crate::model::{CategoryPath, ContentMode, Enclosure, Entry, Facet, FeedEntry};

    fn entry() -> FeedEntry {
        FeedEntry {
            entry: Entry {
                title: Some("t".into()),
                summary: Some("s".into()),
                content: Some("c".into()),
                image: Some("i".into()),
                enclosures: vec![Enclosure::default()],
                ..Entry::default()
            },
            published: "2026-11-20T10:00:00+08:00".parse().unwrap(),
            ..FeedEntry::default()
        }
    }

    #[test]
    fn content_is_cut_to_what_was_asked() {
        let left = |mode| {
            let mut entry = entry();
            shorten(&mut entry.entry, mode);
            let entry = entry.entry;
            [entry.title, entry.summary, entry.content, entry.image].into_iter().flatten().collect::<String>()
                + &"e".repeat(entry.enclosures.len())
        };
        assert_eq!(left(ContentMode::Full), "tscie");
        assert_eq!(left(ContentMode::Summary), "tsie");
        assert_eq!(left(ContentMode::Title), "t");
    }

    #[test]
    fn a_text_alone_gives_its_beginning_as_the_summary() {
        let mut entry = entry();
        entry.entry.summary = None;
        shorten(&mut entry.entry, ContentMode::Summary);
        assert_eq!((entry.entry.summary.as_deref(), entry.entry.content), (Some("c"), None));
    }

    #[test]
    fn the_newest_change_counts_edits() {
        let mut edited = entry();
        edited.updated = Some("2026-11-21T10:00:00+00:00".parse().unwrap());
        let text = |entries: &[FeedEntry]| newest_change(entries).unwrap().to_rfc3339();
        assert_eq!(text(&[entry(), edited]), "2026-11-21T10:00:00+00:00");
        assert_eq!(text(&[entry()]), "2026-11-20T10:00:00+08:00");
        assert_eq!(text(&[]), "2000-01-01T00:00:00+00:00");
    }

    #[test]
    fn facets_do_not_share_a_name() {
        let names = |names: &[&str]| facet_name(&Facet::Category(CategoryPath::from_names(names).unwrap()));
        assert_ne!(names(&["a/b"]), names(&["a", "b"]));
        assert_ne!(facet_name(&Facet::Tag("a".into())), facet_name(&Facet::Author("a".into())));
    }
}
