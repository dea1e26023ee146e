//! What a site's own feed is like, by its generator and its config: how many entries,
//! how much of each, at which addresses.
//!
//! Rules from jekyll-feed 0.17, hexo-generator-feed 3, Hugo's built-in RSS; Pelican's,
//! Zola's and Eleventy's are in `further`.

mod further;

use crate::model::Alias;
use crate::model::Format;
use crate::yaml::Node;
use crate::yaml::Value;

/// A limit of ours that stands for "all".
const ALL: usize = 10_000;

/// A site's own feed, as its config has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OwnFeed {
    /// Entries, and the key that says so.
    pub(super) limit: Option<(usize, String)>,
    /// The key that says that it has summaries alone.
    pub(super) summary: Option<String>,
    /// Addresses below the site's, the whole feed's first.
    pub(super) addresses: Vec<Alias>,
    /// Where its Atom id counts from the site's address: `feed.xml`, or nothing for the address itself.
    pub(super) id_below: Option<String>,
    /// Folders that the site may be written to.
    pub(super) outputs: Vec<String>,
    /// Feeds of the site's that have no address here, as notes.
    pub(super) left_out: Vec<String>,
}

/// What a site's folder tells of its feeds beside its config.
#[derive(Debug, Clone, Default)]
pub(super) struct Clues {
    /// Whether the site's packages name the generator's feed plugin.
    pub(super) has_plugin: bool,
    /// The config's text where it is a program.
    pub(super) script: String,
    /// Sections with a feed of their own (Zola).
    pub(super) sections: Vec<String>,
    /// The site's own templates (Zola).
    pub(super) templates: Vec<String>,
}

/// Reads the config's own words on its feed.
pub(super) fn own_feed(generator: &str, config: Option<&Node>, clues: &Clues) -> OwnFeed {
    let keys = Keys(config);
    match generator {
        "jekyll" => jekyll(keys, clues.has_plugin),
        "hexo" => hexo(keys, clues.has_plugin),
        "hugo" => hugo(keys),
        "pelican" => further::pelican(keys),
        "eleventy" => further::eleventy(&clues.script),
        _ => further::zola(keys, clues),
    }
}

#[derive(Clone, Copy)]
struct Keys<'a>(Option<&'a Node>);

impl<'a> Keys<'a> {
    /// A value by its dotted key.
    fn node(self, key: &str) -> Option<&'a Node> {
        key.split('.').try_fold(self.0?, |node, key| node.get(key)).filter(|node| !node.is_null())
    }

    fn text(self, key: &str) -> Option<&'a str> {
        self.node(key)?.text().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The same where upper and lower case are one (Hugo).
    fn text_of_any_case(self, key: &str) -> Option<&'a str> {
        let found = key.split('.').try_fold(self.0?, |node, key| {
            let pairs = node.map()?;
            pairs.iter().find(|(known, _)| known.text.eq_ignore_ascii_case(key)).map(|(_, node)| node)
        });
        found?.text().map(str::trim).filter(|text| !text.is_empty())
    }

    fn is(self, key: &str, truth: bool) -> bool {
        self.node(key).and_then(Node::boolean) == Some(truth)
    }

    fn number(self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }
}

fn alias(path: &str, format: Format) -> Alias {
    Alias { path: format!("/{}", path.trim_start_matches('/')), format }
}

fn outputs(keys: Keys<'_>, key: &str, default: &str) -> Vec<String> {
    let named = keys.text(key).map(|text| text.trim_start_matches("./").trim_end_matches('/').to_owned());
    vec![named.unwrap_or_else(|| default.to_owned())]
}

/// A number of entries; none or a negative one is all.
fn count(number: i64) -> usize {
    usize::try_from(number).ok().filter(|count| *count > 0).unwrap_or(ALL).min(ALL)
}

fn jekyll(keys: Keys<'_>, has_plugin: bool) -> OwnFeed {
    let outputs = outputs(keys, "destination", "_site");
    let plugins = ["plugins", "gems"].iter().filter_map(|key| keys.node(key)?.list()).flatten();
    let mut named = plugins.filter_map(Node::text);
    let has_feed = has_plugin
        || keys.node("feed").is_some()
        || named.any(|name| matches!(name, "jekyll-feed" | "github-pages"));
    if !has_feed {
        return OwnFeed { outputs, ..OwnFeed::default() };
    }
    let path = keys.text("feed.collections.posts.path").or_else(|| keys.text("feed.path"));
    let whole = path.unwrap_or("feed.xml");
    let mut addresses = vec![alias(whole, Format::Atom)];
    let categories = keys.node("feed.collections.posts.categories").or_else(|| keys.node("feed.categories"));
    if categories.is_some_and(|node| node.list().is_none_or(|list| !list.is_empty())) {
        addresses.push(alias("feed/:slug.xml", Format::Atom));
    }
    if let Some(tags) = keys.node("feed.tags").filter(|node| node.boolean() != Some(false)) {
        let folder = tags.get("path").and_then(Node::text).unwrap_or("feed/by_tag");
        addresses.push(alias(&format!("{}/:slug.xml", folder.trim_end_matches('/')), Format::Atom));
    }
    let limit = match keys.number("feed.posts_limit") {
        Some(number) => (count(number), "`feed.posts_limit`".to_owned()),
        None => (10, "jekyll-feed's, where `feed.posts_limit` is left out".to_owned()),
    };
    OwnFeed {
        limit: Some(limit),
        summary: keys.is("feed.excerpt_only", true).then(|| "`feed.excerpt_only`".to_owned()),
        id_below: Some(whole.trim_start_matches('/').to_owned()),
        addresses,
        outputs,
        left_out: Vec::new(),
    }
}

