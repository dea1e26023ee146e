//! What a text is: XML and where it begins, JSON, or something that is no feed.

use super::document::{NotAFeed, NotAFeedKind};
use super::entities::{Declared, unescape};
use super::{attributes, markup};
use memchr::memmem;
use url::Url;

/// Tags looked at in search of a root.
const MAX_TAGS: usize = 500;
/// Bytes of a tag beyond this are not looked at.
const MAX_TAG: usize = 4096;
/// Feeds named in a message.
const MAX_ANNOUNCED: usize = 20;

/// What a text is.
pub(super) enum Found {
    /// XML, from this place on (its prologue, or the root itself).
    Xml(usize),
    Json,
}

/// Finds the feed in a text, behind whatever junk stands before it.
pub(super) fn sniff(text: &str, url: &str) -> Result<Found, NotAFeed> {
    let trimmed = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if trimmed.is_empty() {
        return Err(NotAFeed { kind: NotAFeedKind::Empty, message: "the answer is empty".to_owned() });
    }
    if trimmed.starts_with(['{', '[']) {
        return Ok(Found::Json);
    }
    let mut prologue = None;
    let mut unknown = None;
    let mut is_page = false;
    for (at, name) in tags(text).take(MAX_TAGS) {
        let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
        match local.as_str() {
            "rss" | "feed" | "rdf" | "channel" if prologue.is_some() || is_root(text, at) => {
                return Ok(Found::Xml(prologue.unwrap_or(at)));
            }
            "entry" if own_attributes(text, at, name).contains("w3.org/2005/Atom") => {
                return Ok(Found::Xml(prologue.unwrap_or(at)));
            }
            "?xml" | "!doctype" => {
                is_page = is_page || doctype_is_html(text, at);
                prologue = prologue.or(Some(at));
            }
            "html" => return root_behind(text).map(Found::Xml).ok_or_else(|| page(text, url)),
            "head" | "body" if unknown.is_none() => return Err(page(text, url)),
            _ if local.starts_with(['?', '!']) => {}
            _ => unknown = unknown.or(Some(name)),
        }
    }
    if is_page {
        return Err(page(text, url));
    }
    // Behind more of a server's messages than are looked through.
    if let Some(root) = root_behind(text) {
        return Ok(Found::Xml(root));
    }
    Err(NotAFeed {
        kind: NotAFeedKind::Other,
        message: match unknown {
            Some(name) => of_another_kind(name, text),
            None => "this is not a feed; it is plain text or something unknown".to_owned(),
        },
    })
}

/// Where a whole feed begins that stands within something else: a page around it, or lines of
/// a log before it. Its root says what it is, and is ended.
pub(super) fn root_behind(text: &str) -> Option<usize> {
    ["rss", "feed", "rdf:RDF"].into_iter().find_map(|name| {
        let tag = format!("<{name}");
        let end = memmem::rfind(text.as_bytes(), format!("</{name}").as_bytes())?;
        memmem::find_iter(text.as_bytes(), &tag).take(MAX_TAGS).find(|at| {
            let says = own_attributes(text, *at, name);
            *at < end
                && says.starts_with([' ', '\n', '\t', '\r'])
                && (says.contains("version") || says.contains("xmlns"))
        })
    })
}

/// Whether a tag begins a document, and isn't spoken of in a text: it comes first, has
/// attributes, or has an element behind it.
fn is_root(text: &str, at: usize) -> bool {
    let (before, from) = text.split_at(at);
    let (tag, after) = from.split_once('>').unwrap_or((from, ""));
    before.chars().all(|letter| letter.is_whitespace() || letter == '\u{feff}')
        || markup::cut(tag, MAX_TAG).contains('=')
        || after.trim_start().starts_with('<')
}

/// Every tag's place and name, comments passed over.
fn tags(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find('<')?;
            let rest = text.get(start + 1..)?;
            if let Some(comment) = rest.strip_prefix("!--") {
                at = start + "<!--".len() + comment.find("-->")?;
                continue;
            }
            at = start + 1;
            let end =
                rest.find(|letter: char| letter.is_whitespace() || matches!(letter, '>' | '/' | '<' | '['));
            let name = rest.get(..end.unwrap_or(rest.len()))?;
            if !name.is_empty() && name.len() < 64 {
                return Some((start, name));
            }
        }
    })
}

fn doctype_is_html(text: &str, at: usize) -> bool {
    let doctype =
        text.get(at..).unwrap_or_default().chars().take(30).collect::<String>().to_ascii_lowercase();
    doctype.starts_with("<!doctype html")
}

fn page(text: &str, url: &str) -> NotAFeed {
    let announces = announced(text, url);
    let message = if let Some(said) = error_of_rsshub(text) {
        format!("this is RSSHub's error page, not a feed; it says `{said}`")
    } else if asks_for_password(text) && announces.is_empty() {
        "this is a login page, not a feed".to_owned()
    } else if let Some(title) = challenge(text).filter(|_| announces.is_empty()) {
        format!("this is a page that shuts programs out (`{title}`), not a feed")
    } else if announces.is_empty() {
        match title(text) {
            Some(title) => format!("this is a page (`{title}`), not a feed; it announces none"),
            None => "this is a page, not a feed; it announces none".to_owned(),
        }
    } else {
        format!("this is a page, not a feed; it announces {}", announces.join(", "))
    };
    NotAFeed { kind: NotAFeedKind::Html { announces }, message }
}

