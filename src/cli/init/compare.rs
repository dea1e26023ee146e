//! The site's old feed beside what we would publish: what a subscriber would notice.
//!
//! In: our entries, the old feed's. Out: which would show as new, which would change
//! and in what, which are not there any more, whose texts have other words.

use crate::cli::init::texts;
use crate::map::feed::MappedFeed;
use crate::map::feed::date_of;
use crate::map::plain::one_line;
use crate::map::same_address;
use crate::model::ContentMode;
use crate::model::Date;
use crate::model::Entry;
use chrono::DateTime;
use chrono::Utc;
use std::collections::HashMap;
use std::collections::HashSet;
use url::Url;

/// What a subscriber would notice.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Comparison {
    /// The old feed.
    pub(super) with: String,
    pub(super) format: String,
    pub(super) entries: usize,
    pub(super) new: Vec<New>,
    pub(super) changed: Vec<Changed>,
    pub(super) missing: Vec<Seen>,
    /// Entries of ours from before the old feed's oldest: known from its earlier days.
    pub(super) older: usize,
    /// Entries whose `updated` differs and nothing else.
    pub(super) updated: usize,
    /// Entries whose texts were compared.
    pub(super) texts: usize,
    /// Those of them in which a reader sees other words.
    pub(super) reworded: Vec<Changed>,
}

/// An entry, as one would look for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) link: Option<String>,
}

/// An entry that would show as new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct New {
    pub(super) entry: Seen,
    /// Its id in the old feed, where that has its link, or its title and date.
    pub(super) was: Option<String>,
    /// It is younger than everything in the old feed.
    pub(super) later: bool,
}

/// An entry that both have and that is not the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) entry: Seen,
    /// What differs, what it was and what it is.
    pub(super) fields: Vec<(&'static str, String, String)>,
}

impl Comparison {
    /// How much would be noticed.
    pub(super) fn noticed(&self) -> usize {
        self.new.len() + self.changed.len() + self.missing.len()
    }
}

/// Our entries as they would be published first: those that show now, newest first. Of
/// twins with one id the first by path has it.
pub(super) fn shown(entries: &[Entry], limit: usize, now: DateTime<Utc>) -> Vec<&Entry> {
    let mut ids = HashSet::new();
    let is_there = |entry: &Entry| {
        entry.visible_from.is_none_or(|from| from <= now)
            && entry.visible_until.is_none_or(|until| until > now)
    };
    let mut shown: Vec<&Entry> =
        entries.iter().filter(|entry| is_there(entry) && ids.insert(entry.id.as_str())).collect();
    let stands_at = |entry: &Entry| entry.published.map_or(now, |date| date.to_utc().min(now));
    shown.sort_by(|one, other| stands_at(other).cmp(&stands_at(one)).then_with(|| one.id.cmp(&other.id)));
    shown.truncate(limit);
    shown
}

/// Compares entry by entry.
pub(super) fn compare(
    entries: &[Entry],
    limit: usize,
    (with, old): (&str, &MappedFeed),
    now: DateTime<Utc>,
) -> Comparison {
    let ours = shown(entries, limit, now);
    let by_id: HashMap<&str, &Entry> = old.entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let dates = old.entries.iter().filter_map(date_of);
    let (oldest, youngest) = (dates.clone().min(), dates.max());
    let mut found = Comparison {
        with: with.to_owned(),
        format: old.format.clone(),
        entries: old.entries.len(),
        ..Comparison::default()
    };
    let known: HashSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let mut missing: Vec<&Entry> =
        old.entries.iter().filter(|entry| !known.contains(entry.id.as_str())).collect();
    for entry in ours {
        if let Some(before) = by_id.get(entry.id.as_str()) {
            differences(&mut found, before, entry, now);
            continue;
        }
        let find = |is_same: fn(&Entry, &Entry) -> bool| missing.iter().position(|old| is_same(entry, old));
        let twin = find(is_same_page).or_else(|| find(is_same_post));
        let was = twin.map(|place| missing.remove(place).id.clone());
        let date = entry.published;
        if was.is_none() && date.is_some() && date < oldest {
            found.older += 1;
        } else {
            found.new.push(New { entry: seen(entry), was, later: date.is_some() && date > youngest });
        }
    }
    // What is older than what fits is there all the same, under whatever id.
    let is_ours = |old: &Entry| entries.iter().any(|one| is_same_post(one, old) || is_same_page(one, old));
    found.missing = missing.into_iter().filter(|old| !is_ours(old)).map(seen).collect();
    found
}

