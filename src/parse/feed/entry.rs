//! The elements of one entry → what it says.

mod filed;
mod files;
mod origin;

use super::attributes;
use super::document::{Link, RawCategory, RawEnclosure, RawEntry, RawPerson, Text};
use super::elements::{Context, Element};
use super::extensions;
use super::names::Field;
use super::spaces::Space;

/// An entry that has begun.
#[derive(Debug, Clone)]
pub(super) struct Open<'a> {
    pub(super) attributes: &'a str,
    pub(super) base: usize,
    pub(super) lang: Option<&'a str>,
}

/// What an entry's elements say, first come first served.
pub(super) fn read(open: &Open<'_>, elements: &[Element<'_>], context: &Context) -> RawEntry {
    let mut entry = Reading {
        context,
        elements,
        entry: RawEntry {
            id_is_link: true,
            language: open.lang.map(str::to_owned).filter(|lang| !lang.is_empty()),
            ..RawEntry::default()
        },
        fallback: Fallback::default(),
    };
    entry.own(open);
    for (place, element) in elements.iter().enumerate() {
        match element.parent.and_then(|parent| elements.get(parent)) {
            None => entry.take(element, place),
            Some(parent) => entry.take_child(element, place, parent),
        }
    }
    entry.finish()
}

/// What stands in where the format's own element is missing.
#[derive(Default)]
struct Fallback {
    title: Option<Text>,
    text: Option<Text>,
    subtitle: Option<Text>,
    /// The whole text beside a description (`yandex:full-text`).
    full: Option<Text>,
    rights: Option<Text>,
    published: Option<String>,
    dated: Option<String>,
    created: Option<String>,
    /// Of the feed that it was first published in (RFC 4287 §4.2.1).
    authors: Vec<RawPerson>,
    credits: Vec<RawPerson>,
    /// `media:category`: of a picture or film, and often of the entry.
    categories: Vec<RawCategory>,
    /// Words of `media:category`.
    words: Vec<String>,
    /// Where a file lies that is counted on its way.
    file: Option<String>,
    /// `itunes:author`, which often stands beside others.
    artists: Vec<RawPerson>,
    id: Option<String>,
}

/// What was said again was said anew: of two dates of one name the second counts.
fn last<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

struct Reading<'a, 'b> {
    context: &'b Context,
    elements: &'b [Element<'a>],
    entry: RawEntry,
    fallback: Fallback,
}

fn first<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

