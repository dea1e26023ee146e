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
        person.name = element.plain();
    }
    (person != RawPerson::default()).then_some(person)
}
