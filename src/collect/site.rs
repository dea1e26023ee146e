//! The site that a folder of posts belongs to.
//!
//! In: what `posts` names. Out: the site's folder, its config and data as text, and
//! where in it the posts stand. Never reads what the config says.

use super::folder::{base, plain};
use super::includes;
use crate::model::Problem;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Folders above the posts that may hold the site's config.
const FARTHEST: usize = 3;
/// Largest config that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// Names that only a site's config has, the likeliest first.
const CONFIGS: [&str; 21] = [
    "_config.yml",
    "_config.yaml",
    "_config.toml",
    "hugo.toml",
    "hugo.yaml",
    "hugo.yml",
    "hugo.json",
    "pelicanconf.py",
    "publishconf.py",
    ".eleventy.js",
    "eleventy.config.js",
    "eleventy.config.cjs",
    "eleventy.config.mjs",
    "eleventy.config.ts",
    "config/_default/hugo.toml",
    "config/_default/hugo.yaml",
    "config/_default/hugo.yml",
    "config/_default/hugo.json",
    "config/_default/config.toml",
    "config/_default/config.yaml",
    "config/_default/config.json",
];
/// Folders that Hugo's config may be spread over: for all, and over it for the environment that
/// sites are published from.
const SPREAD: [&str; 2] = ["config/_default", "config/production"];
/// Files of such a folder that are looked at.
const MOST_SPREAD: usize = 100;
/// How Eleventy's data may be written.
const DATA: [&str; 4] = ["json", "js", "cjs", "mjs"];
/// Files of global data that are looked at, and how long, in bytes, those may be that a page's
/// address may speak of.
const MOST_GLOBAL: usize = 100;
const LARGEST_GLOBAL: u64 = 256 * 1024;
/// Folders of a site that are looked into for global data.
const MOST_INPUTS: usize = 100;
/// Hugo's and Zola's older names, which many programs use: only beside `content`, or with a
/// key that says where the site or its content is.
const COMMON_CONFIGS: [&str; 4] = ["config.toml", "config.yaml", "config.yml", "config.json"];
/// Where Jekyll and Hexo keep their authors.
const AUTHORS: [&str; 4] =
    ["_data/authors.yml", "_data/authors.yaml", "source/_data/authors.yml", "source/_data/authors.yaml"];

/// The files of a site that are not posts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteFiles {
    /// The site's folder: where its config is, or would be.
    pub root: PathBuf,
    /// The config's path and text, bytes that aren't UTF-8 lossily.
    pub config: Option<(PathBuf, String)>,
    /// The text of its authors' data file.
    pub authors: Option<String>,
    /// Path from the site's folder to what `posts` names, with `/`: `_posts`,
    /// `source/_posts`, or nothing where they are the same.
    pub posts_prefix: String,
    /// Other files that belong to the config, or that stand above the posts and say
    /// something of them, by their path below the site's folder.
    pub data: Vec<(String, String)>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// The site that what `posts` names belongs to: its config stands in that folder or
/// up to three above it. Without one, the names `_posts` and `source/_posts` tell.
/// Blocks.
pub fn site_files(named: &Path) -> SiteFiles {
    let folder = folder_of(named);
    // A link to a folder of posts belongs to the site that it stands in, else to the
    // one that it leads to.
    let real = fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
    let found = with_config(&folder)
        .map(|(root, config)| (root, config, &folder))
        .or_else(|| with_config(&real).map(|(root, config)| (root, config, &real)));
    let mut site = match found {
        Some((root, config, folder)) => {
            let posts_prefix = between(&root, folder);
            site_with(root, &config, posts_prefix)
        }
        None => site_by_name(&folder),
    };
    site.authors = AUTHORS
        .iter()
        .map(|name| site.root.join(name))
        .find(|path| path.is_file())
        .and_then(|path| text_of(&path).map_err(|error| site.problems.push(unread(&path, &error))).ok());
    site.read_data();
    site
}

/// The same without any config.
pub fn site_files_without_config(named: &Path) -> SiteFiles {
    site_by_name(&folder_of(named))
}

impl SiteFiles {
    /// Reads what the config's kind may have beside it, and what stands above the posts.
    fn read_data(&mut self) {
        let config = self.config.as_ref().map(|(path, _)| path.strip_prefix(&self.root).unwrap_or(path));
        let config = config.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let mut names: Vec<String> = Vec::new();
        let is_hugo = ["hugo.", "config.", "config/"].iter().any(|name| config.starts_with(name));
        names.extend(SPREAD.iter().filter(|_| is_hugo).flat_map(|folder| spread(&self.root, folder)));
        names.retain(|name| *name != config);
        let is_eleventy = config.contains("eleventy");
        if is_eleventy {
            names.extend(inputs(&self.root).into_iter().flat_map(|input| global(&self.root, &input)));
            names.extend(["package.json", ".eleventyignore"].map(str::to_owned));
        }
        if config.is_empty() || config.starts_with("_config") {
            self.data.extend(includes::of(&self.root));
        }
        let mut above = String::new();
        for folder in self.posts_prefix.split('/').filter(|folder| !folder.is_empty()) {
            above = format!("{above}{folder}/");
            if is_eleventy {
                names.push(format!("{above}{folder}.json"));
                names.extend(DATA.map(|end| format!("{above}{folder}.11tydata.{end}")));
            } else {
                names.push(format!("{above}_index.md"));
            }
        }
        for name in names {
            let path = self.root.join(&name);
            if !path.is_file() {
                continue;
            }
            match text_of(&path) {
                Ok(text) => self.data.push((name, text)),
                Err(error) => self.problems.push(unread(&path, &error)),
            }
        }
    }
}

