//! Where hubs reach us: `/hub/callback/<name>` (W3C WebSub §5.3 and §7).
//!
//! In: a hub's question or what it brings. Out: the challenge where the question is of
//! something that we asked for, 202 for content whether it is used or not, 404 for
//! whatever else. A callback that nobody knows has no body read.

use crate::model::{Delivery, Intent, Verdict};
use crate::serve::error;
use crate::serve::plain::{TEXT, plain};
use crate::serve::site::Site;
use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use std::{sync::Arc, time::Duration};
use url::form_urlencoded;

/// What all callbacks begin with.
pub(crate) const CALLBACKS: &str = "/hub/callback/";
/// The largest content that is taken: as large a feed as is fetched by default.
pub(crate) const MOST_DELIVERED: u64 = 10 << 20;
/// The longest challenge that is echoed.
const LONGEST_CHALLENGE: usize = 4 * 1024;
/// A delivery is here by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// A hub asks whether it was us.
pub(crate) async fn verify(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let value = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == wanted).map(|(_, value)| value.into_owned())
    };
    let intent = Intent {
        mode: value("hub.mode").unwrap_or_default(),
        topic: value("hub.topic").unwrap_or_default(),
        lease_seconds: value("hub.lease_seconds").and_then(|seconds| seconds.parse().ok()),
        reason: value("hub.reason"),
    };
    let challenge = value("hub.challenge").filter(|challenge| challenge.len() <= LONGEST_CHALLENGE);
    // What can't be echoed is not asked for: a hub would have it that we agreed.
    let complete = challenge.is_some() || intent.mode == "denied";
    let verdict = match site.refresher.subscriber().filter(|_| complete) {
        Some(subscriber) => subscriber.verify(&name, intent).await,
        None => Verdict::Unknown,
    };
    match verdict {
        Verdict::Confirmed => plain(StatusCode::OK, TEXT, challenge.unwrap_or_default()),
        Verdict::Noted => plain(StatusCode::OK, TEXT, String::new()),
        Verdict::Unknown => error::not_found(),
    }
}

/// A hub brings content.
pub(crate) async fn deliver(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let Some(subscriber) = site.refresher.subscriber() else { return error::not_found() };
    if !subscriber.knows(&name).await {
        return error::not_found();
    }
    if request.headers().contains_key(CONTENT_ENCODING) {
        return error::refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content is taken without a coding");
    }
    let content_type = text(request.headers(), &CONTENT_TYPE);
    let signature = text(request.headers(), &HeaderName::from_static("x-hub-signature"));
    let most = usize::try_from(MOST_DELIVERED).unwrap_or(usize::MAX);
    let read = tokio::time::timeout(PATIENCE, axum::body::to_bytes(request.into_body(), most)).await;
    let body = match read {
        Ok(Ok(body)) => body.to_vec(),
        Ok(Err(_)) => {
            return error::refuse(StatusCode::PAYLOAD_TOO_LARGE, "the content is too large or was cut short");
        }
        Err(_) => return error::refuse(StatusCode::REQUEST_TIMEOUT, "the content took too long"),
    };
    if subscriber.deliver(&name, Delivery { content_type, signature, body }).await {
        plain(StatusCode::ACCEPTED, TEXT, String::new())
    } else {
        error::not_found()
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
