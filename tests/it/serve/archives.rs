//! Long feeds: the way from the newest document through its archives (RFC 5005 §4).

use super::client::{Server, outlet, start_on};
use super::fake::time;
use crate::store::{insert, record, settle};
use chrono::{DateTime, Duration, Utc};
use feedmill::model::{Access, CategoryPath, Facet, Format, Outlet, Pass};
use feedmill::serve::{Address, AllSettings, Shelf, addresses, archives, render, render_archive};
use feedmill::store::{Commit, EntryRow, Placing, SourceState, SqliteStore, Store, Written};
use proptest::prelude::{Strategy, prop_oneof, proptest};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const BASE: &str = "https://feeds.example.org";
const LIMIT: usize = 3;
/// So many former forms of an entry stay where they were (`store/sqlite/arrive.rs`).
const MOST_PAST: usize = 4;

pub(super) struct Stage {
    folder: tempfile::TempDir,
    pub(super) store: Arc<SqliteStore>,
    state: SourceState,
    made: i64,
    /// How often each entry was edited.
    edits: BTreeMap<EntryRow, usize>,
}

fn short(id: &str) -> Outlet {
    Outlet { limit: LIMIT, ..outlet(id) }
}

fn shelf() -> Shelf {
    Shelf::new(vec![short("news")], &AllSettings { publish: true, title: "All".into(), limit: LIMIT })
}

