//! One story of a store, told through the trait, so that another database can be
//! held to the same.

use chrono::{DateTime, Duration, Utc};
use feedmill::model::{CategoryPath, Entry, EntryOrder, Facet, FeedEntry, Outcome, Person, Window};
use feedmill::store::{
    Commit, DocumentFacts, FacetKind, FeedRecord, Filed, Placing, Selection, ServeStore, SourceRecord,
    SourceRow, SourceState, SqliteStore, Store, Touch, Written,
};

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

pub(crate) fn record(id: &str, sources: &[&str]) -> FeedRecord {
    FeedRecord {
        id: id.into(),
        atom_id: format!("urn:uuid:00000000-0000-5000-8000-0000000000{:02x}", id.len()),
        definition_hash: [1; 32],
        was: Vec::new(),
        sources: sources
            .iter()
            .map(|source| SourceRecord {
                key: format!("id:{source}"),
                id: (*source).into(),
                kind: "posts".into(),
                location: format!("/posts/{source}"),
            })
            .collect(),
    }
}

pub(crate) fn insert(id: &str, at: DateTime<Utc>, category: &str) -> Written {
    let entry = Entry {
        id: id.into(),
        keys: vec![format!("path:{id}"), format!("id:{id}")],
        title: Some(format!("Title of {id}")),
        published: Some(at.fixed_offset()),
        authors: vec![Person::named("林远")],
        categories: CategoryPath::parse(category).into_iter().collect(),
        content: Some("<p>text</p>".into()),
        at: id.into(),
        ..Entry::default()
    };
    let filed = (entry.categories.clone(), vec!["tag".to_owned()]);
    Written {
        entry,
        filed,
        raw_hash: [2; 16],
        served_hash: [3; 16],
        stands_at: at,
        placing: Placing::default(),
    }
}

pub(crate) fn settle(state: &SourceState) -> Option<SourceState> {
    let mut state = state.clone();
    state.collected = true;
    state.outcome = Some(Outcome::Updated);
    state.due = Some(start() + Duration::hours(1));
    state.validators.etag = Some(b"\"\xff odd\"".to_vec());
    Some(state)
}

fn ids(entries: &[FeedEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.entry.id.as_str()).collect()
}

fn choose(store: &dyn Store, feeds: &[&str], facet: &Facet) -> Vec<FeedEntry> {
    store.select(&Selection { feeds, among: &[], facet, order: EntryOrder::Published, limit: 3 }).unwrap()
}

struct Stage {
    _folder: tempfile::TempDir,
    store: SqliteStore,
    state: SourceState,
}

fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let state = store.adopt(&[record("news", &["a"])], start()).unwrap().remove(0);
    Stage { _folder: folder, store, state }
}

impl Stage {
    fn apply(&self, commit: Commit) {
        let now = if commit.now == DateTime::<Utc>::default() { start() } else { commit.now };
        self.store.apply(Commit { source: self.state.row, now, ..commit }).unwrap();
    }

    fn whole(&self) -> Vec<FeedEntry> {
        choose(&self.store, &["news"], &Facet::Whole)
    }
}

#[test]
fn nothing_is_shown_before_the_collection_has_ended() {
    let stage = stage();
    assert_eq!(stage.state.due, Some(start()), "a source that was never collected is due at once");
    stage.apply(Commit { inserts: vec![insert("https://e.example/1", start(), "a")], ..Commit::default() });
    assert!(stage.whole().is_empty());
    assert_eq!(stage.store.feed("news").unwrap().unwrap().sequence, 0);
    stage.apply(Commit { settle: settle(&stage.state), ..Commit::default() });
    assert_eq!(ids(&stage.whole()), ["https://e.example/1"]);
    let kept = stage.store.source(stage.state.row).unwrap();
    assert_eq!(
        kept.validators.etag.as_deref(),
        Some(&b"\"\xff odd\""[..]),
        "validators are kept byte for byte"
    );
    assert_eq!(kept.due, Some(start() + Duration::hours(1)));
}

