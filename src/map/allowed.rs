//! What may stay of a feed's HTML: elements, their attributes, and what of these.
//!
//! Named once, for the cleaner that builds a tree and for the scan that proves a text clean.

use crate::map::links;
use std::borrow::Cow;
use url::Url;

/// Longer attributes fall away.
pub(crate) const MAX_ATTRIBUTE: usize = 8 * 1024;

/// Elements whose content goes with them.
pub(crate) const REMOVED: [&str; 15] = [
    "script", "style", "svg", "math", "iframe", "object", "applet", "noembed", "noframes", "template",
    "textarea", "select", "title", "frameset", "noscript",
];

/// Elements beside those that ammonia keeps by itself.
pub(crate) const ADDED: [&str; 10] =
    ["video", "audio", "source", "track", "picture", "section", "main", "address", "big", "font"];

/// What any element may have.
pub(crate) const GENERIC: [&str; 3] = ["title", "lang", "dir"];

/// What some may have besides.
pub(crate) const ATTRIBUTES: [(&str, &[&str]); 17] = [
    ("a", &["href", "hreflang"]),
    ("img", &["src", "srcset", "sizes", "alt", "width", "height"]),
    ("video", &["src", "poster", "width", "height", "controls", "loop", "muted", "preload"]),
    ("audio", &["src", "controls", "loop", "muted", "preload"]),
    ("source", &["src", "srcset", "sizes", "type", "media"]),
    ("track", &["src", "kind", "srclang", "label"]),
    ("blockquote", &["cite"]),
    ("q", &["cite"]),
    ("del", &["cite", "datetime"]),
    ("ins", &["cite", "datetime"]),
    ("time", &["datetime"]),
    ("ol", &["start", "reversed", "type"]),
    ("td", &["colspan", "rowspan", "align"]),
    ("th", &["colspan", "rowspan", "scope", "align"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("data", &["value"]),
];

/// Whether an element may have this attribute.
pub(crate) fn may_stay(tag: &str, name: &str) -> bool {
    GENERIC.contains(&name) || ATTRIBUTES.iter().any(|(known, names)| *known == tag && names.contains(&name))
}

/// What becomes of one attribute that may stay.
pub(crate) fn attribute<'v>(name: &str, value: &'v str, base: Option<&Url>) -> Option<Cow<'v, str>> {
    if value.len() > MAX_ATTRIBUTE {
        return None;
    }
    match name {
        "href" => links::any(value, base),
        // The page itself is no picture.
        "src" | "poster" if value.trim().is_empty() || value.trim_start().starts_with('#') => None,
        "src" | "poster" | "cite" => links::web(value, base).map(Cow::Owned),
        "srcset" => links::source_set(value, base).map(Cow::Owned),
        _ => Some(Cow::Borrowed(value)),
    }
}
