//! HTML that is plain from its text alone → clean HTML, without building a tree.
//!
//! One pass over elements that are known, in lower case and strictly nested: writes what
//! the tree would give back, byte for byte, with the attributes gone that may not stay.
//! Anything else is for the tree; property tests hold the two equal.

use crate::map::links::is_plain;
use crate::map::sanitize::{self, MAX_ATTRIBUTE};
use crate::parse::feed::unescape;
use memchr::memmem;
use std::borrow::Cow;
use url::Url;

/// Nesting beyond this is for the tree.
const MAX_DEPTH: usize = 64;
/// The same for elements in text.
const MAX_INLINE: usize = 12;
/// Longer references are for the tree.
const MAX_REFERENCE: usize = 12;
/// Texts with more references than this may be costly runs, which the tree breaks up.
const MAX_REFERENCES: usize = 100;

/// The clean HTML where it can be told from the text; relative addresses count from `base`.
pub(crate) fn cleaned(html: &str, base: Option<&Url>) -> Option<String> {
    if memchr::memchr2(b'\0', b'\r', html.as_bytes()).is_some() {
        return None;
    }
    let mut writing =
        Writing { out: String::with_capacity(html.len()), open: Vec::new(), references: 0, base };
    let has_hard_space = memmem::find(html.as_bytes(), "\u{a0}".as_bytes()).is_some();
    // Many bytes at once where no character of several has to be found.
    let special = |text: &str| {
        if has_hard_space {
            text.find(['<', '&', '>', '\u{a0}'])
        } else {
            memchr::memchr3(b'<', b'&', b'>', text.as_bytes())
        }
    };
    let mut rest = html;
    while let Some(at) = special(rest) {
        let (before, from) = rest.split_at(at);
        writing.out.push_str(before);
        rest = match from.as_bytes().first() {
            Some(b'<') => writing.tag(from)?,
            Some(b'&') => writing.reference(from)?,
            Some(b'>') => writing.replaced(from, ">", "&gt;")?,
            Some(0xc2) => writing.replaced(from, "\u{a0}", "&nbsp;")?,
            _ => return None,
        };
    }
    writing.out.push_str(rest);
    writing.open.is_empty().then_some(writing.out)
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
    Heading,
    List,
    ListItem,
    Void,
}

type Tag = (&'static str, Kind);

const TAGS: [Tag; 41] = [
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
    ("cite", Kind::Inline),
    ("kbd", Kind::Inline),
    ("mark", Kind::Inline),
    ("abbr", Kind::Inline),
    ("time", Kind::Inline),
    ("del", Kind::Inline),
    ("ins", Kind::Inline),
    ("q", Kind::Inline),
    ("ul", Kind::List),
    ("ol", Kind::List),
    ("li", Kind::ListItem),
    ("blockquote", Kind::Block),
    ("div", Kind::Block),
    ("figure", Kind::Block),
    ("figcaption", Kind::Block),
    ("section", Kind::Block),
    ("article", Kind::Block),
    ("header", Kind::Block),
    ("footer", Kind::Block),
    ("h1", Kind::Heading),
    ("h2", Kind::Heading),
    ("h3", Kind::Heading),
    ("h4", Kind::Heading),
    ("h5", Kind::Heading),
    ("h6", Kind::Heading),
];

struct Writing<'b> {
    out: String,
    open: Vec<Tag>,
    references: usize,
    base: Option<&'b Url>,
}