impl Stage {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path()).unwrap());
        let state = store.adopt(&[record("news", &["a"])], now(0)).unwrap().remove(0);
        Self { folder, store, state, made: 0, edits: BTreeMap::new() }
    }

    /// A second connection, to put faults into it.
    pub(super) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("feedmill.db")).unwrap()
    }

    fn apply(&self, commit: Commit) {
        let settle = settle(&self.state);
        self.store.apply(Commit { source: self.state.row, now: now(self.made), settle, ..commit }).unwrap();
    }

    /// So many new entries, `late` of them with a date before all others.
    pub(super) fn add(&mut self, count: usize, late: bool) {
        let mut inserts = Vec::new();
        for _ in 0..count {
            self.made += 1;
            let at = if late { now(-self.made) } else { now(self.made) };
            let category = if self.made % 2 == 0 { "even" } else { "odd" };
            inserts.push(insert(&format!("https://e.example/{}", self.made), at, category));
        }
        self.apply(Commit { inserts, ..Commit::default() });
    }

    /// The entry that is `which` in the order in which they were stored, if it is there.
    fn living(&self, which: usize) -> Option<(feedmill::store::Recalled, feedmill::model::Entry)> {
        let known = self.store.recall(self.state.row).unwrap();
        let known = known.get(which % known.len().max(1)).filter(|known| !known.gone)?.clone();
        let entry = self.store.entry(known.row).unwrap();
        Some((known, entry))
    }

    /// Whether what the entry was stays in its archive.
    fn edit(&mut self, which: usize, text: &str) -> bool {
        let Some((known, mut entry)) = self.living(which) else { return true };
        entry.content = Some(format!("<p>{text}</p>"));
        // Some are dated otherwise by it.
        let stands_at = known.stands_at - Duration::hours(if text.len().is_multiple_of(2) { 0 } else { 5 });
        entry.published = Some(stands_at.fixed_offset());
        let filed = (entry.categories.clone(), vec!["tag".to_owned()]);
        let written = Written {
            entry,
            filed,
            raw_hash: [7; 16],
            served_hash: [8; 16],
            stands_at,
            placing: Placing::default(),
        };
        self.apply(Commit { replaces: vec![(known.row, written)], ..Commit::default() });
        let edits = self.edits.entry(known.row).or_default();
        *edits += 1;
        *edits <= MOST_PAST
    }

    /// It has a title and a link alone from now on.
    fn take_back(&mut self, which: usize) {
        let (known, mut entry) = self.living(which).unwrap();
        entry.content = None;
        let filed = (entry.categories.clone(), Vec::new());
        let (raw_hash, served_hash, placing) = ([6; 16], [6; 16], Placing::default());
        let written = Written { entry, filed, raw_hash, served_hash, stands_at: known.stands_at, placing };
        self.apply(Commit { replaces: vec![(known.row, written)], ..Commit::default() });
    }

    /// Its author files the entry elsewhere.
    fn file(&mut self, which: usize) {
        let Some((known, mut entry)) = self.living(which) else { return };
        let was_even = entry.categories.iter().any(|path| path.leaf() == "even");
        let now = if was_even { "odd" } else { "even" };
        entry.categories = CategoryPath::parse(now).into_iter().collect();
        let filed = (entry.categories.clone(), vec![format!("was-{was_even}")]);
        let (raw_hash, served_hash, placing) = ([9; 16], [9; 16], Placing::default());
        let written = Written { entry, filed, raw_hash, served_hash, stands_at: known.stands_at, placing };
        self.apply(Commit { replaces: vec![(known.row, written)], ..Commit::default() });
    }

    /// The feed's file gives every second entry another tag.
    fn define(&mut self, tag: &str) {
        let mut filed = self.store.filings(self.state.row).unwrap();
        for (place, filed) in filed.iter_mut().enumerate() {
            filed.tags = vec![if place % 2 == 0 { tag } else { "tag" }.to_owned()];
        }
        let hash = *blake3::hash(tag.as_bytes()).as_bytes();
        self.store.refile(self.state.row, filed, hash, now(self.made)).unwrap();
    }

    fn remove(&mut self, which: usize) {
        let Some((known, _)) = self.living(which) else { return };
        self.apply(Commit { gone: vec![known.row], ..Commit::default() });
    }

    /// Every document of a way, the newest first, by address.
    fn way(&self, part: &Address, format: Format) -> Vec<(String, String)> {
        let shelf = shelf();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let newest = render(&*self.store, &shelf, BASE, (part, format), true).unwrap().unwrap();
        let mut way = vec![(part.url_path(format), text(newest))];
        for archive in archives(&*self.store, &shelf, part).unwrap().iter().rev() {
            let bytes = render_archive(&*self.store, &shelf, BASE, archive, format).unwrap().unwrap();
            way.push((archive.url_path(format), text(bytes)));
        }
        way
    }

    fn parts(&self) -> Vec<Address> {
        let mut parts = addresses(&*self.store, &shelf(), "news").unwrap();
        parts.extend(addresses(&*self.store, &shelf(), "all").unwrap());
        parts.retain(|part| matches!(part.facet, Facet::Whole | Facet::Category(_)));
        parts
    }
}

fn now(minutes: i64) -> DateTime<Utc> {
    time("2026-03-01T08:00:00Z") + Duration::minutes(minutes)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    text.split(from).skip(1).filter_map(|rest| rest.split(to).next()).collect()
}

fn ids(document: &str) -> Vec<&str> {
    between(document, "<entry>", "</entry>")
        .into_iter()
        .map(|entry| between(entry, "<id>", "</id>")[0])
        .collect()
}

fn link<'a>(document: &'a str, rel: &str) -> Option<&'a str> {
    let link = document.split("<link ").find(|link| link.contains(&format!("rel=\"{rel}\"")))?;
    between(link, "href=\"https://feeds.example.org", "\"").first().copied()
}

