//! Pelican 4 with Markdown, HTML and reStructuredText: which files are articles, dates, categories, addresses, ids.
//!
//! Rules from Pelican's `contents`, `readers`, `writers` and feedgenerator. An article
//! has a title and a date, or Pelican leaves it out.

mod links;
mod liquid_tags;
mod marks;
mod rst;
mod settings;
mod url;

pub(super) use settings::{Settings, config};

use super::meta::{Meta, flat};
use super::{PostFile, Site, config::scalar, config::with, entry, title};
use crate::map::date;
use crate::map::date::{Style, Zone};
use crate::map::markdown;
use crate::map::markdown::Dialect;
use crate::model::{CategoryPath, Date, Entry, Problem};
use crate::parse::front_matter::{read_html, read_rst};
use crate::yaml::{Node, Value};
use chrono_tz::Tz;
use std::borrow::Cow;

/// Extensions of Markdown.
const MARKDOWN: [&str; 4] = ["md", "markdown", "mkd", "mdown"];

/// Whether Pelican takes this path, counted from the site's root, as an article.
pub(super) fn is_post(settings: &Settings, path: &str) -> bool {
    let Some(below) = settings.below(path) else {
        return false;
    };
    Written::of(below).is_some() && settings.reads(&extension(below)) && settings.takes(below)
}

fn extension(below: &str) -> String {
    let name = below.rsplit('/').next().unwrap_or(below);
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// How an article is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Markdown,
    Html,
    Rst,
}

impl Written {
    fn of(below: &str) -> Option<Self> {
        match extension(below).as_str() {
            "html" | "htm" => Some(Self::Html),
            "rst" => Some(Self::Rst),
            extension if MARKDOWN.contains(&extension) => Some(Self::Markdown),
            _ => None,
        }
    }
}

/// An article while its entry is made.
pub(super) struct Post<'a> {
    settings: &'a Settings,
    meta: &'a Meta<'a>,
    /// Its path below the content.
    below: &'a str,
    date: Date,
    /// The one that Pelican makes its address and its id with, whatever the author meant.
    address_date: Date,
    slug: String,
    category: String,
    author: String,
    written: Written,
}

pub(super) fn map(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    let below = settings.below(file.whole)?;
    let written = Written::of(below)?;
    let found = match written {
        Written::Markdown => entry::front_matter(site, file, problems),
        Written::Html => Cow::Owned(read_html(file.text)),
        Written::Rst => Cow::Owned(read_rst(file.text)),
    };
    let own = found.data.as_ref().map(|node| split(node, site.strict));
    let of_path = settings.of_path(below);
    let layers: Vec<&Node> = own.iter().chain([&of_path, settings.defaults()]).collect();
    let meta = Meta::new(layers, site, file, problems);
    let status = meta.text("status").unwrap_or("published").trim().to_ascii_lowercase();
    if status != "published" || entry::is_kept_out(&meta) {
        return None;
    }
    let title = meta.get("title");
    let name = title.map(as_printed).unwrap_or_default();
    let date = published(site, file, &meta, problems);
    let missing = match date {
        _ if title.is_none() => "title",
        None => "date",
        Some(_) => "",
    };
    let Some(date) = date.filter(|_| missing.is_empty()) else {
        problems.push(Problem::warning(file.at(1, 1), format!("Pelican leaves out what has no `{missing}`")));
        return None;
    };
    let category = meta.text("category").unwrap_or(&settings.default_category).trim().to_owned();
    let slug = meta.text("slug").map(|slug| slug.trim().to_owned());
    let post = Post {
        settings,
        meta: &meta,
        below,
        date,
        address_date: dated_by_pelican(site, &meta).unwrap_or(date),
        slug: slug.unwrap_or_else(|| settings.slugs.make(&settings.slug_source(&name, below))),
        category,
        author: authors(&meta).into_iter().next().unwrap_or_else(|| settings.author.clone()),
        written,
    };
    Some(post.entry(site, file, (&name, found.body), problems))
}

