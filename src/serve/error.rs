//! Refusals: what is answered when there is nothing to answer with.
//!
//! In: a status, a sentence. Out: a short plain text, a page for a browser, JSON below
//! `/api/`. Never repeats a request's own words: what is echoed can be made to say anything.

use crate::publish::page::message_page;
use crate::serve::plain::{HTML, TEXT, plain};
use crate::serve::policy;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER,
    },
};
use serde_json::json;

/// Goes with a refusal until it is known whether a browser wants it as a page.
#[derive(Debug, Clone, Copy)]
struct Why(&'static str);

/// A refusal with a sentence that says why, not to be kept.
pub(crate) fn refuse(status: StatusCode, why: &'static str) -> Response {
    let mut response = plain(status, TEXT, format!("{why}\n"));
    response.extensions_mut().insert(Why(why));
    response
}

/// A refusal as the API says everything, any other answer as it is.
pub(crate) fn as_json(mut response: Response) -> Response {
    if let Some(Why(why)) = response.extensions_mut().remove::<Why>() {
        *response.body_mut() = Body::from(json!({ "error": why }).to_string());
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

/// A refusal as a page, any other answer as it is.
pub(crate) fn as_page(mut response: Response) -> Response {
    let Some(Why(why)) = response.extensions_mut().remove::<Why>() else {
        return response;
    };
    let title = response.status().canonical_reason().unwrap_or("Refused");
    let page = message_page(title, why, None);
    *response.body_mut() = Body::from(page);
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    headers.insert(CONTENT_SECURITY_POLICY, policy::PAGE.clone());
    response
}

/// 404.
pub(crate) fn not_found() -> Response {
    refuse(StatusCode::NOT_FOUND, "nothing is published at this address")
}

/// 503: it is there, but cannot be had now.
pub(crate) fn unavailable() -> Response {
    let mut response =
        refuse(StatusCode::SERVICE_UNAVAILABLE, "this cannot be read just now; try again in a minute");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// 503: too many ask for what has to be made for each.
pub(crate) fn busy() -> Response {
    let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, "too many choices are asked for at once");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

/// 405 with what is allowed.
pub(crate) fn not_allowed(allow: &'static str) -> Response {
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// 410: it was here and will not be again.
pub(crate) fn gone() -> Response {
    refuse(StatusCode::GONE, "this feed is published no more")
}

/// A feed's new address for good, outside of ours.
pub(crate) fn elsewhere(address: &str, keep: &str) -> Response {
    match url::Url::parse(address) {
        Ok(address) => redirect(StatusCode::MOVED_PERMANENTLY, address.as_str(), keep),
        Err(_) => not_found(),
    }
}

/// A redirect to a path of ours, already percent-encoded.
pub(crate) fn redirect(status: StatusCode, path: &str, keep: &str) -> Response {
    let (Ok(location), Ok(keep)) = (HeaderValue::from_str(path), HeaderValue::from_str(keep)) else {
        return not_found();
    };
    let mut response = status.into_response();
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, keep);
    response
}
