//! Pages for people: what is put into them, and what they may load.
//!
//! In: the store, the shelf, the status. Out: HTML. How it looks is `publish`'s.

use crate::model::{CategoryPath, Facet, FeedStatus, Format, Outcome, Status};
use crate::publish::page::{
    Document, FeedPage, IndexFeed, IndexGroup, IndexPage, Part, StatusPage, Tongue, Trouble, bot_page,
    feed_page, index_page, status_page,
};
use crate::serve::address::Address;
use crate::serve::plain::{HTML, plain};
use crate::serve::policy;
use crate::serve::render::{facet_title, gather};
use crate::serve::scope;
use crate::serve::shelf::{ALL, Shelf, Shelved};
use crate::serve::site::Site;
use crate::serve::tongue;
use crate::store::{FacetKind, ServeStore, StoreError};
use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, StatusCode, header::CONTENT_SECURITY_POLICY};
use std::sync::Arc;

/// `GET /about/bot`: the page that the `User-Agent` names.
pub(crate) async fn bot(State(site): State<Arc<Site>>) -> Response {
    let home = format!("{}/", site.settings.base_url);
    let page = bot_page(&home, &site.refresher.user_agent(), &site.settings.manners);
    let mut response = plain(StatusCode::OK, HTML, Body::from(page));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy::PAGE.clone());
    response
}

/// The page of a part of a feed, in the feed's own language where none is asked for;
/// `None` where no such feed is on the shelf.
pub fn render_page(
    store: &dyn ServeStore,
    shelf: &Shelf,
    base_url: &str,
    (address, tongue): (&Address, Option<Tongue>),
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(shelved) = shelf.of(address) else {
        return Ok(None);
    };
    let outlet = &shelved.outlet;
    let feed = gather(store, shelved, &address.facet)?;
    let below = match &address.facet {
        Facet::Whole => Some(None),
        Facet::Category(path) => Some(Some(path)),
        _ => None,
    };
    let categories = match below {
        Some(below) => categories(store, shelved, base_url, below)?,
        None => Vec::new(),
    };
    let opml = format!("{base_url}{}", address.categories_path());
    let page = feed_page(&FeedPage {
        feed: &feed,
        tongue: tongue.or_else(|| Tongue::of_tag(outlet.language.as_deref()?)).unwrap_or_default(),
        documents: documents(base_url, address),
        home: format!("{base_url}/"),
        whole: (address.facet != Facet::Whole).then(|| {
            let whole = Address::new(outlet, Facet::Whole).page_path();
            (format!("{base_url}{whole}"), outlet.title.clone())
        }),
        categories_opml: (address.facet == Facet::Whole && !categories.is_empty()).then_some(opml),
        categories,
        address_of: &|facet| {
            let address = Address::new(outlet, facet.clone());
            Some(format!("{base_url}{}", address.page_path()))
        },
    });
    Ok(Some(page.into_bytes()))
}

/// The page of all listed feeds.
pub(crate) fn render_index(
    store: &dyn ServeStore,
    shelf: &Shelf,
    status: &Status,
    (base_url, title, tongue): (&str, &str, Option<Tongue>),
) -> Result<Vec<u8>, StoreError> {
    let mut groups: Vec<IndexGroup> = Vec::new();
    for shelved in shelf.listed().chain(shelf.get(ALL)) {
        let mut feed = index_feed(store, shelved, base_url)?;
        if shelved.outlet.id != ALL {
            stands(&mut feed, status.feeds.iter().filter(|one| shelved.feeds.contains(&one.feed)));
        }
        let name = &shelved.outlet.group;
        match groups.iter_mut().find(|group| group.name == *name) {
            Some(group) => group.feeds.push(feed),
            None => groups.push(IndexGroup { name: name.clone(), feeds: vec![feed] }),
        }
    }
    // Feeds outside of any group come first.
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    let page = index_page(&IndexPage {
        title: title.to_owned(),
        groups,
        opml: format!("{base_url}/feeds.opml"),
        tongue: tongue.unwrap_or_default(),
    });
    Ok(page.into_bytes())
}

fn index_feed(store: &dyn ServeStore, shelved: &Shelved, base_url: &str) -> Result<IndexFeed, StoreError> {
    let outlet = &shelved.outlet;
    let whole = Address::new(outlet, Facet::Whole);
    let (mut entries, mut updated) = (0, None);
    for feed in &shelved.feeds {
        if let Some(facts) = store.feed(feed)? {
            entries += facts.entries;
            // One that never changed says when it was defined.
            updated = updated.max((facts.sequence > 0).then_some(facts.changed_at));
        }
    }
    Ok(IndexFeed {
        title: outlet.title.clone(),
        description: outlet.description.clone(),
        language: outlet.language.clone(),
        page: format!("{base_url}{}", whole.page_path()),
        documents: documents(base_url, &whole),
        // What `all` has, the feeds above it have already.
        categories: if outlet.id == ALL { Vec::new() } else { categories(store, shelved, base_url, None)? },
        entries,
        updated,
        ..IndexFeed::default()
    })
}

/// How a feed's collections go.
fn stands<'s>(feed: &mut IndexFeed, statuses: impl Iterator<Item = &'s FeedStatus>) {
    for status in statuses {
        if !status.valid {
            feed.trouble.push(Trouble::File);
        }
        for source in &status.sources {
            feed.last = feed.last.max(source.last);
            feed.next = [feed.next, source.next].into_iter().flatten().min();
        }
        let count = |outcome| status.sources.iter().filter(|source| source.outcome == Some(outcome)).count();
        let (failing, held, all) = (count(Outcome::Failed), count(Outcome::Held), status.sources.len());
        let trouble = [(failing, Trouble::Failing(failing, all)), (held, Trouble::Held(held, all))];
        feed.trouble.extend(trouble.into_iter().filter(|(some, _)| *some > 0).map(|(_, trouble)| trouble));
    }
}

fn documents(base_url: &str, address: &Address) -> Vec<Document> {
    Format::ALL
        .into_iter()
        .map(|format| Document { format, url: format!("{base_url}{}", address.url_path(format)) })
        .collect()
}

/// The categories that show entries now: all of them, or those below one.
fn categories(
    store: &dyn ServeStore,
    shelved: &Shelved,
    base_url: &str,
    below: Option<&CategoryPath>,
) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::new();
    for count in scope::facets(store, shelved, FacetKind::Category)? {
        let Facet::Category(path) = &count.facet else {
            continue;
        };
        if count.entries == 0 || below.is_some_and(|below| path == below || !path.is_within(below)) {
            continue;
        }
        let titles: Vec<String> =
            path.and_above().filter_map(|above| facet_title(shelved, &Facet::Category(above))).collect();
        let address = Address::new(&shelved.outlet, count.facet.clone());
        parts.push(Part {
            name: titles.join("/"),
            url: format!("{base_url}{}", address.page_path()),
            entries: count.entries,
        });
    }
    Ok(parts)
}

/// `GET /status`.
pub(crate) async fn status(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let page = status_page(&StatusPage {
        status: &site.status().await,
        // From the root, not from the public address: the forms go to where the page came from.
        home: format!("{}/", site.base.path),
        marker: site.settings.token.mark(),
        tongue: tongue::asked(&headers).unwrap_or_default(),
    });
    let mut response = plain(StatusCode::OK, HTML, Body::from(page));
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy::STATUS.clone());
    response
}
