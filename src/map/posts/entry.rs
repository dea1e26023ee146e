//! What every generator's posts have in common: authors, picture, texts, places in the file.

use super::address::Home;
use super::meta::{Meta, image, is_empty, people, scalar_or_list};
use super::{PostFile, Site, template, title};
use crate::map::markdown;
use crate::map::markdown::Dialect;
use crate::model::{Date, Enclosure, Entry, Person, Problem};
use crate::parse::front_matter::{FrontMatter, read_plain, read_strict};
use crate::yaml::Node;
use std::borrow::Cow;

/// Characters of a date that can't be read which its problem shows.
const SHOWN_DATE: usize = 60;

/// Keys under which themes keep the picture of a post, the plainest first.
const IMAGE_KEYS: [&str; 24] = [
    "image",
    "images",
    "thumbnail",
    "cover",
    "headimg",
    "featured_image",
    "featuredImage",
    "banner",
    "banner_img",
    "index_img",
    "top_img",
    "header.image",
    "header.teaser",
    "header.og_image",
    "feature",
    "feature_image",
    "hero",
    "photos",
    "photo",
    "og_image",
    "cover_image",
    "coverImage",
    "img",
    "header-img",
];

/// How the text of a post is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Markup {
    Markdown(Dialect),
    Html,
}

/// Reads the front matter and puts what is odd about it on the list.
pub(super) fn front_matter<'a>(
    site: &Site,
    file: &PostFile<'a>,
    problems: &mut Vec<Problem>,
) -> Cow<'a, FrontMatter<'a>> {
    let fences = site.generator.fences();
    let found = match file.read {
        Some(known) if !site.strict || known.is_plain() => Cow::Borrowed(known),
        _ if site.strict => Cow::Owned(read_strict(file.text, fences)),
        _ => Cow::Owned(read_plain(file.text, fences)),
    };
    for note in &found.notes {
        problems.push(Problem::warning(file.at(note.line, note.column), note.message.clone()));
    }
    found
}

/// The address that the source's map names, else the page's own; `None` where it isn't whole.
pub(super) fn link(site: &Site, meta: &Meta<'_>, own: String) -> Option<String> {
    let given = meta.mapped("link").and_then(Node::text).map(str::trim).filter(|text| !text.is_empty());
    match given {
        Some(given) if given.contains("://") => Some(given.to_owned()),
        Some(given) => site.home.based(given),
        None => own.contains("://").then_some(own),
    }
}

/// The entry's parts that no generator has rules of its own for; `link` is what
/// relative addresses count from.
pub(super) fn dress(entry: &mut Entry, site: &Site, meta: &Meta<'_>) {
    let page = entry.link.clone().unwrap_or_default();
    entry.authors = authors(site, meta);
    entry.language = meta
        .mapped("language")
        .or_else(|| meta.first(&["lang", "language", "locale"]))
        .and_then(Node::text)
        .map(|text| text.trim().replace('_', "-"));
    entry.image = meta
        .mapped("image")
        .and_then(|node| image(node, &page, &site.home))
        .or_else(|| IMAGE_KEYS.iter().find_map(|key| image(meta.first(&[key])?, &page, &site.home)));
    entry.enclosures = enclosures(meta, &page, &site.home);
    entry.meta = meta.scalars();
}

fn authors(site: &Site, meta: &Meta<'_>) -> Vec<Person> {
    let node = meta.mapped("author").or_else(|| meta.first(&["author", "authors"]));
    let mut found = node.map(|node| people(node, &site.people)).unwrap_or_default();
    if found.is_empty() {
        found.clone_from(&site.authors);
    }
    found
}

/// `enclosure: {url, type, length}`, a plain address, or a list of them.
fn enclosures(meta: &Meta<'_>, page: &str, home: &Home) -> Vec<Enclosure> {
    let Some(node) = meta.first(&["enclosure", "enclosures", "audio", "podcast"]) else {
        return Vec::new();
    };
    let one = std::slice::from_ref(node);
    node.list().unwrap_or(one).iter().filter_map(|item| enclosure(item, page, home)).collect()
}

fn enclosure(node: &Node, page: &str, home: &Home) -> Option<Enclosure> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| node.get(key)?.text()).map(str::trim);
    let target = node.text().or_else(|| text(&["url", "src", "file", "path"]))?;
    if !target.contains(['/', '.']) {
        return None;
    }
    Some(Enclosure {
        url: home.absolute(target, page)?,
        media_type: text(&["type", "media_type", "mime"]).map(str::to_owned),
        length: text(&["length", "size"]).and_then(|text| text.parse().ok()),
        title: text(&["title"]).map(str::to_owned),
        duration_seconds: None,
    })
}