#[derive(Debug, Clone)]
enum Step {
    Add(usize, bool),
    Edit(usize, String),
    File(usize),
    Define(String),
    Remove(usize),
    Nothing,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..5usize, proptest::bool::weighted(0.2)).prop_map(|(count, late)| Step::Add(count, late)),
        (0..40usize, "[a-z]{4,8}").prop_map(|(which, text)| Step::Edit(which, text)),
        (0..40usize).prop_map(Step::File),
        "[a-c]".prop_map(Step::Define),
        (0..40usize).prop_map(Step::Remove),
        proptest::strategy::Just(Step::Nothing),
    ]
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]

    #[test]
    fn nothing_at_the_address_of_an_archive_ever_changes(steps in proptest::collection::vec(step(), 1..24)) {
        let mut stage = Stage::new();
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let mut closed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for step in steps {
            let mut all_stay = true;
            match &step {
                Step::Add(count, late) => stage.add(*count, *late),
                Step::Edit(which, text) => all_stay = stage.edit(*which, text),
                // It leaves the archives of one category and enters those of the other.
                Step::File(which) => {
                    stage.file(*which);
                    all_stay = false;
                }
                Step::Define(tag) => {
                    stage.define(tag);
                    all_stay = false;
                }
                Step::Remove(which) => {
                    stage.remove(*which);
                    all_stay = false;
                }
                Step::Nothing => {}
            }
            for part in stage.parts() {
                let way = stage.way(&part, Format::Atom);
                check_way(&stage, &part, &way);
                for (address, document) in &way[1..] {
                    let before = seen.insert(address.clone(), document.clone());
                    assert!(before.is_none_or(|before| before == *document), "{address} changed by {step:?}");
                }
                let full = way[1..].iter().filter(|(_, document)| is_full(document));
                let full: BTreeSet<String> = full.map(|(address, _)| address.clone()).collect();
                let before = closed.insert(part.key(), full.clone()).unwrap_or_default();
                if all_stay && !full.is_empty() {
                    assert!(before.is_subset(&full), "{step:?} moved an archive of {}", part.key());
                }
            }
        }
    }
}

/// Whether no more will be added: an entry may be in it twice, before and after an edit.
fn is_full(document: &str) -> bool {
    ids(document).len() == LIMIT
}

/// The links lead from each document to the next, all entries are found, none twice in one document.
fn check_way(stage: &Stage, part: &Address, way: &[(String, String)]) {
    let mut found = BTreeSet::new();
    for (place, (address, document)) in way.iter().enumerate() {
        assert_eq!(link(document, "self"), Some(address.as_str()));
        let older = way.get(place + 1).map(|(address, _)| address.as_str());
        assert_eq!(link(document, "prev-archive"), older, "{address}");
        let head = document.split("<entry>").next().unwrap();
        assert_eq!(
            head.contains("<fh:archive/>"),
            place > 0,
            "what is said of the feed stands before its entries"
        );
        if place > 0 {
            assert_eq!(link(document, "current"), Some(way[0].0.as_str()));
            assert!(link(document, "next-archive").is_some());
        }
        let ids = ids(document);
        assert!(ids.len() <= LIMIT, "{address}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{address}");
        found.extend(ids.into_iter().map(str::to_owned));
    }
    let all =
        Shelf::new(vec![outlet("news")], &AllSettings { publish: true, title: "All".into(), limit: 1000 });
    let whole = render(&*stage.store, &all, BASE, (part, Format::Atom), true).unwrap().unwrap();
    let whole = String::from_utf8(whole).unwrap();
    assert_eq!(link(&whole, "prev-archive"), None, "everything fits");
    assert_eq!(found, ids(&whole).into_iter().map(str::to_owned).collect());
}

#[test]
fn an_edited_entry_stays_as_it_was_and_comes_again() {
    let mut stage = Stage::new();
    stage.add(7, false);
    let part = stage.parts().remove(0);
    let before = stage.way(&part, Format::Atom);
    assert_eq!(before.len(), 3, "two archives; the document holds the rest");
    stage.edit(0, "once more");
    let after = stage.way(&part, Format::Atom);
    assert_eq!(after[2..], before[1..], "the archives are as they were");
    assert_eq!(ids(&after[1].1), ["https://e.example/7", "https://e.example/1"], "the open one has it");
    assert!(after[1].1.contains("once more") && !after[3].1.contains("once more"));
    stage.remove(1);
    let shorter = stage.way(&part, Format::Atom);
    assert_eq!(shorter.len(), 4);
    assert!(shorter.iter().all(|(_, document)| !document.contains("example/2<")));
    assert!(before[1..].iter().all(|(address, _)| shorter.iter().all(|(now, _)| now != address)));
}

