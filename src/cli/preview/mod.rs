//! `feedmill preview FEED|URL|PATH`: one source or feed through the stages, printed, nothing stored.
//!
//! Needs no config file, no daemon and no store. What a path or URL is, its content
//! tells. Exit 0 where it could be read at all.

mod json;
mod published;
mod raw;
mod read;

pub(super) use read::{plain_source, posts_at};

use crate::cli::out;
use crate::cli::out::say;
use crate::cli::preview::raw::Raw;
use crate::cli::{Failure, Global, Outcome, Output, config};
use crate::clock::{Clock, SystemClock};
use crate::config::Environment;
use crate::model::{Channel, Entry, Feed, FeedEntry, Format, Problem};
use crate::parse::feed::Hints;
use crate::publish::{Place, publish};
use clap::{Args, ValueEnum};
use std::collections::HashSet;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Preview {
    /// A feed's id, a URL, or the path of a folder of posts, a post or a feed
    #[arg(value_name = "FEED|URL|PATH")]
    what: String,
    /// Where to stop and print
    #[arg(long, value_enum, default_value_t)]
    stage: Stage,
    /// The format of `--stage publish`
    #[arg(long = "as", value_enum, default_value_t)]
    published_as: PublishedAs,
    #[command(flatten)]
    site: SiteKeys,
}

/// What stands for the keys of a posts source, for a path.
#[derive(Debug, Clone, Default, Args)]
struct SiteKeys {
    /// jekyll, hexo, hugo, zola, pelican, eleventy or auto
    #[arg(long)]
    site: Option<String>,
    /// The site's public address
    #[arg(long)]
    url: Option<String>,
    /// The zone of dates that name none
    #[arg(long)]
    timezone: Option<String>,
    /// The site's permalinks, in its own words
    #[arg(long)]
    permalink: Option<String>,
    /// plain or strict
    #[arg(long)]
    compat: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Which files or bytes were found
    Collect,
    /// What was read from them, before it is mapped
    Parse,
    /// The entries
    #[default]
    Map,
    /// The document
    Publish,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum PublishedAs {
    #[default]
    Atom,
    Rss,
    Json,
}

impl PublishedAs {
    fn format(self) -> Format {
        match self {
            Self::Atom => Format::Atom,
            Self::Rss => Format::Rss,
            Self::Json => Format::Json,
        }
    }
}

/// One thing after its stages.
#[derive(Default)]
struct Seen {
    /// `rss 2.0`, `jekyll` …; of a feed with several sources joined by a comma.
    format: String,
    channel: Channel,
    /// What one feed asks of whoever polls it, and where it says it stands; of several nothing.
    hints: Hints,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    /// What `--stage collect` and `--stage parse` print, one a source.
    raw: Vec<Raw>,
    /// The sources that failed, where others did not.
    failed: Vec<Problem>,
}

pub(super) fn run(preview: &Preview, global: &Global, environment: &Environment) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if preview.stage == Stage::Publish && read::names_feed(preview, global, environment) {
        preview.site.refuse("a feed")?;
        let config = config(global, environment)?;
        let format = preview.published_as.format();
        let (document, failed) =
            runtime.block_on(published::published(&preview.what, format, &config, environment))?;
        out::bytes(&document);
        return Ok(ended(&failed));
    }
    let seen = runtime.block_on(read::read(preview, global, environment))?;
    let failed = ended(&seen.failed);
    match (preview.stage, global.format) {
        (Stage::Collect, Output::Json) => say!("{}", json::sources(&seen, Raw::collected)),
        (Stage::Collect, Output::Text) => {
            seen.raw.iter().flat_map(Raw::collected_lines).for_each(|line| say!("{line}"));
        }
        (Stage::Parse, Output::Json) => say!("{}", json::sources(&seen, Raw::parsed)),
        (Stage::Parse, Output::Text) => {
            let mut lines = Vec::new();
            seen.raw.iter().for_each(|raw| raw::outline(&raw.parsed(), 0, &mut lines));
            for line in lines {
                say!("{line}");
            }
        }
        (Stage::Map, Output::Json) => say!("{}", json::seen(&seen)),
        (Stage::Map, Output::Text) => tell(&seen),
        (Stage::Publish, _) => out::bytes(document(seen, preview)?.as_bytes()),
    }
    Ok(failed)
}

