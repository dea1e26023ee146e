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
pub fn read_rst(text: &str) -> FrontMatter<'_> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = |at: usize| lines.get(at).map_or("", |line| line.trim_end());
    let mut at = (0..lines.len()).find(|at| !line(*at).is_empty()).unwrap_or(0);
    at += usize::from(is_rule(line(at)) && is_rule(line(at + 2)) && !line(at + 1).trim().is_empty());
    let mut pairs = Vec::new();
    if is_rule(line(at + 1)) && !line(at).trim().is_empty() {
        pairs.push(pair("title", line(at).trim(), at + 1, 1));
        at += 2;
    }
    while at < lines.len() && line(at).is_empty() {
        at += 1;
    }
    while let Some((key, value)) = field(line(at)) {
        let start = at;
        let mut whole = value.trim().to_owned();
        at += 1;
        while line(at).starts_with([' ', '\t']) {
            whole.push(' ');
            whole.push_str(line(at).trim());
            at += 1;
        }
        pairs.push(pair(&key, whole.trim(), start + 1, key.len() + 4));
    }
    if pairs.is_empty() {
        return without(text);
    }
    let end = lines.iter().take(at).map(|line| line.len()).sum();
    found(pairs, text.get(end..).unwrap_or_default())
}

/// `:key: value`.
fn field(line: &str) -> Option<(String, &str)> {
    let (key, value) = line.strip_prefix(':')?.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
    (is_key && (value.is_empty() || value.starts_with(' '))).then(|| (key.to_lowercase(), value))
}

/// A line of three or more of one mark, as stands below a title.
pub fn is_rule(line: &str) -> bool {
    let first = line.chars().next().filter(char::is_ascii_punctuation);
    first.is_some_and(|first| line.len() >= 3 && line.chars().all(|letter| letter == first))
}

/// The head's `<title>` and `<meta name content>`; the text is what stands in `<body>`.
pub fn read_html(text: &str) -> FrontMatter<'_> {
    let lower = text.get(..text.floor_char_boundary(LARGEST_HEAD)).unwrap_or_default().to_ascii_lowercase();
    let head_end = lower.find("<body").unwrap_or(lower.len());
    let place = |at: usize| {
        let above = text.get(..at).unwrap_or_default();
        let column = above.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (above.matches('\n').count() + 1, column)
    };
    let mut pairs: Vec<(Key, Node)> = Vec::new();
    let mut put = |name: &str, value: &str, at: usize| {
        let (line, column) = place(at);
        pairs.push(pair(name, unescape(value).trim(), line, column));
    };
    let title = lower.get(..head_end).and_then(|head| head.find("<title"));
    if let Some(at) = title {
        let inner = text.get(at..head_end).and_then(|rest| rest.split_once('>'));
        let end = |rest: &str| rest.find("</").unwrap_or(rest.len());
        put("title", inner.and_then(|(_, rest)| rest.get(..end(rest))).unwrap_or_default(), at);
    }
    let mut from = 0;
    while let Some(at) = lower.get(from..head_end).and_then(|head| head.find("<meta")).map(|at| from + at) {
        let tag = text.get(at..head_end).unwrap_or_default();
        from = at + tag_end(tag);
        let attributes = attributes(text.get(at + "<meta".len()..from).unwrap_or_default());
        let value = |wanted: &str| {
            attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
        };
        let Some(name) = value("name") else { continue };
        let name = if name.eq_ignore_ascii_case("keywords") { "tags".into() } else { name.to_lowercase() };
        put(&name, value("content").or_else(|| value("contents")).unwrap_or_default(), at);
    }
    if pairs.is_empty() {
        return without(text);
    }
    let body = text.get(head_end..).and_then(|rest| rest.split_once('>')).map_or("", |(_, body)| body);
    let end = body.rfind("</body").unwrap_or(body.len());
    found(pairs, body.get(..end).unwrap_or(body).trim_start())
}

fn pair(key: &str, value: &str, line: usize, column: usize) -> (Key, Node) {
    let value = Value::Scalar { text: value.to_owned(), quoted: true };
    (Key { text: key.to_owned(), line, column: 1 }, Node { value, line, column })
}

fn found(pairs: Vec<(Key, Node)>, body: &str) -> FrontMatter<'_> {
    FrontMatter {
        data: Some(Node { value: Value::Map(pairs), line: 1, column: 1 }),
        body,
        notes: Vec::new(),
        state: State::Read,
    }
}
