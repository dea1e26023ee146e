//! HTML that is plain from its text alone → clean HTML, without building a tree.
//!
//! One pass over elements that are known, in lower case and nested strictly but for the end
//! tags that HTML lets one leave out: writes what the tree would give back, byte for byte,
//! with the attributes gone that may not stay. Anything else is for the tree; property
//! tests hold the two equal.

mod elements;

use crate::map::allowed::{MAX_ATTRIBUTE, attribute, may_stay};
use crate::map::frames;
use crate::map::hidden;
use crate::map::links::is_plain;
use crate::parse::feed::unescape;
use elements::{Kind, Tag};
use memchr::memmem;
use std::borrow::Cow;
use url::Url;

/// Nesting beyond this is for the tree.
const MAX_DEPTH: usize = 64;
/// Tags with more attributes are for the tree.
const MAX_ATTRIBUTES: usize = 64;
/// Longer references are for the tree.
const MAX_REFERENCE: usize = 12;

/// The clean HTML where it can be told from the text; relative addresses count from `base`.
pub(crate) fn cleaned(html: &str, base: Option<&Url>) -> Option<String> {
    if memchr::memchr2(b'\0', b'\r', html.as_bytes()).is_some() {
        return None;
    }
    let mut writing = Writing { out: String::with_capacity(html.len()), open: Vec::new(), base };
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
        writing.text(before)?;
        rest = match from.as_bytes().first() {
            Some(b'<') => writing.tag(from)?,
            Some(b'&') => writing.reference(from)?,
            Some(b'>') => writing.replaced(from, ">", "&gt;")?,
            Some(0xc2) => writing.replaced(from, "\u{a0}", "&nbsp;")?,
            _ => return None,
        };
    }
    writing.text(rest)?;
    while writing.pop().is_some() {}
    Some(writing.out)
}

struct Writing<'b> {
    out: String,
    open: Vec<Tag>,
    base: Option<&'b Url>,
}

