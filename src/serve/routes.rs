//! The one table of what is answered where, and what every answer carries.
//!
//! In: requests. Out: the handler's answer with the headers that nothing goes out without.

use crate::model::Fate;
use crate::serve::announce;
use crate::serve::answer::{by_path, piece_as_asked};
use crate::serve::api;
use crate::serve::auth;
use crate::serve::callback;
use crate::serve::conditional::Conditions;
use crate::serve::error;
use crate::serve::health;
use crate::serve::onward;
use crate::serve::pages;
use crate::serve::piece::Piece;
use crate::serve::site::Site;
use crate::serve::tongue;
use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri,
    header::{
        ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    },
};
use std::sync::Arc;

/// The largest body that a request may come with; none is needed but what a hub brings.
const MOST_BODY: u64 = 64 * 1024;

/// What nothing that is no page may do in a browser: anything.
const POLICY: &str = "default-src 'none'; sandbox";

/// The addresses that are no feed's.
const FIXED: [&str; 9] = [
    "/about/bot",
    "/feeds.opml",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/status",
    "/status.atom",
    "/api/status",
    "/api/refresh",
];

/// Every route.
pub(crate) fn table(site: &Arc<Site>) -> Router {
    let of_the_scheduler =
        if site.onward.get().is_some() { onward::routes() } else { routes_of_the_scheduler(site) };
    Router::new()
        .route("/", get(index))
        .route("/about/bot", get(pages::bot))
        .route("/feeds.opml", get(feeds_opml))
        .route("/{feed}/categories.opml", get(categories_opml))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .merge(of_the_scheduler)
        .fallback(by_path)
        .method_not_allowed_fallback(not_allowed)
        .with_state(Arc::clone(site))
}

/// What only the process that collects can answer.
fn routes_of_the_scheduler(site: &Arc<Site>) -> Router<Arc<Site>> {
    let for_the_operator = Router::new()
        .route("/metrics", get(api::metrics))
        .route("/status", get(pages::status))
        .route("/status.atom", get(health::status_feed))
        .route("/api/status", get(api::status))
        .route("/api/runs/{run}", get(api::run))
        .route("/api/refresh", post(api::refresh_all))
        .route("/api/feeds/{feed}/refresh", post(api::refresh_feed))
        .route_layer(middleware::from_fn_with_state(Arc::clone(site), auth::want_token));
    Router::new()
        .route("/hub/callback/{name}", get(callback::verify).post(callback::deliver))
        .route(announce::HUB, post(announce::hub))
        .merge(for_the_operator)
}

/// Whether this is the address of a route that takes no name.
pub(crate) fn is_fixed(path: &str) -> bool {
    FIXED.contains(&path)
}

/// Refuses what no route should see, and makes the path the one below `base_url`.
pub(crate) fn prepare(site: &Site, request: &mut Request) -> Result<(), Box<Response>> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_callback = site.base.below(request.uri().path()).starts_with(callback::CALLBACKS);
    let most = if is_callback { callback::MOST_DELIVERED } else { MOST_BODY };
    if length.is_some_and(|length| length > most) {
        let mut refusal =
            error::refuse(StatusCode::PAYLOAD_TOO_LARGE, "requests here have no body to speak of");
        refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Err(Box::new(refusal));
    }
    let path = request.uri().path();
    let below = site.base.below(path);
    if below.len() != path.len() {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        match format!("{below}{query}").parse::<Uri>() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Err(Box::new(error::not_found())),
        }
    }
    Ok(())
}

/// Who looks at a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A person, through a browser.
    Browser,
    /// A program that uses the API.
    Script,
    /// A feed reader, or a person at a terminal.
    Reader,
}

/// Whether a person looks at the answer.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Who asks this.
pub(crate) fn asker(site: &Site, request: &Request) -> Asker {
    if wants_page(request.headers()) {
        Asker::Browser
    } else if site.base.below(request.uri().path()).starts_with("/api/") {
        Asker::Script
    } else {
        Asker::Reader
    }
}

/// Adds what every answer carries.
pub(crate) fn finish(response: Response, asker: Asker) -> Response {
    let mut response = match asker {
        Asker::Browser => error::as_page(response),
        Asker::Script => error::as_json(response),
        Asker::Reader => response,
    };
    let unmodified = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    if unmodified {
        // It would have to be that of the document, and says nothing anyway.
        headers.remove(CONTENT_LENGTH);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    response
}

/// 405, or what `OPTIONS` asks; the router adds what is allowed.
async fn not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    error::refuse(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method")
}

async fn index(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    piece_as_asked(&site, Piece::Index(tongue::asked(&headers)), &Conditions::read(&headers), &headers).await
}

async fn feeds_opml(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match api::list_format(query.as_deref()) {
        Ok(format) => {
            piece_as_asked(&site, Piece::Feeds(format), &Conditions::read(&headers), &headers).await
        }
        Err(refusal) => *refusal,
    }
}

async fn categories_opml(
    State(site): State<Arc<Site>>,
    Path(feed): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let piece = match api::list_format(query.as_deref()) {
        Ok(format) => Piece::Categories(feed, format),
        Err(refusal) => return *refusal,
    };
    // A feed that is not there must not get as far as the cache.
    let shelf = site.shelf();
    let feed = piece.feed().unwrap_or_default();
    if shelf.get(feed).is_none() {
        return match shelf.away(feed) {
            Some(Fate::Gone) => error::gone(),
            Some(Fate::Moved(url)) => error::elsewhere(url, "public, max-age=60"),
            _ => error::not_found(),
        };
    }
    piece_as_asked(&site, piece, &Conditions::read(&headers), &headers).await
}