#[test]
fn a_new_feed_under_an_old_name_has_an_atom_id_of_its_own() {
    let stage = stage();
    let id = |feed: &str| stage.store.feed(feed).unwrap().unwrap().atom_id;
    let kept = id("news");
    let renamed = FeedRecord { was: vec!["news".into()], ..record("wire", &["a"]) };
    stage.store.adopt(&[renamed], start()).unwrap();
    assert_eq!(id("wire"), kept);
    // Made of the name, so that it would be the same.
    stage.store.adopt(&[record("news", &["b"]), record("wire", &["a"])], start()).unwrap();
    assert_eq!(id("wire"), kept);
    assert_ne!(id("news"), kept);
    assert!(id("news").starts_with("urn:uuid:"));
}

#[test]
fn the_newest_come_first_and_ties_go_by_id() {
    let stage = stage();
    let early = start() - Duration::days(2);
    let inserts = ["d", "b", "a", "c"].map(|id| insert(&format!("https://e.example/{id}"), early, "x/y"));
    let newest = insert("https://e.example/z", start() - Duration::days(1), "x");
    let inserts = inserts.into_iter().chain([newest]).collect();
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    assert_eq!(ids(&stage.whole()), ["https://e.example/z", "https://e.example/a", "https://e.example/b"]);
    let x = Facet::Category(CategoryPath::parse("x").unwrap());
    assert_eq!(choose(&stage.store, &["news"], &x).len(), 3, "a category has all below it");
    let below = Facet::Category(CategoryPath::parse("x/y").unwrap());
    assert_eq!(ids(&choose(&stage.store, &["news"], &below))[0], "https://e.example/a");
}

#[test]
fn what_was_added_together_stands_by_date() {
    let stage = stage();
    let inserts = (1..=5)
        .map(|day| insert(&format!("https://e.example/{day}"), start() - Duration::days(10 - day), "a"));
    stage.apply(Commit { inserts: inserts.collect(), settle: settle(&stage.state), ..Commit::default() });
    let selection =
        Selection { feeds: &["news"], among: &[], facet: &Facet::Whole, order: EntryOrder::Added, limit: 3 };
    let found = stage.store.select(&selection).unwrap();
    assert_eq!(ids(&found), [5, 4, 3].map(|day| format!("https://e.example/{day}")));
}

#[test]
fn a_facet_is_remembered_when_it_is_empty() {
    let stage = stage();
    let inserts = vec![insert("https://e.example/1", start(), "Über")];
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    let row = stage.store.recall(stage.state.row).unwrap()[0].row;
    stage.apply(Commit { gone: vec![row], settle: settle(&stage.state), ..Commit::default() });
    let facet = Facet::Category(CategoryPath::parse("Über").unwrap());
    assert!(stage.store.knows(&["news"], &facet).unwrap());
    assert!(choose(&stage.store, &["news"], &facet).is_empty());
    let other = Facet::Category(CategoryPath::parse("u\u{308}BER").unwrap());
    assert!(!stage.store.knows(&["news"], &other).unwrap());
    assert_eq!(stage.store.resembling(&["news"], &other).unwrap(), Some(facet.clone()));
    let counts = stage.store.facets(&["news"], FacetKind::Category).unwrap();
    assert_eq!(counts.len(), 1);
    assert_eq!((&counts[0].facet, counts[0].entries), (&facet, 0));
    assert!(!stage.store.knows(&["news"], &Facet::Tag("never".into())).unwrap());
}

#[test]
fn what_left_and_comes_back_keeps_its_id_and_first_seen_time() {
    let stage = stage();
    let inserts = vec![insert("https://e.example/1", start(), "a")];
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    let before = stage.store.recall(stage.state.row).unwrap().remove(0);
    stage.apply(Commit { gone: vec![before.row], settle: settle(&stage.state), ..Commit::default() });
    assert!(stage.whole().is_empty());
    assert!(stage.store.recall(stage.state.row).unwrap()[0].gone);
    let back = Touch {
        row: before.row,
        raw_hash: [2; 16],
        keys: before.keys.clone(),
        at: before.at.clone(),
        meta: vec![],
        placing: Placing::default(),
    };
    let later = start() + Duration::days(3);
    stage.apply(Commit {
        now: later,
        returns: vec![back],
        settle: settle(&stage.state),
        ..Commit::default()
    });
    assert_eq!(stage.store.recall(stage.state.row).unwrap(), [before]);
    assert_eq!(ids(&stage.whole()), ["https://e.example/1"]);
    assert_eq!(stage.store.feed("news").unwrap().unwrap().sequence, 3);
}

