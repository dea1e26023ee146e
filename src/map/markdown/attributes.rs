//! Attribute lists (`{: .class}`, `{#id}`) and abbreviations (`*[HTML]: …`), which are about a text and
//! no part of it: taken out, code left alone.
//!
//! kramdown, "Attribute List Definitions" and "Abbreviations"; Python-Markdown's `attr_list` and `abbr`;
//! goldmark's attributes of headings and blocks; pulldown-cmark's of headings.

use crate::map::markdown::Dialect;
use crate::map::markdown::code::{self, Code};
use std::borrow::Cow;

/// A list over more lines is none.
const MOST_LINES: usize = 4;

/// The text without them.
pub(super) fn without(text: &str, dialect: Dialect) -> Cow<'_, str> {
    let knows = !matches!(dialect, Dialect::Marked | Dialect::MarkdownIt | Dialect::CommonMark);
    if !knows || !(text.contains('{') || dialect.is_extra() && text.contains("*[")) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut code = Code::default();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if code.holds(line) {
            out.push_str(line);
            continue;
        }
        let trimmed = line.trim_start_matches([' ', '>']).trim_end();
        if dialect.is_extra() && is_abbreviation(trimmed) {
            continue;
        }
        if dialect.is_extra() && trimmed.starts_with("{:") && !trimmed.contains('}') {
            let ahead: Vec<&str> = lines.clone().take(MOST_LINES).collect();
            if let Some(end) = ahead.iter().position(|line| line.trim_end().ends_with('}')) {
                lines.nth(end);
                continue;
            }
        }
        if dialect.is_extra() && trimmed.starts_with("{:") && trimmed.ends_with('}') && !is_set_apart(trimmed)
        {
            if trimmed.to_ascii_lowercase().contains("toc") {
                drop_placeholder(&mut out);
            }
            continue;
        }
        let is_bare = matches!(dialect, Dialect::Goldmark | Dialect::PythonMarkdown) && is_list(trimmed);
        if is_bare && !out.is_empty() {
            continue;
        }
        let underlined = lines.peek().is_some_and(|next| is_underline(next));
        match heading(line).filter(|_| line.trim_start().starts_with('#') || underlined) {
            Some(heading) => {
                out.push_str(heading);
                out.push('\n');
            }
            None if dialect.is_extra() && line.contains("{:") => without_inline(line, &mut out),
            None => out.push_str(line),
        }
    }
    Cow::Owned(out)
}

/// `*[HTML]: Hyper Text Markup Language`
fn is_abbreviation(line: &str) -> bool {
    line.strip_prefix("*[")
        .and_then(|rest| rest.split_once("]:"))
        .is_some_and(|(short, _)| !short.is_empty() && !short.contains([']', '[']))
}

/// `{::comment}` and the like begin something that is looked at elsewhere.
fn is_set_apart(line: &str) -> bool {
    line.contains("{::comment}") || line.contains("{::nomarkdown}") || line.starts_with("{:/")
}

/// `===` or `---` below a heading.
fn is_underline(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && (line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-'))
}

/// A heading's line without the list at its end.
fn heading(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let line = line.trim_end_matches('#').trim_end();
    let start = line.rfind('{')?;
    let (before, list) = line.split_at_checked(start)?;
    (before.ends_with([' ', '\t']) && is_list(list)).then(|| before.trim_end())
}

/// `{#id}`, `{.class key=value}`, with or without a colon.
fn is_list(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else { return false };
    let inner = inner.strip_prefix(':').unwrap_or(inner).trim();
    let first = inner.split_whitespace().next().unwrap_or_default();
    let is_name = |name: &str| name.starts_with(|first: char| first.is_alphanumeric() || first == '_');
    let is_said = first.strip_prefix(['#', '.']).is_some_and(is_name)
        || first.split_once('=').is_some_and(|(key, _)| is_name(key));
    is_said && !inner.contains(['{', '}'])
}

/// `{:toc}` replaces the list item above it.
fn drop_placeholder(out: &mut String) {
    let start = out.trim_end().rfind('\n').map_or(0, |end| end + 1);
    let line = out.get(start..).unwrap_or_default().trim_start();
    if line.starts_with(['*', '-', '+', '1']) {
        out.truncate(start);
    }
}

/// A line without the lists behind its links and emphases.
fn without_inline(line: &str, out: &mut String) {
    let mut done = 0;
    let final_brace = line.rfind('}');
    while let Some(start) = line.get(done..).and_then(|rest| rest.find("{:")).map(|start| done + start) {
        if final_brace < Some(start) {
            break;
        }
        let list = line.get(start..).unwrap_or_default();
        out.push_str(line.get(done..start).unwrap_or_default());
        match list.find('}') {
            Some(end) if !code::is_in_span(line, start) && !is_set_apart(list) => done = start + end + 1,
            _ => {
                out.push_str("{:");
                done = start + 2;
            }
        }
    }
    out.push_str(line.get(done..).unwrap_or_default());
}
