//! What is kept of a source: how it stands, when it is due, what its origin wishes.

use crate::model::{Extension, Outcome, Problem, Spell, Validators};
use crate::store::SourceRow;
use chrono::{DateTime, Utc};
use std::path::PathBuf;
use std::sync::Arc;

/// A source as the store has to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRecord {
    /// What it is known by within its feed.
    pub key: String,
    /// Name in addresses.
    pub id: String,
    /// `posts`, `feed` …
    pub kind: String,
    /// Where it is by its definition.
    pub location: String,
}

/// What is known of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceState {
    /// Its row.
    pub row: SourceRow,
    /// The feed's id.
    pub feed: String,
    /// What it is known by within its feed.
    pub key: String,
    /// Name in addresses.
    pub id: String,
    /// When it is due; `None` for one that is gone for good.
    pub due: Option<DateTime<Utc>>,
    /// Why then.
    pub due_because: String,
    /// The start of the last collection; `None` before the first.
    pub last: Option<DateTime<Utc>>,
    /// How that ended.
    pub outcome: Option<Outcome>,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// Collections in a row that failed.
    pub failures: u32,
    /// When it last began to fail or came back.
    pub since: Option<DateTime<Utc>>,
    /// How it stood before that, the oldest first; not for ever.
    pub before: Arc<[Spell]>,
    /// The start of the last collection that did not fail.
    pub succeeded: Option<DateTime<Utc>>,
    /// Bytes of its last body on the wire; `None` for one that gave none.
    pub bytes: Option<u64>,
    /// Whether it was ever collected to the end.
    pub collected: bool,
    /// When the first collection began.
    pub first_collected: Option<DateTime<Utc>>,
    /// The origin's validators and what they belong to.
    pub validators: Validators,
    /// The URL that gave these validators, redirects followed: they are sent to no other.
    pub validators_from: Option<String>,
    /// Hash of the last body, to tell an unchanged one without reading it.
    pub body_hash: Option<[u8; 32]>,
    /// Where it was found last, after redirects.
    pub current_location: Option<String>,
    /// The URL, headers and credentials, as a hash, that everything the origin said
    /// belongs to: another address starts without any of it.
    pub request_hash: Option<[u8; 32]>,
    /// The address that it is moving to for good, by its own word.
    pub moving: Option<Moving>,
    /// The address that it moved to for good: asked instead of the defined one.
    pub adopted: Option<String>,
    /// Not asked before this: the origin said so, or answered 429 or 503.
    pub not_before: Option<DateTime<Utc>>,
    /// The last answer was 429 or 503.
    pub busy: bool,
    /// What it asks of those who poll it.
    pub asked: Asked,
    /// What it says of itself that is put out again.
    pub said: Said,
    /// It answered 410: it is not asked again.
    pub gone: bool,
    /// How often it changed of late: the average time between changes in seconds, for `auto`.
    pub change_interval: Option<u32>,
    /// Hash of the definition that it was last collected under.
    pub collect_hash: Option<[u8; 32]>,
    /// Hash of the filing that its entries stand under.
    pub filing_hash: Option<[u8; 32]>,
    /// Since when the flood guard holds its new entries.
    pub held_since: Option<DateTime<Utc>>,
    /// The most new entries that one collection brought after the first.
    pub most_new: u32,
    /// The config of its posts' site that was read at the last collection.
    pub site_config: Option<PathBuf>,
}

/// A permanent redirect that has not been seen often and long enough to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// Where to.
    pub to: String,
    /// When it was first seen.
    pub since: DateTime<Utc>,
    /// In how many polls in a row.
    pub polls: u32,
}

/// What a source says of itself that its feed's documents say again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Beside the formats' own elements.
    pub extensions: Vec<Extension>,
}

/// What an origin asked of those who poll it; kept, since a 304 does not say it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `Cache-Control: max-age` less `Age`, or `Expires`.
    pub fresh_for: Option<std::time::Duration>,
    /// RSS `ttl`.
    pub ttl: Option<std::time::Duration>,
    /// `sy:updatePeriod` by `sy:updateFrequency`.
    pub period: Option<std::time::Duration>,
    /// `sy:updateBase`: the periods are counted from here.
    pub base: Option<DateTime<Utc>>,
    /// RSS `skipHours`, 0–23 in GMT.
    pub skip_hours: Vec<u32>,
    /// RSS `skipDays`, in GMT.
    pub skip_days: Vec<chrono::Weekday>,
}
