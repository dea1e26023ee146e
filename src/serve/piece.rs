//! The things that are published, each known by one path.
//!
//! In: the shelf, the store. Out: paths, bytes, the list of all addresses of a feed.
//! Never keeps anything.

use crate::model::{Facet, Format};
use crate::publish::page::Tongue;
use crate::serve::address::Address;
use crate::serve::archive::render_archive;
use crate::serve::cache::Kind;
use crate::serve::chosen::{self, Asking};
use crate::serve::opml;
use crate::serve::pages;
use crate::serve::render::render;
use crate::serve::scope;
use crate::serve::shelf::{ALL, Shelf, Shelved};
use crate::serve::site::Site;
use crate::store::{FacetKind, ServeStore, StoreError, document_path};
use std::sync::Arc;

/// One thing that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A part of a feed.
    Document(Address, Format),
    /// What an address asks for of a feed.
    Chosen(Address, Format, Asking),
    /// The same as a document for people, in the language that they asked for.
    Page(Address, Option<Tongue>),
    /// All feeds for people.
    Index(Option<Tongue>),
    /// All feeds to subscribe to.
    Feeds(Format),
    /// A feed's categories to subscribe to.
    Categories(Address, Format),
}

impl Piece {
    /// What the store and the cache know it by.
    pub(crate) fn key(&self) -> String {
        let list = |path: &str, format: &Format| match format {
            Format::Atom => path.to_owned(),
            other => format!("{path}?format={}", other.extension()),
        };
        match self {
            Self::Document(address, format) => document_path(&address.key(), *format),
            Self::Chosen(address, format, asking) => {
                format!("{}?{}", document_path(&address.key(), *format), asking.canonical())
            }
            Self::Page(address, tongue) => spoken(&address.key(), *tongue),
            Self::Index(tongue) => spoken("/", *tongue),
            Self::Feeds(format) => list("/feeds.opml", format),
            Self::Categories(address, format) => list(&address.categories_key(), format),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Document(address, format) if address.leaf().is_some() => Kind::Archive(*format),
            Self::Document(_, format) | Self::Chosen(_, format, _) => Kind::Document(*format),
            Self::Page(..) | Self::Index(_) => Kind::Page,
            Self::Feeds(_) | Self::Categories(..) => Kind::Opml,
        }
    }

    /// Whether the store remembers what was rendered: not where everybody can make up more
    /// of its kind.
    pub(crate) fn is_remembered(&self) -> bool {
        !matches!(self, Self::Chosen(..))
    }

    /// The feed that it is of; `None` where it is of several.
    pub(crate) fn feed(&self) -> Option<&str> {
        match self {
            Self::Document(address, _)
            | Self::Chosen(address, ..)
            | Self::Page(address, _)
            | Self::Categories(address, _) => Some(&address.feed),
            Self::Index(_) | Self::Feeds(_) => None,
        }
    }

    /// What is on the shelf for it.
    pub(crate) fn shelved<'a>(&self, outlets: &'a Shelf) -> Vec<&'a Arc<Shelved>> {
        match self {
            Self::Document(address, _)
            | Self::Chosen(address, ..)
            | Self::Page(address, _)
            | Self::Categories(address, _) => outlets.of(address).into_iter().collect(),
            Self::Index(_) | Self::Feeds(_) => outlets.iter().collect(),
        }
    }

    pub(crate) fn render(&self, site: &Site, outlets: &Shelf) -> Result<Option<Vec<u8>>, StoreError> {
        let (store, base) = (&*site.store, site.base.url.as_str());
        match self {
            Self::Document(address, format) if address.leaf().is_some() => {
                render_archive(store, outlets, base, address, *format)
            }
            Self::Document(address, format) => render(store, outlets, base, (address, *format), true),
            Self::Chosen(address, format, asking) => {
                chosen::render(store, outlets, base, (address, *format), asking)
            }
            Self::Page(address, tongue) => pages::render_page(store, outlets, base, (address, *tongue)),
            Self::Index(tongue) => {
                let status = site.refresher.status();
                let title = &site.all().title;
                pages::render_index(store, outlets, &status, (base, title, *tongue)).map(Some)
            }
            Self::Feeds(format) => Ok(Some(opml::render_opml(outlets, base, &site.all().title, *format))),
            Self::Categories(address, format) => {
                opml::render_categories_opml(store, outlets, base, address, *format)
            }
        }
    }
}

/// The key of a page in the language that is asked for.
fn spoken(key: &str, tongue: Option<Tongue>) -> String {
    tongue.map_or_else(|| key.to_owned(), |tongue| format!("{key}?language={}", tongue.tag()))
}

/// Every address of a feed: the whole, categories, tags, authors, sources, each that was
/// ever used; of `all` likewise. None for a feed that is not on the shelf.
pub fn addresses(store: &dyn ServeStore, shelf: &Shelf, feed: &str) -> Result<Vec<Address>, StoreError> {
    let Some(shelved) = shelf.get(feed) else {
        return Ok(Vec::new());
    };
    let outlet = &shelved.outlet;
    let mut addresses = vec![Address::new(outlet, Facet::Whole)];
    for kind in [FacetKind::Category, FacetKind::Tag, FacetKind::Author, FacetKind::Source] {
        let known = scope::facets(store, shelved, kind)?;
        addresses.extend(known.into_iter().map(|count| Address::new(outlet, count.facet)));
    }
    for source in defined_sources(shelf, shelved) {
        let address = Address::new(outlet, Facet::Source(source));
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

fn defined_sources(shelf: &Shelf, shelved: &Shelved) -> Vec<String> {
    if shelved.outlet.id != ALL {
        return shelved.outlet.sources.clone();
    }
    let members = shelved.feeds.iter().filter_map(|feed| shelf.get(feed));
    members
        .flat_map(|member| {
            let outlet = &member.outlet;
            outlet.sources.iter().map(|source| format!("{}/{source}", outlet.id))
        })
        .collect()
}
