//! What was found, and where.
//!
//! In: a rule, a place in the text, a sentence. Out: findings in the order of the text,
//! each with line and column. Of errors and of warnings no more than [`MOST`] are kept, the
//! first; the others are counted.

use crate::lint::Rule;
use crate::model::Date;
use crate::model::Severity;

/// Errors beyond this are not kept, nor warnings.
const MOST: usize = 1000;

/// One thing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: Rule,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

/// What was found so far in one text.
pub(super) struct Found<'t> {
    text: &'t str,
    /// The moment that dates are measured by; dates in the future are not seen without it.
    pub(super) now: Option<Date>,
    /// Where the document was fetched.
    pub(super) location: Option<&'t str>,
    seen: Vec<(usize, Rule, String)>,
    errors: usize,
    warnings: usize,
}

impl<'t> Found<'t> {
    pub(super) fn new(text: &'t str, now: Option<Date>, location: Option<&'t str>) -> Self {
        Self { text, now, location, seen: Vec::new(), errors: 0, warnings: 0 }
    }

    /// Something wrong at a byte of the text.
    pub(super) fn add(&mut self, rule: Rule, at: usize, message: impl Into<String>) {
        let count = match rule.severity() {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        // Counted apart: no number of warnings hides an error.
        if *count <= MOST {
            self.seen.push((at, rule, message.into()));
        }
    }

    /// How much was found so far.
    pub(super) fn count(&self) -> usize {
        self.errors + self.warnings
    }

    /// Errors and warnings that are counted and not kept.
    pub(super) fn left_out(&self) -> (usize, usize) {
        (self.errors.saturating_sub(MOST), self.warnings.saturating_sub(MOST))
    }

    /// Each finding once, in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.seen.sort();
        self.seen.dedup();
        let (mut line, mut column, mut looked) = (1, 1, 0);
        let mut findings = Vec::with_capacity(self.seen.len());
        for (at, rule, message) in self.seen {
            let at = self.text.floor_char_boundary(at);
            let between = self.text.get(looked..at).unwrap_or_default();
            line += between.matches('\n').count();
            column = match between.rsplit_once('\n') {
                Some((_, last)) => 1 + last.chars().count(),
                None => column + between.chars().count(),
            };
            looked = at;
            findings.push(Finding { rule, line, column, message });
        }
        findings
    }
}

/// Text that is quoted in a message: its first characters, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(60) {
        words.truncate(end);
        words.push('…');
    }
    words
}
