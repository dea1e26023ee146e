//! Where things begin and end in JavaScript, without knowing what they mean.

/// The byte at which the exported value begins.
pub(super) fn exported(text: &str) -> Option<usize> {
    ["export default", "module.exports =", "module.exports=", "exports.default ="].iter().find_map(|mark| {
        let starts_line = |at: &usize| {
            let before = text.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with(['\n', ';', '}'])
        };
        let at = text.match_indices(mark).map(|(at, _)| at).find(starts_line)?;
        Some(at + mark.len())
    })
}

/// The byte behind `NAME =` where a name gets its value, or at `function NAME`.
pub(super) fn defined(text: &str, name: &str) -> Option<usize> {
    ["const ", "let ", "var "].iter().find_map(|word| {
        text.match_indices(&format!("{word}{name}")).find_map(|(at, found)| {
            let rest = text.get(at + found.len()..)?;
            let value = rest.trim_start().strip_prefix('=')?;
            (!value.starts_with('=')).then_some(text.len() - value.len())
        })
    })
}

/// Blanks and comments.
pub(super) fn blanks(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let inner = rest.trim_start();
        at += rest.len() - inner.len();
        let length = if inner.starts_with("//") {
            inner.find('\n').unwrap_or(inner.len())
        } else if inner.starts_with("/*") {
            inner.find("*/").map_or(inner.len(), |end| end + 2)
        } else {
            return at;
        };
        at += length;
    }
}

/// The length of a text in quotes, with them; a template literal's with all that is in it.
pub(super) fn quoted(text: &str) -> usize {
    let Some(quote) = text.bytes().next() else { return 0 };
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'\n' if quote != b'`' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of an expression: to the `,`, the `;` or the bracket that ends it.
pub(super) fn expression(text: &str) -> usize {
    until(text, |byte| matches!(byte, b',' | b';'))
}

/// The length of a statement: to the `;` or the line's end behind which the next one stands.
pub(super) fn statement(text: &str) -> usize {
    until(text, |byte| matches!(byte, b';' | b'\n'))
}

/// The length of what stands within a bracket that is open already.
pub(super) fn block(text: &str) -> usize {
    until(text, |_| false)
}

fn until(text: &str, ends: impl Fn(u8) -> bool) -> usize {
    let mut open = 0_usize;
    let mut at = 0;
    // A `/` behind a value divides, else it begins a pattern.
    let mut is_behind_value = false;
    while let Some(byte) = text.as_bytes().get(at).copied() {
        let rest = text.get(at..).unwrap_or_default();
        match byte {
            b'"' | b'\'' | b'`' => at += quoted(rest),
            b'/' if rest.starts_with("//") || rest.starts_with("/*") => at += blanks(rest),
            b'/' if !is_behind_value => at += pattern(rest),
            b'(' | b'[' | b'{' => {
                open += 1;
                at += 1;
            }
            b')' | b']' | b'}' => {
                let Some(left) = open.checked_sub(1) else { return at };
                open = left;
                at += 1;
            }
            _ if open == 0 && ends(byte) => return at,
            _ => at += rest.chars().next().map_or(1, char::len_utf8),
        }
        if !byte.is_ascii_whitespace() {
            is_behind_value = byte.is_ascii_alphanumeric()
                || matches!(byte, b')' | b']' | b'_' | b'$' | b'"' | b'\'' | b'`');
        }
    }
    text.len()
}

/// The length of a regular expression in its slashes.
fn pattern(text: &str) -> usize {
    let mut is_class = false;
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'[' => is_class = true,
            b']' => is_class = false,
            b'\n' => return at,
            b'/' if !is_class => return at + 1,
            _ => {}
        }
    }
    text.len()
}
