//! TOML → a tree: numbers and dates as they were written, strings as quoted.

use super::Places;
use crate::yaml::{Key, Node, Value, YamlError};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a TOML document; its reader bounds the depth.
///
/// # Errors
/// The place where the text is no TOML.
pub fn toml(text: &str) -> Result<Node, YamlError> {
    let places = Places::of(text);
    match DeTable::parse(text) {
        Ok(table) => {
            let reader = Reader { text, places };
            Ok(Node { value: reader.table(table.get_ref()), line: 1, column: 1 })
        }
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let (line, column) = places.of_byte(text, start);
            let message = error.message().split('\n').next().unwrap_or_default().to_lowercase();
            Err(YamlError { line, column, message })
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    places: Places,
}

impl Reader<'_> {
    fn table(&self, table: &DeTable<'_>) -> Value {
        let mut pairs: Vec<(Key, Node)> = table
            .iter()
            .map(|(key, value)| {
                let (line, column) = self.places.of_byte(self.text, key.span().start);
                (Key { text: key.get_ref().to_string(), names: None, line, column }, self.value(value))
            })
            .collect();
        pairs.sort_by_key(|(key, _)| (key.line, key.column));
        Value::Map(pairs)
    }

    fn value(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let (line, column) = self.places.of_byte(self.text, value.span().start);
        let raw = || self.text.get(value.span()).unwrap_or_default().trim().to_owned();
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Scalar { text: text.to_string(), quoted: true },
            DeValue::Array(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            DeValue::Table(table) => self.table(table),
            _ => Value::Scalar { text: raw(), quoted: false },
        };
        Node { value, line, column }
    }
}
