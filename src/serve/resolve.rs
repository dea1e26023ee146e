//! Which document a path names.
//!
//! In: a request's path. Out: the part of a feed that it names, or where that is now.
//! Decodes once; only the store knows what was ever used, so reading a path and
//! finding what it names are two steps.

use crate::model::{CategoryPath, Facet, Fate, Format};
use crate::serve::address::{Address, below_token, encoded};
use crate::serve::scope;
use crate::serve::sheets;
use crate::serve::shelf::{ALL, Shelf, Shelved};
use crate::serve::spelling::{folded, in_other_case, moved, of_former_slug, renamed, unslugged};
use crate::store::{FacetKind, ServeStore, StoreError};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What other programs publish a feed as, below its page.
const GUESSES: [(&str, Format); 7] = [
    ("feed", Format::Atom),
    ("feed.xml", Format::Atom),
    ("index.xml", Format::Atom),
    ("atom.xml", Format::Atom),
    ("rss.xml", Format::Rss),
    ("rss", Format::Rss),
    ("feed.json", Format::Json),
];

/// What lists a feed's categories, below its page.
const CATEGORIES: &str = "categories.opml";

/// A path decoded once; `None` for one that names nothing whatever is published: not
/// UTF-8, a control character other than a tab, an encoded slash, an empty segment.
pub(crate) fn decode(path: &str) -> Option<Cow<'_, str>> {
    let inner = path.strip_prefix('/')?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if !inner.is_empty() && inner.split('/').any(str::is_empty) {
        return None;
    }
    let slashes = path.matches('/').count();
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let odd = |char: char| char.is_control() && char != '\t';
    let clean = decoded.matches('/').count() == slashes && !decoded.chars().any(odd);
    clean.then_some(decoded)
}

/// What a path asks for, read without the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked<'a> {
    /// A part of a feed, as a document or as a page.
    Part { feed: &'a str, kind: FacetKind, names: Vec<&'a str>, format: Option<Format> },
    /// An archive of a part of a feed: by number, and by a mark of what is in it.
    Archive { part: Box<Asked<'a>>, number: usize, mark: Option<&'a str> },
    /// An address that other programs use.
    Guess { feed: &'a str, format: Format },
    /// A feed's categories to subscribe to.
    Categories { feed: &'a str },
}

impl<'a> Asked<'a> {
    /// Reads a decoded path.
    pub(crate) fn read(path: &'a str) -> Option<Self> {
        let mut segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let last = segments.pop()?;
        let (stem, format) = split_format(last);
        if segments.is_empty() {
            return Some(match last.strip_suffix(".xml") {
                Some(feed) => Self::Guess { feed, format: Format::Atom },
                None => Self::Part { feed: stem, kind: FacetKind::Whole, names: Vec::new(), format },
            });
        }
        let feed = *segments.first()?;
        let Some(kind) = segments.get(1) else {
            if last == CATEGORIES {
                return Some(Self::Categories { feed });
            }
            let (_, format) = GUESSES.into_iter().find(|(guess, _)| *guess == last)?;
            return Some(Self::Guess { feed, format });
        };
        if *kind == "archive" {
            segments.push(stem);
            return Self::archive(feed, segments.get(2..)?, format?);
        }
        let kind = part_kind(kind)?;
        let mut names = segments.split_off(2);
        names.push(stem);
        Some(Self::Part { feed, kind, names, format })
    }

    /// `<number>[-<mark>]`, and behind it what names a part.
    fn archive(feed: &'a str, segments: &[&'a str], format: Format) -> Option<Self> {
        let (which, part) = segments.split_first()?;
        let (number, mark) = sheets::read(which)?;
        let (kind, names) = match part {
            [] => (FacetKind::Whole, Vec::new()),
            [kind, names @ ..] if !names.is_empty() => (part_kind(kind)?, names.to_vec()),
            _ => return None,
        };
        let part = Box::new(Self::Part { feed, kind, names, format: Some(format) });
        Some(Self::Archive { part, number, mark })
    }

    /// The feed that is asked for.
    pub(crate) fn feed(&self) -> &'a str {
        match self {
            Self::Part { feed, .. } | Self::Guess { feed, .. } | Self::Categories { feed } => feed,
            Self::Archive { part, .. } => part.feed(),
        }
    }

    /// The same path read as a page, where a name ends like a document's extension.
    fn as_page(path: &'a str) -> Option<Self> {
        let last = path.rsplit('/').next()?;
        match Self::read(path)? {
            Self::Part { feed, kind, mut names, format: Some(_) } if kind != FacetKind::Whole => {
                names.pop();
                names.push(last);
                Some(Self::Part { feed, kind, names, format: None })
            }
            _ => None,
        }
    }
}

fn part_kind(word: &str) -> Option<FacetKind> {
    match word {
        "category" => Some(FacetKind::Category),
        "tag" => Some(FacetKind::Tag),
        "author" => Some(FacetKind::Author),
        "source" => Some(FacetKind::Source),
        _ => None,
    }
}

