//! Eleventy 3 with plugin-rss: which files are posts, the data cascade, dates, addresses.
//!
//! Rules from Eleventy's `Template`, `TemplateContent` and gray-matter. Its config and data
//! may be programs, which are never run: what is plain in them is read.

mod data;
mod global;
mod page;
mod settings;
mod slug;
mod template;
mod value;

pub(super) use settings::{Settings, config};

use super::address::squeeze;
use super::entry::{Markup, Texts};
use super::meta::{self, Meta, flat};
use super::{PostFile, Site, entry, title};
use crate::map::date;
use crate::map::date::{Style, Zone};
use crate::map::markdown::Dialect;
use crate::model::{CategoryPath, Date, Entry, Problem};
use crate::parse::front_matter::State;
use crate::yaml::{Node, Value};
use chrono::{NaiveDate, NaiveTime};
use page::Page;
use std::cell::{Cell, RefCell};

/// Bytes that the values of a post's templates may come to.
const MOST_FILLED: usize = 4 << 20;
/// Extensions of templates that are read here.
const MARKDOWN: [&str; 2] = ["md", "markdown"];
const HTML: [&str; 4] = ["html", "htm", "njk", "liquid"];
/// Tags of what people collect as posts.
const POST_TAGS: [&str; 6] = ["post", "posts", "blog", "article", "articles", "feed"];

/// Whether Eleventy takes this path, counted from the site's root, as a template that may be a post.
pub(super) fn is_post(settings: &Settings, path: &str) -> bool {
    let Some(below) = settings.below(path) else {
        return false;
    };
    let extension = extension(below);
    let is_hidden = |name: &str| name.starts_with('.') || name == "node_modules";
    (MARKDOWN.contains(&extension.as_str()) || HTML.contains(&extension.as_str()))
        && !below.split('/').any(is_hidden)
        && !settings.is_aside(path, below)
}

fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

pub(super) fn map(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    let below = settings.below(file.whole)?;
    let found = entry::front_matter(site, file, problems);
    if found.state == State::Refused {
        return None;
    }
    let computed = found.data.as_ref().and_then(|own| data::computed(own.get("eleventyComputed")?));
    let mut layers: Vec<&Node> = computed.iter().chain(settings.data.computed(file.whole)).collect();
    layers.extend(found.data.iter().chain(settings.data.of(file.whole)));
    let meta = Meta::new(layers, site, file, problems);
    let tags = tags(&meta);
    let from_name = day_in(below);
    let is_collected = tags.iter().any(|tag| POST_TAGS.contains(&tag.as_str()));
    let is_page = !is_collected && from_name.is_none() && meta.get("date").is_none();
    if is_left_out(site, &meta) || settings.is_whole_site && is_page {
        return None;
    }
    let (date, address_date) = dates(site, file, (&meta, from_name), problems).ok()?;
    let page = Page {
        settings,
        whole: file.whole,
        below,
        date: address_date,
        meta: &meta,
        now: file.now,
        own: RefCell::default(),
        rounds: Cell::default(),
        left: Cell::new(MOST_FILLED),
    };
    let address = match address(settings, &page, file, problems) {
        Address::At(address) => Some(address),
        Address::Unknown => None,
        Address::Unwritten => return None,
    };
    let id = meta.mapped("id").and_then(Node::text).map(str::to_owned);
    let id = id.or_else(|| address.clone()).unwrap_or_else(|| file.whole.to_owned());
    let shown = meta.get("title").map(meta::scalar_or_list).unwrap_or_default();
    let shown = if site.strict { title::squeezed(&shown) } else { title::plain(&shown) };
    let mut entry = Entry {
        keys: vec![format!("path:{}", file.path), format!("id:{id}")],
        id,
        title: entry::mapped_title(&meta).or(shown),
        link: entry::link(site, &meta, address.unwrap_or_default()),
        published: date,
        categories: categories(site, &meta),
        tags,
        at: file.path.to_owned(),
        ..Entry::default()
    };
    entry::dress(&mut entry, site, &meta);
    let body = template::render(found.body, &page);
    let is_html = HTML.contains(&extension(below).as_str());
    let markup = if is_html { Markup::Html } else { Markup::Markdown(Dialect::MarkdownIt) };
    let Texts { content, summary } = entry::texts(&meta, &body, markup, None);
    (entry.content, entry.summary) = (content, summary);
    entry::finish(&mut entry, site, &meta, file, problems);
    Some(entry)
}