#[test]
fn one_that_is_filed_elsewhere_stays_filed_as_it_was_where_it_was() {
    let mut stage = Stage::new();
    stage.add(7, false);
    let part = stage.parts().remove(0);
    let before = stage.way(&part, Format::Atom);
    stage.file(0);
    let after = stage.way(&part, Format::Atom);
    assert_eq!(after[2..], before[1..], "the archives are as they were");
    let terms = |document: &str| between(document, "term=\"", "\"").join(" ");
    assert_eq!(terms(&after[1].1), "odd tag even was-false");
    assert_eq!(terms(&after[3].1), "odd tag even tag odd tag");
}

#[test]
fn what_a_definition_files_otherwise_arrives_again() {
    let mut stage = Stage::new();
    stage.add(7, false);
    let part = stage.parts().remove(0);
    let before = stage.way(&part, Format::Atom);
    stage.define("x");
    let after = stage.way(&part, Format::Atom);
    assert!(before[1..].iter().all(|(address, _)| after.iter().all(|(now, _)| now != address)));
    // Those that did not change, then those that did, each in the order they came in.
    let found: Vec<Vec<&str>> = after[1..].iter().map(|(_, document)| ids(document)).collect();
    let address = |id: &&str| id.rsplit('/').next().unwrap().parse::<usize>().unwrap();
    let found: Vec<Vec<usize>> = found.iter().map(|ids| ids.iter().map(address).collect()).collect();
    assert_eq!(found, [[5, 3, 1], [6, 4, 2]]);
    let tags =
        |document: &str| between(document, "term=\"", "\"").iter().filter(|term| **term == "x").count();
    assert_eq!(after[1..].iter().map(|(_, document)| tags(document)).collect::<Vec<_>>(), [3, 0]);
    stage.define("x");
    assert_eq!(stage.way(&part, Format::Atom), after, "nothing moves without a change");
}

#[test]
fn a_text_that_was_taken_back_is_in_no_archive() {
    let mut stage = Stage::new();
    stage.add(7, false);
    stage.edit(1, "secret");
    stage.add(4, false);
    let part = stage.parts().remove(0);
    assert!(stage.way(&part, Format::Atom).iter().any(|(_, document)| document.contains("secret")));
    stage.take_back(1);
    let after = stage.way(&part, Format::Atom);
    let of_it = |document: &str| {
        between(document, "<entry>", "</entry>")
            .iter()
            .any(|entry| entry.contains("https://e.example/2<") && entry.contains(";text"))
    };
    assert!(after.iter().all(|(_, document)| !document.contains("secret") && !of_it(document)));
    assert!(after.iter().any(|(_, document)| document.contains("https://e.example/2<")));
}

#[test]
fn one_that_is_dated_otherwise_keeps_its_date_where_it_was() {
    let mut stage = Stage::new();
    stage.add(7, false);
    let part = stage.parts().remove(0);
    let before = stage.way(&part, Format::Json);
    stage.edit(1, "later");
    let after = stage.way(&part, Format::Json);
    assert_eq!(after[after.len() - 2..], before[1..], "the archives are as they were");
}

