//! Long runs of text without a tag → the same in pieces.
//!
//! html5ever writes a text by looking, at each `&` and each character of U+0080 to
//! U+00BF, for the next bracket: a text that has many of these and no bracket costs
//! the square of its length. A comment between two pieces makes them two texts; the
//! comments themselves don't survive cleaning.

use std::borrow::Cow;

/// Bytes of text beyond which a run is broken.
const MAX_RUN: usize = 8 * 1024;
/// So many characters to look at are never too many.
const FEW: usize = 128;
/// Only in front of these is a run broken: they end any reference.
const BREAKS: [char; 5] = [' ', '\n', '\t', '&', '\u{a0}'];

/// The same HTML with its long runs in pieces.
pub(crate) fn broken(html: &str) -> Cow<'_, str> {
    if html.len() <= MAX_RUN || !html.split(['<', '>']).any(is_costly) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len() + html.len() / 512);
    let mut in_comment = false;
    for run in html.split_inclusive(['<', '>']) {
        in_comment = match (in_comment, run) {
            (false, run) => out.ends_with('<') && run.starts_with("!--"),
            (true, _) => !out.ends_with("-->"),
        };
        if in_comment || !is_costly(run) {
            out.push_str(run);
        } else {
            break_run(run, &mut out);
        }
    }
    Cow::Owned(out)
}

fn is_costly(run: &str) -> bool {
    run.len() > MAX_RUN && run.bytes().filter(|byte| matches!(byte, b'&' | 0xc2)).take(FEW).count() == FEW
}

fn break_run(mut run: &str, out: &mut String) {
    while run.len() > MAX_RUN {
        let (head, tail) = run.split_at(run.floor_char_boundary(MAX_RUN));
        let at = head.rfind(BREAKS).filter(|at| *at > 0).unwrap_or(head.len());
        let (piece, _) = head.split_at(at);
        out.push_str(piece);
        out.push_str("<!---->");
        run = run.get(at..).unwrap_or(tail);
    }
    out.push_str(run);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_costly_is_broken_and_nothing_is_lost() {
        let text = format!("<p>{}</p>{}", "a & b ".repeat(5000), "word ".repeat(5000));
        let out = broken(&text);
        assert!(out.contains("<!---->"));
        assert_eq!(out.replace("<!---->", ""), text);
        assert!(out.split(['<', '>']).all(|run| run.len() <= MAX_RUN || !run.contains('&')));
        let comment = format!("x<!-- {} -->y", "a & b ".repeat(5000));
        assert_eq!(broken(&comment), comment);
    }
}
