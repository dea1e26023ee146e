//! Entries that have come under other keys: a site that has moved, ids and addresses that
//! change at every poll, a title that was edited where nothing else tells what it is.
//!
//! In: a document of which some entries have no key that is known, and what is stored and
//! stands in it no longer. Out: which of these is which. Asks for stored entries only where
//! both have the same date, and decides the same whatever the order. An instant and a title
//! that are the same are one entry; a mere day is no instant, and a title, a path or a text
//! that others of the document have too says nothing. Entries without a date are never alike.

use crate::map;
use crate::map::feed::date_of;
use crate::map::plain;
use crate::map::same_address;
use crate::model::{Date, Entry};
use crate::store::{EntryRow, Recalled, StoreError};
use crate::update::{Decider, retain};
use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Stored entries that are asked for at one poll.
const MOST_ASKED: usize = 10_000;
/// Of those that may have the same date, or none that says anything.
const MOST_VAGUE: usize = 64;
/// A date is no further ahead of the clock, where it isn't in the future.
const DAY: TimeDelta = TimeDelta::days(1);
/// Stored entries of one title and date that one is compared with.
const MOST_COMPARED: usize = 64;
/// Dates so near to each other are the moment at which the document was made.
const MOMENT: TimeDelta = TimeDelta::minutes(2);
/// Letters of a text that are compared.
const COMPARED: usize = 2000;
/// A text that begins with so many letters of another is that one edited, or its beginning.
const BEGINNING: usize = 80;
/// A text that has so many letters is no phrase that each entry has.
const LONG: usize = 100;

/// A document that has come.
pub(super) struct Whole<'a> {
    /// Its entries.
    pub(super) entries: &'a mut [Entry],
    /// Every key that stands in it; those under which its entries are stored are added.
    pub(super) keys: &'a mut HashSet<String>,
    /// Whether what is missing has left it.
    pub(super) complete: bool,
    /// Addresses count from here.
    pub(super) base: &'a str,
    /// When the collection began.
    pub(super) now: DateTime<Utc>,
}

/// Reads a stored entry whole.
type Load<'a> = &'a dyn Fn(EntryRow) -> Result<Entry, StoreError>;

/// Tells the decider which entries are stored ones under other keys. Where the document's
/// dates say only when it was made, they keep those that they had.
pub(super) fn recognise(
    load: Load<'_>,
    stored: &[Recalled],
    decider: &mut Decider<'_>,
    whole: Whole<'_>,
) -> Result<(), StoreError> {
    let Whole { entries, keys, complete, base, now } = whole;
    let unknown = (0..).zip(&*entries).filter(|(_, entry)| !decider.knows(entry));
    let unknown: Vec<usize> = unknown.map(|(place, _)| place).collect();
    if unknown.is_empty() || stored.is_empty() {
        return Ok(());
    }
    let document = Document { entries, keys, complete, base, now };
    for Again { stored: place, fresh, dates } in find(&unknown, stored, &document, load)? {
        let (Some(entry), Some(row)) = (entries.get_mut(fresh), stored.get(place)) else { continue };
        if let Some((published, updated)) = dates {
            (entry.published, entry.updated) = (published, updated);
        }
        keys.extend(row.keys.iter().cloned());
        decider.rename(entry.keys.first().cloned().unwrap_or_default(), place);
    }
    Ok(())
}

struct Document<'a> {
    entries: &'a [Entry],
    keys: &'a HashSet<String>,
    complete: bool,
    base: &'a str,
    now: DateTime<Utc>,
}

/// A stored entry under other keys.
#[derive(Debug, PartialEq)]
struct Again {
    /// The place of the stored one.
    stored: usize,
    /// The place in the document.
    fresh: usize,
    /// When it was published and updated, where what the document says of that is only when
    /// it was made.
    dates: Option<(Option<Date>, Option<Date>)>,
}