/// What a document is that begins with this tag.
fn of_another_kind(name: &str, text: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "opml" => "this is a list of feeds (OPML), not a feed; `feedmill import` takes one in".to_owned(),
        "urlset" | "sitemapindex" => "this is a sitemap, not a feed".to_owned(),
        // Amazon's storage and those like it.
        "error" => match error_of_storage(text) {
            Some(said) => format!("this is not a feed; it says `{said}`"),
            None => format!("this is not a feed; it begins with `<{name}>`"),
        },
        _ => format!("this is not a feed; it begins with `<{name}>`"),
    }
}

fn error_of_storage(text: &str) -> Option<&str> {
    let (said, _) = text.split_once("<Message>")?.1.split_once('<')?;
    Some(markup::cut(said.trim(), 200)).filter(|said| !said.is_empty())
}

/// The title of a page that looks whether its visitor is a person before it shows anything.
fn challenge(text: &str) -> Option<String> {
    const TITLES: [&str; 5] =
        ["Just a moment...", "Attention Required!", "Checking your browser", "DDoS-Guard", "Access denied"];
    title(text).filter(|title| TITLES.iter().any(|known| title.starts_with(known)))
}

/// What a page calls itself, in one line.
fn title(text: &str) -> Option<String> {
    let (at, _) = tags(text).find(|(_, name)| name.eq_ignore_ascii_case("title"))?;
    let (written, _) = text.get(at..)?.split_once('>')?.1.split_once('<')?;
    let title = unescape(markup::cut(written, 200)).split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// Whether a page has a field for a password.
fn asks_for_password(text: &str) -> bool {
    let declared = Declared::default();
    tags(text).any(|(at, name)| {
        name.eq_ignore_ascii_case("input")
            && attributes::get(own_attributes(text, at, name), "type", &declared)
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("password"))
    })
}

/// What RSSHub says on the page that it answers with where a route fails.
fn error_of_rsshub(text: &str) -> Option<String> {
    let (_, after) = text.split_once("RSSHub")?.1.split_once("Error Message:")?;
    let after = markup::cut(after, MAX_TAG);
    let mut words = String::new();
    for piece in after.split('<').skip(1) {
        words.push_str(piece.split_once('>').map_or("", |(_, text)| text).trim());
        if !words.is_empty() {
            break;
        }
    }
    let said = unescape(&words);
    Some(markup::cut(said.lines().next()?, 200).to_owned())
}

/// What stands behind a tag's name.
fn own_attributes<'t>(text: &'t str, at: usize, name: &str) -> &'t str {
    let tag = markup::cut(text.get(at + 1 + name.len()..).unwrap_or_default(), MAX_TAG);
    let mut quote = None;
    let end = tag.bytes().position(|byte| match (quote, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), byte) if open == byte => {
            quote = None;
            false
        }
        _ => false,
    });
    // A quote that nobody closed is none.
    let end = end.or_else(|| tag.find('>')).unwrap_or(tag.len());
    tag.get(..end).unwrap_or_default()
}

/// The feeds that a page's head links to, absolute.
fn announced(text: &str, url: &str) -> Vec<String> {
    let declared = Declared::default();
    let page = Url::parse(url).ok();
    let mut base = page.clone();
    let mut found: Vec<String> = Vec::new();
    for (at, name) in tags(text) {
        let raw = || own_attributes(text, at, name);
        if name.eq_ignore_ascii_case("base") {
            let href = attributes::get(raw(), "href", &declared);
            base = href.and_then(|href| page.as_ref()?.join(&href).ok()).or(base);
        } else if ["link", "a"].iter().any(|known| name.eq_ignore_ascii_case(known))
            && found.len() < MAX_ANNOUNCED
        {
            let Some(href) = feed_link(raw(), &declared) else {
                continue;
            };
            let absolute = match &base {
                Some(base) => base.join(&href).map_or(href, String::from),
                None => href,
            };
            if !found.contains(&absolute) {
                found.push(absolute);
            }
        }
    }
    found
}

fn feed_link(raw: &str, declared: &Declared) -> Option<String> {
    const TYPES: [&str; 8] = [
        "application/rss+xml",
        "application/rss",
        "application/atom",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/x.atom+xml",
        "text/xml",
    ];
    let rel = attributes::get(raw, "rel", declared)?.to_ascii_lowercase();
    let kind = attributes::get(raw, "type", declared).map(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    });
    let is_alternate = rel.split_ascii_whitespace().any(|word| word == "alternate");
    let is_feed = kind.is_some_and(|kind| TYPES.contains(&kind.as_str()));
    let named = rel.split_ascii_whitespace().any(|word| word == "feed");
    if !(is_alternate && is_feed || named) {
        return None;
    }
    let href = attributes::get(raw, "href", declared)?.trim().to_owned();
    (!href.is_empty()).then_some(href)
}
