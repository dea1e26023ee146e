//! Jekyll's categories and tags: which keys, split where.

use crate::map::posts::meta::{Meta, flat, switch};
use crate::yaml::{Node, Value};

/// A plural key: a text is split at blanks, a list stays; a number is nothing to Jekyll.
pub(super) fn plural(node: &Node, strict: bool) -> Vec<&str> {
    match &node.value {
        Value::Scalar { text, quoted } if !node.is_null() => {
            let is_typed = !quoted && (text.parse::<f64>().is_ok() || switch(node, true).is_some());
            if strict && is_typed { Vec::new() } else { text.split_ascii_whitespace().collect() }
        }
        Value::Scalar { .. } | Value::Map(_) => Vec::new(),
        Value::List(_) => flat(node),
    }
}

/// Folders above `_posts`, then `categories`, then `category` as one (else `categories`
/// once more, flattened), each once.
pub(super) fn categories(meta: &Meta<'_>, above: &str) -> Vec<String> {
    let mut found: Vec<String> =
        above.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    for node in meta.all("categories") {
        match &node.value {
            Value::List(items) => found.extend(items.iter().filter(|item| !item.is_null()).map(inspect)),
            _ => found.extend(plural(node, false).into_iter().map(str::to_owned)),
        }
    }
    let rest = match meta.get("category").filter(|node| !node.is_null()) {
        Some(node) => flat(node),
        None => meta.get("categories").map(|node| plural(node, false)).unwrap_or_default(),
    };
    found.extend(rest.into_iter().map(str::to_owned));
    let mut seen = Vec::with_capacity(found.len());
    for name in found {
        if !name.trim().is_empty() && !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

/// An item as Ruby's `to_s` writes it: a text as it is, a list as `[2, "x"]`.
fn inspect(node: &Node) -> String {
    fn inner(node: &Node) -> String {
        match (&node.value, node.text()) {
            (Value::List(items), _) => {
                format!("[{}]", items.iter().map(inner).collect::<Vec<_>>().join(", "))
            }
            (Value::Scalar { quoted: false, .. }, Some(text)) if text.parse::<f64>().is_ok() => {
                text.to_owned()
            }
            (_, Some(text)) => format!("{text:?}"),
            (_, None) => "nil".to_owned(),
        }
    }
    node.text().map_or_else(|| inner(node), str::to_owned)
}
