//! The feed that an entry was first published in: `source`.

use super::{Reading, first};
use crate::parse::feed::document::RawOrigin;
use crate::parse::feed::elements::{Element, children};
use crate::parse::feed::names::Field;
use crate::parse::feed::{links, person};

impl Reading<'_, '_> {
    pub(super) fn source(&mut self, element: &Element<'_>, place: usize) {
        let context = self.context;
        let mut origin = RawOrigin {
            url: context.attribute(element, "url").map(|url| context.resolve(element, &url)),
            ..RawOrigin::default()
        };
        let mut has_children = false;
        let mut authors = Vec::new();
        for (child_place, child) in children(self.elements, place) {
            has_children = true;
            match child.field {
                Field::Id => first(&mut origin.id, child.plain()),
                Field::Title => first(&mut origin.title, context.text(child)),
                Field::Author => {
                    authors.extend(person::read(child, child_place, self.elements, context));
                }
                Field::Link => {
                    let Some(href) = context.attribute(child, "href").or_else(|| child.plain()) else {
                        continue;
                    };
                    let href = Some(context.resolve(child, &href));
                    match links::relation(context.attribute(child, "rel")).as_str() {
                        "self" => first(&mut origin.url, href),
                        "alternate" => first(&mut origin.link, href),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        if !has_children {
            origin.title = context.text(element);
        }
        self.fallback.authors.extend(authors);
        if origin != RawOrigin::default() {
            first(&mut self.entry.origin, Some(origin));
        }
    }
}
