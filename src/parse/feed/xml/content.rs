//! Text, CDATA and references → the text of the element that is open.

use super::{Builder, Role};
use crate::parse::feed::caps::MAX_TEXT;
use crate::parse::feed::elements::Element;
use crate::parse::feed::names::Field;
use crate::parse::feed::{entities, markup};

impl<'a> Builder<'a, '_> {
    /// Where text goes now; `None` where nobody reads it.
    fn target(&mut self) -> Option<&mut Element<'a>> {
        if self.skipped > 0 {
            return None;
        }
        let place = match self.open.last()?.role {
            Role::Element(place) => place,
            Role::Markup(_) => self.text_element()?,
            Role::Frame | Role::Entry => return None,
        };
        self.elements()
            .get_mut(place)
            .filter(|element| element.field != Field::Unknown && element.text.len() <= MAX_TEXT)
    }

    pub(super) fn text(&mut self, text: &'a str) {
        if let Some(element) = self.target() {
            element.push(markup::cut(text, MAX_TEXT));
        }
    }

    pub(super) fn cdata(&mut self, data: &'a str) {
        if let Some(element) = self.target() {
            let data = markup::cut(data, MAX_TEXT);
            if element.xhtml && element.markup {
                markup::escape(element.text.to_mut(), data);
            } else {
                element.push(data);
            }
        }
    }

    pub(super) fn reference(&mut self, name: &'a str) {
        let declared = std::mem::take(&mut self.context.declared);
        if let Some(element) = self.target() {
            if element.xhtml {
                let mut value = String::new();
                entities::push(&mut value, name, Some(&declared));
                markup::escape(element.text.to_mut(), &value);
            } else {
                entities::push(element.text.to_mut(), name, Some(&declared));
            }
        }
        self.context.declared = declared;
    }
}
