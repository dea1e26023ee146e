//! `feedmill init --from DIR|URL`: writes a commented feed file for a site, a feed or a
//! page, and says what a subscriber of the site's own feed would notice. Never overwrites.

mod clues;
mod compare;
mod feed_text;
mod found;
mod generators;
mod lookup;
mod old_feed;
mod paste;
mod permalink_zone;
mod report;
mod remote;
mod site;
mod texts;
mod zone;

use crate::cli::feed_file::Folder;
use crate::cli::out;
use crate::cli::out::say;
use crate::cli::{Failure, Global, Outcome, Output, config, is_url, setup};
use crate::clock::{Clock, SystemClock};
use crate::collect::Fetcher;
use crate::config::{Config, Environment};
use chrono::{DateTime, Utc};
use clap::Args;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Init {
    /// A site's folder or its folder of posts; or the URL of a feed, or of a page that announces one
    #[arg(long, value_name = "DIR|URL")]
    from: String,
    /// The site's existing feed, to compare with [default: found in the site's output folder]
    #[arg(long, value_name = "URL|FILE")]
    feed: Option<String>,
    /// The new feed's id, the name of its file [default: made of the site's host or folder]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

/// What every step of a command needs.
struct Surroundings<'a> {
    config: &'a Config,
    current: &'a Path,
    fetcher: &'a Fetcher,
    now: DateTime<Utc>,
}

pub(super) fn run(init: &Init, global: &Global, environment: &Environment) -> Outcome {
    if init.from.trim().is_empty() {
        let help = "`--from .` is the current folder";
        return Err(Failure::new(format!("`--from` names nothing\n  help: {help}")));
    }
    let config = config(global, environment)?;
    let fetcher = setup::fetcher(&config)?;
    let with = Surroundings {
        config: &config,
        current: environment.current(),
        fetcher: &fetcher,
        now: SystemClock.now(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = if is_url(&init.from) {
        if init.feed.is_some() {
            let message = "`--feed` is the feed of a site's folder; `--from` is a URL here";
            return Err(Failure::new(format!(
                "{message}\n  help: give the feed's address to `--from` alone"
            )));
        }
        runtime.block_on(remote::init(init, &with))?
    } else {
        runtime.block_on(site::init(init, &with))?
    };
    match global.format {
        Output::Json => say!("{}", report.as_json()),
        Output::Text => out::bytes(report.as_text().as_bytes()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of feeds, as it is before anything is written.
fn folder(with: &Surroundings<'_>) -> Folder {
    Folder::look(&with.config.feeds, with.current, &with.config.defaults)
}
