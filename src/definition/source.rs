//! One source of a feed, from its keys.

use crate::definition::Compat;
use crate::definition::Defaults;
use crate::definition::FeedSource;
use crate::definition::Filing;
use crate::definition::OnDelete;
use crate::definition::OwnCategories;
use crate::definition::PostsSource;
use crate::definition::Since;
use crate::definition::SiteKind;
use crate::definition::Source;
use crate::definition::SourceKind;
use crate::definition::Timetable;
use crate::definition::address;
use crate::definition::category;
use crate::definition::hash;
use crate::definition::load::is_id;
use crate::definition::word;
use crate::model::CategoryPath;
use crate::model::Date;
use crate::model::resolve_path;
use crate::yaml::Faults;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::expected;
use chrono::DateTime;
use chrono::NaiveDate;
use chrono::NaiveTime;
use chrono::TimeZone;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

/// Keys that say what a source is; exactly one of them.
const KINDS: [&str; 7] = ["posts", "feed", "html", "json", "sitemap", "opml", "from"];
/// Entry fields that `map` may fill.
const MAPPED: [&str; 11] = [
    "author",
    "categories",
    "id",
    "image",
    "language",
    "link",
    "published",
    "summary",
    "tags",
    "title",
    "updated",
];

/// What a source takes over from its feed.
pub(super) struct Inherited<'a> {
    /// The folder that relative paths count from.
    pub(super) base: &'a Path,
    pub(super) defaults: &'a Defaults,
    pub(super) link: Option<String>,
    pub(super) schedule: Option<Timetable>,
    pub(super) timezone: Option<Tz>,
    pub(super) map: BTreeMap<String, Vec<String>>,
    pub(super) into: Vec<(CategoryPath, CategoryPath)>,
}

/// A source and what is found out about it on the way.
pub(super) struct Read {
    /// Its `id` is empty where the file gives none: `suggestion` says what it may be.
    pub(super) source: Source,
    /// A slug of host or folder.
    pub(super) suggestion: String,
    /// Its dates lean on a zone that nobody wrote down.
    pub(super) timezone_assumed: bool,
}

/// Reads one source; `None` where it cannot be told what it is.
pub(super) fn read(node: &Node, name: &str, inherited: &Inherited<'_>, faults: &mut Faults) -> Option<Read> {
    let mut section = Section::new(node, name, faults);
    let id = section.value("id", |node| {
        let id = node.as_text()?;
        if is_id(id) {
            Ok(id.to_owned())
        } else {
            Err(expected("letters a-z, digits, `-` and `_`", node))
        }
    });
    let timezone = section.value("timezone", word::timezone);
    let own_map = map(&mut section);
    let kind = kind(&mut section, node, timezone, inherited);
    let zone = timezone
        .or(inherited.timezone)
        .unwrap_or(inherited.defaults.timezone);
    let mut map = inherited.map.clone();
    map.extend(own_map.clone());
    if matches!(kind, Some((SourceKind::Feed(_), _))) {
        if !own_map.is_empty()
            && let Some((key, _)) = section.written("map")
        {
            let full = section.full("map");
            section.faults.add_at_key(
                key,
                format!("`{full}` is not built yet for a feed, only for posts"),
            );
        }
        map.clear();
    }
    let filing = Filing {
        categories: category::paths(&mut section, "categories"),
        tags: section.one_or_more("tags", Node::as_line).unwrap_or_default(),
        own: section
            .value("source_categories", |node| {
                node.as_word(&[
                    ("keep", OwnCategories::Keep),
                    ("tags", OwnCategories::Tags),
                    ("drop", OwnCategories::Drop),
                ])
            })
            .unwrap_or_default(),
        into: inherited.into.clone(),
    };
    let schedule = section
        .value("schedule", word::schedule)
        .or_else(|| inherited.schedule.clone());
    let on_delete = section.value("on_delete", |node| {
        node.as_word(&[("remove", OnDelete::Remove), ("keep", OnDelete::Keep)])
    });
    let enabled = section.value("enabled", Node::as_boolean).unwrap_or(true);
    let timeout = section.value("timeout", word::duration);
    let take = section.value("take", |node| {
        usize::try_from(node.as_number(1, 1_000_000)?).map_err(|error| error.to_string())
    });
    let since = section
        .value("since", |node| since(node, zone))
        .unwrap_or_default();
    section.not_built("filter", "entries cannot be chosen by conditions");
    section.finish();
    let (kind, suggestion) = kind?;
    let posts = matches!(kind, SourceKind::Posts(_));
    let mut source = Source {
        key: key(id.as_deref(), &kind),
        id: id.unwrap_or_default(),
        enabled,
        timetable: schedule.unwrap_or_else(|| inherited.defaults.schedule.clone()),
        timezone: zone,
        timeout,
        map,
        filing,
        take,
        since,
        on_delete: on_delete.unwrap_or(if posts { OnDelete::Remove } else { OnDelete::Keep }),
        collect_hash: [0; 32],
        kind,
    };
    source.collect_hash = hash::collect(&source);
    let written = timezone.is_some() || inherited.timezone.is_some();
    Some(Read {
        source,
        suggestion,
        timezone_assumed: posts && !written && inherited.defaults.timezone_assumed,
    })
}

/// What the store knows the source by.
fn key(id: Option<&str>, kind: &SourceKind) -> String {
    match (id, kind) {
        (Some(id), _) => format!("id:{id}"),
        (None, SourceKind::Feed(feed)) => format!("feed:{}", feed.url),
        (None, SourceKind::Posts(posts)) => {
            let mut paths: Vec<_> = posts.paths.iter().map(|path| path.to_string_lossy()).collect();
            paths.sort();
            format!("posts:{}", paths.join("|"))
        }
    }
}

