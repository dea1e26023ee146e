//! `params` of a page: what the theme may ask for, apart from the keys that are Hugo's own.

use crate::yaml::{Node, Value};

/// Keys that Hugo takes from the top of the front matter alone.
const OWN: [&str; 21] = [
    "_build",
    "build",
    "cascade",
    "date",
    "draft",
    "expirydate",
    "headless",
    "lastmod",
    "layout",
    "linktitle",
    "markup",
    "modified",
    "outputs",
    "pubdate",
    "publishdate",
    "published",
    "slug",
    "title",
    "type",
    "unpublishdate",
    "url",
];

/// Those of the parameters that aren't Hugo's own; keys in lower case.
pub(super) fn free(params: &Node) -> Node {
    let value = match &params.value {
        Value::Map(pairs) => {
            let free = pairs.iter().filter(|(key, _)| !OWN.contains(&key.text.as_str()));
            Value::Map(free.cloned().collect())
        }
        other => other.clone(),
    };
    Node { value, ..*params }
}
