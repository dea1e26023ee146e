//! What a source is and where: its kind, the keys that only this kind has, and a name for it.

use crate::definition::Compat;
use crate::definition::FeedSource;
use crate::definition::GeneratorConfig;
use crate::definition::PostsSource;
use crate::definition::SiteKind;
use crate::definition::SourceKind;
use crate::definition::address;
use crate::definition::inherited::Inherited;
use crate::definition::word;
use crate::model::resolve_path;
use crate::model::show_path;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::expected;
use chrono_tz::Tz;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

/// Keys that say what a source is; exactly one of them.
const KINDS: [&str; 7] = ["posts", "feed", "html", "json", "sitemap", "opml", "from"];

/// Those of them that are refused by name.
const NOT_BUILT: [&str; 4] = ["html", "json", "sitemap", "opml"];

/// Keys that say what site posts are of.
const OF_SITES: [&str; 7] =
    ["site", "url", "permalink", "permalink_timezone", "compat", "generator_config", "ids_from"];

/// What a source is and a name for it; `None` where that cannot be told.
pub(super) fn kind(
    section: &mut Section<'_, '_>,
    node: &Node,
    timezone: Option<Tz>,
    inherited: &Inherited<'_>,
) -> Option<(SourceKind, String)> {
    let written: Vec<&str> = KINDS.into_iter().filter(|kind| section.node(kind).is_some()).collect();
    for kind in NOT_BUILT {
        section.not_built(kind, "a source is `posts`, `feed` or `from`");
    }
    let posts_keys = posts_keys(section, inherited.base);
    let (headers, auth) = (address::headers(section), address::auth(section, inherited.base));
    match written.as_slice() {
        ["posts"] if section.node("posts").is_some_and(is_url) => {
            let post = Box::new(with_fallbacks(posts_keys, timezone, inherited));
            let url = section.value("posts", |node| word::fetched_url(only(node)))?;
            let (suggestion, timezone) = (slug_of_host(&url), timezone.unwrap_or(post.fallback_timezone));
            let feed = FeedSource { url, headers, auth, timezone, post: Some(post) };
            Some((SourceKind::Feed(feed), suggestion))
        }
        ["posts"] => {
            refuse(section, &["headers", "auth"], "for a feed, not for posts");
            let written = paths(section, inherited.base)?;
            let at = |node: &Node| format!("{}:{}:{}", inherited.shown, node.line, node.column);
            let suggestion = slug_of_folder(&written.first()?.0);
            let posts = PostsSource {
                written: written.iter().map(|(_, node)| at(node)).collect(),
                paths: written.into_iter().map(|(path, _)| path).collect(),
                ..with_fallbacks(posts_keys, timezone, inherited)
            };
            Some((SourceKind::Posts(posts), suggestion))
        }
        ["feed"] => {
            refuse(section, &OF_SITES, "for posts, not for a feed");
            let url = section.value("feed", word::fetched_url)?;
            let suggestion = slug_of_host(&url);
            let timezone = zone_of_feed(timezone, inherited);
            Some((SourceKind::Feed(FeedSource { url, headers, auth, timezone, post: None }), suggestion))
        }
        ["from"] => {
            refuse(section, &OF_SITES, "for posts, not for feeds of ours");
            refuse(section, &["headers", "auth", "timeout"], "for a feed by URL, not for feeds of ours");
            refuse(section, &["schedule"], "not for feeds of ours: what they bring is here at once");
            refuse(section, &["on_delete"], "not for feeds of ours: what leaves them leaves this one");
            refuse(section, &["trackers"], "not for feeds of ours: it stands at what collects them");
            from(section)
        }
        [_] => None,
        [] => {
            if node.map().is_some() {
                section.faults.add(node, "a source needs one of `posts`, `feed`, `from`");
            }
            None
        }
        several => {
            let several: Vec<String> = several.iter().map(|kind| format!("`{kind}`")).collect();
            let message = format!("a source is one of these alone: {}", several.join(", "));
            section.faults.add(node, message).help = Some("make each a source of its own".into());
            None
        }
    }
}

/// The keys that only posts have; the paths and fallbacks are put in by whoever asked.
fn posts_keys(section: &mut Section<'_, '_>, base: &Path) -> PostsSource {
    PostsSource {
        paths: Vec::new(),
        written: Vec::new(),
        site: section.value("site", site).unwrap_or_default(),
        compat: section
            .value("compat", |node| node.as_word(&[("plain", Compat::Plain), ("strict", Compat::Strict)]))
            .unwrap_or_default(),
        url: section.value("url", word::web_url),
        permalink: section.value("permalink", Node::as_line),
        permalink_timezone: section.value("permalink_timezone", Node::as_timezone),
        timezone: None,
        fallback_timezone: chrono_tz::UTC,
        timezone_assumed: true,
        fallback_url: None,
        generator_config: section
            .value("generator_config", |node| generator_config(node, base))
            .unwrap_or_default(),
        ids_from: section.value("ids_from", word::web_url),
    }
}