impl Writing<'_> {
    /// Text without references; between rows and cells only white space stays where it is.
    fn text(&mut self, text: &str) -> Option<()> {
        let stays = !elements::is_between_cells(&self.open)
            || text.bytes().all(|byte| matches!(byte, b' ' | b'\n' | b'\t'));
        self.out.push_str(text);
        stays.then_some(())
    }

    fn replaced<'t>(&mut self, text: &'t str, what: &str, by: &str) -> Option<&'t str> {
        self.out.push_str(by);
        text.strip_prefix(what).filter(|_| !elements::is_between_cells(&self.open))
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
        (!elements::is_between_cells(&self.open)).then_some(after)
    }

    /// Reads one tag; what follows it, or `None` where the tree has to decide.
    fn tag<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let inner = text.get(1..)?;
        if let Some(inner) = inner.strip_prefix('/') {
            let (name, after) = inner.split_once('>')?;
            return self.close(name).map(|()| after);
        }
        if let Some(inner) = inner.strip_prefix("!--") {
            return self.comment(inner);
        }
        let end = inner.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
        let (name, rest) = inner.split_at(end);
        if name == "iframe" {
            return self.frame(rest);
        }
        let found = elements::known(name)?;
        while self.open.last().is_some_and(|open| elements::ends_before(*open, found)) {
            self.pop();
        }
        if found.1 == Kind::Row && self.open.last().is_some_and(|(_, kind)| *kind == Kind::Table) {
            self.out.push_str("<tbody>");
            self.open.push(("tbody", Kind::Section));
        }
        if !elements::fits(found, &self.open) || self.open.len() >= MAX_DEPTH {
            return None;
        }
        self.out.push('<');
        self.out.push_str(name);
        let rest = self.attributes(found, rest)?;
        if found.1 != Kind::Void {
            self.open.push(found);
        }
        // The first line break of a `pre` is none.
        (name != "pre" || !rest.starts_with('\n')).then_some(rest)
    }

    /// Closes the element of that name, and those in it that need no end tag.
    fn close(&mut self, name: &str) -> Option<()> {
        if name == "img" {
            return (!self.in_pre()).then_some(());
        }
        let (_, kind) = elements::known(name)?;
        while self.open.last().is_some_and(|open| open.0 != name && elements::ends_with(*open, kind)) {
            self.pop();
        }
        self.pop().filter(|closed| *closed == name).map(|_| ())
    }

    /// Writes the end tag of the element that was opened last.
    fn pop(&mut self) -> Option<&'static str> {
        let (name, _) = self.open.pop()?;
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        Some(name)
    }

    /// Passes over a comment that can't be taken for anything else.
    fn comment<'t>(&mut self, inner: &'t str) -> Option<&'t str> {
        let (comment, after) = inner.split_once("-->")?;
        let is_plain = !comment.contains(['<', '>', '\0', '\r']) && !comment.contains("--");
        let in_table = self.open.iter().any(|(_, kind)| *kind == Kind::Table);
        (is_plain && !comment.starts_with('-') && !in_table && !self.in_pre()).then_some(after)
    }

    /// What is passed over in a `pre` keeps the line break behind it.
    fn in_pre(&self) -> bool {
        self.open.iter().any(|(name, _)| *name == "pre")
    }

    /// Passes over a frame with nothing in it.
    fn frame<'t>(&mut self, rest: &'t str) -> Option<&'t str> {
        let length = self.out.len();
        let after = self.attributes(("iframe", Kind::Inline), rest)?;
        if frames::address(rest.get(..rest.len() - after.len())?, &["src"]).is_some() {
            return None;
        }
        self.out.truncate(length);
        let stays = !elements::is_between_cells(&self.open) && !self.in_pre();
        after.strip_prefix("</iframe>").filter(|_| stays)
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
            let (name, after) = next.split_at(next.bytes().position(|byte| !is_of_name(byte))?);
            // A picture's script may hold its address.
            let is_lazy = matches!(tag, "img" | "iframe") && name.starts_with("data-");
            if name.is_empty() || is_lazy || seen.len() >= MAX_ATTRIBUTES || seen.contains(&name) {
                return None;
            }
            seen.push(name);
            let (value, after) = value(after)?;
            // What its page hides is left out by the tree.
            if value.contains(['<', '>', '\0', '\r']) || kind != Kind::Void && hidden::hides(name, value) {
                return None;
            }
            if may_stay(tag, name) {
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
        let Some(kept) = attribute(name, &value, self.base) else { return Some(()) };
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

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b':')
}

/// An attribute's value, quoted, of plain letters or none, and what follows it.
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(written) = text.strip_prefix('=') else {
        let is_alone = text.starts_with('>')
            || text.starts_with([' ', '\n', '\t'])
                && !text.trim_start_matches([' ', '\n', '\t']).starts_with('=');
        return is_alone.then_some(("", text));
    };
    if let quote @ ('"' | '\'') = written.chars().next()? {
        return written.get(1..)?.split_once(quote);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'%');
    let (value, after) = written.split_at(written.bytes().position(|byte| !plain(byte))?);
    (!value.is_empty() && after.starts_with([' ', '\n', '\t', '>'])).then_some((value, after))
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

/// Whether an `&` before this is one in an attribute: what follows is no name of a reference,
/// or stands in front of `=` without a semicolon (HTML §13.2.5.73).
fn is_no_reference(after: &str) -> bool {
    let length = after.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(after.len());
    let (name, rest) = after.split_at(length);
    if rest.starts_with([';', '#']) {
        return false;
    }
    let reference = format!("&{name};");
    name.is_empty() || rest.starts_with('=') || unescape(&reference) == reference
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
        if let Some((character, after)) = character(from) {
            value.push_str(&character);
            rest = after;
        } else {
            rest = from.strip_prefix('&').filter(|after| is_no_reference(after))?;
            value.push('&');
        }
    }
    value.push_str(rest);
    Some(Cow::Owned(value))
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
