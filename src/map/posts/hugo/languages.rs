//! The languages of a site, and which of them a folder of posts is in: a source has one.

use super::mounts::Mounts;
use crate::map::posts::SiteFiles;
use crate::map::posts::config::text;
use crate::model::Problem;
use crate::yaml::Node;
use std::collections::BTreeMap;

/// The languages of a site.
#[derive(Debug, Clone, Default)]
pub(super) struct Languages {
    /// Language → its content folder, where it has one of its own.
    pub(super) known: BTreeMap<String, Option<String>>,
    pub(super) default: String,
    /// Whether each has an address of its own.
    pub(super) has_addresses: bool,
}

impl Languages {
    /// Of a config whose keys are in lower case.
    pub(super) fn new(config: Option<&Node>) -> Self {
        let default = text(config, &["defaultcontentlanguage"]).unwrap_or("en").to_lowercase();
        let pairs = config.and_then(|node| node.get("languages")?.map()).unwrap_or_default();
        let folder =
            |node: &Node| text(Some(node), &["contentdir"]).map(|folder| folder.trim_matches('/').to_owned());
        let mut known: BTreeMap<_, _> =
            pairs.iter().map(|(key, node)| (key.text.clone(), folder(node))).collect();
        known.entry(default.clone()).or_default();
        let has_address = |(_, node): &(_, Node)| text(Some(node), &["baseurl"]).is_some();
        let has_addresses = !pairs.is_empty() && pairs.iter().all(has_address);
        Self { known, default, has_addresses }
    }

    /// `x.zh` → `x` and `zh`, where the site has that language.
    pub(super) fn apart<'a>(&self, stem: &'a str) -> (&'a str, Option<&'a str>) {
        match stem.rsplit_once('.') {
            Some((stem, language)) if self.known.contains_key(&language.to_lowercase()) => {
                (stem, Some(language))
            }
            _ => (stem, None),
        }
    }

    /// The language of a file: by its name, else by its folder, else the site's own.
    fn of<'a>(&'a self, path: &'a str, mounts: &'a Mounts) -> Option<&'a str> {
        let file = path.rsplit('/').next().unwrap_or_default();
        let (stem, end) = file.rsplit_once('.')?;
        let of_folder = mounts.below(path)?.language;
        matches!(end, "md" | "markdown" | "html" | "org")
            .then(|| self.apart(stem).1.or(of_folder).unwrap_or(&self.default))
    }
}

/// The one language of the posts that are named: what all of them are in, or that of their folder;
/// else the site's own.
pub(super) fn chosen(config: &Node, found: &SiteFiles) -> String {
    let languages = Languages::new(Some(config));
    let mounts = Mounts::new(Some(config), &languages.known, "", &mut Vec::new());
    let named = |folder: &str| format!("{}/", found.posts_prefix).starts_with(&format!("{folder}/"));
    if let Some(language) = mounts.language_of(named) {
        return language.to_owned();
    }
    let mut each = found.paths.iter().map(|path| whole(found, path));
    let mut of = |path: String| languages.of(&path, &mounts).map(str::to_lowercase);
    let first = each.find_map(&mut of);
    match first {
        Some(first) if each.all(|path| of(path).is_none_or(|other| other == first)) => first,
        _ => languages.default,
    }
}

/// Says which pages are left out because they are in another language.
pub(super) fn tell_others(
    at: &str,
    (languages, mounts, language): (&Languages, &Mounts, &str),
    found: &SiteFiles,
    problems: &mut Vec<Problem>,
) {
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for path in &found.paths {
        let path = whole(found, path);
        let is_section = path.rsplit('/').next().is_some_and(|name| name.starts_with("_index."));
        if let Some(other) = languages.of(&path, mounts).map(str::to_lowercase).filter(|_| !is_section)
            && other != language
        {
            *others.entry(other).or_default() += 1;
        }
    }
    for (other, count) in others {
        let is_one = if count == 1 { "page is" } else { "pages are" };
        let message = format!(
            "{count} {is_one} in `{other}`, and left out: a source has one language, here `{language}`"
        );
        let folder = mounts.folder_in(&other);
        let pattern = folder.map_or_else(|| format!("content/**/*.{other}.md"), str::to_owned);
        let help = format!("a source with `posts: {pattern}` below the site's folder has these");
        problems.push(Problem::warning(at, message).with_help(help));
    }
}

fn whole(found: &SiteFiles, path: &str) -> String {
    let prefix = found.posts_prefix.trim_matches('/');
    if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") }
}
