//! JSON that can't be read to its end → the items that can, each by itself.
//!
//! Templates that write JSON by hand forget to escape a quote: that costs the item it stands
//! in. Where an item begins is seen by its first key, not by counting brackets, which a
//! quote has put out of step.

use super::stream::{Object, Shape};
use serde::de::DeserializeSeed as _;
use serde_json::Value;

/// What an item may begin with, and what is in it doesn't.
const FIRST_KEYS: [&str; 7] =
    ["id", "guid", "title", "content_html", "content_text", "date_published", "external_url"];

/// The items of a document: those that can be read, `None` for each that can't.
pub(super) fn items(text: &str) -> impl Iterator<Item = Option<Object>> {
    let starts: Vec<usize> =
        text.match_indices('{').map(|(at, _)| at).filter(|at| begins_item(text, *at)).collect();
    let ends: Vec<usize> = starts.iter().copied().skip(1).chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| {
        let mut reader = serde_json::Deserializer::from_str(text.get(start..end)?);
        match Shape::Item.deserialize(&mut reader).ok()? {
            Value::Object(item) => Some(item),
            _ => None,
        }
    })
}

/// Whether a bracket stands in a list and has one of the keys behind it.
fn begins_item(text: &str, at: usize) -> bool {
    let (before, from) = text.split_at(at);
    let Some((key, after)) =
        from.get(1..).and_then(|inner| inner.trim_start().strip_prefix('"')?.split_once('"'))
    else {
        return false;
    };
    FIRST_KEYS.contains(&key)
        && after.trim_start().starts_with(':')
        && before.trim_end().ends_with(['[', ','])
}
