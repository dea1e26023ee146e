//! What kramdown and Python-Markdown's `extra` read otherwise than `CommonMark` does, block by block:
//! HTML up to its end tag, `markdown="1"` in it, `{::nomarkdown}`, and tables.
//!
//! In: a text. Out: the text with a comment in place of each, and the HTML that belongs there.

use crate::map::markdown::code::{self, Code};
use crate::map::markdown::table;
use crate::parse::tag::{attributes, tag_end};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Stands for what is set apart, before its number.
const MARK: &str = "<!--set apart ";
/// So many tags that are never ended, and no more are looked for.
const MOST_ENDLESS: usize = 64;
/// Elements that are blocks (kramdown's `HTML_BLOCK_ELEMENTS`, and what HTML 5 has beside them).
const BLOCKS: [&str; 37] = [
    "address",
    "article",
    "aside",
    "audio",
    "blockquote",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "picture",
    "section",
    "summary",
    "table",
    "ul",
    "video",
    "iframe",
];

/// The HTML of what is set apart, by number.
#[derive(Default)]
pub(super) struct Apart {
    pieces: Vec<String>,
}

/// Sets apart what has to be; `within` renders Markdown that stands in it. Tables where they are wanted.
pub(super) fn take<'t>(
    text: &'t str,
    tables: bool,
    within: &dyn Fn(&str) -> String,
) -> (Cow<'t, str>, Apart) {
    let is_likely = text.contains('<') || text.contains("{::") || tables && text.contains('|');
    if !is_likely || text.contains(MARK) {
        return (Cow::Borrowed(text), Apart::default());
    }
    let mut taking = Taking { text, within, out: String::new(), apart: Apart::default(), endless: 0 };
    taking.all(tables);
    (Cow::Owned(taking.out), taking.apart)
}

impl Apart {
    /// The rendered text with all that was set apart.
    pub(super) fn put_back(&self, html: String) -> String {
        if self.pieces.is_empty() {
            return html;
        }
        let mut out = String::with_capacity(html.len() + self.pieces.iter().map(String::len).sum::<usize>());
        let mut rest = html.as_str();
        while let Some((before, after)) = rest.split_once(MARK) {
            out.push_str(before);
            let (number, after) = after.split_once("-->").unwrap_or((after, ""));
            out.push_str(
                number.parse().ok().and_then(|at: usize| self.pieces.get(at)).map_or("", String::as_str),
            );
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

struct Taking<'t, 'f> {
    text: &'t str,
    within: &'f dyn Fn(&str) -> String,
    out: String,
    apart: Apart,
    endless: usize,
}

impl Taking<'_, '_> {
    fn all(&mut self, tables: bool) {
        let (text, mut code, mut at) = (self.text, Code::default(), 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let line = rest.split_inclusive('\n').next().unwrap_or(rest);
            if code.holds(line) {
                self.out.push_str(line);
                at += line.len();
                continue;
            }
            let after_block =
                self.out.is_empty() || self.out.ends_with("\n\n") || self.out.ends_with("-->\n");
            let table = if tables && after_block { table::read(rest, self.within) } else { None };
            if let Some((html, length)) = table {
                self.put("", html, "\n");
                at += length;
            } else if let Some((html, length)) = self.element(rest) {
                let indent = line.len() - line.trim_start().len();
                self.put(line.get(..indent).unwrap_or_default(), html, "\n");
                at += length;
                // What stands behind an end tag begins a paragraph of its own.
                at +=
                    text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches([' ', '\t']).len());
                at += usize::from(text.get(at..).is_some_and(|rest| rest.starts_with('\n')));
            } else if let Some(found) = self.span(rest, line) {
                self.put(found.before, found.html, "");
                at += found.length;
            } else {
                self.out.push_str(line);
                at += line.len();
            }
        }
    }

    fn put(&mut self, before: &str, html: String, after: &str) {
        let _ = write!(self.out, "{before}{MARK}{}-->{after}", self.apart.pieces.len());
        self.apart.pieces.push(html);
    }

    /// The block of HTML that begins in this line, and its length.
    fn element(&mut self, rest: &str) -> Option<(String, usize)> {
        let start = rest.find(|letter| letter != ' ').filter(|start| *start < 4)?;
        let found =
            Element::read(rest.get(start..)?).filter(|found| BLOCKS.contains(&found.name.as_str()))?;
        if self.endless > MOST_ENDLESS {
            return None;
        }
        let Some(length) = found.length() else {
            self.endless += 1;
            return None;
        };
        Some((self.html(&found, length, 0), start + length))
    }

    /// `{::nomarkdown}…{:/}` or `{::comment}…{:/}` that begins in this line.
    fn span<'t>(&mut self, rest: &'t str, line: &str) -> Option<Span<'t>> {
        let place = |name: &'static str| Some((line.find(&format!("{{::{name}}}"))?, name));
        let (start, name) = ["comment", "nomarkdown"]
            .into_iter()
            .filter_map(place)
            .min()
            .filter(|(start, _)| !code::is_in_span(line, *start) && self.endless <= MOST_ENDLESS)?;
        let from = start + "{::}".len() + name.len();
        let inside = rest.get(from..)?;
        let Some((inner, after)) = inside.split_once("{:/") else {
            self.endless += 1;
            return None;
        };
        let end = after.find('}')? + 1;
        let html = if name == "comment" { String::new() } else { inner.to_owned() };
        let length = from + inner.len() + "{:/".len() + end;
        Some(Span { before: rest.get(..start)?, html, length })
    }