impl Post<'_> {
    fn entry(
        &self,
        site: &Site,
        file: &PostFile<'_>,
        (name, body): (&str, &str),
        problems: &mut Vec<Problem>,
    ) -> Entry {
        let (meta, settings) = (self.meta, self.settings);
        let address = url::address(self);
        let tag = url::tag(&address, self.address_date);
        let id = meta.mapped("id").and_then(Node::text).map(str::to_owned);
        let id = id.unwrap_or(tag);
        let shown = if site.strict {
            title::plain(name)
        } else {
            meta.get("title").and_then(|node| title::plain(&flat(node).join(" ")))
        };
        let updated = date_of(site, file, meta, ("modified", "updated"), problems);
        let categories: Vec<&str> = match meta.mapped("categories") {
            Some(node) => flat(node),
            None => vec![self.category.as_str()],
        };
        let mut entry = Entry {
            keys: vec![format!("path:{}", file.path), format!("id:{id}")],
            id,
            title: entry::mapped_title(meta).or(shown),
            link: entry::link(site, meta, address.clone()),
            published: Some(self.date),
            updated,
            categories: categories.into_iter().filter_map(|name| CategoryPath::from_names([name])).collect(),
            tags: tags(meta),
            visible_from: Some(self.date.to_utc()).filter(|date| *date > file.now && settings.hides_future),
            at: file.path.to_owned(),
            ..Entry::default()
        };
        entry::dress(&mut entry, site, meta);
        let find = |below: &str| links::address(site, settings, file, below);
        let render = |text: &str| {
            let text = liquid_tags::render(text);
            let text = links::resolved(&text, settings, self.below, &find);
            match self.written {
                Written::Markdown => markdown::render(&text, Dialect::PythonMarkdown),
                Written::Html => text.into_owned(),
                Written::Rst => rst::render(&text),
            }
        };
        let texts = entry::texts_by(meta, body, &render, None);
        // A summary is written as the article is, over several lines if need be.
        let summary = meta.mapped("summary").or_else(|| meta.get("summary"));
        let summary = summary.map(|node| render(&flat(node).join("\n"))).filter(|html| !html.is_empty());
        entry.content = texts.content;
        entry.summary = summary.or(texts.summary).filter(|_| entry.content.is_some());
        entry::finish(&mut entry, site, meta, file, problems);
        entry
    }
}

/// Where a static page is, which is no article.
fn page_address(site: &Site, settings: &Settings, file: &PostFile<'_>) -> Option<String> {
    let below = settings.below(file.whole)?;
    let found = match Written::of(below)? {
        Written::Markdown => entry::front_matter(site, file, &mut Vec::new()),
        Written::Html => Cow::Owned(read_html(file.text)),
        Written::Rst => Cow::Owned(read_rst(file.text)),
    };
    let own = found.data.as_ref().map(|node| split(node, site.strict));
    let mut problems = Vec::new();
    let meta = Meta::new(own.iter().collect(), site, file, &mut problems);
    let title = meta.get("title").map(as_printed)?;
    let slug = meta.text("slug").map(|slug| slug.trim().to_owned());
    let slug = slug.unwrap_or_else(|| settings.slugs.make(&settings.slug_source(&title, below)));
    let path = meta.text("url").map_or_else(|| settings.page_url.replace("{slug}", &slug), str::to_owned);
    Some(format!("{}/{}", settings.base, path.trim_start_matches('/')))
}

/// A value as Pelican prints it: several lines are a list of Python's.
fn as_printed(node: &Node) -> String {
    match &node.value {
        Value::List(items) => {
            let quoted = |item: &Node| {
                let text = item.text().unwrap_or_default();
                let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
                format!("{quote}{text}{quote}")
            };
            format!("[{}]", items.iter().map(quoted).collect::<Vec<_>>().join(", "))
        }
        _ => node.text().unwrap_or_default().to_owned(),
    }
}

/// The header with the keys that Pelican splits as lists, and of twins the first.
/// Brackets and quotes that somebody brought from YAML are none of the values, but to Pelican.
fn split(node: &Node, strict: bool) -> Node {
    const ONCE: [&str; 10] =
        ["tags", "date", "modified", "status", "category", "author", "authors", "save_as", "url", "slug"];
    let over = node.map().unwrap_or_default().iter().filter_map(|(key, node)| {
        let key = key.text.as_str();
        let first =
            if ONCE.contains(&key) { node.list().and_then(<[_]>::first).unwrap_or(node) } else { node };
        let place = |value| Some(Node { value, line: first.line, column: first.column });
        let text = first.text()?;
        if matches!(key, "tags" | "authors") {
            return Some((key, place(Value::List(pieces(text, strict)))));
        }
        let bare = if strict { text } else { unquoted(text) };
        Some((key, place(Value::Scalar { text: bare.to_owned(), quoted: true })))
    });
    with(Some(node), over.collect())
}

