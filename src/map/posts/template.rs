//! What the templates of a source's `map` give for a post.
//!
//! Their names: every key of the front matter (and all of it as `meta`), `path` below what
//! `posts` names, its `folders`, the file's `name` without extension, and for fields that
//! are filled last `content` (HTML), its `text` and its `images` (their addresses).

use super::config::scalar;
use super::meta::{Meta, flat, image, people, scalar_or_list};
use super::{PostFile, Site, title};
use crate::definition::LONGEST_TEXT;
use crate::definition::{Made, Pick, Template};
use crate::map::lazy_images::made_real;
use crate::map::plain;
use crate::model::{CategoryPath, Entry, Problem};
use crate::parse::tag::attributes;
use crate::parse::tag::tag_end;
use crate::yaml::{Node, Value as Tree};
use minijinja::Value;
use minijinja::value::Object;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pictures of a text that a template is shown.
const MOST_IMAGES: usize = 100;

/// What a template may ask for.
#[derive(Debug)]
struct Names {
    own: BTreeMap<&'static str, Value>,
    meta: BTreeMap<String, Value>,
    /// The keys of `meta` are in lower case, whatever is asked for.
    folds: bool,
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let folded = || self.folds.then(|| self.meta.get(&key.to_lowercase())).flatten();
        self.own.get(key).or_else(|| self.meta.get(key)).or_else(folded).cloned()
    }
}

