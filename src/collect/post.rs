//! A small message to another server: a WebSub request, a ping, or content for a subscriber.
//!
//! In: a [`PostRequest`]. Out: the status and the first words of the answer, whatever
//! the status is, or a [`FetchError`] where none came. It goes out through `http.rs`
//! under the same address policy, proxy and time limits as a fetch. Never turned into
//! a GET by a redirect, never sent twice, never carries credentials.

use super::answer::retry_after;
use super::error::{FetchError, FetchErrorKind};
use super::failure::{blocked, span};
use super::http::Fetcher;
use super::redirect::Route;
use super::request::check_header;
use chrono::{DateTime, Utc};
use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::{pin::Pin, time::Duration};
use tokio::time::timeout;
use url::{Url, form_urlencoded};

/// Bytes of an answer that are read: a hub's reason, in words.
const LONGEST_ANSWER: usize = 2 * 1024;
/// Time that is given to reading them, once the status is known.
const LONGEST_LISTEN: Duration = Duration::from_secs(5);

/// One message to be sent.
#[derive(Debug, Clone)]
pub struct PostRequest {
    /// Where to. Credentials in it are not sent.
    pub url: String,
    /// `Content-Type` of the body.
    pub content_type: String,
    /// The body, sent as it is.
    pub body: Vec<u8>,
    /// Fields beside that; those that a definition can't set can't be set here
    /// ([`check_header`]). They belong to the message and go where it is redirected.
    pub headers: Vec<(String, String)>,
    /// Instead of `fetch.timeout`.
    pub timeout: Option<Duration>,
    /// What a `Retry-After` with a date is measured from where the answer has none.
    pub now: DateTime<Utc>,
}

impl PostRequest {
    /// These bytes, of this type.
    pub fn bytes(url: impl Into<String>, content_type: &str, body: Vec<u8>, now: DateTime<Utc>) -> Self {
        Self {
            url: url.into(),
            content_type: content_type.to_owned(),
            body,
            headers: Vec::new(),
            timeout: None,
            now,
        }
    }

    /// These names and values as `application/x-www-form-urlencoded`, in their order.
    pub fn form(url: impl Into<String>, fields: &[(&str, &str)], now: DateTime<Utc>) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::bytes(url, "application/x-www-form-urlencoded", body.into_bytes(), now)
    }

    /// With one more field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn fields(&self, shown: &str) -> Result<HeaderMap, FetchError> {
        let unusable = |message: String| FetchError::new(shown, FetchErrorKind::Unusable, message);
        let mut fields = HeaderMap::new();
        fields.insert(ACCEPT, HeaderValue::from_static("text/plain, */*;q=0.5"));
        let content_type = HeaderValue::from_str(&self.content_type)
            .map_err(|_| unusable("the content type has characters that no header can have".to_owned()))?;
        fields.insert(CONTENT_TYPE, content_type);
        for (name, value) in &self.headers {
            check_header(name, value).map_err(unusable)?;
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                fields.append(name, value);
            }
        }
        Ok(fields)
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The status, of any kind but a redirect that was followed.
    pub status: u16,
    /// Where the answer came from, after redirects.
    pub final_url: String,
    /// The beginning of the answer's body, at most 2 KiB of it; bytes that aren't UTF-8 are lost.
    pub text: String,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// What sends. The daemon's is [`Fetcher`]; tests without a network have their own.
pub trait Post: Send + Sync {
    /// Sends once; 307 and 308 are followed with the same body.
    fn post<'a>(&'a self, request: &'a PostRequest) -> Posting<'a>;
}

/// A message under way; its error is everything that kept an answer from coming.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<Posted, FetchError>> + Send + 'a>>;

impl Post for Fetcher {
    fn post<'a>(&'a self, request: &'a PostRequest) -> Posting<'a> {
        Box::pin(self.post(request))
    }
}

impl Fetcher {
    /// Sends once. A 307 or 308 is followed with the same body, at most five times and
    /// never from https down to http; any other status is the answer.
    ///
    /// # Errors
    /// No answer came, or the target may not be asked.
    pub async fn post(&self, request: &PostRequest) -> Result<Posted, FetchError> {
        let url = super::request::read_url(&request.url)?;
        let limit = request.timeout.unwrap_or(self.settings().timeout);
        let mut route = Route::from(&url);
        let response = timeout(limit, self.post_along(request, &mut route)).await.unwrap_or_else(|_| {
            let message = format!("timed out after {}", span(limit));
            Err(FetchError::new(route.url().as_str(), FetchErrorKind::TimedOut, message))
        })?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers(), request.now);
        let text = first_words(response, limit.min(LONGEST_LISTEN)).await;
        Ok(Posted { status, final_url: route.url().to_string(), text, retry_after })
    }

    /// Up to the head of an answer that is no redirect with the same body.
    async fn post_along(&self, request: &PostRequest, route: &mut Route) -> Result<Response, FetchError> {
        loop {
            let response = self.post_once(request, route.url()).await?;
            let status = response.status().as_u16();
            if !matches!(status, 307 | 308) {
                return Ok(response);
            }
            route.along(status, response.headers(), request.now)?;
        }
    }

    async fn post_once(&self, request: &PostRequest, hop: &Url) -> Result<Response, FetchError> {
        self.policy().check_url(hop).map_err(|refusal| blocked(hop.as_str(), &refusal))?;
        let patience = self.settings().idle_timeout.max(request.timeout.unwrap_or_default());
        let fields = request.fields(hop.as_str())?;
        let message = self.client(hop)?.post(hop.clone()).headers(fields).body(request.body.clone());
        self.head(hop, message, patience).await
    }
}

/// As much of an answer's text as is worth showing. One that breaks off or takes its
/// time loses its end.
async fn first_words(mut response: Response, patience: Duration) -> String {
    let mut bytes = Vec::new();
    let listen = async {
        while let (true, Ok(Some(piece))) = (bytes.len() < LONGEST_ANSWER, response.chunk().await) {
            bytes.extend_from_slice(&piece);
        }
    };
    // What came until then is enough.
    let _ = timeout(patience, listen).await;
    bytes.truncate(LONGEST_ANSWER);
    String::from_utf8_lossy(&bytes).trim().to_owned()
}