/// A `map`: entry field → metadata keys, the first that has a value wins.
pub(super) fn map(section: &mut Section<'_, '_>) -> BTreeMap<String, Vec<String>> {
    let full = section.full("map");
    let mut map = BTreeMap::new();
    for (key, node) in section.pairs("map") {
        if !MAPPED.contains(&key.text.as_str()) {
            let near = crate::yaml::nearest(&key.text, MAPPED).unwrap_or_default();
            let message = format!(
                "`{full}`: unknown field `{}`, the nearest known field is `{near}`",
                key.text
            );
            section.faults.add_at_key(key, message);
            continue;
        }
        let name = format!("{full}.{}", key.text);
        let keys = section.faults.one_or_more(&name, node, |node| {
            let text = node.as_line()?;
            if text.contains("{{") || text.contains("{%") {
                return Err("a template is not built yet, only lists of metadata keys".into());
            }
            Ok(text)
        });
        map.insert(key.text.clone(), keys);
    }
    map
}

fn kind(
    section: &mut Section<'_, '_>,
    node: &Node,
    timezone: Option<Tz>,
    inherited: &Inherited<'_>,
) -> Option<(SourceKind, String)> {
    let written: Vec<&str> = KINDS
        .into_iter()
        .filter(|kind| section.node(kind).is_some())
        .collect();
    for kind in KINDS.into_iter().skip(2) {
        section.not_built(kind, "a source is `posts` or `feed`");
    }
    let posts_keys = posts_keys(section);
    let (headers, auth) = (address::headers(section), address::auth(section, inherited.base));
    match written.as_slice() {
        ["posts"] => {
            refuse(section, &["headers", "auth"], "for a feed, not for posts");
            let paths = paths(section, inherited.base)?;
            let suggestion = slug_of_folder(paths.first()?);
            let posts = PostsSource {
                paths,
                timezone,
                fallback_timezone: inherited.timezone.unwrap_or(inherited.defaults.timezone),
                fallback_url: inherited.link.clone(),
                ..posts_keys
            };
            Some((SourceKind::Posts(posts), suggestion))
        }
        ["feed"] => {
            refuse(
                section,
                &["site", "url", "permalink", "compat"],
                "for posts, not for a feed",
            );
            let url = section.value("feed", word::web_url)?;
            let suggestion = slug_of_host(&url);
            Some((SourceKind::Feed(FeedSource { url, headers, auth }), suggestion))
        }
        [_] => None,
        [] => {
            if node.map().is_some() {
                section.faults.add(node, "a source needs one of `posts`, `feed`");
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
fn posts_keys(section: &mut Section<'_, '_>) -> PostsSource {
    section.not_built(
        "generator_config",
        "the site's configuration is the one beside or above its posts",
    );
    section.not_built("ids_from", "ids are made from the site's address");
    PostsSource {
        paths: Vec::new(),
        site: section.value("site", site).unwrap_or_default(),
        compat: section
            .value("compat", |node| {
                node.as_word(&[("plain", Compat::Plain), ("strict", Compat::Strict)])
            })
            .unwrap_or_default(),
        url: section.value("url", word::web_url),
        permalink: section.value("permalink", Node::as_line),
        timezone: None,
        fallback_timezone: chrono_tz::UTC,
        fallback_url: None,
    }
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

fn site(node: &Node) -> Result<SiteKind, String> {
    if let Some(later @ ("hugo" | "zola" | "pelican" | "eleventy")) = node.text() {
        return Err(format!(
            "`{later}` is not built yet, only `jekyll`, `hexo`, `auto`"
        ));
    }
    node.as_word(&[
        ("jekyll", SiteKind::Jekyll),
        ("hexo", SiteKind::Hexo),
        ("auto", SiteKind::Auto),
    ])
}

/// The paths of posts, whole; `None` where one cannot be used.
fn paths(section: &mut Section<'_, '_>, base: &Path) -> Option<Vec<PathBuf>> {
    let node = section.node("posts")?;
    let name = section.full("posts");
    let faults_before = section.faults.found.len();
    let written = section.faults.one_or_more(&name, node, |node| {
        let text = node.as_line()?;
        if text.contains("://") {
            return Err("posts by URL are not built yet, only by path".into());
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
            let shown = crate::model::show_path(&plain, &current);
            section
                .faults
                .add(node, format!("`{name}`: there is no `{shown}`"))
                .warning = true;
        }
    }
    let refused = section
        .faults
        .found
        .iter()
        .skip(faults_before)
        .any(|fault| !fault.warning);
    (!refused && !written.is_empty()).then(|| written.into_iter().map(|(path, _)| path).collect())
}

/// The part of a path that stands before its first wildcard.
fn before_the_glob(path: &Path) -> PathBuf {
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
    let host = url::Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    slug(&host.unwrap_or_default(), "feed")
}

fn slug(text: &str, else_name: &str) -> String {
    let dashed: String = text
        .chars()
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
    if slug.is_empty() {
        else_name.to_owned()
    } else {
        slug.to_owned()
    }
}

/// `all`, `now`, or a date: midnight of it in the source's zone, or a time with its offset.
fn since(node: &Node, zone: Tz) -> Result<Since, String> {
    match node.as_text()? {
        "all" => Ok(Since::All),
        "now" => Ok(Since::Now),
        text => DateTime::parse_from_rfc3339(text)
            .ok()
            .or_else(|| midnight(text, zone))
            .map(Since::Date)
            .ok_or_else(|| expected("`all`, `now` or a date such as `2026-01-31`", node)),
    }
}

fn midnight(text: &str, zone: Tz) -> Option<Date> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let time = zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
    time.earliest().map(|time| time.fixed_offset())
}
