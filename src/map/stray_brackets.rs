//! HTML → the same with the brackets that begin no tag as text: `$a<b$`, `x <y <b>bold</b>`.
//!
//! Works on the text, before it is cleaned: a tree builder takes each for a tag, and all that
//! follows for its attributes.

use crate::map::plain;
use std::borrow::Cow;

/// Signs that stand in formulas and code, and in no name of an element.
const SIGNS: [char; 11] = ['$', ',', '(', ')', '^', '\\', '+', '*', '|', '&', ';'];

/// The same HTML with those escaped.
pub(super) fn escaped(html: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for at in memchr::memchr_iter(b'<', html.as_bytes()) {
        if html.get(at + 1..).is_some_and(is_stray) {
            out.push_str(html.get(done..at).unwrap_or_default());
            out.push_str("&lt;");
            done = at + 1;
        }
    }
    if done == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(html.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// Whether what follows a bracket is no tag: a name that nothing has, or one of no element that
/// another bracket opens before it is closed.
fn is_stray(after: &str) -> bool {
    /// Longer names are nobody's formula.
    const NAME: usize = 32;
    if !after.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return false;
    }
    let near = after.get(..after.floor_char_boundary(NAME)).unwrap_or_default();
    let Some(end) = near.find([' ', '\n', '\t', '\r', '/', '<', '>', '"', '\'', '=']) else {
        return false;
    };
    let name = near.get(..end).unwrap_or_default();
    if name.contains(SIGNS) {
        return true;
    }
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word && !plain::is_of_html(name) && {
        let rest = after.get(end..).unwrap_or_default();
        memchr::memchr3(b'<', b'>', b'=', rest.as_bytes())
            .is_some_and(|at| rest.as_bytes().get(at) == Some(&b'<'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_no_tag_is_text() {
        for (html, meant) in [
            ("We show $x<y$ and p < 0.05.", "We show $x&lt;y$ and p < 0.05."),
            ("f(a<b,c>d) <b>x</b>", "f(a&lt;b,c>d) <b>x</b>"),
            ("if x <y then <i>z</i>", "if x &lt;y then <i>z</i>"),
            ("<img alt=\"a<b$\" src=x>", "<img alt=\"a&lt;b$\" src=x>"),
        ] {
            assert_eq!(escaped(html), meant);
        }
        for html in [
            "cut <stro",
            "cut <a href=\"x",
            "<x-card a=1>b</x-card>",
            "<foo>a</foo>",
            "<p<b>x</b>",
            "a < b",
            "<img/src=x>",
        ] {
            assert!(matches!(escaped(html), Cow::Borrowed(_)), "{html}");
        }
    }
}
