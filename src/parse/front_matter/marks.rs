//! Where front matter begins and ends for Hugo, Zola and Eleventy, each with its own rules.

use super::Fences;

/// A closing fence further down than this is none.
const MAX_BYTES: usize = 64 * 1024;

/// How the data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written<'a> {
    Yaml,
    Toml,
    Json,
    /// `#+KEY: value`.
    Org,
    /// A language that isn't read here.
    Other(&'a str),
}

/// Front matter cut out of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) written: Written<'a>,
    pub(super) data: &'a str,
    /// The line that `data` begins on, from 1.
    pub(super) first_line: usize,
    pub(super) body: &'a str,
}

/// What was found.
pub(super) enum Cut<'a> {
    Nothing,
    /// Begun on this line and never ended.
    Unclosed(usize),
    Block(Block<'a>),
}

/// Fences as the generator sees them.
pub(super) fn strict(text: &str, fences: Fences) -> Cut<'_> {
    match fences {
        Fences::Hugo => hugo(text),
        Fences::Zola => zola(text),
        _ => eleventy(text),
    }
}

fn line_of(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(1, |before| before.matches('\n').count() + 1)
}

fn block<'a>(text: &'a str, written: Written<'a>, data: (usize, usize), body: usize) -> Cut<'a> {
    let (start, end) = data;
    if end.saturating_sub(start) > MAX_BYTES {
        return Cut::Unclosed(line_of(text, start).saturating_sub(1).max(1));
    }
    Cut::Block(Block {
        written,
        data: text.get(start..end).unwrap_or_default(),
        first_line: line_of(text, start),
        body: text.get(body..).unwrap_or_default(),
    })
}

/// The length of a line break at this byte, 0 where there is none.
fn line_break(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) }
}

/// After any blanks the first character tells; a line that begins with the fence ends it.
fn hugo(text: &str) -> Cut<'_> {
    let start = text.len() - text.trim_ascii_start().len();
    let rest = text.get(start..).unwrap_or_default();
    if rest.starts_with('{') {
        return braces(text, start);
    }
    if rest.starts_with("#+") {
        return keywords(text, start);
    }
    let fenced = [("---", Written::Yaml), ("+++", Written::Toml)];
    let Some((fence, written)) = fenced.into_iter().find(|(fence, _)| rest.starts_with(fence)) else {
        return Cut::Nothing;
    };
    let data = start + 3;
    let within = text.get(data..).unwrap_or_default();
    let ending = format!("\n{fence}");
    let Some(end) = within.find(&ending).map(|end| data + end + 1) else {
        return Cut::Unclosed(line_of(text, start));
    };
    block(text, written, (data, end), end + 3 + line_break(text, end + 3))
}

/// JSON to the brace that closes it; braces in strings don't count.
fn braces(text: &str, start: usize) -> Cut<'_> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (place, byte) in text.bytes().enumerate().skip(start).take(MAX_BYTES) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    let end = place + 1;
                    return block(text, Written::Json, (start, end), end + line_break(text, end));
                }
            }
            _ => {}
        }
    }
    Cut::Unclosed(line_of(text, start))
}

/// Every line from here that begins with `#+`.
fn keywords(text: &str, start: usize) -> Cut<'_> {
    let rest = text.get(start..).unwrap_or_default();
    let length: usize =
        rest.split_inclusive('\n').take_while(|line| line.starts_with("#+")).map(str::len).sum();
    block(text, Written::Org, (start, start + length), start + length)
}

/// `+++` or `---`, then the first of the same that only blanks follow on its line.
fn zola(text: &str) -> Cut<'_> {
    let start = text.len() - text.trim_start().len();
    let rest = text.get(start..).unwrap_or_default();
    let fenced = [("+++", Written::Toml), ("---", Written::Yaml)];
    let Some((fence, written)) = fenced.into_iter().find(|(fence, _)| rest.starts_with(fence)) else {
        return Cut::Nothing;
    };
    let data = start + 3;
    if line_break(text, data) == 0 {
        return Cut::Nothing;
    }
    let within = text.get(data..).unwrap_or_default();
    let ends = within.match_indices(fence).map(|(end, _)| data + end);
    for end in ends {
        let after = text.get(end + 3..).unwrap_or_default();
        let line = after.split('\n').next().unwrap_or_default();
        if line.trim().is_empty() {
            return block(text, written, (data, end), text.len() - after.trim_start().len());
        }
    }
    Cut::Unclosed(line_of(text, start))
}

/// `---` at the first byte and no fourth dash; what is never closed is all data.
fn eleventy(text: &str) -> Cut<'_> {
    let Some(rest) = text.strip_prefix("---").filter(|rest| !rest.starts_with('-')) else {
        return Cut::Nothing;
    };
    let language = rest.split('\n').next().unwrap_or_default();
    let data = 3 + language.len();
    let written = match language.trim() {
        "" | "yaml" | "yml" => Written::Yaml,
        "json" => Written::Json,
        "toml" => Written::Toml,
        other => Written::Other(other),
    };
    let within = text.get(data..).unwrap_or_default();
    match within.find("\n---").map(|end| data + end) {
        Some(end) => block(text, written, (data, end), end + 4 + line_break(text, end + 4)),
        None if text.len() == data => Cut::Nothing,
        None => block(text, written, (data, text.len()), text.len()),
    }
}

/// A line of three or more of one fence character.
fn run(line: &str) -> Option<char> {
    let line = line.trim_end();
    let first = line.chars().next().filter(|first| matches!(first, '-' | '+'))?;
    (line.len() >= 3 && line.chars().all(|other| other == first)).then_some(first)
}

/// Fences as their author meant them: after any blank lines, of any length.
pub(super) fn loose(text: &str) -> Option<Block<'_>> {
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').enumerate().map(|(place, line)| {
        at += line.len();
        (place + 1, line, at)
    });
    let (number, opening, data) = lines.find(|(_, line, _)| !line.trim().is_empty())?;
    let fence = run(opening)?;
    let closes = |(_, line, end): &(usize, &str, usize)| {
        run(line.trim_start()) == Some(fence) && end - data <= MAX_BYTES
    };
    let (_, closing, end) = lines.find(closes)?;
    Some(Block {
        written: if fence == '+' { Written::Toml } else { Written::Yaml },
        data: text.get(data..end - closing.len())?,
        first_line: number + 1,
        body: text.get(end..)?,
    })
}

/// Front matter that is never closed: up to the first blank line.
pub(super) fn to_blank_line(text: &str) -> Option<Block<'_>> {
    let start = text.len() - text.trim_start().len();
    let rest = text.get(start..)?;
    let fence = rest.split_inclusive('\n').next()?;
    let written = if run(fence)? == '+' { Written::Toml } else { Written::Yaml };
    let data = start + fence.len();
    let within = text.get(data..)?;
    let lines = within.split_inclusive('\n').take_while(|line| !line.trim().is_empty());
    let length: usize = lines.map(str::len).sum();
    let end = data + length.min(MAX_BYTES);
    let end = text.floor_char_boundary(end);
    Some(Block {
        written,
        data: text.get(data..end)?,
        first_line: line_of(text, data),
        body: text.get(end..)?,
    })
}