#[test]
fn an_edit_moves_the_sequence_and_keeps_the_id() {
    let stage = stage();
    stage.apply(Commit {
        inserts: vec![insert("https://e.example/1", start(), "a")],
        settle: settle(&stage.state),
        ..Commit::default()
    });
    let row = stage.store.recall(stage.state.row).unwrap()[0].row;
    let Written { mut entry, .. } = insert("https://other.example/2", start(), "b");
    entry.title = Some("edited".into());
    let filed = (entry.categories.clone(), vec![]);
    let later = start() + Duration::minutes(5);
    let written = Written {
        entry,
        filed,
        raw_hash: [4; 16],
        served_hash: [5; 16],
        stands_at: start(),
        placing: Placing::default(),
    };
    stage.apply(Commit {
        now: later,
        replaces: vec![(row, written)],
        settle: settle(&stage.state),
        ..Commit::default()
    });
    let whole = stage.whole();
    assert_eq!(ids(&whole), ["https://e.example/1"]);
    assert_eq!(whole[0].entry.title.as_deref(), Some("edited"));
    let facts = stage.store.feed("news").unwrap().unwrap();
    assert_eq!((facts.sequence, facts.changed_at, facts.entries), (2, later, 1));
    assert!(choose(&stage.store, &["news"], &Facet::Tag("tag".into())).is_empty());
}

#[test]
fn the_first_to_have_an_id_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let states = store.adopt(&[record("news", &["a", "b"]), record("other", &["c"])], start()).unwrap();
    for state in &states {
        let inserts = vec![insert("https://e.example/1", start(), "a"), insert("42", start(), "a")];
        let commit =
            Commit { source: state.row, now: start(), inserts, settle: settle(state), ..Commit::default() };
        store.apply(commit).unwrap();
    }
    let of = |feed: &str, source: &str| choose(&store, &[feed], &Facet::Source(source.into()));
    let first = of("news", "a");
    assert_eq!(ids(&first), ["42", "https://e.example/1"]);
    assert_eq!(first[1].atom_id, "https://e.example/1");
    assert!(first[0].atom_id.starts_with("urn:uuid:"), "Atom carries no id that is no IRI");
    let latecomer = of("news", "b");
    assert!(
        latecomer
            .iter()
            .all(|entry| entry.entry.id.starts_with("urn:uuid:") && entry.entry.id == entry.atom_id)
    );
    assert_eq!(ids(&of("other", "c")), ["42", "https://e.example/1"], "ids are unique within a feed");
    let all = store
        .select(&Selection {
            feeds: &["news", "other"],
            among: &[],
            facet: &Facet::Whole,
            order: EntryOrder::Published,
            limit: 9,
        })
        .unwrap();
    let distinct: std::collections::BTreeSet<&str> =
        all.iter().map(|entry| entry.entry.id.as_str()).collect();
    assert_eq!((all.len(), distinct.len()), (6, 6), "below `all` too");
    let source = Facet::Source("c".into());
    let part = Selection {
        feeds: &["other"],
        among: &["news", "other"],
        facet: &source,
        order: EntryOrder::Published,
        limit: 9,
    };
    let part = store.select(&part).unwrap();
    assert_eq!(part.len(), 2);
    assert!(part.iter().all(|entry| distinct.contains(entry.entry.id.as_str())), "and in its parts");
}

#[test]
fn a_future_entry_appears_at_its_minute_and_an_expired_one_goes() {
    let stage = stage();
    let appears = start() + Duration::minutes(10);
    let expires = start() + Duration::minutes(20);
    let mut future = insert("https://e.example/future", appears, "a");
    future.entry.visible_from = Some(appears);
    future.entry.visible_until = Some(expires);
    stage.apply(Commit { inserts: vec![future], settle: settle(&stage.state), ..Commit::default() });
    assert_eq!(stage.store.turn_over(start()).unwrap(), Some(appears));
    assert!(stage.whole().is_empty());
    assert_eq!(stage.store.turn_over(appears).unwrap(), Some(expires));
    assert_eq!(ids(&stage.whole()), ["https://e.example/future"]);
    assert_eq!(stage.store.turn_over(expires).unwrap(), None);
    assert!(stage.whole().is_empty());
    assert_eq!(stage.store.feed("news").unwrap().unwrap().sequence, 2);
}

