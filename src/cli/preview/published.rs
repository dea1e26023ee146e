//! `preview FEED --stage publish`: the document as a first collection would publish it,
//! by the same stages, over a store that is gone afterwards.

use crate::cli::preview::read::defined;
use crate::cli::reload::Feeds;
use crate::cli::{Failure, build, setup};
use crate::config::{Config, Environment};
use crate::model::{Facet, Format, Outcome, Problem};
use crate::serve::{Address, Shelf, render};
use crate::store::SqliteStore;
use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The document of a feed, and what failed of its sources.
pub(super) async fn published(
    id: &str,
    format: Format,
    config: &Config,
    environment: &Environment,
) -> Result<(Vec<u8>, Vec<Problem>), Failure> {
    defined(id, config)?;
    let reading = Feeds::new(config).read();
    if !reading.redefinition.definitions.iter().any(|definition| definition.outlet.id == id) {
        return Err(Failure::new(format!(
            "`{id}` is not published: its file says `enabled: false`, `moved` or `gone`"
        )));
    }
    let state = Scratch::make()?;
    let config = Config { state: state.0.clone(), ..config.clone() };
    let shelf = Shelf::new(reading.outlets, &setup::all_settings(&config));
    let store = Arc::new(SqliteStore::open(&config.state)?);
    let mill = setup::mill(&config, environment, store, None)?;
    let store = mill.store.clone();
    let report = build::collect(mill, reading.redefinition, &[id.to_owned()]).await?.report;
    let all = report.sources.len();
    let failed: Vec<_> =
        report.sources.into_iter().filter(|source| source.outcome == Outcome::Failed).collect();
    let every = !failed.is_empty() && failed.len() == all;
    let problems: Vec<Problem> = failed.into_iter().flat_map(|source| source.problems).collect();
    if every {
        return Err(Failure::problems(&problems));
    }
    let address = shelf.get(id).map(|shelved| Address::new(&shelved.outlet, Facet::Whole));
    let document = match address {
        Some(address) => render(&*store, &shelf, &config.base_url, (&address, format), false)?,
        None => None,
    };
    Ok((document.unwrap_or_default(), problems))
}

/// A state directory that is gone with its owner.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> Result<Self, Failure> {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(|error| Failure::new(format!("no randomness: {error}")))?;
        let name = format!("feedmill-preview-{:016x}", u64::from_ne_bytes(random));
        let place = std::env::temp_dir().join(name);
        let cannot = |error| Failure::new(format!("`{}` can't be made: {error}", place.display()));
        fs::DirBuilder::new().mode(0o700).create(&place).map_err(cannot)?;
        Ok(Self(place))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let place: &Path = &self.0;
        // Whoever clears the folder of what is temporary finds what stays.
        let _ = fs::remove_dir_all(place);
    }
}
