//! What was wrong with a document: each kind once, with its first place and how often.

use crate::model::Problem;

#[derive(Debug, Default)]
pub(super) struct Faults {
    kinds: Vec<Kind>,
    count: usize,
}

#[derive(Debug)]
struct Kind {
    message: &'static str,
    at: usize,
    count: usize,
}

impl Faults {
    /// How many there were, of every kind.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn add(&mut self, message: &'static str, at: usize) {
        self.count += 1;
        match self.kinds.iter_mut().find(|kind| kind.message == message) {
            Some(kind) => kind.count += 1,
            None => self.kinds.push(Kind { message, at, count: 1 }),
        }
    }

    /// The same in words, with line and column in `text`.
    pub(super) fn problems(&self, text: &str, url: &str) -> Vec<Problem> {
        self.kinds
            .iter()
            .map(|kind| {
                let before = text.get(..kind.at).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                let more = match kind.count {
                    1 => String::new(),
                    count => format!(", {count} times"),
                };
                Problem::warning(format!("{url}:{line}:{column}"), format!("{}{more}", kind.message))
            })
            .collect()
    }
}
