//! `feedmill build --out DIR`: collects every source once and writes every document
//! as a file, each atomically. A second run rewrites only what changed. Exit 2 if a
//! source failed; the rest is written.

use crate::cli::out;
use crate::cli::out::say;
use crate::cli::reload::{Feeds, Reading};
use crate::cli::setup::{self, Mill};
use crate::cli::{Failure, Global, Outcome, Output, config, log, progress, refresh};
use crate::config::{Config, Environment};
use crate::model::{Facet, Format, Refresher, RunReport};
use crate::schedule::Redefinition;
use crate::serve::{
    Address, Export, Shelf, addresses, alias_files, archives, file_paths, render_archive, render_opml,
    render_page, run_json,
};
use crate::store::Store;
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
    let broken = !reading.redefinition.problems.is_empty();
    let shelf = Shelf::new(reading.outlets.clone(), &all_settings(&config, &reading));
    let mill = setup::mill(&config, environment, crate::store::Part::Whole)?;
    let (store, clock) = (mill.store.clone(), mill.clock.clone());
    let report = runtime.block_on(collect(mill, reading))?;
    let export = Export::new(&*store, &shelf, &config.base_url, clock.now(), build.archives);
    let written = Mutex::default();
    let writer = Writer { build, config: &config, shelf: &shelf, store: &*store, export: &export, written };
    let written = writer.write()?;
    export.finish()?;
    let answer = run_json(&report);
    match global.format {
        Output::Json => say!("{answer}"),
        Output::Text => {
            refresh::tell(&answer, true);
            say!(
                "{} documents in {}, {} of them rewritten",
                written.all,
                build.out.display(),
                written.changed
            );
        }
    }
    Ok(if broken { ExitCode::from(2) } else { refresh::exit_code(&answer) })
}

/// `all` is written where there is more than one feed.
fn all_settings(config: &Config, reading: &Reading) -> crate::serve::AllSettings {
    let all = setup::all_settings(config);
    crate::serve::AllSettings { publish: all.publish && reading.outlets.len() > 1, ..all }
}

/// Every source once, by the scheduler's own rules of politeness.
async fn collect(mill: Mill, reading: Reading) -> Result<RunReport, Failure> {
    let Mill { scheduler, handle, .. } = mill;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(scheduler.run(async {
        // Sent, or dropped with this function: both end it.
        let _ = stopped.await;
    }));
    handle.redefine(Redefinition { on_request: true, ..reading.redefinition }).await?;
    let run = handle.refresh(&[])?;
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
    drop(stop);
    running.await?;
    Ok(report)
}

/// How the names of documents begin that are being written.
const PART: &str = ".feedmill-part";

/// Files that hold documents now, and how many of them had to be written.
#[derive(Default)]
struct Written {
    all: usize,
    changed: usize,
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
            ids.iter().try_for_each(|id| self.page(id))?;
        }
        let opml = render_opml(self.shelf, &self.config.base_url, &self.config.all.title, Format::Atom);
        self.file(Path::new("feeds.opml"), &opml)?;
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
            self.count(document.is_some());
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
            self.count(false);
            return Ok(());
        }
        match render_archive(self.store, self.shelf, &self.config.base_url, archive, format)? {
            Some(bytes) => self.file(path, &bytes),
            None => Ok(()),
        }
    }

    fn page(&self, feed: &str) -> Result<(), Failure> {
        let Some(shelved) = self.shelf.get(feed) else { return Ok(()) };
        let address = Address::new(&shelved.outlet, Facet::Whole);
        match render_page(self.store, self.shelf, &self.config.base_url, (&address, None))? {
            Some(page) => self.file(&PathBuf::from(format!("{feed}.html")), &page),
            None => Ok(()),
        }
    }

    fn file(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let same = fs::read(self.build.out.join(path)).is_ok_and(|old| old == bytes);
        if !same {
            self.replace(path, bytes)?;
        }
        self.count(!same);
        Ok(())
    }

    fn count(&self, changed: bool) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.all += 1;
        written.changed += usize::from(changed);
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
