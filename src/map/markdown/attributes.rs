//! Attribute lists (`{: .class}`, `{#id}`) and abbreviations (`*[HTML]: …`), which are about a text and
//! no part of it: taken out, code left alone.
//!
//! kramdown, "Attribute List Definitions" and "Abbreviations"; Python-Markdown's `attr_list` and `abbr`;
//! goldmark's attributes of headings and blocks; pulldown-cmark's of headings; `markdown-it-attrs`.

use crate::map::markdown::code::{self, Code};
use crate::map::markdown::{Dialect, Plugin};
use std::borrow::Cow;

/// A list over more lines is none.
const MOST_LINES: usize = 4;

/// A longer one within a line is none.
const LONGEST: usize = 1_000;

/// What a dialect knows of them.
#[derive(Clone, Copy)]
struct Known {
    /// `{#id}` behind a heading.
    headings: bool,
    /// The same on a line of its own, below a block.
    below: bool,
    /// Behind links, pictures and emphases.
    inline: bool,
}

impl Known {
    fn by(dialect: Dialect) -> Self {
        let attrs = dialect.adds(Plugin::Attributes);
        let is_plain = matches!(dialect, Dialect::Marked | Dialect::MarkdownIt | Dialect::CommonMark);
        Self {
            headings: attrs || !is_plain && !matches!(dialect, Dialect::Extended(_)),
            below: attrs || matches!(dialect, Dialect::Goldmark | Dialect::PythonMarkdown),
            inline: attrs || dialect == Dialect::PythonMarkdown,
        }
    }
}

/// The text without them.
pub(super) fn without(text: &str, dialect: Dialect) -> Cow<'_, str> {
    let known = Known::by(dialect);
    let has_abbreviations = dialect.is_extra() || dialect.adds(Plugin::Abbreviations);
    if !(known.headings && text.contains('{') || has_abbreviations && text.contains("*[")) {
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
        if has_abbreviations && is_abbreviation(trimmed) {
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
        if known.below && is_list(trimmed) && !out.is_empty() {
            continue;
        }
        let underlined = lines.peek().is_some_and(|next| is_underline(next));
        let is_headed = line.trim_start().starts_with('#') || underlined;
        // `markdown-it-attrs` takes them behind any block.
        let is_ended = known.headings && (is_headed || dialect.adds(Plugin::Attributes));
        match heading(line).filter(|_| is_ended) {
            Some(heading) => {
                without_inline(heading, dialect, known, &mut out);
                out.push('\n');
            }
            None => without_inline(line, dialect, known, &mut out),
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
fn without_inline(line: &str, dialect: Dialect, known: Known, out: &mut String) {
    let mut done = 0;
    for start in memchr::memchr_iter(b'{', line.as_bytes()) {
        let list = line.get(start..).unwrap_or_default();
        let Some(end) = list.bytes().take(LONGEST).position(|byte| byte == b'}') else { continue };
        let is_plain =
            || line.get(..start).is_some_and(is_list_s_place) && list.get(..=end).is_some_and(is_list);
        let is_one = dialect.is_extra() && list.starts_with("{:") || known.inline && is_plain();
        if start >= done && is_one && !code::is_in_span(line, start) && !is_set_apart(list) {
            out.push_str(line.get(done..start).unwrap_or_default());
            done = start + end + 1;
        }
    }
    out.push_str(line.get(done..).unwrap_or_default());
}

/// Behind a link, a picture, an emphasis, a tag or code.
fn is_list_s_place(before: &str) -> bool {
    before.ends_with([')', ']', '*', '_', '`', '>'])
}
