//! reStructuredText → HTML, as far as it goes without reading it whole: sections, paragraphs,
//! lists, literal blocks, links and inline marks. Directives leave their text, comments nothing.

use super::marks::{inline, targets};
use crate::map::plain::escaped;
use crate::parse::front_matter::{is_rule, is_rule_of};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Directives whose own line is text too.
const OF_TEXT: [&str; 21] = [
    "admonition",
    "attention",
    "caution",
    "centered",
    "compound",
    "danger",
    "epigraph",
    "error",
    "highlights",
    "hint",
    "important",
    "line-block",
    "note",
    "parsed-literal",
    "pull-quote",
    "rubric",
    "seealso",
    "sidebar",
    "tip",
    "topic",
    "warning",
];

/// Directives whose text is shown as it stands.
const OF_CODE: [&str; 4] = ["code", "code-block", "highlight", "sourcecode"];

/// Directives whose text is for the program that reads it.
const WITHOUT_TEXT: [&str; 10] =
    ["contents", "date", "include", "meta", "raw", "replace", "role", "toctree", "unicode", "youtube"];

/// What blocks are that stand further in than the one that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inner {
    Text,
    Literal,
    /// HTML that goes out as it stands.
    Html,
    /// Of a comment, or of a directive without text.
    Hidden,
}

/// The text as HTML.
pub(super) fn render(text: &str) -> String {
    let blank_lines_are_empty =
        |line: &str| if line.trim().is_empty() { String::new() } else { line.trim_end().to_owned() };
    let text = text.split('\n').map(blank_lines_are_empty).collect::<Vec<_>>().join("\n");
    let mut page = Page { targets: targets(&text), out: String::new(), list: None, above: (0, Inner::Text) };
    for block in blocks(&text) {
        page.put(block);
    }
    page.end_list();
    page.out
}

/// A page while it is written.
struct Page<'a> {
    targets: HashMap<String, &'a str>,
    out: String,
    /// The list that is open, by its tag.
    list: Option<&'static str>,
    /// How far in the last block stood that says what stands further in, and what that is.
    above: (usize, Inner),
}

impl Page<'_> {
    fn put(&mut self, block: &str) {
        let margin = indent(block);
        if margin > self.above.0 && self.above.1 != Inner::Text {
            return self.put_inner(block);
        }
        self.above = (margin, Inner::Text);
        let item = Item::first(block);
        if self.list != item.as_ref().map(|item| item.list) {
            self.end_list();
        }
        if let Some(explicit) = explicit(block) {
            self.put_explicit(explicit);
        } else if let Some(first) = item {
            self.put_items(&first, block);
        } else {
            self.put_text(block);
        }
    }

    fn put_inner(&mut self, block: &str) {
        match self.above.1 {
            Inner::Literal => {
                self.end_list();
                let _ = writeln!(self.out, "<pre>{}</pre>", escaped(&dedented(block)));
            }
            Inner::Html => {
                self.end_list();
                let _ = writeln!(self.out, "{}", dedented(block));
            }
            Inner::Hidden | Inner::Text => {}
        }
    }

    /// What stands behind `..`: a directive, a footnote, or a comment.
    fn put_explicit(&mut self, explicit: &str) {
        let (line, rest) = explicit.split_once('\n').unwrap_or((explicit, ""));
        if explicit.is_empty() {
            // Two dots alone end what stands above and hide nothing.
            return;
        }
        if line.starts_with('[') {
            return self.paragraph(explicit);
        }
        if line.starts_with('_') {
            // A link's target, which what stands below is no part of.
            return;
        }
        // A picture that is given a name is shown where it is given it.
        let of_name = || line.strip_prefix('|')?.split_once("| ").map(|(_, line)| line);
        let Some((name, argument)) = directive(of_name().unwrap_or(line)) else {
            self.above.1 = Inner::Hidden;
            return;
        };
        let name = name.to_ascii_lowercase();
        let body = without_options(rest);
        if OF_TEXT.contains(&name.as_str()) {
            let text = format!("{argument}\n{body}");
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            if !lines.is_empty() {
                self.paragraph(&lines.join(" "));
            }
        } else if OF_CODE.contains(&name.as_str()) {
            self.above.1 = Inner::Literal;
        } else if name == "raw" && argument.split_whitespace().any(|format| format == "html") {
            self.above.1 = Inner::Html;
        } else if WITHOUT_TEXT.contains(&name.as_str()) {
            self.above.1 = Inner::Hidden;
        } else if matches!(name.as_str(), "image" | "figure") {
            let _ = writeln!(self.out, "<p><img src=\"{}\"></p>", escaped(argument.trim()));
        }
        if !body.trim().is_empty() {
            self.put_inner(&body);
        }
    }

    fn put_items(&mut self, first: &Item<'_>, block: &str) {
        if self.list.is_none() {
            self.list = Some(first.list);
            match first.number {
                None | Some(1) => writeln!(self.out, "<{}>", first.list),
                Some(number) => writeln!(self.out, "<{} start=\"{number}\">", first.list),
            }
            .unwrap_or_default();
        }
        for item in items(block) {
            let _ = writeln!(self.out, "<li>{}</li>", inline(&item, &self.targets));
        }
    }

    fn put_text(&mut self, block: &str) {
        let is_literal = block.ends_with("::");
        let block = if is_literal { block.trim_end_matches(':').to_owned() + ":" } else { block.to_owned() };
        if is_literal {
            self.above.1 = Inner::Literal;
        }
        match title(&block).filter(|(_, end)| *end == block.len()) {
            Some((title, _)) => {
                let _ = writeln!(self.out, "<h2>{}</h2>", inline(title, &self.targets));
            }
            None if block.trim() == ":" => {}
            None => self.paragraph(block.trim()),
        }
    }

    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.out, "<p>{}</p>", inline(text, &self.targets));
    }

    fn end_list(&mut self) {
        if let Some(list) = self.list.take() {
            let _ = writeln!(self.out, "</{list}>");
        }
    }
}

