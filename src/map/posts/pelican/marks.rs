//! Marks within a line of reStructuredText → HTML: links by address and by name, emphasis, code, roles,
//! footnotes, what is named elsewhere (`|name|`).

use crate::map::plain::escaped;
use regex::{Captures, Regex};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a text gives names to.
#[derive(Debug, Default)]
pub(super) struct Names<'t> {
    /// `.. _name: address`, by the name in lower case; of twins the first.
    targets: HashMap<String, &'t str>,
    /// `__ address`, in order, and which comes next.
    nameless: Vec<&'t str>,
    next: Cell<usize>,
    /// `.. |name| replace:: text`: directive and argument.
    given: HashMap<&'t str, (&'t str, &'t str)>,
    /// The labels of footnotes that are numbered by themselves, in order.
    notes: Vec<&'t str>,
}

impl<'t> Names<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut found = Self::default();
        for line in text.lines() {
            let line = line.trim_start();
            let rest = line.strip_prefix(".. ").map(str::trim_start);
            if let Some(address) = line.strip_prefix("__ ").or_else(|| rest?.strip_prefix("__: ")) {
                found.nameless.push(address.trim());
            } else if let Some((name, address)) =
                rest.and_then(|rest| rest.strip_prefix('_')?.split_once(": "))
            {
                found.targets.entry(name.trim_matches('`').to_lowercase()).or_insert(address.trim());
            } else if let Some((name, given)) = rest.and_then(|rest| rest.strip_prefix('|')?.split_once("| "))
            {
                found.given.extend(given.split_once("::").map(|(what, text)| (name, (what, text.trim()))));
            } else if let Some((label, _)) = rest.and_then(|rest| rest.strip_prefix("[#")?.split_once(']')) {
                found.notes.push(label);
            }
        }
        found
    }

    /// The number that stands for a footnote's label, `1`, `#`, `#name`.
    pub(super) fn number(&self, label: &str) -> String {
        let Some(name) = label.strip_prefix('#') else { return label.to_owned() };
        let place = self.notes.iter().position(|known| *known == name);
        place.map_or_else(|| label.to_owned(), |place| (place + 1).to_string())
    }

    fn nameless(&self) -> Option<&'t str> {
        self.nameless.get(self.next.replace(self.next.get() + 1)).copied()
    }
}

