//! YAML text → a tree that keeps what a typed read loses: each scalar's own text,
//! whether it was quoted, and where it stands.
//!
//! In: text. Out: a [`Node`], or the place where reading stopped. Bounded in depth
//! and in nodes before anything is built (an alias costs what it stands for).
//! Never guesses a type: `2022`, `yes` and `1.0` stay text for whoever asks.

mod section;

pub use section::{Fault, Faults, Section, describe, expected, nearest};

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Nesting beyond this is refused.
const MAX_DEPTH: usize = 64;
/// Nodes beyond this are refused, aliases counted as often as they are used.
const MAX_NODES: usize = 20_000;
/// So many lines within brackets may begin too far to the left.
const MAX_MOVED: usize = 50;
/// What is put in front of such a line.
const MARGIN: &str = "                                ";

/// A node and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A scalar: its text, and whether it was quoted or a block (then it is text whatever it says).
    Scalar {
        /// As written, escapes and folding resolved.
        text: String,
        /// Quoted, literal or folded.
        quoted: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order written; of twin keys each stands here.
    Map(Vec<(Key, Node)>),
}

/// A mapping's key and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its text; of a list `[one, two]`.
    pub text: String,
    /// The names of a key that is a list of them, `[CI/CD]: …`.
    pub names: Option<Vec<String>>,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// Where and why reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong, lower case.
    pub message: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for YamlError {}

impl Node {
    /// Whether this is nothing: an unquoted empty scalar, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The scalar's text; `None` for nothing, a list or a mapping.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// YAML 1.2's `true` and `false`, unquoted.
    pub fn boolean(&self) -> Option<bool> {
        match &self.value {
            Value::Scalar { text, quoted: false } => match text.as_str() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The items of a list.
    pub fn list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The pairs of a mapping.
    pub fn map(&self) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value of a key; of twins the last.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.map()?.iter().rev().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }
}

/// The first document of a text; `None` where there is none (an empty text).
pub fn read(text: &str) -> Result<Option<Node>, YamlError> {
    match first_document(text) {
        Err(_) if text.contains(":\t") => {
            let spaced = spaces_after_keys(text);
            first_document(&spaced).or_else(|error| with_brackets_indented(&spaced, error))
        }
        Err(error) => with_brackets_indented(text, error),
        found => found,
    }
}

/// Where a second document begins that says something, as line and column.
pub fn second_document(text: &str) -> Option<(usize, usize)> {
    let mut starts = Parser::new_from_str(text)
        .map_while(Result::ok)
        .filter(|(event, _)| matches!(event, Event::DocumentStart(_)));
    let (_, span) = starts.nth(1)?;
    let says = |line: &str| !matches!(line.trim().chars().next(), None | Some('#'));
    let line = span.start.line();
    text.lines().skip(line).any(says).then(|| (line, span.start.col() + 1))
}

/// Within brackets every other reader of YAML lets lines begin anywhere, as in
/// `tags: [` with its `]` at the margin; here they are moved to the right.
fn with_brackets_indented(text: &str, error: YamlError) -> Result<Option<Node>, YamlError> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut moved: HashSet<usize> = HashSet::new();
    let mut failed = error.clone();
    while matches!(failed.message.as_str(), "invalid indentation" | "invalid indentation in flow construct") {
        if moved.len() == MAX_MOVED || !moved.insert(failed.line) {
            return Err(error);
        }
        let indented: String = (1..)
            .zip(&lines)
            .flat_map(|(number, line)| [if moved.contains(&number) { MARGIN } else { "" }, *line])
            .collect();
        match first_document(&indented) {
            Ok(mut found) => {
                if let Some(node) = &mut found {
                    move_back(node, &moved);
                }
                return Ok(found);
            }
            Err(next) => failed = next,
        }
    }
    Err(error)
}

/// Columns as they stand in the text that was given.
fn move_back(node: &mut Node, moved: &HashSet<usize>) {
    let column = |line, column: usize| {
        if moved.contains(&line) { column.saturating_sub(MARGIN.len()).max(1) } else { column }
    };
    node.column = column(node.line, node.column);
    match &mut node.value {
        Value::Scalar { .. } => {}
        Value::List(items) => items.iter_mut().for_each(|item| move_back(item, moved)),
        Value::Map(pairs) => {
            for (key, node) in pairs {
                key.column = column(key.line, key.column);
                move_back(node, moved);
            }
        }
    }
}