#[test]
fn readers_are_told_for_a_month_of_what_was_deleted_and_not_of_what_nobody_saw() {
    let stage = stage();
    let inserts =
        vec![insert("https://e.example/1", start(), "a"), insert("https://e.example/2", start(), "b")];
    let mut future = insert("https://e.example/future", start(), "a");
    future.entry.visible_from = Some(start() + Duration::days(1));
    let inserts = [inserts, vec![future]].concat();
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    let recalled = stage.store.recall(stage.state.row).unwrap();
    let gone = recalled.iter().filter(|entry| !entry.keys.iter().any(|key| key.ends_with('2')));
    let gone = gone.map(|entry| entry.row).collect();
    stage.apply(Commit { gone, buries: true, settle: settle(&stage.state), ..Commit::default() });
    let told = || {
        let deleted = stage.store.deleted(&["news"], &Facet::Whole).unwrap();
        deleted.into_iter().map(|deleted| (deleted.atom_id, deleted.at)).collect::<Vec<_>>()
    };
    assert_eq!(told(), [("https://e.example/1".to_owned(), start())]);
    let other = CategoryPath::from_names(["b"]).unwrap();
    assert_eq!(stage.store.deleted(&["news"], &Facet::Category(other)).unwrap(), []);
    let over = start() + Duration::days(30);
    let before = stage.store.feed("news").unwrap().unwrap().sequence;
    assert_eq!(stage.store.turn_over(over - Duration::seconds(1)).unwrap(), Some(over));
    assert_eq!(told().len(), 1);
    assert_eq!(stage.store.turn_over(over).unwrap(), None);
    assert_eq!(told(), []);
    assert_eq!(stage.store.feed("news").unwrap().unwrap().sequence, before + 1, "its documents are others");
}

#[test]
fn what_is_told_of_as_deleted_is_not_once_nothing_is_left_of_it() {
    let stage = stage();
    let inserts = vec![insert("https://e.example/1", start(), "a")];
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    let row = stage.store.recall(stage.state.row).unwrap()[0].row;
    stage.apply(Commit { gone: vec![row], buries: true, settle: settle(&stage.state), ..Commit::default() });
    let told = || stage.store.deleted(&["news"], &Facet::Whole).unwrap().len();
    let sequence = || stage.store.feed("news").unwrap().unwrap().sequence;
    assert_eq!((told(), sequence()), (1, 2));
    stage.apply(Commit { forgotten: vec![row], settle: settle(&stage.state), ..Commit::default() });
    assert_eq!((told(), sequence()), (0, 3));
}

/// A start on a full disk has no room for what is known.
#[test]
fn definitions_that_are_known_are_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let feeds = [record("news", &["a", "b"]), record("other", &["c"])];
    let before = store.adopt(&feeds, start()).unwrap();
    let written = || std::fs::metadata(folder.path().join("feedmill.db-wal")).unwrap().len();
    let length = written();
    let again = store.adopt(&feeds, start() + Duration::hours(1)).unwrap();
    assert_eq!((again, written()), (before, length));
    store.adopt(&feeds[..1], start()).unwrap();
    assert!(written() > length && !store.feed("other").unwrap().unwrap().defined);
    store.adopt(&feeds, start()).unwrap();
    assert!(store.feed("other").unwrap().unwrap().defined);
}

#[test]
fn what_a_clock_had_run_past_is_shown_when_it_is_put_back() {
    let stage = stage();
    let (appears, expires) = (start() + Duration::minutes(10), start() + Duration::minutes(20));
    let mut expiring = insert("https://e.example/expiring", start(), "a");
    expiring.entry.visible_until = Some(expires);
    let mut future = insert("https://e.example/future", appears, "a");
    (future.entry.visible_from, future.entry.visible_until) = (Some(appears), Some(expires));
    // As `newer_than` makes it of one that is ten days old.
    let mut filtered = insert("https://e.example/new", start(), "a");
    let until = Some(start() + Duration::days(20));
    filtered.placing = Placing { windows: Some(vec![Window { from: None, until }]), ..Placing::default() };
    let inserts = vec![expiring, future, filtered];
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    let now = ["https://e.example/expiring", "https://e.example/new"];
    let shown = || ids(&stage.whole()).into_iter().map(str::to_owned).collect::<Vec<_>>();
    stage.store.turn_over(start()).unwrap();
    assert_eq!(shown(), now);
    stage.store.turn_over(start() + Duration::days(400)).unwrap();
    assert_eq!(shown(), [""; 0]);
    assert_eq!(stage.store.turn_over(start()).unwrap(), Some(appears));
    assert_eq!(shown(), now, "the clock is right again");
    stage.store.turn_over(appears).unwrap();
    assert_eq!(shown().len(), 3);
    stage.store.turn_over(expires).unwrap();
    assert_eq!(shown(), ["https://e.example/new"]);
}

