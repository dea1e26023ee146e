//! What goes wrong with a fetch: what failed, where, why, and the step that mends it.
//!
//! In: a URL, a kind and words, from whoever failed. Out: a [`FetchError`], which becomes
//! a `Problem`. Never says whether or when to ask again.

use super::answer::left_alone;
use crate::model::Problem;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use std::fmt;
use std::time::Duration;

/// Why a fetch brought nothing. What is stored stays, validators too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchError {
    /// The URL that failed, redirects followed, without credentials.
    pub url: String,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// How long the origin asks to be left alone, from its own clock.
    pub retry_after: Option<Duration>,
    /// What kind of failure.
    pub kind: FetchErrorKind,
    /// What happened: lower case, no full stop.
    pub message: String,
    /// The step that mends it, where there is one.
    pub help: Option<String>,
}

/// What kind of failure: what the pace depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FetchErrorKind {
    /// The URL, a header or our own set-up can't be used.
    Unusable,
    /// The address policy refuses it.
    Blocked,
    /// The name has no address.
    Unresolved,
    /// No connection.
    Unreachable,
    /// No trusted connection.
    Untrusted,
    /// A time limit or the lowest rate was not kept.
    TimedOut,
    /// The body is larger than `fetch.max_body`, on the wire or decoded.
    TooLarge,
    /// The body or the answer ended early.
    CutShort,
    /// A coding that we don't read, or a body that isn't in it.
    BadCoding,
    /// Not HTTP as it is written.
    Malformed,
    /// A redirect that is not followed.
    BadRedirect,
    /// 410: it is not coming back.
    Gone,
    /// 429 or 503: the origin asks for patience.
    Busy,
    /// Any other status that isn't a whole document.
    Status,
}

impl FetchError {
    /// Whether the connection ended before anything of an answer was read.
    pub(super) fn is_closed(&self) -> bool {
        self.kind == FetchErrorKind::CutShort && self.status.is_none()
    }

    /// An error without a status.
    pub(super) fn new(url: &str, kind: FetchErrorKind, message: impl Into<String>) -> Self {
        Self {
            url: url.to_owned(),
            status: None,
            retry_after: None,
            kind,
            message: message.into(),
            help: None,
        }
    }

    /// A status that isn't a whole document.
    pub(super) fn answered(url: &str, status: u16, headers: &HeaderMap, now: DateTime<Utc>) -> Self {
        let kind = match status {
            410 => FetchErrorKind::Gone,
            429 | 503 => FetchErrorKind::Busy,
            _ => FetchErrorKind::Status,
        };
        Self {
            status: Some(status),
            retry_after: left_alone(status, headers, now),
            ..Self::new(url, kind, format!("answered {status}"))
        }
    }

    #[must_use]
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.url, self.message)
    }
}

impl std::error::Error for FetchError {}

impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        let problem = Self::error(error.url, error.message);
        match error.help {
            Some(help) => problem.with_help(help),
            None => problem,
        }
    }
}
