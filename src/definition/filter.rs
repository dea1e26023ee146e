//! Which entries a feed or source lets through: lists of conditions.

use crate::definition::category;
use crate::definition::word;
use crate::model::CategoryPath;
use crate::yaml::Faults;
use crate::yaml::Key;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::describe;
use crate::yaml::expected;
use crate::yaml::nearest;
use regex::Regex;
use regex::RegexBuilder;
use std::hash::Hash;
use std::hash::Hasher;
use std::time::Duration;

/// The longest expression, in bytes.
const LONGEST: usize = 1000;
/// What one compiled expression may take, in bytes.
const LARGEST: usize = 1 << 20;

/// The keys of a condition; those of a post's metadata begin with `meta.`.
const KEYS: [&str; 10] = [
    "title",
    "content",
    "author",
    "link",
    "category",
    "tag",
    "source",
    "older_than",
    "newer_than",
    "meta.KEY",
];

/// What is let through: what some `include` condition holds for (everything where
/// there is none) and no `exclude` condition does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Any of these.
    pub include: Vec<Condition>,
    /// None of these.
    pub exclude: Vec<Condition>,
}

/// Holds where every part of it that is there does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Condition {
    /// Found in the title.
    pub title: Option<Pattern>,
    /// Found in the content or the summary, as text.
    pub content: Option<Pattern>,
    /// Found in an author's name or e-mail address.
    pub author: Option<Pattern>,
    /// Found in the link.
    pub link: Option<Pattern>,
    /// These names, one below the other, at any level of a category.
    pub category: Option<CategoryPath>,
    /// Has this tag.
    pub tag: Option<String>,
    /// Comes from the source with this id.
    pub source: Option<String>,
    /// Stands at a date longer ago than this.
    pub older_than: Option<Duration>,
    /// Stands at a date less long ago than this.
    pub newer_than: Option<Duration>,
    /// Found in a value of this key of the post's metadata.
    pub meta: Vec<(String, Pattern)>,
}

/// A regular expression that takes time in proportion to what it looks through.
#[derive(Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Whether it is found anywhere in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "/{}/", self.0.as_str())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

/// The id of a source that a condition names, and where.
pub(super) struct NamedSource<'tree> {
    name: String,
    node: &'tree Node,
}

/// `filter`: the lists; the sources they name go onto `named`.
pub(super) fn filter<'tree>(
    section: &mut Section<'tree, '_>,
    named: &mut Vec<NamedSource<'tree>>,
) -> Option<Filter> {
    let full = section.full("filter");
    let mut lists = section.section("filter")?;
    let mut list = |key: &'static str| {
        let node = lists.node(key);
        let name = format!("{full}.{key}");
        node.map(|node| conditions(node, &name, lists.faults, named)).unwrap_or_default()
    };
    let filter = Filter { include: list("include"), exclude: list("exclude") };
    lists.finish();
    (filter != Filter::default()).then_some(filter)
}

/// Every source that a condition names has to be one of the feed's.
pub(super) fn refuse_unknown_sources(named: &[NamedSource<'_>], ids: &[String], faults: &mut Faults) {
    for NamedSource { name, node } in named {
        let wanted = node.text().unwrap_or_default().trim();
        if ids.iter().any(|id| id == wanted) {
            continue;
        }
        let near = nearest(wanted, ids.iter().map(String::as_str))
            .map_or(String::new(), |near| format!(", the nearest is `{near}`"));
        faults.add(node, format!("`{name}`: no source of this feed has the id `{wanted}`{near}"));
    }
}

fn conditions<'tree>(
    node: &'tree Node,
    name: &str,
    faults: &mut Faults,
    named: &mut Vec<NamedSource<'tree>>,
) -> Vec<Condition> {
    let items = node.list().unwrap_or(std::slice::from_ref(node));
    if items.is_empty() {
        faults.add(node, format!("`{name}`: {}", expected("a list with at least one condition", node)));
    }
    let one = |(place, item)| condition(item, &format!("{name}[{}]", place + 1), faults, named);
    items.iter().enumerate().map(one).collect()
}

fn condition<'tree>(
    node: &'tree Node,
    name: &str,
    faults: &mut Faults,
    named: &mut Vec<NamedSource<'tree>>,
) -> Condition {
    let mut condition = Condition::default();
    let Some(pairs) = node.map().filter(|pairs| !pairs.is_empty()) else {
        faults.add(node, format!("`{name}`: {}", expected("a condition such as `title: word`", node)));
        return condition;
    };
    let mut seen: Vec<&Key> = Vec::new();
    for (key, value) in pairs {
        if let Some(first) = seen.iter().find(|first| first.text == key.text) {
            let twice =
                format!("key `{name}.{}` stands here a second time, first in line {}", key.text, first.line);
            faults.add_at_key(key, twice);
        }
        seen.push(key);
        let full = format!("{name}.{}", key.text);
        if key.text == "source" {
            named.push(NamedSource { name: full.clone(), node: value });
        }
        if !condition.put(key, &full, value, faults) && !key.text.starts_with("x-") {
            let own = KEYS.into_iter().find(|known| known.strip_suffix(".KEY") == Some(key.text.as_str()));
            let near = own.or_else(|| nearest(&key.text, KEYS)).unwrap_or_default();
            faults
                .add_at_key(key, format!("unknown key `{full}`, the nearest known key is `{near}`"))
                .unknown_key = true;
        }
    }
    condition
}

impl Condition {
    /// Reads one key; whether it is one.
    fn put(&mut self, key: &Key, name: &str, node: &Node, faults: &mut Faults) -> bool {
        match key.text.as_str() {
            "title" => self.title = faults.value(name, node, pattern),
            "content" => self.content = faults.value(name, node, pattern),
            "author" => self.author = faults.value(name, node, pattern),
            "link" => self.link = faults.value(name, node, pattern),
            "category" => self.category = faults.value(name, node, category::path),
            "tag" => self.tag = faults.value(name, node, Node::as_line),
            "source" => self.source = faults.value(name, node, Node::as_line),
            "older_than" => self.older_than = faults.value(name, node, word::age),
            "newer_than" => self.newer_than = faults.value(name, node, word::age),
            other => {
                let Some(field) = other.strip_prefix("meta.").filter(|field| !field.is_empty()) else {
                    return false;
                };
                let pattern = faults.value(name, node, pattern);
                self.meta.extend(pattern.map(|pattern| (field.to_owned(), pattern)));
            }
        }
        true
    }
}

fn pattern(node: &Node) -> Result<Pattern, String> {
    let text = node.as_text()?;
    if text.is_empty() {
        return Err("expected a regular expression, found an empty text, which is in everything".into());
    }
    if text.len() > LONGEST {
        return Err(format!("expected a regular expression of at most {LONGEST} bytes"));
    }
    let built = RegexBuilder::new(text).size_limit(LARGEST).dfa_size_limit(LARGEST).build();
    built.map(Pattern).map_err(|error| {
        let told = match error {
            regex::Error::CompiledTooBig(_) => "it grows too large".to_owned(),
            error => {
                let told = error.to_string();
                let last = told.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        };
        format!("expected a regular expression, found {}: {told}", describe(node))
    })
}
