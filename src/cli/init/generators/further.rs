//! The feeds of Pelican 4, Zola 0.19 and Eleventy's feed plugin 2.

use super::{ALL, Clues, Keys, OwnFeed, alias, count, outputs, texts};
use crate::model::{Alias, Format};
use crate::yaml::Node;
use regex::Regex;

/// What Pelican puts out where its settings say nothing, and in which format.
const PELICAN: [(&str, &str, Format); 8] = [
    ("FEED_ALL_ATOM", "feeds/all.atom.xml", Format::Atom),
    ("FEED_ATOM", "", Format::Atom),
    ("FEED_ALL_RSS", "", Format::Rss),
    ("FEED_RSS", "", Format::Rss),
    ("CATEGORY_FEED_ATOM", "feeds/{slug}.atom.xml", Format::Atom),
    ("CATEGORY_FEED_RSS", "", Format::Rss),
    ("TAG_FEED_ATOM", "", Format::Atom),
    ("TAG_FEED_RSS", "", Format::Rss),
];
/// Its feeds that have no address of their own here.
const PELICAN_OTHERS: [(&str, &str); 4] = [
    ("AUTHOR_FEED_ATOM", "an author's feed is at `/<id>/author/<name>.atom`"),
    ("AUTHOR_FEED_RSS", "an author's feed is at `/<id>/author/<name>.rss`"),
    ("TRANSLATION_FEED_ATOM", "a feed for each language is one feed file for each"),
    ("TRANSLATION_FEED_RSS", "a feed for each language is one feed file for each"),
];
/// How far behind `addPlugin(` its options are looked for, in bytes.
const OPTIONS: usize = 1000;

pub(super) fn pelican(keys: Keys<'_>) -> OwnFeed {
    // `None` turns a feed off, which is not the same as saying nothing.
    let said = |key: &str| keys.0.and_then(|node| node.get(key)).map(|node| node.text().unwrap_or_default());
    let mut addresses: Vec<Alias> = Vec::new();
    for (key, default, format) in PELICAN {
        let path = said(key).unwrap_or(default).replace("{slug}", ":slug").replace("%s", ":slug");
        if !path.is_empty() && !addresses.iter().any(|known| known.path == alias(&path, format).path) {
            addresses.push(alias(&path, format));
        }
    }
    let left_out = PELICAN_OTHERS.iter().filter_map(|(key, instead)| {
        let path = said(key).filter(|path| !path.is_empty())?;
        Some(format!("`{key}` (`{path}`) has no alias: {instead}"))
    });
    let limit = match said("FEED_MAX_ITEMS") {
        Some("") => (ALL, "`FEED_MAX_ITEMS`: all".to_owned()),
        Some(text) => (text.parse().map_or(100, count), "`FEED_MAX_ITEMS`".to_owned()),
        None => (100, "Pelican's, where `FEED_MAX_ITEMS` is left out".to_owned()),
    };
    let is_rss_alone = !addresses.is_empty() && addresses.iter().all(|alias| alias.format == Format::Rss);
    let summary = is_rss_alone && !keys.is("RSS_FEED_SUMMARY_ONLY", false);
    OwnFeed {
        limit: Some(limit),
        summary: summary.then(|| "Pelican's RSS has summaries, unless `RSS_FEED_SUMMARY_ONLY` is off".into()),
        // Its id is the site's address.
        id_below: addresses.iter().any(|alias| alias.format == Format::Atom).then(String::new),
        left_out: left_out.collect(),
        addresses,
        outputs: outputs(keys, "OUTPUT_PATH", "output"),
    }
}