    /// An element as it is written; where it says so, the Markdown in it rendered.
    fn html(&self, element: &Element<'_>, length: usize, depth: usize) -> String {
        let whole = element.text.get(..length).unwrap_or_default();
        let (tag, rest) = whole.split_at_checked(element.tag).unwrap_or((whole, ""));
        let (inner, end) =
            rest.split_at_checked(rest.rfind("</").unwrap_or(rest.len())).unwrap_or((rest, ""));
        if element.is_markdown() {
            let inner = inner.strip_prefix('\n').unwrap_or(inner);
            return format!("{tag}\n{}{end}", (self.within)(inner));
        }
        let mut out = tag.to_owned();
        let mut done = 0;
        while let Some(at) = inner.get(done..).and_then(next_marked).map(|at| done + at) {
            let Some(found) = inner.get(at..).and_then(Element::read) else { break };
            let Some(length) = found.length().filter(|_| depth < super::DEEPEST) else { break };
            out.push_str(inner.get(done..at).unwrap_or_default());
            out.push_str(&self.html(&found, length, depth + 1));
            done = at + length;
        }
        out + inner.get(done..).unwrap_or_default() + end
    }
}

/// Something within a line that is set apart.
struct Span<'t> {
    /// What of the line stands before it.
    before: &'t str,
    html: String,
    /// Of both.
    length: usize,
}

/// Where the next element begins that has Markdown in it.
fn next_marked(text: &str) -> Option<usize> {
    let said = text.match_indices(" markdown").map(|(at, _)| at);
    said.filter_map(|at| text.get(..at)?.rfind('<'))
        .find(|at| text.get(*at..).and_then(Element::read).is_some_and(|element| element.is_markdown()))
}

/// An element by its tag, at the start of a text.
struct Element<'t> {
    text: &'t str,
    name: String,
    /// The length of the tag.
    tag: usize,
}

impl<'t> Element<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let name = text.strip_prefix('<')?;
        let name = name.get(..name.find(|letter: char| !letter.is_ascii_alphanumeric())?)?;
        let tag = tag_end(text);
        let written = text.get(..tag)?;
        let is_whole = !name.is_empty() && written.ends_with('>') && !written.ends_with("/>");
        is_whole.then(|| Self { text, name: name.to_ascii_lowercase(), tag })
    }

    fn is_markdown(&self) -> bool {
        let written = self.text.get(1 + self.name.len()..self.tag.saturating_sub(1)).unwrap_or_default();
        let said = attributes(written).into_iter().find(|(key, _)| *key == "markdown");
        said.is_some_and(|(_, value)| matches!(value, "1" | "block" | "span" | ""))
    }

    /// Where its end tag ends; elements of its name in it have their own.
    fn length(&self) -> Option<usize> {
        let mut open = 1_usize;
        for at in memchr::memchr_iter(b'<', self.text.as_bytes()).filter(|at| *at >= self.tag) {
            let rest = self.text.get(at + 1..)?;
            let (rest, is_end) = rest.strip_prefix('/').map_or((rest, false), |rest| (rest, true));
            let is_named =
                rest.get(..self.name.len()).is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
                    && !rest
                        .get(self.name.len()..)?
                        .starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-');
            match (is_named, is_end) {
                (true, false) => open += 1,
                (true, true) => open -= 1,
                (false, _) => {}
            }
            if open == 0 {
                return Some(at + tag_end(self.text.get(at..)?));
            }
        }
        None
    }
}