fn names(meta: &Meta<'_>, file: &PostFile<'_>, content: &str) -> Value {
    let values: BTreeMap<String, Value> =
        meta.pairs().into_iter().map(|(key, node)| (key.to_owned(), value(node))).collect();
    let (above, name) = file.path.rsplit_once('/').unwrap_or(("", file.path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let folders = above.split('/').filter(|folder| !folder.is_empty());
    let own = BTreeMap::from([
        ("path", Value::from(file.path)),
        ("folders", folders.collect()),
        ("name", Value::from(stem)),
        ("meta", Value::from_pairs(values.clone())),
        ("content", Value::from(shown(content))),
        ("images", Value::from(images(content))),
        ("text", Value::from(shown(&plain::shown(content)))),
    ]);
    Value::from_object(Names { own, meta: values, folds: meta.folds() })
}

/// As much of a text as a template is shown.
fn shown(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text)
}

/// A value of the front matter: a text stays as it is written, `1.10` and all.
fn value(node: &Node) -> Value {
    match &node.value {
        Tree::Scalar { text, .. } => match node.boolean() {
            _ if node.is_null() => Value::from(()),
            Some(truth) => Value::from(truth),
            None => Value::from(shown(text)),
        },
        Tree::List(items) => items.iter().map(value).collect(),
        Tree::Map(pairs) => {
            Value::from_pairs(pairs.iter().map(|(key, node)| (key.text.clone(), value(node))))
        }
    }
}

/// The addresses of its pictures, in order.
fn images(html: &str) -> Vec<String> {
    let html = made_real(html);
    let mut found = Vec::new();
    let mut rest: &str = &html;
    while let Some(at) = rest.find("<img").filter(|_| found.len() < MOST_IMAGES) {
        let (tag, after) = rest.split_at(at).1.split_at(tag_end(rest.split_at(at).1));
        let of_tag = attributes(tag.strip_prefix("<img").unwrap_or_default());
        let source = of_tag.iter().find(|(key, _)| key.eq_ignore_ascii_case("src"));
        found.extend(
            source.map(|(_, address)| address.trim().replace("&amp;", "&")).filter(|text| !text.is_empty()),
        );
        rest = after;
    }
    found
}

impl<'a> Meta<'a> {
    /// Of these layers, the first that has a key wins; with what templates make of them.
    pub(super) fn new(
        layers: Vec<&'a Node>,
        site: &'a Site,
        file: &PostFile<'_>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        Self::of(layers, site, false).with_made(site, file, problems)
    }

    /// Of layers whose keys are in lower case: then the case of what is asked for doesn't count.
    pub(super) fn folded(
        layers: Vec<&'a Node>,
        site: &'a Site,
        file: &PostFile<'_>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        Self::of(layers, site, true).with_made(site, file, problems)
    }

    fn with_made(mut self, site: &Site, file: &PostFile<'_>, problems: &mut Vec<Problem>) -> Self {
        self.made = early(site, &self, file, problems);
        self
    }
}

/// What the map says for each field that the text isn't needed for, where a template says it.
fn early(
    site: &Site,
    meta: &Meta<'_>,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Node> {
    let mut found = BTreeMap::new();
    let mut shown = None;
    for (field, picks) in site.fields.iter().filter(|(field, picks)| !is_late(field, picks)) {
        if picks.iter().any(|pick| matches!(pick, Pick::Template(_))) {
            let names = shown.get_or_insert_with(|| names(meta, file, ""));
            found.extend(
                chosen(meta, (field, picks), names, file, problems).map(|made| (field.clone(), node(&made))),
            );
        }
    }
    found
}

/// Fills what waits for the text.
pub(super) fn late(
    entry: &mut Entry,
    site: &Site,
    meta: &Meta<'_>,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) {
    let mut shown = None;
    for (field, picks) in site.fields.iter().filter(|(field, picks)| is_late(field, picks)) {
        let content = entry.content.as_deref().unwrap_or_default();
        let names = shown.get_or_insert_with(|| names(meta, file, content));
        if let Some(made) = chosen(meta, (field, picks), names, file, problems) {
            fill(entry, site, field, &made);
        }
    }
}

/// Categories always: a template writes `a/b` for a path, a generator's key has rules of its own.
fn is_late(field: &str, picks: &[Pick]) -> bool {
    let has_template = picks.iter().any(|pick| matches!(pick, Pick::Template(_)));
    has_template && (field == "categories" || picks.iter().any(Pick::asks_for_text))
}

/// What the first template gives that no key with a value stands before.
fn chosen(
    meta: &Meta<'_>,
    (field, picks): (&str, &[Pick]),
    names: &Value,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Made> {
    for pick in picks {
        match pick {
            Pick::Key(key) if meta.first(&[key]).is_some() => return None,
            Pick::Key(_) => {}
            Pick::Template(template) => {
                if let Some(made) = rendered(template, field, names, file, problems) {
                    return Some(made);
                }
            }
        }
    }
    None
}

fn rendered(
    template: &Template,
    field: &str,
    names: &Value,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Made> {
    template.render(names).unwrap_or_else(|reason| {
        problems.push(Problem::warning(file.at(1, 1), format!("`map.{field}`: {reason}")));
        None
    })
}

fn node(made: &Made) -> Node {
    match made {
        Made::Text(text) => scalar(text),
        Made::List(items) => {
            Node { value: Tree::List(items.iter().map(|item| scalar(item)).collect()), line: 1, column: 1 }
        }
    }
}

fn fill(entry: &mut Entry, site: &Site, field: &str, made: &Made) {
    let node = node(made);
    let page = entry.link.clone().unwrap_or_default();
    match field {
        "author" => entry.authors = people(&node, &site.people),
        "categories" => entry.categories = flat(&node).into_iter().filter_map(path).collect(),
        "tags" => entry.tags = flat(&node).into_iter().map(str::to_owned).collect(),
        "image" => entry.image = image(&node, &page, &site.home),
        "title" => entry.title = title::plain(&scalar_or_list(&node)),
        "summary" => entry.summary = Some(scalar_or_list(&node)),
        "language" => entry.language = Some(scalar_or_list(&node)),
        // The definition lets no other field wait.
        _ => {}
    }
}

fn path(text: &str) -> Option<CategoryPath> {
    CategoryPath::from_names(text.split('/').map(str::trim).filter(|name| !name.is_empty()))
}
