//! A template's text → its code: what stands in `{{ … }}` and `{% … %}`, a word at a time.
//!
//! In: the text as written. Out: words and signs; nothing of what stands around them, in
//! comments or in quotes. Reads as the engine's own lexer does, which it keeps to itself.

/// One word or sign of a template's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word<'t> {
    /// `{{`.
    Value,
    /// `{%`.
    Statement,
    /// `}}` or `%}`.
    End,
    /// A name, a key word or a number.
    Name(&'t str),
    /// A text in quotes.
    Text,
    /// Any other sign.
    Sign(char),
}

/// The words of all its code, in order.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = fence(rest) {
        let from = rest.split_at(start).1;
        let inside = from.get(2..).unwrap_or_default();
        rest = match from.get(..2) {
            Some("{#") => inside.split_once("#}").map_or("", |(_, after)| after),
            Some("{{") => code(inside, (Word::Value, "}}"), &mut found),
            _ => code(inside, (Word::Statement, "%}"), &mut found),
        };
    }
    found
}

/// Where the next piece of code or comment begins.
fn fence(text: &str) -> Option<usize> {
    let is_fence = |at: &usize| {
        text.get(*at..).is_some_and(|from| ["{{", "{%", "{#"].iter().any(|fence| from.starts_with(fence)))
    };
    text.match_indices('{').map(|(at, _)| at).find(is_fence)
}

/// Reads up to the closing fence; returns what follows it.
fn code<'t>(text: &'t str, (opening, close): (Word<'t>, &str), found: &mut Vec<Word<'t>>) -> &'t str {
    found.push(opening);
    let mut rest = text;
    // Within brackets `}}` closes two of them.
    let mut open = 0_usize;
    while let Some(first) = rest.chars().next() {
        if open == 0
            && let Some(after) = rest.strip_prefix(close)
        {
            found.push(Word::End);
            return after;
        }
        let length = match first {
            '"' | '\'' => {
                found.push(Word::Text);
                quoted(rest, first)
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let within = |letter: char| letter.is_alphanumeric() || letter == '_';
                let end = rest.find(|letter: char| !within(letter)).unwrap_or(rest.len());
                found.extend(rest.get(..end).map(Word::Name));
                end
            }
            _ => {
                match first {
                    '(' | '[' | '{' => open += 1,
                    ')' | ']' | '}' => open = open.saturating_sub(1),
                    _ => {}
                }
                if !first.is_whitespace() {
                    found.push(Word::Sign(first));
                }
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    ""
}

/// The length of a text in quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