#[test]
fn a_source_that_is_no_longer_defined_is_hidden_and_comes_back_whole() {
    let stage = stage();
    let inserts = vec![insert("https://e.example/1", start(), "a")];
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    stage.store.adopt(&[record("news", &[])], start()).unwrap();
    assert!(stage.whole().is_empty());
    let state = stage.store.adopt(&[record("news", &["a"])], start()).unwrap().remove(0);
    assert_eq!(state.row, stage.state.row);
    assert_eq!(ids(&stage.whole()), ["https://e.example/1"]);
}

#[test]
fn filing_anew_moves_entries_at_once() {
    let stage = stage();
    let inserts = vec![insert("https://e.example/1", start(), "a/b")];
    stage.apply(Commit { inserts, settle: settle(&stage.state), ..Commit::default() });
    let own = stage.store.filings(stage.state.row).unwrap();
    assert_eq!(own[0].categories, [CategoryPath::parse("a/b").unwrap()]);
    let moved = Filed {
        row: own[0].row,
        categories: vec![CategoryPath::parse("c").unwrap()],
        tags: vec![],
        stands_at: start(),
        placing: Placing::default(),
    };
    stage.store.refile(stage.state.row, vec![moved], [9; 32], start()).unwrap();
    assert!(choose(&stage.store, &["news"], &Facet::Category(CategoryPath::parse("a").unwrap())).is_empty());
    let moved = choose(&stage.store, &["news"], &Facet::Category(CategoryPath::parse("c").unwrap()));
    assert_eq!(moved[0].entry.categories, [CategoryPath::parse("c").unwrap()]);
    assert_eq!(stage.store.source(stage.state.row).unwrap().filing_hash, Some([9; 32]));
    assert_eq!(stage.store.filings(stage.state.row).unwrap()[0].categories[0].to_string(), "a/b");
}

#[test]
fn what_was_rendered_is_remembered() {
    let stage = stage();
    let facts = DocumentFacts { rendered_from: "7".into(), etag: "abc".into(), last_modified: start() };
    assert_eq!(stage.store.document("/news.atom").unwrap(), None);
    stage.store.keep_document("/news.atom", &facts).unwrap();
    assert_eq!(stage.store.document("/news.atom").unwrap(), Some(facts));
}

#[test]
fn a_second_daemon_is_refused_by_the_first_ones_pid() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let error = SqliteStore::open(folder.path()).err().unwrap().to_string();
    let expected = format!(
        "opening the state directory `{}`: another feedmill holds it (pid {})\n  help: stop that one, or give this one a directory of its own with `--state DIR`",
        folder.path().display(),
        std::process::id()
    );
    assert_eq!(error, expected);
    drop(store);
    assert!(SqliteStore::open(folder.path()).is_ok());
}

#[test]
fn a_store_that_is_not_ours_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feedmill.db");
    std::fs::write(&path, "no database at all, only some text that is long enough to be looked at").unwrap();
    let error = SqliteStore::open(folder.path()).err().unwrap().to_string();
    assert!(error.contains("the file is not an SQLite database"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("no database"));
}

#[test]
fn an_unknown_source_is_an_error_and_harms_no_other() {
    let stage = stage();
    let lost = Commit { source: SourceRow(99), now: start(), ..Commit::default() };
    assert!(stage.store.apply(lost).is_err());
    stage.apply(Commit {
        inserts: vec![insert("https://e.example/1", start(), "a")],
        settle: settle(&stage.state),
        ..Commit::default()
    });
    assert_eq!(stage.whole().len(), 1);
}
