//! `feedmill build --out DIR`: collects every source once and writes every document
//! as a file, each atomically. A second run rewrites only what changed. Exit 2 if a
//! source failed; the rest is written.

use crate::cli::built::{Built, Files};
use crate::cli::out;
use crate::cli::out::say;
use crate::cli::reload::{Feeds, Reading};
use crate::cli::setup::{self, Mill};
use crate::cli::{Failure, Global, Outcome, Output, config, log, progress, refresh};
use crate::config::{Config, Environment};
use crate::model::{Format, Outcome as Ended, Problem, Refresher, RunReport, SourceReport, Status};
use crate::schedule::Redefinition;
use crate::serve::{
    Address, Export, Shelf, addresses, alias_files, archives, file_paths, render_archive,
    render_categories_opml, render_index, render_opml, render_page, run_json,
};
use crate::store::{SqliteStore, Store};
use chrono::SecondsFormat;
use clap::Args;
use indicatif::ProgressBar;
use std::{
    fs, io,
    num::NonZero,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// More threads than this would wait for the disk.
const MOST_THREADS: usize = 8;

#[derive(Debug, Args)]
pub(super) struct Build {
    /// Where the documents are written
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Writes what is too old for a document into archives beside it (RFC 5005)
    #[arg(long)]
    archives: bool,
    /// Writes a readable page beside each feed, too
    #[arg(long)]
    pages: bool,
}

pub(super) fn run(build: &Build, global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    // What is collected is told at the end; until then only what is wrong.
    let level = config.log.level.min(crate::config::LogLevel::Warn);
    let _written = log::start(crate::config::Log { level, ..config.log }, environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut feeds = Feeds::new(&config);
    let reading = feeds.read();
    for problem in &reading.problems {
        out::complain(format_args!("{problem}"));
    }
    if reading.incomplete {
        return Err(Failure::new("not every feed file could be looked for, so nothing was written"));
    }
    // Nobody is asked for what could not be written.
    fs::create_dir_all(&build.out)
        .map_err(|error| Failure::new(format!("cannot write to `{}`: {error}", build.out.display())))?;
    let broken = !reading.redefinition.problems.is_empty();
    let shelf = Shelf::new(reading.outlets.clone(), &all_settings(&config, &reading));
    let store = SqliteStore::open(&config.state)?;
    let mill = setup::mill(&config, environment, std::sync::Arc::new(store), None)?;
    let bad: Vec<String> = reading.redefinition.problems.keys().cloned().collect();
    let (store, clock) = (mill.store.clone(), mill.clock.clone());
    let Collected { report, left } = runtime.block_on(collect(mill, reading.redefinition, &[]))?;
    for problem in &left {
        out::complain(format_args!("{problem}"));
    }
    let export = Export::new(&*store, &shelf, &config.base_url, clock.now(), build.archives);
    let written = Mutex::default();
    let writer = Writer { build, config: &config, shelf: &shelf, store: &*store, export: &export, written };
    let Written { all, changed, files } = writer.write()?;
    export.finish()?;
    let is_there =
        |feed: &str| feed.is_empty() || shelf.get(feed).is_some() || bad.iter().any(|id| id == feed);
    let gone = Built::read(&config.state, &build.out).settle(&build.out, files, is_there)?;
    let answer = run_json(&report);
    match global.format {
        Output::Json => say!("{answer}"),
        Output::Text => {
            refresh::tell(&answer, true);
            let place = build.out.display();
            say!("{all} documents in {place}, {changed} of them rewritten");
            if gone > 0 {
                say!("{gone} documents of feeds that are gone were taken away");
            }
        }
    }
    Ok(if broken || !left.is_empty() { ExitCode::from(2) } else { refresh::exit_code(&answer) })
}

/// `all` is written where there is more than one feed, one whose file is bad counted.
fn all_settings(config: &Config, reading: &Reading) -> crate::serve::AllSettings {
    let all = setup::all_settings(config);
    let feeds = reading.outlets.len() + reading.redefinition.problems.len();
    crate::serve::AllSettings { publish: all.publish && feeds > 1, ..all }
}

/// What came of every source.
pub(super) struct Collected {
    pub(super) report: RunReport,
    /// Those that were left alone, and whose last collection failed.
    left: Vec<Problem>,
}

/// Every source once, or those of some feeds, by the scheduler's own rules of politeness.
pub(super) async fn collect(
    mill: Mill,
    redefinition: Redefinition,
    feeds: &[String],
) -> Result<Collected, Failure> {
    let Mill { scheduler, handle, .. } = mill;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(scheduler.run(async {
        // Sent, or dropped with this function: both end it.
        let _ = stopped.await;
    }));
    handle.redefine(Redefinition { on_request: true, ..redefinition }).await?;
    let run = handle.refresh(feeds)?;
    let sources = handle.status().feeds.iter().map(|feed| feed.sources.len()).sum();
    let bar = progress::bar(sources, "collecting");
    let over = handle.wait(&run);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => break,
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                let done = handle.run(&run).map_or(0, |report| report.sources.len());
                bar.set_position(u64::try_from(done).unwrap_or(0));
            }
        }
    }
    bar.finish_and_clear();
    let report = handle.run(&run).unwrap_or_default();
    let left = still_failing(&report, &handle.status());
    drop(stop);
    running.await?;
    Ok(Collected { report, left })
}

