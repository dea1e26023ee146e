//! How deep HTML nests, told from its text alone.
//!
//! A tree builder walks its open elements at every tag: what nests deep without end
//! costs the square of its length, and formatting that is never closed is opened
//! again in every paragraph. So the text is bounded before the tree is built.

use std::borrow::Cow;
use std::collections::HashMap;

/// Elements within elements beyond this lose their tags; their text stays.
const MAX_DEPTH: usize = 100;
/// The same for formatting, which multiplies.
const MAX_FORMATTING: usize = 16;

const FORMATTING: [&str; 13] =
    ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Elements that end by themselves, or with the next of their kind.
const NOT_COUNTED: [&str; 26] = [
    "a", "area", "base", "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link",
    "meta", "option", "p", "param", "rp", "rt", "source", "tbody", "td", "th", "tr", "wbr",
];

/// The same HTML without the tags that nest too deep.
pub(crate) fn bounded(html: &str) -> Cow<'_, str> {
    if html.matches('<').take(MAX_FORMATTING + 1).count() <= MAX_FORMATTING {
        return Cow::Borrowed(html);
    }
    let mut out: Option<String> = None;
    let mut open = Open::default();
    let mut copied = 0;
    for tag in tags(html) {
        if open.takes(&tag) {
            continue;
        }
        let text = out.get_or_insert_default();
        text.push_str(html.get(copied..tag.start).unwrap_or_default());
        copied = copied.max(tag.end);
    }
    match out {
        Some(mut text) => {
            text.push_str(html.get(copied..).unwrap_or_default());
            Cow::Owned(text)
        }
        None => Cow::Borrowed(html),
    }
}

/// Elements that end an open paragraph when they begin (HTML §13.2.6.4.7).
const END_PARAGRAPH: [&str; 35] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dd",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "ul",
    "listing",
];

/// Whether clean HTML, read again, would come to the same tree: nothing stands in it
/// that only repair could put there (a link within a link by way of a table, a
/// paragraph within a paragraph by way of a button).
pub(crate) fn is_settled(clean: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(clean) {
        if tag.closes {
            open.pop();
            continue;
        }
        let is_inline = tag.name == "a" || FORMATTING.contains(&tag.name);
        if is_inline && open.contains(&tag.name) || ends_what_is_open(tag.name, &open) {
            return false;
        }
        if !["br", "hr", "img", "source", "track", "wbr", "col", "area"].contains(&tag.name) {
            open.push(tag.name);
        }
    }
    true
}

/// Whether an element that begins would end one that it stands in.
fn ends_what_is_open(name: &str, open: &[&str]) -> bool {
    let mut around = open.iter().rev();
    if END_PARAGRAPH.contains(&name)
        && around
            .clone()
            .take_while(|outer| !matches!(**outer, "td" | "th" | "caption"))
            .any(|outer| *outer == "p")
    {
        return true;
    }
    match name {
        "li" => around.find(|outer| is_boundary(outer)) == Some(&"li"),
        "dd" | "dt" => {
            around.find(|outer| is_boundary(outer)).is_some_and(|outer| matches!(*outer, "dd" | "dt"))
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            around.next().is_some_and(|outer| matches!(*outer, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"))
        }
        _ => false,
    }
}

/// Whether looking for an item to end stops at this element.
fn is_boundary(name: &str) -> bool {
    matches!(name, "td" | "th" | "caption")
        || END_PARAGRAPH.contains(&name) && !matches!(name, "address" | "div" | "p")
}

/// What is open, by name: an end tag closes one of its own name or nothing.
#[derive(Default)]
struct Open {
    names: HashMap<String, usize>,
    /// Start tags that were dropped, by name: their end tags go too.
    dropped: HashMap<String, usize>,
    depth: usize,
    formatting: usize,
}

impl Open {
    /// Whether a tag may stay.
    fn takes(&mut self, tag: &Tag<'_>) -> bool {
        let name = tag.name.to_ascii_lowercase();
        if NOT_COUNTED.contains(&name.as_str()) {
            return true;
        }
        let formatting = usize::from(FORMATTING.contains(&name.as_str()));
        if tag.closes {
            if let Some(count) = self.dropped.get_mut(&name).filter(|count| **count > 0) {
                *count -= 1;
                return false;
            }
            if let Some(count) = self.names.get_mut(&name).filter(|count| **count > 0) {
                *count -= 1;
                self.depth -= 1;
                self.formatting -= formatting;
            }
            return true;
        }
        if self.depth >= MAX_DEPTH || formatting > 0 && self.formatting >= MAX_FORMATTING {
            *self.dropped.entry(name).or_default() += 1;
            return false;
        }
        *self.names.entry(name).or_default() += 1;
        self.depth += 1;
        self.formatting += formatting;
        true
    }
}

struct Tag<'t> {
    name: &'t str,
    closes: bool,
    start: usize,
    end: usize,
}

fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + html.get(at..)?.find('<')?;
            at = start + 1;
            let inner = html.get(at..)?;
            let closes = inner.starts_with('/');
            let inner = inner.strip_prefix('/').unwrap_or(inner);
            let length = inner.bytes().take(32).take_while(u8::is_ascii_alphanumeric).count();
            if length == 0 {
                continue;
            }
            at += usize::from(closes) + length;
            // A tag that has no end before the next begins ends with its name.
            let rest = html.get(at..)?;
            let end = match rest.find(['<', '>']) {
                Some(end) if rest.as_bytes().get(end) == Some(&b'>') => at + end + 1,
                _ => at,
            };
            return Some(Tag { name: inner.get(..length)?, closes, start, end });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_too_deep_loses_its_tags_and_keeps_its_text() {
        let deep = format!("{}x{}y", "<div>".repeat(500), "</div>".repeat(500));
        let meant = format!("{}x{}y", "<div>".repeat(100), "</div>".repeat(100));
        assert_eq!(bounded(&deep), meant);
        let wide = "<div><b>x</b></div><p>y".repeat(500);
        assert!(matches!(bounded(&wide), Cow::Borrowed(_)));
        assert_eq!(bounded(&"<div></b>".repeat(500)).matches("<div>").count(), 100);
    }

    #[test]
    fn what_only_repair_could_have_put_there_is_not_settled() {
        assert!(!is_settled("<p>a<p></p></p>"));
        assert!(!is_settled("<ul><li><span><li>a</li></span></li></ul>"));
        assert!(!is_settled("<h2><h3>a</h3></h2>"));
        assert!(is_settled(
            "<ul><li>a<ul><li><p>b</p></li></ul></li></ul><dl><dt>a</dt><dd>b</dd></dl><h2>c</h2>"
        ));
        assert!(!is_settled("<a href=\"x\"><table></table><a href=\"y\"></a></a>"));
        assert!(is_settled(
            "<table><tbody><tr><td><a href=\"x\">y</a></td></tr></tbody></table><a href=\"z\"></a>"
        ));
    }
}
