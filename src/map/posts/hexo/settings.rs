//! What a `_config.yml` means to Hexo.

use super::names;
use crate::map::posts::basis::Basis;
use crate::map::posts::meta::flat;
use crate::map::posts::others::Known;
use crate::model::Problem;
use crate::yaml::Node;
use chrono_tz::Tz;
use globset::{Glob, GlobSet, GlobSetBuilder};

/// Hexo's settings, resolved.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "one a key of the config")]
pub(in crate::map::posts) struct Settings {
    /// The site's address without a last slash; empty when unknown.
    pub(in crate::map::posts) base: String,
    /// The folder of posts, `source/_posts`.
    pub(in crate::map::posts) folder: String,
    pub(super) permalink: String,
    /// There is a config of Hexo's, and not just a folder that is read as Hexo would.
    pub(super) has_config: bool,
    /// The zone of the day in addresses, where it isn't the site's.
    pub(super) address_zone: Option<Tz>,
    pub(super) permalink_defaults: Vec<(String, String)>,
    pub(super) new_post_name: String,
    pub(super) default_category: String,
    pub(super) category_map: Vec<(String, String)>,
    /// 0 as written, 1 lower, 2 upper.
    pub(super) filename_case: u8,
    /// Tags whose posts are encrypted.
    pub(super) secret_tags: Vec<String>,
    pub(super) post_asset_folder: bool,
    pub(super) trailing_index: bool,
    pub(super) trailing_html: bool,
    pub(super) hides_future: bool,
    pub(super) title_from_name: bool,
    pub(super) abbrlink: Option<Abbrlink>,
    left_out: GlobSet,
    /// The site's posts, for `post_link`.
    known: Known,
}

/// hexo-abbrlink's options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Abbrlink {
    /// CRC-32 instead of CRC-16.
    pub(super) is_long: bool,
    /// Written in hex instead of decimal.
    pub(super) is_hex: bool,
}

/// Tags whose posts the plugin `hexo-blog-encrypt` encrypts.
fn secret_tags(basis: &Basis<'_>) -> Vec<String> {
    let tags = basis.node("encrypt").and_then(|node| node.get("tags")?.list()).unwrap_or_default();
    tags.iter().filter_map(|tag| Some(tag.get("name")?.text()?.to_owned())).collect()
}

