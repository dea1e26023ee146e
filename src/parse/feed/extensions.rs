//! Elements of other vocabularies → trees of them, as they are written.

use super::attributes;
use super::document::RawExtension;
use super::elements::{Context, Element};
use super::entities::decode;
use super::markup;
use super::spaces::Space;
use std::collections::HashMap;

/// Elements of one entry or channel beyond this are left out.
const MAX_KEPT: usize = 512;
/// A text is cut here, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// The elements of vocabularies that are kept, each with what stands in it.
pub(super) fn read(elements: &[Element<'_>], context: &Context) -> Vec<RawExtension> {
    // Last come what stands inside first: each finds its children waiting, in reverse.
    let mut inside: HashMap<usize, Vec<RawExtension>> = HashMap::new();
    let mut found = Vec::new();
    let kept = elements.iter().enumerate().filter(|(_, element)| prefix(element, elements).is_some());
    let kept: Vec<(usize, &Element<'_>)> = kept.take(MAX_KEPT).collect();
    for (place, element) in kept.into_iter().rev() {
        let mut children = inside.remove(&place).unwrap_or_default();
        children.reverse();
        let extension = one(element, prefix(element, elements).unwrap_or_default(), children, context);
        match element.parent {
            None => found.push(extension),
            Some(parent) => inside.entry(parent).or_default().push(extension),
        }
    }
    found.reverse();
    found
}

/// The usual prefix of an element that is kept: one of another vocabulary, or RSS's own in an
/// item that is on the air, which is no entry.
fn prefix(element: &Element<'_>, elements: &[Element<'_>]) -> Option<&'static str> {
    let is_on_air = |around: &Element<'_>| {
        around.space == Space::Podcast && around.local.eq_ignore_ascii_case("liveItem")
    };
    let around =
        element.parent.filter(|_| element.space == Space::Core).and_then(|parent| elements.get(parent));
    element.space.kept_prefix().or_else(|| around.filter(|around| is_on_air(around)).map(|_| "rss"))
}

fn one(element: &Element<'_>, prefix: &str, children: Vec<RawExtension>, context: &Context) -> RawExtension {
    let attributes = attributes::iter(element.attributes)
        .filter(|(name, value)| !value.is_empty() && !name.starts_with("xml"))
        .map(|(name, value)| {
            let value = decode(value, Some(&context.declared));
            let value = value.trim();
            let is_address = matches!(name, "url" | "href" | "uri" | "img" | "image" | "rdf:resource");
            let value = if is_address { context.resolve(element, value) } else { value.to_owned() };
            (name.to_owned(), value)
        })
        .collect();
    RawExtension {
        name: format!("{prefix}:{}", element.local),
        attributes,
        text: markup::cut(element.text.trim(), MAX_TEXT).to_owned(),
        children,
    }
}
