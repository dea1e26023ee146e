//! Jekyll 4 and jekyll-feed: which files are posts, dates, categories, titles, ids.
//!
//! Rules from Jekyll's `Document`, `Reader` and `Utils`, as of 4.3.

mod dates;
mod filing;
mod include;
mod liquid;
mod settings;
mod url;
mod values;

pub(super) use settings::Settings;

use super::entry::{Markup, Texts};
use super::meta::{self, Meta, flat};
use super::others::Linked;
use super::{PostFile, Site, entry, title};
use crate::map::date;
use crate::map::markdown::Dialect;
use crate::model::{CategoryPath, Date, Entry, Problem};
use crate::parse::front_matter::State;
use crate::yaml::Node;
use chrono::{NaiveDate, NaiveTime};
use filing::{categories, plural};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};

/// A name like `2022-04-18-slug.md`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dated<'a> {
    /// As written, `22-1-2`.
    pub(super) date: &'a str,
    /// Between date and extension.
    pub(super) slug: &'a str,
    /// With its dot.
    pub(super) extension: &'a str,
}

/// `^(\d{2,4}-\d{1,2}-\d{1,2})-([^/]*)(\.[^.]+)$`.
pub(super) fn dated(name: &str) -> Option<Dated<'_>> {
    let mut rest = name;
    for digits in [2..=4, 1..=2, 1..=2] {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !digits.contains(&length) {
            return None;
        }
        rest = rest.get(length..)?.strip_prefix('-')?;
    }
    let dot = rest.rfind('.')?;
    let (slug, extension) = rest.split_at(dot);
    let date = name.get(..name.len() - rest.len() - 1)?;
    (extension.len() > 1).then_some(Dated { date, slug, extension })
}

impl Dated<'_> {
    /// The day, where the calendar has it.
    fn day(&self) -> Option<NaiveDate> {
        let mut parts = self.date.split('-');
        let written = parts.next()?;
        let year: i32 = written.parse().ok()?;
        let year = match year {
            _ if written.len() > 2 => year,
            ..69 => year + 2000,
            _ => year + 1900,
        };
        NaiveDate::from_ymd_opt(year, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)
    }
}

/// Whether Jekyll takes this path, counted from the site's root, as a post.
pub(super) fn is_post(settings: &Settings, path: &str) -> bool {
    let Some((above, below)) = around_posts(settings, path) else {
        return false;
    };
    let is_special = |name: &str| name.starts_with(['.', '_', '#', '~']) || name.ends_with('~');
    let name = below.rsplit('/').next().unwrap_or(below);
    !above.split('/').any(|folder| !folder.is_empty() && is_special(folder) && !settings.includes(folder))
        && !is_special(below)
        && !is_special(name)
        && dated(name).is_some()
        && (settings.includes(path) || !settings.excludes(path))
}

/// The folders above `_posts` (within `collections_dir`) and the path below it.
fn around_posts<'a>(settings: &Settings, path: &'a str) -> Option<(&'a str, &'a str)> {
    let path = match settings.collections_dir.as_str() {
        "" => path,
        folder => path.strip_prefix(folder)?.strip_prefix('/')?,
    };
    if let Some(below) = path.strip_prefix("_posts/") {
        return Some(("", below));
    }
    path.split_once("/_posts/")
}

/// A post while its entry is made.
pub(super) struct Post<'a> {
    settings: &'a Settings,
    file: &'a PostFile<'a>,
    meta: Meta<'a>,
    dated: Dated<'a>,
    /// `categories` as the generator's addresses have them.
    categories: Vec<String>,
    slug: String,
    is_salvaged: bool,
}

pub(super) fn map(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    read(site, settings, file, problems, |post, body, date, problems| {
        Some(post.entry(site, body, date, problems))
    })
}

