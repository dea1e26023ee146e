//! Where tags begin and end in a body: `{% … %}`, `{{ … }}`, `<!-- more -->`.
//!
//! In: text. Out: places in it. Every search is bounded, so that a body full of
//! beginnings without ends is read in linear time. Of tags only `img` is read, which several
//! generators have from one forerunner.

use crate::map::plain::escaped;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

/// A tag that is longer in bytes is none.
const MAX_TAG: usize = 4096;
/// A comment that is longer in bytes is no mark.
const MAX_MARK: usize = 64;

/// One tag.
pub(super) struct Tag<'t> {
    /// What stands between its marks, without blanks and the dashes of `{%- -%}`.
    pub(super) inner: &'t str,
    /// What follows it.
    pub(super) after: &'t str,
}

/// Where the next `{{` or `{%` stands.
pub(super) fn opening(text: &str) -> Option<usize> {
    let is_tag = |start: &usize| matches!(text.as_bytes().get(start + 1), Some(b'{' | b'%'));
    text.match_indices('{').map(|(start, _)| start).find(is_tag)
}

/// The tag that a text begins with; `None` where it has no end.
pub(super) fn tag(text: &str) -> Option<Tag<'_>> {
    let close = match text.as_bytes().get(1) {
        Some(b'{') => "}}",
        _ => "%}",
    };
    let near = text.get(2..text.floor_char_boundary(MAX_TAG))?;
    let (inner, _) = near.split_once(close)?;
    Some(Tag { inner: inner.trim_matches('-').trim(), after: text.get(inner.len() + 4..)? })
}

/// The text without Nunjucks' comments, `{# … #}`, but for those in code.
pub(super) fn uncommented(body: &str) -> Cow<'_, str> {
    if !body.contains("{#") {
        return Cow::Borrowed(body);
    }
    let fenced = fenced(body);
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, inner)) = rest.split_once("{#") {
        out.push_str(before);
        let near = inner.get(..inner.floor_char_boundary(MAX_TAG)).unwrap_or(inner);
        let end = near.find("#}").filter(|_| !is_code(body, body.len() - inner.len() - 2, &fenced));
        rest = end.and_then(|end| inner.get(end + 2..)).unwrap_or(inner);
        if end.is_none() {
            out.push_str("{#");
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Finds the ends of blocks; remembers which have none further down.
#[derive(Default)]
pub(super) struct Ends {
    endless: Vec<String>,
}

impl Ends {
    /// The text up to `{% end<name> %}`, and what follows that.
    pub(super) fn until<'t>(&mut self, text: &'t str, name: &str) -> Option<(&'t str, &'t str)> {
        if self.endless.iter().any(|known| known == name) {
            return None;
        }
        let found = text.match_indices("{%").find_map(|(start, _)| {
            let end = tag(text.get(start..)?)?;
            (end.inner.strip_prefix("end") == Some(name)).then_some((text.get(..start)?, end.after))
        });
        if found.is_none() {
            self.endless.push(name.to_owned());
        }
        found
    }
}

/// Where `<!-- more -->` stands, in any case and spacing.
pub(super) fn more(body: &str) -> Option<usize> {
    body.match_indices("<!--").map(|(start, _)| start).find(|start| {
        let near = body.get(start + 4..body.floor_char_boundary(start + MAX_MARK));
        let inner = near.and_then(|near| near.split_once("-->"));
        inner.is_some_and(|(inner, _)| inner.trim().eq_ignore_ascii_case("more"))
    })
}

/// Code in a line that is longer in bytes is not looked for.
const MAX_LINE: usize = 2048;

/// Whether what stands at this byte is code.
pub(super) fn is_code(body: &str, place: usize, fenced: &[Range<usize>]) -> bool {
    let before = fenced.partition_point(|block| block.end <= place);
    if fenced.get(before).is_some_and(|block| block.contains(&place)) {
        return true;
    }
    let near = body.get(body.floor_char_boundary(place.saturating_sub(MAX_LINE))..place).unwrap_or_default();
    let line = near.rsplit('\n').next().unwrap_or_default();
    line.len() < MAX_LINE && line.matches('`').count() % 2 == 1
}

/// The blocks of code between fences, in order.
pub(super) fn fenced(body: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, &str)> = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let text = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark));
        match (open, mark) {
            (None, Some(mark)) => open = Some((at, mark)),
            (Some((start, known)), Some(mark))
                if known == mark && text.trim_start_matches(['`', '~']).is_empty() =>
            {
                found.push(start..at + line.len());
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    found.extend(open.map(|(start, _)| start..body.len()));
    found
}

/// A text cut at these, but for those within quotes.
pub(super) fn pieces(text: &str, at: char) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (place, letter) in text.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None if letter == at => {
                found.push(text.get(start..place).unwrap_or_default());
                start = place + letter.len_utf8();
            }
            _ => {}
        }
    }
    found.push(text.get(start..).unwrap_or_default());
    found
}

