//! The feed files as they stand, and each as it was last good.

use crate::config::Config;
use crate::definition::{self, Definition, Loaded, SourceKind};
use crate::model::{Fate, Outlet, Problem};
use crate::schedule::Redefinition;
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Reads the folder of feeds, again and again, and remembers what was good.
pub(super) struct Feeds {
    folder: PathBuf,
    base_url: String,
    defaults: crate::model::Defaults,
    last_good: BTreeMap<String, Definition>,
}

/// One reading of the folder.
pub(super) struct Reading {
    /// For the scheduler.
    pub(super) redefinition: Redefinition,
    /// For serving.
    pub(super) outlets: Vec<Arc<Outlet>>,
    /// Folders to watch.
    pub(super) folders: Vec<PathBuf>,
    /// Everything wrong, and what is worth a look.
    pub(super) problems: Vec<Problem>,
}

impl Feeds {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            folder: config.feeds.clone(),
            base_url: config.base_url.clone(),
            defaults: config.defaults.clone(),
            last_good: BTreeMap::new(),
        }
    }

    /// Reads the folder: a feed whose file is bad goes on as it was last good. Blocks.
    pub(super) fn read(&mut self) -> Reading {
        let Loaded { mut definitions, problems, broken, incomplete, .. } =
            definition::load(&self.folder, &self.defaults);
        let known = |id: &str| broken.iter().any(|broken| broken == id) || incomplete;
        let sound: Vec<String> = definitions.iter().map(|definition| definition.outlet.id.clone()).collect();
        let last_good = self.last_good.iter().filter(|(id, _)| known(id) && !sound.contains(id));
        definitions.extend(last_good.map(|(_, definition)| definition.clone()));
        definitions.sort_by(|a, b| a.outlet.id.cmp(&b.outlet.id));
        self.last_good =
            definitions.iter().map(|definition| (definition.outlet.id.clone(), definition.clone())).collect();
        definitions.retain(|definition| definition.enabled);
        definitions.iter_mut().for_each(fill_from_site);
        let outlets = definitions.iter().map(|definition| Arc::clone(&definition.outlet)).collect();
        // What is published no more, or elsewhere, is not collected either.
        definitions.retain(|definition| definition.outlet.fate == Fate::Here);
        let bad = broken.iter().map(|id| (id.clone(), of_file(&problems, id)));
        let bad: HashMap<String, Vec<Problem>> = bad.collect();
        Reading {
            outlets,
            folders: folders(&definitions),
            redefinition: Redefinition {
                definitions,
                problems: bad,
                base_url: self.base_url.clone(),
                on_request: false,
            },
            problems,
        }
    }
}

/// What the file leaves out, its first posts source's own site says.
fn fill_from_site(definition: &mut Definition) {
    let posts = definition.sources.iter().find_map(|source| match &source.kind {
        SourceKind::Posts(posts) => Some(posts),
        SourceKind::Feed(_) | SourceKind::From(_) => None,
    });
    let Some(channel) = posts.map(crate::update::channel) else { return };
    let outlet = Arc::make_mut(&mut definition.outlet);
    if outlet.title == outlet.id && !channel.title.is_empty() {
        outlet.title = channel.title;
    }
    outlet.description = outlet.description.take().or(channel.description);
    outlet.link = outlet.link.take().or(channel.link);
    outlet.language = outlet.language.take().or(channel.language);
    outlet.author = outlet.author.take().or_else(|| channel.authors.into_iter().next());
    outlet.icon = outlet.icon.take().or(channel.icon);
    outlet.rights = outlet.rights.take().or(channel.rights);
}

fn folders(definitions: &[Definition]) -> Vec<PathBuf> {
    let sources =
        definitions.iter().flat_map(|definition| &definition.sources).filter(|source| source.enabled);
    let mut folders: Vec<PathBuf> = sources
        .flat_map(|source| match &source.kind {
            SourceKind::Posts(posts) => posts.paths.clone(),
            SourceKind::Feed(_) | SourceKind::From(_) => Vec::new(),
        })
        .collect();
    folders.sort();
    folders.dedup();
    folders
}

/// The problems with the file of a feed.
fn of_file(problems: &[Problem], id: &str) -> Vec<Problem> {
    let of_feed = |problem: &&Problem| {
        let file = problem.at.split(':').next().unwrap_or_default();
        Path::new(file).file_stem().is_some_and(|stem| stem == id)
    };
    problems.iter().filter(of_feed).cloned().collect()
}
