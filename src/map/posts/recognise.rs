//! Which generator made a site, from its listing and its config's keys, and why.

use super::SiteFiles;
use super::jekyll;
use crate::definition::SiteKind;
use crate::yaml::Node;

/// Keys that only Hexo's config has.
const HEXO_KEYS: [&str; 8] = [
    "new_post_name",
    "source_dir",
    "default_category",
    "permalink_defaults",
    "updated_option",
    "abbrlink",
    "root",
    "filename_case",
];
/// Keys that only Jekyll's config has.
const JEKYLL_KEYS: [&str; 7] =
    ["baseurl", "plugins", "gems", "collections", "kramdown", "markdown", "defaults"];

/// The generator and the reason. `site` is the source's own word.
pub(super) fn recognise(site: SiteKind, config: Option<&Node>, found: &SiteFiles) -> (SiteKind, String) {
    if let Some((word, _)) = SiteKind::WORDS.iter().find(|(_, kind)| *kind == site && site != SiteKind::Auto)
    {
        return (site, format!("`site: {word}` says so"));
    }
    if let Some(known) = by_config_name(config, found).or_else(|| by_data(found)) {
        return known;
    }
    let within = |folder: &str| {
        let prefix = format!("{}/", found.posts_prefix);
        prefix.contains(folder) || found.paths.iter().any(|path| path.contains(folder))
    };
    let has = |keys: &[&'static str]| {
        keys.iter().copied().find(|key| config.is_some_and(|node| node.get(key).is_some()))
    };
    if within("source/_posts/") {
        return (SiteKind::Hexo, "its posts are in `source/_posts`".into());
    }
    if let Some(key) = has(&HEXO_KEYS) {
        return (SiteKind::Hexo, format!("its config has `{key}`"));
    }
    if let Some(key) = has(&JEKYLL_KEYS) {
        return (SiteKind::Jekyll, format!("its config has `{key}`"));
    }
    if found.paths.iter().any(|path| path.starts_with("_posts/") || path.contains("/_posts/")) {
        // The folder tells, not the names in it: how a site is read must not change
        // with the number of its posts.
        return (SiteKind::Jekyll, "its posts are in `_posts`".into());
    }
    if let Some(known) = by_heads(found) {
        return known;
    }
    if found.posts_prefix == "content" || found.posts_prefix.starts_with("content/") {
        return (SiteKind::Hugo, "its posts are in `content`".into());
    }
    let names = || found.paths.iter().filter_map(|path| path.rsplit('/').next());
    let dated = names().filter(|name| jekyll::dated(name).is_some()).count();
    if dated * 2 > names().count() {
        let because = format!("{dated} of {} names begin with a date", names().count());
        return (SiteKind::Jekyll, because);
    }
    if found.paths.is_empty() {
        return (SiteKind::Jekyll, "there is no post to tell by".into());
    }
    (SiteKind::Hexo, "its posts' names don't begin with a date".into())
}

/// Files that only one generator has.
fn by_config_name(config: Option<&Node>, found: &SiteFiles) -> Option<(SiteKind, String)> {
    let (path, _) = found.config.as_ref()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    let has = |key: &str| {
        let pairs = config.and_then(Node::map).unwrap_or_default();
        pairs.iter().any(|(known, _)| known.text.eq_ignore_ascii_case(key))
    };
    let because = |key: &str| format!("its config `{name}` has `{key}`");
    let stem = name.trim_start_matches('.').split('.').next().unwrap_or_default();
    match stem {
        "hugo" => Some((SiteKind::Hugo, format!("its config is `{name}`"))),
        "pelicanconf" | "publishconf" => Some((SiteKind::Pelican, format!("its config is `{name}`"))),
        "eleventy" => Some((SiteKind::Eleventy, format!("its config is `{name}`"))),
        _ if name.starts_with("_config") => None,
        _ if has("base_url") => Some((SiteKind::Zola, because("base_url"))),
        _ if has("baseURL") => Some((SiteKind::Hugo, because("baseURL"))),
        _ if has("SITENAME") || has("SITEURL") => Some((SiteKind::Pelican, because("SITENAME"))),
        "config" => Some((SiteKind::Hugo, format!("its config is `{name}`"))),
        _ => None,
    }
}

fn by_data(found: &SiteFiles) -> Option<(SiteKind, String)> {
    let path = found.paths.iter().find(|path| path.contains(".11tydata."))?;
    Some((SiteKind::Eleventy, format!("it has `{path}`")))
}

/// How its posts begin.
fn by_heads(found: &SiteFiles) -> Option<(SiteKind, String)> {
    for head in &found.heads {
        let head = head.trim_start_matches('\u{feff}').trim_start();
        if head.starts_with("+++") {
            let is_zola = head.contains("\n[taxonomies]") || head.contains("\n[extra]");
            let kind = if is_zola { SiteKind::Zola } else { SiteKind::Hugo };
            return Some((kind, "a post begins with `+++`".into()));
        }
        let first = head.lines().next().unwrap_or_default();
        let key = first.split_once(':').map(|(key, _)| key);
        let header = head.lines().take_while(|line| !line.trim().is_empty());
        // Hexo's front matter may begin like that, and ends in a fence.
        let is_header = matches!(key, Some("Title" | "Date" | "title" | "date"))
            && header.clone().all(|line| !line.starts_with("---") && !line.starts_with(";;;"));
        if is_header {
            return Some((SiteKind::Pelican, format!("a post begins with `{}:`", key.unwrap_or_default())));
        }
    }
    let section = found.paths.iter().find(|path| path.ends_with("_index.md"))?;
    Some((SiteKind::Hugo, format!("it has the section `{section}`")))
}
