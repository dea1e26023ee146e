//! Variables and flags laid over the tree of the config file, so that one reader reads both.
//!
//! In: the tree. Out: the tree with their values in it; each stands in "line 0", and
//! its "column" says which it is ([`Overlay::name`]).

use crate::config::Environment;
use crate::yaml;
use crate::yaml::Key;
use crate::yaml::Node;
use crate::yaml::Value;

/// The line of what no file holds.
const NO_LINE: usize = 0;

/// What was laid over a tree.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    names: Vec<String>,
}

impl Overlay {
    /// Lays variables over the tree, then flags.
    pub(super) fn lay(tree: &mut Node, environment: &Environment) -> Self {
        let mut overlay = Self::default();
        for (name, value) in environment.keys() {
            let path = name.strip_prefix("FEEDMILL_").unwrap_or(name).to_ascii_lowercase();
            let node = overlay.node(name, read_value(value));
            put(tree, &path.split("__").collect::<Vec<_>>(), node);
        }
        for flag in environment.flags() {
            let node = overlay.node(flag.name, scalar(&flag.value));
            put(tree, &flag.key.split('.').collect::<Vec<_>>(), node);
        }
        overlay
    }

    /// Which variable or flag stands at a place; `None` for one in the file.
    pub(super) fn name(&self, line: usize, column: usize) -> Option<&str> {
        (line == NO_LINE).then(|| self.names.get(column).map(String::as_str))?
    }

    fn node(&mut self, name: &str, value: Value) -> Node {
        self.names.push(name.to_owned());
        let mut node = Node { value, line: NO_LINE, column: 0 };
        place(&mut node, self.names.len() - 1);
        node
    }
}

/// Whether a value was laid over the file; its paths count from the current folder.
pub(super) fn is_laid_over(node: &Node) -> bool {
    node.line == NO_LINE
}

/// A variable's value is text, or a list or mapping in YAML's flow style.
fn read_value(text: &str) -> Value {
    if text.starts_with(['[', '{'])
        && let Ok(Some(node)) = yaml::read(text)
    {
        return node.value;
    }
    scalar(text)
}

fn scalar(text: &str) -> Value {
    Value::Scalar { text: text.to_owned(), quoted: false }
}

fn place(node: &mut Node, column: usize) {
    (node.line, node.column) = (NO_LINE, column);
    match &mut node.value {
        Value::Scalar { .. } => {}
        Value::List(items) => items.iter_mut().for_each(|item| place(item, column)),
        Value::Map(pairs) => {
            for (key, node) in pairs {
                (key.line, key.column) = (NO_LINE, column);
                place(node, column);
            }
        }
    }
}

fn put(tree: &mut Node, path: &[&str], node: Node) {
    let [name, below @ ..] = path else {
        *tree = node;
        return;
    };
    // What is no mapping here is a fault of the file's, and is told as one.
    if tree.is_null() {
        tree.value = Value::Map(Vec::new());
    }
    let Value::Map(pairs) = &mut tree.value else {
        return;
    };
    let known = pairs.iter().position(|(key, _)| key.text == *name);
    let empty = Node { value: scalar(""), ..node };
    let key = Key { text: (*name).to_owned(), names: None, line: node.line, column: node.column };
    match known.and_then(|place| pairs.get_mut(place)) {
        None => {
            let mut fresh = empty;
            put(&mut fresh, below, node);
            pairs.push((key, fresh));
        }
        Some(pair) => {
            if below.is_empty() {
                pair.0 = key;
            }
            put(&mut pair.1, below, node);
        }
    }
}
