//! A mapping read key by key: what is there, of the right kind, and nothing else.
//!
//! In: a [`Node`]. Out: typed values, and in [`Faults`] everything that is wrong,
//! each with its place. Never stops at the first fault and never fills in a default.

use crate::yaml::Key;
use crate::yaml::Node;
use crate::yaml::Value;

/// Something wrong at a place in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1; as the node has it.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// Whether it is a key that nobody asked for.
    pub unknown_key: bool,
    /// It was used all the same.
    pub warning: bool,
    /// What is wrong, lower case.
    pub message: String,
    /// The step that mends it.
    pub help: Option<String>,
}

/// All that was found wrong while a tree was read, in the order it was met.
#[derive(Debug, Default)]
pub struct Faults {
    /// What is wrong.
    pub found: Vec<Fault>,
    /// Keys, in full, that were asked for and are not written at all.
    pub absent: Vec<String>,
}

impl Faults {
    /// Something wrong at a node.
    pub fn add(&mut self, node: &Node, message: impl Into<String>) -> &mut Fault {
        self.at(node.line, node.column, message.into())
    }

    /// Something wrong at a key.
    pub fn add_at_key(&mut self, key: &Key, message: impl Into<String>) -> &mut Fault {
        self.at(key.line, key.column, message.into())
    }

    /// Something wrong at a place.
    pub fn at(&mut self, line: usize, column: usize, message: String) -> &mut Fault {
        self.found.push(Fault { line, column, unknown_key: false, warning: false, message, help: None });
        let last = self.found.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "it was pushed two lines above")]
        &mut self.found[last]
    }

    /// Reads one value; what `read` refuses is a fault at its place.
    pub fn value<'tree, T>(
        &mut self,
        name: &str,
        node: &'tree Node,
        read: impl FnOnce(&'tree Node) -> Result<T, String>,
    ) -> Option<T> {
        read(node)
            .map_err(|reason| {
                self.add(node, format!("`{name}`: {reason}"));
            })
            .ok()
    }

    /// Reads a value that may be one or a list of them.
    pub fn one_or_more<'tree, T>(
        &mut self,
        name: &str,
        node: &'tree Node,
        read: impl Fn(&'tree Node) -> Result<T, String>,
    ) -> Vec<T> {
        let items = node.list().unwrap_or(std::slice::from_ref(node));
        items.iter().filter_map(|item| self.value(name, item, &read)).collect()
    }

    /// Reads a list.
    pub fn items<'tree, T>(
        &mut self,
        name: &str,
        node: &'tree Node,
        read: impl Fn(&'tree Node) -> Result<T, String>,
    ) -> Vec<T> {
        if node.list().is_none() {
            self.add(node, format!("`{name}`: {}", expected("a list", node)));
            return Vec::new();
        }
        self.one_or_more(name, node, read)
    }
}

/// A mapping that is being read.
#[derive(Debug)]
pub struct Section<'tree, 'faults> {
    prefix: String,
    pairs: &'tree [(Key, Node)],
    asked: Vec<&'static str>,
    /// Where faults go.
    pub faults: &'faults mut Faults,
}

impl<'tree, 'faults> Section<'tree, 'faults> {
    /// Begins with a node that has to be a mapping; nothing counts as an empty one.
    /// `name` is its key in full, empty for a whole file.
    pub fn new(node: &'tree Node, name: &str, faults: &'faults mut Faults) -> Self {
        let pairs = node.map().unwrap_or_default();
        if node.map().is_none() && !node.is_null() {
            let what = expected("keys with values", node);
            let message = if name.is_empty() { what } else { format!("`{name}`: {what}") };
            faults.add(node, message);
        }
        let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
        let mut earlier: Vec<&Key> = Vec::new();
        for (key, _) in pairs {
            if let Some(first) = earlier.iter().find(|first| first.text == key.text) {
                let message = format!(
                    "key `{prefix}{}` stands here a second time, first in line {}",
                    key.text, first.line
                );
                faults.add_at_key(key, message);
            }
            earlier.push(key);
        }
        Self { prefix, pairs, asked: Vec::new(), faults }
    }

