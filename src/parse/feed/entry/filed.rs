//! Where an entry is filed: categories, subjects and words, alone and in RDF's lists.

use super::Reading;
use crate::parse::feed::document::{RawCategory, RawPerson};
use crate::parse::feed::elements::Element;
use crate::parse::feed::names::Field;
use crate::parse::feed::spaces::Space;

impl Reading<'_, '_> {
    pub(super) fn category(&mut self, element: &Element<'_>) {
        let context = self.context;
        let term = context.attribute(element, "term").or_else(|| element.plain());
        let label = context.attribute(element, "label");
        let Some(term) = term.or_else(|| label.clone()) else {
            return;
        };
        let scheme = context.attribute(element, "scheme").or_else(|| context.attribute(element, "domain"));
        match (element.space, scheme.as_deref()) {
            // Tags, with spaces between them (Media RSS §media:category).
            (Space::Media, Some("urn:flickr:tags")) => {
                self.fallback.words.extend(term.split_whitespace().map(str::to_owned));
            }
            (Space::Media, _) => self.fallback.categories.push(RawCategory { term, label, scheme }),
            _ => self.entry.categories.push(RawCategory { term, label, scheme }),
        }
    }

    pub(super) fn itunes_category(&mut self, element: &Element<'_>) {
        if let Some(term) = self.context.attribute(element, "text") {
            self.entry.categories.push(RawCategory {
                term,
                label: None,
                scheme: Some("http://www.itunes.com/".to_owned()),
            });
        }
    }

    /// One of several values (`rdf:li`), of whatever element the list stands in.
    pub(super) fn member(&mut self, element: &Element<'_>) {
        let around = |element: &Element<'_>| element.parent.and_then(|parent| self.elements.get(parent));
        let list = around(element);
        let owner = list.and_then(around).map(|owner| owner.field);
        let Some(value) = element.plain() else { return };
        match owner {
            Some(Field::Subject) => {
                self.entry.categories.push(RawCategory { term: value, ..RawCategory::default() });
            }
            Some(Field::Creator) => {
                self.entry.authors.push(RawPerson { name: Some(value), ..RawPerson::default() });
            }
            _ => {}
        }
    }
}
