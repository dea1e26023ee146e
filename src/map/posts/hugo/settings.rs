//! What Hugo's config, and the `_index.md` files of sections, say of pages.

use super::cascade::Cascade;
use super::languages;
use super::languages::Languages;
use super::mounts::{Below, Mounts};
use crate::map::posts::SiteFiles;
use crate::map::posts::basis::Basis;
use crate::map::posts::config::{lower, text};
use crate::map::posts::meta::flat;
use crate::map::posts::others::Known;
use crate::model::Problem;
use crate::parse::front_matter::{Fences, read_plain};
use crate::yaml::{Key, Node};
use globset::{GlobBuilder, GlobMatcher};
use regex::RegexSet;
use std::collections::BTreeSet;

/// Hugo's settings, resolved.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "one a key of the config")]
pub(in crate::map::posts) struct Settings {
    /// The site's address without a last slash; empty when unknown.
    pub(in crate::map::posts) base: String,
    /// The content folder.
    pub(in crate::map::posts) folder: String,
    /// Rules: which pages, and their pattern; the first that fits holds.
    pub(super) permalinks: Vec<(GlobMatcher, String)>,
    /// For all pages, or for those of these sections.
    pub(super) ugly: bool,
    pub(super) ugly_sections: Vec<String>,
    pub(super) keeps_case: bool,
    pub(super) removes_accents: bool,
    pub(super) shows_future: bool,
    pub(super) shows_expired: bool,
    pub(super) shows_drafts: bool,
    /// The front matter's keys for the two taxonomies.
    pub(super) category_key: String,
    pub(super) tag_key: String,
    pub(super) dates: Chains,
    /// Put before every path, `zh`.
    pub(super) language_prefix: Option<String>,
    /// Folders that have an `_index` file, below the content.
    pub(super) sections: BTreeSet<String>,
    bundles: BTreeSet<String>,
    /// What pages inherit, the nearest first.
    cascades: Vec<Cascade>,
    /// The site's pages, for links by name.
    known: Known,
    languages: Languages,
    mounts: Mounts,
    language: String,
    ignored: RegexSet,
}

/// Keys that a date is looked for under, in lower case.
#[derive(Debug, Clone)]
pub(super) struct Chains {
    pub(super) date: Vec<String>,
    pub(super) publish: Vec<String>,
    pub(super) lastmod: Vec<String>,
    pub(super) expiry: Vec<String>,
}

impl Settings {
    pub(in crate::map::posts) fn new(
        basis: &Basis<'_>,
        found: &SiteFiles,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let languages = Languages::new(basis.config);
        let mounts = Mounts::new(basis.config, &languages.known, &basis.at, problems);
        let language = basis.config.map(|config| languages::chosen(config, found));
        let language = language.unwrap_or_else(|| languages.default.clone());
        languages::tell_others(&basis.at, (&languages, &mounts, &language), found, problems);
        let folder = mounts.folder(&found.paths).to_owned();
        // Where each language has an address of its own, that is enough.
        let is_apart = languages.has_addresses;
        let is_prefixed =
            !is_apart && (language != languages.default || basis.is("defaultcontentlanguageinsubdir", true));
        let ugly = basis.node("uglyurls");
        let mut settings = Self {
            base: basis.url.trim_end_matches('/').to_owned(),
            permalinks: permalinks(basis, problems),
            ugly: ugly.and_then(Node::boolean) == Some(true),
            ugly_sections: ugly.and_then(Node::map).map(on_keys).unwrap_or_default(),
            keeps_case: basis.is("disablepathtolower", true),
            removes_accents: basis.is("removepathaccents", true),
            shows_future: basis.is("buildfuture", true),
            shows_expired: basis.is("buildexpired", true),
            shows_drafts: basis.is("builddrafts", true),
            category_key: taxonomy(basis, "category", "categories"),
            tag_key: taxonomy(basis, "tag", "tags"),
            dates: Chains::new(basis.node("frontmatter")),
            language_prefix: is_prefixed.then(|| language.clone()),
            sections: BTreeSet::new(),
            bundles: BTreeSet::new(),
            cascades: Vec::new(),
            known: Known::default(),
            languages,
            mounts,
            language,
            ignored: ignored(basis, problems),
            folder,
        };
        settings.look(basis, found);
        settings
    }