    /// A key's name in full.
    pub fn full(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// A key and its value as they are written; a key without a value is there all the same.
    pub fn written(&mut self, key: &'static str) -> Option<(&'tree Key, &'tree Node)> {
        self.asked.push(key);
        let pair = self.pairs.iter().find(|(name, _)| name.text == key);
        if pair.is_none() {
            let name = self.full(key);
            self.faults.absent.push(name);
        }
        pair.map(|(key, node)| (key, node))
    }

    /// A key's value; `None` where the key is absent or has no value.
    pub fn node(&mut self, key: &'static str) -> Option<&'tree Node> {
        let (_, node) = self.written(key)?;
        (!node.is_null()).then_some(node)
    }

    /// A key's value, read; `None` where it is absent or refused (then the fault is noted).
    pub fn value<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&'tree Node) -> Result<T, String>,
    ) -> Option<T> {
        let node = self.node(key)?;
        let name = self.full(key);
        self.faults.value(&name, node, read)
    }

    /// A key's value, one or a list, each item read.
    pub fn one_or_more<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&'tree Node) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let node = self.node(key)?;
        let name = self.full(key);
        Some(self.faults.one_or_more(&name, node, read))
    }

    /// A key's list, each item read.
    pub fn items<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&'tree Node) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let node = self.node(key)?;
        let name = self.full(key);
        Some(self.faults.items(&name, node, read))
    }

    /// A key whose value is a mapping of known keys.
    pub fn section(&mut self, key: &'static str) -> Option<Section<'tree, '_>> {
        let node = self.node(key)?;
        let name = self.full(key);
        Some(Section::new(node, &name, self.faults))
    }

    /// A key whose value is a mapping of free keys.
    pub fn pairs(&mut self, key: &'static str) -> &'tree [(Key, Node)] {
        let Some(node) = self.node(key) else { return &[] };
        let name = self.full(key);
        Section::new(node, &name, self.faults).pairs
    }

    /// A key that is known and refused by name, whatever its value (none is none).
    pub fn not_built(&mut self, key: &'static str, what: &str) {
        if let Some((written, node)) = self.written(key)
            && !node.is_null()
        {
            let name = self.full(key);
            self.faults.add_at_key(written, format!("`{name}` is not built yet: {what}")).help =
                Some(format!("take `{name}` out"));
        }
    }

    /// Every key that was not asked for is a fault that names the nearest known one;
    /// those that begin with `x-` are free.
    pub fn finish(self) {
        self.finish_beside(&[]);
    }

    /// The same, where some keys are known elsewhere: each place and its keys.
    pub fn finish_beside(self, elsewhere: &[(&str, &[&str])]) {
        for (key, _) in self.pairs {
            if self.asked.contains(&key.text.as_str()) || key.text.starts_with("x-") {
                continue;
            }
            let place = elsewhere.iter().find(|(_, keys)| keys.contains(&key.text.as_str()));
            let near = match (place, nearest(&key.text, self.asked.iter().copied())) {
                (Some((place, _)), _) => format!(", it is a key of {place}"),
                (None, Some(known)) => format!(", the nearest known key is `{known}`"),
                (None, None) => String::new(),
            };
            let message = format!("unknown key `{}{}`{near}", self.prefix, key.text);
            self.faults.add_at_key(key, message).unknown_key = true;
        }
    }
}

/// `expected …, found …`.
pub fn expected(what: &str, node: &Node) -> String {
    format!("expected {what}, found {}", describe(node))
}

/// What a node is, in a few words.
pub fn describe(node: &Node) -> String {
    match &node.value {
        _ if node.is_null() => "nothing".into(),
        Value::List(items) if items.is_empty() => "an empty list".into(),
        Value::List(_) => "a list".into(),
        Value::Map(_) => "keys with values".into(),
        Value::Scalar { text, .. } => {
            let short: String = text.chars().take(60).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            format!("`{}{more}`", short.escape_debug())
        }
    }
}

