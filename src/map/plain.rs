//! Texts → plain text: a title has no markup and is escaped once, where it is put out.

use crate::parse::feed::{Text, unescape};
use memchr::memmem;
use std::borrow::Cow;

/// Names that are HTML's: what looks like any other tag is text (`Vec<u8>`).
const HTML: [&str; 76] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "link",
    "mark",
    "meta",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
    "svg",
];

/// Of these, what titles speak of and are not marked up with.
const SPOKEN_OF: [&str; 26] = [
    "article",
    "aside",
    "audio",
    "body",
    "button",
    "dl",
    "figcaption",
    "figure",
    "footer",
    "form",
    "head",
    "header",
    "html",
    "iframe",
    "img",
    "link",
    "meta",
    "ol",
    "script",
    "section",
    "style",
    "svg",
    "table",
    "ul",
    "video",
    "li",
];

/// Whether an element of this name is one that texts are marked up with.
pub(crate) fn is_of_html(name: &str) -> bool {
    HTML.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// A text as one line of plain text; `None` where nothing is left.
pub fn line(text: &Text) -> Option<String> {
    let value = if text.html { title(&text.value) } else { text.value.clone() };
    // What is still escaped was escaped twice; where that brings whole elements to
    // light, they were markup and not the text.
    let value = unescape(&value);
    if text.html && value.contains("</") { one_line(&title(&value)) } else { one_line(&value) }
}

/// White space folded, control characters dropped; `None` where nothing is left.
pub fn one_line(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let is_dropped =
        |letter: char| letter.is_control() || matches!(letter, '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    for word in text.split(|letter: char| letter.is_whitespace()) {
        let start = out.len();
        if start > 0 {
            out.push(' ');
        }
        let before = out.len();
        out.extend(word.chars().filter(|letter| !is_dropped(*letter)));
        if out.len() == before {
            out.truncate(start);
        }
    }
    (!out.is_empty()).then_some(out)
}

/// What a reader sees of HTML, as one line.
pub fn shown(html: &str) -> String {
    one_line(&unescape(&without_tags(html))).unwrap_or_default()
}

/// HTML without its tags and comments; entities stay as they are.
pub fn without_tags(html: &str) -> String {
    stripped(html, |_, _| false)
}

/// The same of a title, in which a tag that is never ended may be what it speaks of
/// (`How <script> tags work`).
fn title(html: &str) -> String {
    stripped(html, |name, rest| SPOKEN_OF.contains(&name) && end_tag(rest, name).is_none())
}

/// HTML without its tags but those that are words: by their name, and what follows them.
fn stripped(html: &str, is_word: impl Fn(&str, &str) -> bool) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        out.push_str(text);
        if let Some(comment) = tag.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if let Some((name, after)) = html_tag(tag)
            && !(is_bare(tag, after) && is_word(&name, after))
        {
            rest = after;
            if matches!(name.as_str(), "script" | "style") && !tag.starts_with("</") {
                rest = behind_raw_text(rest, &name);
            } else if matches!(name.as_str(), "br" | "p" | "div" | "li" | "hr" | "td" | "tr") {
                out.push(' ');
            }
        } else {
            out.push('<');
            rest = tag.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

/// What follows a `script` or `style`, from its end tag on.
fn behind_raw_text<'t>(html: &'t str, name: &str) -> &'t str {
    end_tag(html, name).unwrap_or_default()
}

/// The rest of a text from the next end tag of this name on.
fn end_tag<'t>(html: &'t str, name: &str) -> Option<&'t str> {
    let (at, _) = html.match_indices("</").find(|(at, _)| {
        let found = html.get(at + 2..at + 2 + name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    })?;
    html.get(at..)
}

/// Whether a tag begins something and has nothing but its name.
fn is_bare(tag: &str, after: &str) -> bool {
    let written = tag.get(1..tag.len() - after.len()).unwrap_or_default();
    written.strip_suffix('>').is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The name of the HTML tag that `text` begins with, and what follows it.
fn html_tag(text: &str) -> Option<(String, &str)> {
    let inner = text.get(1..)?;
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let end = inner.find(|letter: char| !letter.is_ascii_alphanumeric())?;
    let name = inner.get(..end)?.to_ascii_lowercase();
    if !HTML.contains(&name.as_str()) {
        return None;
    }
    let rest = inner.get(end..)?;
    if !rest.starts_with([' ', '/', '>', '\n', '\t', '\r']) {
        return None;
    }
    let end = rest.find(['<', '>'])?;
    let after = rest.get(end..)?.strip_prefix('>')?;
    Some((name, after))
}

/// How much of HTML is text, in characters.
pub fn length(html: &str) -> usize {
    without_tags(html).chars().filter(|letter| !letter.is_whitespace()).count()
}

/// Text as it may stand in HTML, in an attribute too.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Plain text as HTML; `breaks` keeps its lines.
pub fn to_html(text: &str, breaks: bool) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if !breaks || !escaped.contains('\n') {
        return escaped;
    }
    let escaped = escaped.replace("\r\n", "\n");
    let mut out = String::with_capacity(escaped.len() + 16);
    for paragraph in escaped.split("\n\n").map(str::trim) {
        if !paragraph.is_empty() {
            out.push_str("<p>");
            out.push_str(&paragraph.replace('\n', "<br>"));
            out.push_str("</p>");
        }
    }
    out
}