/// Sources that were left alone this time, and whose last collection failed.
fn still_failing(report: &RunReport, status: &Status) -> Vec<Problem> {
    let deferred = report.sources.iter().filter(|source| source.outcome == Ended::Deferred);
    let of = |source: &SourceReport| {
        let feed = status.feeds.iter().find(|feed| feed.feed == source.feed)?;
        let known = feed.sources.iter().find(|known| known.source == source.source)?;
        (known.failures > 0).then(|| {
            let why = known.problems.first().map_or("", |problem| problem.message.as_str());
            let next = source.next.map_or(String::new(), |next| {
                format!(
                    ", and it is not asked again before {}",
                    next.to_rfc3339_opts(SecondsFormat::Secs, true)
                )
            });
            let at = format!("{}/{}", source.feed, source.source);
            Problem::error(at, format!("its last collection failed{next}: {why}"))
        })
    };
    deferred.filter_map(of).collect()
}

/// How the names of documents begin that are being written.
const PART: &str = ".feedmill-part";

/// Files that hold documents now, and how many of them had to be written.
#[derive(Default)]
struct Written {
    all: usize,
    changed: usize,
    /// Where they are, and the feed that each belongs to.
    files: Files,
}

struct Writer<'a> {
    build: &'a Build,
    config: &'a Config,
    shelf: &'a Shelf,
    store: &'a dyn Store,
    export: &'a Export<'a>,
    written: Mutex<Written>,
}

/// Some documents of one address, and the files that they stand in.
struct Part {
    address: Address,
    files: Vec<(Format, PathBuf)>,
}

