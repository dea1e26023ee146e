//! The way from the URL asked for to the one that answers, hop by hop.
//!
//! In: each redirect's status and `Location`. Out: the next URL, and whether every
//! hop so far was permanent. Never connects; each hop goes through the policy again
//! in `http.rs`.

use super::error::{FetchError, FetchErrorKind};
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use std::time::Duration;
use url::Url;

/// Hops that are followed.
const MOST_HOPS: usize = 5;
/// Bytes of a `Location` that are read.
const LONGEST_LOCATION: usize = 8 * 1024;

/// Where a fetch stands.
#[derive(Debug)]
pub(super) struct Route {
    /// Every URL so far, the first the one asked for; never empty of that.
    start: Url,
    /// Where each hop led.
    hops: Vec<Url>,
    /// Whether every hop so far was a 301 or 308.
    permanent: bool,
    /// The longest time that a hop asked to be left alone for.
    retry_after: Option<Duration>,
}

impl Route {
    /// Begins at a URL, whose fragment and user name play no part.
    pub(super) fn from(start: &Url) -> Self {
        Self { start: bare(start.clone()), hops: Vec::new(), permanent: true, retry_after: None }
    }

    /// The URL to ask now.
    pub(super) fn url(&self) -> &Url {
        self.hops.last().unwrap_or(&self.start)
    }

    /// Whether that has the origin (scheme, host, port) of the URL asked for.
    pub(super) fn at_home(&self) -> bool {
        self.url().origin() == self.start.origin()
    }

    /// Whether anything was redirected.
    pub(super) fn has_moved(&self) -> bool {
        !self.hops.is_empty()
    }

    /// Where it moved for good; `None` where it didn't, or one hop was temporary.
    pub(super) fn moved_to(&self) -> Option<String> {
        (self.permanent && !self.hops.is_empty()).then(|| self.url().to_string())
    }

    /// A hop asks to be left alone for this long: it was followed now, but is not asked
    /// again before.
    pub(super) fn wait(&mut self, wait: Option<Duration>) {
        self.retry_after = self.retry_after.max(wait);
    }

    /// How long hops asked to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Goes where a redirect points.
    ///
    /// # Errors
    /// It can't be followed.
    pub(super) fn along(
        &mut self,
        status: u16,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Result<(), FetchError> {
        let location = headers.get(LOCATION).map(HeaderValue::as_bytes);
        self.follow(status, location).map_err(|message| FetchError {
            kind: FetchErrorKind::BadRedirect,
            message,
            ..FetchError::answered(self.url().as_str(), status, headers, now)
        })
    }

    /// The same by the value of `Location`; says why it can't be followed.
    fn follow(&mut self, status: u16, location: Option<&[u8]>) -> Result<(), String> {
        let location = location
            .map(<[u8]>::trim_ascii)
            .filter(|location| !location.is_empty())
            .ok_or_else(|| format!("answered {status} without a `Location`"))?;
        if location.len() > LONGEST_LOCATION {
            return Err(format!("answered {status} with a `Location` of {} bytes", location.len()));
        }
        let text = text_of(location);
        let next = self
            .url()
            .join(&text)
            .map(bare)
            .map_err(|error| format!("redirects to `{}`: {error}", text.escape_debug()))?;
        if self.url().scheme() == "https" && next.scheme() == "http" {
            return Err(format!("redirects from https down to `{next}`"));
        }
        if next == self.start || self.hops.contains(&next) {
            return Err(format!("redirects in a loop, back to `{next}`"));
        }
        if self.hops.len() == MOST_HOPS {
            return Err(format!("redirects more than {MOST_HOPS} times"));
        }
        self.permanent &= matches!(status, 301 | 308);
        self.hops.push(next);
        Ok(())
    }
}

/// Whether a status asks to go elsewhere.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// A URL without what is never sent: the fragment, and credentials, which a
/// redirect has no say in.
pub(super) fn bare(mut url: Url) -> Url {
    url.set_fragment(None);
    // Refused only for URLs that can't have them, such as `mailto:`.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Bytes that aren't UTF-8 are kept as they are, percent-encoded: the server knows its own names.
fn text_of(location: &[u8]) -> String {
    match std::str::from_utf8(location) {
        Ok(text) => text.to_owned(),
        Err(_) => percent_encoding::percent_encode(location, &BYTES).to_string(),
    }
}

/// Nothing in ASCII; `percent_encode` always takes the other half.
static BYTES: percent_encoding::AsciiSet = percent_encoding::AsciiSet::EMPTY;
