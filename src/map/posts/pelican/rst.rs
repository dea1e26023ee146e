//! reStructuredText → HTML, as far as it goes without reading it whole: sections, paragraphs,
//! lists, literal blocks, links and inline marks. Directives leave their text.

use crate::map::plain::escaped;
use crate::parse::front_matter::is_rule;
use regex::{Captures, Regex};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

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

/// The text as HTML.
pub(super) fn render(text: &str) -> String {
    let text = text.replace('\r', "");
    let targets = targets(&text);
    let mut out = String::new();
    let mut is_literal = false;
    let mut list = false;
    for block in blocks(&text) {
        let is_indented = block.lines().all(|line| line.starts_with([' ', '\t']));
        let is_item = block.starts_with(['*', '-', '+']) && block.get(1..2) == Some(" ");
        if list && !is_item {
            out.push_str("</ul>\n");
            list = false;
        }
        if is_indented && is_literal {
            let _ = writeln!(out, "<pre>{}</pre>", escaped(&dedented(block)));
            continue;
        }
        is_literal = false;
        if let Some(directive) = block.strip_prefix(".. ") {
            is_literal = ["code", "sourcecode", "highlight"].iter().any(|name| directive.starts_with(name));
            let rest = block.split_once('\n').map_or("", |(_, rest)| rest);
            let text = text_of(directive);
            if !text.is_empty() {
                let _ = writeln!(out, "<p>{}</p>", inline(&text, &targets));
            } else if is_literal && !without_options(rest).trim().is_empty() {
                let _ = writeln!(out, "<pre>{}</pre>", escaped(&dedented(&without_options(rest))));
            } else if directive.contains("image::") || directive.contains("figure::") {
                let source = directive.split_once("::").map_or("", |(_, rest)| rest);
                let source = source.lines().next().unwrap_or_default().trim();
                let _ = writeln!(out, "<p><img src=\"{}\"></p>", escaped(source));
            }
            continue;
        }
        if is_item {
            if !list {
                out.push_str("<ul>\n");
                list = true;
            }
            for item in items(block) {
                let _ = writeln!(out, "<li>{}</li>", inline(&item, &targets));
            }
            continue;
        }
        is_literal = block.ends_with("::");
        let block = if is_literal { block.trim_end_matches(':').to_owned() + ":" } else { block.to_owned() };
        match heading(&block) {
            Some(title) => {
                let _ = writeln!(out, "<h2>{}</h2>", inline(title, &targets));
            }
            None if block.trim() == ":" => {}
            None => {
                let _ = writeln!(out, "<p>{}</p>", inline(block.trim(), &targets));
            }
        }
    }
    if list {
        out.push_str("</ul>\n");
    }
    out
}

/// What blank lines stand between, and titles by themselves.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").flat_map(|block| {
        let mut left = Some(block.trim_matches('\n').trim_end());
        std::iter::from_fn(move || {
            let block = left.take()?;
            let (first, rest) = block.split_at(title_end(block));
            left = Some(rest.trim_start_matches('\n')).filter(|rest| !rest.is_empty());
            Some(first.trim_end())
        })
        .filter(|block| !block.trim().is_empty())
    })
}

/// Where the title ends that a block begins with; where it begins with none, its own end.
fn title_end(block: &str) -> usize {
    let mut lines = block.lines();
    let first = lines.next().unwrap_or_default();
    let above = if is_rule(first) { first.len() + 1 } else { 0 };
    let title = if above > 0 { lines.next().unwrap_or_default() } else { first };
    let below = lines.next().unwrap_or_default();
    // Three dots may be text below text.
    let is_long = below.len() >= 4 || below.len() >= title.chars().count();
    let is_title = !title.trim().is_empty()
        && !is_rule(title)
        && is_rule(below)
        && is_long
        && (above > 0 || !title.starts_with([' ', '\t']));
    if is_title { above + title.len() + 1 + below.len() } else { block.len() }
}

/// What a directive says itself: the text of its line and of those right below, but for
/// its options.
fn text_of(directive: &str) -> String {
    let Some((_, text)) = directive.split_once("::").filter(|(name, _)| OF_TEXT.contains(name)) else {
        return String::new();
    };
    let is_option =
        |line: &&str| line.starts_with(':') && line.get(1..).is_some_and(|rest| rest.contains(':'));
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_option(line)).collect();
    lines.join(" ")
}

/// The title of a block that is one: its last line is a rule.
fn heading(block: &str) -> Option<&str> {
    let mut lines = block.lines().filter(|line| !is_rule(line));
    let title = lines.next().filter(|_| block.lines().last().is_some_and(is_rule))?.trim();
    lines.next().is_none().then_some(title)
}

fn items(block: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix(['*', '-', '+']).and_then(|rest| rest.strip_prefix(' ')), found.last_mut()) {
            (Some(item), _) => found.push(item.trim().to_owned()),
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

/// `.. _name: address`, by the name in lower case; of twins the first.
fn targets(text: &str) -> HashMap<String, &str> {
    let mut found = HashMap::new();
    for line in text.lines() {
        if let Some((name, address)) = line.strip_prefix(".. _").and_then(|line| line.split_once(": ")) {
            found.entry(name.trim_matches('`').to_lowercase()).or_insert(address.trim());
        }
    }
    found
}

/// Marks within a line.
fn inline(text: &str, targets: &HashMap<String, &str>) -> String {
    static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x) ``(?P<code>[^`]+?)`` | `(?P<named>[^`<]*)<(?P<to>[^`>]+)>`__? | `(?P<ref>[^`]+)`_
            | \*\*(?P<strong>[^*]+)\*\* | \*(?P<em>[^*\s][^*]*)\* | :[a-z]+:`(?P<role>[^`]+)`
            | \b(?P<word>[A-Za-z0-9][A-Za-z0-9-]*)_\b{end}
            | (?P<url>https?://[^\s<>`]+[^\s<>`.,;:)])",
        )
        .ok()
    });
    let plain = escaped(text);
    let Some(mark) = MARK.as_ref() else {
        return plain;
    };
    let mut out = String::new();
    let mut end = 0;
    for found in mark.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&escaped(text.get(end..whole.start()).unwrap_or_default()));
        out.push_str(&marked(&found, targets));
        end = whole.end();
    }
    out.push_str(&escaped(text.get(end..).unwrap_or_default()));
    out
}

fn marked(found: &Captures<'_>, targets: &HashMap<String, &str>) -> String {
    let part = |name: &str| found.name(name).map(|part| escaped(part.as_str().trim()));
    let link = |to: &str, text: &str| format!("<a href=\"{to}\">{text}</a>");
    if let Some(to) = part("to") {
        let text = part("named").filter(|text| !text.is_empty()).unwrap_or_else(|| to.clone());
        return link(&to, &text);
    }
    if let Some(name) = found.name("ref").or_else(|| found.name("word")).map(|name| name.as_str()) {
        let target = targets.get(&name.to_lowercase());
        let whole = found.get(0).map_or(name, |whole| whole.as_str());
        return target.map_or_else(|| escaped(whole), |to| link(&escaped(to), &escaped(name)));
    }
    let within = |name: &str, tag: &str| part(name).map(|text| format!("<{tag}>{text}</{tag}>"));
    within("code", "code")
        .or_else(|| within("strong", "strong"))
        .or_else(|| within("em", "em"))
        .or_else(|| part("role"))
        .or_else(|| part("url").map(|to| link(&to, &to)))
        .unwrap_or_default()
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