#[test]
fn one_edited_more_often_than_is_kept_leaves_its_archive() {
    let mut stage = Stage::new();
    stage.add(7, false);
    let part = stage.parts().remove(0);
    let before = stage.way(&part, Format::Atom);
    for form in ["one", "two", "three", "four"] {
        assert!(stage.edit(0, form), "{form}");
        let after = stage.way(&part, Format::Atom);
        assert_eq!(after[after.len() - 2..], before[1..], "{form}: the archives are as they were");
    }
    let kept = stage.way(&part, Format::Atom);
    assert!(!stage.edit(0, "five"), "its fourth edit is no longer kept");
    let after = stage.way(&part, Format::Atom);
    assert_eq!(after[after.len() - 2..], before[1..], "what it was at first stays");
    assert!(kept.iter().any(|(_, document)| document.contains("four")));
    assert!(after[1..].iter().all(|(_, document)| !document.contains("four")), "the form between is gone");
}

async fn serve(stage: &Stage, outlet: Outlet) -> Server {
    start_on(stage.store.clone(), vec![outlet]).await
}

#[tokio::test]
async fn archives_are_served_and_old_addresses_lead_on() {
    let mut stage = Stage::new();
    stage.add(7, false);
    let server = serve(&stage, short("news")).await;
    let newest = server.get("/news.json").await;
    let newest: serde_json::Value = serde_json::from_slice(&newest.body).unwrap();
    let next = newest["next_url"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    assert!(next.starts_with("/news/archive/1-") && next.ends_with(".json"), "{next}");
    let archive = server.get(&next).await;
    assert_eq!(archive.header("cache-control"), Some("public, max-age=86400"));
    assert_eq!(archive.header("content-type"), Some("application/feed+json; charset=utf-8"));
    let etag = archive.header("etag").unwrap();
    assert_eq!(server.get_with(&next, &[("If-None-Match", etag)]).await.status, 304);
    let rss = server.get(&next.replace(".json", ".rss")).await.text();
    for part in ["<fh:archive/>", "rel=\"current\"", "rel=\"prev-archive\"", "rel=\"next-archive\""] {
        assert_eq!(rss.matches(part).count(), 1, "{part}: {rss}");
    }
    for (path, status, location) in [
        ("/news/archive/1.json", 302, Some(next.as_str())),
        ("/news/archive/1-0000000000.json", 302, Some(next.as_str())),
        ("/news/archive/2.json", 302, Some("/news.json")),
        ("/news/archive/2-0000000000.json", 302, Some("/news.json")),
        ("/news/archive/3.json", 404, None),
        ("/news/archive/01.json", 404, None),
        ("/news/archive/+1.json", 404, None),
        ("/news/archive/1", 404, None),
        ("/news/archive/x.json", 404, None),
        ("/news/archive/0/category.json", 404, None),
        ("/news/archive/0/category/never.json", 404, None),
        ("/news/archive/99999999999999999999999.json", 404, None),
        ("/nobody/archive/0.json", 404, None),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (status, location), "{path}");
    }
    let category = server.get("/news/archive/0/category/odd.atom").await;
    let there = category.header("location").unwrap().to_owned();
    assert!(there.starts_with("/news/archive/0-") && there.ends_with("/category/odd.atom"), "{there}");
    assert_eq!(ids(&server.get(&there).await.text()).len(), LIMIT);
    stage.remove(0);
    let answer = server.get(&next).await;
    assert_eq!(answer.status, 302, "its address is another one now");
}

#[tokio::test]
async fn a_private_feed_has_private_archives() {
    let mut stage = Stage::new();
    stage.add(7, false);
    let pass = Pass { name: "ann".into(), token: "s3cret".into() };
    let server = serve(&stage, Outlet { access: Access::Token(vec![pass]), ..short("news") }).await;
    let newest = server.get("/t/s3cret/news.atom").await.text();
    let older = link(&newest, "prev-archive").unwrap();
    assert!(older.starts_with("/t/s3cret/news/archive/1-"), "{older}");
    let archive = server.get(older).await;
    assert_eq!((archive.status, archive.header("cache-control")), (200, Some("private, max-age=86400")));
    assert_eq!(server.get(older.strip_prefix("/t/s3cret").unwrap()).await.status, 404);
}