/// Hands on the post, its body and its date; `None` where the site doesn't publish it.
fn read<T>(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
    make: impl FnOnce(&Post<'_>, &str, Option<Date>, &mut Vec<Problem>) -> Option<T>,
) -> Option<T> {
    let (above, below) = around_posts(settings, file.whole)?;
    let name = below.rsplit('/').next().unwrap_or(below);
    let dated = dated(name)?;
    let found = entry::front_matter(site, file, problems);
    let mut layers: Vec<&Node> = found.data.iter().collect();
    layers.extend(settings.defaults_for(file.whole));
    let meta = Meta::new(layers, site, file, problems);
    let is_literally = meta.is_off("published", false);
    let hides = is_literally || meta.is_off("published", true) && !site.strict;
    if hides && !is_literally && !settings.unpublished {
        let message = "Jekyll would publish this: to it only `false` without quotes says no";
        problems.push(Problem::warning(file.at(1, 1), message));
    }
    if hides && !settings.unpublished || meta.is_on("draft", true) || entry::is_kept_out(&meta) {
        return None;
    }
    let slug = meta.text("slug").map_or_else(|| dated.slug.trim_end_matches('.').to_owned(), str::to_owned);
    let post = Post {
        categories: categories(&meta, above),
        settings,
        file,
        meta,
        dated,
        slug,
        is_salvaged: found.state == State::Salvaged,
    };
    let date = post.published(site, problems).ok()?;
    make(&post, found.body, date, problems)
}

impl Post<'_> {
    fn entry(&self, site: &Site, body: &str, date: Option<Date>, problems: &mut Vec<Problem>) -> Entry {
        let meta = &self.meta;
        let path = url::path(self, self.dated_by_jekyll(site).or(date), site.zone, problems);
        let id = meta.mapped("id").and_then(Node::text).map_or_else(|| url::id(self, &path), str::to_owned);
        let mut entry = Entry {
            keys: vec![format!("path:{}", self.file.path), format!("id:{id}")],
            id,
            title: self.title(),
            link: self.link(site, &path),
            published: date,
            updated: self.updated(site, problems),
            categories: self.filed(site.strict),
            tags: self.tags(site.strict),
            visible_from: date
                .map(|date| date.to_utc())
                .filter(|date| *date > self.file.now && !self.settings.future),
            at: self.file.path.to_owned(),
            ..Entry::default()
        };
        entry::dress(&mut entry, site, meta);
        let markup = self.markup();
        let body = self.without_liquid(site, body, (&path, date), problems);
        let Texts { content, summary } = entry::texts(meta, &body, markup, self.excerpt_end(&body));
        (entry.content, entry.summary) = (content, summary);
        entry::finish(&mut entry, site, meta, self.file, problems);
        entry
    }

    fn link(&self, site: &Site, path: &str) -> Option<String> {
        let own = format!("{}{}", self.settings.base, super::address::path(path));
        entry::link(site, &self.meta, own)
    }

    fn without_liquid<'t>(
        &self,
        site: &Site,
        body: &'t str,
        (path, date): (&str, Option<Date>),
        problems: &mut Vec<Problem>,
    ) -> Cow<'t, str> {
        let address = |tag: &str, named: &str| self.address_of(site, tag, named);
        let beside = |path: &str| self.beside(site, path);
        let values = values::Values {
            settings: self.settings,
            meta: &self.meta,
            path,
            title: self.title(),
            date,
            zone: site.zone,
            now: self.file.now,
            own: RefCell::default(),
        };
        let page = liquid::Page {
            settings: self.settings,
            values,
            markup: self.markup(),
            address: &address,
            beside: &beside,
            missing: RefCell::default(),
            rounds: Cell::default(),
            left: Cell::default(),
        };
        let body = page.render(body);
        for tag in page.missing.take() {
            let at = self.file.text.find(&tag).unwrap_or_default();
            let line = self.file.text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            let message = format!("there is no such post: `{tag}`; Jekyll would stop here");
            problems.push(Problem::warning(self.file.at(line, 1), message));
        }
        body
    }

    /// A file in the post's folder or below it.
    fn beside(&self, site: &Site, path: &str) -> Option<String> {
        let (folder, _) = self.file.whole.rsplit_once('/')?;
        let is_below = path.split('/').all(|name| !matches!(name, "" | "." | ".."));
        if is_below { site.other(&format!("{folder}/{path}"), self.file) } else { None }
    }

    /// Where the post is that a tag names: as its front matter says or, where that can't be
    /// read here, as its file's name does. `link` may name any file, by its whole path.
    fn address_of(&self, site: &Site, tag: &str, named: &str) -> liquid::Target {
        let named = named.trim_start_matches('/');
        let below = around_posts(self.settings, named).map(|(_, below)| below);
        let stem = match (tag, below) {
            ("link", None) => return liquid::Target::Somewhere,
            ("link", Some(below)) => below.rsplit_once('.').map_or(below, |(stem, _)| stem),
            (_, below) => {
                let named = below.unwrap_or(named);
                named.strip_suffix(".md").or_else(|| named.strip_suffix(".markdown")).unwrap_or(named)
            }
        };
        let is_post = stem.rsplit('/').next().is_some_and(|name| dated(&format!("{name}.md")).is_some());
        if named.contains("{{") || !is_post {
            return liquid::Target::Somewhere;
        }
        self.file.others.ask(stem);
        match self.settings.post_named(stem) {
            _ if !self.settings.knows_posts() => liquid::Target::Somewhere,
            None => liquid::Target::Nowhere,
            Some(whole) => {
                let found = site.linked(whole, self.file, || self.linked(site, whole));
                found.map_or(liquid::Target::Somewhere, |found| liquid::Target::At(found.link))
            }
        }
    }

    fn linked(&self, site: &Site, whole: &str) -> Option<Linked> {
        let text = site.other(whole, self.file);
        let text = text.or_else(|| self.settings.is_by_name().then(String::new))?;
        let (others, now) = (&self.file.others.as_known(), self.file.now);
        let file = PostFile { path: whole, whole, text: &text, read: None, others, now };
        read(site, self.settings, &file, &mut Vec::new(), |post, _, date, problems| {
            let path = url::path(post, post.dated_by_jekyll(site).or(date), site.zone, problems);
            Some(Linked { link: post.link(site, &path)?, title: post.title() })
        })
    }

    fn markup(&self) -> Markup {
        let extension = self.dated.extension.trim_start_matches('.').to_ascii_lowercase();
        if self.settings.markdown.contains(&extension) {
            Markup::Markdown(Dialect::Kramdown)
        } else {
            Markup::Html
        }
    }

    fn excerpt_end(&self, body: &str) -> Option<usize> {
        let separator = self.meta.text("excerpt_separator").or(self.settings.excerpt_separator.as_deref())?;
        body.find(separator)
    }

    fn title(&self) -> Option<String> {
        if let Some(title) = entry::mapped_title(&self.meta) {
            return Some(title);
        }
        match self.meta.get("title").filter(|node| !node.is_null()) {
            // Jekyll would not have read it, so it has no typography of Jekyll's.
            Some(node) if self.is_salvaged => title::plain(&meta::scalar_or_list(node)),
            Some(node) => title::plain(&title::smart(&meta::scalar_or_list(node))),
            None => title::plain(&title::smart(&titleize(self.dated.slug.trim_end_matches('.')))),
        }
    }

    /// The date that Jekyll makes the address with: the page stands where it puts it.
    fn dated_by_jekyll(&self, site: &Site) -> Option<Date> {
        let from_name = self.dated.day().map(|day| date::in_zone(day.and_time(NaiveTime::MIN), site.zone));
        match self.meta.get("date").filter(|node| !node.is_null()) {
            Some(node) => dates::read(node, site).1,
            None => from_name,
        }
    }

    /// `Err` where the generator stops at this date (only in a strict reading).
    fn published(&self, site: &Site, problems: &mut Vec<Problem>) -> Result<Option<Date>, ()> {
        let from_name = self.dated.day().map(|day| date::in_zone(day.and_time(NaiveTime::MIN), site.zone));
        let node = self.meta.mapped("published").or_else(|| self.meta.get("date"));
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return Ok(from_name);
        };
        let (plain, theirs) = dates::read(node, site);
        // The day in the file's name says more than its month, where Jekyll reads neither.
        let plain = from_name.filter(|day| theirs.is_none() && dates::is_within(node, *day)).or(plain);
        if site.strict {
            if theirs.is_none() {
                problems
                    .push(Problem::error(self.file.at(node.line, node.column), "Jekyll stops at this date"));
            }
            return theirs.map(Some).ok_or(());
        }
        if plain.is_none() {
            entry::no_date(self.file, node, "date", problems);
            return Ok(from_name);
        }
        if theirs.is_none() {
            let message = "Jekyll would stop at this date";
            problems.push(Problem::warning(self.file.at(node.line, node.column), message));
        } else if theirs != plain {
            entry::other_date(self.file, node, ("Jekyll", theirs), problems);
        }
        Ok(plain)
    }

    fn updated(&self, site: &Site, problems: &mut Vec<Problem>) -> Option<Date> {
        let node = self.meta.mapped("updated").or_else(|| self.meta.get("last_modified_at"))?;
        if node.is_null() {
            return None;
        }
        let (plain, theirs) = dates::read(node, site);
        let found = if site.strict { theirs } else { plain };
        if found.is_none() {
            entry::no_date(self.file, node, "last_modified_at", problems);
        }
        found
    }

    fn filed(&self, strict: bool) -> Vec<CategoryPath> {
        if let Some(node) = self.meta.mapped("categories") {
            return flat(node).into_iter().filter_map(|name| CategoryPath::from_names([name])).collect();
        }
        let is_name = |name: &&String| strict || !(name.starts_with('[') && name.ends_with(']'));
        self.categories.iter().filter(is_name).filter_map(|name| CategoryPath::from_names([name])).collect()
    }

    fn tags(&self, strict: bool) -> Vec<String> {
        let meta = &self.meta;
        let singular = meta.mapped("tags").or_else(|| meta.get("tag")).filter(|node| !node.is_null());
        let mut tags: Vec<String> = Vec::new();
        let found = match singular {
            Some(node) => flat(node),
            None => match meta.get("tags") {
                Some(node) => plural(node, strict),
                None => Vec::new(),
            },
        };
        for tag in found {
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
        tags
    }
}

/// `notitle-foo_bar` → `Notitle Foo_bar`.
fn titleize(slug: &str) -> String {
    let capital = |word: &str| {
        let mut characters = word.chars();
        let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        first + &characters.as_str().to_lowercase()
    };
    slug.split('-').map(capital).collect::<Vec<_>>().join(" ")
}