fn find(
    unknown: &[usize],
    stored: &[Recalled],
    document: &Document<'_>,
    load: Load<'_>,
) -> Result<Vec<Again>, StoreError> {
    let fresh: Vec<(usize, &Entry)> =
        unknown.iter().filter_map(|place| Some((*place, document.entries.get(*place)?))).collect();
    let candidates = candidates(&fresh, stored, document);
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let mut old = Vec::with_capacity(candidates.len());
    for place in candidates {
        if let Some(row) = stored.get(place) {
            let is_hashed = is_hashed(&row.keys);
            old.push(Old { place, is_hashed, face: Face::of(&load(row.row)?) });
        }
    }
    let of = |(place, entry): (usize, &'_ Entry)| {
        let key = entry.keys.first().cloned().unwrap_or_default();
        let face = Face::of(&map::clean(entry.clone(), document.base));
        Fresh { place, key, is_hashed: is_hashed(&entry.keys), head: head(entry), face }
    };
    let fresh: Vec<Fresh> = fresh.into_iter().map(of).collect();
    let common = Common::of(document);
    let mut found = pair(of_one_date(&fresh, &old, &common));
    if is_of_one_moment(document) {
        let is_found =
            |again: &Again| found.iter().any(|f| f.fresh == again.fresh || f.stored == again.stored);
        let mut moved = redated(&fresh, &old, &common);
        moved.retain(|again| !is_found(again));
        found.extend(moved);
    }
    Ok(found)
}

/// Which stored entries come into question: none of their keys stands in the document.
fn candidates(fresh: &[(usize, &Entry)], stored: &[Recalled], document: &Document<'_>) -> Vec<usize> {
    let dates: BTreeSet<i64> =
        fresh.iter().filter_map(|(_, entry)| Some(date_of(entry)?.timestamp_millis())).collect();
    let Some(latest) = dates.last() else { return Vec::new() };
    let has_left = |row: &Recalled| !retain::stands(row, document.keys);
    let stands_so = |row: &Recalled| dates.contains(&row.stands_at.timestamp_millis());
    // What was dated in the future stands where it was first seen.
    let is_ahead = *latest > document.now.timestamp_millis();
    let was_ahead = |row: &Recalled| {
        let seen = row.first_seen.timestamp_millis();
        row.stands_at.timestamp_millis() == seen
            && (is_ahead || dates.range(seen..seen + DAY.num_milliseconds()).next().is_some())
    };
    let is_moving = fresh.iter().any(|(_, entry)| is_hashed(&entry.keys)) && is_of_one_moment(document);
    let moves = |row: &Recalled| is_moving && is_hashed(&row.keys) && !row.gone;
    let newest = |most: usize, fits: &dyn Fn(&Recalled) -> bool| {
        let fitting = stored.iter().enumerate().rev().filter(|(_, row)| fits(row) && has_left(row));
        fitting.take(most).map(|(place, _)| place).collect::<Vec<_>>()
    };
    let found = [newest(MOST_ASKED, &stands_so), newest(MOST_VAGUE, &was_ahead), newest(MOST_VAGUE, &moves)];
    let found: BTreeSet<usize> = found.into_iter().flatten().collect();
    found.into_iter().collect()
}

/// Whether an entry has neither guid nor link.
fn is_hashed(keys: &[String]) -> bool {
    keys.iter().all(|key| key.starts_with("hash:"))
}

/// Whether all dates of a document are one: the moment at which it was made.
fn is_of_one_moment(document: &Document<'_>) -> bool {
    let dates = || document.entries.iter().filter_map(date_of);
    match (dates().min(), dates().max()) {
        (Some(first), Some(last)) => document.complete && last - first <= MOMENT,
        _ => false,
    }
}

/// What an entry is known by to a reader.
struct Face {
    title: Option<String>,
    dates: (Option<Date>, Option<Date>),
    /// In milliseconds.
    instant: Option<i64>,
    is_day: bool,
    /// Its page without its host: path and the rest.
    page: Option<(String, String)>,
    words: String,
}

impl Face {
    fn of(entry: &Entry) -> Self {
        let date = date_of(entry);
        Self {
            title: entry.title.clone(),
            dates: (entry.published, entry.updated),
            instant: date.map(|date| date.timestamp_millis()),
            is_day: date.is_some_and(is_day),
            page: page(entry),
            words: words(entry),
        }
    }
}