    /// Finds sections, bundles, and what sections hand down.
    fn look(&mut self, basis: &Basis<'_>, found: &SiteFiles) {
        let prefix = found.posts_prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        for path in &found.paths {
            let whole = format!("{prefix}{slash}{path}");
            let below = self.mounts.below(&whole).map_or(path.as_str().into(), Below::whole).into_owned();
            let (folder, file) = below.rsplit_once('/').unwrap_or(("", &below));
            let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            match self.without_language(stem).0 {
                "index" if !folder.is_empty() => {
                    self.bundles.insert(folder.to_owned());
                }
                "_index" => {
                    self.sections.insert(folder.to_owned());
                }
                _ => {}
            }
        }
        for (path, text) in found.data.iter().filter(|(path, _)| path.ends_with("_index.md")) {
            let Some(below) = self.below(path) else { continue };
            let below = below.whole();
            let folder = below.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            self.sections.insert(folder.clone());
            let front = read_plain(text, Fences::Hugo).data.map(|node| lower(&node));
            let handed = front.as_ref().and_then(|node| node.get("cascade"));
            self.cascades.extend(handed.map(|node| Cascade::all(node, &folder)).unwrap_or_default());
        }
        self.cascades.sort_by_key(|cascade| std::cmp::Reverse(cascade.depth()));
        self.cascades.extend(basis.node("cascade").map(|node| Cascade::all(node, "")).unwrap_or_default());
    }

    /// Takes note of the site's pages, by their paths below its root.
    pub(in crate::map::posts) fn know(&mut self, paths: impl Iterator<Item = String>) {
        self.known = Known::new(paths.filter(|path| super::is_post(self, path)));
    }

    /// The path of a page by what links call it, lower case.
    pub(super) fn post_named(&self, name: &str) -> Option<&str> {
        self.known.named(name, |path| names(self, path))
    }

    /// The path below the content, and the language whose content folder that is.
    pub(super) fn below<'a>(&'a self, path: &'a str) -> Option<Below<'a>> {
        self.mounts.below(path)
    }

    /// `x.zh` → `x` and `zh`, where the site has that language.
    pub(super) fn without_language<'a>(&self, stem: &'a str) -> (&'a str, Option<&'a str>) {
        self.languages.apart(stem)
    }

    pub(super) fn shows(&self, language: Option<&str>) -> bool {
        language.unwrap_or(&self.languages.default).eq_ignore_ascii_case(&self.language)
    }

    pub(super) fn is_bundle(&self, folders: &[&str]) -> bool {
        self.bundles.contains(&folders.join("/"))
    }

    pub(super) fn leaves_out(&self, path: &str) -> bool {
        self.ignored.is_match(path)
    }

    /// What sections above a page hand down, the nearest first.
    pub(super) fn cascade_for<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Node> {
        let below = self.below(path).map(|below| below.whole().into_owned()).unwrap_or_default();
        let holds = move |cascade: &&Cascade| cascade.holds(&below, &self.language);
        self.cascades.iter().filter(holds).map(|cascade| &cascade.values)
    }
}

impl Chains {
    fn new(node: Option<&Node>) -> Self {
        let chain = |key: &str, default: &[&str]| {
            let written = node.and_then(|node| node.get(key)).map(flat).filter(|keys| !keys.is_empty());
            let written = written.unwrap_or_else(|| vec![":default"]);
            let mut keys: Vec<String> = Vec::new();
            for key in written {
                match key {
                    ":default" => keys.extend(default.iter().map(|&key| key.to_owned())),
                    key => keys.push(key.to_lowercase()),
                }
            }
            keys
        };
        Self {
            date: chain("date", &["date", "publishdate", "lastmod"]),
            lastmod: chain("lastmod", &["lastmod", "date", "publishdate"]),
            publish: chain("publishdate", &["publishdate", "date"]),
            expiry: chain("expirydate", &["expirydate"]),
        }
    }
}