/// The post's date, and the one that its page's address is made with: that stands where the post's own
/// puts it, whatever the source's map says. `Err` where Eleventy stops at it.
fn dates(
    site: &Site,
    file: &PostFile<'_>,
    (meta, from_name): (&Meta<'_>, Option<NaiveDate>),
    problems: &mut Vec<Problem>,
) -> Result<(Option<Date>, Option<Date>), ()> {
    let node = meta.mapped("published").or_else(|| meta.get("date")).filter(|node| !node.is_null());
    let of_name = || Some(date::in_zone(from_name?.and_time(NaiveTime::MIN), site.zone));
    let date = date_of(site, file, node, problems)?.or_else(of_name);
    let own = meta.mapped("published").map(|_| date_of(site, file, meta.get("date"), &mut Vec::new()));
    Ok((date, own.map_or(date, |own| own.ok().flatten().or_else(of_name))))
}

/// Eleventy has no categories; what the author calls so is read all the same.
fn categories(site: &Site, meta: &Meta<'_>) -> Vec<CategoryPath> {
    let plain = || meta.first(&["categories", "category"]).filter(|_| !site.strict);
    let names = meta.mapped("categories").or_else(plain).map(flat).unwrap_or_default();
    names.into_iter().filter_map(|name| CategoryPath::from_names([name])).collect()
}

fn is_left_out(site: &Site, meta: &Meta<'_>) -> bool {
    let is_draft = meta.is_on("draft", true) && !site.strict;
    is_draft || meta.is_on("eleventyExcludeFromCollections", false) || entry::is_kept_out(meta)
}

/// The tags of every layer, those of folders first.
fn tags(meta: &Meta<'_>) -> Vec<String> {
    if let Some(node) = meta.mapped("tags") {
        return flat(node).into_iter().map(str::to_owned).collect();
    }
    let mut found: Vec<String> = Vec::new();
    for tag in meta.all("tags").flat_map(flat) {
        if !found.iter().any(|known| known == tag) {
            found.push(tag.to_owned());
        }
    }
    found
}

/// The first `2021-03-04` anywhere in a path.
fn day_in(path: &str) -> Option<NaiveDate> {
    let is_shape = |text: &&str| {
        text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    };
    let text = (0..path.len()).filter_map(|start| path.get(start..start + 10)).find(is_shape)?;
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// The front matter's date; `Err` where Eleventy stops at it (only in a strict reading).
fn date_of(
    site: &Site,
    file: &PostFile<'_>,
    node: Option<&Node>,
    problems: &mut Vec<Problem>,
) -> Result<Option<Date>, ()> {
    let Some(node) = node else { return Ok(None) };
    let Value::Scalar { text, quoted } = &node.value else { return Ok(None) };
    let word = text.trim().to_ascii_lowercase();
    if matches!(word.as_str(), "last modified" | "created" | "git last modified" | "git created") {
        let message = format!("`date: {text}` is a time of the file, which is not read as a post's date");
        problems.push(Problem::warning(file.at(node.line, node.column), message));
        return Ok(None);
    }
    let stamp = date::read(text);
    let plain = stamp.map(|stamp| stamp.instant().unwrap_or_else(|| date::in_zone(stamp.when, site.zone)));
    let theirs = stamp.filter(|stamp| {
        // A timestamp of YAML's, or an ISO text with its `T`.
        let is_zone = matches!(stamp.zone, Zone::None | Zone::Zulu | Zone::Offset(_));
        let is_timestamp = !quoted && (!stamp.has_time || stamp.has_seconds);
        let is_iso = text.contains('T') || !stamp.has_time;
        let is_zone = is_zone || (is_iso && matches!(stamp.zone, Zone::FourDigits(_)));
        let is_read = match stamp.style {
            Style::Iso | Style::IsoMonth => true,
            Style::Year => *quoted,
            _ => false,
        };
        is_read && is_zone && (is_timestamp || is_iso) && !stamp.has_strays
    });
    if site.strict && theirs.is_none() {
        problems.push(Problem::error(file.at(node.line, node.column), "Eleventy stops at this date"));
        return Err(());
    }
    if plain.is_none() {
        entry::no_date(file, node, "date", problems);
    } else if theirs.is_none() {
        let message = "Eleventy would stop at this date";
        problems.push(Problem::warning(file.at(node.line, node.column), message));
    }
    Ok(plain)
}

/// Where a page is.
enum Address {
    At(String),
    /// Only Eleventy knows.
    Unknown,
    /// Nothing is written for it.
    Unwritten,
}

/// The page's full address.
fn address(
    settings: &Settings,
    page: &Page<'_>,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Address {
    let own = page.meta.get("permalink").filter(|node| !node.is_null());
    let own = own.map(|node| node.get("build").unwrap_or(node));
    if own.is_some_and(|node| node.boolean() == Some(false)) {
        return Address::Unwritten;
    }
    let written = own.and_then(Node::text).or(settings.permalink.as_deref());
    if written.is_none() && settings.data.works_out_plainly(page.whole, "permalink") {
        // The file that does has its problem.
        return Address::Unknown;
    }
    let path = match written {
        Some(template) => {
            let filled = template::filled(template, page);
            if let Some(unknown) = &filled.unknown {
                let message =
                    format!("`{unknown}` in `permalink` can't be worked out here, so the entry has no link");
                let problem = Problem::warning(file.at(1, 1), message);
                problems.push(problem.with_help("write `permalink` of the source without it, or map `link`"));
                return Address::Unknown;
            }
            if let Some(guessed) = &filled.guessed {
                let message =
                    format!("`{guessed}` in `permalink` is guessed at: its filter is the site's own");
                problems.push(Problem::warning(file.at(1, 1), message));
            }
            filled.text
        }
        None => page.default_path(),
    };
    let path = path
        .strip_suffix("index.html")
        .filter(|path| path.is_empty() || path.ends_with('/'))
        .unwrap_or(&path);
    let path = squeeze(&format!("{}/{path}", settings.path_prefix));
    Address::At(match url::Url::parse(&format!("{}{path}", settings.base)) {
        Ok(url) => url.into(),
        Err(_) => path,
    })
}