fn is_day(date: Date) -> bool {
    let is_midnight = |time: NaiveTime| time.num_seconds_from_midnight() == 0;
    is_midnight(date.time()) || is_midnight(date.naive_utc().time())
}

/// A page's path, and what stands behind it; a home page tells no entry apart.
fn page(entry: &Entry) -> Option<(String, String)> {
    let address = same_address::fixed(entry.link.as_deref()?);
    let path = address.get(address.find('/')?..)?;
    let (path, rest) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    Some((path.to_owned(), rest.to_owned()))
}

fn words(entry: &Entry) -> String {
    let html = entry.content.as_deref().or(entry.summary.as_deref()).unwrap_or_default();
    plain::shown(html).chars().take(COMPARED).collect()
}

fn head(entry: &Entry) -> String {
    words(entry).chars().take(BEGINNING).collect()
}

/// An entry of the document that is unknown.
struct Fresh {
    place: usize,
    key: String,
    is_hashed: bool,
    head: String,
    face: Face,
}

/// How many of a document's entries have the same.
struct Common<'a> {
    titles: HashMap<&'a str, usize>,
    dated: HashMap<(&'a str, i64), usize>,
    paths: HashMap<String, usize>,
    heads: HashMap<String, usize>,
    complete: bool,
}

impl<'a> Common<'a> {
    fn of(document: &Document<'a>) -> Self {
        let mut common = Self {
            titles: HashMap::new(),
            dated: HashMap::new(),
            paths: HashMap::new(),
            heads: HashMap::new(),
            complete: document.complete,
        };
        for entry in document.entries {
            if let Some(title) = entry.title.as_deref() {
                *common.titles.entry(title).or_default() += 1;
                if let Some(date) = date_of(entry) {
                    *common.dated.entry((title, date.timestamp_millis())).or_default() += 1;
                }
            }
            if let Some((path, _)) = page(entry) {
                *common.paths.entry(path).or_default() += 1;
            }
            *common.heads.entry(head(entry)).or_default() += 1;
        }
        common
    }

    /// Whether both lead to the same page, but for the host.
    fn same_page(&self, fresh: &Fresh, old: &Face) -> bool {
        let (Some((path, rest)), Some((old_path, old_rest))) = (&fresh.face.page, &old.page) else {
            return false;
        };
        // Where each entry has a path of its own, what stands behind it is no matter.
        let path_tells = || self.paths.len() > 1 && self.paths.values().all(|count| *count == 1);
        path == old_path
            && self.paths.get(path) == Some(&1)
            && (rest == old_rest || !fresh.face.is_day || path_tells())
    }

    /// Whether both say the same, and no other entry of the document does.
    fn same_words(&self, fresh: &Fresh, old: &Face) -> bool {
        self.heads.get(&fresh.head) == Some(&1) && agree(&fresh.face.words, &old.words)
    }
}

/// Whether a text is the other, that edited, or its beginning.
fn agree(one: &str, other: &str) -> bool {
    let begins =
        || one.chars().zip(other.chars()).take(BEGINNING).filter(|(a, b)| a == b).count() == BEGINNING;
    !one.is_empty() && (one == other || begins())
}

/// A stored entry that has left the document.
struct Old {
    place: usize,
    is_hashed: bool,
    face: Face,
}

/// How sure it is that two of one date are one, and which two.
type Likeness<'a> = (Reverse<u8>, &'a str, Again);

