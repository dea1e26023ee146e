//! JSON that a strict reader refuses → the same with its faults mended, each on its own:
//! halves of surrogate pairs, line breaks and tabs in strings, escapes that are none,
//! numbers and words that JSON doesn't have, commas behind the last value.

use memchr::memmem;
use std::borrow::Cow;

/// Bytes of an escaped code unit: `\u` and four hex digits.
const ESCAPE: usize = 6;

/// The mended text; borrowed where nothing had to be.
pub(super) fn mended(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = match rest.as_bytes().first() {
            Some(b'"') => string(rest, &mut out),
            Some(b',') => {
                let after = rest.trim_start_matches([',', ' ', '\n', '\t', '\r']);
                if !after.starts_with([']', '}']) {
                    out.push(',');
                }
                1
            }
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => {
                word(rest, &mut out)
            }
            _ => other(rest, &mut out),
        };
        at += length.max(1);
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// The same text with numbers as strings where an `id` is one that no program counts so far:
/// read as a number it would lose its last digits, which tell it from its neighbours.
pub(super) fn with_long_ids_quoted(text: &str) -> Cow<'_, str> {
    const KEY: &str = "\"id\"";
    const EXACT: usize = 19;
    let mut out = String::new();
    let mut copied = 0;
    for at in memmem::find_iter(text.as_bytes(), KEY) {
        let behind = text.get(at + KEY.len()..).unwrap_or_default();
        let Some(value) = behind.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        let digits = value.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
        if digits > EXACT && value.get(digits..).is_some_and(|rest| !rest.starts_with(['.', 'e', 'E'])) {
            let start = text.len() - value.len();
            out.push_str(text.get(copied..start).unwrap_or_default());
            out.push('"');
            out.push_str(value.get(..digits).unwrap_or_default());
            out.push('"');
            copied = start + digits;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// What has no meaning of its own, as it is.
fn other(text: &str, out: &mut String) -> usize {
    let begins =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '"' | ',' | '-' | '+' | '.');
    let length = text.find(begins).unwrap_or(text.len());
    out.push_str(text.get(..length).unwrap_or_default());
    length
}

/// A number or a word outside of strings.
fn word(text: &str, out: &mut String) -> usize {
    let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    let length = text.bytes().position(|byte| !is_of_word(byte)).unwrap_or(text.len());
    let word = text.get(..length).unwrap_or_default();
    if matches!(word, "true" | "false" | "null") || serde_json::from_str::<serde_json::Number>(word).is_ok() {
        out.push_str(word);
    } else if word.bytes().all(|byte| byte.is_ascii_digit()) {
        out.push('"');
        out.push_str(word);
        out.push('"');
    } else {
        out.push_str("null");
    }
    length
}

/// A string with its quotes; its length as it is written.
fn string(text: &str, out: &mut String) -> usize {
    out.push('"');
    let mut at = 1;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let plain = rest.bytes().position(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'));
        let Some(plain) = plain else {
            out.push_str(rest);
            return text.len();
        };
        out.push_str(rest.get(..plain).unwrap_or_default());
        at += plain;
        match text.as_bytes().get(at) {
            Some(b'"') => {
                out.push('"');
                return at + 1;
            }
            Some(b'\\') => at += escape(text, at, out),
            Some(b'\n') => {
                out.push_str("\\n");
                at += 1;
            }
            _ => {
                out.push(' ');
                at += 1;
            }
        }
    }
}

/// An escape; its length as it is written.
fn escape(text: &str, at: usize, out: &mut String) -> usize {
    let is_high = |unit: u32| (0xd800..0xdc00).contains(&unit);
    let is_low = |unit: u32| (0xdc00..0xe000).contains(&unit);
    match (text.as_bytes().get(at + 1), unit_at(text, at)) {
        (_, Some(unit)) if is_high(unit) && unit_at(text, at + ESCAPE).is_some_and(is_low) => {
            out.push_str(text.get(at..at + 2 * ESCAPE).unwrap_or_default());
            2 * ESCAPE
        }
        (_, Some(unit)) if is_high(unit) || is_low(unit) => {
            out.push_str("\\ufffd");
            ESCAPE
        }
        (_, Some(_)) => {
            out.push_str(text.get(at..at + ESCAPE).unwrap_or_default());
            ESCAPE
        }
        (Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), None) => {
            out.push_str(text.get(at..at + 2).unwrap_or_default());
            2
        }
        // A backslash that escapes nothing.
        _ => {
            out.push_str("\\\\");
            1
        }
    }
}

/// The code unit that is escaped at this byte.
fn unit_at(text: &str, place: usize) -> Option<u32> {
    let digits = text.get(place..place + ESCAPE)?.strip_prefix("\\u")?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_mended_and_nothing_else() {
        for (text, meant) in [
            (r#"{"a":"\ud83d","b":"\ud83d\ude00 \udc00"}"#, r#"{"a":"\ufffd","b":"\ud83d\ude00 \ufffd"}"#),
            ("{\"a\":\"x\ny\tz\"}", r#"{"a":"x\ny z"}"#),
            (r"[1e400, NaN, -Infinity, 007, 1.5e3, true]", r#"[null, null, null, "007", 1.5e3, true]"#),
            (r#"{"a":[1, 2,],}"#, r#"{"a":[1, 2]}"#),
            (r#"{"a":"\x41\'"}"#, r#"{"a":"\\x41\\'"}"#),
            (r#"{"a,]":"b,}"}"#, r#"{"a,]":"b,}"}"#),
            (r#"{"a":"cut"#, r#"{"a":"cut"#),
            (r#"{"a":"cut\"#, r#"{"a":"cut\\"#),
        ] {
            assert_eq!(mended(text), meant, "{text}");
        }
    }
}
