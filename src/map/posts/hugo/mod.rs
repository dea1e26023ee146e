//! Hugo 0.111–0.168 and its built-in feed: which files are pages, dates, terms, ids.
//!
//! Rules from Hugo's `pagemeta`, `resources/page` and `hugolib`, as of 0.168.

mod cascade;
mod config;
mod dates;
mod languages;
mod mounts;
mod org;
mod params;
mod refs;
mod settings;
mod shortcodes;
mod url;

pub(super) use config::config;
pub(super) use settings::Settings;

use super::config::lower;
use super::entry::{Markup, Texts};
use super::meta::{self, Meta, flat};
use super::{PostFile, Site, entry, title};
use crate::map::markdown::Dialect;
use crate::model::{CategoryPath, Date, Entry, Problem};
use crate::parse::front_matter::State;
use crate::yaml::{Node, Value};
use dates::Dates;
use memchr::memmem;
use std::borrow::Cow;

/// Extensions whose pages are read here.
const MARKDOWN: [&str; 4] = ["md", "markdown", "mdown", "mkd"];
const HTML: [&str; 2] = ["html", "htm"];
const ORG: &str = "org";
/// What divides the summary from the rest.
const MORE: &str = "<!--more-->";

/// A path below the content folder, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place<'a> {
    /// The folders that the page's address has.
    pub(super) folders: Vec<&'a str>,
    /// Its name there: the file's, or its bundle's.
    pub(super) name: &'a str,
    extension: String,
    /// Where the file's name or its folder says one.
    language: Option<&'a str>,
}

/// Whether Hugo takes this path, counted from the site's root, as a page of the feed's language.
pub(super) fn is_post(settings: &Settings, path: &str) -> bool {
    let Some(place) = place(settings, path) else {
        return false;
    };
    let extension = place.extension.as_str();
    let is_content = MARKDOWN.contains(&extension) || HTML.contains(&extension) || extension == ORG;
    is_content && settings.shows(place.language) && !settings.leaves_out(path)
}

/// `None` for sections, for files of a bundle beside its page, and outside the content.
fn place<'a>(settings: &'a Settings, path: &'a str) -> Option<Place<'a>> {
    let below = settings.below(path)?;
    let mut folders: Vec<&str> = below.names().collect();
    let file = folders.pop()?;
    let (stem, extension) = file.rsplit_once('.')?;
    let (stem, of_name) = settings.without_language(stem);
    let is_section = stem == "_index" || stem.starts_with("_index.");
    if is_section || file.starts_with('.') {
        return None;
    }
    let is_bundle = stem == "index";
    let depth = folders.len() - usize::from(is_bundle && !folders.is_empty());
    if (1..=depth).any(|length| folders.get(..length).is_some_and(|above| settings.is_bundle(above))) {
        return None;
    }
    let name = if is_bundle { folders.pop()? } else { stem };
    let extension = extension.to_ascii_lowercase();
    Some(Place { folders, name, extension, language: of_name.or(below.language) })
}

/// A page while its entry is made.
pub(super) struct Post<'a> {
    settings: &'a Settings,
    place: Place<'a>,
    title: String,
    slug: String,
    /// The front matter's own.
    url: Option<String>,
    date: Option<Date>,
}

pub(super) fn map(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    read(site, settings, file, problems, |post, meta, rest, problems| {
        Some(post.entry(site, file, meta, rest, problems))
    })
}

/// Reads a page that is published, for what `make` makes of it.
fn read<R>(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
    make: impl FnOnce(Post<'_>, &Meta<'_>, (Dates, &str), &mut Vec<Problem>) -> Option<R>,
) -> Option<R> {
    let place = place(settings, file.whole)?;
    let found = entry::front_matter(site, file, problems);
    // An HTML file is a page where it begins with front matter, else it is copied as it is.
    let is_bare = found.data.is_none() && found.body.trim_start().len() == file.text.trim_start().len();
    if found.state == State::Refused || is_bare && HTML.contains(&place.extension.as_str()) {
        return None;
    }
    let own = found.data.as_ref().map(lower);
    let mut layers: Vec<&Node> = own.iter().collect();
    let params = own.as_ref().and_then(|node| node.get("params")).map(params::free);
    layers.extend(params.as_ref());
    layers.extend(settings.cascade_for(file.whole));
    let meta = Meta::folded(layers, site, file, problems);
    if is_hidden(settings, &meta) || entry::is_kept_out(&meta) {
        return None;
    }
    if let Some(node) = shown_by_hugo(&meta).filter(|_| !settings.shows_drafts && !site.strict) {
        let message = "Hugo would publish this: to it only `true` says yes";
        problems.push(Problem::warning(file.at(node.line, node.column), message));
        return None;
    }
    let dates = dates::read(site, settings, &meta, file, place.name, problems);
    if dates.expires.is_some_and(|end| end <= file.now) && !settings.shows_expired {
        return None;
    }
    let text = |key: &str| meta.text(key).map(str::to_owned);
    let post = Post {
        settings,
        title: meta.get("title").map(meta::scalar_or_list).unwrap_or_default(),
        slug: text("slug").or_else(|| dates.slug.clone()).unwrap_or_default(),
        url: text("url"),
        date: dates.date,
        place,
    };
    make(post, &meta, (dates, found.body), problems)
}