impl Reading<'_, '_> {
    /// What stands on the entry's own tag: RDF's id, CDF's address and date.
    fn own(&mut self, open: &Open<'_>) {
        let get = |name| {
            let value = attributes::get(open.attributes, name, &self.context.declared)?;
            let value = value.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        self.fallback.id = get("rdf:about");
        self.entry.updated = get("lastmod");
        if let Some(href) = get("href") {
            let anchor = Element {
                field: Field::Link,
                space: Space::Core,
                local: "",
                parent: None,
                attributes: "",
                text: "".into(),
                markup: false,
                xhtml: false,
                base: open.base,
            };
            self.entry.links.push(Link {
                href: self.context.resolve(&anchor, &href),
                rel: "alternate".to_owned(),
                media_type: None,
            });
        }
    }

    fn take(&mut self, element: &Element<'_>, place: usize) {
        let context = self.context;
        match element.field {
            Field::Id => self.id(element),
            Field::Title => first(&mut self.entry.title, context.text(element)),
            Field::Link => self.link(element),
            Field::Description | Field::Summary => self.summary(element),
            Field::Content | Field::Encoded | Field::Body => self.content(element),
            Field::Author | Field::Creator | Field::ItunesAuthor | Field::MediaCredit => {
                self.author(element, place);
            }
            Field::Published => first(&mut self.entry.published, element.plain()),
            Field::Issued => first(&mut self.fallback.published, element.plain()),
            Field::DcDate => first(&mut self.fallback.dated, element.plain()),
            Field::Created => last(&mut self.fallback.created, element.plain()),
            Field::Updated => last(&mut self.entry.updated, element.plain()),
            Field::OrigLink => self.own_page(element),
            Field::OrigEnclosure => {
                let address = self.address(element);
                first(&mut self.fallback.file, address);
            }
            Field::Category | Field::Subject => self.category(element),
            Field::ItunesCategory => self.itunes_category(element),
            Field::Keywords => self.entry.keywords.extend(element.plain()),
            Field::Enclosure => self.enclosure(element, place),
            Field::MediaContent => self.media(element, place),
            Field::MediaThumbnail | Field::ItunesImage | Field::Image | Field::Logo => {
                self.image(element, place);
            }
            Field::Comments => {
                // Their number, or words on them, are no address.
                let is_address = element.plain().is_some_and(|written| !written.contains(' '));
                let address = if is_address { self.address(element) } else { None };
                first(&mut self.entry.comments, address);
            }
            Field::Rights => first(&mut self.entry.rights, context.text(element)),
            Field::DcRights => first(&mut self.fallback.rights, context.text(element)),
            Field::Language => first(&mut self.entry.language, element.plain()),
            Field::Duration => first(&mut self.entry.duration, element.plain()),
            Field::Source => self.source(element, place),
            Field::ItunesTitle | Field::DcTitle | Field::MediaTitle => {
                first(&mut self.fallback.title, context.text(element));
            }
            Field::ItunesSubtitle => first(&mut self.fallback.subtitle, context.text(element)),
            Field::FullText => first(&mut self.fallback.full, context.text(element)),
            Field::ItunesSummary | Field::DcDescription | Field::Subtitle => {
                first(&mut self.fallback.text, context.text(element));
            }
            Field::MediaDescription => {
                // Plain by default (Media RSS, media:description), but for those who write tags.
                let text = context.text(element).map(|text| Text {
                    html: text.html
                        && (text.value.contains('<') || context.attribute(element, "type").is_some()),
                    ..text
                });
                first(&mut self.fallback.text, text);
            }
            Field::DcIdentifier => first(&mut self.fallback.id, element.plain()),
            _ => {}
        }
    }

    /// Media elements stand in groups, and in one another.
    fn take_child(&mut self, element: &Element<'_>, place: usize, parent: &Element<'_>) {
        let in_media = matches!(parent.field, Field::MediaGroup | Field::MediaContent);
        match element.field {
            Field::MediaContent
            | Field::MediaThumbnail
            | Field::MediaDescription
            | Field::MediaTitle
            | Field::MediaCredit
            | Field::Category
            | Field::Keywords
                if in_media =>
            {
                self.take(element, place);
            }
            Field::Category if parent.local.eq_ignore_ascii_case("categories") => self.category(element),
            Field::ItunesCategory => self.itunes_category(element),
            Field::Member => self.member(element),
            // RSS 1.0's content before there was `content:encoded`.
            Field::Value if parent.space == Space::Content => {
                first(&mut self.entry.content, self.context.text(element));
            }
            _ => {}
        }
    }

    fn id(&mut self, element: &Element<'_>) {
        if self.entry.id.is_none() {
            self.entry.id = element.plain();
            let permalink = self.context.attribute(element, "ispermalink");
            self.entry.id_is_link =
                !self.context.atom && permalink.is_none_or(|said| !said.eq_ignore_ascii_case("false"));
        }
    }

    fn address(&self, element: &Element<'_>) -> Option<String> {
        let written = element.plain()?;
        Some(self.context.resolve(element, &written))
    }

    fn link(&mut self, element: &Element<'_>) {
        let context = self.context;
        let written = context.attribute(element, "href").or_else(|| element.plain());
        let written = written.or_else(|| context.attribute(element, "rdf:resource"));
        let written = written.or_else(|| context.same_document(element));
        let Some(written) = written else { return };
        let href = context.resolve(element, &written);
        let rel = super::links::relation(context.attribute(element, "rel"));
        if rel == "enclosure" {
            self.entry.enclosures.push(RawEnclosure {
                url: href,
                media_type: context.attribute(element, "type"),
                length: context.attribute(element, "length"),
                title: context.attribute(element, "title"),
                duration: None,
            });
        } else {
            let media_type = context.attribute(element, "type");
            let is_page = media_type.as_deref().is_some_and(|kind| kind.contains("html"));
            if rel == "replies" && is_page {
                first(&mut self.entry.comments, Some(href.clone()));
            }
            self.entry.links.push(Link { href, rel, media_type });
        }
    }

    /// The page itself, where the link leads over a counter of clicks that may be gone.
    fn own_page(&mut self, element: &Element<'_>) {
        if let Some(href) = self.address(element) {
            let link = Link { href, rel: "alternate".to_owned(), media_type: None };
            self.entry.links.insert(0, link);
        }
    }

    fn summary(&mut self, element: &Element<'_>) {
        let text = self.context.text(element);
        if self.entry.summary.is_some() && self.entry.content.is_none() {
            // A second description is a longer one more often than a mistake.
            self.entry.content = text.filter(|text| Some(text) != self.entry.summary.as_ref());
        } else {
            first(&mut self.entry.summary, text);
        }
    }

    fn content(&mut self, element: &Element<'_>) {
        if let Some(source) = self.context.attribute(element, "src") {
            // Content that lies elsewhere is a file that goes with the entry; what stands
            // in the element all the same (RFC 4287 §4.1.3.2 says nothing) is read too.
            self.entry.enclosures.push(RawEnclosure {
                url: self.context.resolve(element, &source),
                media_type: self.context.attribute(element, "type"),
                ..RawEnclosure::default()
            });
        }
        let text = self.context.text(element);
        let html_waits = self.entry.content.as_ref().is_some_and(|have| !have.html);
        if html_waits && text.as_ref().is_some_and(|text| text.html) {
            self.entry.content = text;
        } else {
            first(&mut self.entry.content, text);
        }
    }

    fn author(&mut self, element: &Element<'_>, place: usize) {
        let person = super::person::read(element, place, self.elements, self.context);
        let Some(person) = person else { return };
        match element.field {
            Field::ItunesAuthor => self.fallback.artists.push(person),
            Field::MediaCredit => {
                // Without a role it names whoever a picture is from.
                let role = self.context.attribute(element, "role");
                if role.is_some_and(|role| is_authorship(&role)) {
                    self.fallback.credits.push(person);
                }
            }
            _ => self.entry.authors.push(person),
        }
    }

    fn image(&mut self, element: &Element<'_>, place: usize) {
        let written = super::links::image(element, place, self.elements, self.context);
        self.entry.images.extend(written);
    }

    fn finish(mut self) -> RawEntry {
        self.entry.extensions = extensions::read(self.elements, self.context);
        let fallback = self.fallback;
        let mut counted = self.entry.enclosures.iter_mut();
        if let (Some(file), Some(only), None) = (fallback.file, counted.next(), counted.next()) {
            only.url = file;
        }
        first(&mut self.entry.id, fallback.id);
        first(&mut self.entry.title, fallback.title);
        first(&mut self.entry.content, fallback.full);
        if self.entry.content.is_none() {
            first(&mut self.entry.summary, fallback.text);
            first(&mut self.entry.summary, fallback.subtitle);
        }
        // Atom's ids are no links, but the page of an entry that names no other.
        self.entry.id_is_link |= self.context.atom && self.entry.links.is_empty();
        first(&mut self.entry.rights, fallback.rights);
        let words = self.entry.published.take_if(|date| is_words(date));
        for date in [fallback.published, fallback.dated, fallback.created, words] {
            first(&mut self.entry.published, date);
        }
        if self.entry.categories.is_empty() {
            self.entry.categories = fallback.categories;
            if self.entry.keywords.is_empty() {
                self.entry.keywords = fallback.words;
            }
        }
        self.entry.authors.extend(fallback.artists);
        if self.entry.authors.is_empty() {
            self.entry.authors =
                if fallback.authors.is_empty() { fallback.credits } else { fallback.authors };
        }
        self.entry
    }
}

/// Whether a text can be no date: words alone.
fn is_words(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii() && !letter.is_ascii_digit())
}

/// Whether a role of `media:credit` makes an author of whoever has it: a producer, an owner
/// or whoever sells it is none.
fn is_authorship(role: &str) -> bool {
    const ROLES: [&str; 12] = [
        "author",
        "writer",
        "creator",
        "artist",
        "photographer",
        "composer",
        "journalist",
        "reporter",
        "illustrator",
        "uploader",
        "content creator",
        "by",
    ];
    ROLES.iter().any(|known| role.trim().eq_ignore_ascii_case(known))
}
