//! A title as its generator publishes it → plain text.

use crate::parse::feed::unescape;

/// Tags that are markup in a title; anything else between `<` and `>` is text (`Vec<String>`).
const TAGS: [&str; 28] = [
    "a", "abbr", "b", "big", "br", "cite", "code", "del", "em", "font", "h1", "h2", "h3", "i", "img", "ins",
    "kbd", "mark", "p", "q", "s", "small", "span", "strong", "sub", "sup", "u", "wbr",
];

/// Markup taken out, character references read, blanks squeezed; `None` where nothing is left. For
/// generators that take tags out of titles.
pub(super) fn plain(text: &str) -> Option<String> {
    if text.contains('<') { written(&without_tags(text)) } else { written(text) }
}

/// The same where a generator's feed has a title's tags as text.
pub(super) fn written(text: &str) -> Option<String> {
    squeezed(&unescape(text))
}

/// Blanks squeezed at both ends and never a line break inside; `None` where nothing is left.
pub(super) fn squeezed(text: &str) -> Option<String> {
    let text = text.trim();
    let one_line = if text.contains(['\n', '\r', '\t']) {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.to_owned()
    };
    (!one_line.is_empty()).then_some(one_line)
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let end = from.find('>').filter(|end| from.get(1..*end).is_some_and(is_tag));
        let skipped = end.unwrap_or_default();
        if end.is_none() {
            out.push('<');
        }
        rest = from.get(skipped + 1..).unwrap_or_default();
    }
    out + rest
}

fn is_tag(inner: &str) -> bool {
    let name = inner.trim_start_matches('/');
    let name = name.split([' ', '/', '\t', '\n']).next().unwrap_or_default();
    TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
}

/// kramdown's typography, as jekyll-feed puts it on titles: curly quotes, dashes, an ellipsis.
pub(super) fn smart(text: &str) -> String {
    if !text.contains(['"', '\'', '-', '.', '<', '>']) {
        return text.to_owned();
    }
    let symbols =
        text.replace("---", "—").replace("--", "–").replace("...", "…").replace("<<", "«").replace(">>", "»");
    if symbols.contains(['"', '\'']) { quoted(&symbols) } else { symbols }
}

/// The rules of kramdown's `SQ_RULES`, in their order.
fn quoted(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    let mut place = 0;
    while let Some(&character) = characters.get(place) {
        if !matches!(character, '"' | '\'') {
            out.push(character);
            place += 1;
            continue;
        }
        let before = place.checked_sub(1).and_then(|place| characters.get(place)).copied();
        let after = characters.get(place + 1).copied();
        let pair = after.filter(|other| matches!(other, '"' | '\'') && *other != character);
        let opens_word = characters.get(place + 2).is_some_and(|next| is_word(*next));
        if before.is_none_or(char::is_whitespace) && pair.is_some() && opens_word {
            out.push(curly(character, true));
            out.push(curly(pair.unwrap_or(character), true));
            place += 2;
            continue;
        }
        out.push(curly(character, opens(character, before, characters.get(place + 1..).unwrap_or_default())));
        place += 1;
    }
    out
}

fn opens(quote: char, before: Option<char>, after: &[char]) -> bool {
    let next = after.first().copied();
    let decade = quote == '\''
        && matches!(after, [first, second, 's', ..] if first.is_ascii_digit() && second.is_ascii_digit());
    let starts_word = before.is_some_and(char::is_whitespace) && next.is_some_and(is_word);
    let may_open = before.is_none_or(|before| before.is_whitespace() || "{([-\\".contains(before));
    may_open && !decade && (starts_word || !closes(next, after))
}

/// `("|')(?=\s|s\b|$)`.
fn closes(next: Option<char>, after: &[char]) -> bool {
    match next {
        None => true,
        Some('s') => !after.get(1).is_some_and(|next| next.is_alphanumeric() || *next == '_'),
        Some(next) => next.is_whitespace(),
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn curly(quote: char, opening: bool) -> char {
    match (quote, opening) {
        ('"', true) => '“',
        ('"', false) => '”',
        (_, true) => '‘',
        (_, false) => '’',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_references_are_read() {
        assert_eq!(
            plain("a <b>b</b> &amp; &#123;c&#125; Vec<String>").as_deref(),
            Some("a b & {c} Vec<String>")
        );
        assert_eq!(plain("AT&T &unknown; 1 < 2").as_deref(), Some("AT&T &unknown; 1 < 2"));
        assert_eq!(plain(" <br> "), None);
        assert_eq!(plain("Caf&eacute; &amp; <i>B</i>").as_deref(), Some("Café & B"));
        assert_eq!(written("My Show - <Code><Br> &lt;3").as_deref(), Some("My Show - <Code><Br> <3"));
    }

    #[test]
    fn titles_get_the_typography_of_jekylls_feed() {
        for (text, expected) in [
            ("quotes \"q\" it's -- ... x", "quotes “q” it’s – … x"),
            ("3.4.1, or \"Unintended Consequences\"", "3.4.1, or “Unintended Consequences”"),
            ("Jekyll's role", "Jekyll’s role"),
            ("\"'a' b\" the '80s", "“‘a’ b” the ’80s"),
            ("关于\"开门红\"的通知", "关于”开门红”的通知"),
            ("plain - text. Yes", "plain - text. Yes"),
        ] {
            assert_eq!(smart(text), expected);
        }
    }
}