/// 2 where a source failed, each of which is named.
fn ended(failed: &[Problem]) -> ExitCode {
    for problem in failed {
        out::complain(format_args!("{problem}"));
    }
    ExitCode::from(if failed.is_empty() { 0 } else { 2 })
}

impl SiteKeys {
    /// These keys say nothing of what isn't a folder of posts.
    fn refuse(&self, what: &str) -> Result<(), Failure> {
        let keys = [
            ("--site", &self.site),
            ("--url", &self.url),
            ("--timezone", &self.timezone),
            ("--permalink", &self.permalink),
            ("--compat", &self.compat),
        ];
        match keys.iter().find(|(_, value)| value.is_some()) {
            Some((flag, _)) => Err(Failure::new(format!(
                "`{flag}` stands for a key of a posts source: it goes with the path of posts, not with {what}"
            ))),
            None => Ok(()),
        }
    }
}

fn tell(seen: &Seen) {
    let title = Some(seen.channel.title.as_str()).filter(|title| !title.is_empty()).unwrap_or("(no title)");
    let entries = if seen.entries.len() == 1 { "entry" } else { "entries" };
    say!("{}: {title} ({} {entries})", seen.format, seen.entries.len());
    for entry in &seen.entries {
        let date = entry.published.map_or_else(|| "no date".to_owned(), |date| date.to_rfc3339());
        say!("\n{}", entry.title.as_deref().unwrap_or("(no title)"));
        say!("  {date}  {}", entry.link.as_deref().unwrap_or("(no link)"));
        say!("  id {}  at {}", entry.id, entry.at);
        let filed: Vec<String> = entry.categories.iter().map(ToString::to_string).collect();
        for (name, names) in [("categories", &filed), ("tags", &entry.tags)] {
            if !names.is_empty() {
                say!("  {name} {}", names.join(", "));
            }
        }
    }
    for problem in &seen.problems {
        say!("\n{problem}");
    }
}

/// The document as it would be served, its dates bounded by now as at a first collection.
fn document(seen: Seen, preview: &Preview) -> Result<String, Failure> {
    let format = preview.published_as.format();
    let now = SystemClock.now().fixed_offset();
    let is_there = |entry: &Entry| {
        entry.visible_from.is_none_or(|from| from <= now)
            && entry.visible_until.is_none_or(|until| until > now)
    };
    let mut entries: Vec<FeedEntry> = seen
        .entries
        .into_iter()
        .filter(is_there)
        .map(|entry| FeedEntry {
            atom_id: entry.id.clone(),
            published: entry.published.map_or(now, |date| date.min(now)),
            updated: entry.updated.filter(|updated| *updated <= now),
            entry,
        })
        .collect();
    // The store gives a latecomer with the same id another; here the first is shown alone.
    let mut ids = HashSet::new();
    entries.retain(|entry| ids.insert(entry.entry.id.clone()));
    entries.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.entry.id.cmp(&b.entry.id)));
    let updated = entries.iter().map(|entry| entry.updated.unwrap_or(entry.published)).max();
    let mut channel = Channel { updated, ..seen.channel };
    let address = channel.link.clone().unwrap_or_else(|| "http://localhost/".into());
    if channel.id.is_empty() {
        channel.id.clone_from(&address);
    }
    let place = Place { self_url: address.clone(), page_url: address, ..Place::default() };
    Ok(String::from_utf8(publish(&Feed { channel, entries, deleted: Vec::new() }, format, &place))?)
}
