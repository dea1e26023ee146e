//! Addresses of elements: what they are to the feed, and pictures in every spelling.

use super::attributes;
use super::elements::{Context, Element, children};
use super::entities::Declared;
use super::names::Field;

/// The relation's own name: `alternate` where none is said, without the address that
/// registered ones may be written with (RFC 4287 §4.2.7.2).
pub(super) fn relation(written: Option<String>) -> String {
    let Some(written) = written else {
        return "alternate".to_owned();
    };
    let lower = written.to_ascii_lowercase();
    let name = lower.split_once("iana.org/assignments/relation/").map_or(lower.as_str(), |(_, name)| name);
    name.to_owned()
}

/// Whether a `link` within a text is the feed's or entry's own rather than one of the markup
/// in the text, which names style sheets and icons: by its relation; in RSS it has nothing.
pub(super) fn is_of_a_feed(raw: &str, declared: &Declared) -> bool {
    const RELATIONS: [&str; 10] =
        ["alternate", "self", "enclosure", "related", "via", "edit", "replies", "hub", "next", "license"];
    match attributes::get(raw, "rel", declared) {
        Some(rel) => RELATIONS.contains(&relation(Some(rel.trim().to_owned())).as_str()),
        None => true,
    }
}

/// The address of a picture: an attribute, a child `url`, or the text itself.
pub(super) fn image(
    element: &Element<'_>,
    place: usize,
    elements: &[Element<'_>],
    context: &Context,
) -> Option<String> {
    let child = || {
        let mut within = children(elements, place);
        within.find(|(_, child)| child.field == Field::Url).and_then(|(_, url)| url.plain())
    };
    let written = context
        .attribute(element, "url")
        .or_else(|| context.attribute(element, "href"))
        .or_else(child)
        .or_else(|| context.attribute(element, "rdf:resource"))
        .or_else(|| element.plain())?;
    Some(context.resolve(element, &written))
}
