//! Text that every format and every reader takes.
//!
//! In: text and clean HTML as they are stored. Out: the same without what XML cannot
//! hold or a validator takes for markup. Never escapes: the writers do.

use std::borrow::Cow;

/// Without the characters that XML 1.0 can't hold (`Char`, §2.2), the C1 controls,
/// DEL, and U+FFFD, which is left of a character that was lost before; line ends are `\n`.
pub(super) fn legal(text: &str) -> Cow<'_, str> {
    if is_legal(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => kept.push('\n'),
            '\t' | '\n' => kept.push(char),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffd}'..='\u{ffff}' => {}
            _ => kept.push(char),
        }
    }
    Cow::Owned(kept)
}

/// Whether nothing of this has to go. No branch within the loops: each runs over many
/// bytes at once, which is what makes this cheap on whole bodies.
#[expect(clippy::needless_bitwise_bool, reason = "a branch would end the loops' running over many bytes")]
fn is_legal(bytes: &[u8]) -> bool {
    let control = |byte: u8| (byte < 0x20) & (byte != b'\t') & (byte != b'\n') | (byte == 0x7f);
    // U+0080–U+009F are C2 80–C2 9F, U+FFFD–U+FFFF are EF BF BD–EF BF BF.
    let (second, third) = (bytes.get(1..).unwrap_or_default(), bytes.get(2..).unwrap_or_default());
    !bytes.iter().fold(false, |found, byte| found | control(*byte))
        && !bytes.iter().zip(second).fold(false, |found, (a, b)| found | (*a == 0xc2) & (*b < 0xa0))
        && !bytes
            .iter()
            .zip(second)
            .zip(third)
            .fold(false, |found, ((a, b), c)| found | (*a == 0xef) & (*b == 0xbf) & (*c > 0xbc))
}

/// A line of plain text, nothing if it is blank.
pub(super) fn line(text: &str) -> Option<String> {
    let legal = legal(text);
    let mut joined = String::with_capacity(legal.len());
    for word in legal.split(['\t', '\n', ' ']).filter(|word| !word.is_empty()) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    let trimmed = joined.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// Clean HTML, nothing if it is blank.
pub(super) fn html(text: Option<&str>) -> Option<Cow<'_, str>> {
    let legal = match legal(text?) {
        Cow::Borrowed(legal) => Cow::Borrowed(legal.trim()),
        Cow::Owned(legal) => Cow::Owned(legal.trim().to_owned()),
    };
    (!legal.is_empty()).then_some(legal)
}

/// Whether plain text holds what looks like an end tag, `</b>`.
pub(super) fn has_end_tag(text: &str) -> bool {
    text.split("</").skip(1).any(begins_as_tag_name)
}

/// For fields that are plain text but that many readers take for HTML: what would begin a
/// tag there gets a space (`< /b>`, `< img …>`), so that it is shown, nothing of it runs and
/// no validator takes it for markup. A name in brackets that HTML doesn't know (`Vec<u8>`)
/// does nothing anywhere, and stays.
pub(super) fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        written.push_str(if begins_a_tag(part) { "< " } else { "<" });
        written.push_str(part);
    }
    written
}

/// Whether HTML takes a `<` in front of this for more than text.
fn begins_a_tag(text: &str) -> bool {
    if text.starts_with(['!', '?', '/']) {
        return !text.starts_with("/ ");
    }
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return false;
    }
    let length = text.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, after) = text.split_at(length);
    !after.starts_with('>') || is_html(&name.to_ascii_lowercase())
}

/// Whether HTML, past or present, has an element of this name.
fn is_html(name: &str) -> bool {
    const NAMES: &str = " a abbr acronym address animate applet area article aside audio b base basefont bdi bdo \
        bgsound big blink blockquote body br button canvas caption center cite code col colgroup command content \
        data datalist dd del details dfn dialog dir div dl dt element em embed fencedframe fieldset figcaption \
        figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img \
        input ins isindex kbd keygen label layer legend li link listing main map mark marquee math menu menuitem \
        meta meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p param \
        picture plaintext portal pre progress q rb rbc rp rt rtc ruby s samp script search section select \
        selectedcontent set shadow slot small source spacer span strike strong style sub summary sup svg table \
        tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xml xmp ";
    NAMES.split_ascii_whitespace().any(|known| known == name)
}

