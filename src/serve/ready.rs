//! Answers that wait to be asked for: documents that are kept, checked, and in the coding
//! that is asked for.
//!
//! In: a request. Out: the answer to it, as a response or as the bytes of one, where
//! nothing has to be looked up, made or refused. Never does the same twice in a second:
//! a head that was written holds until the clock's next.

use crate::serve::answer::assemble;
use crate::serve::cache::{Kept, Kind};
use crate::serve::coding::Coding;
use crate::serve::conditional::{Conditions, Verdict, http_date};
use crate::serve::document;
use crate::serve::every::{self, Asker};
use crate::serve::site::Site;
use axum::{body::Body, response::Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{
    Method, Request, StatusCode,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use std::{borrow::Cow, sync::Arc};

/// The answer to a request, found and not yet written.
#[derive(Debug)]
pub(crate) struct Ready {
    kept: Arc<Kept>,
    verdict: Verdict,
    coding: Coding,
    /// Empty with 304.
    body: Bytes,
    for_head: bool,
    now: DateTime<Utc>,
}

/// Finds what is ready; `None` where the answer is not. The common case, without a detour.
pub(crate) fn ready<B>(site: &Site, request: &Request<B>) -> Option<Ready> {
    let (path, headers) = (request.uri().path(), request.headers());
    let for_head = *request.method() == Method::HEAD;
    let plain = (for_head || *request.method() == Method::GET)
        && request.uri().query().is_none()
        && request.uri().scheme().is_none()
        && !path.contains('%')
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING);
    if !plain {
        return None;
    }
    let shelf = site.shelf();
    let path = shelf.aliases.canonical(&site.base.path, Cow::Borrowed(site.base.below(path)));
    // What needs a token is kept under no path that a request can have.
    let kept = site.cache.get(&path).filter(|kept| kept.kind != Kind::Page)?;
    let (conditions, now) = (Conditions::read(headers), site.clock.now());
    if !document::answers(&kept, site.stamp(&shelf), &conditions, now) {
        return None;
    }
    let coding = Coding::choose(headers);
    let verdict = conditions.judge(&kept.facts.etag, document::sendable(&kept.facts, now));
    let body = match verdict {
        Verdict::Send => kept.body.as_ref()?.ready(coding)?,
        Verdict::NotModified => Bytes::new(),
        Verdict::Failed => return None,
    };
    Some(Ready { kept, verdict, coding, body, for_head, now })
}

impl Ready {
    /// The answer for a server to write.
    pub(crate) fn response(self, site: &Site) -> Response {
        let headed = self.headed(site);
        headed.map(|_| Body::from(self.body))
    }

    /// The answer as it is sent: its head, and what follows.
    pub(crate) fn bytes(self, site: &Site) -> (Bytes, Bytes) {
        let not_modified = self.verdict == Verdict::NotModified;
        let slot = self.coding as usize + if not_modified { 4 } else { 0 };
        let length = (!not_modified).then_some(self.body.len());
        let write = || written(&self.headed(site), length, self.now);
        let (head, is_new) = self.kept.heads.in_second(slot, self.now.timestamp(), write);
        if !is_new {
            site.metrics.answered(if not_modified { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        }
        (head, if self.for_head { Bytes::new() } else { self.body })
    }

    fn headed(&self, site: &Site) -> Response {
        let response = assemble(site, &self.kept, (self.verdict, self.coding, true), Body::empty());
        every::finish(response, Asker::Reader)
    }
}

/// A head as it is sent (RFC 9112 §2).
fn written(response: &Response, length: Option<usize>, now: DateTime<Utc>) -> Bytes {
    let status = response.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    for (name, value) in response.headers() {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    if let Some(length) = length {
        head.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
    }
    head.extend_from_slice(format!("date: {}\r\n\r\n", http_date(now)).as_bytes());
    Bytes::from(head)
}
