//! The token: who may see the status and ask for a refresh.
//!
//! In: a request's headers. Out: let in, or the refusal that says how. Tokens are
//! kept and compared as hashes, so neither memory, logs nor timing tell them.

use crate::serve::client::{self, Peer};
use crate::serve::error;
use crate::serve::site::Site;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{AUTHORIZATION, ORIGIN, REFERER, RETRY_AFTER, WWW_AUTHENTICATE},
};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// The largest form of ours, in bytes.
const MOST_FORM: usize = 1024;

/// How a token was shown.
enum Shown {
    Bearer(Vec<u8>),
    Basic(Vec<u8>),
}

/// What the headers of a request come to.
enum Verdict {
    /// It may.
    In,
    /// Only with our page's mark in its body.
    IfMarked,
    /// It may not.
    Out,
}

/// Lets a request through that shows the token.
pub(crate) async fn want_token(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let (who, now) = (client_of(&site, &request), site.clock.now());
    if let Some(wait) = site.guesses.wait(who, now) {
        let mut refusal = error::refuse(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens from there");
        refusal.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
        return refusal;
    }
    let request = match judge(&site, &request) {
        Verdict::In => request,
        Verdict::IfMarked => match marked(&site, request).await {
            Some(request) => request,
            None => {
                return error::refuse(
                    StatusCode::FORBIDDEN,
                    "a POST with a password must come from this server's own page; use `Authorization: Bearer`",
                );
            }
        },
        Verdict::Out => {
            // Who shows nothing asks how; who shows something wrong may be guessing.
            if request.headers().contains_key(AUTHORIZATION) && site.guesses.wrong(who, now) {
                tracing::warn!("too many wrong tokens from {who}: refused for a minute");
            }
            return ask(&site);
        }
    };
    next.run(request).await
}

fn client_of(site: &Site, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<Peer>().copied();
    let peer = peer.unwrap_or(Peer(Ipv4Addr::LOCALHOST.into()));
    client::client(peer, request.headers(), &site.settings.trusted_proxy)
}

fn judge(site: &Site, request: &Request) -> Verdict {
    let shown = request.headers().get(AUTHORIZATION).and_then(shown);
    let Some(Shown::Bearer(token) | Shown::Basic(token)) = &shown else {
        return Verdict::Out;
    };
    let settings = &site.settings;
    let for_metrics = request.uri().path() == "/metrics";
    let metrics = settings.metrics_token.as_ref().filter(|_| for_metrics);
    if !settings.token.is(token) && !metrics.is_some_and(|secret| secret.is(token)) {
        return Verdict::Out;
    }
    // A browser sends a Basic password along with any page's form: only ours may.
    if request.method() == Method::POST && matches!(shown, Some(Shown::Basic(_))) {
        return from_own_page(site, request.headers());
    }
    Verdict::In
}

fn shown(value: &HeaderValue) -> Option<Shown> {
    let value = value.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Shown::Bearer(rest.trim().as_bytes().to_vec()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(rest.trim()).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    pair.get(colon + 1..).map(|password| Shown::Basic(password.to_vec()))
}

fn from_own_page(site: &Site, headers: &HeaderMap) -> Verdict {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(fetch_site) = text(HeaderName::from_static("sec-fetch-site")) {
        return if fetch_site == "same-origin" { Verdict::In } else { Verdict::IfMarked };
    }
    match text(ORIGIN).or_else(|| text(REFERER)) {
        Some(address) if site.base.is_own(address) => Verdict::In,
        // Without TLS a browser may say nothing, or `null`.
        _ => Verdict::IfMarked,
    }
}

/// The request again if its form has the mark that only our page knows.
async fn marked(site: &Site, request: Request) -> Option<Request> {
    let (head, body) = request.into_parts();
    let patience = site.settings.limits.header;
    let body = tokio::time::timeout(patience, to_bytes(body, MOST_FORM)).await.ok()?.ok()?;
    let mark = site.settings.token.mark();
    let (_, shown) = url::form_urlencoded::parse(&body).find(|(name, _)| name == "page")?;
    (blake3::hash(shown.as_bytes()) == blake3::hash(mark.as_bytes()))
        .then(|| Request::from_parts(head, Body::from(body)))
}

/// 401, with both ways to show the token and where it lies.
fn ask(site: &Site) -> Response {
    let mut refusal = error::refuse(
        StatusCode::UNAUTHORIZED,
        "this needs the token: `Authorization: Bearer TOKEN`, or the token as password",
    );
    let realm = realm(&site.settings.token_place);
    for challenge in
        [format!("Basic realm=\"{realm}\", charset=\"UTF-8\""), format!("Bearer realm=\"{realm}\"")]
    {
        if let Ok(value) = HeaderValue::from_str(&challenge) {
            refusal.headers_mut().append(WWW_AUTHENTICATE, value);
        }
    }
    refusal
}

/// The realm as a quoted string may hold it.
fn realm(place: &str) -> String {
    let place: String = place
        .chars()
        .map(|character| match character {
            '"' | '\\' => '\'',
            ' '..='~' => character,
            _ => '?',
        })
        .collect();
    format!("feedmill, the token lies in {place}")
}

#[cfg(test)]
mod tests {
    use super::{Shown, realm, shown};
    use http::HeaderValue;

    #[test]
    fn tokens_are_read_from_both_schemes() {
        let read = |value: &'static str| match shown(&HeaderValue::from_static(value)) {
            Some(Shown::Bearer(token)) => format!("bearer {}", String::from_utf8_lossy(&token)),
            Some(Shown::Basic(token)) => format!("basic {}", String::from_utf8_lossy(&token)),
            None => "none".to_owned(),
        };
        for (value, expected) in [
            ("Bearer abc", "bearer abc"),
            ("bearer  abc ", "bearer abc"),
            ("Basic bWU6YTpi", "basic a:b"),
            ("Basic OmFiYw==", "basic abc"),
            ("Basic ***", "none"),
            ("Basic YWJj", "none"),
            ("Digest abc", "none"),
            ("abc", "none"),
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn a_realm_is_one_quoted_string() {
        assert_eq!(realm("/a \"b\\c\r\n金"), "feedmill, the token lies in /a 'b'c???");
    }
}
