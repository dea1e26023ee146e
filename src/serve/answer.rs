//! From a request to an answer: documents, pages and lists, with all that HTTP asks for.
//!
//! In: a request. Out: 200, 304, or where it is instead. The common case is a look-up, a
//! comparison and a write; all else is in `document`.

use crate::model::Facet;
use crate::serve::address::{self, Address};
use crate::serve::aliased;
use crate::serve::api;
use crate::serve::cache::{Kept, Kind};
use crate::serve::chosen::Asking;
use crate::serve::coding::Coding;
use crate::serve::conditional::{Conditions, Verdict};
use crate::serve::document::{self, Failure};
use crate::serve::error;
use crate::serve::every::{self, AsItCame};
use crate::serve::piece::Piece;
use crate::serve::policy;
use crate::serve::resolve::{self, Asked, Found};
use crate::serve::shelf::Shelf;
use crate::serve::site::Site;
use crate::serve::tongue;
use crate::store::StoreError;
use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_ENCODING,
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, LINK, LOCATION, VARY,
    },
    request,
};
use std::borrow::Cow;
use std::sync::Arc;

/// What public addresses take.
const ALLOWED: &str = "GET, HEAD, OPTIONS";

/// The shortest time that a document may be kept without asking, in seconds.
const LEAST_AGE: i64 = 60;

/// How long an archive may be kept without asking, in seconds: nothing at its address changes.
const ARCHIVE_AGE: i64 = 24 * 60 * 60;

/// Redirects that may become others are kept as long as the shortest-lived document.
const KEEP_REDIRECT: &str = "public, max-age=60";

/// Every address that no route names: documents, their lists and pages.
pub(crate) async fn by_path(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let path = resolve::decode(request.uri.path());
    match request.method {
        Method::GET | Method::HEAD => {}
        // Also of the server as a whole, `*`.
        Method::OPTIONS => {
            let aliases = &site.shelf().aliases;
            return options(&aliases.canonical(&site.base.path, path.unwrap_or_default()));
        }
        _ => return error::not_allowed(ALLOWED),
    }
    let Some(path) = path else {
        return error::not_found();
    };
    let response = of_path(&site, &path, &request).await;
    match address::below_token(&path) {
        (Some(_), _) => for_one(response),
        (None, _) => readable(response),
    }
}

