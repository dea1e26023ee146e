//! `feedmill build --out DIR`: collects every source once and writes every document
//! as a file, each atomically. A second run rewrites only what changed. Exit 2 if a
//! source failed; the rest is written.

use crate::cli::reload::{Feeds, Reading};
use crate::cli::setup::{self, Mill};
use crate::cli::{Failure, Global, Outcome, Output, config, log, progress, refresh};
use crate::config::{Config, Environment};
use crate::model::{Facet, Format, Refresher, RunReport};
use crate::schedule::Redefinition;
use crate::serve::{
    Address, Shelf, addresses, alias_files, archives, file_paths, render, render_archive, render_opml,
    render_page, run_json,
};
use crate::store::Store;
use clap::Args;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

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
        eprintln!("{problem}");
    }
    let broken = !reading.redefinition.problems.is_empty();
    let shelf = Shelf::new(reading.outlets.clone(), &all_settings(&config, &reading));
    let mill = setup::mill(&config, environment)?;
    let store = mill.store.clone();
    let report = runtime.block_on(collect(mill, reading))?;
    let written = Writer { build, config: &config, shelf: &shelf, store: &*store }.write()?;
    let answer = run_json(&report);
    match global.format {
        Output::Json => println!("{answer}"),
        Output::Text => {
            refresh::tell(&answer, true);
            println!(
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

/// A document that is being written, in the folder where it is going to be.
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
}

impl Writer<'_> {
    fn write(&self) -> Result<Written, Failure> {
        let mut written = Written::default();
        let ids: Vec<String> = self.shelf.iter().map(|shelved| shelved.outlet.id.clone()).collect();
        let bar = progress::bar(ids.len(), "writing");
        for id in ids {
            let addresses = addresses(self.store, self.shelf, &id)?;
            for format in Format::ALL {
                for (address, path) in addresses.iter().zip(file_paths(&addresses, format)) {
                    self.document(address, format, &path, &mut written)?;
                }
            }
            if self.build.archives {
                self.archives(&addresses, &mut written)?;
            }
            for (path, address, format) in alias_files(self.store, self.shelf, &id)? {
                self.document(&address, format, &path, &mut written)?;
            }
            if self.build.pages {
                self.page(&id, &mut written)?;
            }
            bar.inc(1);
        }
        let opml = render_opml(self.shelf, &self.config.base_url, &self.config.all.title, Format::Atom);
        self.file(Path::new("feeds.opml"), &opml, &mut written)?;
        bar.finish_and_clear();
        Ok(written)
    }

    fn document(
        &self,
        address: &Address,
        format: Format,
        path: &Path,
        written: &mut Written,
    ) -> Result<(), Failure> {
        let base = &self.config.base_url;
        match render(self.store, self.shelf, base, (address, format), self.build.archives)? {
            Some(bytes) => self.file(path, &bytes, written),
            None => Ok(()),
        }
    }

    /// Nothing at an archive's address ever changes: what is there is left alone.
    fn archives(&self, addresses: &[Address], written: &mut Written) -> Result<(), Failure> {
        for part in addresses {
            let archives = archives(self.store, self.shelf, part)?;
            for format in Format::ALL {
                for (archive, path) in archives.iter().zip(file_paths(&archives, format)) {
                    self.archive(archive, format, &path, written)?;
                }
            }
        }
        Ok(())
    }

    fn archive(
        &self,
        archive: &Address,
        format: Format,
        path: &Path,
        written: &mut Written,
    ) -> Result<(), Failure> {
        if self.build.out.join(path).is_file() {
            written.all += 1;
            return Ok(());
        }
        match render_archive(self.store, self.shelf, &self.config.base_url, archive, format)? {
            Some(bytes) => self.file(path, &bytes, written),
            None => Ok(()),
        }
    }

    fn page(&self, feed: &str, written: &mut Written) -> Result<(), Failure> {
        let Some(shelved) = self.shelf.get(feed) else { return Ok(()) };
        let address = Address::new(&shelved.outlet, Facet::Whole);
        match render_page(self.store, self.shelf, &self.config.base_url, &address)? {
            Some(page) => self.file(&PathBuf::from(format!("{feed}.html")), &page, written),
            None => Ok(()),
        }
    }

    /// Writes beside the place and renames: a reader sees the old file or the new one.
    fn file(&self, path: &Path, bytes: &[u8], written: &mut Written) -> Result<(), Failure> {
        let place = self.build.out.join(path);
        let folder = place.parent().unwrap_or(&self.build.out);
        // One name for all, so that a build that was killed leaves nothing for ever.
        let beside = folder.join(PART);
        written.all += 1;
        if fs::read(&place).is_ok_and(|old| old == bytes) {
            let _ = fs::remove_file(beside);
            return Ok(());
        }
        let cannot = |error: std::io::Error| {
            Failure::new(format!("`{}` could not be written: {error}", place.display()))
        };
        fs::create_dir_all(folder).map_err(cannot)?;
        let write = || {
            let mut file = fs::File::create(&beside)?;
            file.write_all(bytes)?;
            fs::rename(&beside, &place)
        };
        if let Err(error) = write() {
            // Nothing half-written stays behind.
            let _ = fs::remove_file(&beside);
            return Err(cannot(error));
        }
        written.changed += 1;
        Ok(())
    }
}
