//! Org's keyword lines, `#+TITLE: …`, as Hugo reads them.

use crate::yaml::{Key, Node, Value};

/// The pairs, keys in lower case. `#+TAGS[]: a b` is a list; a timestamp in a date's
/// brackets gives its day.
pub(super) fn read(data: &str) -> Node {
    let mut pairs: Vec<(Key, Node)> = Vec::new();
    for (place, line) in data.lines().enumerate() {
        let Some((name, value)) = line.strip_prefix("#+").and_then(|rest| rest.split_once(':')) else {
            continue;
        };
        let (name, value) = (name.trim().to_lowercase(), value.trim());
        let at = place + 1;
        let node = |value| Node { value, line: at, column: 1 };
        let scalar = |text: &str| node(Value::Scalar { text: text.to_owned(), quoted: true });
        let key = |text: &str| Key { text: text.to_owned(), names: None, line: at, column: 1 };
        match name.strip_suffix("[]") {
            Some(name) => {
                let items = value.split_whitespace().map(scalar).collect();
                pairs.push((key(name), node(Value::List(items))));
            }
            None if matches!(name.as_str(), "date" | "lastmod" | "publishdate" | "expirydate") => {
                pairs.push((key(&name), scalar(timestamp(value))));
            }
            None => pairs.push((key(&name), scalar(value))),
        }
    }
    Node { value: Value::Map(pairs), line: 1, column: 1 }
}

/// `<2022-04-18 Mon>` → `2022-04-18`.
fn timestamp(text: &str) -> &str {
    let inner = text.strip_prefix(['<', '[']).and_then(|text| text.strip_suffix(['>', ']']));
    inner.map_or(text, |inner| inner.split(' ').next().unwrap_or(inner))
}
