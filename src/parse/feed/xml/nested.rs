//! Entries, one after the other: one never stands within another, whatever the tags say.

use super::{Builder, MAX_ENTRIES, Open, Role};
use crate::parse::feed::elements::Element;
use crate::parse::feed::entry;
use crate::parse::feed::names::Field;
use crate::parse::feed::tokens::Tokens;
use memchr::memmem;

/// Bytes that are looked through for the end of an entry, and of all of them.
const MAX_AHEAD: usize = 64 * 1024;
const MAX_ALL_AHEAD: usize = 64 * 1024 * 1024;

/// An entry that another one began within, as far as it was read.
pub(super) struct Around<'a> {
    /// Which it is of those that were read.
    place: usize,
    open: entry::Open<'a>,
    elements: Vec<Element<'a>>,
}

impl<'a> Builder<'a, '_> {
    /// One that is still open ends where the next begins.
    pub(super) fn close_entry_before(&mut self, name: &str, raw: &str, tokens: &mut Tokens<'a>) {
        let (space, local) = self.spaces.of(name);
        let begins = Field::of(space, local) == Field::Entry
            && (self.text_element().is_none()
                || self.is_beside_text(Field::Entry, (space, local), raw)
                || self.is_next(name, tokens));
        if !begins {
            return;
        }
        tokens.fault("an entry without its end tag was closed");
        let place = self.document.entries.len();
        let (open, elements) = (self.entry.clone(), self.entry_elements.clone());
        while self.entry.is_some() && !self.open.is_empty() {
            self.pop();
        }
        self.around = open.map(|open| Around { place, open, elements });
    }

    /// Whether what begins within XHTML is the next entry and no part of a text, whose end tags
    /// are missing: another one or the feed's end stands behind it.
    fn is_next(&mut self, name: &str, tokens: &Tokens<'a>) -> bool {
        let Some(place) = self.text_element().filter(|_| self.context.atom) else { return false };
        let holds_entries =
            self.elements().get(place).is_none_or(|text| text.attributes.contains("atom+xml"));
        let behind = tokens.behind(if self.ahead < MAX_ALL_AHEAD { MAX_AHEAD } else { 0 });
        self.ahead += behind.len();
        let end = format!("</{name}>");
        let Some((_, after)) = behind.split_once(end.as_str()).filter(|_| !holds_entries) else {
            return false;
        };
        let after = after.trim_start();
        after.starts_with(&format!("<{name}>")) || after.starts_with("</feed")
    }

    /// Goes on with the entry that stands around the one that has ended, where its own end tag
    /// comes before another begins.
    pub(super) fn resume(&mut self, name: &'a str, tokens: &Tokens<'a>) {
        let Some(around) = self.around.take() else { return };
        let behind = tokens.behind(usize::MAX).as_bytes();
        let next = memmem::find(behind, format!("<{name}").as_bytes()).unwrap_or(behind.len());
        let ends = memmem::find(behind.get(..next).unwrap_or_default(), format!("</{name}").as_bytes());
        if ends.is_none() || self.entry.is_some() {
            return;
        }
        let (base, lang) = (around.open.base, around.open.lang);
        self.resumed = Some(around.place);
        self.entry = Some(around.open);
        self.entry_elements = around.elements;
        self.open.push(Open { name, role: Role::Entry, spaces: self.spaces.len(), base, lang });
    }

    pub(super) fn close_entry(&mut self) {
        let Some(open) = self.entry.take() else { return };
        let resumed = self.resumed.take();
        if resumed.is_some() || self.document.entries.len() < MAX_ENTRIES {
            let mut entry = entry::read(&open, &self.entry_elements, &self.context);
            self.cuts.entry(&mut entry, resumed.unwrap_or(self.document.entries.len()) + 1);
            match resumed.and_then(|place| self.document.entries.get_mut(place)) {
                Some(before) => *before = entry,
                None if self.cuts.takes(&entry) => self.document.entries.push(entry),
                None => {}
            }
        } else {
            self.capped = true;
        }
        self.entry_elements.clear();
    }
}