fn differences(found: &mut Comparison, before: &Entry, entry: &Entry, now: DateTime<Utc>) {
    let mut fields = Vec::new();
    if plain(before.link.as_deref()) != plain(entry.link.as_deref()) {
        fields.push(("link", or_none(before.link.as_deref()), or_none(entry.link.as_deref())));
    }
    // Readers fold white space, and so does whoever reads the old feed.
    let title = |entry: &Entry| entry.title.as_deref().and_then(one_line);
    if title(before) != title(entry) {
        fields.push(("title", or_none(title(before).as_deref()), or_none(title(entry).as_deref())));
    }
    let instant = |date: Option<Date>| date.map(|date| date.to_utc().min(now).timestamp());
    let was = date_of(before);
    if instant(was) != instant(entry.published) {
        let date = |date: Option<Date>| or_none(date.map(|date| date.to_rfc3339()).as_deref());
        fields.push(("date", date(was), date(entry.published)));
    }
    if !fields.is_empty() {
        found.changed.push(Changed { entry: seen(entry), fields });
    } else if before.updated.is_some()
        && instant(before.updated) != instant(entry.updated.or(entry.published))
    {
        found.updated += 1;
    }
}

fn seen(entry: &Entry) -> Seen {
    Seen { id: entry.id.clone(), title: entry.title.clone(), link: entry.link.clone() }
}

fn or_none(text: Option<&str>) -> String {
    text.unwrap_or("none").to_owned()
}

/// Whether two link to one page, or to one path of a site that moved.
fn is_same_page(one: &Entry, other: &Entry) -> bool {
    let (Some(one), Some(other)) = (one.link.as_deref(), other.link.as_deref()) else {
        return false;
    };
    let below = |link: &str| {
        let url = Url::parse(link).ok()?;
        let below =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        (below != "/").then_some(below)
    };
    same_address::canonical(one) == same_address::canonical(other)
        || below(one).is_some() && below(one) == below(other)
}

/// Whether two have one title and one date, as where a site has changed its addresses.
fn is_same_post(one: &Entry, other: &Entry) -> bool {
    let title = |entry: &Entry| entry.title.as_deref().and_then(one_line);
    let date = |entry: &Entry| date_of(entry).map(|date| date.to_utc());
    title(one).is_some() && title(one) == title(other) && date(one).is_some() && date(one) == date(other)
}

/// An address as a browser has it, so that two ways to encode it are one.
fn plain(link: Option<&str>) -> Option<String> {
    link.map(|link| Url::parse(link).map_or_else(|_| link.to_owned(), String::from))
}

/// Compares the texts of those that both have, as `mode` leaves them; `base` is the site's address.
fn compare_texts(
    found: &mut Comparison,
    ours: &[&Entry],
    old: &MappedFeed,
    (mode, base): (ContentMode, &str),
) {
    let by_id: HashMap<&str, &Entry> = old.entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    for entry in ours {
        let Some(before) = by_id.get(entry.id.as_str()) else { continue };
        found.texts += 1;
        if let Some((was, is)) = texts::difference(before, entry, mode, base) {
            found.reworded.push(Changed { entry: seen(entry), fields: vec![("text", was, is)] });
        }
    }
}

/// The same by the mode under which fewest have other words, the first where it makes no difference;
/// whether that is whole texts.
pub(super) fn choose_texts(
    found: &mut Comparison,
    ours: &[&Entry],
    old: &MappedFeed,
    (modes, base): ([Option<ContentMode>; 2], &str),
) -> bool {
    let mut best: Option<(Comparison, ContentMode)> = None;
    for mode in modes.into_iter().flatten() {
        let mut tried = Comparison::default();
        compare_texts(&mut tried, ours, old, (mode, base));
        if best.as_ref().is_none_or(|(best, _)| tried.reworded.len() < best.reworded.len()) {
            best = Some((tried, mode));
        }
    }
    let Some((best, mode)) = best else { return false };
    (found.texts, found.reworded) = (best.texts, best.reworded);
    mode == ContentMode::Full
}

/// How many of the old feed's entries are ours by their ids.
pub(super) fn known_ids(entries: &[Entry], old: &MappedFeed) -> usize {
    let ids: HashSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    old.entries.iter().filter(|entry| ids.contains(entry.id.as_str())).count()
}

