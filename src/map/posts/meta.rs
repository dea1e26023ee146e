//! Looking things up in a post's metadata: its own front matter first, then the site's defaults.

use super::Site;
use super::address::Home;
use crate::definition::Pick;
use crate::model::Person;
use crate::yaml::{Node, Value};
use std::collections::{BTreeMap, HashSet};

/// Filters look at so many values of a post, each this long, in bytes.
const MOST_VALUES: usize = 200;
const LONGEST_VALUE: usize = 1000;

/// A post's metadata; the first layer that has a key wins.
pub(super) struct Meta<'a> {
    layers: Vec<&'a Node>,
    fields: &'a BTreeMap<String, Vec<Pick>>,
    /// What templates of the source's map gave, by field.
    pub(super) made: BTreeMap<String, Node>,
    /// The layers' keys are in lower case, whatever the case that is asked for.
    folds: bool,
    /// Nobody asks for contents and summaries.
    pub(super) is_without_texts: bool,
}

impl<'a> Meta<'a> {
    /// Of these layers alone.
    pub(super) fn of(layers: Vec<&'a Node>, site: &'a Site, folds: bool) -> Self {
        let (fields, is_without_texts) = (&site.fields, site.is_without_texts);
        Self { layers, fields, made: BTreeMap::new(), folds, is_without_texts }
    }

    /// Whether all keys are in lower case.
    pub(super) fn folds(&self) -> bool {
        self.folds
    }

    /// Every key with its value; the first layer that has it wins.
    pub(super) fn pairs(&self) -> Vec<(&'a str, &'a Node)> {
        let mut found: Vec<(&str, &Node)> = Vec::new();
        let mut known = HashSet::new();
        for layer in &self.layers {
            for (key, node) in layer.map().unwrap_or_default() {
                if known.insert(key.text.as_str()) {
                    found.push((&key.text, node));
                }
            }
        }
        found
    }

    /// The value of a key, whatever it is.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        if self.folds && key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.get(&key.to_lowercase());
        }
        self.layers.iter().find_map(|layer| layer.get(key))
    }

    /// The values of a key in every layer, the weakest first.
    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = &'a Node> {
        self.layers.iter().rev().filter_map(move |layer| layer.get(key))
    }

    /// A scalar's text, not empty.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.text().filter(|text| !text.trim().is_empty())
    }

    /// The value at a path of keys, `cover.image`.
    fn dotted(&self, path: &str) -> Option<&'a Node> {
        if let Some(node) = self.get(path) {
            return Some(node);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.get(first)?, |node, key| node.get(key))
    }

    /// What the source's own map says for an entry field: `None` where it does not speak of it.
    pub(super) fn mapped(&self, field: &str) -> Option<&Node> {
        let mut keys = self.fields.get(field)?.iter().filter_map(|pick| match pick {
            Pick::Key(key) => Some(key.as_str()),
            Pick::Template(_) => None,
        });
        self.made.get(field).or_else(|| keys.find_map(|key| self.first(&[key])))
    }

    /// The first of these keys (dotted) that has a value.
    pub(super) fn first(&self, keys: &[&str]) -> Option<&'a Node> {
        keys.iter().find_map(|key| self.dotted(key).filter(|node| !is_empty(node)))
    }

    /// Every scalar by its key, dotted below a mapping; a list's key once an item.
    pub(super) fn scalars(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (key, node) in self.pairs() {
            scalars(key, node, &mut found);
        }
        found
    }

    /// Whether a key plainly says no: `false`, and `no` or `off` where `loose`.
    pub(super) fn is_off(&self, key: &str, loose: bool) -> bool {
        self.get(key).is_some_and(|node| switch(node, loose) == Some(false))
    }

    /// Whether a key plainly says yes.
    pub(super) fn is_on(&self, key: &str, loose: bool) -> bool {
        self.get(key).is_some_and(|node| switch(node, loose) == Some(true))
    }
}

/// `true` and `false`; YAML 1.1's `yes`, `no`, `on`, `off` and quoted ones where `loose`.
pub(super) fn switch(node: &Node, loose: bool) -> Option<bool> {
    node.boolean().or_else(|| {
        let text = node.text().filter(|_| loose)?;
        match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" | "y" => Some(true),
            "no" | "off" | "false" | "n" => Some(false),
            _ => None,
        }
    })
}

/// Whether a value says nothing.
pub(super) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Scalar { text, .. } => node.is_null() || text.trim().is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(pairs) => pairs.is_empty(),
    }
}

/// Every scalar below a node, in order; empty ones fall away.
pub(super) fn flat(node: &Node) -> Vec<&str> {
    fn walk<'a>(node: &'a Node, into: &mut Vec<&'a str>) {
        match &node.value {
            Value::Scalar { .. } => into.extend(node.text().filter(|text| !text.trim().is_empty())),
            Value::List(items) => items.iter().for_each(|item| walk(item, into)),
            Value::Map(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(node, &mut found);
    found
}

fn scalars(key: &str, node: &Node, found: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Scalar { text, .. } if found.len() < MOST_VALUES => {
            let end = text.floor_char_boundary(LONGEST_VALUE);
            found.push((key.to_owned(), text.get(..end).unwrap_or_default().trim().to_owned()));
        }
        Value::Scalar { .. } => {}
        Value::List(items) => items.iter().for_each(|item| scalars(key, item, found)),
        Value::Map(pairs) => {
            for (name, node) in pairs {
                scalars(&format!("{key}.{}", name.text), node, found);
            }
        }
    }
}

/// The people that a value names: a name, `{name, email, url|uri}`, or a list of them;
/// a name that the site knows stands for that person.
pub(super) fn people(node: &Node, known: &BTreeMap<String, Person>) -> Vec<Person> {
    match &node.value {
        Value::List(items) => items.iter().flat_map(|item| people(item, known)).collect(),
        Value::Map(_) => person(node).into_iter().collect(),
        Value::Scalar { .. } => node
            .text()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| known.get(name).cloned().unwrap_or_else(|| Person::named(name)))
            .into_iter()
            .collect(),
    }
}

/// A person written as a mapping.
pub(super) fn person(node: &Node) -> Option<Person> {
    let text = |keys: &[&str]| {
        keys.iter()
            .find_map(|key| node.get(key)?.text())
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let person = Person {
        name: text(&["name", "display_name", "title"]),
        email: text(&["email", "mail"]),
        url: text(&["url", "uri", "link", "homepage", "web"]).filter(|url| url.starts_with("http")),
    };
    person.label().is_some().then_some(person)
}

/// A picture: an address, `{path|src|url}`, or the first of a list.
pub(super) fn image(node: &Node, page: &str, home: &Home) -> Option<String> {
    match &node.value {
        Value::Scalar { .. } => {
            let text = node.text()?.trim();
            let is_address = !text.is_empty() && node.boolean().is_none() && !text.starts_with('#');
            is_address.then(|| home.absolute(text, page)).flatten()
        }
        Value::List(items) => items.iter().find_map(|item| image(item, page, home)),
        Value::Map(_) => ["path", "src", "url", "image", "feature", "teaser"]
            .iter()
            .find_map(|key| image(node.get(key)?, page, home)),
    }
}

/// A value as one line: a list that somebody's unquoted `[x]` became is written back.
pub(super) fn scalar_or_list(node: &Node) -> String {
    match node.list() {
        Some(_) => format!("[{}]", flat(node).join(", ")),
        None => node.text().unwrap_or_default().to_owned(),
    }
}
