//! One feed's file: its tree → a [`Definition`].

use crate::definition::Dedupe;
use crate::definition::Defaults;
use crate::definition::Definition;
use crate::definition::Source;
use crate::definition::SourceKind;
use crate::definition::access;
use crate::definition::alias;
use crate::definition::alias::Placed;
use crate::definition::among;
use crate::definition::among::Reference;
use crate::definition::category;
use crate::definition::filter;
use crate::definition::filter::NamedSource;
use crate::definition::hash;
use crate::definition::hub;
use crate::definition::inherited::Inherited;
use crate::definition::known::{OF_CONFIG, OF_SOURCE};
use crate::definition::source;
use crate::definition::word;
use crate::model::ContentMode;
use crate::model::EntryOrder;
use crate::model::Fate;
use crate::model::Outlet;
use crate::model::show_path;
use crate::yaml::Faults;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::expected;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// At most so many entries in a document (interface §2, `limit`).
const MOST_ENTRIES: u64 = 10_000;

/// A feed's file and what it is.
pub(super) struct FeedFile<'a> {
    /// Absolute.
    pub(super) path: &'a Path,
    /// What its relative paths count from: its real folder.
    pub(super) base: &'a Path,
    /// Its stem.
    pub(super) id: &'a str,
    /// The folders between it and `feeds/`.
    pub(super) group: &'a [String],
}

/// A definition, and what has to be looked at beside other feeds.
pub(super) struct ReadFeed {
    pub(super) definition: Definition,
    /// Its aliases with their places.
    pub(super) aliases: Vec<Placed>,
    /// Posts sources whose dates lean on the machine's zone.
    pub(super) timezone_assumed: Vec<String>,
    /// The other feeds that it names.
    pub(super) references: Vec<Reference>,
}

/// Reads a whole file; where `faults` has errors afterwards, the definition is not to be used.
pub(super) fn read(tree: &Node, file: &FeedFile<'_>, defaults: &Defaults, faults: &mut Faults) -> ReadFeed {
    let mut root = Section::new(tree, "", faults);
    let enabled = root.value("enabled", Node::as_boolean).unwrap_or(true);
    let mut outlet = outlet(&mut root, file, defaults);
    let aliases = alias::aliases(&mut root);
    outlet.aliases = aliases.iter().map(|placed| placed.alias.clone()).collect();
    let mut named = Vec::new();
    let inherited = Inherited {
        base: file.base,
        shown: show_path(file.path, &std::env::current_dir().unwrap_or_default()),
        defaults,
        link: outlet.link.clone(),
        schedule: root.value("schedule", word::schedule),
        timezone: root.value("timezone", Node::as_timezone),
        map: source::map(&mut root),
        into: category::moves(&outlet.categories),
        filter: filter::filter(&mut root, &mut named),
        dedupe: dedupe(&mut root),
        websub: root.value("websub", Node::as_boolean).unwrap_or(false),
    };
    let references = among::references(&mut root);
    let away = outlet.fate != Fate::Here && root.node("sources").is_none();
    let (mut sources, timezone_assumed) =
        if away { Default::default() } else { sources(&mut root, tree, &inherited, &mut named) };
    let is_posts = |source: &Source| matches!(source.kind, SourceKind::Posts(_));
    if !sources.is_empty() && !sources.iter().any(is_posts) {
        root.not_built("map", "only posts have metadata to map, and no source of this feed is posts");
    }
    root.finish_beside(&[OF_SOURCE, OF_CONFIG]);
    outlet.sources = sources.iter().map(|source| source.id.clone()).collect();
    filter::refuse_unknown_sources(&named, &outlet.sources, faults);
    // Most feeds have one, and a list begins with room for four.
    sources.shrink_to_fit();
    for source in &mut sources {
        source.filing.source.clone_from(&source.id);
    }
    let (outlet, sources) = (Arc::new(outlet), sources.into_iter().map(Arc::new).collect());
    let mut definition = Definition { file: file.path.to_owned(), hash: [0; 32], outlet, enabled, sources };
    definition.hash = hash::definition(&definition);
    ReadFeed { definition, aliases, timezone_assumed, references }
}

