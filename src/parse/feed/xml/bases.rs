//! What a document's relative addresses count from: `xml:base`, and in RSS the page that the
//! channel names.

use super::Builder;
use crate::parse::feed::names::Field;
use crate::parse::feed::{attributes, entities};
use url::Url;

/// Bases beyond this are not known.
const MAX_BASES: usize = 4096;

impl<'a> Builder<'a, '_> {
    /// `xmlns`, `xml:base` and `xml:lang` of a tag.
    pub(super) fn declare(&mut self, raw: &'a str, base: &mut usize, lang: &mut Option<&'a str>) {
        let mut rebased = false;
        for (name, value) in attributes::iter(raw) {
            if let Some(prefix) = name.strip_prefix("xmlns") {
                self.spaces.declare(prefix.strip_prefix(':').unwrap_or(prefix), value);
            } else if name.eq_ignore_ascii_case("xml:base")
                && !rebased
                && self.context.bases.len() < MAX_BASES
            {
                rebased = true;
                let value = entities::unescape(value);
                let outer = self.context.bases.get(*base).and_then(Option::as_ref);
                let resolved = match outer {
                    Some(outer) => outer.join(value.trim()).ok(),
                    None => Url::parse(value.trim()).ok(),
                };
                if resolved.is_some() {
                    *base = self.context.bases.len();
                    self.context.bases.push(resolved);
                }
            } else if name.eq_ignore_ascii_case("xml:lang") {
                *lang = Some(value.trim());
            }
        }
    }

    /// CDF names what its addresses count from on its root.
    pub(super) fn learn_base(&mut self, raw: &str) {
        let written = attributes::get(raw, "base", &self.context.declared);
        let written = written.or_else(|| attributes::get(raw, "href", &self.context.declared));
        let base = written.and_then(|written| match self.context.bases.first().and_then(Option::as_ref) {
            Some(fetched) => fetched.join(written.trim()).ok(),
            None => Url::parse(written.trim()).ok(),
        });
        if let (Some(slot), Some(base)) = (self.context.bases.first_mut(), base) {
            *slot = Some(base);
        }
    }

    /// RSS's relative addresses count from the page that the channel names.
    pub(super) fn learn_page(&mut self, place: usize) {
        if self.entry.is_some() || self.context.atom || self.context.page != 0 {
            return;
        }
        // Atom's links among RSS's have no text.
        let link = self
            .channel
            .get(place)
            .filter(|element| element.field == Field::Link && element.parent.is_none());
        let page = link.and_then(|link| Url::parse(link.text.trim()).ok());
        if let Some(page) = page.filter(Url::has_host) {
            self.context.page = self.context.bases.len();
            self.context.bases.push(Some(page));
        }
    }
}