/// Split at `;`, else at `,`; each once.
fn pieces(text: &str, strict: bool) -> Vec<Node> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).filter(|_| !strict);
    let text = inner.unwrap_or(text);
    let separator = if text.contains(';') { ';' } else { ',' };
    let mut found: Vec<&str> = Vec::new();
    for piece in text.split(separator) {
        let piece = if strict { piece.trim() } else { unquoted(piece) };
        if !piece.is_empty() && !found.contains(&piece) {
            found.push(piece);
        }
    }
    found.into_iter().map(scalar).collect()
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let within =
        |quote: char| text.strip_prefix(quote)?.strip_suffix(quote).filter(|text| !text.contains(quote));
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

fn authors(meta: &Meta<'_>) -> Vec<String> {
    let node = meta.first(&["author", "authors"]);
    node.map(flat).unwrap_or_default().into_iter().map(str::to_owned).collect()
}

fn tags(meta: &Meta<'_>) -> Vec<String> {
    let node = meta.mapped("tags").or_else(|| meta.get("tags"));
    node.map(flat).unwrap_or_default().into_iter().map(str::to_owned).collect()
}

fn published(site: &Site, file: &PostFile<'_>, meta: &Meta<'_>, problems: &mut Vec<Problem>) -> Option<Date> {
    date_of(site, file, meta, ("date", "published"), problems)
}

/// The page stands where Pelican puts it.
fn dated_by_pelican(site: &Site, meta: &Meta<'_>) -> Option<Date> {
    let node = meta.get("date").filter(|node| !node.is_null())?;
    read_date(node, zone_of(site, meta)).1
}

fn zone_of(site: &Site, meta: &Meta<'_>) -> Tz {
    meta.text("timezone").and_then(|name| name.trim().parse().ok()).unwrap_or(site.zone)
}

/// A date of the header, or of the file's name.
fn date_of(
    site: &Site,
    file: &PostFile<'_>,
    meta: &Meta<'_>,
    (key, field): (&str, &str),
    problems: &mut Vec<Problem>,
) -> Option<Date> {
    let node = meta.mapped(field).or_else(|| meta.get(key)).filter(|node| !node.is_null())?;
    let (plain, theirs) = read_date(node, zone_of(site, meta));
    if site.strict {
        return theirs;
    }
    if plain.is_none() {
        entry::no_date(file, node, key, problems);
    } else if theirs.is_none() {
        let message = format!("Pelican can't read `{key}` and would leave this out");
        problems.push(Problem::warning(file.at(node.line, node.column), message));
    } else if theirs != plain {
        entry::other_date(file, node, ("Pelican", theirs), problems);
    }
    plain
}

/// A date as its author wrote it, and as Pelican's library reads it.
fn read_date(node: &Node, zone: Tz) -> (Option<Date>, Option<Date>) {
    let Some(text) = node.text().map(|text| text.replace('_', " ")) else {
        return (None, None);
    };
    // The month comes first in `1.2.2024` too.
    let day = text.get(..text.find(' ').unwrap_or(text.len())).unwrap_or_default();
    let has_year_last =
        day.rsplit('.').next().is_some_and(|year| year.len() == 4) && day.matches('.').count() == 2;
    let text = if has_year_last { text.replacen('.', "/", 2) } else { text };
    let Some(stamp) = date::read(&text) else {
        return (None, None);
    };
    let local = || date::in_zone(stamp.when, zone);
    let plain = stamp.instant().unwrap_or_else(local);
    let theirs = match stamp.zone {
        _ if matches!(stamp.style, Style::Chinese | Style::Count) => None,
        Zone::Rfc822(offset) if offset.local_minus_utc() != 0 => Some(local()),
        Zone::Abbreviation(_) | Zone::Name(_) => Some(local()),
        _ => Some(plain),
    };
    (Some(plain), theirs)
}
