//! What is asked of an origin: one URL, and the fields that go with it.
//!
//! In: a source's URL, headers and credentials and the validators of the last time.
//! Out: the fields of one hop. Credentials and extra headers go to the URL's own
//! origin, validators to the URL that gave them. Never sends a cookie of an
//! origin's, a referrer or a cache-buster.

use super::coding::ACCEPT_ENCODING;
use super::error::{FetchError, FetchErrorKind};
use super::redirect::{Route, bare};
use crate::definition::Auth;
use crate::definition::is_ours;
use crate::model::Validators;
use base64::Engine as _;
use chrono::{DateTime, Utc};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING as ACCEPT_ENCODING_FIELD, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH,
};
use std::time::Duration;
use url::Url;

/// What feeds come as, and whatever else there is.
const ACCEPT_FEEDS: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
    application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, \
    text/html;q=0.5, */*;q=0.1";

/// One fetch.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// Absolute, http or https. A user name and password in it count as `auth`.
    pub url: String,
    /// Those of the last time; none asks unconditionally.
    pub validators: Validators,
    /// The URL that gave them, redirects followed: they are sent to that alone.
    /// `None` sends them to every hop.
    pub validators_from: Option<String>,
    /// Extra fields, for the URL's own origin.
    pub headers: Vec<(String, String)>,
    /// Credentials, for the URL's own origin.
    pub auth: Option<Auth>,
    /// Limit of it all, redirects and body included; `None` is the daemon's.
    pub timeout: Option<Duration>,
    /// The time now, for an answer that doesn't say its own.
    pub now: DateTime<Utc>,
}

impl FetchRequest {
    /// An unconditional request with nothing extra.
    pub fn new(url: impl Into<String>, now: DateTime<Utc>) -> Self {
        Self {
            url: url.into(),
            validators: Validators::default(),
            validators_from: None,
            headers: Vec::new(),
            auth: None,
            timeout: None,
            now,
        }
    }

    /// Its URL, read. In errors it stands without credentials.
    pub(super) fn parsed(&self) -> Result<Url, FetchError> {
        read_url(&self.url)
    }

    /// The validators that this hop is asked with.
    pub(super) fn validators_for(&self, hop: &Url) -> Option<&Validators> {
        let theirs = match &self.validators_from {
            None => true,
            Some(from) => Url::parse(from).is_ok_and(|from| bare(from) == *hop),
        };
        (theirs && !self.validators.is_empty()).then_some(&self.validators)
    }

    /// The fields for the hop that a route stands at.
    pub(super) fn fields(&self, route: &Route, url: &Url) -> Result<HeaderMap, FetchError> {
        let shown = route.url().as_str();
        let unusable = |message: String| FetchError::new(shown, FetchErrorKind::Unusable, message);
        let mut fields = HeaderMap::new();
        fields.insert(ACCEPT, HeaderValue::from_static(ACCEPT_FEEDS));
        if route.at_home() {
            for (name, value) in &self.headers {
                check_header(name, value).map_err(unusable)?;
                if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                    fields.insert(name, value);
                }
            }
            if let Some(credentials) = self.credentials(url) {
                let mut value = HeaderValue::from_str(&credentials).map_err(|_| {
                    unusable("the credentials have characters that no header can have".into())
                })?;
                value.set_sensitive(true);
                fields.insert(AUTHORIZATION, value);
            }
        }
        fields.insert(ACCEPT_ENCODING_FIELD, HeaderValue::from_static(ACCEPT_ENCODING));
        if let Some(validators) = self.validators_for(route.url()) {
            for (name, value) in
                [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)]
            {
                // What came in a header goes back in one; anything else is not sent.
                if let Some(value) = value.as_deref().and_then(|bytes| HeaderValue::from_bytes(bytes).ok()) {
                    fields.insert(name, value);
                }
            }
        }
        Ok(fields)
    }

    fn credentials(&self, url: &Url) -> Option<String> {
        let basic = |pair: &[u8]| {
            let pair = base64::engine::general_purpose::STANDARD.encode(pair);
            format!("Basic {pair}")
        };
        match &self.auth {
            Some(Auth::Basic(pair)) => Some(basic(pair.as_bytes())),
            Some(Auth::Bearer(token)) => Some(format!("Bearer {token}")),
            None if url.username().is_empty() && url.password().is_none() => None,
            None => {
                let decoded = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
                let mut pair = decoded(url.username());
                pair.push(b':');
                pair.extend(decoded(url.password().unwrap_or_default()));
                Some(basic(&pair))
            }
        }
    }
}

/// A URL to be asked; in its error it stands without credentials.
pub(super) fn read_url(text: &str) -> Result<Url, FetchError> {
    Url::parse(text).map_err(|error| {
        // What can't be read can't be cleaned either, so nothing before an `@` is shown.
        let shown = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
        let message = format!("is no URL that can be fetched: {error}");
        FetchError::new(shown, FetchErrorKind::Unusable, message)
    })
}

/// Whether a definition may send this field.
///
/// # Errors
/// Says why not.
pub fn check_header(name: &str, value: &str) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    let shown = name.escape_debug();
    if lower.parse::<HeaderName>().is_err() {
        return Err(format!("`{shown}` is no header name"));
    }
    if lower == "authorization" {
        return Err(format!("the header `{shown}` is only sent through `auth`"));
    }
    if is_ours(&lower) {
        return Err(format!("the header `{shown}` can't be set"));
    }
    if HeaderValue::from_str(value).is_err() {
        return Err(format!("the header `{shown}` has characters that no header can have"));
    }
    Ok(())
}