impl Node {
    /// Reads text.
    pub fn as_text(&self) -> Result<&str, String> {
        self.text().ok_or_else(|| expected("text", self))
    }

    /// Reads text that says something; its ends are trimmed.
    pub fn as_line(&self) -> Result<String, String> {
        let text = self.as_text()?.trim();
        if text.is_empty() {
            return Err("expected text, found an empty one".into());
        }
        Ok(text.to_owned())
    }

    /// Reads the name of a time zone.
    pub fn as_timezone(&self) -> Result<chrono_tz::Tz, String> {
        let name = self.as_text()?;
        name.parse().map_err(|_| expected("the name of a time zone such as `Europe/Berlin`", self))
    }

    /// Reads `true` or `false`.
    pub fn as_boolean(&self) -> Result<bool, String> {
        self.boolean().ok_or_else(|| match &self.value {
            Value::Scalar { text, quoted: true } if matches!(text.as_str(), "true" | "false") => {
                format!("expected `true` or `false`, found the text `{text}`: its quotes make it one")
            }
            _ => expected("`true` or `false`", self),
        })
    }

    /// Reads a whole number within bounds.
    pub fn as_number(&self, least: u64, most: u64) -> Result<u64, String> {
        self.text()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| match most {
                u64::MAX => expected(&format!("a whole number of {least} or more"), self),
                _ => expected(&format!("a whole number from {least} to {most}"), self),
            })
    }

    /// Reads one of these words.
    pub fn as_word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let written = self.text().unwrap_or_default();
        words.iter().find(|(word, _)| *word == written).map(|(_, value)| *value).ok_or_else(|| {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            expected(&known.join(", "), self)
        })
    }
}

/// The known word with the fewest letters to change; of equals the first.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().min_by_key(|candidate| distance(word, candidate))
}

/// Letters to put in, take out, change or swap with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().take(64).collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let cell = |cells: &[usize], place: usize| cells.get(place).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (cell(&above, column) + usize::from(letter != other))
                .min(cell(&above, column + 1) + 1)
                .min(cell(&line, column) + 1);
            let swapped = row > 0
                && column > 0
                && from.get(row - 1) == Some(other)
                && to.get(column - 1) == Some(letter);
            if swapped {
                cost = cost.min(cell(&before, column - 1) + 1);
            }
            line.push(cost);
        }
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        let known = ["title", "limit", "timezone", "categories"];
        for (word, near) in
            [("titel", "title"), ("catgories", "categories"), ("tz", "title"), ("time_zone", "timezone")]
        {
            assert_eq!(nearest(word, known), Some(near));
        }
        assert_eq!(distance("titel", "title"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn every_fault_at_once() {
        let text = "a: [1]\nb: maybe\nb: true\nc: {d: 1, e: 2}\nx-mine: 1\nf: old\n";
        let node = crate::yaml::read(text).unwrap().unwrap();
        let mut faults = Faults::default();
        let mut section = Section::new(&node, "", &mut faults);
        assert_eq!(section.value("a", Node::as_text), None);
        assert_eq!(section.value("b", Node::as_boolean), None);
        let mut inner = section.section("c").unwrap();
        assert_eq!(inner.value("d", |node| node.as_number(0, 9)), Some(1));
        inner.finish();
        section.not_built("f", "it comes");
        section.finish();
        let told: Vec<String> = faults
            .found
            .iter()
            .map(|fault| format!("{}:{}: {}", fault.line, fault.column, fault.message))
            .collect();
        assert_eq!(
            told,
            [
                "3:1: key `b` stands here a second time, first in line 2",
                "1:4: `a`: expected text, found a list",
                "2:4: `b`: expected `true` or `false`, found `maybe`",
                "4:11: unknown key `c.e`, the nearest known key is `d`",
                "6:1: `f` is not built yet: it comes",
            ]
        );
    }
}
