//! Whether we live, whether we are ready, and a feed of how the sources do.
//!
//! In: the status. Out: a line of text; a feed with one entry for each of the last changes
//! of a source's health.

use crate::model::{Channel, Entry, Feed, FeedEntry, FeedStatus, Format, SourceStatus, Spell, Status};
use crate::publish::{Place, escaped, publish};
use crate::serve::basis::etag;
use crate::serve::coding::Coding;
use crate::serve::conditional::{Conditions, Verdict, entity_tag};
use crate::serve::plain::{TEXT, plain};
use crate::serve::render::urn;
use crate::serve::site::Site;
use axum::{body::Body, extract::State, response::Response};
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
};
use std::{fmt::Write, sync::Arc};
use uuid::Uuid;

/// `GET /health/live`.
pub(crate) async fn live() -> Response {
    plain(StatusCode::OK, TEXT, Body::from("live\n"))
}

/// `GET /health/ready`.
pub(crate) async fn ready(State(site): State<Arc<Site>>) -> Response {
    let word = if site.is_ready() { "ready\n" } else { "not ready\n" };
    let mut response = plain(StatusCode::OK, TEXT, Body::from(word));
    if !site.is_ready() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

/// `GET /status.atom`.
pub(crate) async fn status_feed(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let base = &site.base.url;
    let place = Place {
        self_url: format!("{base}/status.atom"),
        page_url: format!("{base}/status"),
        ..Place::default()
    };
    let feed = health_feed(&site.status().await, base);
    let body = publish(&feed, Format::Atom, &place);
    let etag = etag(&body);
    let known = Conditions::read(&headers).judge(&etag, None) == Verdict::NotModified;
    let mut response = plain(
        StatusCode::OK,
        "application/atom+xml; charset=utf-8",
        if known { Body::empty() } else { Body::from(body) },
    );
    let headers = response.headers_mut();
    // To be asked for anew each time, and for its reader alone.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.extend(HeaderValue::from_str(&entity_tag(&etag, Coding::Identity)).map(|tag| (ETAG, tag)));
    if known {
        headers.remove(CONTENT_TYPE);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response
}

/// One entry for each change of a source's health: what it has changed to. The id is made of
/// the source, its state and since when, so a reader sees each change once.
fn health_feed(status: &Status, base: &str) -> Feed {
    let mut entries: Vec<FeedEntry> = status
        .feeds
        .iter()
        .flat_map(|feed| feed.sources.iter().flat_map(|source| changes(feed, source, base)))
        .collect();
    entries.sort_by(|one, other| (other.published, &one.atom_id).cmp(&(one.published, &other.atom_id)));
    let updated = entries.iter().map(|entry| entry.published).max();
    Feed {
        channel: Channel {
            id: id(base, ""),
            title: "Health of the sources".to_owned(),
            link: Some(format!("{base}/status")),
            updated: updated.or_else(|| DateTime::<Utc>::UNIX_EPOCH.fixed_offset().into()),
            ..Channel::default()
        },
        entries,
        deleted: Vec::new(),
    }
}

/// The changes of one source: those of before, and the one to how it stands.
fn changes(feed: &FeedStatus, source: &SourceStatus, base: &str) -> Vec<FeedEntry> {
    let then = |spell: &Spell| SourceStatus {
        failures: u32::from(spell.failing),
        since: Some(spell.since),
        problems: spell.problems.clone(),
        before: [].into(),
        ..source.clone()
    };
    let then = source.before.iter().map(then).filter_map(|source| change(feed, &source, base));
    then.chain(change(feed, source, base)).collect()
}

fn change(feed: &FeedStatus, source: &SourceStatus, base: &str) -> Option<FeedEntry> {
    let failing = source.failures > 0;
    // One that is well and always was has nothing to tell.
    let since = source.since.or(source.last.filter(|_| failing))?;
    let name = format!("{} / {}", feed.feed, source.source);
    let title = if failing { format!("{name} has begun to fail") } else { format!("{name} is well") };
    let mark = source.since.map(|since| since.timestamp().to_string()).unwrap_or_default();
    let id = id(base, &format!("{}\u{1f}{}\u{1f}{failing}\u{1f}{mark}", feed.feed, source.source));
    Some(FeedEntry {
        entry: Entry {
            id: id.clone(),
            title: Some(title),
            link: Some(format!("{base}/status")),
            content: Some(account(source)),
            ..Entry::default()
        },
        atom_id: id,
        published: since.fixed_offset(),
        updated: None,
    })
}

/// What there is to say, as HTML.
fn account(source: &SourceStatus) -> String {
    let mut html = format!("<p>{}</p>", escaped(&source.location));
    for problem in &source.problems {
        // Writing to a string does not fail.
        let _ = write!(html, "<p>{}: {}</p>", escaped(&problem.at), escaped(&problem.message));
        if let Some(help) = &problem.help {
            let _ = write!(html, "<p>{}</p>", escaped(help));
        }
    }
    html
}

fn id(base: &str, name: &str) -> String {
    let name = format!("{base}/status.atom\u{1f}{name}");
    urn(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
}