impl Settings {
    pub(in crate::map::posts) fn new(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> Self {
        let permalink = basis.source.permalink.as_deref().or_else(|| basis.text("permalink"));
        let permalink = permalink.unwrap_or(":year/:month/:day/:title/").to_owned();
        tell_zone(basis, &permalink, problems);
        let pretty = basis.node("pretty_urls");
        let keeps = |key| pretty.and_then(|node| node.get(key)).and_then(Node::boolean) != Some(false);
        let source_dir = basis.text("source_dir").unwrap_or("source").trim_matches('/');
        Self {
            base: basis.url.trim_end_matches('/').to_owned(),
            folder: if source_dir == "." { "_posts".into() } else { format!("{source_dir}/_posts") },
            abbrlink: abbrlink(basis, &permalink),
            permalink,
            has_config: basis.config.is_some(),
            address_zone: basis.source.permalink_timezone,
            permalink_defaults: pairs(basis.node("permalink_defaults")),
            new_post_name: basis.text("new_post_name").unwrap_or(":title.md").to_owned(),
            default_category: basis.text("default_category").unwrap_or("uncategorized").to_owned(),
            category_map: pairs(basis.node("category_map")),
            filename_case: basis.text("filename_case").and_then(|text| text.parse().ok()).unwrap_or(0),
            post_asset_folder: basis.is("post_asset_folder", true),
            trailing_index: keeps("trailing_index"),
            trailing_html: keeps("trailing_html"),
            hides_future: basis.is("future", false),
            title_from_name: basis.is("use_filename_as_post_title", true)
                || basis.is("use_slug_as_post_title", true),
            left_out: left_out(basis, source_dir, problems),
            secret_tags: secret_tags(basis),
            known: Known::default(),
        }
    }

    /// Takes note of the site's posts, by their paths below its root.
    pub(in crate::map::posts) fn know(&mut self, paths: impl Iterator<Item = String>) {
        self.known = Known::new(paths.filter(|path| super::is_post(self, path)));
    }

    /// The site's posts, where they are known.
    pub(super) fn posts(&self) -> &[String] {
        self.known.paths()
    }

    /// The path of a post by its slug or, where only that is written, by its file's name.
    pub(super) fn post_named(&self, name: &str) -> Option<&str> {
        self.known.named(name, |path| self.names(path))
    }

    /// What tags call a post, the weightiest first.
    pub(in crate::map::posts) fn names(&self, path: &str) -> [Option<String>; 2] {
        let slug = super::below_posts(self, path).map(|below| names::read(&self.new_post_name, below).slug);
        let file = slug.as_ref().and_then(|slug| slug.rsplit('/').next()).map(str::to_owned);
        [slug, file]
    }

    /// The extension that posts have where they have folders of assets.
    pub(super) fn post_extension(&self) -> &str {
        self.new_post_name.rsplit_once('.').map_or("md", |(_, extension)| extension)
    }

    pub(super) fn leaves_out(&self, path: &str) -> bool {
        self.left_out.is_match(path)
    }
}

fn pairs(node: Option<&Node>) -> Vec<(String, String)> {
    let pairs = node.and_then(Node::map).unwrap_or_default();
    pairs.iter().filter_map(|(key, node)| Some((key.text.clone(), node.text()?.to_owned()))).collect()
}

/// Hexo makes addresses in the zone of the machine that it runs on, whatever its config says: which
/// one that is stands nowhere.
fn tell_zone(basis: &Basis<'_>, permalink: &str, problems: &mut Vec<Problem>) {
    const DAY: [&str; 7] = [":year", ":month", ":day", ":hour", ":minute", ":i_month", ":i_day"];
    let zone = basis.text("timezone").filter(|zone| !matches!(*zone, "UTC" | "Etc/UTC" | "GMT"));
    let has_day = DAY.iter().any(|key| permalink.contains(key));
    if let Some(zone) = zone.filter(|_| has_day && basis.source.permalink_timezone.is_none()) {
        let message = format!(
            "the day in addresses is taken to be that of {zone}; Hexo takes the zone of the machine that builds the site"
        );
        let help =
            format!("add `permalink_timezone: UTC` to the source where a build service does, else `{zone}`");
        problems.push(Problem::warning(&basis.at, message).with_help(help));
    }
}

/// The plugin's options where it is in use.
fn abbrlink(basis: &Basis<'_>, permalink: &str) -> Option<Abbrlink> {
    let node = basis.node("abbrlink");
    if node.is_none() && !permalink.contains(":abbrlink") {
        return None;
    }
    let says = |key, value| node.and_then(|node| node.get(key)).and_then(Node::text) == Some(value);
    Some(Abbrlink { is_long: says("alg", "crc32"), is_hex: says("rep", "hex") })
}

/// `exclude` and `skip_render` count from the source folder, `ignore` from the root.
fn left_out(basis: &Basis<'_>, source_dir: &str, problems: &mut Vec<Problem>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for (key, below) in [("exclude", source_dir), ("skip_render", source_dir), ("ignore", "")] {
        for pattern in basis.node(key).map(flat).unwrap_or_default() {
            let whole = if below.is_empty() { pattern.to_owned() } else { format!("{below}/{pattern}") };
            match Glob::new(&whole) {
                Ok(glob) => {
                    set.add(glob);
                }
                Err(error) => {
                    problems
                        .push(Problem::warning(&basis.at, format!("`{key}: {pattern}`: {}", error.kind())));
                }
            }
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}
