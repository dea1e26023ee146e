//! A WebSub subscription as it is kept: one for every URL that is asked, however many
//! sources ask it.

use chrono::{DateTime, Utc};

/// What is known of one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// URL, headers and credentials of the sources that it is for, as a hash.
    pub request: [u8; 32],
    /// The hub that the feed names.
    pub hub: String,
    /// The feed's own address as it names it; never asked instead of the source's.
    pub topic: String,
    /// The last part of the callback's address: made by chance, so that nobody guesses it.
    pub callback: String,
    /// What the hub signs content with.
    pub secret: String,
    /// How it stands.
    pub stage: Stage,
    /// Until when the hub sends, by its own word.
    pub lease_ends: Option<DateTime<Utc>>,
    /// When something has to be done about it.
    pub next: Option<DateTime<Utc>>,
    /// Requests in a row that came to nothing.
    pub failures: u32,
    /// Why it is not held, by the hub's or our own word.
    pub problem: Option<String>,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To be asked for at [`Subscription::next`].
    Wanted,
    /// The hub was asked and has not verified that yet.
    Asked,
    /// The hub sends.
    Held,
    /// Nobody wants it any more; the hub is to be told, or has been.
    Leaving,
}

impl Stage {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Wanted, "wanted"), (Self::Asked, "asked"), (Self::Held, "held"), (Self::Leaving, "leaving")];

    /// Its word in the store.
    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(stage, _)| *stage == self).map_or("wanted", |(_, word)| word)
    }

    /// The stage of a word.
    pub(super) fn from_word(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == word).map_or(Self::Wanted, |(stage, _)| *stage)
    }
}

impl Subscription {
    /// Whether the hub sends what is new: polling is only for what got lost. Goes on
    /// through a renewal.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.stage != Stage::Leaving && self.lease_ends.is_some_and(|end| end > now)
    }
}