/// The files of a folder of Hugo's config, in order, by their path below the site.
fn spread(root: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten().take(MOST_SPREAD);
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| {
        matches!(name.rsplit_once('.'), Some((_, "toml" | "yaml" | "yml" | "json"))) && !name.starts_with('.')
    });
    // The config itself, then what stands for one key of it.
    names.sort_by_key(|name| (!name.starts_with("hugo.") && !name.starts_with("config."), name.clone()));
    names.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

/// Eleventy's global data in the `_data` of an input folder, by path below the site.
fn global(root: &Path, input: &str) -> Vec<String> {
    let folder = format!("{input}_data");
    let entries = fs::read_dir(root.join(&folder)).into_iter().flatten().flatten().take(MOST_GLOBAL);
    let is_small = |entry: &fs::DirEntry| entry.metadata().is_ok_and(|kind| kind.len() <= LARGEST_GLOBAL);
    let names = entries.filter(is_small).filter_map(|entry| entry.file_name().into_string().ok());
    let is_data = |name: &String| {
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        DATA.contains(&end) || matches!(end, "yaml" | "yml" | "toml")
    };
    let mut names: Vec<String> = names.filter(is_data).map(|name| format!("{folder}/{name}")).collect();
    names.sort();
    names
}

/// The folders that may be Eleventy's input, each with a last slash: those that hold `_data`.
fn inputs(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten().take(MOST_INPUTS);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("_data").is_dir())
        .filter_map(|entry| Some(format!("{}/", entry.file_name().into_string().ok()?)))
        .collect();
    names.sort();
    names.insert(0, String::new());
    names
}

/// The same with the config that a definition names.
pub fn site_files_with_config(named: &Path, config: &Path) -> SiteFiles {
    let folder = folder_of(named);
    let config_folder = plain(config).parent().map(Path::to_path_buf).unwrap_or_default();
    let is_split = config_folder.ends_with("config/_default");
    let above = config_folder.ancestors().nth(if is_split { 2 } else { 0 });
    let root = above.map(Path::to_path_buf).unwrap_or_default();
    let posts_prefix =
        if folder.starts_with(&root) { between(&root, &folder) } else { site_by_name(&folder).posts_prefix };
    let authors = site_files(named).authors;
    let mut site = SiteFiles { authors, ..site_with(root, config, posts_prefix) };
    site.read_data();
    site
}

fn site_with(root: PathBuf, config: &Path, posts_prefix: String) -> SiteFiles {
    let mut site = SiteFiles { root, posts_prefix, ..SiteFiles::default() };
    match text_of(config).and_then(|text| with_published(config, text)) {
        Ok(text) => site.config = Some((config.to_path_buf(), text)),
        Err(error) => site.problems.push(unread(config, &error)),
    }
    site
}

/// What Pelican publishes with: `publishconf.py` goes on where `pelicanconf.py` ends.
fn with_published(config: &Path, text: String) -> io::Result<String> {
    let published = config.with_file_name("publishconf.py");
    if config.file_name().is_none_or(|name| name != "pelicanconf.py") || !published.is_file() {
        return Ok(text);
    }
    Ok(text + "\n" + &text_of(&published)?)
}

/// The folder that a path, file or glob stands for.
fn folder_of(named: &Path) -> PathBuf {
    let start = base(&plain(named));
    if start.is_file() { start.parent().map(Path::to_path_buf).unwrap_or_default() } else { start }
}

fn with_config(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    folder.ancestors().take(FARTHEST + 1).find_map(|root| {
        let has_content = root.join("content").is_dir();
        let own = CONFIGS.iter().map(|name| root.join(name)).find(|config| config.is_file());
        let common = || {
            let configs = COMMON_CONFIGS.iter().map(|name| root.join(name));
            configs.into_iter().find(|config| config.is_file() && (has_content || is_of_a_site(config)))
        };
        own.or_else(common).map(|config| (root.to_path_buf(), config))
    })
}

/// Whether a config has at its top what only a site's says.
fn is_of_a_site(config: &Path) -> bool {
    let text = text_of(config).unwrap_or_default().to_ascii_lowercase();
    let keys = ["baseurl", "base_url", "contentdir"];
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches('"');
        let after = keys.iter().find_map(|key| line.strip_prefix(key));
        after.is_some_and(|after| after.trim_start_matches('"').trim_start().starts_with([':', '=']))
    })
}

fn site_by_name(folder: &Path) -> SiteFiles {
    let is_posts = |path: &&Path| path.file_name().is_some_and(|name| name == "_posts" || name == "_drafts");
    let root = folder.ancestors().find(is_posts).and_then(|posts| {
        let above = posts.parent()?;
        // Hexo's posts stand in `source`.
        match above.file_name() {
            Some(name) if name == "source" => above.parent(),
            _ => Some(above),
        }
    });
    // Hugo's and Zola's stand in `content`.
    let content = folder.ancestors().find(|path| path.ends_with("content")).and_then(Path::parent);
    let root = root.or(content).unwrap_or(folder);
    SiteFiles { root: root.to_path_buf(), posts_prefix: between(root, folder), ..SiteFiles::default() }
}

fn between(root: &Path, folder: &Path) -> String {
    let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn text_of(path: &Path) -> io::Result<String> {
    let kind = fs::metadata(path)?;
    if !kind.is_file() || kind.len() > LARGEST {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned())
}

fn unread(path: &Path, error: &io::Error) -> Problem {
    Problem::warning(
        path.display().to_string(),
        format!("the site's config could not be read: {}", error.kind()),
    )
}
