//! Where front matter begins and ends: as each generator sees it, and as its author meant it.

use super::Fences;

/// A closing fence further down than this is none.
pub(super) const MAX_BYTES: usize = 64 * 1024;

/// How the data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Yaml,
    Json,
}

/// A text cut at its fences.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split<'a> {
    pub(super) kind: Kind,
    pub(super) data: &'a str,
    /// The line that `data` begins on, from 1.
    pub(super) first_line: usize,
    pub(super) body: &'a str,
    /// The line to point at when the fences are odd.
    pub(super) fence_line: usize,
    opening: &'a str,
    closing: &'a str,
}

impl Split<'_> {
    /// Whether a fence stands before it.
    pub(super) fn is_opened(&self) -> bool {
        !self.opening.is_empty()
    }

    /// Why the generator does not see these fences.
    pub(super) fn oddity(&self, fences: Fences) -> String {
        let blank = self.fence_line.saturating_sub(1);
        let opening = self.opening.trim_end();
        match fences {
            _ if blank == 1 => "it begins after a blank line".into(),
            _ if blank > 1 => format!("it begins after {blank} blank lines"),
            _ if self.is_opened() && is_run(opening).is_none()
                || fences == Fences::Jekyll && opening != "---" =>
            {
                format!("its opening fence is `{opening}`, not three dashes")
            }
            Fences::Hexo if opening.len() != self.opening.len() => "its opening fence ends in blanks".into(),
            _ => format!("its closing fence is `{}`", self.closing.trim_end_matches(['\r', '\n'])),
        }
    }
}

struct Line<'a> {
    /// Without its line break.
    text: &'a str,
    start: usize,
    /// Where the next line begins.
    end: usize,
    /// From 1.
    number: usize,
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').enumerate().map(move |(place, whole)| {
        let line = Line {
            text: whole.strip_suffix('\n').map_or(whole, |line| line.strip_suffix('\r').unwrap_or(line)),
            start,
            end: start + whole.len(),
            number: place + 1,
        };
        start = line.end;
        line
    })
}

/// Three or more of one fence character and nothing else but blanks behind it.
fn is_run(line: &str) -> Option<char> {
    let line = line.trim_end();
    let first = line.chars().next().filter(|first| matches!(first, '-' | ';'))?;
    (line.len() >= 3 && line.chars().all(|other| other == first)).then_some(first)
}

fn kind_of(fence: &str) -> Kind {
    if fence.trim_start().starts_with(';') { Kind::Json } else { Kind::Yaml }
}

fn cut<'a>(text: &'a str, opening: Option<&Line<'a>>, closing: &Line<'a>, body: usize) -> Split<'a> {
    let from = opening.map_or(0, |line| line.end);
    Split {
        kind: kind_of(opening.map_or(closing.text, |line| line.text)),
        data: text.get(from..closing.start).unwrap_or_default(),
        first_line: opening.map_or(1, |line| line.number + 1),
        body: text.get(body..).unwrap_or_default(),
        fence_line: opening.map_or(1, |line| line.number),
        opening: opening.map_or("", |line| line.text),
        closing: closing.text,
    }
}

/// Fences as their author meant them.
pub(super) fn plain(text: &str, fences: Fences) -> Option<Split<'_>> {
    let first = lines(text).find(|line| !line.text.trim().is_empty())?;
    let Some(fence) = is_run(first.text).or_else(|| mistyped(text, &first)) else {
        return (fences == Fences::Hexo).then(|| unopened(text, &first)).flatten();
    };
    if fence == ';' && fences == Fences::Jekyll {
        return None;
    }
    let within = |line: &Line<'_>| line.start <= first.end + MAX_BYTES;
    let rest = || lines(text).skip(first.number).take_while(within);
    let closes =
        |line: &str| is_run(line) == Some(fence) || (fences == Fences::Jekyll && line.trim_end() == "...");
    let closing = rest()
        .find(|line| closes(line.text))
        .or_else(|| rest().find(|line| closes(line.text.trim_start())))?;
    Some(cut(text, Some(&first), &closing, closing.end))
}

/// A fence of dashes with a letter or two too many, `e---`, above a line that is plainly a key.
fn mistyped(text: &str, first: &Line<'_>) -> Option<char> {
    let strays = first.text.trim().replacen("---", "", 1);
    let is_near = strays.len() + 3 == first.text.trim().len() && strays.chars().count() <= 2;
    let (key, _) = lines(text).nth(first.number)?.text.split_once(':')?;
    (is_near && matches!(key, "title" | "layout" | "date")).then_some('-')
}

/// Hexo's front matter that has a closing fence alone.
fn unopened<'a>(text: &'a str, first: &Line<'a>) -> Option<Split<'a>> {
    let (key, _) = first.text.split_once(':')?;
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    if !is_name(key.trim().trim_matches('"')) {
        return None;
    }
    let closing =
        lines(text).take_while(|line| line.start <= MAX_BYTES).find(|line| is_run(line.text).is_some())?;
    Some(cut(text, None, &closing, closing.end))
}

/// The line of a fence that opens front matter and is never closed.
pub(super) fn unclosed(text: &str) -> Option<usize> {
    let mut lines = lines(text).skip_while(|line| line.text.trim().is_empty());
    let first = lines.next()?;
    is_run(first.text)?;
    let (key, _) = lines.next()?.text.split_once(':')?;
    (!key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-\"".contains(c)))
        .then_some(first.number)
}

/// Fences as the generator sees them.
pub(super) fn strict(text: &str, fences: Fences) -> Option<Split<'_>> {
    if fences == Fences::Hexo { hexo(text) } else { jekyll(text) }
}

/// `\A(---\s*\n.*?\n?)^((---|\.\.\.)\s*$\n?)`.
fn jekyll(text: &str) -> Option<Split<'_>> {
    let opening = lines(text).next().filter(|line| line.text.trim_end() == "---")?;
    let closing = lines(text).skip(1).find(|line| matches!(line.text.trim_end(), "---" | "..."))?;
    Some(cut(text, Some(&opening), &closing, closing.end))
}

/// `^(-{3,}|;{3,})\n(data)\n\1\n?(body)`, else without an opening fence.
fn hexo(text: &str) -> Option<Split<'_>> {
    let opening = lines(text).next()?;
    let fence = opening.text;
    if is_run(fence).is_some() && fence.trim_end() == fence {
        let closing = lines(text).skip(2).find(|line| line.text.starts_with(fence));
        if let Some(closing) = closing {
            let rest = closing.text.len() - fence.len();
            let body = if rest == 0 { closing.end } else { closing.start + fence.len() };
            return Some(cut(text, Some(&opening), &closing, body));
        }
    }
    if text.starts_with("---") || text.starts_with(";;;") {
        return None;
    }
    let run = |line: &str| {
        let first = line.chars().next().filter(|first| matches!(first, '-' | ';'))?;
        let length = line.len() - line.trim_start_matches(first).len();
        (length >= 3).then_some(length)
    };
    // The data is at least one character, and in it a first empty line does not count.
    let closing = lines(text).skip(1).find(|line| line.start >= 2 && run(line.text).is_some())?;
    let length = run(closing.text)?;
    let body = if length == closing.text.len() { closing.end } else { closing.start + length };
    Some(cut(text, None, &closing, body))
}
