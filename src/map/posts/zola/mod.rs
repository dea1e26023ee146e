//! Zola and its built-in feeds: which files are pages, dates, addresses, ids.
//!
//! Rules from Zola's `content` crate. Only pages with a date are in its feeds.

mod links;
mod shortcodes;
mod slug;

use super::basis::Basis;
use super::entry::{Markup, Texts};
use super::meta::{self, Meta, flat};
use super::{PostFile, Site, config::scalar, config::text, config::with, entry, tags, title};
use crate::map::date;
use crate::map::date::{Style, Zone};
use crate::map::markdown::Dialect;
use crate::model::{CategoryPath, Date, Entry, Problem};
use crate::parse::front_matter::State;
use crate::yaml::{Node, Value};
use globset::{Glob, GlobSet, GlobSetBuilder};
use slug::Slugs;

/// What Zola asks a page for.
const OWN_KEYS: [&str; 6] = ["title", "date", "updated", "draft", "slug", "path"];
/// The content folder; Zola has no other.
pub(super) const FOLDER: &str = "content";

/// Zola's settings, resolved.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The site's address without a last slash; empty when unknown.
    pub(super) base: String,
    slugs: Slugs,
    /// Dates stay in the slugs of files that begin with one.
    keeps_dates: bool,
    default_language: String,
    languages: Vec<String>,
    ignored: GlobSet,
}

/// The site's config with the keys that all rules ask for.
pub(super) fn config(own: Option<&Node>) -> Node {
    let get = |key: &str| text(own, &[key]).map(scalar);
    let over = vec![
        ("url", get("base_url")),
        ("lang", get("default_language").or_else(|| Some(scalar("en")))),
        ("timezone", Some(scalar("UTC"))),
    ];
    with(own, over)
}

impl Settings {
    pub(super) fn new(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> Self {
        let slugify = basis.node("slugify");
        let languages = basis.node("languages").and_then(Node::map).unwrap_or_default();
        Self {
            base: basis.url.trim_end_matches('/').to_owned(),
            slugs: Slugs::named(text(slugify, &["paths"])),
            keeps_dates: slugify.and_then(|node| node.get("paths_keep_dates")).and_then(Node::boolean)
                == Some(true),
            default_language: basis.text("default_language").unwrap_or("en").to_owned(),
            languages: languages.iter().map(|(key, _)| key.text.clone()).collect(),
            ignored: ignored(basis, problems),
        }
    }

    /// `x.fr` → `x` and `fr`, where the site has that language.
    fn without_language<'a>(&self, stem: &'a str) -> (&'a str, Option<&'a str>) {
        match stem.split_once('.') {
            Some((stem, language)) if self.languages.iter().any(|known| known == language) => {
                (stem, Some(language))
            }
            _ => (stem, None),
        }
    }
}

fn ignored(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in basis.node("ignored_content").map(flat).unwrap_or_default() {
        match Glob::new(pattern) {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => {
                let message = format!("`ignored_content: {pattern}`: {}", error.kind());
                problems.push(Problem::warning(&basis.at, message));
            }
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// Whether Zola takes this path, counted from the site's root, as a page in the default language.
pub(super) fn is_post(settings: &Settings, path: &str) -> bool {
    let below = path.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/'));
    let Some(below) = below else { return false };
    let file = below.rsplit('/').next().unwrap_or(below);
    let Some(stem) = file.strip_suffix(".md") else { return false };
    let (stem, language) = settings.without_language(stem);
    let is_default = language.is_none_or(|language| language == settings.default_language);
    stem != "_index" && is_default && !settings.ignored.is_match(path)
}

/// Where a page stands in the site.
struct Place<'a> {
    folders: Vec<&'a str>,
    /// The file's name, or that of its folder.
    name: &'a str,
    is_front_page: bool,
}

fn place<'a>(settings: &Settings, whole: &'a str) -> Option<Place<'a>> {
    let below = whole.strip_prefix(FOLDER)?.strip_prefix('/')?;
    let mut folders: Vec<&str> = below.split('/').collect();
    let stem = folders.pop()?.strip_suffix(".md")?;
    let (stem, _) = settings.without_language(stem);
    if stem != "index" {
        return Some(Place { folders, name: stem, is_front_page: false });
    }
    match folders.pop() {
        Some(name) => Some(Place { folders, name, is_front_page: false }),
        None => Some(Place { folders, name: FOLDER, is_front_page: true }),
    }
}

