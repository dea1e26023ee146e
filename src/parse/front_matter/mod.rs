//! A post's text → its front matter as a tree, its body, and what was odd about it.
//!
//! In: text without a byte order mark. Out: [`FrontMatter`], always: what cannot
//! be read as it is written is salvaged key by key. Never interprets a value, never
//! runs one.

mod docinfo;
mod fences;
mod header;
mod keywords;
mod lenient;
mod marked;
mod marks;
mod salvage;

pub use docinfo::{is_rule, is_rule_of, read_html, read_rst};

use crate::parse::data;
use crate::yaml::{Node, Value};
use fences::{Kind, Split};
use std::collections::HashSet;

/// The generator whose fences hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fences {
    /// Three dashes at the first byte, closed by `---` or `...`.
    Jekyll,
    /// Dashes or semicolons (JSON), the opening one optional.
    Hexo,
    /// `---` YAML, `+++` TOML, `{…}` JSON, `#+KEY:` lines of Org.
    Hugo,
    /// `+++` TOML or `---` YAML; without it there is no page.
    Zola,
    /// `Key: value` lines up to the first blank one.
    Pelican,
    /// `---` at the first byte, a language may follow it: gray-matter.
    Eleventy,
}

impl Fences {
    fn name(self) -> &'static str {
        match self {
            Self::Jekyll => "Jekyll",
            Self::Hexo => "Hexo",
            Self::Hugo => "Hugo",
            Self::Zola => "Zola",
            Self::Pelican => "Pelican",
            Self::Eleventy => "Eleventy",
        }
    }
}

/// What stands before and after the fence.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontMatter<'a> {
    /// The mapping; `None` where there is none.
    pub data: Option<Node>,
    /// Everything after it.
    pub body: &'a str,
    /// What its author will want to know.
    pub notes: Vec<Note>,
    /// How it could be read.
    pub state: State,
}

impl FrontMatter<'_> {
    /// Whether there is front matter that, read plainly, has nothing odd about it: its generator
    /// reads the same data.
    pub fn is_plain(&self) -> bool {
        self.data.is_some() && self.notes.is_empty() && self.state == State::Read
    }
}

/// How front matter could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it stands, or there is none.
    Read,
    /// Broken, and read key by key.
    Salvaged,
    /// The generator stops at it and publishes nothing of the post.
    Refused,
}

/// Something odd, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// In the file, from 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What, lower case.
    pub message: String,
}

/// Reads what the author plainly wrote: after any blank lines, with any number of
/// dashes, key by key where the YAML is broken.
pub fn read_plain(text: &str, fences: Fences) -> FrontMatter<'_> {
    match fences {
        Fences::Jekyll | Fences::Hexo => plain(text, fences),
        Fences::Pelican => header::read(text, false),
        Fences::Hugo | Fences::Zola | Fences::Eleventy => marked::plain(text, fences),
    }
}

fn plain(text: &str, fences: Fences) -> FrontMatter<'_> {
    let Some(split) = fences::plain(text, fences) else {
        let mut found = without(text);
        found.notes.extend(fences::unclosed(text).map(|line| Note {
            line,
            column: 1,
            message: format!(
                "the front matter that begins here is {}, so the whole file is text",
                never_closed(text)
            ),
        }));
        return found;
    };
    let mut found = match tree(&split, fences == Fences::Hexo) {
        Ok(Some(node)) if node.map().is_some() => {
            FrontMatter { notes: twins(&node, fences), data: Some(node), ..behind(&split) }
        }
        Ok(None) => behind(&split),
        Ok(Some(node)) => not_a_mapping(text, &split, &node, fences),
        // Without an opening fence it was rather a text with a rule in it.
        Err(_) if !split.is_opened() => without(text),
        Err(error) => salvaged(text, &split, error, fences),
    };
    if found.data.is_some() {
        found.notes.splice(0..0, unread(text, &split, fences));
    }
    found
}

/// How front matter without a closing fence is called: behind a limit none is looked for.
fn never_closed(text: &str) -> &'static str {
    if text.len() > fences::MAX_BYTES { "not closed within 64 KiB" } else { "never closed" }
}

/// Reads as the generator itself does, its misreadings included.
pub fn read_strict(text: &str, fences: Fences) -> FrontMatter<'_> {
    match fences {
        Fences::Jekyll | Fences::Hexo => strict(text, fences),
        Fences::Pelican => header::read(text, true),
        Fences::Hugo | Fences::Zola | Fences::Eleventy => marked::strict(text, fences),
    }
}

