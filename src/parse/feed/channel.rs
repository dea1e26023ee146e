//! The elements around the entries → what the feed says of itself, and what it asks for.

use super::document::{FeedDocument, Hints, Link, RawChannel, RawPerson, Text};
use super::elements::{Context, Element};
use super::names::Field;
use super::{attributes, extensions, links, person};

/// Fills in the document's channel and hints,
/// from its own tag and the language in force there, and from the elements in it.
pub(super) fn read(
    document: &mut FeedDocument,
    (tag, lang): (&str, Option<&str>),
    elements: &[Element<'_>],
    context: &Context,
) {
    let mut reading = Reading {
        context,
        elements,
        channel: RawChannel::default(),
        hints: Hints::default(),
        fallback: Fallback::default(),
    };
    reading.own(tag);
    for (place, element) in elements.iter().enumerate() {
        match element.parent.and_then(|parent| elements.get(parent)) {
            None => reading.take(element, place),
            Some(parent) => reading.take_child(element, parent),
        }
    }
    let (mut channel, hints) = reading.finish();
    document.deleted = deleted(elements, context);
    first(&mut channel.language, lang.filter(|lang| !lang.is_empty()).map(str::to_owned));
    document.channel = channel;
    document.hints = hints;
}

/// `at:deleted-entry`, whatever its prefix.
fn deleted(elements: &[Element<'_>], context: &Context) -> Vec<(String, Option<String>)> {
    let graves =
        elements.iter().filter(|element| element.local == "deleted-entry" && element.parent.is_none());
    let said = |element: &Element<'_>, name| {
        let value = attributes::get(element.attributes, name, &context.declared)?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    graves.filter_map(|grave| Some((said(grave, "ref")?, said(grave, "when")))).collect()
}

#[derive(Default)]
struct Fallback {
    title: Option<Text>,
    description: Option<Text>,
    rights: Option<Text>,
    updated: Option<String>,
    authors: Vec<RawPerson>,
    logo: Option<String>,
}

struct Reading<'a, 'b> {
    context: &'b Context,
    elements: &'b [Element<'a>],
    channel: RawChannel,
    hints: Hints,
    fallback: Fallback,
}

fn first<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

impl Reading<'_, '_> {
    /// What stands on the channel's own tag: RDF's id, CDF's address and date.
    fn own(&mut self, tag: &str) {
        let get = |name| {
            let value = attributes::get(tag, name, &self.context.declared)?;
            let value = value.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        self.channel.id = get("rdf:about");
        self.fallback.updated = get("lastmod");
        self.channel.links.extend(get("href").map(|href| Link {
            href,
            rel: "alternate".to_owned(),
            media_type: None,
        }));
    }

    fn take(&mut self, element: &Element<'_>, place: usize) {
        let context = self.context;
        match element.field {
            Field::Id => {
                if let Some(id) = element.plain() {
                    self.channel.id = Some(id);
                }
            }
            Field::Title => first(&mut self.channel.title, context.text(element)),
            Field::Description | Field::Subtitle => {
                first(&mut self.channel.description, context.text(element));
            }
            Field::Link => self.link(element),
            Field::Language => first(&mut self.channel.language, element.plain()),
            Field::Updated => first(&mut self.channel.updated, element.plain()),
            Field::Published | Field::DcDate | Field::Issued | Field::Created => {
                first(&mut self.fallback.updated, element.plain());
            }
            Field::Author | Field::Creator => {
                self.channel.authors.extend(person::read(element, place, self.elements, context));
            }
            Field::ItunesAuthor | Field::Owner => {
                self.fallback.authors.extend(person::read(element, place, self.elements, context));
            }
            Field::Icon => {
                first(&mut self.channel.icon, links::image(element, place, self.elements, context));
            }
            Field::Logo | Field::Image | Field::ItunesImage | Field::MediaThumbnail => {
                first(&mut self.fallback.logo, links::image(element, place, self.elements, context));
            }
            Field::Rights => first(&mut self.channel.rights, context.text(element)),
            Field::Generator => first(&mut self.channel.generator, element.plain()),
            Field::DcTitle | Field::ItunesTitle | Field::MediaTitle => {
                first(&mut self.fallback.title, context.text(element));
            }
            Field::DcDescription | Field::ItunesSummary | Field::ItunesSubtitle | Field::Summary => {
                first(&mut self.fallback.description, context.text(element));
            }
            Field::DcRights => first(&mut self.fallback.rights, context.text(element)),
            _ => self.hint(element),
        }
    }

    fn take_child(&mut self, element: &Element<'_>, parent: &Element<'_>) {
        let Some(value) = element.plain() else {
            return;
        };
        match (parent.field, element.field) {
            (Field::SkipHours, Field::Hour) => {
                // 24 is midnight in RSS 0.91.
                let hour = value.parse::<u8>().ok().filter(|hour| *hour <= 24);
                let hour = hour.map(|hour| hour % 24).filter(|hour| !self.hints.skip_hours.contains(hour));
                self.hints.skip_hours.extend(hour);
            }
            (Field::SkipDays, Field::Day) => self.hints.skip_days.extend(day(&value)),
            _ => {}
        }
    }

    fn hint(&mut self, element: &Element<'_>) {
        let Some(value) = element.plain() else {
            return;
        };
        let hints = &mut self.hints;
        match element.field {
            Field::Ttl => first(&mut hints.ttl_minutes, minutes(&value)),
            Field::UpdatePeriod => first(&mut hints.update_period, Some(value.to_ascii_lowercase())),
            Field::UpdateFrequency => first(&mut hints.update_frequency, value.parse().ok()),
            Field::UpdateBase => first(&mut hints.update_base, Some(value)),
            Field::NewFeedUrl => first(&mut hints.moved_to, Some(value)),
            _ => {}
        }
    }

    fn link(&mut self, element: &Element<'_>) {
        let context = self.context;
        let written = context.attribute(element, "href").or_else(|| element.plain());
        let written = written.or_else(|| context.attribute(element, "rdf:resource"));
        let Some(written) = written.or_else(|| context.same_document(element)) else { return };
        let link = Link {
            href: context.resolve(element, &written),
            rel: links::relation(context.attribute(element, "rel")),
            media_type: context.attribute(element, "type"),
        };
        let href = Some(link.href.clone());
        match link.rel.as_str() {
            "self" => first(&mut self.hints.self_url, href),
            "hub" => self.hints.hubs.extend(href),
            "next" => first(&mut self.hints.next, href),
            "prev-archive" => first(&mut self.hints.prev_archive, href),
            _ => {}
        }
        self.channel.links.push(link);
    }

    fn finish(mut self) -> (RawChannel, Hints) {
        self.channel.extensions = extensions::read(self.elements, self.context);
        let fallback = self.fallback;
        let channel = &mut self.channel;
        first(&mut channel.title, fallback.title);
        first(&mut channel.description, fallback.description);
        first(&mut channel.rights, fallback.rights);
        first(&mut channel.updated, fallback.updated);
        first(&mut channel.icon, fallback.logo);
        if channel.authors.is_empty() {
            channel.authors = fallback.authors;
        }
        (self.channel, self.hints)
    }
}

/// A whole number, or the whole part of one.
fn minutes(value: &str) -> Option<u32> {
    value.split('.').next()?.parse().ok()
}

/// By its whole name or the first letters of it.
fn day(name: &str) -> Option<u8> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let name = name.to_ascii_lowercase();
    let place = DAYS.iter().position(|day| name.len() >= 3 && day.starts_with(&name))?;
    u8::try_from(place).ok()
}