pub(super) fn map(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    let place = place(settings, file.whole)?;
    let found = entry::front_matter(site, file, problems);
    if found.state == State::Refused {
        return None;
    }
    let own = found.data.as_ref();
    let extra = own.and_then(|node| node.get("extra")).map(without_own_keys);
    let layers: Vec<&Node> = own.into_iter().chain(&extra).collect();
    let meta = Meta::new(layers, site, file, problems);
    if meta.is_on("draft", !site.strict) || entry::is_kept_out(&meta) {
        return None;
    }
    let from_name = slug::dated(place.name);
    let (published, updated) = dates(site, file, &meta, &from_name, problems)?;
    let address = address(settings, &place, &meta);
    let id = meta.mapped("id").and_then(Node::text).map(str::to_owned);
    let id = id.unwrap_or_else(|| address.clone());
    let shown = meta.get("title").map(meta::scalar_or_list).unwrap_or_default();
    let shown = if site.strict { title::squeezed(&shown) } else { title::plain(&shown) };
    let mut entry = Entry {
        keys: vec![format!("path:{}", file.path), format!("id:{id}")],
        id,
        title: entry::mapped_title(&meta).or(shown),
        link: entry::link(site, &meta, address),
        published: Some(published),
        updated,
        categories: categories(site, &meta),
        tags: terms(site, &meta, "tags"),
        at: file.path.to_owned(),
        ..Entry::default()
    };
    entry::dress(&mut entry, site, &meta);
    let body = shortcodes::render(found.body);
    let body = links::resolved(&body, &|named| links::address(site, settings, file, named));
    let markup = Markup::Markdown(Dialect::PulldownCmark);
    let Texts { content, summary } = entry::texts(&meta, &body, markup, tags::more(&body));
    (entry.content, entry.summary) = (content, summary);
    entry::finish(&mut entry, site, &meta, file, problems);
    Some(entry)
}

/// When it was published, and when changed; none where Zola's feeds have no place for it.
fn dates(
    site: &Site,
    file: &PostFile<'_>,
    meta: &Meta<'_>,
    from_name: &slug::Dated<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(Date, Option<Date>)> {
    let written = date_of(site, file, meta, ("date", "published"), problems).ok()?;
    let from_path =
        || meta.text("path").filter(|_| !site.strict).and_then(|path| slug::day_in(path, site.zone));
    let Some(published) = written.or_else(|| from_name.day(site.zone)).or_else(from_path) else {
        let message = "Zola's feeds have no page without a date";
        problems.push(Problem::warning(file.at(1, 1), message).with_help("add `date` to its front matter"));
        return None;
    };
    let updated = date_of(site, file, meta, ("updated", "updated"), problems).ok()?;
    Some((published, updated))
}

/// `[extra]` is the theme's: what Zola itself asks for is not looked up in it.
fn without_own_keys(extra: &Node) -> Node {
    let pairs = extra.map().unwrap_or_default().iter();
    let value =
        Value::Map(pairs.filter(|(key, _)| !OWN_KEYS.contains(&key.text.as_str())).cloned().collect());
    Node { value, ..*extra }
}

/// The page's full address, as Zola writes it: nothing in it is encoded.
fn address(settings: &Settings, place: &Place<'_>, meta: &Meta<'_>) -> String {
    let slug = match (meta.text("slug"), slug::dated(place.name).slug) {
        (Some(slug), _) => slug,
        (None, Some(slug)) if !settings.keeps_dates => slug,
        _ => place.name,
    };
    let path = match meta.text("path") {
        Some(path) => path.trim().to_owned(),
        None if place.is_front_page => String::new(),
        None => {
            let slug = settings.slugs.path(slug);
            [&[""][..], &place.folders, &[slug.as_str()]].concat().join("/")
        }
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let end = if path.ends_with('/') || path.is_empty() { "" } else { "/" };
    format!("{}{slash}{path}{end}", settings.base)
}

/// A date of the front matter; `Err` where Zola stops at it (only in a strict reading).
fn date_of(
    site: &Site,
    file: &PostFile<'_>,
    meta: &Meta<'_>,
    (key, field): (&str, &str),
    problems: &mut Vec<Problem>,
) -> Result<Option<Date>, ()> {
    let node = meta.mapped(field).or_else(|| meta.get(key)).filter(|node| !node.is_null());
    let Some(node) = node else { return Ok(None) };
    let Value::Scalar { text, .. } = &node.value else { return Ok(None) };
    let stamp = date::read(text);
    let plain = stamp.map(|stamp| stamp.instant().unwrap_or_else(|| date::in_zone(stamp.when, site.zone)));
    let theirs = stamp.filter(|stamp| {
        let is_zone = matches!(stamp.zone, Zone::None | Zone::Zulu | Zone::Offset(_));
        let whole = stamp.has_seconds || !stamp.has_time && stamp.zone == Zone::None;
        stamp.style == Style::Iso && is_zone && whole && !stamp.has_strays
    });
    if site.strict && theirs.is_none() {
        problems.push(Problem::error(file.at(node.line, node.column), "Zola stops at this date"));
        return Err(());
    }
    if plain.is_none() {
        entry::no_date(file, node, key, problems);
    } else if theirs.is_none() {
        let message = "Zola would stop at this date";
        problems.push(Problem::warning(file.at(node.line, node.column), message));
    }
    Ok(plain)
}

fn categories(site: &Site, meta: &Meta<'_>) -> Vec<CategoryPath> {
    let names = terms(site, meta, "categories").into_iter();
    names.filter_map(|name| CategoryPath::from_names([name])).collect()
}

/// A taxonomy's terms, below `taxonomies` or, where Zola passes them over, at the top.
fn terms(site: &Site, meta: &Meta<'_>, key: &str) -> Vec<String> {
    let below = format!("taxonomies.{key}");
    let top = || meta.first(&[key]).filter(|_| !site.strict);
    let node = meta.mapped(key).or_else(|| meta.first(&[&below]).or_else(top));
    let mut found: Vec<String> = Vec::new();
    for term in node.map(flat).unwrap_or_default() {
        if !found.iter().any(|known| known == term) {
            found.push(term.to_owned());
        }
    }
    found
}
