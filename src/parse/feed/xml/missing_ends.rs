//! Whether what opens can't stand where it does, because an end tag is missing before it.

use super::{Builder, Role};
use crate::parse::feed::links;
use crate::parse::feed::names::Field;
use crate::parse::feed::spaces::Space;

impl Builder<'_, '_> {
    /// Whether what is open is an address, a date or a name, none of which holds what opens now.
    pub(super) fn is_in_another(&mut self, field: Field) -> bool {
        let Some(Role::Element(place)) = self.open.last().map(|open| open.role) else {
            return false;
        };
        self.elements().get(place).is_some_and(|around| around.field.ends_before(field))
    }

    /// Whether a text is open that has nothing in it yet.
    pub(super) fn is_before_text(&mut self) -> bool {
        let Some(place) = self.text_element() else { return false };
        self.elements().get(place).is_some_and(|text| text.text.trim().is_empty())
    }

    /// Whether what opens can't stand in the text that is open.
    pub(super) fn is_beside_text(&mut self, field: Field, (space, local): (Space, &str), raw: &str) -> bool {
        let Some(place) = self.text_element() else {
            return false;
        };
        let is_first_inside = self.open.last().is_some_and(|open| matches!(open.role, Role::Element(_)));
        let is_page = field == Field::Link
            && is_first_inside
            && !local.eq_ignore_ascii_case("a")
            && links::is_of_a_feed(raw, &self.context.declared);
        let Some(text) = self.elements().get(place) else {
            return false;
        };
        // XHTML is one element of another vocabulary; others stand deep within it at most.
        // A content may be anything (RFC 4287 §4.1.3.3), an Atom entry too.
        let may_end = !text.xhtml || is_first_inside && text.field != Field::Content;
        may_end && (is_page || field.ends_text(text.field, (space, local)))
    }
}
