//! `:::info` … `:::`: boxes of markdown-it, which Hexo and Eleventy render with. What stands in them stays.

use crate::map::posts::tags::fenced;
use std::borrow::Cow;

/// The body without the lines that open and close boxes.
pub(super) fn opened(body: Cow<'_, str>) -> Cow<'_, str> {
    if !body.lines().any(is_mark) {
        return body;
    }
    let fenced = fenced(&body);
    let mut out = String::with_capacity(body.len());
    let (mut at, mut depth) = (0, 0_usize);
    for line in body.split_inclusive('\n') {
        let is_code = fenced.iter().any(|block| block.contains(&at));
        let opens = is_mark(line) && line.trim().trim_start_matches(':').trim() != "";
        let closes = is_mark(line) && !opens && depth > 0;
        if !is_code && (opens || closes) {
            depth = if opens { depth + 1 } else { depth - 1 };
            // A blank line: what stands beside it is a paragraph of its own.
            out.push('\n');
        } else {
            out.push_str(line);
        }
        at += line.len();
    }
    out.into()
}

/// `:::`, `::: warning Title`, `:::info`.
fn is_mark(line: &str) -> bool {
    let line = line.trim();
    let word = line.trim_start_matches(':');
    let is_word = |word: &str| {
        word.trim_start().starts_with(|first: char| first.is_ascii_alphabetic()) && !word.contains(':')
    };
    line.starts_with(":::") && (word.is_empty() || is_word(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_leave_their_text() {
        for (body, shown) in [
            ("a\n:::info\nb\n:::\nc\n", "a\n\nb\n\nc\n"),
            ("::: warning Title\n\nb\n\n:::", "\n\nb\n\n\n"),
            (":::\nnone\n", ":::\nnone\n"),
            ("```\n:::info\n```\n:::tip\nx\n:::\n", "```\n:::info\n```\n\nx\n\n"),
            (":::python\n", "\n"),
        ] {
            assert_eq!(opened(body.into()), shown);
        }
    }
}
