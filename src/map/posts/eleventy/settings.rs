//! What Eleventy's data files say of the site and of posts.

use super::template::{Page, filled};
use crate::map::posts::SiteFiles;
use crate::map::posts::config::{scalar, text, with};
use crate::map::posts::settings::{Basis, read};
use crate::model::Problem;
use crate::parse::data::Format;
use crate::yaml::Node;
use regex::Regex;

/// Eleventy's settings, resolved.
#[derive(Debug, Clone)]
pub(in crate::map::posts) struct Settings {
    /// The site's address without a last slash; empty when unknown.
    pub(in crate::map::posts) base: String,
    /// The input folder; empty where it is the root.
    pub(in crate::map::posts) folder: String,
    /// `pathPrefix` where the address does not end in it: empty, or `/x`.
    pub(super) path_prefix: String,
    /// The source's own.
    pub(super) permalink: Option<String>,
    /// Whether `posts` names all that the site is made from, pages too.
    pub(super) is_whole_site: bool,
    /// Data of folders and of single files: where it holds, the strongest first.
    data: Vec<(Holds, Node)>,
}

#[derive(Debug, Clone)]
enum Holds {
    /// Everything below it, with a last slash; empty for all.
    Below(String),
    /// The template of this path, without extension.
    At(String),
}

/// Global data of the names that starters use, with the keys that all rules ask for.
pub(in crate::map::posts) fn config(found: &SiteFiles, problems: &mut Vec<Problem>) -> Node {
    let is_global = |path: &str| {
        ["_data/metadata.json", "_data/site.json", "_data/meta.json"].iter().any(|name| path.ends_with(name))
    };
    let data = found.data.iter().find(|(path, _)| is_global(path));
    let data = data.and_then(|(path, text)| read(path, text, problems));
    let data = data.as_ref();
    let get = |keys: &[&str]| keys.iter().find_map(|key| text(data, &[key])).map(scalar);
    let over = vec![
        ("url", get(&["url", "base", "siteUrl", "baseUrl", "site_url"])),
        ("title", get(&["title", "name", "siteName"])),
        ("lang", get(&["language", "lang", "locale"])),
        ("timezone", Some(scalar("UTC"))),
    ];
    with(data, over)
}

impl Settings {
    pub(in crate::map::posts) fn new(
        basis: &Basis<'_>,
        found: &SiteFiles,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let script =
            found.config.as_ref().filter(|(path, _)| Format::of(&path.to_string_lossy()) == Format::Script);
        let script = script.map_or("", |(_, text)| text.as_str());
        let folder = option(script, "input").unwrap_or_default();
        let folder = folder.trim_start_matches("./").trim_matches(['/', '.']).to_owned();
        let path_prefix = option(script, "pathPrefix").unwrap_or_default();
        let path_prefix = match path_prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        let base = basis.url.trim_end_matches('/').to_owned();
        let is_root = found.posts_prefix.trim_matches('/') == folder || found.posts_prefix.is_empty();
        Self {
            path_prefix: if base.ends_with(&path_prefix) { String::new() } else { path_prefix },
            base,
            folder,
            permalink: basis.source.permalink.clone(),
            is_whole_site: is_root && found.config.is_some(),
            data: data(found, problems),
        }
    }

    /// The path below the input folder.
    pub(super) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.folder.is_empty() {
            return Some(path);
        }
        path.strip_prefix(self.folder.as_str())?.strip_prefix('/')
    }

    /// What data files say of a template, the strongest first.
    pub(super) fn data_for<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Node> {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned();
        let holds = move |holds: &Holds| match holds {
            Holds::Below(folder) => stem.starts_with(folder.as_str()),
            Holds::At(template) => stem == *template,
        };
        self.data.iter().filter(move |(place, _)| holds(place)).map(|(_, node)| node)
    }
}

/// `input: "src"` as it is plainly written in a config that is not run.
fn option(script: &str, key: &str) -> Option<String> {
    let pattern = Regex::new(&format!(r#"\b{key}["']?\s*:\s*["'`]([^"'`$]*)["'`]"#)).ok()?;
    Some(pattern.captures(script)?.get(1)?.as_str().to_owned())
}

fn is_json(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension == "json")
}

/// Directory data and data of single templates; single ones hold over folders, deep folders over others.
fn data(found: &SiteFiles, problems: &mut Vec<Problem>) -> Vec<(Holds, Node)> {
    let mut all = Vec::new();
    for (path, text) in found.data.iter().filter(|(path, _)| !path.contains("_data/") && is_json(path)) {
        let Some(node) = read(path, text, problems) else { continue };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.trim_end_matches(".json").trim_end_matches(".11tydata");
        let above = folder.rsplit('/').next().unwrap_or_default();
        let holds = if stem == above {
            Holds::Below(format!("{folder}/"))
        } else {
            let slash = if folder.is_empty() { "" } else { "/" };
            Holds::At(format!("{folder}{slash}{stem}"))
        };
        all.push((holds, node));
    }
    all.sort_by_key(|(holds, _)| {
        std::cmp::Reverse(match holds {
            Holds::At(_) => usize::MAX,
            Holds::Below(folder) => folder.len(),
        })
    });
    for path in found.paths.iter().filter(|path| path.contains(".11tydata.") && !is_json(path)) {
        let message = "data in a program is never run here, so what it says of posts isn't known";
        problems.push(Problem::warning(path.clone(), message).with_help("write it as `.11tydata.json`"));
    }
    all
}

impl Page<'_> {
    /// `/<path without extension>/`, `index` dropped.
    pub(super) fn default_path(&self) -> String {
        let stem = self.stem();
        let folder = stem.strip_suffix("/index").unwrap_or(&stem);
        format!("{folder}/")
    }

    /// Whether a text is a template at all.
    pub(super) fn fill(&self, text: &str) -> String {
        filled(text, self).text
    }
}
