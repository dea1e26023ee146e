//! What a source takes over from its feed.

use crate::definition::Dedupe;
use crate::definition::Defaults;
use crate::definition::Filter;
use crate::definition::Pick;
use crate::definition::Timetable;
use crate::model::CategoryPath;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::Path;

/// The keys of a feed that hold for each of its sources, unless that says otherwise.
pub(super) struct Inherited<'a> {
    /// The folder that relative paths count from.
    pub(super) base: &'a Path,
    /// The feed's file, as problems name it.
    pub(super) shown: String,
    pub(super) defaults: &'a Defaults,
    pub(super) link: Option<String>,
    pub(super) schedule: Option<Timetable>,
    pub(super) timezone: Option<Tz>,
    pub(super) map: BTreeMap<String, Vec<Pick>>,
    pub(super) into: Vec<(CategoryPath, CategoryPath)>,
    pub(super) filter: Option<Filter>,
    pub(super) dedupe: Dedupe,
    pub(super) websub: bool,
}