/// Whether this is `name>…`.
fn begins_as_tag_name(text: &str) -> bool {
    text.split_once('>').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|char| char.is_alphanumeric() || char == '_')
    })
}

/// A name without an address in angle brackets: `Ann <ann@example.org>` has them round.
pub(super) fn name(text: &str) -> Option<String> {
    let name = line(text)?;
    Some(match (name.find('<'), name.find('>')) {
        (Some(_), Some(_)) if name.contains('@') => name.replace('<', "(").replace('>', ")"),
        _ => without_tags(&name),
    })
}

/// Plain text as HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The words of clean HTML: without tags, with its entities read, on one line.
pub(super) fn words(html: &str) -> Option<String> {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let tag = &rest[start..];
        let end = tag_end(tag);
        // Only what breaks a line parts words: `<b>a</b>b` is one.
        if !is_inline(tag) {
            text.push(' ');
        }
        rest = &tag[end..];
    }
    text.push_str(rest);
    line(&read_entities(&text))
}

/// The length of the tag or comment that this begins with; quotes may hold a `>`.
pub(super) fn tag_end(tag: &str) -> usize {
    if let Some(comment) = tag.strip_prefix("<!--") {
        return comment.find("-->").map_or(tag.len(), |end| end + 7);
    }
    let mut quote = None;
    for (place, char) in tag.char_indices() {
        match (quote, char) {
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            (None, '>') => return place + 1,
            _ => {}
        }
    }
    tag.len()
}

/// Whether this tag stands within a line.
fn is_inline(tag: &str) -> bool {
    let name: String =
        tag.chars().skip(1).skip_while(|char| *char == '/').take_while(char::is_ascii_alphanumeric).collect();
    matches!(
        name.to_ascii_lowercase().as_str(),
        "a" | "abbr"
            | "b"
            | "bdi"
            | "cite"
            | "code"
            | "em"
            | "font"
            | "i"
            | "kbd"
            | "mark"
            | "q"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "u"
            | "var"
            | "wbr"
    )
}

/// The few entities that clean HTML has.
fn read_entities(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", "\u{a0}"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, char)| text.replace(entity, char))
}

#[cfg(test)]
mod tests {
    use super::{html, legal, without_tags};

    #[test]
    fn what_begins_a_tag_is_parted() {
        for (text, meant) in [
            ("a < b <3 <", "a < b <3 <"),
            ("Vec<u8> and <T>", "Vec<u8> and <T>"),
            ("The <b> element</b>", "The < b> element< /b>"),
            ("<img src=x onerror=alert(1)>", "< img src=x onerror=alert(1)>"),
            ("<INPUT autofocus onfocus=x", "< INPUT autofocus onfocus=x"),
            ("<u8 onclick=x>", "< u8 onclick=x>"),
            ("<x-y><a:b>", "< x-y>< a:b>"),
            ("<!-- <?x </ >", "< !-- < ?x </ >"),
            ("<<script>", "<< script>"),
        ] {
            assert_eq!(without_tags(text), meant);
            assert_eq!(without_tags(meant), meant);
        }
    }

    #[test]
    fn what_the_quick_look_lets_through_is_what_the_slow_one_keeps() {
        let kept = |char: char| !matches!(char, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffd}'..='\u{ffff}');
        for char in ('\0'..='\u{10ffff}').filter(|char| (*char as u32) < 0x3000 || (*char as u32) > 0xefff) {
            let text = format!("ab{char}cd");
            let expected = if char == '\r' {
                "ab\ncd".to_owned()
            } else if kept(char) {
                text.clone()
            } else {
                "abcd".to_owned()
            };
            assert_eq!(legal(&text), expected, "{char:?}");
            assert_eq!(legal(&char.to_string()).is_empty(), !kept(char) && char != '\r', "{char:?}");
        }
    }

    #[test]
    fn blank_html_is_none() {
        assert_eq!(html(Some(" <p>x</p>\n")).as_deref(), Some("<p>x</p>"));
        assert_eq!(html(Some("\u{1} \n")), None);
        assert_eq!(html(Some(" \n")), None);
    }
}
