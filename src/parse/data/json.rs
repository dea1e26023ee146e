//! JSON → a tree; the reader bounds the depth.

use crate::yaml::{Key, Node, Value, YamlError};
use serde_json::Value as Json;

/// Reads one JSON value and nothing behind it; of twin keys the last holds.
///
/// # Errors
/// The place where the text is no JSON.
pub fn json(text: &str) -> Result<Node, YamlError> {
    match serde_json::from_str::<Json>(text) {
        Ok(value) => Ok(node(value)),
        Err(error) => {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default().to_lowercase();
            Err(YamlError { line: error.line().max(1), column: error.column().max(1), message })
        }
    }
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
            let pair = |(text, item)| (Key { text, line: 1, column: 1 }, node(item));
            Value::Map(pairs.into_iter().map(pair).collect())
        }
    };
    Node { value, line: 1, column: 1 }
}
