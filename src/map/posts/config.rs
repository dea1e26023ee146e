//! A site's config → a tree with the keys that all rules ask for: `url`, `title`,
//! `description`, `lang`, `timezone`, `author`, `email`.

use crate::yaml::{Key, Node, Value};

/// A text that stands nowhere.
pub(super) fn scalar(text: &str) -> Node {
    Node { value: Value::Scalar { text: text.to_owned(), quoted: true }, line: 1, column: 1 }
}

/// The config with these keys put over its own; what has no value is left as it is.
pub(super) fn with(own: Option<&Node>, over: Vec<(&str, Option<Node>)>) -> Node {
    let mut pairs = own.and_then(Node::map).unwrap_or_default().to_vec();
    pairs.extend(over.into_iter().filter_map(|(key, node)| {
        let node = node?;
        Some((Key { text: key.to_owned(), names: None, line: node.line, column: node.column }, node))
    }));
    Node { value: Value::Map(pairs), line: 1, column: 1 }
}

/// Two configs as one: maps are joined, and where both say something the second counts.
pub(super) fn joined(under: Node, over: Node) -> Node {
    let (Node { value: Value::Map(mut pairs), line, column }, Value::Map(others)) = (under, &over.value)
    else {
        return over;
    };
    for (key, node) in others {
        match pairs.iter_mut().rev().find(|(known, _)| known.text == key.text) {
            Some((_, known)) => *known = joined(known.clone(), node.clone()),
            None => pairs.push((key.clone(), node.clone())),
        }
    }
    Node { value: Value::Map(pairs), line, column }
}

/// A value below a path of keys.
pub(super) fn below(path: &[&str], node: Node) -> Node {
    path.iter().rev().fold(node, |node, key| with(None, vec![(key, Some(node))]))
}

/// The same with every key in lower case.
pub(super) fn lower(node: &Node) -> Node {
    let value = match &node.value {
        Value::Map(pairs) => Value::Map(
            pairs
                .iter()
                .map(|(key, node)| (Key { text: key.text.to_lowercase(), ..key.clone() }, lower(node)))
                .collect(),
        ),
        Value::List(items) => Value::List(items.iter().map(lower).collect()),
        scalar @ Value::Scalar { .. } => scalar.clone(),
    };
    Node { value, ..*node }
}

/// The value at a path of keys.
pub(super) fn at<'a>(node: Option<&'a Node>, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node?, |node, key| node.get(key))
}

/// The text at a path of keys that says something.
pub(super) fn text<'a>(node: Option<&'a Node>, path: &[&str]) -> Option<&'a str> {
    at(node, path)?.text().map(str::trim).filter(|text| !text.is_empty())
}
