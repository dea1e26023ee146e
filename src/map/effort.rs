//! How much cleaning one document is worth.
//!
//! Each text is bounded by itself; a document of thousands that each go to their bounds
//! is bounded here. Texts that are plain from their text alone cost next to nothing, and
//! are never refused.

use crate::map::{nesting, proven_clean};
use std::cell::Cell;

/// Brackets that are not counted more closely.
const FREE: usize = 200_000;
/// What the texts of one document may cost, in tags.
const MAX_COST: usize = 1_000_000;

/// What the texts of a document have cost so far.
#[derive(Debug, Default)]
pub(super) struct Effort {
    spent: Cell<usize>,
    refused: Cell<usize>,
}

impl Effort {
    /// Whether this HTML may be cleaned with its tags.
    pub(super) fn allows(&self, html: &str) -> bool {
        let brackets = memchr::memchr_iter(b'<', html.as_bytes()).count();
        if self.spent.get() + brackets <= FREE {
            if self.spent.get() > MAX_COST {
                self.refused.set(self.refused.get() + 1);
                return false;
            }
            self.spent.set(self.spent.get() + brackets);
            return true;
        }
        if brackets == 0 || proven_clean::cleaned(html, None).is_some() {
            return true;
        }
        self.spent.set(self.spent.get().max(FREE).saturating_add(nesting::cost(html)));
        let is_allowed = self.spent.get() <= MAX_COST;
        self.refused.set(self.refused.get() + usize::from(!is_allowed));
        is_allowed
    }

    /// How many texts were refused.
    pub(super) fn refused(&self) -> usize {
        self.refused.get()
    }
}
