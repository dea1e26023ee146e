//! Lines that kramdown and Python-Markdown read otherwise than `CommonMark` does, reworded for it.
//!
//! kramdown: reference definitions whose title has no quotes. Python-Markdown: `##Heading`, `[TOC]`, and
//! no list within a paragraph. Both: an inline element alone on its line begins a paragraph.

use crate::map::markdown::Dialect;
use crate::map::markdown::code::Code;
use crate::parse::tag::tag_end;
use std::borrow::Cow;

/// Stands before a tag so that no block of HTML begins there; no text has this noncharacter.
const GUARD: &str = "\u{fdd0}";
/// Elements within lines (kramdown's `HTML_SPAN_ELEMENTS`).
const INLINE: [&str; 36] = [
    "a", "abbr", "acronym", "b", "big", "bdo", "br", "button", "cite", "code", "del", "dfn", "em", "i",
    "img", "ins", "kbd", "label", "mark", "q", "rb", "rbc", "rp", "rt", "rtc", "ruby", "samp", "small",
    "span", "strong", "sub", "sup", "time", "tt", "u", "var",
];
/// Those that only Python-Markdown takes for such: whatever is no block.
const INLINE_IN_PYTHON: [&str; 6] = ["font", "s", "strike", "nobr", "data", "wbr"];
/// Elements whose lines are no Markdown, and what ends them.
const RAW: [(&str, &str); 5] = [
    ("<pre", "</pre"),
    ("<script", "</script"),
    ("<style", "</style"),
    ("<textarea", "</textarea"),
    ("<!--", "-->"),
];

/// What the lines since the last blank one are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// None yet.
    Begins,
    /// A paragraph's words.
    Paragraph,
    /// A list, a table, a definition: what may hold list items.
    Other,
}

/// The text as `CommonMark` reads it the same way.
pub(super) fn reworded(text: &str, dialect: Dialect) -> Cow<'_, str> {
    let is_python = dialect == Dialect::PythonMarkdown;
    if !dialect.is_extra() || text.contains(GUARD) || !(is_python || text.contains(['<', '['])) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let (mut code, mut raw, mut block) = (Code::default(), None, Block::Begins);
    let mut was_quoted = false;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        if let Some(end) = raw {
            out.push_str(line);
            raw = raw.filter(|_| !holds(line, end));
            block = Block::Other;
            continue;
        }
        if code.holds(line) {
            out.push_str(line);
            let is_fence = !line.starts_with(['\t', ' ']);
            block = if is_fence { Block::Begins } else { block };
            continue;
        }
        let (before, words) = line.split_at_checked(quoted(line)).unwrap_or(("", line));
        if let Some((start, end)) = RAW.iter().find(|(start, _)| begins(words, start)) {
            raw = Some(*end).filter(|end| !words.get(start.len()..).is_some_and(|rest| holds(rest, end)));
        }
        // A quote begins a block of its own; what follows it without a blank line belongs to it.
        let is_quoted = before.contains('>');
        block = if is_quoted && !was_quoted { Block::Begins } else { block };
        was_quoted = is_quoted || was_quoted && !words.trim().is_empty();
        let is_last = lines.peek().is_none_or(|next| next.trim().is_empty());
        if is_python && block == Block::Begins && is_last && words.trim() == "[TOC]" {
            continue;
        }
        out.push_str(before);
        if is_python {
            python(words, &mut block, dialect, &mut out);
        } else if let Some(definition) = definition(words) {
            out.push_str(definition);
            out.push('\n');
        } else {
            guarded(words, dialect, &mut out);
        }
    }
    Cow::Owned(out)
}

/// The HTML without what the wording left there.
pub(super) fn unguarded(html: String) -> String {
    if html.contains(GUARD) { html.replace(GUARD, "") } else { html }
}