fn taxonomy(basis: &Basis<'_>, singular: &str, plural: &str) -> String {
    text(basis.node("taxonomies"), &[singular]).unwrap_or(plural).to_lowercase()
}

fn on_keys(pairs: &[(Key, Node)]) -> Vec<String> {
    pairs.iter().filter(|(_, node)| node.boolean() == Some(true)).map(|(key, _)| key.text.clone()).collect()
}

/// The rules: of the source, by section, by kind and section, or a list of `{target, pattern}`.
fn permalinks(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> Vec<(GlobMatcher, String)> {
    let mut written: Vec<(String, String)> = Vec::new();
    if let Some(pattern) = &basis.source.permalink {
        written.push(("/*/**".into(), pattern.clone()));
    }
    let node = basis.node("permalinks");
    for (key, node) in node.and_then(Node::map).unwrap_or_default() {
        match (node.text(), key.text.as_str()) {
            (Some(pattern), section) => written.push((of_section(section), pattern.to_owned())),
            (None, "page") => {
                let pairs = node.map().unwrap_or_default().iter();
                written.extend(
                    pairs.filter_map(|(key, node)| Some((of_section(&key.text), node.text()?.to_owned()))),
                );
            }
            _ => {}
        }
    }
    for item in node.and_then(Node::list).unwrap_or_default() {
        let is_page = text(Some(item), &["target", "kind"]).is_none_or(|kind| kind.contains("page"));
        if let Some(pattern) = item.get("pattern").and_then(Node::text).filter(|_| is_page) {
            let path = text(Some(item), &["target", "path"]).unwrap_or("/**");
            written.push((path.to_lowercase(), pattern.to_owned()));
        }
    }
    let mut rules = Vec::new();
    for (glob, pattern) in written {
        match GlobBuilder::new(&glob).literal_separator(true).build() {
            Ok(glob) => rules.push((glob.compile_matcher(), pattern)),
            Err(error) => {
                problems.push(Problem::warning(&basis.at, format!("`permalinks`: {}", error.kind())));
            }
        }
    }
    rules
}

fn of_section(section: &str) -> String {
    let section = section.trim_matches([' ', '/']).to_lowercase();
    if section.is_empty() { "/*".into() } else { format!("/{{{section},{section}/**}}") }
}

fn ignored(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> RegexSet {
    let patterns = basis.node("ignorefiles").map(flat).unwrap_or_default();
    RegexSet::new(patterns).unwrap_or_else(|error| {
        problems.push(Problem::warning(&basis.at, format!("`ignoreFiles`: {error}")));
        RegexSet::empty()
    })
}

/// What a page is called in a link, the weightiest first: its path below the content as its file, and
/// without extension or `index`; then its name alone in both manners.
fn names(settings: &Settings, path: &str) -> [Option<String>; 4] {
    let Some(below) = settings.below(path) else { return Default::default() };
    let below = below.whole().to_lowercase();
    let (folder, file) = below.rsplit_once('/').unwrap_or(("", &below));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let (stem, _) = settings.without_language(stem);
    let slash = if folder.is_empty() { "" } else { "/" };
    if stem == "index" {
        let name = folder.rsplit('/').next().unwrap_or_default().to_owned();
        return [Some(format!("/{below}")), Some(format!("/{folder}")), None, Some(name)];
    }
    [
        Some(format!("/{below}")),
        Some(format!("/{folder}{slash}{stem}")),
        Some(file.to_owned()),
        Some(stem.to_owned()),
    ]
}