fn split_format(name: &str) -> (&str, Option<Format>) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => match Format::from_extension(extension) {
            Some(format) => (stem, Some(format)),
            None => (name, None),
        },
        _ => (name, None),
    }
}

/// Where what was asked for is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Here, as a document or a page.
    Here(Address, Option<Format>),
    /// Here, the list of its categories.
    Categories(Address),
    /// There for good: 301.
    Moved(Address, Option<Format>),
    /// There, spelled otherwise: 302.
    Near(Address, Option<Format>),
    /// There for good, another feed's name in the path: 301.
    Renamed(String),
    /// The feed is at this URL for good: 301.
    Elsewhere(String),
    /// The feed is published no more: 410.
    Gone,
    /// Nobody ever used it.
    Nowhere,
}

impl Found {
    /// Where a feed is that isn't published here.
    pub(crate) fn of(fate: &Fate) -> Self {
        match fate {
            Fate::Moved(url) => Self::Elsewhere(url.clone()),
            Fate::Gone => Self::Gone,
            Fate::Here => Self::Nowhere,
        }
    }
}

/// Finds what a decoded path names.
pub(crate) fn find(store: &dyn ServeStore, shelf: &Shelf, path: &str) -> Result<Found, StoreError> {
    let (token, path) = below_token(path);
    let Some(asked) = Asked::read(path) else {
        return Ok(Found::Nowhere);
    };
    let feed = asked.feed();
    let Some(shelved) = shelf.shown(feed, token) else {
        return Ok(elsewhere(shelf, token, path, feed));
    };
    match find_asked(store, shelf, shelved, &asked)? {
        Found::Nowhere => match Asked::as_page(path) {
            Some(page) => find_asked(store, shelf, shelved, &page),
            None => Ok(Found::Nowhere),
        },
        found => Ok(found),
    }
}

/// Where a feed is that is not here by this name. A token has to open the feed that
/// took the name over, so that nobody learns of it otherwise.
fn elsewhere(shelf: &Shelf, token: Option<&str>, path: &str, feed: &str) -> Found {
    if let Some(fate) = shelf.away(feed, token) {
        return Found::of(fate);
    }
    let Some(now) = shelf.now_called(feed) else {
        return Found::Nowhere;
    };
    let rest = path.get(1 + feed.len()..).unwrap_or_default();
    if shelf.shown(now, token).is_none() && shelf.away(now, token).is_none() {
        return Found::Nowhere;
    }
    let below = token.map(|token| format!("/t/{token}")).unwrap_or_default();
    Found::Renamed(encoded(&format!("{below}/{now}{rest}")))
}

/// The part of a feed that goes by a name: exact, as addresses write it, where it is now, or
/// in another case; the names of a category's path are parted by `/`.
pub(crate) fn named(
    store: &dyn ServeStore,
    shelf: &Shelf,
    shelved: &Shelved,
    (kind, name): (FacetKind, &str),
) -> Result<Option<Address>, StoreError> {
    let names = match kind {
        FacetKind::Category => name.split('/').filter(|name| !name.is_empty()).collect(),
        _ => vec![name],
    };
    let asked = Asked::Part { feed: &shelved.outlet.id, kind, names, format: None };
    let mut found = find_asked(store, shelf, shelved, &asked)?;
    if found == Found::Nowhere && kind == FacetKind::Category && name.contains('/') {
        // A name that has a `/` of its own.
        let names = vec![name];
        let asked = Asked::Part { feed: &shelved.outlet.id, kind, names, format: None };
        found = find_asked(store, shelf, shelved, &asked)?;
    }
    Ok(match found {
        Found::Here(address, _) | Found::Moved(address, _) | Found::Near(address, _) => Some(address),
        _ => None,
    })
}