/// The address that the old feed's ids begin with, where it isn't the site's: scheme and
/// host of most ids, with the path of the site's own address.
pub(super) fn other_origin(old: &MappedFeed, site: &Url) -> Option<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for entry in &old.entries {
        let url = Url::parse(&entry.id).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if let Some(url) = url {
            *counts.entry(url.origin().ascii_serialization()).or_default() += 1;
        }
    }
    let (origin, _) = counts.into_iter().max_by(|one, other| (one.1, &other.0).cmp(&(other.1, &one.0)))?;
    (origin != site.origin().ascii_serialization())
        .then(|| format!("{origin}{}", site.path().trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, day: u32) -> Entry {
        Entry {
            id: id.into(),
            title: Some(id.to_uppercase()),
            link: Some(format!("https://x.example/{id}")),
            published: Some(format!("2026-03-{day:02}T10:00:00+08:00").parse().unwrap()),
            ..Entry::default()
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-04-01T00:00:00Z".parse().unwrap()
    }

    fn old(entries: Vec<Entry>) -> MappedFeed {
        MappedFeed { entries, ..MappedFeed::default() }
    }

    #[test]
    fn the_same_entries_are_no_news() {
        let ours = [entry("a", 1), entry("b", 2), entry("c", 3)];
        let found = compare(&ours, 2, ("old", &old(vec![entry("c", 3), entry("b", 2)])), now());
        assert_eq!((found.noticed(), found.older, found.updated, found.entries), (0, 0, 0, 2));
        let wider = compare(&ours, 10, ("old", &old(vec![entry("c", 3), entry("b", 2)])), now());
        assert_eq!((wider.noticed(), wider.older), (0, 1));
    }

    #[test]
    fn each_difference_is_named() {
        let mut moved = entry("a", 1);
        moved.title = Some(" A ".into());
        moved.link = Some("https://x.example/elsewhere".into());
        moved.published = Some("2026-03-01T11:00:00+08:00".parse().unwrap());
        let mut other_id = entry("b", 2);
        other_id.id = "old-b".into();
        let mut elsewhere = entry("e", 5);
        elsewhere.id = "https://x.example/2026/e.html".into();
        elsewhere.link = Some(elsewhere.id.clone());
        let mut edited = entry("d", 4);
        edited.updated = Some("2026-03-20T10:00:00+08:00".parse().unwrap());
        let ours = [entry("a", 1), entry("b", 2), entry("c", 20), entry("d", 4), entry("e", 5)];
        let theirs = old(vec![moved, other_id, edited, elsewhere, entry("gone", 3)]);
        let found = compare(&ours, 10, ("old", &theirs), now());
        let new: Vec<_> =
            found.new.iter().map(|new| (new.entry.id.as_str(), new.was.as_deref(), new.later)).collect();
        assert_eq!(
            new,
            [
                ("c", None, true),
                ("e", Some("https://x.example/2026/e.html"), false),
                ("b", Some("old-b"), false)
            ]
        );
        assert_eq!(
            found.changed[0].fields,
            [
                ("link", "https://x.example/elsewhere".into(), "https://x.example/a".into()),
                ("date", "2026-03-01T11:00:00+08:00".into(), "2026-03-01T10:00:00+08:00".into()),
            ]
        );
        assert_eq!(found.changed.len(), 1);
        assert_eq!(found.missing.iter().map(|seen| seen.id.as_str()).collect::<Vec<_>>(), ["gone"]);
        assert_eq!(found.updated, 1);
    }

    #[test]
    fn what_does_not_show_yet_is_not_new_and_twins_are_one() {
        let mut future = entry("z", 9);
        future.visible_from = Some("2027-01-01T00:00:00Z".parse().unwrap());
        let ours = [entry("a", 1), entry("a", 5), future];
        let ids: Vec<_> =
            shown(&ours, 10, now()).iter().map(|entry| entry.published.unwrap().to_rfc3339()).collect();
        assert_eq!(ids, ["2026-03-01T10:00:00+08:00"]);
    }

    #[test]
    fn ids_from_another_origin() {
        let site = Url::parse("https://x.example/blog/").unwrap();
        let from = |id: &str| other_origin(&old(vec![entry(id, 1)]), &site);
        assert_eq!(from("http://x.example/blog/a").as_deref(), Some("http://x.example/blog"));
        assert_eq!(from("https://x.example/blog/a"), None);
        assert_eq!(from("urn:x:1"), None);
    }
}
