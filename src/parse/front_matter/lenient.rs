//! YAML as the generators' readers take it and the specification doesn't: tabs before the lines of a
//! `[…]` or `{…}` over several, and such lines, or those of a quoted text, that aren't indented.
//!
//! In: front matter. Out: its tree, where the parser refuses it by the same with blanks there.

use crate::yaml;
use crate::yaml::{Node, YamlError};

/// What is open at the end of a line.
#[derive(Default)]
struct Open {
    quote: Option<u8>,
    /// `[` and `{` that aren't closed yet.
    depth: usize,
    /// The indent of the key of a `|` or `>` text.
    literal: Option<usize>,
}

/// Reads the first document; what the generators' own readers take is not broken.
pub(super) fn read(text: &str) -> Result<Option<Node>, YamlError> {
    yaml::read(text).or_else(|error| respelt(text).and_then(|text| yaml::read(&text).ok()).ok_or(error))
}

/// The text respelt; `None` where nothing in it is to be.
fn respelt(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut open = Open::default();
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start_matches([' ', '\t']).len();
        let (blanks, words) = line.split_at_checked(start).unwrap_or(("", line));
        let is_blank = words.trim().is_empty();
        if open.literal.is_some_and(|indent| is_blank || start > indent) {
            out.push_str(line);
            continue;
        }
        open.literal = None;
        let is_inside = !is_blank && (open.quote.is_some() || open.depth > 0);
        if is_inside {
            out.push_str(&" ".repeat(start.max(1)));
        } else {
            out.push_str(blanks);
        }
        out.push_str(words);
        open.read(words, start);
    }
    (out != text).then_some(out)
}

impl Open {
    /// Takes a line in, without the blanks before it.
    fn read(&mut self, words: &str, indent: usize) {
        let (mut before, mut last) = (b' ', b',');
        let mut bytes = words.bytes().peekable();
        while let Some(byte) = bytes.next() {
            let begins = matches!(last, b',' | b'[' | b'{')
                || matches!(last, b':' | b'-') && (before.is_ascii_whitespace() || self.depth > 0);
            match (self.quote, byte) {
                (Some(b'"'), b'\\') => drop(bytes.next()),
                (Some(b'\''), b'\'') if bytes.peek() == Some(&b'\'') => drop(bytes.next()),
                (Some(quote), byte) if quote == byte => self.quote = None,
                (None, b'#') if before.is_ascii_whitespace() => return,
                (None, b'"' | b'\'') if begins => self.quote = Some(byte),
                (None, b'[' | b'{') if begins => self.depth += 1,
                (None, b']' | b'}') => self.depth = self.depth.saturating_sub(1),
                (None, b'|' | b'>') if begins && last != b',' && self.depth == 0 => {
                    self.literal = Some(indent);
                    return;
                }
                _ => {}
            }
            before = byte;
            if !byte.is_ascii_whitespace() {
                last = byte;
            }
        }
    }
}
