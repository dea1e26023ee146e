//! What feeds say of each other: `from` and `was`, looked at when all files are read.

use crate::definition::SourceKind;
use crate::definition::id::is_id;
use crate::definition::loaded::Loaded;
use crate::model::Access;
use crate::model::Problem;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::expected;
use crate::yaml::nearest;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Another feed that a file names.
#[derive(Debug)]
pub(super) struct Reference {
    kind: Kind,
    /// The key in full.
    name: String,
    id: String,
    line: usize,
    column: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    From,
    Was,
}

/// A sound file and the feeds that it names.
pub(super) struct Named {
    pub(super) id: String,
    pub(super) shown: String,
    pub(super) references: Vec<Reference>,
}

/// An id that a feed had.
pub(super) fn old_id(node: &Node) -> Result<String, String> {
    let id = node.as_line()?;
    if is_id(&id) {
        Ok(id)
    } else {
        Err(expected("a feed's id: letters a-z, digits, `-` and `_`, no `-` or `_` in front", node))
    }
}

/// Every feed that a file names, with its place.
pub(super) fn references(root: &mut Section<'_, '_>) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut put = |kind: fn() -> Kind, name: String, node: &Node| {
        for item in node.list().unwrap_or(std::slice::from_ref(node)) {
            let Some(id) = item.text() else { continue };
            let (line, column) = (item.line, item.column);
            found.push(Reference {
                kind: kind(),
                name: name.clone(),
                id: id.trim().to_owned(),
                line,
                column,
            });
        }
    };
    if let Some(node) = root.node("was") {
        put(|| Kind::Was, root.full("was"), node);
    }
    let sources = root.node("sources").and_then(Node::list).unwrap_or_default();
    for (place, source) in sources.iter().enumerate() {
        if let Some(node) = source.get("from") {
            put(|| Kind::From, format!("sources[{}].from", place + 1), node);
        }
    }
    found
}

/// Feeds that name what isn't there, or each other in a circle, are broken.
pub(super) fn check(loaded: &mut Loaded, named: &[Named]) {
    let mut ids: BTreeSet<&str> = named.iter().map(|feed| feed.id.as_str()).collect();
    let broken: Vec<String> = loaded.broken.clone();
    ids.extend(broken.iter().map(String::as_str));
    let mut takers: BTreeMap<&str, &str> = BTreeMap::new();
    let renamed = follow_renames(loaded, &ids);
    let made_of = made_of(loaded);
    let (mut problems, mut open) = (Vec::new(), Vec::new());
    let mut bad: BTreeSet<String> = BTreeSet::new();
    for feed in named {
        for reference in &feed.references {
            let at = || format!("{}:{}:{}", feed.shown, reference.line, reference.column);
            let now_called = renamed.get(&reference.id).filter(|_| reference.kind == Kind::From);
            if let Some(now) = now_called {
                let message = format!("`{}`: `{}` is called `{now}` now", reference.name, reference.id);
                problems.push(Problem::warning(at(), message).with_help(format!("write `{now}`")));
            }
            let id = now_called.unwrap_or(&reference.id).as_str();
            let wrong = match reference.kind {
                Kind::From => wrong_from(&feed.id, id, &ids, &made_of, loaded.incomplete),
                Kind::Was => match takers.insert(id, &feed.id) {
                    _ if ids.contains(id) => {
                        Some((format!("`{id}` is a feed of its own"), "take it out, or that feed's file"))
                    }
                    Some(other) => Some((
                        format!("`{other}` has taken over `{id}` already"),
                        "take it out of one of them",
                    )),
                    None => None,
                },
            };
            if wrong.is_none() && reference.kind == Kind::From && opens(loaded, &feed.id, id) {
                let message = format!(
                    "`{}`: `{id}` is private, and everybody may read what `{}` shows of it; it is left out of `all`",
                    reference.name, feed.id
                );
                open.push(feed.id.clone());
                problems.push(
                    Problem::warning(at(), message)
                        .with_help("give this feed `access: token` too, if that is not meant"),
                );
            }
            if let Some((message, help)) = wrong {
                let problem = Problem::error(at(), format!("`{}`: {message}", reference.name));
                problems.push(if help.is_empty() { problem } else { problem.with_help(help) });
                bad.insert(feed.id.clone());
            }
        }
    }
    keep_out_of_all(loaded, &made_of, open);
    loaded.problems.extend(problems);
    loaded.definitions.retain(|definition| !bad.contains(&definition.outlet.id));
    loaded.timezone_assumed.retain(|(feed, _)| !bad.contains(feed));
    loaded.broken.extend(bad);
    loaded.broken.sort();
}