/// A script that may read a feed may be led to it, too.
fn readable(mut response: Response) -> Response {
    if response.headers().contains_key(LOCATION) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

/// An answer below a token, which is for its reader alone, whatever it says.
fn for_one(mut response: Response) -> Response {
    let kept = response.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let kept = kept.unwrap_or("no-store").trim_start_matches("public, ").trim_start_matches("private, ");
    let private = format!("private, {kept}");
    put(response.headers_mut(), CACHE_CONTROL, &private);
    response
}

async fn of_path(site: &Arc<Site>, path: &str, request: &request::Parts) -> Response {
    let shelf = site.shelf();
    let path = shelf.aliases.canonical(&site.base.path, Cow::Borrowed(path));
    if path.len() > 1 && path.ends_with('/') && !shelf.aliases.take_slash(&site.base.path, &path) {
        return without_slash(site, request.uri.path());
    }
    let query = request.uri.query();
    let asking = match Asking::read(query) {
        Ok(asking) => asking,
        Err(why) => return error::refuse(StatusCode::BAD_REQUEST, why),
    };
    let conditions = Conditions::read(&request.headers);
    let stamp = site.stamp(&shelf);
    let now = site.clock.now();
    if asking.is_none()
        && let Some(kept) = site.cache.get(&path).filter(|kept| kept.kind.is_by_path(query))
        && document::answers(&kept, stamp, &conditions, now)
    {
        return respond(site, &path, &kept, &conditions, &request.headers).await;
    }
    let as_it_came = request.extensions.get::<AsItCame>().and_then(|path| resolve::decode(&path.0));
    let paths = [path.into_owned()].into_iter().chain(as_it_came.map(Cow::into_owned));
    let found = look_up(site, shelf, paths.collect(), asking.clone()).await;
    let piece = match (found, asking) {
        (Ok((Found::Here(address, Some(format)), Some(asking))), _) => Piece::Chosen(address, format, asking),
        (Ok((Found::Here(address, Some(format)), None)), _) => Piece::Document(address, format),
        (Ok((Found::Here(address, None), _)), _) => Piece::Page(address, tongue::asked(&request.headers)),
        (Ok((Found::Categories(address), _)), _) => match api::list_format(query) {
            Ok(format) => Piece::Categories(address, format),
            Err(refusal) => return *refusal,
        },
        (Ok((found, _)), asking) => return not_here(site, found, asking.as_ref()),
        (Err(error), _) => {
            tracing::error!("cannot look up what is asked for: {error}");
            return error::unavailable();
        }
    };
    piece_as_asked(site, piece, &conditions, &request.headers).await
}

/// What is at the first of these paths at which anything is. A path that began with that of
/// `base_url` is read below it first, so that our own addresses always hold; where nothing
/// is there, it may be a feed that has the name of that path. With what is asked for of a
/// whole feed, in that feed's words.
async fn look_up(
    site: &Arc<Site>,
    shelf: Arc<Shelf>,
    paths: Vec<String>,
    asking: Option<Asking>,
) -> Result<(Found, Option<Asking>), StoreError> {
    let place = Arc::clone(&site.renders).acquire_owned().await;
    site.blocking(move |site| {
        // Held to the end, also when the asker has hung up.
        let _place = place;
        for path in &paths {
            let found = match resolve::find(&*site.store, &shelf, path)? {
                Found::Nowhere => aliased::find(&*site.store, &shelf, &site.base.path, path)?,
                found => found,
            };
            if found == Found::Nowhere {
                continue;
            }
            let asking = match (&found, asking) {
                (Found::Here(address, Some(_)), Some(asking)) if address.facet == Facet::Whole => {
                    let shelved = shelf.of(address);
                    shelved.map_or(Ok(None), |shelved| asking.settled(&*site.store, &shelf, shelved))?
                }
                _ => None,
            };
            return Ok((found, asking));
        }
        Ok((Found::Nowhere, None))
    })
    .await
}

/// Where it is instead, or that it is nowhere.
fn not_here(site: &Site, found: Found, asking: Option<&Asking>) -> Response {
    match found {
        Found::Here(address, format) | Found::Moved(address, format) => {
            to(site, StatusCode::MOVED_PERMANENTLY, &with(&path_of(&address, format), asking))
        }
        Found::Categories(address) => to(site, StatusCode::MOVED_PERMANENTLY, &address.categories_path()),
        Found::Near(address, format) => {
            to(site, StatusCode::FOUND, &with(&path_of(&address, format), asking))
        }
        Found::Renamed(path) => to(site, StatusCode::MOVED_PERMANENTLY, &with(&path, asking)),
        Found::Elsewhere(url) => error::elsewhere(&url, KEEP_REDIRECT),
        Found::Gone => error::gone(),
        Found::Nowhere => error::not_found(),
    }
}

fn path_of(address: &Address, format: Option<crate::model::Format>) -> String {
    match format {
        Some(format) => address.url_path(format),
        None => address.page_path(),
    }
}

/// A path with what was asked for of it.
fn with(path: &str, asking: Option<&Asking>) -> String {
    asking.map_or_else(|| path.to_owned(), |asking| format!("{path}?{}", asking.canonical()))
}

fn to(site: &Site, status: StatusCode, path: &str) -> Response {
    error::redirect(status, &format!("{}{path}", site.base.path), KEEP_REDIRECT)
}

/// The canonical address has no slash at its end. Only our own addresses are led on, so
/// that no made-up path gets into a header.
fn without_slash(site: &Site, path: &str) -> Response {
    let path = path.trim_end_matches('/');
    let ours = every::is_fixed(path)
        || resolve::decode(path).is_some_and(|path| {
            let (token, path) = address::below_token(&path);
            Asked::read(path).is_some_and(|asked| site.shelf().shown(asked.feed(), token).is_some())
        });
    if ours { to(site, StatusCode::PERMANENT_REDIRECT, path) } else { error::not_found() }
}

/// What a browser asks before a script may read a feed.
pub(crate) fn options(path: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(ALLOWED));
    let asked = Asked::read(path);
    if path == "/feeds.opml"
        || matches!(
            asked,
            Some(Asked::Part { format: Some(_), .. } | Asked::Archive { .. } | Asked::Categories { .. })
        )
    {
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (ACCESS_CONTROL_ALLOW_METHODS, ALLOWED),
            (ACCESS_CONTROL_ALLOW_HEADERS, "If-None-Match, If-Modified-Since"),
            (ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// A piece for this request, from what is kept where it is still good.
pub(crate) async fn piece_as_asked(
    site: &Arc<Site>,
    piece: Piece,
    conditions: &Conditions,
    headers: &HeaderMap,
) -> Response {
    let key = piece.key();
    match document::obtain(site, piece, conditions).await {
        Ok(kept) => respond(site, &key, &kept, conditions, headers).await,
        Err(Failure::Gone) => error::not_found(),
        Err(Failure::Unreadable) => error::unavailable(),
        Err(Failure::Busy) => error::busy(),
    }
}

async fn respond(
    site: &Arc<Site>,
    key: &str,
    kept: &Kept,
    conditions: &Conditions,
    asked: &HeaderMap,
) -> Response {
    let last_modified = document::sendable(&kept.facts, site.clock.now());
    let mut verdict = conditions.judge(&kept.facts.etag, last_modified);
    let mut coding = Coding::choose(asked);
    let mut body = Body::empty();
    if verdict == Verdict::Send {
        match &kept.body {
            Some(bodies) => {
                let (bytes, coded) = document::coded(site, key, bodies, coding).await;
                coding = coded;
                body = Body::from(bytes);
            }
            // Only those get here without a body who have it already.
            None => verdict = Verdict::NotModified,
        }
    }
    // What needs a token is in nobody's cache but its reader's; its key has no slash.
    assemble(site, kept, (verdict, coding, key.starts_with('/')), body)
}

/// An answer with what goes with it; whether caches that are shared may have it.
pub(crate) fn assemble(
    site: &Site,
    kept: &Kept,
    (verdict, coding, shared): (Verdict, Coding, bool),
    body: Body,
) -> Response {
    let now = site.clock.now();
    let mut response = match verdict {
        Verdict::Send => Response::new(body),
        Verdict::NotModified => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        }
        Verdict::Failed => error::refuse(StatusCode::PRECONDITION_FAILED, "it has changed"),
    };
    site.metrics.answered(response.status());
    if verdict != Verdict::Failed {
        let sent = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        headers.reserve(14);
        if let Some(etag) = kept.validators.etag(coding) {
            headers.insert(ETAG, etag);
        }
        let whose = if shared { "public" } else { "private" };
        let age = kept.age.at(now, || age(site, kept, now));
        put(headers, CACHE_CONTROL, &format!("{whose}, max-age={age}"));
        if let (Some(_), Some(time)) = (document::sendable(&kept.facts, now), kept.validators.last_modified())
        {
            headers.insert(LAST_MODIFIED, time);
        }
        let page = kept.kind == Kind::Page;
        let vary = if page { "Accept-Encoding, Accept-Language" } else { "Accept-Encoding" };
        headers.insert(VARY, HeaderValue::from_static(vary));
        describe(headers, kept.kind, shared);
        if let Some(link) = &kept.link {
            headers.insert(LINK, link.clone());
        }
        if sent {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(kept.kind)));
            if let Some(name) = coding.name() {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
            }
        }
    }
    response
}

