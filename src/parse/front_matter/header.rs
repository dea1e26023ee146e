//! Pelican's header: Python-Markdown's `Key: value` lines, values as they stand.

use super::{FrontMatter, Note, State, without};
use crate::yaml::{Key, Node, Value};

/// Reads the header; a plain reading takes one that begins after blank lines, and says so.
pub(super) fn read(text: &str, is_strict: bool) -> FrontMatter<'_> {
    let blank = text.len() - text.trim_start().len();
    let blank = text.get(..blank).and_then(|blank| blank.rfind('\n')).map_or(0, |end| end + 1);
    if blank > 0 && is_strict {
        return without(text);
    }
    let (above, rest) = text.split_at_checked(blank).unwrap_or(("", text));
    let lines_above = above.matches('\n').count();
    let (pairs, body) = pairs(rest, lines_above);
    if pairs.is_empty() {
        return without(text);
    }
    let line = lines_above + 1;
    let note = (blank > 0).then(|| Note {
        line,
        column: 1,
        message: format!(
            "Pelican would not read this header: it begins after {}",
            if lines_above == 1 { "a blank line".into() } else { format!("{lines_above} blank lines") }
        ),
    });
    FrontMatter {
        data: Some(Node { value: Value::Map(pairs), line, column: 1 }),
        body,
        notes: note.into_iter().collect(),
        state: State::Read,
    }
}

/// The pairs, keys in lower case; one that has several lines is a list of them.
fn pairs(text: &str, lines_above: usize) -> (Vec<(Key, Node)>, &str) {
    let mut found: Vec<(Key, Vec<Node>)> = Vec::new();
    let mut current: Option<usize> = None;
    let mut end = 0;
    for (place, whole) in text.split_inclusive('\n').enumerate() {
        let line = whole.trim_end_matches(['\n', '\r']);
        let number = lines_above + place + 1;
        if place == 0 && is_fence(line, &["---"]) {
            end += whole.len();
            continue;
        }
        if line.trim().is_empty() || is_fence(line, &["---", "..."]) {
            end += whole.len();
            break;
        }
        let scalar = |text: &str, column| {
            let value = Value::Scalar { text: text.trim().to_owned(), quoted: true };
            Node { value, line: number, column }
        };
        if let Some((name, value)) = key_of(line) {
            let column = line.len() - value.trim_start().len() + 1;
            let node = scalar(value, column);
            let known = found.iter().position(|(key, _)| key.text == name);
            current = Some(known.unwrap_or(found.len()));
            match known.and_then(|known| found.get_mut(known)) {
                Some((_, values)) => values.push(node),
                None => found.push((Key { text: name, names: None, line: number, column: 1 }, vec![node])),
            }
        } else if line.starts_with("    ")
            && let Some((_, values)) = current.and_then(|place| found.get_mut(place))
        {
            values.push(scalar(line, 5));
        } else {
            break;
        }
        end += whole.len();
    }
    let pairs = found.into_iter().map(|(key, values)| (key, whole(values))).collect();
    (pairs, text.get(end..).unwrap_or_default())
}

fn whole(mut values: Vec<Node>) -> Node {
    let (line, column) = values.first().map_or((1, 1), |node| (node.line, node.column));
    match (values.len(), values.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            values.extend(last);
            Node { value: Value::List(values), line, column }
        }
    }
}

fn is_fence(line: &str, fences: &[&str]) -> bool {
    let after = fences.iter().find_map(|fence| line.strip_prefix(fence));
    after.is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
}

/// `^[ ]{0,3}([A-Za-z0-9_-]+):\s*(.*)`.
fn key_of(line: &str) -> Option<(String, &str)> {
    let rest = line.trim_start_matches(' ');
    let (name, value) = rest.split_once(':').filter(|_| line.len() - rest.len() < 4)?;
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    is_name.then(|| (name.to_lowercase(), value))
}