/// Marks within a line.
pub(super) fn inline(text: &str, names: &Names<'_>) -> String {
    static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?x) ``(?P<code>[^`]+?)`` | :(?P<role>[A-Za-z][\w:.-]*):`(?P<of>[^`]+)`
            | `(?P<named>[^`<]*)<(?P<to>[^`>]+)>`__? | `(?P<next>[^`]+)`__ | `(?P<ref>[^`]+)`_
            | `(?P<cite>[^`\s][^`]*)` | \|(?P<given>[^|\s][^|]*)\| | \[(?P<note>\#?[\w-]*)\]_\b{end-half}
            | \*\*(?P<strong>[^*]+)\*\* | \*(?P<em>[^*\s][^*]*)\*
            | \b(?P<word>[A-Za-z0-9][A-Za-z0-9-]*)_\b{end}
            | (?P<url>https?://[^\s<>`]+[^\s<>`.,;:)])",
        )
        .ok()
    });
    let Some(mark) = MARK.as_ref() else {
        return escaped(text);
    };
    let text = set_aside(text);
    let mut out = String::new();
    let mut end = 0;
    for found in mark.captures_iter(&text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(&escaped(text.get(end..whole.start()).unwrap_or_default()));
        out.push_str(&marked(&found, names));
        end = whole.end();
    }
    out.push_str(&escaped(text.get(end..).unwrap_or_default()));
    put_back(out)
}

/// Where letters wait that a backslash has made plain: no text has any of these.
const ASIDE: u32 = 0xf_0000;

/// The text with such letters out of the way, but for those in code.
fn set_aside(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, part) in text.split("``").enumerate() {
        if place > 0 {
            out.push_str("``");
        }
        if place % 2 == 1 || !part.contains('\\') {
            out.push_str(part);
            continue;
        }
        let mut letters = part.chars();
        while let Some(letter) = letters.next() {
            match (letter, if letter == '\\' { letters.next() } else { None }) {
                ('\\', Some(next)) if next.is_whitespace() => {}
                ('\\', Some(next)) => out.push(char::from_u32(ASIDE + u32::from(next)).unwrap_or(next)),
                ('\\', None) => {}
                (letter, _) => out.push(letter),
            }
        }
    }
    out
}

fn put_back(html: String) -> String {
    let is_aside = |letter: char| u32::from(letter) >= ASIDE;
    if !html.contains(is_aside) {
        return html;
    }
    let mut out = String::with_capacity(html.len());
    for letter in html.chars() {
        match u32::from(letter).checked_sub(ASIDE).and_then(char::from_u32).filter(|_| is_aside(letter)) {
            Some(plain) => out.push_str(&escaped(plain.encode_utf8(&mut [0; 4]))),
            None => out.push(letter),
        }
    }
    out
}

fn marked(found: &Captures<'_>, names: &Names<'_>) -> String {
    let part = |name: &str| found.name(name).map(|part| escaped(part.as_str().trim()));
    let whole = || found.get(0).map_or_else(String::new, |whole| escaped(whole.as_str()));
    let link = |to: &str, text: &str| format!("<a href=\"{to}\">{text}</a>");
    if let (Some(role), Some(text)) = (found.name("role"), found.name("of")) {
        return by_role(role.as_str(), text.as_str());
    }
    if let Some(to) = part("to") {
        let text = part("named").filter(|text| !text.is_empty()).unwrap_or_else(|| to.clone());
        let by_name = to.strip_suffix('_').and_then(|name| names.targets.get(&name.to_lowercase()));
        return by_name.map_or_else(|| link(&to, &text), |to| link(&escaped(to), &text));
    }
    if let Some(text) = part("next") {
        return names.nameless().map_or_else(|| text.clone(), |to| link(&escaped(to), &text));
    }
    if let Some(name) = found.name("ref").or_else(|| found.name("word")).map(|name| name.as_str()) {
        let target = names.targets.get(&name.to_lowercase());
        return target.map_or_else(whole, |to| link(&escaped(to), &escaped(name)));
    }
    if let Some(name) = found.name("given").map(|name| name.as_str()) {
        return match names.given.get(name) {
            Some((what, text)) if what.trim() == "image" => {
                format!("<img src=\"{}\" alt=\"{}\">", escaped(text), escaped(name))
            }
            Some((_, text)) => escaped(text),
            None => whole(),
        };
    }
    if let Some(note) = found.name("note").filter(|note| !note.as_str().is_empty()) {
        return format!("[{}]", escaped(&names.number(note.as_str())));
    }
    let within = |name: &str, tag: &str| part(name).map(|text| format!("<{tag}>{text}</{tag}>"));
    within("code", "code")
        .or_else(|| within("strong", "strong"))
        .or_else(|| within("em", "em"))
        .or_else(|| within("cite", "cite"))
        .or_else(|| part("url").map(|to| link(&to, &to)))
        .unwrap_or_else(whole)
}

/// Interpreted text: of a link by a program's own names, what it shows.
fn by_role(role: &str, text: &str) -> String {
    let tag = match role {
        "sub" | "subscript" => "sub",
        "sup" | "superscript" => "sup",
        "code" | "literal" | "kbd" | "command" | "file" | "samp" => "code",
        "emphasis" => "em",
        "strong" => "strong",
        _ => "",
    };
    let shown = text.split_once(" <").filter(|_| text.ends_with('>')).map_or(text, |(shown, _)| shown);
    let shown = escaped(shown.trim());
    if tag.is_empty() { shown } else { format!("<{tag}>{shown}</{tag}>") }
}
