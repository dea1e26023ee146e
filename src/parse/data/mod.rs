//! A file of settings or data → the tree that YAML gives: TOML, JSON, Python's plain
//! assignments, what a JavaScript module plainly exports.
//!
//! In: text and the format it is written in. Out: a [`Node`], or the place where
//! reading stopped. Scalars keep their own text and whether they were quoted.
//! Bounded in depth. Never runs anything, never reads what a value means.

mod json;
mod python;
mod script;
mod toml;
mod whole;

pub use json::json;
pub use python::python;
pub use script::{Script, script};
pub use toml::toml;
pub use whole::is_whole;

use crate::yaml;
use crate::yaml::{Node, Value, YamlError};
use std::cell::Cell;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2.
    Yaml,
    /// TOML 1.1.
    Toml,
    /// JSON.
    Json,
    /// Python, of which assignments of plain values are read.
    Python,
    /// JavaScript, of which only [`script()`] reads what is plain.
    Script,
}

impl Format {
    /// By a file's name; YAML where that doesn't tell.
    pub fn of(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("toml") => Self::Toml,
            Some("json") => Self::Json,
            Some("py") => Self::Python,
            Some("js" | "cjs" | "mjs" | "ts") => Self::Script,
            _ => Self::Yaml,
        }
    }
}

/// Reads a text; `None` where nothing stands in it.
///
/// # Errors
/// The place where the text is not of this format.
pub fn read(text: &str, format: Format) -> Result<Option<Node>, YamlError> {
    match format {
        Format::Yaml => yaml::read(text),
        Format::Toml => toml(text).map(Some),
        Format::Json => json(text).map(Some),
        Format::Python => Ok(Some(python(text))),
        Format::Script => Ok(None),
    }
}

/// Moves a tree down: its places count from the file's first line, not from its own.
pub fn move_down(node: &mut Node, lines: usize) {
    node.line += lines;
    match &mut node.value {
        Value::Scalar { .. } => {}
        Value::List(items) => items.iter_mut().for_each(|item| move_down(item, lines)),
        Value::Map(pairs) => {
            for (key, item) in pairs {
                key.line += lines;
                move_down(item, lines);
            }
        }
    }
}

/// Where each line of a text begins.
struct Places {
    starts: Vec<usize>,
    /// The byte that was asked for last, and its column: the next stands behind it mostly,
    /// maybe in the same long line.
    last: Cell<(usize, usize)>,
}

impl Places {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(place, _)| place + 1)).collect();
        Self { starts, last: Cell::default() }
    }

    /// Line and column, from 1, of a byte; the column in characters.
    fn of_byte(&self, text: &str, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let (known, above) = self.last.get();
        let (from, above) = if (start..=byte).contains(&known) { (known, above) } else { (start, 0) };
        let column = above + text.get(from..byte).map_or(0, |before| before.chars().count());
        self.last.set((byte, column));
        (line, column + 1)
    }
}

#[cfg(test)]
mod tests;