fn of_one_date<'a>(fresh: &'a [Fresh], old: &[Old], common: &Common<'_>) -> Vec<Likeness<'a>> {
    let mut by_title: HashMap<(Option<&str>, Option<i64>), Vec<&Old>> = HashMap::new();
    let mut by_words: HashMap<(&str, Option<i64>), Vec<&Old>> = HashMap::new();
    for one in old {
        by_title.entry((one.face.title.as_deref(), one.face.instant)).or_default().push(one);
        by_words.entry((one.face.words.as_str(), one.face.instant)).or_default().push(one);
    }
    let mut found = Vec::new();
    for new in fresh.iter().filter(|new| new.face.instant.is_some()) {
        let titled =
            by_title.get(&(new.face.title.as_deref(), new.face.instant)).map_or(&[][..], Vec::as_slice);
        let worded =
            by_words.get(&(new.face.words.as_str(), new.face.instant)).map_or(&[][..], Vec::as_slice);
        let again = |old: &Old| Again { stored: old.place, fresh: new.place, dates: None };
        for old in titled.iter().take(MOST_COMPARED) {
            let sure = sure_of_title(new, &old.face, (common, titled.len() == 1));
            found.extend(sure.map(|sure| (Reverse(sure), new.key.as_str(), again(old))));
        }
        for old in worded.iter().take(MOST_COMPARED).filter(|old| old.face.title != new.face.title) {
            let is_hashed = old.is_hashed && new.is_hashed;
            let is_edited = is_edited(new, &old.face, (common, is_hashed));
            found.extend(is_edited.then(|| (Reverse(1), new.key.as_str(), again(old))));
        }
    }
    found
}

/// How sure it is that two of one title and one date are one.
fn sure_of_title(new: &Fresh, old: &Face, (common, only): (&Common<'_>, bool)) -> Option<u8> {
    let (face, same_words) = (&new.face, common.same_words(new, old));
    if common.same_page(new, old) {
        return Some(if same_words { 5 } else { 4 });
    }
    let length = face.words.chars().count();
    if same_words && (!face.is_day || common.complete && length >= LONG) {
        return Some(3);
    }
    // Nothing else speaks for it, and nothing against it.
    let title = face.title.as_deref()?;
    let contradicts = !face.words.is_empty() && !old.words.is_empty() && !agree(&face.words, &old.words);
    let alone = only && common.dated.get(&(title, face.instant?)) == Some(&1);
    (alone && common.complete && !face.is_day && !contradicts).then_some(2)
}

/// Whether one is the other with another title: the words are the same, to the last.
fn is_edited(new: &Fresh, old: &Face, (common, is_hashed): (&Common<'_>, bool)) -> bool {
    let is_long = new.face.words.chars().count() >= LONG;
    common.complete && common.same_words(new, old) && (is_long || is_hashed && !new.face.is_day)
}

/// The surest first, each once.
fn pair(mut likenesses: Vec<Likeness<'_>>) -> Vec<Again> {
    likenesses.sort_by(|a, b| (a.0, a.1, a.2.stored).cmp(&(b.0, b.1, b.2.stored)));
    let (mut fresh, mut stored) = (HashSet::new(), HashSet::new());
    let mut found = Vec::new();
    for (_, _, again) in likenesses {
        if !fresh.contains(&again.fresh) && !stored.contains(&again.stored) {
            fresh.insert(again.fresh);
            stored.insert(again.stored);
            found.push(again);
        }
    }
    found
}

/// Entries without guid and link whose date says only when the document was made: title and
/// text are the same. They keep the date that they have.
fn redated(fresh: &[Fresh], old: &[Old], common: &Common<'_>) -> Vec<Again> {
    let mut by_title: HashMap<&str, Vec<&Old>> = HashMap::new();
    for one in old.iter().filter(|one| one.is_hashed && one.face.instant.is_some()) {
        by_title.entry(one.face.title.as_deref().unwrap_or_default()).or_default().push(one);
    }
    let again = |new: &Fresh| {
        let title = new.face.title.as_deref().filter(|_| new.is_hashed)?;
        let [Old { place, face, .. }] = by_title.get(title)?.as_slice() else { return None };
        let is_one =
            common.titles.get(title) == Some(&1) && !face.words.is_empty() && new.face.words == face.words;
        is_one.then_some(Again { stored: *place, fresh: new.place, dates: Some(face.dates) })
    };
    fresh.iter().filter_map(again).collect()
}

#[cfg(test)]
#[path = "alike_tests.rs"]
mod tests;
