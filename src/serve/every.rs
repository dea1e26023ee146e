//! What every request has to have, and what every answer carries.
//!
//! In: requests as they come, answers as the routes give them. Out: those that a route may see,
//! refusals of the others; answers with the headers that nothing goes out without.

use crate::serve::callback;
use crate::serve::error;
use crate::serve::policy;
use crate::serve::site::Site;
use axum::{extract::Request, response::Response};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Uri, Version,
    header::{
        ACCEPT, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY,
        TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
    },
};

/// The largest body that a request may come with; none is needed but what a hub brings.
const MOST_BODY: u64 = 64 * 1024;

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

/// The path of a request as it came, where it began with that of `base_url`.
#[derive(Debug, Clone)]
pub(crate) struct AsItCame(pub(crate) String);

/// Whether this is the address of a route that takes no name.
pub(crate) fn is_fixed(path: &str) -> bool {
    FIXED.contains(&path)
}

/// Refuses what no route should see, and makes the path the one below `base_url`.
pub(crate) fn prepare(site: &Site, request: &mut Request) -> Result<(), Box<Response>> {
    if let Some((status, why)) = refused(site, request) {
        let mut refusal = error::refuse(status, why);
        refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return Err(Box::new(refusal));
    }
    let path = request.uri().path();
    let below = site.base.below(path);
    if below.len() != path.len() {
        let as_it_came = AsItCame(path.to_owned());
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        match format!("{below}{query}").parse::<Uri>() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return Err(Box::new(error::not_found())),
        }
        request.extensions_mut().insert(as_it_came);
    }
    Ok(())
}

/// What is wrong with a request, wherever it goes.
fn refused(site: &Site, request: &Request) -> Option<(StatusCode, &'static str)> {
    let headers = request.headers();
    if request.version() == Version::HTTP_11 && !names_one_host(headers) {
        return Some((StatusCode::BAD_REQUEST, "a request has one `Host`"));
    }
    // `feed.atom` without its slash, another scheme: no address that a server answers at.
    let (uri, is_for_others) = (request.uri(), *request.method() == Method::CONNECT);
    let is_ours = uri.scheme_str().is_none_or(|scheme| matches!(scheme, "http" | "https"));
    if !is_ours || !(uri.path().starts_with('/') || uri.path() == "*" || is_for_others) {
        return Some((StatusCode::BAD_REQUEST, "an address begins with a slash"));
    }
    // Nothing of ours that is read has a body; proxies disagree on where such a one ends.
    let reads = !matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    if reads && headers.contains_key(TRANSFER_ENCODING) {
        return Some((StatusCode::BAD_REQUEST, "a request to read has no body"));
    }
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_callback = site.base.below(request.uri().path()).starts_with(callback::CALLBACKS);
    let most = if is_callback { callback::MOST_DELIVERED } else { MOST_BODY };
    length
        .is_some_and(|length| length > most)
        .then_some((StatusCode::PAYLOAD_TOO_LARGE, "requests here have no body to speak of"))
}

/// Whether a request says once which host it is for (RFC 9112 §3.2), which is looked at for
/// nothing else.
pub(crate) fn names_one_host(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"/?#@\\,<>\"".contains(byte);
    hosts.next().is_some_and(|host| host.as_bytes().iter().all(plain)) && hosts.next().is_none()
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
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy::BARE));
    response
}
