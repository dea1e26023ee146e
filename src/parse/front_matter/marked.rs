//! The front matter of Hugo, Zola and Eleventy: YAML, TOML, JSON, Org's keyword lines.

use super::marks::{Block, Cut, Written, loose, to_blank_line};
use super::{
    Fences, FrontMatter, Note, State, keywords, lenient, marks, never_closed, salvage, twins, without,
};
use crate::parse::data;
use crate::yaml::{Node, Value};

/// Reads as the generator does: it stops at what it can't read.
pub(super) fn strict(text: &str, fences: Fences) -> FrontMatter<'_> {
    match marks::strict(text, fences) {
        Cut::Nothing if fences == Fences::Zola => refused(text, missing()),
        Cut::Nothing => without(text),
        Cut::Unclosed(line) => refused(text, unclosed(text, line)),
        Cut::Block(block) => match tree(&block) {
            Ok(Some(node)) if node.map().is_some() => {
                let twins = twins(&node, fences);
                let state = if twins.is_empty() { State::Read } else { State::Refused };
                FrontMatter { data: Some(node), notes: twins, state, ..without(block.body) }
            }
            Ok(None) => without(block.body),
            Ok(Some(node)) => refused(text, no_keys(&node)),
            Err(note) => refused(text, note),
        },
    }
}

/// Reads what the author plainly wrote.
pub(super) fn plain(text: &str, fences: Fences) -> FrontMatter<'_> {
    let cut = marks::strict(text, fences);
    let (block, mut error) = match &cut {
        Cut::Block(block) => match tree(block) {
            Ok(Some(node)) if node.map().is_some() => {
                return whole_fence(text, read(block, node, fences), fences);
            }
            Ok(None) => return without(block.body),
            Ok(Some(node)) => (Some(*block), Some(no_keys(&node))),
            Err(note) => (Some(*block), Some(note)),
        },
        Cut::Unclosed(line) => (None, Some(unclosed(text, *line))),
        Cut::Nothing => (None, None),
    };
    if let Some(other) = loose(text)
        && let Ok(Some(node)) = tree(&other)
        && node.map().is_some()
    {
        let mut found = read(&other, node, fences);
        found.notes.insert(0, oddity(text, &other, fences));
        return found;
    }
    // Eleventy takes all of a text that is never closed for data.
    let is_open = block.is_none_or(|block| block.body.is_empty() && loose(text).is_none());
    if let (true, Some(note)) = (is_open, &mut error)
        && let Some(begun) = to_blank_line(text)
        && let Ok(Some(node)) = tree(&begun)
        && node.map().is_some()
    {
        note.message.push_str("; read up to the first blank line");
        return FrontMatter { notes: error.into_iter().collect(), ..salvaged_as(&begun, node) };
    }
    match (block.or_else(|| loose(text)), error) {
        (None, None) if fences == Fences::Zola => refused(text, missing()),
        (None, None) => without(text),
        (None, Some(note)) => FrontMatter { notes: vec![note], ..without(text) },
        (Some(block), error) => salvage(text, &block, error, fences),
    }
}

fn read<'a>(block: &Block<'a>, node: Node, fences: Fences) -> FrontMatter<'a> {
    FrontMatter { notes: twins(&node, fences), data: Some(node), ..without(block.body) }
}

/// Without what a closing fence of more than three characters leaves in the body.
fn whole_fence<'a>(text: &str, found: FrontMatter<'a>, fences: Fences) -> FrontMatter<'a> {
    let (line, body) = found.body.split_once('\n').unwrap_or((found.body, ""));
    let begun = text.len() - found.body.len();
    let is_rest = !line.trim().is_empty()
        && line.trim_end().bytes().all(|byte| matches!(byte, b'-' | b'+'))
        && text.get(..begun).is_some_and(|before| before.ends_with("---") || before.ends_with("+++"));
    if !is_rest {
        return found;
    }
    let mut found = FrontMatter { body, ..found };
    let message = format!("{} would show the end of this long closing fence as text", fences.name());
    let number = text.get(..begun).unwrap_or_default().matches('\n').count() + 1;
    found.notes.insert(0, Note { line: number, column: 1, message });
    found
}

fn salvaged_as<'a>(block: &Block<'a>, node: Node) -> FrontMatter<'a> {
    FrontMatter { data: Some(node), state: State::Salvaged, ..without(block.body) }
}

/// Key by key.
fn salvage<'a>(text: &'a str, block: &Block<'a>, error: Option<Note>, fences: Fences) -> FrontMatter<'a> {
    if let Written::Other(_) = block.written {
        return refused(text, error.unwrap_or_else(missing));
    }
    let pairs = match block.written {
        Written::Toml => salvage::toml_pairs(block.data, block.first_line),
        Written::Json => salvage::json_pairs(block.data, block.first_line),
        _ => salvage::pairs(block.data, block.first_line),
    };
    if pairs.is_empty() {
        return FrontMatter { notes: error.into_iter().collect(), ..without(text) };
    }
    let note = error.map(|error| Note {
        message: format!("{}; read key by key, {} would stop at it", error.message, fences.name()),
        ..error
    });
    let data = Node { value: Value::Map(pairs), line: block.first_line, column: 1 };
    FrontMatter { notes: note.into_iter().collect(), ..salvaged_as(block, data) }
}

fn tree(block: &Block<'_>) -> Result<Option<Node>, Note> {
    let read = match block.written {
        Written::Yaml => lenient::read(block.data),
        Written::Toml => data::toml(block.data).map(Some),
        Written::Json => data::json(block.data).map(Some),
        Written::Org => Ok(Some(keywords::read(block.data))),
        Written::Other(language) => {
            let message = format!("front matter in `{language}` is never run here, so the post is left out");
            return Err(Note { line: block.first_line, column: 1, message });
        }
    };
    match read {
        Ok(node) => Ok(node.map(|mut node| {
            data::move_down(&mut node, block.first_line - 1);
            node
        })),
        Err(error) => Err(Note {
            line: error.line + block.first_line - 1,
            column: error.column,
            message: format!("broken front matter: {}", error.message),
        }),
    }
}

fn refused(text: &str, note: Note) -> FrontMatter<'_> {
    FrontMatter { notes: vec![note], state: State::Refused, ..without(text) }
}

fn missing() -> Note {
    Note { line: 1, column: 1, message: "no front matter: Zola stops at such a file".into() }
}

fn unclosed(text: &str, line: usize) -> Note {
    let how = never_closed(text);
    Note { line, column: 1, message: format!("the front matter that begins here is {how}") }
}

fn no_keys(node: &Node) -> Note {
    let message = "broken front matter: it has no keys".into();
    Note { line: node.line, column: node.column, message }
}

/// Why the generator does not see these fences.
fn oddity(text: &str, block: &Block<'_>, fences: Fences) -> Note {
    let line = block.first_line.saturating_sub(1).max(1);
    let opening = text.lines().nth(line - 1).unwrap_or_default().trim();
    let why = match line {
        2 if opening.len() == 3 => "it begins after a blank line".to_owned(),
        3.. if opening.len() == 3 => format!("it begins after {} blank lines", line - 1),
        _ if opening.len() > 3 => format!("its opening fence is `{opening}`, not three"),
        _ => "its closing fence does not begin its line".to_owned(),
    };
    Note { line, column: 1, message: format!("{} would not read this front matter: {why}", fences.name()) }
}
