//! JSON → a tree; the reader bounds the depth.

use crate::yaml::{Key, Node, Value, YamlError};
use serde_json::Value as Json;
use std::borrow::Cow;

/// Bytes of an escaped code unit: `\u` and four hex digits.
const ESCAPE: usize = 6;

/// Reads one JSON value and nothing behind it; of twin keys the last holds.
///
/// # Errors
/// The place where the text is no JSON.
pub fn json(text: &str) -> Result<Node, YamlError> {
    match serde_json::from_str::<Json>(&whole_escapes(text)) {
        Ok(value) => Ok(node(value)),
        Err(error) => {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_lowercase();
            Err(YamlError { line: error.line().max(1), column: error.column().max(1), message })
        }
    }
}

/// Halves of surrogate pairs without their other half, which the reader refuses, as
/// U+FFFD; every place stays where it was.
fn whole_escapes(text: &str) -> Cow<'_, str> {
    let is_high = |unit: &u32| (0xd800..0xdc00).contains(unit);
    let is_low = |unit: &u32| (0xdc00..0xe000).contains(unit);
    let mut out: Option<String> = None;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let place = at + found;
        let unit = unit_at(text, place);
        at = place + if unit.is_some() { ESCAPE } else { 2 };
        if unit.as_ref().is_some_and(is_high) && unit_at(text, at).as_ref().is_some_and(is_low) {
            at += ESCAPE;
        } else if unit.as_ref().is_some_and(|unit| is_high(unit) || is_low(unit)) {
            out.get_or_insert_with(|| text.to_owned()).replace_range(place..place + ESCAPE, "\\ufffd");
        }
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The code unit that is escaped at this byte.
fn unit_at(text: &str, place: usize) -> Option<u32> {
    let digits = text.get(place..place + ESCAPE)?.strip_prefix("\\u")?;
    u32::from_str_radix(digits, 16).ok()
}

fn node(value: Json) -> Node {
    let scalar = |text: String, quoted| Value::Scalar { text, quoted };
    let value = match value {
        Json::Null => scalar(String::new(), false),
        Json::Bool(truth) => scalar(truth.to_string(), false),
        Json::Number(number) => scalar(number.to_string(), false),
        Json::String(text) => scalar(text, true),
        Json::Array(items) => Value::List(items.into_iter().map(node).collect()),
        Json::Object(pairs) => {
            let pair = |(text, item)| (Key { text, names: None, line: 1, column: 1 }, node(item));
            Value::Map(pairs.into_iter().map(pair).collect())
        }
    };
    Node { value, line: 1, column: 1 }
}