/// A tab after a key's colon as a space: YAML allows it, the reader does not.
fn spaces_after_keys(text: &str) -> String {
    let is_key = |key: &str| {
        let key = key.trim_start_matches([' ', '-']);
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let spaced = |line: &str| match line.split_once(":\t") {
        Some((key, value)) if is_key(key) => format!("{key}: {value}"),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(spaced).collect()
}

fn first_document(text: &str) -> Result<Option<Node>, YamlError> {
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    loop {
        match reader.next()? {
            None | Some((Event::StreamEnd, _)) => return Ok(None),
            Some((Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _)) => {
            }
            Some((event, span)) => return reader.node(event, span, 0).map(Some),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, YamlError> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(pair)) => Ok(Some(pair)),
            Some(Err(error)) => Err(YamlError {
                line: error.marker().line(),
                column: error.marker().col() + 1,
                message: error.info().to_lowercase(),
            }),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, YamlError> {
        let (line, column) = (span.start.line(), span.start.col() + 1);
        let refuse = |message: String| YamlError { line, column, message };
        if depth > MAX_DEPTH {
            return Err(refuse(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let before = self.nodes;
        self.nodes += 1;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let quoted = style != ScalarStyle::Plain;
                (Value::Scalar { text: text.into_owned(), quoted }, anchor)
            }
            Event::SequenceStart(anchor, _) => (Value::List(self.items(depth)?), anchor),
            Event::MappingStart(anchor, _) => (Value::Map(self.pairs(depth)?), anchor),
            Event::Alias(anchor) => {
                let (node, nodes) = self
                    .anchors
                    .get(&anchor)
                    .cloned()
                    .ok_or_else(|| refuse("an alias without its anchor".into()))?;
                self.nodes += nodes;
                (node.value, 0)
            }
            _ => return Err(refuse("the text ends in the middle".into())),
        };
        if self.nodes > MAX_NODES {
            return Err(refuse(format!("more than {MAX_NODES} values")));
        }
        let node = Node { value, line, column };
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, YamlError> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if event == Event::SequenceEnd {
                break;
            }
            items.push(self.node(event, span, depth + 1)?);
        }
        Ok(items)
    }

    fn pairs(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, YamlError> {
        let mut pairs = Vec::new();
        while let Some((event, span)) = self.next()? {
            if event == Event::MappingEnd {
                break;
            }
            let key = self.node(event, span, depth + 1)?;
            let key = key_of(key)?;
            let Some((event, span)) = self.next()? else { break };
            pairs.push((key, self.node(event, span, depth + 1)?));
        }
        Ok(pairs)
    }
}

/// A key: a text, or a list of them.
fn key_of(node: Node) -> Result<Key, YamlError> {
    let Node { value, line, column } = node;
    if let Value::Scalar { text, .. } = value {
        return Ok(Key { text, names: None, line, column });
    }
    let node = Node { value, line, column };
    let names: Option<Vec<String>> =
        node.list().and_then(|items| items.iter().map(|item| item.text().map(str::to_owned)).collect());
    match names {
        Some(names) => Ok(Key { text: format!("[{}]", names.join(", ")), names: Some(names), line, column }),
        None => Err(YamlError { line, column, message: "a key has to be text, or a list of names".into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_keeps_its_text_its_quoting_and_its_place() {
        let node = read("title: \"1.0\"\ntags: [2022, yes]\n").unwrap().unwrap();
        let title = node.get("title").unwrap();
        assert_eq!(title.value, Value::Scalar { text: "1.0".into(), quoted: true });
        assert_eq!((title.line, title.column), (1, 8));
        let tags: Vec<_> = node.get("tags").unwrap().list().unwrap().iter().filter_map(Node::text).collect();
        assert_eq!(tags, ["2022", "yes"]);
    }

    #[test]
    fn twin_keys_are_kept_and_the_last_wins() {
        let node = read("a: 1\na: 2\n").unwrap().unwrap();
        assert_eq!(node.map().unwrap().len(), 2);
        assert_eq!(node.get("a").unwrap().text(), Some("2"));
    }

    #[test]
    fn aliases_cost_what_they_stand_for() {
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for level in 1..9 {
            let below = format!("*a{}", level - 1);
            let below = [below.as_str(); 9].join(",");
            bomb += &["a", &level.to_string(), ": &a", &level.to_string(), " [", &below, "]\n"].concat();
        }
        assert_eq!(read(&bomb).unwrap_err().message, "more than 20000 values");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = "- ".repeat(70) + "x";
        assert_eq!(read(&nested).unwrap_err().message, "nested deeper than 64 levels");
        assert!(read(&"[".repeat(5000)).is_err());
    }

    #[test]
    fn a_tab_may_follow_a_keys_colon() {
        let node = read("title:\ta b\nx: \"c:\td\"\n").unwrap().unwrap();
        assert_eq!(node.get("title").unwrap().text(), Some("a b"));
        assert_eq!(node.get("x").unwrap().text(), Some("c:\td"));
    }

    #[test]
    fn lines_within_brackets_begin_anywhere() {
        let text = "title: a\ntags: [\n  \"b\",\nc\n]\nm: {\n  d: e\n}\nlast: f\n";
        let node = read(text).unwrap().unwrap();
        let tags = node.get("tags").and_then(Node::list).unwrap();
        let places: Vec<_> = tags.iter().map(|tag| (tag.text().unwrap(), tag.line, tag.column)).collect();
        assert_eq!(places, [("b", 3, 3), ("c", 4, 1)]);
        assert_eq!(node.get("m").and_then(|m| m.get("d")?.text()), Some("e"));
        assert_eq!(node.get("last").and_then(Node::text), Some("f"));
        assert_eq!(read("a: [\nb\nc: d\n").unwrap_err().line, 2);
    }

    #[test]
    fn an_error_names_its_place() {
        let error = read("a: b: c\n").unwrap_err();
        assert_eq!((error.line, error.column), (1, 5));
    }
}