/// A line of Python-Markdown's, and what it makes of the block that it stands in.
fn python(words: &str, block: &mut Block, dialect: Dialect, out: &mut String) {
    let level = words.bytes().take_while(|byte| *byte == b'#').take(6).count();
    if level > 0 {
        let (hashes, rest) = words.split_at_checked(level).unwrap_or((words, ""));
        out.push_str(hashes);
        out.push_str(if rest.starts_with([' ', '\t', '\n', '\r']) || rest.is_empty() { "" } else { " " });
        let title = rest.trim_end();
        let title = if title.ends_with("\\#") { title } else { title.trim_end_matches('#') };
        out.push_str(title);
        out.push('\n');
        *block = Block::Begins;
        return;
    }
    let is_blank = words.trim().is_empty();
    let marker = item(words);
    *block = match (*block, marker) {
        _ if is_blank || is_rule(words) || words.starts_with("<!--") => Block::Begins,
        (Block::Begins, None) if !is_apart(words) => Block::Paragraph,
        (Block::Begins, _) => Block::Other,
        (Block::Paragraph, Some(at)) => {
            let (before, sign) = words.split_at_checked(at).unwrap_or((words, ""));
            for piece in [before, "\\", sign] {
                out.push_str(piece);
            }
            return;
        }
        (block, _) => block,
    };
    guarded(words, dialect, out);
}

/// A line, kept from beginning a block of HTML where its tag is an inline element's, alone on its line.
fn guarded(words: &str, dialect: Dialect, out: &mut String) {
    let start = item(words).map_or(0, |at| at + 1);
    let start = start + words.get(start..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    let is_guarded = words.get(start..).is_some_and(|tag| is_inline(tag, dialect));
    let (before, rest) = words.split_at_checked(start).unwrap_or((words, ""));
    for piece in [before, if is_guarded { GUARD } else { "" }, rest] {
        out.push_str(piece);
    }
}

/// Whether nothing but one tag of an inline element stands here.
fn is_inline(text: &str, dialect: Dialect) -> bool {
    let Some(tag) = text.strip_prefix('<') else { return false };
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let end = tag.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(tag.len());
    let name = tag.get(..end).unwrap_or_default();
    let is_named = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let is_known = is_named(&INLINE) || dialect == Dialect::PythonMarkdown && is_named(&INLINE_IN_PYTHON);
    is_known && text.get(tag_end(text)..).is_some_and(|rest| rest.trim().is_empty())
}

/// Where the marks of quotes and blanks before a line's words end.
fn quoted(line: &str) -> usize {
    let words = line.trim_start_matches([' ', '>']);
    let marks = line.get(..line.len() - words.len()).unwrap_or_default();
    marks.rfind('>').map_or(0, |at| at + 1 + usize::from(marks.get(at + 1..at + 2) == Some(" ")))
}

/// Where the last sign of a list's marker stands: `-`, or the dot of `12.`.
fn item(words: &str) -> Option<usize> {
    let start = words.len() - words.trim_start_matches(' ').len();
    let rest = words.get(start..)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let sign = rest.get(digits..)?;
    let is_marker = if digits == 0 { sign.starts_with(['-', '*', '+']) } else { sign.starts_with('.') };
    let is_apart = sign.get(1..).is_some_and(|after| after.starts_with([' ', '\t']));
    (is_marker && is_apart && start < 4).then_some(start + digits)
}

/// `---`, `* * *`, `===`.
fn is_rule(words: &str) -> bool {
    let signs: Vec<u8> = words.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let first = signs.first().copied().unwrap_or_default();
    matches!(first, b'-' | b'*' | b'_' | b'=') && signs.iter().all(|sign| *sign == first) && signs.len() > 2
}

/// Whether a block that begins so is no paragraph.
fn is_apart(words: &str) -> bool {
    let words = words.trim_start();
    words.starts_with(['<', ':']) || words.contains('|') || words.starts_with('[') && words.contains("]:")
}

/// `[1]: /address Some title` without the title; `None` where it has none, or one in quotes.
fn definition(words: &str) -> Option<&str> {
    let start = words.len() - words.trim_start_matches(' ').len();
    let label = words.get(start..)?.strip_prefix('[').filter(|label| !label.starts_with('^'))?;
    let (label, target) = label.split_once("]:").filter(|_| start < 4)?;
    let address = target.trim_start_matches([' ', '\t']);
    let (address, title) = address.trim_end().split_once([' ', '\t'])?;
    let title = title.trim_start();
    let is_plain = !label.is_empty() && !label.contains(['[', ']']) && !address.starts_with('<');
    let end = words.len() - target.trim_start_matches([' ', '\t']).len() + address.len();
    words.get(..end).filter(|_| is_plain && !title.starts_with(['"', '\'', '(']))
}

fn begins(words: &str, start: &str) -> bool {
    let words = words.trim_start();
    words.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
        && (start == "<!--"
            || !words.get(start.len()..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric)))
}

fn holds(line: &str, end: &str) -> bool {
    line.to_ascii_lowercase().contains(end)
}
