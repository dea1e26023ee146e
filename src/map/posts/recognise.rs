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
    match site {
        SiteKind::Jekyll => return (site, "`site: jekyll` says so".into()),
        SiteKind::Hexo => return (site, "`site: hexo` says so".into()),
        SiteKind::Auto => {}
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
