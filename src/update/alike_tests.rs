//! The laws of deciding, over made-up histories of a feed.

use super::*;
use crate::definition::{Filing, Since, Trackers};
use crate::update::{Changes, Rules};
use proptest::prelude::*;

/// What one source has stored.
#[derive(Clone, Default)]
struct Memory {
    stored: Vec<Recalled>,
    entries: HashMap<EntryRow, Entry>,
}

impl Memory {
    fn poll(&mut self, mut entries: Vec<Entry>, now: DateTime<Utc>) -> Changes {
        let filing = Filing::default();
        let rules = Rules {
            now,
            base: "https://e.example/feed",
            filing: &filing,
            trackers: Trackers::Keep,
            since: Since::All,
            first_collected: now,
        };
        let mut keys = retain::keys(&entries);
        let stored = self.stored.clone();
        let mut decider = Decider::new(&stored);
        let whole = Whole { entries: &mut entries, keys: &mut keys, complete: true, base: rules.base, now };
        recognise(&|row| Ok(self.entries[&row].clone()), &stored, &mut decider, whole).unwrap();
        let changes = decider.decide(entries, &rules);
        for (row, key) in &changes.outworn {
            self.row(*row).keys.retain(|known| known != key);
        }
        for touch in changes.touches.iter().chain(&changes.returns) {
            self.own(touch.row, &touch.keys);
            self.row(touch.row).raw_hash = touch.raw_hash;
        }
        for (row, written) in &changes.replaces {
            self.own(*row, &written.entry.keys);
            let stored = self.row(*row);
            (stored.raw_hash, stored.served_hash) = (written.raw_hash, written.served_hash);
            stored.stands_at = written.stands_at;
            self.entries.insert(*row, written.entry.clone());
        }
        for written in &changes.inserts {
            let row = EntryRow(i64::try_from(self.stored.len()).unwrap());
            self.stored.push(Recalled {
                row,
                keys: Vec::new(),
                at: String::new(),
                raw_hash: written.raw_hash,
                served_hash: written.served_hash,
                first_seen: now,
                stands_at: written.stands_at,
                gone: false,
                held: false,
            });
            self.own(row, &written.entry.keys);
            self.entries.insert(row, written.entry.clone());
        }
        changes
    }

    fn row(&mut self, row: EntryRow) -> &mut Recalled {
        self.stored.iter_mut().find(|stored| stored.row == row).unwrap()
    }

    /// A key leads to the entry that had it last.
    fn own(&mut self, row: EntryRow, keys: &[String]) {
        for stored in &mut self.stored {
            stored.keys.retain(|key| !keys.contains(key));
        }
        self.row(row).keys.extend(keys.iter().cloned());
    }
}

fn now() -> DateTime<Utc> {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

/// A document of a few entries out of few titles, dates, texts and addresses: no key stands twice.
fn document() -> impl Strategy<Value = Vec<Entry>> {
    let one = (0..3_usize, 0..4_usize, 0..4_usize, 0..5_usize, 0..5_usize).prop_map(
        |(title, date, text, link, guid)| {
            let link = (link > 0).then(|| format!("https://e.example/{link}"));
            let mut keys = Vec::new();
            keys.extend((guid > 0).then(|| format!("guid:{guid}")));
            keys.extend(link.as_ref().map(|link| format!("link:{link}")));
            if keys.is_empty() {
                keys.push(format!("hash:{title}{date}"));
            }
            let dates = ["", "2026-03-01T00:00:00Z", "2026-03-01T10:00:07Z", "2026-03-02T10:00:07+01:00"];
            let texts = ["", "one", "two", &"Many words, and more. ".repeat(9)];
            Entry {
                id: keys[0].clone(),
                keys,
                title: (title > 0).then(|| format!("T{title}")),
                link,
                published: dates[date].parse().ok(),
                content: Some(texts[text].to_owned()).filter(|text| !text.is_empty()),
                ..Entry::default()
            }
        },
    );
    prop::collection::vec(one, 0..6).prop_map(|entries| {
        let mut seen = HashSet::new();
        entries.into_iter().filter(|entry| entry.keys.iter().all(|key| seen.insert(key.clone()))).collect()
    })
}

/// What became of each entry, by its keys: the row that it is, if it is one.
fn told(changes: &Changes) -> Vec<(Vec<String>, Option<EntryRow>)> {
    let known = changes.replaces.iter().map(|(row, new)| (new.entry.keys.clone(), Some(*row)));
    let touched = changes.touches.iter().map(|touch| (touch.keys.clone(), Some(touch.row)));
    let new = changes.inserts.iter().map(|new| (new.entry.keys.clone(), None));
    let mut all: Vec<_> = known.chain(touched).chain(new).collect();
    all.sort();
    all
}

proptest! {
    #[test]
    fn deciding_twice_changes_nothing_and_no_order_does(
        polls in prop::collection::vec(document(), 1..5),
        turns in 0..6_usize,
    ) {
        let mut memory = Memory::default();
        for (hours, poll) in (0..).zip(polls) {
            let now = now() + TimeDelta::hours(hours);
            let mut turned = poll.clone();
            turned.reverse();
            turned.rotate_left(turns.min(poll.len()));
            let otherwise = told(&memory.clone().poll(turned, now));
            let changes = memory.poll(poll.clone(), now);
            prop_assert_eq!(told(&changes), otherwise);
            let again = memory.poll(poll, now + TimeDelta::minutes(1));
            prop_assert_eq!(told(&again), Vec::new());
        }
    }

    /// However its ids and addresses move, a feed of dated entries has as many as it says.
    #[test]
    fn ids_that_move_at_every_poll_make_no_entry_and_no_heap_of_keys(polls in 2..30_usize, entries in 1..8_usize) {
        let mut memory = Memory::default();
        for poll in 0..polls {
            let entry = |number: usize| Entry {
                id: format!("{poll}-{number}"),
                keys: vec![format!("guid:{poll}-{number}"), format!("link:{poll}/{number}")],
                title: Some(format!("T{number}")),
                link: Some(format!("https://e.example/{poll}/{number}")),
                published: format!("2026-03-{:02}T10:00:07Z", number + 1).parse().ok(),
                ..Entry::default()
            };
            memory.poll((0..entries).map(entry).collect(), now());
            prop_assert_eq!(memory.stored.len(), entries);
        }
        prop_assert!(memory.stored.iter().all(|row| row.keys.len() <= 12));
    }
}