/// Whether HTML was escaped once too often: it has no tag, but escaped ones, and begins with
/// one of them or has one that leads somewhere. (A text that speaks of tags begins with words.)
pub fn is_escaped_twice(html: &str) -> bool {
    const OPENS: &str = "&lt;";
    if html.contains('<') || !html.contains("&gt;") {
        return false;
    }
    let tags = || memmem::find_iter(html.as_bytes(), OPENS).filter_map(|at| html.get(at + OPENS.len()..));
    let named = |tag: &str| {
        let end = tag.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag.get(..end).unwrap_or_default().to_ascii_lowercase();
        HTML.contains(&name.as_str()).then_some(name)
    };
    let begins = html.trim_start().strip_prefix(OPENS).and_then(named);
    let ends = || tags().any(|tag| tag.starts_with('/'));
    let is_alone = |name: &str| matches!(name, "br" | "hr" | "img");
    begins.is_some_and(|name| is_alone(&name) || ends())
        || tags().any(|tag| tag.starts_with("a href=") || tag.starts_with("img "))
        || tags().filter(|tag| tag.starts_with("br")).count() > 1
}

/// The same HTML with addresses in angle brackets, which are no tags, as text: `<ann@example.org>`
/// and `<https://example.org/>`.
pub fn with_addresses_shown(html: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'@', html.as_bytes()).is_none() && memmem::find(html.as_bytes(), b"<http").is_none() {
        return html;
    }
    let mut out = String::new();
    let mut copied = 0;
    for at in memchr::memchr_iter(b'<', html.as_bytes()) {
        if let Some(address) = html.get(at..).and_then(bracketed) {
            out.push_str(html.get(copied..at).unwrap_or_default());
            out.push_str("&lt;");
            out.push_str(address);
            out.push_str("&gt;");
            copied = at + address.len() + 2;
        }
    }
    if copied == 0 {
        return html;
    }
    out.push_str(html.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// The address in the angle brackets that a text begins with.
fn bracketed(text: &str) -> Option<&str> {
    let inside = text.get(1..)?;
    let end =
        inside.find(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '\''))?;
    let (address, after) = inside.split_at(end);
    let is_mail = address.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
            && host.contains('.')
    });
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    (after.starts_with('>') && (is_mail || is_web)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(value: &str, html: bool) -> Option<String> {
        line(&Text { value: value.to_owned(), html, base: None })
    }

    #[test]
    fn titles_lose_markup_and_are_unescaped_once() {
        for (value, html, meant) in [
            ("AT&amp;T &#8211; <b>now</b>", true, "AT&T – now"),
            ("Using Vec<u8> and a < b", true, "Using Vec<u8> and a < b"),
            ("The <b> element", false, "The <b> element"),
            ("It&#8217;s &amp; it is", false, "It’s & it is"),
            ("  one\n\t two<br/>three ", true, "one two three"),
            ("x<script>alert('</b>')</script>y<!-- z -->", true, "xy"),
            ("<a href=\"x\">link</a>", true, "link"),
        ] {
            assert_eq!(titled(value, html).as_deref(), Some(meant), "{value}");
        }
        for spoken in ["How <script> tags work", "<style> considered harmful", "<video> in HTML5"] {
            assert_eq!(titled(spoken, true).as_deref(), Some(spoken));
        }
        assert_eq!(titled(" <img src=x> ", true), None);
    }

    #[test]
    fn plain_text_becomes_html() {
        assert_eq!(to_html("a < b\nc", false), "a &lt; b\nc");
        assert_eq!(to_html("a\nb\n\nc & d", true), "<p>a<br>b</p><p>c &amp; d</p>");
    }

    #[test]
    fn html_that_was_escaped_twice_is_known() {
        assert!(is_escaped_twice("&lt;p&gt;one&lt;/p&gt;"));
        assert!(!is_escaped_twice("<p>write &lt;p&gt;&lt;/p&gt;</p>"));
        assert!(is_escaped_twice("&lt;h2&gt;Head&lt;/h2&gt;"));
        assert!(is_escaped_twice("see &lt;a href=\"https://example.org/\"&gt;this&lt;/a&gt;"));
        assert!(!is_escaped_twice("a &lt; b &gt; c"));
        assert!(!is_escaped_twice("Use &lt;b&gt;bold&lt;/b&gt; for emphasis"));
    }

    #[test]
    fn addresses_in_brackets_are_no_tags() {
        let shown = |html: &str| with_addresses_shown(html.into()).into_owned();
        assert_eq!(shown("a <ann@example.org> b"), "a &lt;ann@example.org&gt; b");
        assert_eq!(shown("<https://example.org/x>"), "&lt;https://example.org/x&gt;");
        let html = "<a href=\"mailto:a@example.org\">a@example.org</a>";
        assert_eq!(shown(html), html);
    }
}
