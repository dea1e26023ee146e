//! How a collection ended, and the word for it.

/// How a collection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something changed.
    Updated,
    /// Nothing changed.
    Unchanged,
    /// Nothing could be read; what is served stays.
    Failed,
    /// Something was read but is not let through: what a folder has lost that lost more than
    /// half, which is a failure; new entries that look like a mishap, which is none.
    Held,
    /// Not now: the origin asked for patience.
    Deferred,
}

impl Outcome {
    /// The word in the API and the status.
    pub fn word(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Deferred => "deferred",
        }
    }

    /// The outcome of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Updated, Self::Unchanged, Self::Failed, Self::Held, Self::Deferred]
            .into_iter()
            .find(|outcome| outcome.word() == word)
    }
}