/// What goes with a kind of document whatever the status.
fn describe(headers: &mut HeaderMap, kind: Kind, shared: bool) {
    if kind == Kind::Page {
        headers.insert(CONTENT_SECURITY_POLICY, policy::PAGE.clone());
    } else if shared {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag, Last-Modified"));
    }
}

fn media_type(kind: Kind) -> &'static str {
    use crate::model::Format;
    match kind {
        Kind::Document(Format::Atom) | Kind::Archive(Format::Atom) => "application/atom+xml; charset=utf-8",
        Kind::Document(Format::Rss) | Kind::Archive(Format::Rss) => "application/rss+xml; charset=utf-8",
        Kind::Document(Format::Json) | Kind::Archive(Format::Json) => "application/feed+json; charset=utf-8",
        Kind::Opml => "text/x-opml; charset=utf-8",
        Kind::Page => "text/html; charset=utf-8",
    }
}

/// Seconds until something new may be there: the next collection, within bounds.
fn age(site: &Site, kept: &Kept, now: DateTime<Utc>) -> i64 {
    if matches!(kept.kind, Kind::Archive(_)) {
        return ARCHIVE_AGE;
    }
    let most = i64::try_from(site.max_age().as_secs()).unwrap_or(i64::MAX);
    site.refresher
        .next_due(kept.feed.as_deref())
        .map_or(most, |due| (due - now).num_seconds())
        .max(LEAST_AGE)
        .min(most)
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Ours are plain ASCII.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
