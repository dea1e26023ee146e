//! The pages for people: a feed, the index, the bot, the status, a message.
//!
//! In: plain structs. Out: whole HTML pages that need no script and ask nobody else for
//! anything, entries' own pictures apart. Never cleans HTML: an entry's body is clean
//! when it comes in; all else is escaped.

mod bot;
mod feed;
mod index;
mod status;
mod words;

pub use bot::{Manners, bot_page};
pub use feed::{FeedPage, feed_page};
pub use index::{IndexFeed, IndexGroup, IndexPage, Trouble, index_page};
pub use status::{StatusPage, status_page};
pub use words::Tongue;

use crate::model::{Date, Format};
use crate::publish::{date, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use minijinja::value::ValueKind;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use std::sync::LazyLock;

/// The one style sheet; every page carries it in its head.
const STYLE: &str = include_str!("../pages/style.css");

/// What a `Content-Security-Policy` names the style sheet by: `style-src 'sha256-…'`.
pub static STYLE_HASH: LazyLock<String> = LazyLock::new(|| {
    let hash = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
    format!("sha256-{}", STANDARD.encode(hash))
});

const TEMPLATES: [(&str, &str); 6] = [
    ("layout.html", include_str!("../pages/layout.html")),
    ("bot.html", include_str!("../pages/bot.html")),
    ("feed.html", include_str!("../pages/feed.html")),
    ("index.html", include_str!("../pages/index.html")),
    ("status.html", include_str!("../pages/status.html")),
    ("message.html", include_str!("../pages/message.html")),
];

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    // The engine's own escaping writes a `/` as `&#x2f;`, which is right but hides every
    // address from people and from plain search.
    pages.set_formatter(|out, state, value| {
        if value.is_safe() || value.kind() != ValueKind::String {
            return minijinja::escape_formatter(out, state, value);
        }
        let escaped = text::escaped(&value.to_string()).replace('"', "&quot;").replace('\'', "&#39;");
        Ok(out.write_str(&escaped)?)
    });
    words::teach(&mut pages);
    for (name, template) in TEMPLATES {
        // One that doesn't compile isn't there, and rendering says so; a test renders each.
        pages.add_template(name, template).ok();
    }
    pages
});

/// A category, tag or other part of a feed, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What to show: `金融/中证网`.
    pub name: String,
    /// Its page or document.
    pub url: String,
    /// Entries in it now.
    pub entries: usize,
}

/// A document in one format, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its format.
    pub format: Format,
    /// Its address, absolute: people copy it.
    pub url: String,
}

/// A page that says one thing: a 404, a failure. `help` is the step that mends it.
pub fn message_page(title: &str, text: &str, help: Option<&str>) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        text: &'a str,
        help: Option<&'a str>,
    }
    let head = Head { title, noindex: true, ..Head::default() };
    page(&head, "message.html", &View { text, help })
}

/// What stands in a page's head and above and below its own part.
#[derive(Default, Serialize)]
struct Head<'a> {
    title: &'a str,
    /// What the page itself speaks.
    #[serde(skip)]
    tongue: Tongue,
    /// Search engines are asked to leave it: what it shows is elsewhere.
    noindex: bool,
    /// Autodiscovery.
    alternates: Vec<DocumentView<'a>>,
    /// Of a list of feeds.
    opml: Option<&'a str>,
    /// The index page; none on itself.
    home: Option<&'a str>,
    /// What the page is a part of.
    above: Option<Above<'a>>,
}

/// A page that another one is a part of.
#[derive(Serialize)]
struct Above<'a> {
    url: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct DocumentView<'a> {
    format: String,
    media_type: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct PartView<'a> {
    name: &'a str,
    url: &'a str,
    entries: usize,
}

fn documents(documents: &[Document]) -> Vec<DocumentView<'_>> {
    documents
        .iter()
        .map(|document| DocumentView {
            format: document.format.to_string(),
            media_type: document.format.media_type(),
            url: &document.url,
        })
        .collect()
}

fn parts(parts: &[Part]) -> Vec<PartView<'_>> {
    parts.iter().map(|part| PartView { name: &part.name, url: &part.url, entries: part.entries }).collect()
}

/// An instant as a page shows it: to the minute, with its offset, and for machines.
#[derive(Serialize)]
struct When {
    shown: String,
    machine: String,
}

impl When {
    fn at(date: &Date) -> Self {
        let utc = date.offset().local_minus_utc() == 0;
        let shown = date.format(if utc { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M %:z" });
        Self { shown: shown.to_string(), machine: date::rfc3339(date).unwrap_or_default() }
    }

    fn at_utc(date: DateTime<Utc>) -> Self {
        Self::at(&date.fixed_offset())
    }
}

/// The layout round a page's own part.
fn page(head: &Head<'_>, template: &str, view: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Layout<'a> {
        head: &'a Head<'a>,
        style: &'a str,
        body: &'a str,
    }
    let body = render(template, head.tongue, view);
    let layout = Layout { head, style: STYLE, body: &body };
    render("layout.html", head.tongue, &layout)
}

fn render(template: &str, tongue: Tongue, view: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Spoken<'a, V> {
        ui: &'static str,
        #[serde(flatten)]
        view: &'a V,
    }
    let spoken = Spoken { ui: tongue.tag(), view };
    PAGES
        .get_template(template)
        .and_then(|template| template.render(minijinja::value::Serde(&spoken)))
        .unwrap_or_else(|error| format!("this page could not be made: {}", error.kind()))
}