fn outlet(root: &mut Section<'_, '_>, file: &FeedFile<'_>, defaults: &Defaults) -> Outlet {
    let author = root.node("author");
    let access = access::access(root, file.base);
    Outlet {
        id: file.id.to_owned(),
        group: file.group.to_vec(),
        title: root.value("title", Node::as_line).unwrap_or_else(|| file.id.to_owned()),
        description: root.value("description", Node::as_line),
        link: root.value("link", word::web_url),
        language: root.value("language", word::language),
        author: author.and_then(|node| word::person(node, "author", root.faults)),
        icon: root.value("icon", word::web_url),
        rights: root.value("rights", Node::as_line),
        limit: root.value("limit", |node| word::count(node, MOST_ENTRIES)).unwrap_or(defaults.limit),
        order: root
            .value("order", |node| {
                node.as_word(&[("published", EntryOrder::Published), ("added", EntryOrder::Added)])
            })
            .unwrap_or_default(),
        content: root
            .value("content", |node| {
                node.as_word(&[
                    ("full", ContentMode::Full),
                    ("summary", ContentMode::Summary),
                    ("title", ContentMode::Title),
                ])
            })
            .unwrap_or_default(),
        listed: root.value("listed", Node::as_boolean).unwrap_or(true),
        in_all: root.value("in_all", Node::as_boolean).unwrap_or(true),
        categories: category::infos(root),
        sources: Vec::new(),
        aliases: Vec::new(),
        feed_id: root.value("feed_id", word::iri),
        was: root.one_or_more("was", among::old_id).unwrap_or_default(),
        fate: fate(root),
        hubs: hub::hubs(root, &access),
        access,
    }
}

/// `moved` or `gone`, not both.
fn fate(root: &mut Section<'_, '_>) -> Fate {
    let moved = root.value("moved", word::web_url);
    let gone = root.value("gone", Node::as_boolean).unwrap_or(false);
    match (moved, gone) {
        (Some(_), true) => {
            if let Some((key, _)) = root.written("gone") {
                root.faults.add_at_key(key, "a feed has `moved` or is `gone`, not both");
            }
            Fate::Gone
        }
        (Some(url), false) => Fate::Moved(url),
        (None, true) => Fate::Gone,
        (None, false) => Fate::Here,
    }
}

fn dedupe(root: &mut Section<'_, '_>) -> Dedupe {
    let read = root.value("dedupe", |node| {
        node.as_word(&[("none", Dedupe::None), ("id", Dedupe::Id), ("url", Dedupe::Url)])
    });
    read.unwrap_or_default()
}

/// The sources with their ids, and which of them lean on the machine's zone.
fn sources<'tree>(
    root: &mut Section<'tree, '_>,
    tree: &Node,
    inherited: &Inherited<'_>,
    named: &mut Vec<NamedSource<'tree>>,
) -> (Vec<Source>, Vec<String>) {
    let nodes = match root.written("sources") {
        Some((_, node)) if node.list().is_some_and(|list| !list.is_empty()) => {
            node.list().unwrap_or_default()
        }
        Some((_, node)) => {
            root.faults
                .add(node, format!("`sources`: {}", expected("a list with at least one source", node)));
            return Default::default();
        }
        None => {
            if tree.map().is_some() || tree.is_null() {
                root.faults.add(tree, "`sources` is missing: a feed needs at least one");
            }
            return Default::default();
        }
    };
    let mut reads = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        let name = format!("sources[{}]", place + 1);
        if node.is_null() {
            // A file that is cut here would be a feed that has lost its sources.
            root.faults.add(node, format!("`{name}`: {}", expected("keys with values", node)));
            continue;
        }
        if let Some(read) = source::read(node, &name, inherited, named, root.faults) {
            reads.push((node, read));
        }
    }
    refuse_twins(&reads, root.faults);
    name_sources(&mut reads);
    let assumed = reads
        .iter()
        .filter(|(_, read)| read.timezone_assumed)
        .map(|(_, read)| read.source.id.clone())
        .collect();
    (reads.into_iter().map(|(_, read)| read.source).collect(), assumed)
}

/// Two sources that the store could not tell apart.
fn refuse_twins(reads: &[(&Node, source::Read)], faults: &mut Faults) {
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for (node, read) in reads {
        let key = read.source.key.as_str();
        if let Some(first) = lines.get(key) {
            let message = match key.strip_prefix("id:") {
                Some(id) => format!("two sources with the id `{id}`, the first in line {first}"),
                None => format!("the same source twice, first in line {first}"),
            };
            let fault = faults.add(node, message);
            fault.help = Some("give each an `id` of its own".into());
        } else {
            lines.insert(key, node.line);
        }
    }
}

/// Ids for those without: the suggestion, or with `-2` and so on for a twin. Ids that
/// are written are never moved.
fn name_sources(reads: &mut [(&Node, source::Read)]) {
    let mut taken: HashSet<String> = reads
        .iter()
        .filter(|(_, read)| !read.source.id.is_empty())
        .map(|(_, read)| read.source.id.clone())
        .collect();
    for (_, read) in reads.iter_mut().filter(|(_, read)| read.source.id.is_empty()) {
        let mut id = read.suggestion.clone();
        let mut number = 2;
        while taken.contains(&id) {
            id = format!("{}-{number}", read.suggestion);
            number += 1;
        }
        taken.insert(id.clone());
        read.source.id = id;
    }
}
