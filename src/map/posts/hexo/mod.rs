//! Hexo 5–8, hexo-generator-feed and hexo-abbrlink: which files are posts, dates,
//! categories, titles, ids.
//!
//! Rules from Hexo's `processor/post`, `models/post`, hexo-front-matter 4. Read as on a
//! machine in the site's own time zone.

mod abbrlink;
mod assets;
mod heads;
mod names;
mod plugins;
mod settings;
mod url;

pub(super) use settings::Settings;

use super::entry::{Markup, Texts};
use super::meta::{Meta, flat, is_empty};
use super::{PostFile, Site, containers, entry, tags, title};

use crate::map::date;
use crate::map::date::{Style, Zone};
use crate::map::markdown::Dialect;
use crate::model::{CategoryPath, Date, Entry, Problem};
use crate::parse::front_matter::State;
use crate::yaml::{Node, Value};
use names::FileName;
use std::borrow::Cow;
use std::cell::RefCell;

/// Extensions with a renderer that makes HTML.
const MARKDOWN: [&str; 7] = ["md", "markdown", "mkd", "mkdn", "mdwn", "mdtxt", "mdtext"];
const HTML: [&str; 3] = ["html", "htm", "njk"];

/// Whether Hexo takes this path, counted from the site's root, as a post.
pub(super) fn is_post(settings: &Settings, path: &str) -> bool {
    let Some(below) = below_posts(settings, path) else {
        return false;
    };
    let is_special = |name: &str| name.starts_with(['_', '.']) || name.ends_with(['%', '~']);
    // To Hexo `.MD` is no Markdown.
    let extension = below.rsplit('/').next().unwrap_or(below).rsplit_once('.').map_or("", |(_, end)| end);
    let renders = MARKDOWN.contains(&extension) || HTML.contains(&extension);
    let is_asset = settings.post_asset_folder && extension != settings.post_extension();
    !below.split('/').any(is_special) && renders && !is_asset && !settings.leaves_out(path)
}

fn below_posts<'a>(settings: &Settings, path: &'a str) -> Option<&'a str> {
    path.strip_prefix(&settings.folder)?.strip_prefix('/')
}

fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// A post while its entry is made.
pub(super) struct Post<'a> {
    settings: &'a Settings,
    file: &'a PostFile<'a>,
    meta: Meta<'a>,
    name: FileName,
    /// As written.
    title: String,
    date: Option<Date>,
    /// The one that Hexo makes its address with, whatever the author meant.
    address_date: Option<Date>,
    /// Hierarchies of names, outermost first.
    categories: Vec<Vec<String>>,
}

pub(super) fn map(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    read(site, settings, file, problems, |post, body, problems| Some(post.entry(site, body, problems)))
}