/// The zone that somebody wrote down, UTC where nobody did.
fn zone_of_feed(own: Option<Tz>, inherited: &Inherited<'_>) -> Tz {
    let ours = Some(inherited.defaults.timezone).filter(|_| !inherited.defaults.timezone_assumed);
    own.or(inherited.timezone).or(ours).unwrap_or(Tz::UTC)
}

/// With what holds where neither the source nor the site says it.
fn with_fallbacks(keys: PostsSource, timezone: Option<Tz>, inherited: &Inherited<'_>) -> PostsSource {
    PostsSource {
        timezone,
        fallback_timezone: inherited.timezone.unwrap_or(inherited.defaults.timezone),
        timezone_assumed: inherited.timezone.is_none() && inherited.defaults.timezone_assumed,
        fallback_url: inherited.link.clone(),
        ..keys
    }
}

/// Whether `posts` names one post by its URL.
fn is_url(node: &Node) -> bool {
    only(node).text().is_some_and(|text| text.contains("://"))
}

/// What stands in a list alone.
fn only(node: &Node) -> &Node {
    match node.list() {
        Some([alone]) => alone,
        _ => node,
    }
}

fn generator_config(node: &Node, base: &Path) -> Result<GeneratorConfig, String> {
    let text = node.as_line()?;
    if text == "none" {
        return Ok(GeneratorConfig::None);
    }
    let path = resolve_path(base, &text);
    if path.is_file() {
        return Ok(GeneratorConfig::File(path));
    }
    let current = std::env::current_dir().unwrap_or_default();
    Err(format!("there is no file `{}`, and it is not `none`", show_path(&path, &current)))
}

fn refuse(section: &mut Section<'_, '_>, keys: &[&'static str], why: &str) {
    for key in keys {
        if section.node(key).is_some()
            && let Some((written, _)) = section.written(key)
        {
            let full = section.full(key);
            section.faults.add_at_key(written, format!("`{full}` is {why}"));
        }
    }
}

/// Ids of other feeds; whether they are there is looked at when all are read.
fn from(section: &mut Section<'_, '_>) -> Option<(SourceKind, String)> {
    let faults_before = section.faults.found.len();
    let mut feeds: Vec<String> = section.one_or_more("from", Node::as_line)?;
    let node = section.node("from")?;
    let mut seen = HashSet::new();
    feeds.retain(|feed| seen.insert(feed.clone()));
    if section.faults.found.len() > faults_before {
        return None;
    }
    if feeds.is_empty() {
        let name = section.full("from");
        section.faults.add(node, format!("`{name}`: {}", expected("the ids of other feeds", node)));
        return None;
    }
    let suggestion = feeds.join("-");
    Some((SourceKind::From(feeds), suggestion))
}

fn site(node: &Node) -> Result<SiteKind, String> {
    node.as_word(&SiteKind::WORDS)
}

/// The paths of posts, whole, and where each is written; `None` where one cannot be used.
fn paths<'n>(section: &mut Section<'n, '_>, base: &Path) -> Option<Vec<(PathBuf, &'n Node)>> {
    let node = section.node("posts")?;
    let name = section.full("posts");
    let faults_before = section.faults.found.len();
    let written = section.faults.one_or_more(&name, node, |node| {
        let text = node.as_line()?;
        if text.contains("://") {
            return Err("a post by URL stands alone: make it a source of its own".into());
        }
        if text.starts_with('~') {
            return Err(expected("a path without `~`, which nothing expands here", node));
        }
        Ok((resolve_path(base, &text), node))
    });
    for (path, node) in &written {
        let plain = before_the_glob(path);
        if !plain.exists() {
            let current = std::env::current_dir().unwrap_or_default();
            let shown = show_path(&plain, &current);
            section.faults.add(node, format!("`{name}`: there is no `{shown}`")).warning = true;
        }
    }
    if written.is_empty() && section.faults.found.len() == faults_before {
        section.faults.add(node, format!("`{name}`: {}", expected("a folder, a file or a glob", node)));
    }
    let refused = section.faults.found.iter().skip(faults_before).any(|fault| !fault.warning);
    (!refused && !written.is_empty()).then_some(written)
}

/// The part of a path that stands before its first wildcard.
fn before_the_glob(path: &Path) -> PathBuf {
    // A folder may have such letters in its name.
    if path.exists() {
        return path.to_owned();
    }
    path.components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{']))
        .collect()
}

/// `samples/finews` → `finews`; of a site's folder of posts the site: `blog/source/_posts` → `blog`.
fn slug_of_folder(path: &Path) -> String {
    let mut folder = before_the_glob(path);
    if folder.is_file() {
        folder.set_extension("");
    }
    while folder.ends_with("_posts") || folder.ends_with("source") || folder.ends_with("content") {
        if !folder.pop() {
            break;
        }
    }
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    slug(&name.unwrap_or_default(), "posts")
}

fn slug_of_host(address: &str) -> String {
    let host = url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    slug(&host.unwrap_or_default(), "feed")
}

fn slug(text: &str, else_name: &str) -> String {
    let dashed: String =
        text.chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || letter == '_' {
                    letter.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    let slug = words.join("-");
    let slug = slug.trim_start_matches('_');
    if slug.is_empty() { else_name.to_owned() } else { slug.to_owned() }
}
