//! A feed whose texts were encoded as UTF-8 twice → the same, each such text with one coding less.
//!
//! Decided text by text, where the document as a whole leaves no doubt: one entry that
//! somebody typed by hand changes nothing for the others. Ids and addresses stay as they
//! are written, so that no entry comes anew when the mending goes another way.

use super::document::{FeedDocument, RawPerson, Text};
use crate::parse::charset;
use std::collections::HashSet;

/// So many different characters that come out right are no chance.
const SURE: usize = 3;

/// Mends the texts; whether there were any.
pub(super) fn mend(document: &mut FeedDocument) -> bool {
    let (mut found, mut fitting, mut others) = (HashSet::new(), 0_usize, 0_usize);
    for text in texts(document).into_iter().filter(|text| !text.is_ascii()) {
        match charset::encoded_once(text) {
            Some(meant) => {
                fitting += 1;
                found.extend(meant.chars().filter(|letter| !letter.is_ascii()));
            }
            None => others += 1,
        }
    }
    let is_sure = found.len() >= SURE && fitting > others;
    for text in texts(document).into_iter().filter(|text| !text.is_ascii()) {
        match charset::encoded_once(text).filter(|_| is_sure) {
            Some(meant) => *text = meant,
            None => without_leftovers(text),
        }
    }
    for address in addresses(document) {
        without_leftovers(address);
    }
    is_sure
}

/// Drops the controls that were kept for the mending.
fn without_leftovers(text: &mut String) {
    if !text.is_ascii() {
        text.retain(|letter| !('\u{80}'..='\u{9f}').contains(&letter));
    }
}

fn texts(document: &mut FeedDocument) -> Vec<&mut String> {
    let channel = &mut document.channel;
    let mut found: Vec<&mut String> = Vec::new();
    found.extend(values([&mut channel.title, &mut channel.description, &mut channel.rights]));
    found.extend(channel.authors.iter_mut().filter_map(name));
    for entry in &mut document.entries {
        found.extend(values([&mut entry.title, &mut entry.summary, &mut entry.content]));
        found.extend(values([&mut entry.rights]));
        found.extend(entry.authors.iter_mut().filter_map(name));
        found.extend(
            entry
                .categories
                .iter_mut()
                .flat_map(|category| std::iter::once(&mut category.term).chain(category.label.as_mut())),
        );
        found.extend(&mut entry.keywords);
        found.extend(entry.enclosures.iter_mut().filter_map(|file| file.title.as_mut()));
        found.extend(entry.origin.iter_mut().flat_map(|origin| values([&mut origin.title])));
    }
    found
}

fn values<const N: usize>(texts: [&mut Option<Text>; N]) -> impl Iterator<Item = &mut String> {
    texts.into_iter().flatten().map(|text| &mut text.value)
}

fn name(person: &mut RawPerson) -> Option<&mut String> {
    person.name.as_mut()
}

fn addresses(document: &mut FeedDocument) -> impl Iterator<Item = &mut String> {
    let channel = &mut document.channel;
    let head = channel.id.iter_mut().chain(channel.links.iter_mut().map(|link| &mut link.href));
    let entries = document.entries.iter_mut().flat_map(|entry| {
        entry
            .id
            .iter_mut()
            .chain(entry.links.iter_mut().map(|link| &mut link.href))
            .chain(entry.enclosures.iter_mut().map(|file| &mut file.url))
            .chain(&mut entry.images)
    });
    head.chain(entries)
}
