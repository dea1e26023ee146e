//! Pelican's other two headers: a reStructuredText title with its field list, and the
//! `<title>` and `<meta>` of an HTML page.

use super::{FrontMatter, State, without};
use crate::parse::feed::unescape;
use crate::parse::tag::attributes;
use crate::parse::tag::tag_end;
use crate::yaml::{Key, Node, Value};

/// Largest head of an HTML page, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;

/// A title that is underlined, with or without a line above it, then `:key: value` lines.
/// Comments above and a subtitle below the title are passed over.
pub fn read_rst(text: &str) -> FrontMatter<'_> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = |at: usize| lines.get(at).map_or("", |line| line.trim_end());
    let mut at = behind_comments(&lines, 0);
    let mut pairs = Vec::new();
    if let Some((place, end)) = title(&lines, at) {
        pairs.push(pair("title", line(place).trim(), place + 1, 1));
        at = behind_comments(&lines, end);
        let below = title(&lines, at).map(|(_, end)| behind_comments(&lines, end));
        at = below.filter(|below| field(line(*below)).is_some()).unwrap_or(at);
    }
    while let Some((key, value)) = field(line(at)) {
        let start = at;
        let column = line(at).chars().count() - value.trim_start().chars().count() + 1;
        let mut whole = value.trim().to_owned();
        at += 1;
        while line(at).starts_with([' ', '\t']) {
            whole.push(' ');
            whole.push_str(line(at).trim());
            at += 1;
        }
        pairs.push(pair(&key, whole.trim(), start + 1, column));
    }
    if pairs.is_empty() {
        return without(text);
    }
    let end = lines.iter().take(at).map(|line| line.len()).sum();
    found(pairs, text.get(end..).unwrap_or_default())
}

/// The first line from here that is neither blank nor of what begins with `..`.
fn behind_comments(lines: &[&str], mut at: usize) -> usize {
    let mut is_hidden = false;
    while let Some(line) = lines.get(at) {
        let is_blank = line.trim().is_empty();
        let is_explicit = line.strip_prefix("..").is_some_and(|rest| rest.starts_with(char::is_whitespace));
        is_hidden = is_explicit || is_hidden && (is_blank || line.starts_with([' ', '\t']));
        if !is_hidden && !is_blank {
            break;
        }
        at += 1;
    }
    at
}

/// The title that begins at this line: where its text stands and where it ends.
fn title(lines: &[&str], at: usize) -> Option<(usize, usize)> {
    let line = |at: usize| lines.get(at).map_or("", |line| line.trim_end());
    let is_title = |text: usize| {
        !line(text).trim().is_empty() && !is_rule(line(text)) && is_rule_of(line(text + 1), line(text))
    };
    let text = if is_rule(line(at)) && is_title(at + 1) { at + 1 } else { at };
    is_title(text).then_some((text, text + 2))
}

/// `:key: value`.
fn field(line: &str) -> Option<(String, &str)> {
    let (key, value) = line.strip_prefix(':')?.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
    (is_key && (value.is_empty() || value.starts_with(' '))).then(|| (key.to_lowercase(), value))
}

/// A line of two or more of one mark, as stands above and below a title.
pub fn is_rule(line: &str) -> bool {
    line.len() >= 2 && is_of_one_mark(line)
}

/// A line of one mark that is as long as the title above it, or four long.
pub fn is_rule_of(line: &str, title: &str) -> bool {
    let is_long = line.len() >= 4 || line.len() >= title.trim().chars().count();
    is_long && !title.trim().is_empty() && is_of_one_mark(line)
}

fn is_of_one_mark(line: &str) -> bool {
    let first = line.chars().next().filter(char::is_ascii_punctuation);
    first.is_some_and(|first| line.chars().all(|letter| letter == first))
}

/// The head's `<title>` and `<meta name content>`; the text is what stands in `<body>`.
pub fn read_html(text: &str) -> FrontMatter<'_> {
    let place = |at: usize| {
        let above = text.get(..at).unwrap_or_default();
        let column = above.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (above.matches('\n').count() + 1, column)
    };
    let mut pairs: Vec<(Key, Node)> = Vec::new();
    let mut put = |name: &str, value: &str, at: usize| {
        let (line, column) = place(at);
        let value = unescape(value);
        // Of several tags each says some of the list.
        let known = pairs.iter_mut().find(|(key, _)| key.text == name && matches!(name, "tags" | "authors"));
        match known.map(|(_, node)| &mut node.value) {
            Some(Value::Scalar { text, .. }) => *text = format!("{text};{}", value.trim()),
            _ => pairs.push(pair(name, value.trim(), line, column)),
        }
    };
    let mut body = "";
    for (tag, at) in tags(text) {
        let (tag_text, behind) = text.get(at..).map(|rest| rest.split_at(tag_end(rest))).unwrap_or_default();
        match tag {
            "<title" => {
                put("title", behind.get(..behind.find("</").unwrap_or(behind.len())).unwrap_or_default(), at);
            }
            "<body" => body = behind,
            _ => {
                let attributes = attributes(tag_text.get("<meta".len()..).unwrap_or_default());
                let value = |wanted: &str| {
                    attributes
                        .iter()
                        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
                        .map(|(_, value)| *value)
                };
                let Some(name) = value("name").map(str::to_lowercase) else { continue };
                let name = if name == "keywords" { "tags" } else { &name };
                put(name, value("content").or_else(|| value("contents")).unwrap_or_default(), at);
            }
        }
    }
    if pairs.is_empty() {
        return without(text);
    }
    let end = body.rfind("</body").unwrap_or(body.len());
    found(pairs, body.get(..end).unwrap_or(body).trim_start())
}

/// The head's tags that say something, and the body's, by where they begin; what stands in
/// comments and scripts is none.
fn tags(text: &str) -> Vec<(&'static str, usize)> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = lower.get(at..).and_then(|rest| rest.find('<')).map(|place| at + place) {
        let rest = lower.get(start..).unwrap_or_default();
        let hidden = [("<!--", "-->"), ("<script", "</script"), ("<style", "</style")];
        let tag = ["<title", "<meta", "<body"].into_iter().find(|tag| rest.starts_with(tag));
        at = start + 1;
        if let Some((_, end)) = hidden.iter().find(|(begin, _)| rest.starts_with(begin)) {
            at = rest.find(end).map_or(lower.len(), |place| start + place + end.len());
        } else if tag == Some("<body") {
            found.push(("<body", start));
            break;
        } else if let Some(tag) = tag.filter(|_| start < LARGEST_HEAD) {
            found.push((tag, start));
            at = start + tag_end(rest);
        }
    }
    found
}

fn pair(key: &str, value: &str, line: usize, column: usize) -> (Key, Node) {
    let value = Value::Scalar { text: value.to_owned(), quoted: true };
    (Key { text: key.to_owned(), names: None, line, column: 1 }, Node { value, line, column })
}

fn found(pairs: Vec<(Key, Node)>, body: &str) -> FrontMatter<'_> {
    FrontMatter {
        data: Some(Node { value: Value::Map(pairs), line: 1, column: 1 }),
        body,
        notes: Vec::new(),
        state: State::Read,
    }
}
