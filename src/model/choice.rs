//! Entries of a feed that an address asks for: by category, tag, author, words.

use crate::model::CategoryPath;

/// What is asked for. Several of one kind: any of them; kinds beside each other: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// In one of these or below it.
    pub categories: Vec<CategoryPath>,
    /// In no category and with no tag of these.
    pub not: Vec<CategoryPath>,
    /// With one of these.
    pub tags: Vec<String>,
    /// By one of these, by the name that is shown.
    pub authors: Vec<String>,
    /// Each of these words in its texts; looked for among the newest thousand.
    pub words: Vec<String>,
}