/// Hands on the post and its body; `None` where the site doesn't publish it.
fn read<T>(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
    make: impl FnOnce(&Post<'_>, &str, &mut Vec<Problem>) -> Option<T>,
) -> Option<T> {
    let below = below_posts(settings, file.whole)?;
    let found = entry::front_matter(site, file, problems);
    if found.state == State::Refused {
        return None;
    }
    let meta = Meta::new(found.data.iter().collect(), site, file, problems);
    if meta.is_off("published", !site.strict) || meta.is_on("draft", true) || entry::is_kept_out(&meta) {
        return None;
    }
    let name = names::read(&settings.new_post_name, below);
    let title = heads::title(settings, meta.get("title"), &name);
    let mut post = Post {
        categories: categories(&meta),
        settings,
        file,
        meta,
        name,
        title,
        date: None,
        address_date: None,
    };
    post.date = post.published(site, problems);
    post.address_date = post.dated_by_hexo(site);
    make(&post, found.body, problems)
}

impl Post<'_> {
    fn entry(&self, site: &Site, body: &str, problems: &mut Vec<Problem>) -> Entry {
        let meta = &self.meta;
        let permalink = url::permalink(self, site);
        let is_known = self.address_date.is_some() || !url::asks_for_day(self);
        if !is_known {
            let message = "its address has the day in it, and it has no date: Hexo takes the file's, so it has no link here";
            problems.push(Problem::warning(self.file.at(1, 1), message).with_help("give it a `date`"));
        }
        let own = if is_known { permalink.as_str() } else { self.file.path };
        let id = meta.mapped("id").and_then(Node::text).unwrap_or(own).to_owned();
        let mut entry = Entry {
            keys: vec![format!("path:{}", self.file.path), format!("id:{id}")],
            id,
            title: self.shown_title(site.strict),
            link: entry::link(site, meta, if is_known { permalink } else { String::new() }),
            published: self.date,
            updated: self.date_of("updated", site, problems),
            categories: self.filed(),
            tags: self.tags(),
            visible_from: self
                .date
                .map(|date| date.to_utc())
                .filter(|date| self.settings.hides_future && *date > self.file.now),
            at: self.file.path.to_owned(),
            ..Entry::default()
        };
        entry::dress(&mut entry, site, meta);
        let markup = if HTML.contains(&extension(self.file.whole).as_str()) {
            Markup::Html
        } else {
            Markup::Markdown(Dialect::Marked)
        };
        let folder = entry.link.as_deref().and_then(|link| self.asset_folder(link));
        let body = self.without_tags((site, folder.as_deref()), body, markup, problems);
        let Texts { content, summary } = entry::texts(meta, &body, markup, tags::more(&body));
        let placed = |html: String| match &folder {
            Some(folder) => assets::placed(&html, folder).into_owned(),
            None => html,
        };
        (entry.content, entry.summary) = (content.map(placed), summary.map(placed));
        // The plugin lets a post with an empty password out.
        let is_let_out = meta.get("password").is_some_and(is_empty);
        let is_secret = !is_let_out && self.tags().iter().any(|tag| self.settings.secret_tags.contains(tag));
        if is_secret {
            (entry.content, entry.summary) = (None, None);
        }
        entry::finish(&mut entry, site, meta, self.file, problems);
        if is_secret {
            entry::conceal(&mut entry);
        }
        entry
    }

    /// Where the post's own files are, where it has a folder of them: its page's address
    /// without `.html` or `index.html`.
    fn asset_folder(&self, link: &str) -> Option<String> {
        let folder = link.strip_suffix("index.html").or_else(|| link.strip_suffix(".html")).unwrap_or(link);
        self.settings.post_asset_folder.then(|| format!("{}/", folder.trim_end_matches('/')))
    }

    fn link(&self, site: &Site) -> Option<String> {
        entry::link(site, &self.meta, url::permalink(self, site))
    }

    fn without_tags<'t>(
        &self,
        (site, assets): (&Site, Option<&str>),
        body: &'t str,
        markup: Markup,
        problems: &mut Vec<Problem>,
    ) -> Cow<'t, str> {
        let missing = RefCell::new(Vec::new());
        let post = |name: &str, tag: &str| {
            let target = heads::named(self, site, name);
            if target == heads::Found::Nowhere {
                missing.borrow_mut().push((name.to_owned(), tag.to_owned()));
            }
            target.link()
        };
        let body = match containers::opened(tags::uncommented(body)) {
            Cow::Borrowed(body) => plugins::render(body, &plugins::Page { markup, post: &post, assets }),
            Cow::Owned(body) => {
                plugins::render(&body, &plugins::Page { markup, post: &post, assets }).into_owned().into()
            }
        };
        for (name, tag) in missing.into_inner() {
            let place = self.file.text.find(&tag).unwrap_or_default();
            let line = self.file.text.get(..place).unwrap_or_default().matches('\n').count() + 1;
            let message = format!("there is no post `{name}`; Hexo would stop here");
            problems.push(Problem::warning(self.file.at(line, 1), message));
        }
        body
    }

    fn shown_title(&self, strict: bool) -> Option<String> {
        if let Some(title) = entry::mapped_title(&self.meta) {
            return Some(title);
        }
        // Hexo's feed shows markup and character references as they stand.
        if strict { title::squeezed(&self.title) } else { title::written(&self.title) }
    }

    fn published(&self, site: &Site, problems: &mut Vec<Problem>) -> Option<Date> {
        self.date_of("date", site, problems).or_else(|| {
            let midnight = self.name.day?.and_time(chrono::NaiveTime::MIN);
            Some(date::in_zone(midnight, site.zone))
        })
    }

    /// The page stands where Hexo puts it.
    fn dated_by_hexo(&self, site: &Site) -> Option<Date> {
        let written = self.meta.get("date").filter(|node| !node.is_null()).map(|node| read_date(node, site));
        let of_name = || Some(date::in_zone(self.name.day?.and_time(chrono::NaiveTime::MIN), site.zone));
        written.and_then(|(plain, theirs)| theirs.or(plain.filter(|_| !site.strict))).or_else(of_name)
    }

    fn date_of(&self, key: &str, site: &Site, problems: &mut Vec<Problem>) -> Option<Date> {
        let field = if key == "date" { "published" } else { key };
        let node = self.meta.mapped(field).or_else(|| self.meta.get(key)).filter(|node| !node.is_null())?;
        let (plain, theirs) = read_date(node, site);
        if site.strict {
            return theirs;
        }
        if plain.is_none() {
            entry::no_date(self.file, node, key, problems);
        } else if theirs != plain {
            entry::other_date(self.file, node, ("Hexo", theirs), problems);
        }
        plain
    }

    fn filed(&self) -> Vec<CategoryPath> {
        if let Some(node) = self.meta.mapped("categories") {
            return hierarchies(node).into_iter().filter_map(CategoryPath::from_names).collect();
        }
        self.categories.iter().filter_map(CategoryPath::from_names).collect()
    }

    fn tags(&self) -> Vec<String> {
        let node = self.meta.mapped("tags").or_else(|| self.meta.first(&["tags", "tag"]));
        let mut tags: Vec<String> = Vec::new();
        for tag in node.map(flat).unwrap_or_default() {
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        }
        tags
    }
}