/// The title that the source's map names, as plain text.
pub(super) fn mapped_title(meta: &Meta<'_>) -> Option<String> {
    title::plain(&scalar_or_list(meta.mapped("title")?))
}

/// The body and, where the post has a shorter text of its own, that.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) content: Option<String>,
    pub(super) summary: Option<String>,
}

/// Renders the body; `more` is where the site cuts excerpts.
pub(super) fn texts(meta: &Meta<'_>, body: &str, markup: Markup, more: Option<usize>) -> Texts {
    match markup {
        Markup::Markdown(dialect) => texts_by(meta, body, &|text| markdown::render(text, dialect), more),
        Markup::Html => texts_by(meta, body, &str::to_owned, more),
    }
}

/// The same by a renderer of the generator's own.
pub(super) fn texts_by(
    meta: &Meta<'_>,
    body: &str,
    render: &dyn Fn(&str) -> String,
    more: Option<usize>,
) -> Texts {
    if meta.is_without_texts {
        return Texts::default();
    }
    let named = |node: Option<&Node>| {
        let text = node?.text()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let summary = named(meta.mapped("summary"))
        .or_else(|| named(meta.first(&["description", "summary", "intro"])))
        .or_else(|| named(meta.first(&["excerpt"])).map(|text| render(&text)))
        .or_else(|| more.and_then(|end| body.get(..end)).map(render));
    let text = |html: String| (!html.trim().is_empty()).then_some(html);
    let content = text(render(body));
    let summary = summary.and_then(text);
    match (content, summary) {
        // One text alone is the content.
        (None, only) => Texts { content: only, summary: None },
        (content, summary) => Texts { content, summary },
    }
}

/// The last of an entry: what templates make of its text, and nothing of a post that asks
/// for a password but title and link.
pub(super) fn finish(
    entry: &mut Entry,
    site: &Site,
    meta: &Meta<'_>,
    file: &PostFile<'_>,
    problems: &mut Vec<Problem>,
) {
    let asks = asks_for_password(meta)
        || meta.is_on("encrypt", true)
        || meta.is_on("encrypted", true)
        || meta.is_on("protected", true);
    if asks {
        (entry.content, entry.summary) = (None, None);
    }
    // Readers that go by the later of the two would file it away.
    entry.updated =
        entry.updated.filter(|updated| site.strict || entry.published.is_none_or(|date| *updated >= date));
    template::late(entry, site, meta, file, problems);
    if asks {
        conceal(entry);
    }
}

/// Leaves an entry its title and link.
pub(super) fn conceal(entry: &mut Entry) {
    (entry.content, entry.summary, entry.image) = (None, None, None);
    (entry.enclosures, entry.authors) = (Vec::new(), Vec::new());
    (entry.categories, entry.tags) = (Vec::new(), Vec::new());
}

/// Whether there is a password, however its key and value are written.
fn asks_for_password(meta: &Meta<'_>) -> bool {
    let is_one = |(key, node): (&str, &Node)| key.eq_ignore_ascii_case("password") && !is_empty(node);
    meta.pairs().into_iter().any(is_one)
}

/// Whether the author keeps the post out of feeds.
pub(super) fn is_kept_out(meta: &Meta<'_>) -> bool {
    meta.is_off("feed", true) || meta.is_off("rss", true)
}

/// The problem of a date that can't be read.
pub(super) fn no_date(file: &PostFile<'_>, node: &Node, key: &str, problems: &mut Vec<Problem>) {
    let text = scalar_or_list(node);
    if !text.trim().is_empty() {
        let (text, more) = match text.trim() {
            text if text.chars().nth(SHOWN_DATE).is_some() => (text.chars().take(SHOWN_DATE).collect(), "…"),
            text => (text.to_owned(), ""),
        };
        let message = format!("`{key}: {text}{more}` is no date that can be read");
        let help = "write it like `2022-04-18 23:09:20 +0800`";
        problems.push(Problem::warning(file.at(node.line, node.column), message).with_help(help));
    }
}

/// The problem of a date that the generator reads otherwise.
pub(super) fn other_date(
    file: &PostFile<'_>,
    node: &Node,
    (generator, theirs): (&str, Option<Date>),
    problems: &mut Vec<Problem>,
) {
    let theirs =
        theirs.map_or_else(|| "without this date".into(), |date| format!("at {}", date.to_rfc3339()));
    let message = format!("{generator} would publish this {theirs}");
    problems.push(Problem::warning(file.at(node.line, node.column), message));
}