/// What blank lines stand between, and titles and what begins with `..` by themselves.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").flat_map(|block| {
        let mut left = Some(block.trim_matches('\n').trim_end());
        std::iter::from_fn(move || {
            let block = left.take()?;
            let title = title_end(block);
            let end = if title < block.len() { title } else { margin_end(block) };
            let (first, rest) = block.split_at_checked(end).unwrap_or((block, ""));
            left = Some(rest.trim_start_matches('\n')).filter(|rest| !rest.is_empty());
            Some(first.trim_end())
        })
        .filter(|block| !block.trim().is_empty())
    })
}

/// Where a line stands less far in than the first, or where what begins with `..` ends.
fn margin_end(block: &str) -> usize {
    let margin = indent(block) + usize::from(explicit(block).is_some());
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        if at > 0 && indent(line) < margin {
            return at;
        }
        at += line.len();
    }
    at
}

/// How far in a block's first line stands, in characters.
fn indent(block: &str) -> usize {
    block.len() - block.trim_start_matches([' ', '\t']).len()
}

/// What stands behind the two dots that a block begins with.
fn explicit(block: &str) -> Option<&str> {
    let rest = block.trim_start_matches([' ', '\t']).strip_prefix("..")?;
    (rest.is_empty() || rest.starts_with([' ', '\t', '\n'])).then(|| rest.trim_start_matches([' ', '\t']))
}

/// `name:: argument`; a name has no blanks, or the line is a comment's.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (name, argument) = line.split_once("::")?;
    let name = name.strip_suffix(' ').unwrap_or(name);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-._+:".contains(c));
    (is_name && (argument.is_empty() || argument.starts_with(' '))).then_some((name, argument))
}

/// Where the title ends that a block begins with; where it begins with none, its own end.
fn title_end(block: &str) -> usize {
    title(block).map_or(block.len(), |(_, end)| end)
}

/// The title that a block begins with, and where it ends.
fn title(block: &str) -> Option<(&str, usize)> {
    let mut lines = block.lines();
    let first = lines.next()?;
    let above = if is_rule(first) { first.len() + 1 } else { 0 };
    let title = if above > 0 { lines.next()? } else { first };
    let below = lines.next()?;
    let is_title =
        !is_rule(title) && is_rule_of(below, title) && (above > 0 || !title.starts_with([' ', '\t']));
    is_title.then(|| (title.trim(), above + title.len() + 1 + below.len()))
}

/// A line that begins an item of a list.
struct Item<'a> {
    /// The list's tag.
    list: &'static str,
    /// Of a numbered one.
    number: Option<u32>,
    text: &'a str,
}

impl<'a> Item<'a> {
    /// `* text`, `1. text`, `(1) text`, `#. text`.
    fn of(line: &'a str) -> Option<Self> {
        if let Some(text) = line.strip_prefix(['*', '-', '+']).and_then(|rest| rest.strip_prefix(' ')) {
            return Some(Self { list: "ul", number: None, text });
        }
        let line = line.strip_prefix('(').unwrap_or(line);
        let (sign, rest) = line.split_at_checked(line.find(['.', ')'])?)?;
        let is_number = !sign.is_empty() && sign.bytes().all(|byte| byte.is_ascii_digit());
        let number = if sign == "#" { Some(1) } else { sign.parse().ok().filter(|_| is_number) };
        let text = rest.get(1..)?.strip_prefix(' ')?;
        number.map(|number| Self { list: "ol", number: Some(number), text })
    }

    /// The first of a block's; a text that begins with a number goes on at the margin.
    fn first(block: &'a str) -> Option<Self> {
        let mut lines = block.lines();
        let first = Self::of(lines.next()?.trim_start())?;
        let is_text = |line: &str| !line.starts_with([' ', '\t']) && Item::of(line).is_none();
        (first.number.is_none() || !lines.any(is_text)).then_some(first)
    }
}