fn hexo(keys: Keys<'_>, has_plugin: bool) -> OwnFeed {
    let outputs = outputs(keys, "public_dir", "public");
    if !has_plugin && keys.node("feed").is_none() {
        return OwnFeed { outputs, ..OwnFeed::default() };
    }
    let types = texts(keys.node("feed.type"));
    let types: Vec<&str> =
        types.into_iter().filter(|kind| matches!(*kind, "atom" | "rss2")).take(2).collect();
    let types = if types.is_empty() { vec!["atom"] } else { types };
    // A path counts where there is one for each type, or one type and one path.
    let paths = texts(keys.node("feed.path"));
    let is_list = |key: &str| keys.node(key).is_some_and(|node| node.list().is_some());
    let paths_count = is_list("feed.path") == is_list("feed.type");
    let mut addresses: Vec<Alias> = Vec::new();
    for (place, kind) in types.iter().enumerate() {
        let named = paths.get(place).filter(|_| paths_count);
        let path = named.map_or_else(|| format!("{kind}.xml"), |path| (*path).to_owned());
        let path = format!("{}.xml", path.trim_end_matches(".xml"));
        let format = if *kind == "rss2" { Format::Rss } else { Format::Atom };
        if !addresses.iter().any(|known| known.path == alias(&path, format).path) {
            addresses.push(alias(&path, format));
        }
    }
    let limit = match keys.node("feed.limit") {
        Some(node) if node.boolean() == Some(false) => (ALL, "`feed.limit`: all".to_owned()),
        Some(_) => match keys.number("feed.limit") {
            Some(number) => (count(number), "`feed.limit`".to_owned()),
            None => (20, "hexo-generator-feed's, `feed.limit` is no number".to_owned()),
        },
        None => (20, "hexo-generator-feed's, where `feed.limit` is left out".to_owned()),
    };
    OwnFeed {
        limit: Some(limit),
        summary: keys.is("feed.content", false).then(|| "`feed.content: false`".to_owned()),
        // Its id is the site's address.
        id_below: types.contains(&"atom").then(String::new),
        addresses,
        outputs,
        left_out: Vec::new(),
    }
}

/// One text or a list of them.
fn texts(node: Option<&Node>) -> Vec<&str> {
    let Some(node) = node else {
        return Vec::new();
    };
    match &node.value {
        Value::List(items) => items.iter().filter_map(Node::text).collect(),
        _ => node.text().into_iter().collect(),
    }
}

fn hugo(keys: Keys<'_>) -> OwnFeed {
    let name = keys.text_of_any_case("outputFormats.rss.baseName").or_else(|| keys.text("rssURI"));
    let name = name.unwrap_or("index").trim_end_matches(".xml");
    let kinds =
        |kind: &str| texts(keys.node("disableKinds")).iter().any(|name| name.eq_ignore_ascii_case(kind));
    let mut addresses = Vec::new();
    if !kinds("rss") && !kinds("home") {
        addresses.push(alias(&format!("{name}.xml"), Format::Rss));
    }
    if !kinds("rss") && !kinds("term") && !kinds("taxonomyTerm") {
        for taxonomy in ["categories", "tags"] {
            addresses.push(alias(&format!("{taxonomy}/:slug/{name}.xml"), Format::Rss));
        }
    }
    let key = ["services.rss.limit", "services.RSS.limit", "rssLimit"]
        .into_iter()
        .find_map(|key| Some((keys.number(key)?, key)));
    let limit = match key {
        Some((number, key)) => (count(number), format!("`{key}`")),
        None => (ALL, "Hugo's own: all".to_owned()),
    };
    OwnFeed {
        limit: Some(limit),
        summary: Some("Hugo's own feed has summaries".to_owned()),
        addresses,
        id_below: None,
        outputs: outputs(keys, "publishDir", "public"),
        left_out: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
