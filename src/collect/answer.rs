//! What a fetch brings.
//!
//! In: an answer's head. Out: [`Fetched`] with the origin's validators byte for
//! byte and how long it calls itself fresh. Never does I/O,
//! never reads the clock: dates are taken relative to the answer's own.

use crate::model::Validators;
use chrono::{DateTime, Utc};
use reqwest::header::{
    AGE, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, LAST_MODIFIED, LINK,
    RETRY_AFTER,
};
use std::time::Duration;

/// No wait that an origin asks for counts for more.
const LONGEST_WAIT: Duration = Duration::from_hours(366 * 24);
/// `Link` fields that are kept.
const MOST_LINKS: usize = 20;

impl Validators {
    /// Those of an answer; an empty field is none.
    fn of(headers: &HeaderMap) -> Self {
        let bytes = |name| field(headers, name).map(<[u8]>::to_vec);
        Self { etag: bytes(ETAG), last_modified: bytes(LAST_MODIFIED) }
    }

    /// These, and the old ones where an answer brought no new (RFC 9111 §3.2).
    fn or(self, old: &Self) -> Self {
        Self {
            etag: self.etag.or_else(|| old.etag.clone()),
            last_modified: self.last_modified.or_else(|| old.last_modified.clone()),
        }
    }
}

/// What every good answer says beside its body.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// To be stored with the entries, in one commit: those of this answer after a
    /// body (none clears the old), the old ones brought up to date after a 304.
    pub validators: Validators,
    /// How long the origin calls this fresh: `max-age` less `Age`, else `Expires`
    /// less `Date` (RFC 9111 §4.2), or less our own time where it has none. It lengthens a wait and shortens none. `None`
    /// where it says nothing.
    pub fresh_for: Option<Duration>,
    /// How long the origin asks to be left alone though it answered (`Retry-After`
    /// of the answer or of a redirect on the way).
    pub retry_after: Option<Duration>,
    /// The origin's clock.
    pub date: Option<DateTime<Utc>>,
    /// Where the answer came from, after redirects.
    pub final_url: String,
    /// Where the source moved for good: the same, if every redirect was a 301 or 308.
    pub permanent_url: Option<String>,
    /// `Link` fields as they stood (RFC 8288): hub and self for WebSub.
    pub links: Vec<String>,
    /// Bytes of the body on the wire.
    pub wire_bytes: u64,
}

/// What a fetch brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// 304: what we have is current.
    NotModified(Facts),
    /// A whole body, decoded.
    Body {
        /// Its bytes, in their own charset.
        body: Vec<u8>,
        /// `Content-Type` as it stood.
        content_type: Option<String>,
        /// What else the answer said.
        facts: Facts,
    },
}

impl Fetched {
    /// What the answer said beside its body.
    pub fn facts(&self) -> &Facts {
        match self {
            Self::NotModified(facts) | Self::Body { facts, .. } => facts,
        }
    }

    /// The same from an origin that can't be asked whether it has changed.
    pub(super) fn without_validators(mut self) -> Self {
        let (Self::NotModified(facts) | Self::Body { facts, .. }) = &mut self;
        facts.validators = Validators::default();
        self
    }
}

/// What a head says; `asked_with` is what a 304 confirms.
pub(super) fn facts(headers: &HeaderMap, asked_with: Option<&Validators>, now: DateTime<Utc>) -> Facts {
    let own = Validators::of(headers);
    Facts {
        validators: match asked_with {
            Some(old) => own.or(old),
            None => own,
        },
        fresh_for: fresh_for(headers, now),
        retry_after: retry_after(headers, now),
        date: date(headers, DATE),
        links: headers
            .get_all(LINK)
            .iter()
            .take(MOST_LINKS)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect(),
        ..Facts::default()
    }
}

/// `Content-Type` as text.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    field(headers, CONTENT_TYPE).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// `Retry-After` in both its forms (RFC 9110 §10.2.3), a date relative to the answer's own.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let now = date(headers, DATE).unwrap_or(now);
    headers.get_all(RETRY_AFTER).iter().filter_map(|value| wait(value.as_bytes(), now)).max()
}

/// The same of an answer that says there were too many requests: `RateLimit-Reset` and its
/// kin stand in for `Retry-After`, as seconds or as an hour of the origin's clock.
pub(super) fn left_alone(status: u16, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    const NAMES: [&str; 3] = ["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"];
    /// No wait is as long as the epoch is behind.
    const EPOCH: i64 = 1_000_000_000;
    let clock = date(headers, DATE).unwrap_or(now);
    let reset = |name: &&str| {
        let text = headers.get(*name)?.to_str().ok()?;
        // Reddit writes a fraction.
        let text = text.split('.').next()?;
        let until = text.trim().parse().ok().filter(|until| *until >= EPOCH);
        let until = until.and_then(|until| DateTime::from_timestamp(until, 0));
        until.map(|until| span(clock, until)).or_else(|| seconds(text.as_bytes()))
    };
    let said = retry_after(headers, now);
    said.or_else(|| if matches!(status, 429 | 503) { NAMES.iter().find_map(reset) } else { None })
}

/// One field's wait: also in quotes, with its unit, several (the longest is the safe one), or
/// a date as JSON has it.
fn wait(value: &[u8], now: DateTime<Utc>) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim().trim_matches('"');
    let date = httpdate::parse_http_date(text).ok().map(DateTime::from);
    let date = date.or_else(|| text.parse::<DateTime<Utc>>().ok());
    let numbers = text.split(',').map(str::trim).map(|number| number.strip_suffix('s').unwrap_or(number));
    date.map(|until| span(now, until))
        .or_else(|| numbers.filter_map(|number| seconds(number.as_bytes())).max())
}

fn fresh_for(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let directives: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .flat_map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .to_ascii_lowercase()
                .split(',')
                .map(|directive| directive.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    // "Ask again before you use it" is no wait at all.
    if directives.iter().any(|directive| directive == "no-store" || directive == "no-cache") {
        return None;
    }
    let max_age = directives
        .iter()
        .find_map(|directive| directive.strip_prefix("max-age")?.trim_start().strip_prefix('='));
    if let Some(max_age) = max_age {
        let age = field(headers, AGE).and_then(seconds).unwrap_or_default();
        return seconds(max_age.trim().trim_matches('"').as_bytes()).map(|wait| wait.saturating_sub(age));
    }
    // `Expires: 0` and other bad dates mean: stale already (RFC 9111 §5.3).
    field(headers, EXPIRES)?;
    Some(match (date(headers, EXPIRES), date(headers, DATE)) {
        (Some(expires), date) => span(date.unwrap_or(now), expires),
        (None, _) => Duration::ZERO,
    })
}

/// The first field of this name that isn't empty.
fn field(headers: &HeaderMap, name: HeaderName) -> Option<&[u8]> {
    headers
        .get_all(name)
        .iter()
        .map(reqwest::header::HeaderValue::as_bytes)
        .find(|bytes| !bytes.trim_ascii().is_empty())
}

/// Digits alone; more of them than a number holds is the longest wait.
fn seconds(bytes: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)).min(LONGEST_WAIT))
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(field(headers, name)?).ok()?;
    httpdate::parse_http_date(text.trim()).ok().map(DateTime::from)
}

fn span(from: DateTime<Utc>, until: DateTime<Utc>) -> Duration {
    (until - from).to_std().unwrap_or_default().min(LONGEST_WAIT)
}
