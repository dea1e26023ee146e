//! `aliases` of a feed: old addresses, each with the format that is served there.
//!
//! In: the key as it is written. Out: aliases with their places; and, once all feeds
//! are read, which of them stand in the way of another or of an address of our own.

use crate::model::Alias;
use crate::model::Format;
use crate::model::Problem;
use crate::yaml::Section;
use percent_encoding::percent_decode_str;
use std::collections::HashMap;

/// What stands for a category's or a tag's name.
const SLUG: &str = ":slug";

/// First folders of addresses that are no feed's.
const OUR_FOLDERS: [&str; 5] = ["api", "health", "hub", "static", "t"];
/// Addresses that are no feed's.
const OUR_PATHS: [&str; 5] = ["", "feeds.opml", "metrics", "status", "status.atom"];
/// What the parts of a feed have their addresses below.
const PARTS: [&str; 6] = ["archive", "author", "categories.opml", "category", "source", "tag"];

/// An alias and where its path is written.
pub(super) struct Placed {
    pub(super) alias: Alias,
    line: usize,
    column: usize,
}

/// The aliases of one feed.
pub(super) struct OfFeed {
    pub(super) id: String,
    /// Its file, as problems name it.
    pub(super) shown: String,
    pub(super) aliases: Vec<Placed>,
}

/// Reads `aliases`; what cannot be an address is a fault.
pub(super) fn aliases(root: &mut Section<'_, '_>) -> Vec<Placed> {
    let mut aliases = Vec::new();
    for (key, node) in root.pairs("aliases") {
        if let Err(reason) = refuse(&key.text) {
            root.faults.add_at_key(key, format!("`aliases`: {reason}, found `{}`", key.text));
            continue;
        }
        let name = format!("aliases.{}", key.text);
        let format = root.faults.value(&name, node, |node| {
            node.as_word(&[("atom", Format::Atom), ("rss", Format::Rss), ("json", Format::Json)])
        });
        aliases.extend(format.map(|format| Placed {
            alias: Alias { path: key.text.clone(), format },
            line: key.line,
            column: key.column,
        }));
    }
    aliases
}

/// Why this is no path that a request can have.
fn refuse(path: &str) -> Result<(), &'static str> {
    let Some(below) = path.strip_prefix('/') else {
        return Err("expected a path that begins with `/`");
    };
    if path.contains(['?', '#']) {
        return Err("expected a path without `?` and `#`");
    }
    let decoded = percent_decode_str(path).decode_utf8();
    let readable = decoded.is_ok_and(|decoded| {
        let slashes = |text: &str| text.matches('/').count();
        slashes(&decoded) == slashes(path)
            && !decoded.contains(|letter: char| letter.is_control() || letter == '\\')
    });
    if !readable || path.contains(char::is_whitespace) {
        return Err("expected a path as a URL has it, a space written `%20`");
    }
    let inner = below.strip_suffix('/').unwrap_or(below);
    if !inner.is_empty() && inner.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("expected a path without `//`, `.` and `..`");
    }
    if inner.split('/').any(|segment| segment.replacen(SLUG, "", 1).starts_with(':'))
        || path.matches(SLUG).count() > 1
    {
        return Err("expected `:slug` at most once and nothing else that begins with `:`");
    }
    if inner.split('/').next().is_some_and(|first| first.contains(SLUG)) {
        return Err("expected a folder before `:slug`");
    }
    Ok(())
}

/// Aliases that stand in the way: of an address that is ours, or of an alias that a
/// feed before it has. Each with the feed that cannot be used so.
pub(super) fn clashes(feeds: &[OfFeed], ids: &[String]) -> Vec<(String, Problem)> {
    let mut taken: HashMap<String, (&str, String)> = HashMap::new();
    let mut clashes = Vec::new();
    for feed in feeds {
        for placed in &feed.aliases {
            let path = &placed.alias.path;
            let at = format!("{}:{}:{}", feed.shown, placed.line, placed.column);
            let plain = percent_decode_str(path).decode_utf8_lossy().into_owned();
            let twin = || {
                let (owner, place) = taken.get(&plain)?;
                Some((
                    format!("is an alias of the feed `{owner}` already, in {place}"),
                    "take it out of one of them",
                ))
            };
            let clash = shadowed(&plain, ids).map(|reason| (reason, "take it out")).or_else(twin);
            if let Some((reason, help)) = clash {
                let problem = Problem::error(at, format!("`aliases`: `{path}` {reason}")).with_help(help);
                clashes.push((feed.id.clone(), problem));
            } else {
                taken.insert(plain, (&feed.id, at));
            }
        }
    }
    clashes
}

/// What an alias would hide, in words. The guesses that only lead on (`/blog/feed.xml`) may be hidden.
fn shadowed(path: &str, ids: &[String]) -> Option<String> {
    let inner = path.trim_matches('/');
    let (first, rest) = inner.split_once('/').map_or((inner, None), |(first, rest)| (first, Some(rest)));
    if OUR_FOLDERS.contains(&first) || OUR_PATHS.contains(&inner) {
        return Some("is an address of feedmill's own".to_owned());
    }
    let is_known = |id: &str| id == "all" || ids.iter().any(|known| known == id);
    let document = first.rsplit_once('.').filter(|(_, end)| Format::from_extension(end).is_some());
    if let (Some((id, _)), Some(_)) = (document, rest)
        && is_known(id)
    {
        // Where documents are files, that one is no folder.
        return Some(format!("lies below a document of the feed `{id}`"));
    }
    let (id, is_theirs) = match rest {
        None => (document.map_or(first, |(stem, _)| stem), true),
        Some(rest) => (first, rest.split('/').next().is_some_and(|part| PARTS.contains(&part))),
    };
    (is_known(id) && is_theirs).then(|| format!("is an address of the feed `{id}` itself"))
}
