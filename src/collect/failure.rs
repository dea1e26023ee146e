//! What the HTTP client's errors mean, in the words of an operator.
//!
//! In: an error and its causes. Out: a [`FetchError`]. Never shows what a peer
//! wrote, only what our side made of it.

use super::error::{FetchError, FetchErrorKind};
use super::policy::Refusal;
use super::resolve::Unresolved;
use std::{error::Error, io, time::Duration};

/// Characters of a library's own words that are shown.
const LONGEST_DETAIL: usize = 200;

/// A refusal as an error, with the line that lets the target through.
pub(super) fn blocked(url: &str, refusal: &Refusal) -> FetchError {
    let error = FetchError::new(url, FetchErrorKind::Blocked, refusal.to_string());
    match &refusal.entry {
        Some(entry) => error.with_help(format!("add `\"{entry}\"` to `fetch.allow` in the config")),
        None => error,
    }
}

/// Why no answer came.
pub(super) fn no_answer(url: &str, error: &reqwest::Error, connect_limit: Duration) -> FetchError {
    if error.is_timeout() {
        return FetchError::new(
            url,
            FetchErrorKind::TimedOut,
            format!("timed out: no connection within {}", span(connect_limit)),
        );
    }
    for cause in causes(error) {
        if let Some(refusal) = cause.downcast_ref::<Refusal>() {
            return blocked(url, refusal);
        }
        if let Some(unresolved) = cause.downcast_ref::<Unresolved>() {
            return FetchError::new(url, FetchErrorKind::Unresolved, unresolved.to_string());
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return FetchError::new(
                url,
                FetchErrorKind::Untrusted,
                format!("no trusted connection: {}", mistrust(tls)),
            );
        }
        if let Some(http) = cause.downcast_ref::<h2::Error>().filter(|http| !http.is_io()) {
            return not_http2(url, http, "answer");
        }
        let is_end = |io: &io::Error| ENDS.contains(&io.kind());
        if !error.is_connect() && cause.downcast_ref::<io::Error>().is_some_and(is_end) {
            return closed(url);
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            if http.is_incomplete_message() || http.is_canceled() || http.is_closed() {
                return closed(url);
            }
            if http.is_parse() || http.is_parse_status() {
                return FetchError::new(
                    url,
                    FetchErrorKind::Malformed,
                    format!("the answer is not HTTP: {}", cut(&http.to_string())),
                );
            }
        }
    }
    let kind = FetchErrorKind::Unreachable;
    let message =
        format!("could not {}: {}", if error.is_connect() { "connect" } else { "ask" }, detail(error));
    FetchError::new(url, kind, message)
}

/// How a connection that was there ends.
const ENDS: [io::ErrorKind; 4] = [
    io::ErrorKind::UnexpectedEof,
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::BrokenPipe,
];

fn closed(url: &str) -> FetchError {
    FetchError::new(url, FetchErrorKind::CutShort, "the connection was closed before an answer")
}

/// What the origin did over HTTP/2, by the name that the standard gives it (RFC 9113 §7).
fn not_http2(url: &str, error: &h2::Error, what: &str) -> FetchError {
    let reason = error.reason().map_or_else(String::new, |reason| format!(": `{reason:?}`"));
    let (kind, message) = if !error.is_remote() {
        (FetchErrorKind::Malformed, format!("the {what} is not HTTP/2{reason}"))
    } else if error.is_go_away() {
        (FetchErrorKind::CutShort, format!("the origin ended the connection{reason}"))
    } else {
        (FetchErrorKind::CutShort, format!("the origin broke off the {what}{reason}"))
    };
    FetchError::new(url, kind, message)
}

/// What is wrong with a TLS connection.
fn mistrust(error: &rustls::Error) -> String {
    use rustls::CertificateError as Certificate;
    let why = match error {
        rustls::Error::InvalidCertificate(why) => why,
        rustls::Error::InvalidMessage(rustls::InvalidMessage::HandshakePayloadTooLarge) => {
            return "its certificates are too large".to_owned();
        }
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            return "it does not speak TLS".to_owned();
        }
        _ => return cut(&error.to_string()),
    };
    match why {
        Certificate::Expired | Certificate::ExpiredContext { .. } => "the certificate has expired",
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "the certificate is not valid yet"
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "the certificate is for another host"
        }
        Certificate::Revoked => "the certificate was revoked",
        Certificate::UnsupportedSignatureAlgorithmContext { .. } => {
            "the certificate is signed in a way that is no longer safe"
        }
        _ => "nobody that we trust vouches for the certificate",
    }
    .to_owned()
}

/// Why a body ended.
pub(super) fn no_body(url: &str, error: &reqwest::Error) -> FetchError {
    for cause in causes(error) {
        if let Some(http) = cause.downcast_ref::<h2::Error>().filter(|http| !http.is_io()) {
            return not_http2(url, http, "body");
        }
        if let Some(io) = cause.downcast_ref::<io::Error>()
            && matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        {
            return FetchError::new(
                url,
                FetchErrorKind::Malformed,
                format!("the body is not HTTP: {}", cut(&io.to_string())),
            );
        }
    }
    FetchError::new(url, FetchErrorKind::CutShort, "the body was cut short")
}

/// Nothing came for too long.
pub(super) fn silent(url: &str, patience: Duration) -> FetchError {
    FetchError::new(url, FetchErrorKind::TimedOut, format!("timed out: nothing came for {}", span(patience)))
}

/// The body is larger than we take, on the wire or decoded.
pub(super) fn too_large(url: &str, cap: u64) -> FetchError {
    FetchError::new(url, FetchErrorKind::TooLarge, format!("the body is larger than {}", size(cap)))
        .with_help("raise `fetch.max_body` in the config if it is meant to be")
}

/// `30 s`, `200 ms`.
pub(super) fn span(duration: Duration) -> String {
    if duration.subsec_nanos() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

/// `10 MiB`, `1 KiB`, `700 B`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0 => "0 B".to_owned(),
        bytes if bytes.is_multiple_of(1024 * 1024) => format!("{} MiB", bytes / (1024 * 1024)),
        bytes if bytes.is_multiple_of(1024) => format!("{} KiB", bytes / 1024),
        bytes => format!("{bytes} B"),
    }
}

/// The error and all below it, those inside an [`io::Error`] too.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            // `source()` of an io::Error steps over the error that it wraps.
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        }
    })
}

/// The innermost cause in few words.
fn detail(error: &reqwest::Error) -> String {
    let mut ios = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    if error.is_connect() && ios.any(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
        return "the connection was closed during the TLS handshake".to_owned();
    }
    let innermost = causes(error).last();
    match innermost.and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(io) => io.kind().to_string(),
        None => innermost.map_or_else(String::new, |cause| cut(&cause.to_string())),
    }
}

fn cut(text: &str) -> String {
    text.escape_debug().take(LONGEST_DETAIL).collect()
}
