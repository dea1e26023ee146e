//! A store and a scheduler in memory, which count what is asked of them.

use chrono::{DateTime, Utc};
use feedmill::model::{
    CategoryPath, Choice, Entry, Facet, FeedEntry, NoSuchFeed, Person, Refresher, RunReport, Status, Waiting,
};
use feedmill::store::{
    DocumentFacts, FacetCount, FacetKind, FeedFacts, HubStore, Selection, ServeStore, StoreError,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

pub(super) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[derive(Default)]
pub(super) struct FakeStore {
    inner: Mutex<Inner>,
    generation: AtomicU64,
    pub(super) selects: AtomicUsize,
    pub(super) asked: AtomicUsize,
    pub(super) broken: AtomicBool,
    pub(super) without_generation: AtomicBool,
    /// Makes each `select` take so long, to let others come meanwhile.
    pub(super) slow: Mutex<Duration>,
}

#[derive(Default)]
struct Inner {
    feeds: BTreeMap<String, FakeFeed>,
    documents: HashMap<String, DocumentFacts>,
}

struct FakeFeed {
    sequence: u64,
    changed_at: DateTime<Utc>,
    entries: Vec<(String, FeedEntry)>,
    used: BTreeSet<Facet>,
}

impl FakeStore {
    pub(super) fn adopt_feed(&self, id: &str) {
        let feed = FakeFeed {
            sequence: 1,
            changed_at: time("2026-11-21T08:00:00Z"),
            entries: Vec::new(),
            used: BTreeSet::new(),
        };
        self.inner.lock().unwrap().feeds.insert(id.into(), feed);
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Changes a feed's entries as a commit would.
    pub(super) fn change(&self, id: &str, at: &str, change: impl FnOnce(&mut Vec<(String, FeedEntry)>)) {
        let mut inner = self.inner.lock().unwrap();
        let feed = inner.feeds.get_mut(id).unwrap();
        change(&mut feed.entries);
        for (source, entry) in &feed.entries {
            feed.used.extend(facets_of(source, entry));
        }
        feed.sequence += 1;
        feed.changed_at = time(at);
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// A commit that shows in no feed.
    pub(super) fn touch(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError {
                doing: "reading".into(),
                cause: "disk I/O error".into(),
                help: None,
                damaged: false,
            });
        }
        Ok(())
    }
}

fn facets_of(source: &str, entry: &FeedEntry) -> Vec<Facet> {
    let mut facets = vec![Facet::Whole, Facet::Source(source.into())];
    let entry = &entry.entry;
    facets.extend(entry.categories.iter().flat_map(|path| {
        let above: Vec<CategoryPath> = path.and_above().collect();
        above.into_iter().map(Facet::Category)
    }));
    facets.extend(entry.tags.iter().cloned().map(Facet::Tag));
    facets.extend(
        entry.authors.iter().filter_map(|author| author.label().map(|name| Facet::Author(name.into()))),
    );
    facets
}

fn kind_of(facet: &Facet) -> FacetKind {
    match facet {
        Facet::Whole => FacetKind::Whole,
        Facet::Category(_) => FacetKind::Category,
        Facet::Tag(_) => FacetKind::Tag,
        Facet::Author(_) => FacetKind::Author,
        Facet::Source(_) => FacetKind::Source,
    }
}

impl HubStore for FakeStore {}

impl ServeStore for FakeStore {
    fn feed(&self, feed: &str) -> Result<Option<FeedFacts>, StoreError> {
        self.check()?;
        Ok(self.inner.lock().unwrap().feeds.get(feed).map(|known| FeedFacts {
            atom_id: format!("urn:uuid:00000000-0000-5000-8000-{:012x}", feed.len()),
            sequence: known.sequence,
            changed_at: known.changed_at,
            entries: known.entries.len(),
            defined: true,
        }))
    }

    fn select(&self, selection: &Selection<'_>) -> Result<Vec<FeedEntry>, StoreError> {
        self.check()?;
        self.selects.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(*self.slow.lock().unwrap());
        let inner = self.inner.lock().unwrap();
        let mut entries = Vec::new();
        for feed in selection.feeds {
            let known = &inner.feeds[*feed];
            entries.extend(
                known
                    .entries
                    .iter()
                    .filter(|(source, entry)| facets_of(source, entry).contains(selection.facet))
                    .map(|(_, entry)| entry.clone()),
            );
        }
        entries.sort_by(|one, other| (other.published, &one.atom_id).cmp(&(one.published, &other.atom_id)));
        entries.truncate(selection.limit);
        Ok(entries)
    }

    fn choose(&self, selection: &Selection<'_>, choice: &Choice) -> Result<Vec<FeedEntry>, StoreError> {
        self.check()?;
        self.selects.fetch_add(1, Ordering::SeqCst);
        let facet = match (choice.categories.first(), choice.tags.first()) {
            (Some(category), _) => Facet::Category(category.clone()),
            (None, Some(tag)) => Facet::Tag(tag.clone()),
            (None, None) => Facet::Whole,
        };
        self.select(&Selection { facet: &facet, ..selection.clone() })
    }

    fn knows(&self, feeds: &[&str], facet: &Facet) -> Result<bool, StoreError> {
        self.check()?;
        let inner = self.inner.lock().unwrap();
        Ok(feeds.iter().any(|feed| inner.feeds[*feed].used.contains(facet)))
    }

    fn resembling(&self, feeds: &[&str], facet: &Facet) -> Result<Option<Facet>, StoreError> {
        self.check()?;
        let fold = |facet: &Facet| format!("{facet:?}").to_lowercase();
        let inner = self.inner.lock().unwrap();
        Ok(feeds
            .iter()
            .flat_map(|feed| inner.feeds[*feed].used.iter())
            .find(|used| fold(used) == fold(facet))
            .cloned())
    }

    fn facets(&self, feeds: &[&str], kind: FacetKind) -> Result<Vec<FacetCount>, StoreError> {
        self.check()?;
        let inner = self.inner.lock().unwrap();
        let mut counts = BTreeMap::new();
        for feed in feeds {
            let known = &inner.feeds[*feed];
            for facet in known.used.iter().filter(|facet| kind_of(facet) == kind) {
                let shown =
                    known.entries.iter().filter(|(source, entry)| facets_of(source, entry).contains(facet));
                *counts.entry(facet.clone()).or_insert(0) += shown.count();
            }
        }
        Ok(counts.into_iter().map(|(facet, entries)| FacetCount { facet, entries }).collect())
    }

    fn document(&self, path: &str) -> Result<Option<DocumentFacts>, StoreError> {
        self.check()?;
        Ok(self.inner.lock().unwrap().documents.get(path).cloned())
    }

    fn keep_document(&self, path: &str, facts: &DocumentFacts) -> Result<(), StoreError> {
        self.check()?;
        self.inner.lock().unwrap().documents.insert(path.into(), facts.clone());
        Ok(())
    }

    fn generation(&self) -> Option<u64> {
        (!self.without_generation.load(Ordering::SeqCst)).then(|| self.generation.load(Ordering::SeqCst))
    }
}

/// An entry by its number, its day of November 2026.
pub(super) fn entry(day: u32, title: &str, categories: &[&[&str]], tags: &[&str]) -> FeedEntry {
    let id = format!("https://blog.example.org/{day}");
    FeedEntry {
        entry: Entry {
            id: id.clone(),
            title: Some(title.into()),
            link: Some(id.clone()),
            authors: vec![Person::named("ZNing")],
            categories: categories.iter().map(|names| CategoryPath::from_names(*names).unwrap()).collect(),
            tags: tags.iter().map(|&tag| tag.into()).collect(),
            content: Some(format!("<p>{title}, the whole text</p>")),
            ..Entry::default()
        },
        atom_id: id,
        published: time(&format!("2026-11-{day:02}T08:00:00Z")).fixed_offset(),
        updated: None,
    }
}

/// A scheduler that collects nothing and ends a run when told to.
#[derive(Default)]
pub(super) struct FakeRefresher {
    pub(super) runs: Mutex<Vec<RunReport>>,
    pub(super) feeds: Vec<String>,
    pub(super) status: Mutex<Status>,
    pub(super) due: Mutex<Option<DateTime<Utc>>>,
    pub(super) ended: tokio::sync::watch::Sender<usize>,
}

impl FakeRefresher {
    /// Ends every run.
    pub(super) fn end(&self) {
        for run in self.runs.lock().unwrap().iter_mut() {
            run.done = true;
        }
        self.ended.send_modify(|ended| *ended += 1);
    }
}

impl Refresher for FakeRefresher {
    fn refresh(&self, feeds: &[String]) -> Result<String, NoSuchFeed> {
        if let Some(id) = feeds.iter().find(|id| !self.feeds.contains(id)) {
            return Err(NoSuchFeed { id: id.clone(), ..NoSuchFeed::default() });
        }
        let mut runs = self.runs.lock().unwrap();
        let run = format!("r{}", runs.len() + 1);
        runs.push(RunReport { run: run.clone(), done: false, sources: Vec::new() });
        Ok(run)
    }

    fn run(&self, id: &str) -> Option<RunReport> {
        self.runs.lock().unwrap().iter().find(|run| run.run == id).cloned()
    }

    fn wait(&self, id: &str) -> Waiting {
        let mut ended = self.ended.subscribe();
        let done = self.run(id).is_none_or(|run| run.done);
        Box::pin(async move {
            if !done {
                let _ = ended.wait_for(|ended| *ended > 0).await;
            }
        })
    }

    fn status(&self) -> Status {
        self.status.lock().unwrap().clone()
    }

    fn next_due(&self, _: Option<&str>) -> Option<DateTime<Utc>> {
        *self.due.lock().unwrap()
    }
}