fn find_asked(
    store: &dyn ServeStore,
    shelf: &Shelf,
    shelved: &Shelved,
    asked: &Asked<'_>,
) -> Result<Found, StoreError> {
    let outlet = &shelved.outlet;
    let (kind, names, format) = match asked {
        Asked::Archive { part, number, mark } => {
            let found = find_asked(store, shelf, shelved, part)?;
            return in_archive(store, shelved, found, *number, *mark);
        }
        Asked::Guess { format, .. } => {
            return Ok(Found::Moved(Address::new(outlet, Facet::Whole), Some(*format)));
        }
        Asked::Categories { .. } => return Ok(Found::Categories(Address::new(outlet, Facet::Whole))),
        Asked::Part { kind, names, format, .. } => (*kind, names, *format),
    };
    let facet = match kind {
        FacetKind::Whole => return Ok(Found::Here(Address::new(outlet, Facet::Whole), format)),
        FacetKind::Category => {
            let Some(path) = CategoryPath::from_names(unslugged(outlet, names)) else {
                return Ok(Found::Nowhere);
            };
            // Where nothing was ever filed under the new name, nothing was under the old one.
            if let Some(new) = moved(outlet, &path).map(Facet::Category)
                && scope::knows(store, shelved, &new)?
            {
                return Ok(Found::Moved(Address::new(outlet, new), format));
            }
            Facet::Category(path)
        }
        _ => match one_name(kind, names, &outlet.id) {
            Some(facet) => facet,
            None => return Ok(Found::Nowhere),
        },
    };
    if let Some(now) = renamed(shelf, shelved, &facet) {
        return Ok(Found::Moved(Address::new(outlet, now), format));
    }
    let found = look_up(store, shelf, shelved, facet, format)?;
    if found == Found::Nowhere
        && let Some(now) = of_former_slug(outlet, kind, names).map(Facet::Category)
    {
        return Ok(Found::Moved(Address::new(outlet, now), format));
    }
    let other = if found == Found::Nowhere { in_other_case(outlet, kind, names) } else { None };
    Ok(match other {
        Some(facet) => match look_up(store, shelf, shelved, facet, format)? {
            Found::Here(address, format) => Found::Near(address, format),
            found => found,
        },
        None => found,
    })
}

/// The archive of a part that was found: where it is now, as long as there is one of this
/// number; the next one to come is the document itself.
fn in_archive(
    store: &dyn ServeStore,
    shelved: &Shelved,
    found: Found,
    number: usize,
    mark: Option<&str>,
) -> Result<Found, StoreError> {
    let (Found::Here(address, format) | Found::Moved(address, format) | Found::Near(address, format)) = found
    else {
        return Ok(found);
    };
    let sheets = sheets::sheets(store, shelved, &address.facet)?;
    Ok(match sheets.get(number) {
        Some(sheet) if mark == Some(sheet.leaf.mark.as_str()) => {
            Found::Here(address.at(Some(sheet.leaf.clone())), format)
        }
        Some(sheet) => Found::Near(address.at(Some(sheet.leaf.clone())), format),
        None if number == sheets.len() => Found::Near(address, format),
        None => Found::Nowhere,
    })
}

/// A tag, an author or a source goes by one name; a source below `all` by two.
fn one_name(kind: FacetKind, names: &[&str], feed: &str) -> Option<Facet> {
    match (kind, names) {
        (FacetKind::Tag, [tag]) => Some(Facet::Tag((*tag).to_owned())),
        (FacetKind::Author, [name]) => Some(Facet::Author((*name).to_owned())),
        (FacetKind::Source, [id]) if feed != ALL => Some(Facet::Source((*id).to_owned())),
        (FacetKind::Source, [member, id]) if feed == ALL => Some(Facet::Source(format!("{member}/{id}"))),
        _ => None,
    }
}

/// The exact facet first, then one whose name is written so, then one that differs in
/// case or normal form alone.
fn look_up(
    store: &dyn ServeStore,
    shelf: &Shelf,
    shelved: &Shelved,
    facet: Facet,
    format: Option<Format>,
) -> Result<Found, StoreError> {
    let outlet = &shelved.outlet;
    if is_defined(shelf, shelved, &facet) || scope::knows(store, shelved, &facet)? {
        return Ok(Found::Here(Address::new(outlet, facet), format));
    }
    let wanted = Address::new(outlet, facet.clone()).key();
    if wanted.contains('-') {
        let known = scope::facets(store, shelved, kind_of(&facet))?;
        let mut near = None;
        for count in known {
            let address = Address::new(outlet, count.facet);
            let key = address.key();
            if key == wanted {
                return Ok(Found::Here(address, format));
            }
            if near.is_none() && folded(&key) == folded(&wanted) {
                near = Some(address);
            }
        }
        if let Some(address) = near {
            return Ok(Found::Near(address, format));
        }
    }
    Ok(match scope::resembling(store, shelved, &facet)? {
        Some(near) => Found::Near(Address::new(outlet, near), format),
        None => Found::Nowhere,
    })
}

fn kind_of(facet: &Facet) -> FacetKind {
    match facet {
        Facet::Whole => FacetKind::Whole,
        Facet::Category(_) => FacetKind::Category,
        Facet::Tag(_) => FacetKind::Tag,
        Facet::Author(_) => FacetKind::Author,
        Facet::Source(_) => FacetKind::Source,
    }
}

/// A source that stands in a definition is there before it brought anything.
fn is_defined(shelf: &Shelf, shelved: &Shelved, facet: &Facet) -> bool {
    let Facet::Source(id) = facet else { return false };
    if shelved.outlet.id != ALL {
        return shelved.outlet.sources.contains(id);
    }
    id.split_once('/').is_some_and(|(member, id)| {
        shelved.feeds.iter().any(|feed| feed == member)
            && shelf.get(member).is_some_and(|feed| feed.outlet.sources.iter().any(|source| source == id))
    })
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
