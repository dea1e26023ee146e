//! Someone: `author` with elements inside, or a line of text.

use super::document::RawPerson;
use super::elements::{Context, Element, children};
use super::names::Field;

/// Who an element speaks of; `None` where it says nothing.
pub(super) fn read(
    element: &Element<'_>,
    place: usize,
    elements: &[Element<'_>],
    context: &Context,
) -> Option<RawPerson> {
    let mut person = RawPerson::default();
    for (_, child) in children(elements, place) {
        let value = child.plain();
        match child.field {
            Field::Name | Field::Title if person.name.is_none() => person.name = value,
            Field::Email if person.email.is_none() => person.email = value,
            Field::Url | Field::Link if person.url.is_none() => {
                person.url = value.map(|url| context.resolve(child, &url));
            }
            _ => {}
        }
    }
    if person.name.is_none() {
        person.name = element.plain().or_else(|| value_within(place, elements));
    }
    (person != RawPerson::default()).then_some(person)
}

/// What RDF wraps in a description of whoever it is (`rdf:value`).
fn value_within(place: usize, elements: &[Element<'_>]) -> Option<String> {
    let inside = elements.iter().skip(place + 1);
    let mut inside = inside.take_while(|element| element.parent.is_some_and(|parent| parent >= place));
    inside.find(|element| element.field == Field::Value).and_then(Element::plain)
}
