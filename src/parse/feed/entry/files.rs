//! Files that go with an entry: `enclosure`, `media:content` and what they say of them.

use super::Reading;
use crate::parse::feed::document::RawEnclosure;
use crate::parse::feed::elements::{Element, children};
use crate::parse::feed::names::Field;

impl Reading<'_, '_> {
    pub(super) fn enclosure(&mut self, element: &Element<'_>, place: usize) {
        let context = self.context;
        let written = context
            .attribute(element, "url")
            .or_else(|| context.attribute(element, "href"))
            .or_else(|| context.attribute(element, "rdf:resource"))
            .or_else(|| element.plain());
        let Some(written) = written else { return };
        // RSS 1.0 writes every attribute with its prefix.
        let own = |name: &str| {
            context.attribute(element, name).or_else(|| context.attribute(element, &format!("enc:{name}")))
        };
        self.entry.enclosures.push(RawEnclosure {
            url: context.resolve(element, &written),
            media_type: own("type"),
            length: own("length"),
            title: context.attribute(element, "title").or_else(|| self.title_within(place)),
            duration: None,
        });
    }

    /// The `media:title` of the file whose element stands at this place.
    fn title_within(&self, place: usize) -> Option<String> {
        let mut within = children(self.elements, place);
        within.find(|(_, child)| child.field == Field::MediaTitle).and_then(|(_, title)| title.plain())
    }

    pub(super) fn media(&mut self, element: &Element<'_>, place: usize) {
        let context = self.context;
        let Some(written) = context.attribute(element, "url") else {
            return;
        };
        // A player that nothing plays any more, as video sites still name it, is no file.
        if context.attribute(element, "type").is_some_and(|kind| kind == "application/x-shockwave-flash") {
            return;
        }
        self.entry.enclosures.push(RawEnclosure {
            url: context.resolve(element, &written),
            media_type: context.attribute(element, "type").or_else(|| context.attribute(element, "medium")),
            length: context.attribute(element, "filesize"),
            title: self.title_within(place),
            duration: context.attribute(element, "duration"),
        });
    }
}
