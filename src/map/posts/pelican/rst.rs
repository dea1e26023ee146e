//! reStructuredText → HTML, as far as it goes without reading it whole: sections, paragraphs,
//! lists, literal blocks, links and inline marks. Directives leave their text, comments nothing.

mod directives;
mod tables;

use super::marks::{Names, inline};
use crate::map::plain::escaped;
use crate::parse::front_matter::{is_rule, is_rule_of};
use std::fmt::Write as _;

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
    let names = Names::of(&text);
    let mut page = Page { names, out: String::new(), list: None, above: (0, Inner::Text) };
    for block in blocks(&text) {
        page.put(block);
    }
    page.end_list();
    page.out
}

/// A page while it is written.
struct Page<'a> {
    names: Names<'a>,
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
        if block.trim_start().starts_with("__ ") {
            // A link's target without a name.
        } else if let Some(explicit) = explicit(block) {
            self.put_explicit(explicit);
        } else if let Some(html) = self.of_lines(block) {
            self.out.push_str(&html);
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
            let _ = writeln!(self.out, "<li>{}</li>", inline(&item, &self.names));
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
                let _ = writeln!(self.out, "<h2>{}</h2>", inline(title, &self.names));
            }
            None if block.trim() == ":" => {}
            None => self.paragraph(block.trim()),
        }
    }

    /// Blocks whose lines are something each.
    fn of_lines(&self, block: &str) -> Option<String> {
        let marked = |text: &str| inline(text, &self.names);
        if !block.contains('\n') && is_rule(block) && block.len() > 3 {
            return Some("<hr>\n".to_owned());
        }
        if block.lines().all(|line| line == "|" || line.starts_with("| ")) {
            let lines: Vec<String> =
                block.lines().map(|line| marked(line.get(2..).unwrap_or_default().trim())).collect();
            return Some(format!("<p>{}</p>\n", lines.join("<br>\n")));
        }
        tables::grid(block, &marked)
            .or_else(|| tables::simple(block, &marked))
            .or_else(|| definitions(block, &marked))
    }

    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.out, "<p>{}</p>", inline(text, &self.names));
    }

    fn end_list(&mut self) {
        if let Some(list) = self.list.take() {
            let _ = writeln!(self.out, "</{list}>");
        }
    }
}

/// Terms with what they mean further in below them, or fields, `:name: value`.
fn definitions(block: &str, marked: &dyn Fn(&str) -> String) -> Option<String> {
    let field = |line: &str| {
        let (name, value) = line.strip_prefix(':')?.split_once(':')?;
        let is_field =
            !name.is_empty() && !name.starts_with(' ') && (value.is_empty() || value.starts_with(' '));
        is_field.then(|| (format!("{name}:"), value.trim().to_owned()))
    };
    let is_in = |line: &str| line.starts_with([' ', '\t']);
    let lines: Vec<&str> = block.lines().collect();
    let are_fields = lines.first().copied().and_then(field).is_some();
    let mut found: Vec<(String, String)> = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let next_is_in = lines.get(place + 1).is_some_and(|next| is_in(next));
        match found.last_mut() {
            Some((_, text)) if is_in(line) => {
                text.push(' ');
                text.push_str(line.trim());
            }
            _ if is_in(line) => return None,
            _ if are_fields => found.push(field(line)?),
            _ if next_is_in && Item::of(line).is_none() && !line.ends_with("::") => {
                found.push(((*line).to_owned(), String::new()));
            }
            _ => return None,
        }
    }
    let mut out = String::from("<dl>\n");
    for (term, text) in found {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", marked(&term), marked(text.trim()));
    }
    Some(out + "</dl>\n")
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

#[cfg(test)]
mod tests;
