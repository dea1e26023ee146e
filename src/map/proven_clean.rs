//! A scan that proves that HTML is clean as it stands, so that no tree needs building.
//!
//! Says yes only to what the tree would give back byte for byte: a few elements,
//! strictly nested, lower case, quoted once, with addresses that need no rewriting.
//! Anything else is for the tree; a property test holds the two equal.

use crate::map::links::is_plain;

/// Nesting beyond this is for the tree.
const MAX_DEPTH: usize = 64;

/// Whether cleaning would change nothing.
pub(crate) fn is_clean(html: &str) -> bool {
    let mut open: Vec<Tag> = Vec::new();
    let mut rest = html;
    loop {
        let Some(at) = rest.find(['<', '&', '>', '\0', '\r', '\u{a0}']) else {
            return open.is_empty();
        };
        let (_, from) = rest.split_at(at);
        let next = match from.as_bytes().first() {
            Some(b'<') => tag(from, &mut open),
            Some(b'&') => reference(from),
            _ => None,
        };
        match next {
            Some(after) => rest = after,
            None => return false,
        }
    }
}

/// The only ways in which a tree writes these characters into text.
fn reference(text: &str) -> Option<&str> {
    ["&amp;", "&lt;", "&gt;", "&nbsp;"].iter().find_map(|known| text.strip_prefix(known))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In text.
    Inline,
    /// Formatting that a tree reopens where it was left open: strictly nested, it never is.
    Link,
    /// `p`: any block would end it.
    Paragraph,
    Block,
    List,
    ListItem,
    Void,
}

type Tag = (&'static str, Kind);

const TAGS: [Tag; 27] = [
    ("p", Kind::Paragraph),
    ("a", Kind::Link),
    ("br", Kind::Void),
    ("img", Kind::Void),
    ("hr", Kind::Void),
    ("em", Kind::Inline),
    ("strong", Kind::Inline),
    ("b", Kind::Inline),
    ("i", Kind::Inline),
    ("u", Kind::Inline),
    ("s", Kind::Inline),
    ("code", Kind::Inline),
    ("span", Kind::Inline),
    ("sub", Kind::Inline),
    ("sup", Kind::Inline),
    ("small", Kind::Inline),
    ("ul", Kind::List),
    ("ol", Kind::List),
    ("li", Kind::ListItem),
    ("blockquote", Kind::Block),
    ("div", Kind::Block),
    ("figure", Kind::Block),
    ("figcaption", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("section", Kind::Block),
];

/// Reads one tag; what follows it, or `None` where the tree has to decide.
fn tag<'t>(text: &'t str, open: &mut Vec<Tag>) -> Option<&'t str> {
    let inner = text.get(1..)?;
    if let Some(inner) = inner.strip_prefix('/') {
        let (name, after) = inner.split_once('>')?;
        let (last, _) = open.pop()?;
        return (last == name).then_some(after);
    }
    let end = inner.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
    let (name, rest) = inner.split_at(end);
    let found = TAGS.iter().find(|(known, _)| *known == name)?;
    let rest = attributes(name, rest)?;
    if !fits(*found, open) || open.len() >= MAX_DEPTH {
        return None;
    }
    if found.1 != Kind::Void {
        open.push(*found);
    }
    Some(rest)
}

/// Whether a tree would put the element where it stands.
fn fits((name, kind): Tag, open: &[Tag]) -> bool {
    let parent = open.last().map(|(_, kind)| *kind);
    let inside = |wanted: Kind| open.iter().any(|(_, kind)| *kind == wanted);
    match kind {
        Kind::Link => !inside(Kind::Link),
        Kind::ListItem => parent == Some(Kind::List),
        Kind::Paragraph | Kind::Block | Kind::List => {
            !inside(Kind::Paragraph) && !in_heading(open) && !in_text(open)
        }
        Kind::Void if name == "hr" => !inside(Kind::Paragraph) && !in_heading(open) && !in_text(open),
        Kind::Inline | Kind::Void => parent != Some(Kind::List),
    }
}

fn in_heading(open: &[Tag]) -> bool {
    open.iter().any(|(name, _)| name.starts_with('h'))
}

fn in_text(open: &[Tag]) -> bool {
    open.iter().any(|(_, kind)| matches!(kind, Kind::Inline | Kind::Link))
}

/// The attributes of a start tag up to its `>`, each known, quoted and in no need of rewriting.
fn attributes<'t>(tag: &str, mut rest: &'t str) -> Option<&'t str> {
    let mut seen: Vec<&str> = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix('>') {
            return Some(after);
        }
        let (name, value) = rest.strip_prefix(' ')?.split_once("=\"")?;
        let (value, after) = value.split_once('"')?;
        let is_fine = match (tag, name) {
            ("a", "href") | ("img", "src") => is_address(value),
            ("img", "alt") | (_, "title") => is_text(value),
            ("img", "width" | "height") => value.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        if !is_fine || seen.contains(&name) {
            return None;
        }
        seen.push(name);
        rest = after;
    }
}

/// An absolute address of the web that is written as a tree would write it.
fn is_address(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")) else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = host.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with("xn--")
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    });
    is_host && is_plain(value) && !value.contains('&')
}

/// Text in an attribute that a tree would write as it stands.
fn is_text(value: &str) -> bool {
    !value.contains(['&', '<', '>', '\0', '\r', '\u{a0}'])
}
