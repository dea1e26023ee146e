//! Elements of other namespaces that readers know.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{html, media, text, value};

/// Elements that may stand more than once.
pub(super) const MANY: &[&str] = &[
    "dc:creator",
    "dc:contributor",
    "dc:publisher",
    "dc:subject",
    "dc:relation",
    "dc:coverage",
    "dc:identifier",
    "media:content",
    "media:group",
    "media:thumbnail",
    "media:category",
    "media:credit",
    "media:player",
    "media:hash",
    "media:rating",
    "media:restriction",
    "media:text",
    "media:keywords",
    "media:community",
    "itunes:category",
    "podcast:person",
    "podcast:transcript",
    "podcast:soundbite",
    "podcast:alternateEnclosure",
    "podcast:value",
    "podcast:socialInteract",
    "podcast:txt",
    "podcast:trailer",
    "podcast:funding",
    "podcast:location",
    "podcast:images",
    "podcast:podroll",
    "podcast:liveItem",
    "podcast:block",
    "podcast:contentLink",
    "podcast:image",
    "podcast:chat",
    "thr:in-reply-to",
    "at:deleted-entry",
    "slash:section",
    "slash:department",
    "l:link",
    "dcterms:alternative",
];

/// Namespaces whose names are few and settled, with them.
const NAMES: &[(&str, &str)] = &[
    (
        "dc",
        "title creator subject description publisher contributor date type format identifier source language \
         relation coverage rights",
    ),
    ("content", "encoded items"),
    (
        "itunes",
        "author block explicit keywords subtitle summary image owner category pubDate new-feed-url type duration \
         title episode season episodeType email name complete isClosedCaptioned order",
    ),
    ("slash", "comments section department hit_parade"),
    ("sy", "updatePeriod updateFrequency updateBase"),
    ("wfw", "comment commentRss"),
    ("fh", "complete archive incremental"),
    ("thr", "in-reply-to total"),
    ("at", "deleted-entry by comment"),
    (
        "media",
        "adult category content copyright credit description group hash keywords player rating restriction text \
         title thumbnail community comments embed responses backLinks status price license subTitle peerLink \
         location rights scenes scene statistics starRating tags",
    ),
];

/// Whether an element's namespace is one of them and doesn't know its name.
fn is_unheard(element: &Element<'_>) -> bool {
    NAMES
        .iter()
        .find(|(space, _)| *space == element.space)
        .is_some_and(|(_, names)| !names.split(' ').any(|name| name == element.local))
}

/// Judges one element of another namespace.
pub(super) fn judge(element: &Element<'_>, found: &mut Found<'_>) {
    if is_unheard(element) {
        let message = format!("`{}` is no element of its namespace", element.name());
        return found.add(Rule::BadExtension, element.at, message);
    }
    let (at, content) = (element.place(0), element.trimmed());
    match element.name().as_str() {
        "dc:date" | "dcterms:created" | "dcterms:issued" | "dcterms:modified" | "sy:updateBase" => {
            value::w3c_date(content, at, found);
        }
        "dc:language" => value::language(content, at, found),
        "dc:rights" => text::plain(element, found),
        "content:encoded" => html::judge(element, found),
        "slash:comments" | "thr:total" | "sy:updateFrequency" => value::number(content, at, found),
        "sy:updatePeriod" => {
            value::word(content, &["hourly", "daily", "weekly", "monthly", "yearly"], at, found);
        }
        "wfw:comment"
        | "wfw:commentRss"
        | "feedburner:origLink"
        | "feedburner:awareness"
        | "feedburner:origEnclosureLink"
        | "creativeCommons:license" => value::full_url(content, at, found),
        "thr:in-reply-to" => in_reply_to(element, found),
        "at:deleted-entry" => deleted_entry(element, found),
        "geo:lat" | "geo:long" | "georss:point" | "geourl:latitude" | "geourl:longitude"
        | "icbm:latitude" | "icbm:longitude" => position(element, found),
        "slash:hit_parade" if !content.split(',').all(|part| part.trim().parse::<u64>().is_ok()) => {
            found.add(Rule::BadExtension, at, format!("`{}` is no list of numbers", quoted(content)));
        }
        "itunes:image" => text::required_url(element, "href", found),
        _ if element.space == "media" => {
            media::judge(element, found);
            if media::holds_others(element) {
                element.children.iter().for_each(|child| judge(child, found));
            }
        }
        _ => {}
    }
}

/// RFC 4685: what an entry answers.
fn in_reply_to(element: &Element<'_>, found: &mut Found<'_>) {
    if let Some(reference) = text::required(element, "ref", found) {
        value::full_url(reference, element.at, found);
    }
    for name in ["href", "source"] {
        if let Some(url) = element.attribute(name) {
            value::iri_reference(url, element.at, found);
        }
    }
    if let Some(kind) = element.attribute("type") {
        value::media_type(kind, element.at, found);
    }
}

/// RFC 6721 §3: which entry was deleted, and when.
fn deleted_entry(element: &Element<'_>, found: &mut Found<'_>) {
    if let Some(reference) = text::required(element, "ref", found) {
        value::id(reference, element.at, found);
    }
    if let Some(when) = text::required(element, "when", found) {
        value::rfc3339(when, element.at, found);
    }
}

/// Degrees: one number, or a latitude and a longitude.
fn position(element: &Element<'_>, found: &mut Found<'_>) {
    let numbers: Vec<Option<f64>> = element
        .text
        .split([' ', ',', '\n', '\t'])
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().ok())
        .collect();
    let fits = |number: &Option<f64>, most: f64| number.is_some_and(|number| number.abs() <= most);
    let good = match (element.local, numbers.as_slice()) {
        ("lat" | "latitude", [latitude]) => fits(latitude, 90.0),
        ("long" | "longitude", [longitude]) => fits(longitude, 180.0),
        ("point", [latitude, longitude]) => fits(latitude, 90.0) && fits(longitude, 180.0),
        _ => false,
    };
    if !good {
        let message = format!("`{}` is no place in `{}`", quoted(&element.text), element.name());
        found.add(Rule::BadExtension, element.at, message);
    }
}