impl Writer<'_> {
    fn write(self) -> Result<Written, Failure> {
        self.tidy()?;
        let ids: Vec<String> = self.shelf.iter().map(|shelved| shelved.outlet.id.clone()).collect();
        let mut parts = Vec::new();
        for id in &ids {
            parts.extend(self.parts(id)?);
        }
        let bar = progress::bar(parts.len(), "writing");
        self.all(&parts, &bar)?;
        if self.build.archives {
            ids.iter().try_for_each(|id| self.archives(id))?;
        }
        if self.build.pages {
            ids.iter().try_for_each(|id| self.pages(id))?;
            self.index()?;
        }
        let opml = render_opml(self.shelf, &self.config.base_url, &self.config.all.title, Format::Atom);
        self.file("", Path::new("feeds.opml"), &opml)?;
        bar.finish_and_clear();
        Ok(self.written.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every document of a feed, those of one address together.
    fn parts(&self, id: &str) -> Result<Vec<Part>, Failure> {
        let addresses = addresses(self.store, self.shelf, id)?;
        let paths = Format::ALL.map(|format| file_paths(&addresses, format).into_iter());
        let mut files: Vec<Vec<(Format, PathBuf)>> = vec![Vec::new(); addresses.len()];
        for (format, paths) in Format::ALL.into_iter().zip(paths) {
            files.iter_mut().zip(paths).for_each(|(files, path)| files.push((format, path)));
        }
        let own = addresses.into_iter().zip(files).map(|(address, files)| Part { address, files });
        let aliases = alias_files(self.store, self.shelf, id)?.into_iter();
        Ok(own
            .chain(aliases.map(|(path, address, format)| Part { address, files: vec![(format, path)] }))
            .collect())
    }

    /// Writes them on as many threads as the machine has; ends at the first failure.
    fn all(&self, parts: &[Part], bar: &ProgressBar) -> Result<(), Failure> {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(failure) = self.part(part) {
                    next.store(parts.len(), Ordering::Relaxed);
                    return Err(failure);
                }
                bar.inc(1);
            }
            Ok(())
        };
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let broke_off = |_| Err(Failure::new("writing the documents broke off: a bug in feedmill"));
            others.into_iter().map(|other| other.join().unwrap_or_else(broke_off)).fold(own, Result::and)
        })
    }

    fn part(&self, part: &Part) -> Result<(), Failure> {
        let there: Vec<_> = part
            .files
            .iter()
            .map(|(format, path)| (*format, fs::read(self.build.out.join(path)).ok()))
            .collect();
        let documents = self.export.documents(&part.address, &there)?;
        for ((_, path), document) in part.files.iter().zip(documents) {
            if let Some(bytes) = &document {
                self.replace(path, bytes)?;
            }
            self.count(&part.address.feed, path, document.is_some());
        }
        Ok(())
    }

    /// Nothing at an archive's address ever changes: what is there is left alone.
    fn archives(&self, id: &str) -> Result<(), Failure> {
        for part in addresses(self.store, self.shelf, id)? {
            let archives = archives(self.store, self.shelf, &part)?;
            for format in Format::ALL {
                for (archive, path) in archives.iter().zip(file_paths(&archives, format)) {
                    self.archive(archive, format, &path)?;
                }
            }
        }
        Ok(())
    }

    fn archive(&self, archive: &Address, format: Format, path: &Path) -> Result<(), Failure> {
        if self.build.out.join(path).is_file() {
            self.count(&archive.feed, path, false);
            return Ok(());
        }
        match render_archive(self.store, self.shelf, &self.config.base_url, archive, format)? {
            Some(bytes) => self.file(&archive.feed, path, &bytes),
            None => Ok(()),
        }
    }

    /// A page for each address of a feed, and the list of categories that it leads to.
    fn pages(&self, feed: &str) -> Result<(), Failure> {
        let base_url = &self.config.base_url;
        let addresses = addresses(self.store, self.shelf, feed)?;
        for (address, path) in addresses.iter().zip(file_paths(&addresses, Format::Json)) {
            if let Some(page) = render_page(self.store, self.shelf, base_url, (address, None))? {
                self.file(feed, &path.with_extension("html"), &page)?;
            }
        }
        let Some(whole) = addresses.first() else { return Ok(()) };
        match render_categories_opml(self.store, self.shelf, base_url, whole, Format::Atom)? {
            Some(opml) => self.file(feed, &Path::new(feed).join("categories.opml"), &opml),
            None => Ok(()),
        }
    }

    /// The page of all listed feeds, where no feed has its name.
    fn index(&self) -> Result<(), Failure> {
        if self.shelf.get("index").is_some() {
            return Ok(());
        }
        let about = (self.config.base_url.as_str(), self.config.all.title.as_str(), None);
        let page = render_index(self.store, self.shelf, &Status::default(), about)?;
        self.file("", Path::new("index.html"), &page)
    }

    /// One file of a feed; of all of them where none is named.
    fn file(&self, feed: &str, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let same = fs::read(self.build.out.join(path)).is_ok_and(|old| old == bytes);
        if !same {
            self.replace(path, bytes)?;
        }
        self.count(feed, path, !same);
        Ok(())
    }

    fn count(&self, feed: &str, path: &Path, changed: bool) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.all += 1;
        written.changed += usize::from(changed);
        written.files.insert(path.to_owned(), feed.to_owned());
    }

    /// Makes the folder, and takes away what a build left that was killed.
    fn tidy(&self) -> Result<(), Failure> {
        let out = &self.build.out;
        let listed = fs::create_dir_all(out).and_then(|()| fs::read_dir(out));
        let listed = listed
            .map_err(|error| Failure::new(format!("`{}` could not be used: {error}", out.display())))?;
        for left in listed.flatten().filter(|left| left.file_name().to_string_lossy().starts_with(PART)) {
            let _ = fs::remove_file(left.path());
        }
        Ok(())
    }

    /// Writes in the folder itself and renames: a reader sees the old file or the new one.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let place = self.build.out.join(path);
        let cannot =
            |error: io::Error| Failure::new(format!("`{}` could not be written: {error}", place.display()));
        let folder = place.parent().unwrap_or(&self.build.out);
        // One name a thread, in one folder, so that what a killed build left is found again.
        let beside = self.build.out.join(format!("{PART}{:?}", thread::current().id()));
        let write = || {
            fs::write(&beside, bytes)?;
            match fs::rename(&beside, &place) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::create_dir_all(folder)?;
                    fs::rename(&beside, &place)
                }
                renamed => renamed,
            }
        };
        write().map_err(|error| {
            // Nothing half-written stays behind.
            let _ = fs::remove_file(&beside);
            cannot(error)
        })
    }
}
