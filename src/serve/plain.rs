//! An answer of this moment: not to be kept, and without anything that documents have.
//!
//! In: a status, a media type, a body. Out: the answer. Never decides what is answered.

use axum::{body::Body, response::Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

/// What is no page, no document and no JSON.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// What a person reads in a browser.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// This, for now.
pub(crate) fn plain(status: StatusCode, media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
