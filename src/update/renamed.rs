//! Posts that have come under another name, or in another folder.
//!
//! In: posts that are new to the source, and what is stored of files that are there no
//! longer. Out: which of these is which. Two of title, date and text are the same where it is
//! one post; what is true of several says nothing.

use crate::map;
use crate::map::feed::date_of;
use crate::map::plain;
use crate::model::Entry;
use crate::store::{Recalled, Store, StoreError};
use crate::update::Decider;
use std::collections::HashMap;

/// Stored entries that are looked at in one collection.
const MOST: usize = 20_000;
/// A shorter text, in letters, may be that of any post; a title with it has to be so long, too.
const FEWEST_LETTERS: usize = 12;

/// What is stored of files that are gone, by what tells it apart.
pub(super) struct Vanished {
    /// `None` where several have it.
    by: HashMap<Trait, Option<usize>>,
}

/// Two of the three, each with a hash of what is long.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Trait {
    TitleAndDate(String, i64),
    TitleAndText(String, [u8; 16]),
    DateAndText(i64, [u8; 16]),
}

impl Vanished {
    /// Of entries whose file is not `there`.
    pub(super) fn of(
        store: &dyn Store,
        stored: &[Recalled],
        there: &dyn Fn(&str) -> bool,
    ) -> Result<Self, StoreError> {
        let mut by: HashMap<Trait, Option<usize>> = HashMap::new();
        let gone = stored.iter().enumerate().filter(|(_, row)| !there(&row.at));
        for (place, row) in gone.take(MOST) {
            for one in traits(&store.entry(row.row)?) {
                by.entry(one).and_modify(|known| *known = None).or_insert(Some(place));
            }
        }
        Ok(Self { by })
    }

    /// Tells the decider which of these posts are stored ones.
    pub(super) fn recognise(&self, fresh: &[Entry], decider: &mut Decider<'_>, base: &str) {
        if self.by.is_empty() {
            return;
        }
        let unknown = fresh.iter().filter(|entry| !decider.knows(entry));
        let seen: Vec<(&Entry, Vec<Trait>)> =
            unknown.map(|entry| (entry, traits(&map::clean(entry.clone(), base)))).collect();
        let mut counts: HashMap<&Trait, usize> = HashMap::new();
        for one in seen.iter().flat_map(|(_, traits)| traits) {
            *counts.entry(one).or_default() += 1;
        }
        let alone = |one: &&Trait| counts.get(one) == Some(&1);
        let found: Vec<(String, usize)> = seen
            .iter()
            .filter_map(|(entry, traits)| {
                let place = traits.iter().filter(alone).find_map(|one| *self.by.get(one)?)?;
                Some((entry.keys.first()?.clone(), place))
            })
            .collect();
        for (key, place) in found {
            decider.rename(key, place);
        }
    }
}

/// What tells an entry apart, the surest first.
fn traits(entry: &Entry) -> Vec<Trait> {
    let title = entry.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let date = date_of(entry).map(|date| date.timestamp());
    let words = plain::shown(entry.content.as_deref().or(entry.summary.as_deref()).unwrap_or_default());
    let letters = |text: &str| text.chars().take(FEWEST_LETTERS).count();
    let hash = map::hash(words.as_bytes());
    let text = (letters(&words) == FEWEST_LETTERS).then_some(hash);
    let mut found = Vec::new();
    // Both together tell, be they short.
    if let Some(title) = title.filter(|title| letters(title) + letters(&words) >= FEWEST_LETTERS) {
        found.push(Trait::TitleAndText(title.to_owned(), hash));
    }
    if let (Some(title), Some(date)) = (title, date) {
        found.push(Trait::TitleAndDate(title.to_owned(), date));
    }
    if let (Some(date), Some(text)) = (date, text) {
        found.push(Trait::DateAndText(date, text));
    }
    found
}
