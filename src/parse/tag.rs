//! A tag of HTML as it is written → where it ends, and its attributes.
//!
//! In: text from a `<` on. Out: parts of it, nothing unescaped. For what looks for a few
//! tags in a text; whoever has to be safe cleans the whole of it.

/// Where the tag at the start of `text` ends; quotes are passed over.
pub fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'<') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// Its attributes as they are written, up to the end of the text.
pub fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == '/');
        let end = rest
            .find(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '=' | '>' | '/'))
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() {
            return found;
        }
        let after_space = after.trim_start();
        let Some(value) = after_space.strip_prefix('=').map(str::trim_start) else {
            found.push((key, ""));
            rest = after;
            continue;
        };
        let (value, after) = match value.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inner = value.get(1..).unwrap_or_default();
                inner.split_once(char::from(*quote)).unwrap_or((inner, ""))
            }
            _ => value.split_at(
                value
                    .find(|letter: char| letter.is_ascii_whitespace() || letter == '>')
                    .unwrap_or(value.len()),
            ),
        };
        found.push((key, value));
        rest = after;
    }
}
