//! What Eleventy's data files say of the site and of posts.

use super::data::Data;
use super::global::Global;
use crate::map::posts::SiteFiles;
use crate::map::posts::basis::{Basis, read};
use crate::map::posts::config::{scalar, text, with};
use crate::model::Problem;
use crate::parse::data::{Format, script};
use crate::yaml::Node;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::Regex;
use std::path::PathBuf;

/// What input folders are mostly called.
const USUAL_INPUTS: [&str; 5] = ["src", "content", "site", "website", "source"];

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
    /// Folders below the input folder that hold no pages.
    asides: Vec<String>,
    /// What `.eleventyignore` names.
    ignored: GlobSet,
    /// Of folders and of single files.
    pub(super) data: Data,
    /// Of all pages.
    pub(super) global: Global,
    /// Whether Markdown's templates are Nunjucks, not Liquid.
    pub(super) is_nunjucks: bool,
}

/// Global data of the names that starters use, with the keys that all rules ask for.
pub(in crate::map::posts) fn config(found: &SiteFiles, problems: &mut Vec<Problem>) -> Node {
    let is_of_site = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        matches!(name.split('.').next(), Some("metadata" | "site" | "meta"))
    };
    let global = found.data.iter().filter(|(path, _)| path.contains("_data/") && is_of_site(path));
    let mut data = Vec::new();
    for (path, text) in global {
        data.extend(match Format::of(path) {
            Format::Script => Some(script(text).data),
            _ => read(path, text, problems),
        });
    }
    let get = |keys: &[&str]| {
        let texts = |node| keys.iter().find_map(|key| text(Some(node), &[key]));
        data.iter().find_map(texts).map(scalar)
    };
    let config = script_of(found);
    let base = || option(config, "base").filter(|base| base.contains("://")).map(|base| scalar(&base));
    let main = data.iter().find(|node| node.map().is_some_and(|pairs| !pairs.is_empty()));
    let over = vec![
        ("url", get(&["url", "base", "siteUrl", "baseUrl", "site_url"]).or_else(base)),
        ("title", get(&["title", "name", "siteName"])),
        ("lang", get(&["language", "lang", "locale"])),
        ("timezone", Some(scalar("UTC"))),
    ];
    with(main, over)
}

impl Settings {
    pub(in crate::map::posts) fn new(
        basis: &Basis<'_>,
        found: &SiteFiles,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let script = script_of(found);
        let folder = input(script, found);
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
            asides: asides(script),
            ignored: ignored(found, problems),
            is_whole_site: is_root && found.config.is_some(),
            global: Global::new(found),
            is_nunjucks: option(script, "markdownTemplateEngine").is_some_and(|name| name == "njk"),
            data: Data::new(found, basis.source.permalink.is_some(), problems),
        }
    }

    /// Whether a path is in a folder of layouts and the like, or ignored.
    pub(super) fn is_aside(&self, path: &str, below: &str) -> bool {
        let within = |folder: &String| below.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.asides.iter().any(within) || self.ignored.is_match(path)
    }

    /// The path below the input folder.
    pub(super) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.folder.is_empty() {
            return Some(path);
        }
        path.strip_prefix(self.folder.as_str())?.strip_prefix('/')
    }
}

/// Where includes, layouts, data and what is made lie, below the input folder.
fn asides(script: &str) -> Vec<String> {
    let named = ["includes", "layouts", "data", "output"].iter().filter_map(|key| option(script, key));
    let usual = ["_includes", "_layouts", "_data", "_site"].map(str::to_owned);
    let plain = |name: String| name.trim_start_matches("./").trim_matches('/').to_owned();
    let named = named.map(plain).filter(|name| !name.is_empty() && !name.starts_with(['.', ' ']));
    named.chain(usual).collect()
}

/// The lines of `.eleventyignore`: files and folders, seen from the site's root.
fn ignored(found: &SiteFiles, problems: &mut Vec<Problem>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    let text = found.data.iter().find(|(path, _)| path == ".eleventyignore").map_or("", |(_, text)| text);
    for (place, line) in text.lines().enumerate() {
        let pattern = line.trim().trim_start_matches("./").trim_matches('/');
        if pattern.is_empty() || pattern.starts_with(['#', '!']) {
            continue;
        }
        for pattern in [pattern.to_owned(), format!("{pattern}/**")] {
            match GlobBuilder::new(&pattern).literal_separator(true).build() {
                Ok(glob) => {
                    set.add(glob);
                }
                Err(error) => {
                    let at = format!(".eleventyignore:{}:1", place + 1);
                    problems.push(Problem::warning(at, format!("`{line}`: {}", error.kind())));
                    break;
                }
            }
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// The config's text, where it is a program.
fn script_of(found: &SiteFiles) -> &str {
    let is_script = |(path, _): &&(PathBuf, String)| Format::of(&path.to_string_lossy()) == Format::Script;
    found.config.as_ref().filter(is_script).map_or("", |(_, text)| text.as_str())
}

/// The input folder, as the config or the command in `package.json` plainly says it. Where
/// the config works it out, one of the usual names that posts stand below.
fn input(script: &str, found: &SiteFiles) -> String {
    let call = || called(script, r#"setInputDirectory\(\s*["'`]([^"'`$]+)"#);
    let package = found.data.iter().find(|(path, _)| path == "package.json");
    let command = || called(&package?.1, r"eleventy[^&|]*? --input[= ]([\w./-]+)");
    let plain = option(script, "input").or_else(call).or_else(command);
    let is_worked_out = || called(script, r"\b(input)\s*:").is_some();
    let prefix = format!("{}/", found.posts_prefix.trim_matches('/'));
    let holds = |folder: &&str| {
        let folder = format!("{folder}/");
        prefix.starts_with(&folder)
            || prefix == "/" && found.paths.iter().any(|path| path.starts_with(&folder))
    };
    let folder = plain.or_else(|| {
        is_worked_out().then(|| USUAL_INPUTS.into_iter().find(holds).unwrap_or_default().to_owned())
    });
    folder.unwrap_or_default().trim_start_matches("./").trim_matches(['/', '.']).to_owned()
}

/// The first group of a pattern in a program that is not run.
fn called(script: &str, pattern: &str) -> Option<String> {
    Some(Regex::new(pattern).ok()?.captures(script)?.get(1)?.as_str().to_owned())
}

/// `input: "src"` as it is plainly written in a config that is not run.
fn option(script: &str, key: &str) -> Option<String> {
    called(script, &format!(r#"\b{key}["']?\s*:\s*["'`]([^"'`$]*)["'`]"#))
}