/// Feeds that are made of one by an id that it had are made of it by the one that it has. Old
/// id → the one that it is.
fn follow_renames(loaded: &mut Loaded, ids: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    for definition in &loaded.definitions {
        let outlet = &definition.outlet;
        for old in outlet.was.iter().filter(|old| !ids.contains(old.as_str())) {
            renamed.insert(old.clone(), outlet.id.clone());
        }
    }
    let sources = loaded.definitions.iter_mut().flat_map(|definition| &mut definition.sources);
    for source in sources.filter(|source| matches!(source.kind, SourceKind::From(_))) {
        if let SourceKind::From(feeds) = &mut Arc::make_mut(source).kind {
            for feed in feeds {
                if let Some(now) = renamed.get(feed) {
                    feed.clone_from(now);
                }
            }
        }
    }
    renamed
}

/// What is private is never in `all`, by no way: not through these public feeds, nor through
/// those that are made of them.
fn keep_out_of_all(loaded: &mut Loaded, made_of: &BTreeMap<String, Vec<String>>, mut open: Vec<String>) {
    let mut out = BTreeSet::new();
    while let Some(feed) = open.pop() {
        let through = made_of.iter().filter(|(_, of)| of.contains(&feed)).map(|(id, _)| id.clone());
        open.extend(through.filter(|id| !out.contains(id)));
        out.insert(feed);
    }
    for definition in loaded.definitions.iter_mut().filter(|definition| out.contains(&definition.outlet.id)) {
        Arc::make_mut(&mut definition.outlet).in_all = false;
    }
}

/// Whether a public feed shows what a private one holds.
fn opens(loaded: &Loaded, feed: &str, of: &str) -> bool {
    let access = |id: &str| {
        let found = loaded.definitions.iter().find(|definition| definition.outlet.id == id);
        found.map(|definition| &definition.outlet.access)
    };
    access(feed) == Some(&Access::Public) && matches!(access(of), Some(Access::Token(_)))
}

/// Feed → the feeds that it is made of.
fn made_of(loaded: &Loaded) -> BTreeMap<String, Vec<String>> {
    let of = |definition: &crate::definition::Definition| {
        let feeds = definition.sources.iter().flat_map(|source| match &source.kind {
            SourceKind::From(feeds) => feeds.clone(),
            _ => Vec::new(),
        });
        (definition.outlet.id.clone(), feeds.collect())
    };
    loaded.definitions.iter().map(of).collect()
}

fn wrong_from(
    feed: &str,
    id: &str,
    ids: &BTreeSet<&str>,
    made_of: &BTreeMap<String, Vec<String>>,
    incomplete: bool,
) -> Option<(String, &'static str)> {
    if id == feed {
        return Some(("a feed cannot be made of itself".into(), ""));
    }
    if !ids.contains(id) {
        // It may stand in a folder that could not be read.
        if incomplete {
            return None;
        }
        let near = nearest(id, ids.iter().copied().filter(|other| *other != feed))
            .map_or(String::new(), |near| format!(", the nearest is `{near}`"));
        return Some((format!("no feed has the id `{id}`{near}"), ""));
    }
    let way = way(id, feed, made_of)?;
    let told: Vec<String> = way.iter().map(|step| format!("`{step}`")).collect();
    Some((format!("`{feed}` would be made of itself: of {}", told.join(", of ")), "take one of them out"))
}

/// The way from one feed to another by what they are made of.
fn way(from: &str, to: &str, made_of: &BTreeMap<String, Vec<String>>) -> Option<Vec<String>> {
    let mut ways: Vec<Vec<&str>> = vec![vec![from]];
    let mut seen: BTreeSet<&str> = BTreeSet::from([from]);
    while let Some(way) = ways.pop() {
        let here = *way.last()?;
        for next in made_of.get(here).into_iter().flatten() {
            let onward = || way.iter().copied().chain([next.as_str()]);
            if next == to {
                return Some(onward().map(str::to_owned).collect());
            }
            if seen.insert(next) {
                ways.push(onward().collect());
            }
        }
    }
    None
}