/// A text cut at the first of these marks that isn't within quotes: what stands before, the mark,
/// what stands behind.
pub(super) fn cut<'t>(text: &'t str, marks: &[&'static str]) -> Option<(&'t str, &'static str, &'t str)> {
    let mut quote = None;
    for (place, letter) in text.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None => {
                let rest = text.get(place..)?;
                if let Some(mark) = marks.iter().find(|mark| rest.starts_with(**mark)) {
                    return Some((text.get(..place)?, mark, rest.get(mark.len()..)?));
                }
            }
        }
    }
    None
}

/// The `key=value` of a tag, values with the quotes that they have.
pub(super) fn pairs(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        let quote = after.chars().next().filter(|first| matches!(first, '"' | '\''));
        let end = match quote {
            Some(quote) => after.get(1..).and_then(|inner| inner.find(quote)).map(|end| end + 2),
            None => after.find(char::is_whitespace),
        };
        let (value, next) = after.split_at_checked(end.unwrap_or(after.len())).unwrap_or((after, ""));
        found.push((key, value));
        rest = next;
    }
    found
}

/// The words of a tag, quoted ones whole.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches(is_between);
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '\'')
            .then(|| rest.get(1..)?.split_once(first))
            .flatten()
            .filter(|(_, after)| after.is_empty() || after.starts_with(is_between));
        let (word, after) = quoted.unwrap_or_else(|| {
            let end = rest.find(is_between).unwrap_or(rest.len());
            rest.split_at_checked(end).unwrap_or((rest, ""))
        });
        found.push(word);
        rest = after.trim_start_matches(is_between);
    }
    found
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c == ','
}

/// `[class …] path [width] [height] [title [alt]]`: the first word that looks like a file's.
pub(super) fn picture(arguments: &str, out: &mut String) {
    let words = words(arguments);
    let Some(place) = words.iter().position(|word| word.contains(['/', '.'])) else {
        return;
    };
    let after = words.get(place + 1..).unwrap_or_default();
    let is_size = |word: &&str| word.chars().all(|c| c.is_ascii_digit() || matches!(c, 'p' | 'x' | '%'));
    let texts = after.iter().copied().skip_while(is_size).collect::<Vec<_>>().join(" ");
    let source = escaped(words.get(place).copied().unwrap_or_default());
    let _ = write!(out, "<img src=\"{source}\" alt=\"{}\">", escaped(&texts.replace(['"', '\''], "")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found_and_their_lack_is_remembered() {
        let mut ends = Ends::default();
        assert_eq!(ends.until("a {% b %}{%- endraw -%} c", "raw"), Some(("a {% b %}", " c")));
        assert_eq!(ends.until("a {% endcode", "code"), None);
        assert_eq!(ends.until("a {% endcode %}", "code"), None);
        assert_eq!(more("a <!-- x --><!--  MORE -->"), Some(12));
        assert!(tag("{{ never").is_none());
    }
}