/// `draft: yes` and `published: no`: words of YAML 1.1 that are plain text to Hugo.
fn shown_by_hugo<'a>(meta: &Meta<'a>) -> Option<&'a Node> {
    let draft = meta.get("draft").filter(|_| meta.is_on("draft", true));
    draft.or_else(|| meta.get("published").filter(|_| meta.is_off("published", true)))
}

/// A value as Hugo's `cast.ToBool` reads it, quoted or not: Go's words for yes and no, and numbers.
fn truth(node: &Node) -> Option<bool> {
    let Value::Scalar { text, quoted } = &node.value else {
        return None;
    };
    match text.as_str() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        number => number.parse::<i64>().ok().filter(|_| !quoted).map(|number| number != 0),
    }
}

/// Drafts, and pages that lists leave out.
fn is_hidden(settings: &Settings, meta: &Meta<'_>) -> bool {
    let build = ["build", "_build"].iter().find_map(|key| meta.get(key));
    let list = build.and_then(|node| node.get("list"));
    let is_listed = list.is_none_or(|node| node.text().is_none_or(|word| matches!(word, "always" | "true")));
    let says = |key: &str| meta.get(key).and_then(truth);
    (says("draft") == Some(true) || says("published") == Some(false)) && !settings.shows_drafts
        || meta.is_on("headless", true)
        || !is_listed
}

impl Post<'_> {
    fn entry(
        &self,
        site: &Site,
        file: &PostFile<'_>,
        meta: &Meta<'_>,
        (dates, body): (Dates, &str),
        problems: &mut Vec<Problem>,
    ) -> Entry {
        let address = url::address(self, file, problems);
        let id = meta.mapped("id").and_then(Node::text).map(str::to_owned);
        let id = id.unwrap_or_else(|| address.clone());
        let published = dates.published;
        let mut entry = Entry {
            keys: vec![format!("path:{}", file.path), format!("id:{id}")],
            id,
            title: self.shown_title(site.strict, meta),
            link: entry::link(site, meta, address),
            published,
            updated: dates.updated.filter(|updated| Some(*updated) != published),
            categories: terms(meta, "categories", &self.settings.category_key)
                .into_iter()
                .filter_map(|name| CategoryPath::from_names([name]))
                .collect(),
            tags: terms(meta, "tags", &self.settings.tag_key),
            visible_from: published
                .map(|date| date.to_utc())
                .filter(|date| *date > file.now && !self.settings.shows_future),
            visible_until: dates.expires.filter(|_| !self.settings.shows_expired),
            at: file.path.to_owned(),
            ..Entry::default()
        };
        entry::dress(&mut entry, site, meta);
        entry.language = entry.language.or_else(|| self.place.language.map(str::to_owned));
        let markup = if HTML.contains(&self.place.extension.as_str()) {
            Markup::Html
        } else {
            Markup::Markdown(Dialect::Goldmark)
        };
        let body = if self.place.extension == ORG { Cow::Owned(org::markdown(body)) } else { body.into() };
        let page = |named: &str| refs::address(site, self.settings, file, &self.place.folders, named);
        let body = shortcodes::render(&body, markup, &page);
        // Hugo takes the divider out before Markdown sees it.
        let more = memmem::find(body.as_bytes(), MORE.as_bytes());
        let body = if more.is_some() { body.replacen(MORE, "", 1).into() } else { body };
        let Texts { content, summary } = entry::texts(meta, &body, markup, more);
        (entry.content, entry.summary) = (content, summary);
        entry::finish(&mut entry, site, meta, file, problems);
        entry
    }

    fn shown_title(&self, strict: bool, meta: &Meta<'_>) -> Option<String> {
        if let Some(title) = entry::mapped_title(meta) {
            return Some(title);
        }
        // Hugo's feed shows markup in a title as it stands.
        if strict { title::squeezed(&self.title) } else { title::plain(&self.title) }
    }
}

/// A taxonomy's terms: a text is one.
fn terms(meta: &Meta<'_>, field: &str, key: &str) -> Vec<String> {
    let node = meta.mapped(field).or_else(|| meta.first(&[key]));
    let mut found: Vec<String> = Vec::new();
    for term in node.map(flat).unwrap_or_default() {
        if !found.iter().any(|known| known == term) {
            found.push(term.to_owned());
        }
    }
    found
}