fn items(block: &str) -> Vec<String> {
    let margin = indent(block);
    let mut found: Vec<String> = Vec::new();
    for line in block.lines() {
        match (line.get(margin..).and_then(Item::of), found.last_mut()) {
            (Some(item), _) => found.push(item.text.trim().to_owned()),
            (None, Some(last)) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            (None, None) => {}
        }
    }
    found
}

fn dedented(block: &str) -> String {
    let margin = block.lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    block.lines().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The lines below a directive that aren't its `:option:` lines.
fn without_options(text: &str) -> String {
    text.lines().skip_while(|line| line.trim_start().starts_with(':')).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn directives_leave_their_text() {
        for (text, html) in [
            (".. note:: Be *careful*", "<p>Be <em>careful</em></p>\n"),
            (".. warning::\n   Text\n   goes on", "<p>Text goes on</p>\n"),
            (".. admonition:: A title\n   :class: x\n\n   Text", "<p>A title</p>\n<p>Text</p>\n"),
            (".. tip:: One\n   two", "<p>One two</p>\n"),
            (".. a comment: not:: shown\n   at all", ""),
            (".. youtube:: abc\n   :width: 3", ""),
            (".. class:: wide\n\nText", "<p>Text</p>\n"),
            (".. code-block:: python\n   :linenos:\n\n   a < b", "<pre>a &lt; b</pre>\n"),
            (".. highlights::\n\n   a < b", "<p>a &lt; b</p>\n"),
            (".. raw:: html\n\n   <b>a</b>\n\n   <i>b</i>\n\nc", "<b>a</b>\n<i>b</i>\n<p>c</p>\n"),
            (".. raw:: latex\n\n   \\a\n\nb", "<p>b</p>\n"),
            (".. [1] A note\n\n   goes on", "<p>[1] A note</p>\n<p>goes on</p>\n"),
            (".. |logo| image:: /l.png\n.. |x| replace:: y", "<p><img src=\"/l.png\"></p>\n"),
            (".. _part:\n\n   quoted", "<p>quoted</p>\n"),
        ] {
            assert_eq!(render(text), html, "{text}");
        }
    }

    #[test]
    fn what_is_commented_out_is_not_published() {
        for (text, html) in [
            ("..\n   secret one\n\n   secret two", ""),
            (".. comment here\n\n   secret three\n\nText", "<p>Text</p>\n"),
            (".. code review: fix me\n   secret four", ""),
            (".. code review\n\n   secret\n\n   more\n \n   and more", ""),
            (".. note:: A\n\n   .. comment\n\n      secret\n\n   B", "<p>A</p>\n<p>B</p>\n"),
            (".. one\n.. two\nText", "<p>Text</p>\n"),
            // Two dots alone hide nothing.
            ("..\n\n   quoted", "<p>quoted</p>\n"),
        ] {
            assert_eq!(render(text), html, "{text}");
        }
    }

    #[test]
    fn lists_are_numbered_too() {
        for (text, html) in [
            ("1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n"),
            ("#. one\n   on\n\n#. two", "<ol>\n<li>one on</li>\n<li>two</li>\n</ol>\n"),
            ("3) one\n\n* a", "<ol start=\"3\">\n<li>one</li>\n</ol>\n<ul>\n<li>a</li>\n</ul>\n"),
            ("1986. A year\nof years", "<p>1986. A year\nof years</p>\n"),
            ("One.\n \t\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
        ] {
            assert_eq!(render(text), html, "{text}");
        }
    }

    #[test]
    fn a_title_needs_no_blank_line_below_it() {
        for (text, html) in [
            ("Title\n=====\nText", "<h2>Title</h2>\n<p>Text</p>\n"),
            ("=====\nTitle\n=====\nOne\n---\n* a", "<h2>Title</h2>\n<h2>One</h2>\n<ul>\n<li>a</li>\n</ul>\n"),
            ("Title\n=====\nCode::\n\n  x", "<h2>Title</h2>\n<p>Code:</p>\n<pre>x</pre>\n"),
            ("A sentence and\n...\nanother", "<p>A sentence and\n...\nanother</p>\n"),
            ("Title\n=====", "<h2>Title</h2>\n"),
            ("Hi\n==\nText", "<h2>Hi</h2>\n<p>Text</p>\n"),
        ] {
            assert_eq!(render(text), html, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_read_in_one_go() {
        let item = format!("* a\n{}", "  b\n".repeat(1_000_000));
        assert_eq!(render(&item).len(), "<ul>\n<li>a</li>\n</ul>\n".len() + 2_000_000);
        let numbers = 0..40_000;
        let targets: Vec<String> =
            numbers.clone().map(|n| format!(".. _n{n}: https://e.example/{n}\n")).collect();
        let links: Vec<String> = numbers.map(|n| format!("`n{n}`_\n")).collect();
        let html = render(&format!("{}\n{}", targets.concat(), links.concat()));
        assert!(html.ends_with("<a href=\"https://e.example/39999\">n39999</a></p>\n"));
    }
}
