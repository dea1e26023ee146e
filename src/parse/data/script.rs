//! What a JavaScript module plainly exports → a mapping, and the names of what is worked out.
//!
//! Literals: texts, numbers, truths, lists and objects of these, what an object's function
//! returns at once, and template literals whose expressions only name data, which become
//! `{{ … }}`. Nothing is run; what isn't plain is passed over and told by its dotted name.

mod reader;
mod scan;

use super::Places;
use crate::yaml::{Key, Node, Value};
use reader::Reader;

/// Larger modules are programs, not data, in bytes.
const LARGEST: usize = 64 * 1024;

/// What a module exports, as far as it is plain.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The object.
    pub data: Node,
    /// Dotted names of what is worked out; an empty one is the whole export.
    pub worked_out: Vec<Key>,
}

/// Reads `export default …` and `module.exports = …`.
pub fn script(text: &str) -> Script {
    let places = Places::of(text);
    let mut reader = Reader::new(text, &places);
    let exported = scan::exported(text).filter(|_| text.len() <= LARGEST);
    let value = exported.and_then(|at| reader.exported(at));
    let (line, column) = places.of_byte(text, exported.unwrap_or_default());
    let value = value.filter(|value| matches!(value, Value::Map(_))).unwrap_or_else(|| {
        reader.worked_out = vec![Key { text: String::new(), names: None, line, column }];
        Value::Map(Vec::new())
    });
    Script { data: Node { value, line, column }, worked_out: reader.worked_out }
}
