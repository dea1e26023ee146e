//! JSON → a tree that knows where each value stands.
//!
//! `serde_json` judges whether it is JSON at all; what it has accepted is walked again for
//! the places.

use serde_json::Value;

/// A value and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// Keys with where each stands.
    Object(Vec<(String, usize, Node)>),
    List(Vec<Node>),
    Text(String),
    Number(f64),
    Flag,
    Null,
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, ..)| name == key).map(|(.., node)| node)
    }

    /// The keys of an object.
    pub(super) fn entries(&self) -> &[(String, usize, Self)] {
        match &self.kind {
            Kind::Object(entries) => entries,
            _ => &[],
        }
    }

    /// What is in a list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value this is, in a word.
    pub(super) fn word(&self) -> &'static str {
        match &self.kind {
            Kind::Object(_) => "an object",
            Kind::List(_) => "a list",
            Kind::Text(_) => "a text",
            Kind::Number(_) => "a number",
            Kind::Flag => "true or false",
            Kind::Null => "null",
        }
    }
}

/// Reads a document; where it isn't JSON, the place and why.
pub(super) fn read(text: &str) -> Result<Node, (usize, String)> {
    if let Err(error) = serde_json::from_str::<Value>(text) {
        let start: usize =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let told = error.to_string();
        let told = told.split(" at line ").next().unwrap_or(&told).to_owned();
        return Err((start + error.column().saturating_sub(1), told));
    }
    Ok(Walk { text, at: 0 }.value())
}

/// Goes over text that is known to be JSON.
struct Walk<'t> {
    text: &'t str,
    at: usize,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// Passes over a mark, if it stands here.
    fn passes(&mut self, mark: char) -> bool {
        self.space();
        let is_here = self.rest().starts_with(mark);
        self.at += usize::from(is_here);
        is_here
    }

    fn value(&mut self) -> Node {
        self.space();
        let at = self.at;
        let kind = match self.rest().chars().next() {
            Some('{') => self.object(),
            Some('[') => self.list(),
            Some('"') => Kind::Text(self.string()),
            _ => self.bare(),
        };
        Node { at, kind }
    }

    fn object(&mut self) -> Kind {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.passes('}') && !self.rest().is_empty() {
            self.passes(',');
            self.space();
            let at = self.at;
            let name = self.string();
            self.passes(':');
            entries.push((name, at, self.value()));
        }
        Kind::Object(entries)
    }

    fn list(&mut self) -> Kind {
        self.at += 1;
        let mut items = Vec::new();
        while !self.passes(']') && !self.rest().is_empty() {
            self.passes(',');
            items.push(self.value());
        }
        Kind::List(items)
    }

    fn string(&mut self) -> String {
        let rest = self.rest();
        let mut escaped = true;
        let end = rest.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            // The first quote opens it.
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let written = rest.get(..=end.unwrap_or(rest.len())).unwrap_or(rest);
        let text = serde_json::from_str(written).unwrap_or_default();
        self.at += written.len();
        text
    }

    fn bare(&mut self) -> Kind {
        let rest = self.rest();
        let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        let kind = match word {
            "true" | "false" => Kind::Flag,
            "null" => Kind::Null,
            number => Kind::Number(number.parse().unwrap_or_default()),
        };
        self.at += end.max(1);
        kind
    }
}