fn strict(text: &str, fences: Fences) -> FrontMatter<'_> {
    let Some(split) = fences::strict(text, fences) else {
        return without(text);
    };
    match tree(&split, fences == Fences::Hexo) {
        Ok(Some(node)) if node.map().is_some() => {
            let twins = if fences == Fences::Hexo { twins(&node, fences) } else { Vec::new() };
            FrontMatter {
                state: if twins.is_empty() { State::Read } else { State::Refused },
                notes: twins,
                data: Some(node),
                ..behind(&split)
            }
        }
        Ok(None) => behind(&split),
        Ok(Some(_)) => without(text),
        Err(error) if split.kind == Kind::Json => FrontMatter { notes: vec![error], ..without(text) },
        Err(error) => FrontMatter {
            notes: vec![error],
            state: if fences == Fences::Hexo { State::Refused } else { State::Read },
            ..behind(&split)
        },
    }
}

fn without(text: &str) -> FrontMatter<'_> {
    FrontMatter { data: None, body: text, notes: Vec::new(), state: State::Read }
}

fn behind<'a>(split: &Split<'a>) -> FrontMatter<'a> {
    without(split.body)
}

/// Says so where the generator does not see these fences.
fn unread(text: &str, split: &Split<'_>, fences: Fences) -> Option<Note> {
    // One blank line makes Hexo take the opening fence as the beginning of a YAML document.
    let length = |data: &str| {
        let data = data.trim();
        data.strip_prefix("---").unwrap_or(data).trim().len()
    };
    let is_seen =
        fences::strict(text, fences).is_some_and(|strict| length(strict.data) == length(split.data));
    let name = fences.name();
    (!is_seen).then(|| Note {
        line: split.fence_line,
        column: 1,
        message: format!("{name} would not read this front matter: {}", split.oddity(fences)),
    })
}

/// Keys that stand there more than once.
fn twins(node: &Node, fences: Fences) -> Vec<Note> {
    let mut seen = HashSet::new();
    let pairs = node.map().unwrap_or_default();
    let twins = pairs.iter().filter(|(key, _)| !seen.insert(key.text.as_str()));
    let consequence = match fences {
        Fences::Hexo => ", and Hexo would not publish the post",
        Fences::Hugo => ", and Hugo would stop at it",
        Fences::Eleventy => ", and Eleventy would stop at it",
        _ => "",
    };
    twins
        .map(|(key, _)| Note {
            line: key.line,
            column: key.column,
            message: format!("`{}` stands here a second time; the last one holds{consequence}", key.text),
        })
        .collect()
}

/// A text between two rules, unless it plainly has keys (`title：…` with a full-width colon).
fn not_a_mapping<'a>(text: &'a str, split: &Split<'a>, node: &Node, fences: Fences) -> FrontMatter<'a> {
    let keys = salvage::pairs(split.data, split.first_line);
    let is_known = |key: &str| matches!(key, "title" | "date");
    if !keys.iter().any(|(key, _)| is_known(&key.text)) {
        return without(text);
    }
    let error = Note {
        line: node.line,
        column: node.column,
        message: "broken front matter: it has no `key: value` lines".into(),
    };
    salvaged(text, split, error, fences)
}

fn salvaged<'a>(text: &'a str, split: &Split<'a>, error: Note, fences: Fences) -> FrontMatter<'a> {
    let pairs = match split.kind {
        Kind::Yaml => salvage::pairs(split.data, split.first_line),
        Kind::Json => salvage::json_pairs(&format!("{{{}}}", split.data), split.first_line),
    };
    if pairs.is_empty() {
        return FrontMatter { notes: vec![error], ..without(text) };
    }
    let theirs = if fences == Fences::Jekyll {
        "Jekyll would publish the post without it"
    } else {
        "Hexo would not publish the post"
    };
    let note = Note { message: format!("{}; read key by key, {theirs}", error.message), ..error };
    FrontMatter {
        data: Some(Node { value: Value::Map(pairs), line: split.first_line, column: 1 }),
        notes: vec![note],
        state: State::Salvaged,
        ..behind(split)
    }
}

fn tree(split: &Split<'_>, tabs_are_spaces: bool) -> Result<Option<Node>, Note> {
    if split.kind == Kind::Json {
        return json(split).map(Some);
    }
    let spaced;
    let text = if tabs_are_spaces && has_leading_tab(split.data) {
        spaced = salvage::tabs_to_spaces(split.data);
        &spaced
    } else {
        split.data
    };
    match lenient::read(text) {
        Ok(node) => Ok(node.map(|mut node| {
            data::move_down(&mut node, split.first_line - 1);
            node
        })),
        Err(error) => Err(Note {
            line: error.line + split.first_line - 1,
            column: error.column,
            message: format!("broken front matter: {}", error.message),
        }),
    }
}

fn has_leading_tab(data: &str) -> bool {
    data.contains('\t') && data.lines().any(|line| line.trim_start_matches(' ').starts_with('\t'))
}

fn json(split: &Split<'_>) -> Result<Node, Note> {
    match data::json(&format!("{{{}}}", split.data)) {
        Ok(mut node) => {
            data::move_down(&mut node, split.first_line - 1);
            Ok(node)
        }
        Err(error) => Err(Note {
            line: split.first_line + error.line - 1,
            column: error.column,
            message: format!("broken front matter: {}", error.message),
        }),
    }
}

#[cfg(test)]
mod tests;
