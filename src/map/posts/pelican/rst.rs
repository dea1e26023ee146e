//! reStructuredText → HTML, as far as it goes without reading it whole: sections, paragraphs,
//! lists, literal blocks, links and inline marks. Directives leave their text.

use regex::{Captures, Regex};
use std::fmt::Write as _;
use std::sync::LazyLock;

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
            if is_literal && !without_options(rest).trim().is_empty() {
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

/// What blank lines stand between.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n")
        .map(|block| block.trim_matches('\n').trim_end())
        .filter(|block| !block.trim().is_empty())
}

/// The title of a block that is one: its last line is a rule.
fn heading(block: &str) -> Option<&str> {
    let is_rule = |line: &str| {
        let first = line.chars().next().filter(char::is_ascii_punctuation);
        first.is_some_and(|first| line.len() >= 3 && line.chars().all(|letter| letter == first))
    };
    let mut lines = block.lines().filter(|line| !is_rule(line));
    let title = lines.next().filter(|_| block.lines().last().is_some_and(is_rule))?;
    lines.next().is_none().then_some(title)
}

fn items(block: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix(['*', '-', '+']).and_then(|rest| rest.strip_prefix(' ')), found.last_mut()) {
            (Some(item), _) => found.push(item.trim().to_owned()),
            (None, Some(last)) => *last = format!("{last} {}", line.trim()),
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

/// `.. _name: address`, by the name in lower case.
fn targets(text: &str) -> Vec<(String, &str)> {
    text.lines()
        .filter_map(|line| {
            let (name, address) = line.strip_prefix(".. _")?.split_once(": ")?;
            Some((name.trim_matches('`').to_lowercase(), address.trim()))
        })
        .collect()
}

/// Marks within a line.
fn inline(text: &str, targets: &[(String, &str)]) -> String {
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

fn marked(found: &Captures<'_>, targets: &[(String, &str)]) -> String {
    let part = |name: &str| found.name(name).map(|part| escaped(part.as_str().trim()));
    let link = |to: &str, text: &str| format!("<a href=\"{to}\">{text}</a>");
    if let Some(to) = part("to") {
        let text = part("named").filter(|text| !text.is_empty()).unwrap_or_else(|| to.clone());
        return link(&to, &text);
    }
    if let Some(name) = found.name("ref").or_else(|| found.name("word")).map(|name| name.as_str()) {
        let target = targets.iter().find(|(known, _)| *known == name.to_lowercase());
        let whole = found.get(0).map_or(name, |whole| whole.as_str());
        return target.map_or_else(|| escaped(whole), |(_, to)| link(&escaped(to), &escaped(name)));
    }
    let within = |name: &str, tag: &str| part(name).map(|text| format!("<{tag}>{text}</{tag}>"));
    within("code", "code")
        .or_else(|| within("strong", "strong"))
        .or_else(|| within("em", "em"))
        .or_else(|| part("role"))
        .or_else(|| part("url").map(|to| link(&to, &to)))
        .unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
