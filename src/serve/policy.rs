//! What a browser may do with what we answer: the `Content-Security-Policy` of each kind.
//!
//! Out: fields. Never depends on a request.

use crate::publish::page::STYLE_HASH;
use http::HeaderValue;
use std::sync::LazyLock;

/// What nothing that is no page may do in a browser: anything.
pub(crate) const BARE: &str = "default-src 'none'; sandbox";

/// What a page may load: its own style, and entries' pictures.
pub(crate) static PAGE: LazyLock<HeaderValue> =
    LazyLock::new(|| policy("img-src http: https: data:; form-action 'none'"));

/// What the operator's page may: its own style, and its own forms.
pub(crate) static STATUS: LazyLock<HeaderValue> = LazyLock::new(|| policy("form-action 'self'"));

fn policy(more: &str) -> HeaderValue {
    let style = &*STYLE_HASH;
    let text =
        format!("default-src 'none'; style-src '{style}'; {more}; base-uri 'none'; frame-ancestors 'none'");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}