impl Writing<'_> {
    fn replaced<'t>(&mut self, text: &'t str, what: &str, by: &str) -> Option<&'t str> {
        self.references += 1;
        self.out.push_str(by);
        text.strip_prefix(what).filter(|_| self.references <= MAX_REFERENCES)
    }

    /// A reference in text, as a tree would write its character.
    fn reference<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let known = ["&amp;", "&lt;", "&gt;", "&nbsp;"].iter().find(|known| text.starts_with(**known));
        if let Some(known) = known {
            return self.replaced(text, known, known);
        }
        let (character, after) = character(text)?;
        match character.as_ref() {
            "&" => self.out.push_str("&amp;"),
            "<" => self.out.push_str("&lt;"),
            ">" => self.out.push_str("&gt;"),
            "\u{a0}" => self.out.push_str("&nbsp;"),
            other => self.out.push_str(other),
        }
        self.references += 1;
        (self.references <= MAX_REFERENCES).then_some(after)
    }

    /// Reads one tag; what follows it, or `None` where the tree has to decide.
    fn tag<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let inner = text.get(1..)?;
        if let Some(inner) = inner.strip_prefix('/') {
            let (name, after) = inner.split_once('>')?;
            let (last, _) = self.open.pop()?;
            self.out.push_str("</");
            self.out.push_str(last);
            self.out.push('>');
            return (last == name).then_some(after);
        }
        let end = inner.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
        let (name, rest) = inner.split_at(end);
        let found = TAGS.iter().find(|(known, _)| *known == name)?;
        if !fits(*found, &self.open) || self.open.len() >= MAX_DEPTH {
            return None;
        }
        self.out.push('<');
        self.out.push_str(name);
        let rest = self.attributes(*found, rest)?;
        if found.1 != Kind::Void {
            self.open.push(*found);
        }
        Some(rest)
    }

    /// The attributes of a start tag up to its `>`: quoted, each once; those that may not
    /// stay are passed over.
    fn attributes<'t>(&mut self, (tag, kind): Tag, mut rest: &'t str) -> Option<&'t str> {
        let mut seen: Vec<&str> = Vec::new();
        loop {
            let next = rest.trim_start_matches([' ', '\n', '\t']);
            let closing = if kind == Kind::Void { next.strip_prefix("/>") } else { None };
            if let Some(after) = next.strip_prefix('>').or(closing) {
                self.out.push('>');
                return Some(after);
            }
            if next.len() == rest.len() {
                return None;
            }
            let (name, value) = next.split_once('=')?;
            let is_name =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            // A picture's script may hold its address.
            let is_lazy = kind == Kind::Void && name.starts_with("data-");
            if !is_name || is_lazy || seen.contains(&name) {
                return None;
            }
            seen.push(name);
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, after) = value.get(1..)?.split_once(quote)?;
            if value.contains(['<', '>', '\0', '\r']) {
                return None;
            }
            if sanitize::may_stay(tag, name) {
                self.attribute(name, value)?;
            }
            rest = after;
        }
    }

    /// Writes an attribute as a tree would, or leaves it out where it has to go.
    fn attribute(&mut self, name: &str, written: &str) -> Option<()> {
        let value = decoded(written)?;
        if value.contains(['<', '>', '"', '\u{a0}']) || value.len() > MAX_ATTRIBUTE {
            return None;
        }
        if matches!(name, "href" | "src") && !is_address(&value) {
            match Url::parse(&value) {
                Ok(url) if !matches!(url.scheme(), "http" | "https" | "mailto" | "tel") => return Some(()),
                Ok(_) | Err(url::ParseError::RelativeUrlWithoutBase) => {}
                Err(_) => return Some(()),
            }
        }
        let Some(kept) = sanitize::attribute(name, &value, self.base) else { return Some(()) };
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        if kept.contains('&') {
            self.out.push_str(&kept.replace('&', "&amp;"));
        } else {
            self.out.push_str(&kept);
        }
        self.out.push('"');
        Some(())
    }
}

/// The character that a well-formed reference at the start of the text stands for, and
/// what follows; a number in a range that HTML reads as it is, or a name.
fn character(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (whole, after) =
        text.split_at(text.as_bytes().iter().take(MAX_REFERENCE).position(|byte| *byte == b';')? + 1);
    let name = whole.get(1..whole.len() - 1)?;
    let fine = match name.strip_prefix('#') {
        Some(digits) => {
            digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits
                    .parse::<u32>()
                    .is_ok_and(|code| (32..127).contains(&code) || (160..0xd800).contains(&code))
        }
        None => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    let character = unescape(whole);
    (fine && character != whole).then_some((character, after))
}

/// An attribute's value with its references read.
fn decoded(written: &str) -> Option<Cow<'_, str>> {
    if !written.contains('&') {
        return Some(Cow::Borrowed(written));
    }
    let mut value = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        value.push_str(before);
        let (character, after) = character(from)?;
        value.push_str(&character);
        rest = after;
    }
    value.push_str(rest);
    Some(Cow::Owned(value))
}

/// Whether a tree would put the element where it stands.
fn fits((name, kind): Tag, open: &[Tag]) -> bool {
    let parent = open.last().map(|(_, kind)| *kind);
    let inside = |wanted: Kind| open.iter().any(|(_, kind)| *kind == wanted);
    let in_text = || open.iter().any(|(_, kind)| matches!(kind, Kind::Inline | Kind::Link));
    let in_block = || !inside(Kind::Paragraph) && !inside(Kind::Heading) && !in_text();
    match kind {
        Kind::Link => !inside(Kind::Link),
        Kind::ListItem => parent == Some(Kind::List),
        Kind::Paragraph | Kind::Block | Kind::Heading | Kind::List => in_block(),
        Kind::Void if name == "hr" => in_block(),
        Kind::Inline => {
            parent != Some(Kind::List)
                && open.iter().filter(|(_, kind)| *kind == Kind::Inline).count() < MAX_INLINE
                && (name == "span" || !open.iter().any(|(known, _)| *known == name))
        }
        Kind::Void => parent != Some(Kind::List),
    }
}

/// An absolute address of the web that needs no closer look.
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
    is_host && is_plain(value)
}