pub(super) fn zola(keys: Keys<'_>, clues: &Clues) -> OwnFeed {
    let sections = &clues.sections;
    let outputs = outputs(keys, "output_dir", "public");
    let is_on = keys.is("generate_feeds", true) || keys.is("generate_feed", true);
    let mut names = texts(keys.node("feed_filenames").or_else(|| keys.node("feed_filename")));
    if names.is_empty() {
        names.push("atom.xml");
    }
    let is_feed = |name: &&str| ["rss", "atom", ".xml"].iter().any(|word| name.contains(word));
    let (names, others): (Vec<&str>, Vec<&str>) = names.into_iter().partition(is_feed);
    let format = |name: &str| if name.contains("rss") { Format::Rss } else { Format::Atom };
    let mut addresses = Vec::new();
    let mut folders: Vec<String> = if is_on { vec![String::new()] } else { Vec::new() };
    // A section's feed is the whole one where the site has none of its own.
    folders.extend(sections.first().filter(|_| !is_on).map(|section| format!("{section}/")));
    let taxonomies = keys.node("taxonomies").and_then(Node::list).unwrap_or_default();
    for taxonomy in taxonomies.iter().filter(|node| node.get("feed").and_then(Node::boolean) == Some(true)) {
        let known = taxonomy.get("name").and_then(Node::text);
        let known = known.filter(|name| matches!(*name, "tags" | "categories" | "tag" | "category"));
        folders.extend(known.map(|name| format!("{name}/:slug/")));
    }
    for folder in &folders {
        addresses.extend(names.iter().map(|name| alias(&format!("{folder}{name}"), format(name))));
    }
    if folders.is_empty() {
        return OwnFeed { outputs, ..OwnFeed::default() };
    }
    let limit = match keys.number("feed_limit") {
        Some(number) => (count(number), "`feed_limit`".to_owned()),
        None => (ALL, "Zola's own: all".to_owned()),
    };
    let spare = sections.iter().skip(usize::from(!is_on)).map(|section| {
        format!("the feed of the section `{section}` has no alias: make a feed file for its folder")
    });
    let others = others.iter().map(|name| {
        format!("`{name}` is made by a template of the site's own, no feed of ours, so it has no alias")
    });
    let made = names.iter().filter(|name| clues.templates.iter().any(|known| known == *name)).map(|name| {
        format!("`{name}` is made by the site's own `templates/{name}`, which may leave out posts that Zola's own has")
    });
    OwnFeed {
        limit: Some(limit),
        summary: None,
        id_below: addresses.first().filter(|alias| alias.format == Format::Atom).map(below),
        left_out: spare.chain(others).chain(made).collect(),
        addresses,
        outputs,
    }
}

/// An Atom feed of Zola's has its own address for an id.
fn below(alias: &Alias) -> String {
    alias.path.trim_start_matches('/').to_owned()
}

/// The config is a program: what `addPlugin(feedPlugin, {…})` plainly says is read, the rest
/// is told by the feeds in the output folder.
pub(super) fn eleventy(script: &str) -> OwnFeed {
    let named = |key: &str, value: &str, from: &str| {
        let pattern = Regex::new(&format!(r#"\b{key}\s*:\s*["'`]?({value})"#)).ok()?;
        Some(pattern.captures(from)?.get(1)?.as_str().to_owned())
    };
    let dir = script.find("dir").and_then(|start| named("output", r"[\w./-]+", script.get(start..)?));
    let output = dir.map_or_else(
        || "_site".to_owned(),
        |dir| dir.trim_start_matches("./").trim_end_matches('/').to_owned(),
    );
    let outputs = vec![output];
    let options = script
        .match_indices("addPlugin(")
        .filter_map(|(start, _)| script.get(start..script.floor_char_boundary(start + OPTIONS)))
        .find(|options| named("outputPath", "", options).is_some());
    let Some(options) = options else {
        return OwnFeed { outputs, ..OwnFeed::default() };
    };
    let path = named("outputPath", r"[^\s\x22'`]+", options).unwrap_or_else(|| "/feed.xml".into());
    let format = match named("type", "atom|rss|json", options).as_deref() {
        Some("rss") => Format::Rss,
        Some("json") => Format::Json,
        _ => Format::Atom,
    };
    // 0 is all.
    let limit = named("limit", r"\d+", options).and_then(|text| text.parse().ok());
    OwnFeed {
        limit: limit.map(|limit| (count(limit), "the feed plugin's `limit`".to_owned())),
        summary: None,
        id_below: (format == Format::Atom).then(String::new),
        left_out: Vec::new(),
        addresses: vec![alias(&path, format)],
        outputs,
    }
}