fn categories(meta: &Meta<'_>) -> Vec<Vec<String>> {
    meta.first(&["categories", "category"]).map(hierarchies).unwrap_or_default()
}

/// A text is one category, a flat list one hierarchy; where any item is a list, every
/// item is a hierarchy of its own.
fn hierarchies(node: &Node) -> Vec<Vec<String>> {
    let names = |node: &Node| flat(node).into_iter().map(str::to_owned).collect::<Vec<_>>();
    let is_nested = node.list().is_some_and(|items| items.iter().any(|item| item.list().is_some()));
    let found = if is_nested {
        node.list().unwrap_or_default().iter().map(names).collect()
    } else {
        vec![names(node)]
    };
    let mut each: Vec<Vec<String>> = Vec::new();
    for names in found {
        if !names.is_empty() && !each.contains(&names) {
            each.push(names);
        }
    }
    each
}

/// A date as its author wrote it, and as Hexo reads it on a machine in the site's zone.
fn read_date(node: &Node, site: &Site) -> (Option<Date>, Option<Date>) {
    let Value::Scalar { text, quoted } = &node.value else {
        return (None, None);
    };
    let Some(stamp) = date::read(text) else {
        return (None, None);
    };
    let here = |when| date::in_zone(when, site.zone);
    let site_time = |when: chrono::NaiveDateTime| when.and_utc().with_timezone(&site.zone).fixed_offset();
    // JavaScript reads an ISO day, month or year that YAML leaves a text as midnight UTC.
    let is_utc_day = match stamp.style {
        Style::IsoMonth => true,
        Style::Year => *quoted,
        Style::Iso => *quoted && !stamp.has_time,
        _ => false,
    };
    let plain = match stamp.instant() {
        Some(date) if stamp.zone == Zone::Epoch => site_time(date.naive_utc()),
        Some(date) => date,
        None if is_utc_day => site_time(stamp.when),
        None => here(stamp.when),
    };
    let is_timestamp = !quoted
        && stamp.has_seconds
        && !stamp.has_strays
        && matches!(stamp.style, Style::Iso | Style::Dashes)
        && matches!(stamp.zone, Zone::Zulu | Zone::Offset(_));
    let theirs = match stamp.zone {
        _ if stamp.style == Style::Chinese => None,
        // A timestamp of YAML's own: the UTC clock is read as the site's.
        _ if is_timestamp => Some(here(plain.naive_utc())),
        Zone::None if stamp.style == Style::Year && !quoted => {
            let milliseconds = text.trim().parse().ok().and_then(chrono::DateTime::from_timestamp_millis);
            milliseconds.map(|date| site_time(date.naive_utc()))
        }
        Zone::Epoch => {
            let milliseconds = text.trim().parse().ok().and_then(chrono::DateTime::from_timestamp_millis);
            milliseconds.map(|date| site_time(date.naive_utc()))
        }
        Zone::Abbreviation(_) | Zone::Name(_) => None,
        _ => Some(plain),
    };
    (Some(plain), theirs)
}
