//! Marks within a line of reStructuredText → HTML: links by address and by name, emphasis, code.

use crate::map::plain::escaped;
use regex::{Captures, Regex};
use std::collections::HashMap;
use std::sync::LazyLock;

/// `.. _name: address`, by the name in lower case; of twins the first.
pub(super) fn targets(text: &str) -> HashMap<String, &str> {
    let mut found = HashMap::new();
    for line in text.lines() {
        if let Some((name, address)) = line.strip_prefix(".. _").and_then(|line| line.split_once(": ")) {
            found.entry(name.trim_matches('`').to_lowercase()).or_insert(address.trim());
        }
    }
    found
}

/// Marks within a line.
pub(super) fn inline(text: &str, targets: &HashMap<String, &str>) -> String {
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
