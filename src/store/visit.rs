//! When a URL was last asked, whichever source it was for: politeness is owed to URLs, and
//! sources come, go and change.

use chrono::{DateTime, Utc};
use url::Url;

/// The last request to a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// See [`visited`].
    pub url: [u8; 32],
    /// When the request began.
    pub last: DateTime<Utc>,
    /// Not asked before this: the origin said so, or answered 429 or 503.
    pub not_before: Option<DateTime<Utc>>,
    /// The answer was 429 or 503.
    pub busy: bool,
}

/// What a URL is known by here, whatever headers and credentials go with it: the hash of
/// it without its fragment, user name and password.
pub fn visited(url: &str) -> [u8; 32] {
    let Ok(mut bare) = Url::parse(url) else { return blake3::hash(url.as_bytes()).into() };
    bare.set_fragment(None);
    // Refused only for URLs that can't have them, such as `mailto:`.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    blake3::hash(bare.as_str().as_bytes()).into()
}

impl Visit {
    /// A clock that was put back: what was set by its old time is moved along.
    pub fn rebase(&mut self, now: DateTime<Utc>) {
        if self.last > now {
            let ahead = self.last - now;
            self.last = now;
            self.not_before = self.not_before.map(|until| until - ahead);
        }
    }
}
