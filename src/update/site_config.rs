//! A site's config that was read and is away, cut or broken now.
//!
//! In: a folder that was looked at, and what its source was last collected by. Out: the
//! problem that holds the folder as it was: without its config a site's posts would have
//! other addresses, dates and ids, and what the config keeps out would be let in.

use crate::model::Problem;
use crate::parse::data::{Format, is_whole};
use crate::update::Job;
use std::path::{Path, PathBuf};

/// How Hugo names the folder of a config that is spread over files.
const SPREAD: &str = "config/_default";

/// How a site's config was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Config {
    /// There is none, or none is asked for.
    None,
    /// It was read, whole as far as that shows.
    Read(PathBuf),
    /// It could not be read, for this reason.
    Unread(Problem),
}

impl Config {
    /// The one of a site: its text, why that could not be read, and what was wrong with it.
    pub(super) fn of(
        config: Option<&(PathBuf, String)>,
        unread: Option<&Problem>,
        problems: &[Problem],
    ) -> Self {
        let fault = problems.iter().find(|problem| problem.is_error());
        match (config, fault) {
            (None, _) => unread.cloned().map_or(Self::None, Self::Unread),
            (Some(_), Some(fault)) => Self::Unread(fault.clone()),
            (Some((path, text)), None) if is_whole(text, Format::of(&path.to_string_lossy())) => {
                Self::Read(path.clone())
            }
            (Some((path, text)), None) => {
                let message = if text.trim().is_empty() { "is empty" } else { "seems cut off" };
                Self::Unread(Problem::error(path.display().to_string(), message))
            }
        }
    }

    /// What a collection by it remembers.
    pub(super) fn read(&self) -> Option<PathBuf> {
        match self {
            Self::Read(path) => Some(path.clone()),
            Self::None | Self::Unread(_) => None,
        }
    }
}

/// What holds the folder, if anything does.
pub(super) fn lost(job: &Job, config: &Config) -> Option<Problem> {
    let before = job.state.site_config.as_deref()?;
    if job.accept || job.state.collect_hash != Some(job.source.collect_hash) {
        return None;
    }
    let (at, why) = match config {
        // It may be called otherwise now; one further up is another site's.
        Config::Read(now) if before.exists() || root(now) == root(before) => return None,
        Config::Unread(problem) => (problem.at.clone(), problem.message.clone()),
        Config::Read(_) | Config::None => (before.display().to_string(), "is away".to_owned()),
    };
    let message = format!("{why}; it was read by the site's config before, so its entries stay as they are");
    let help = format!("put it right, or `feedmill accept {}/{}` goes on without", job.feed, job.source.id);
    Some(Problem::error(at, message).with_help(help))
}

/// The folder of the site that a config is of.
fn root(config: &Path) -> Option<&Path> {
    let folder = config.parent()?;
    if folder.ends_with(SPREAD) { folder.parent()?.parent() } else { Some(folder) }
}
