//! Times, hashes, problems and filings ↔ columns.

use crate::model::{CategoryPath, Extension, Facet, Problem, Severity, Spell};
use crate::store::{Asked, FacetKind, Moving, Said};
use chrono::{DateTime, Utc};
use rusqlite::{Row, RowIndex};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

pub(super) fn millis(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

pub(super) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

pub(super) fn hash(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<[u8; 16]> {
    Ok(row.get::<_, Option<[u8; 16]>>(column)?.unwrap_or_default())
}

/// What ids are made in: the UUID of this urn.
pub(super) fn space(urn: &str) -> Uuid {
    Uuid::parse_str(urn.trim_start_matches("urn:uuid:")).unwrap_or(Uuid::NAMESPACE_URL)
}

/// The first half of a hash.
pub(super) fn short(hash: blake3::Hash) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
    half
}

/// What is left of an entry's key once the entry is forgotten.
pub(super) fn key_hash(key: &str) -> [u8; 16] {
    let mut hash = [0; 16];
    blake3::Hasher::new().update(key.as_bytes()).finalize_xof().fill(&mut hash);
    hash
}

/// Where an entry is filed, as one column.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Filing {
    #[serde(rename = "c", default)]
    pub(super) categories: Vec<Vec<String>>,
    #[serde(rename = "t", default)]
    pub(super) tags: Vec<String>,
    #[serde(rename = "a", default)]
    pub(super) authors: Vec<String>,
}

impl Filing {
    pub(super) fn write(categories: &[CategoryPath], tags: &[String], authors: Vec<String>) -> String {
        let categories = categories.iter().map(|path| path.names().to_vec()).collect();
        let filing = Self { categories, tags: tags.to_vec(), authors };
        serde_json::to_string(&filing).unwrap_or_default()
    }

    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn paths(&self) -> Vec<CategoryPath> {
        self.categories.iter().filter_map(CategoryPath::from_names).collect()
    }
}

#[derive(Serialize, Deserialize)]
struct WireProblem {
    at: String,
    warning: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// Names as JSON; nothing for none.
pub(super) fn write_names(names: &[String]) -> Option<String> {
    if names.is_empty() { None } else { serde_json::to_string(names).ok() }
}

pub(super) fn read_names(text: Option<&str>) -> Vec<String> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

pub(super) fn write_problems(problems: &[Problem]) -> String {
    let wire: Vec<WireProblem> = problems
        .iter()
        .map(|problem| WireProblem {
            at: problem.at.clone(),
            warning: problem.severity == Severity::Warning,
            message: problem.message.clone(),
            help: problem.help.clone(),
        })
        .collect();
    serde_json::to_string(&wire).unwrap_or_default()
}

pub(super) fn read_problems(text: &str) -> Vec<Problem> {
    let wire: Vec<WireProblem> = serde_json::from_str(text).unwrap_or_default();
    wire.into_iter()
        .map(|problem| Problem {
            at: problem.at,
            severity: if problem.warning { Severity::Warning } else { Severity::Error },
            message: problem.message,
            help: problem.help,
        })
        .collect()
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct WireAsked {
    #[serde(skip_serializing_if = "Option::is_none")]
    fresh_for: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skip_hours: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skip_days: Vec<u8>,
}

pub(super) fn write_asked(asked: &Asked) -> String {
    let wire = WireAsked {
        fresh_for: asked.fresh_for.map(|wait| wait.as_secs()),
        ttl: asked.ttl.map(|wait| wait.as_secs()),
        period: asked.period.map(|wait| wait.as_secs()),
        base: asked.base.map(millis),
        skip_hours: asked.skip_hours.clone(),
        skip_days: asked.skip_days.iter().map(|day| *day as u8).collect(),
    };
    serde_json::to_string(&wire).unwrap_or_default()
}

pub(super) fn read_asked(text: &str) -> Asked {
    let wire: WireAsked = serde_json::from_str(text).unwrap_or_default();
    Asked {
        fresh_for: wire.fresh_for.map(Duration::from_secs),
        ttl: wire.ttl.map(Duration::from_secs),
        period: wire.period.map(Duration::from_secs),
        base: wire.base.map(time),
        skip_hours: wire.skip_hours,
        skip_days: wire.skip_days.into_iter().filter_map(|day| chrono::Weekday::try_from(day).ok()).collect(),
    }
}

/// An element of another vocabulary by short names.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct WireExtension {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<WireExtension>,
}

impl From<&Extension> for WireExtension {
    fn from(extension: &Extension) -> Self {
        Self {
            name: extension.name.clone(),
            text: extension.text.clone(),
            attributes: extension.attributes.clone(),
            children: extension.children.iter().map(Self::from).collect(),
        }
    }
}

impl From<WireExtension> for Extension {
    fn from(wire: WireExtension) -> Self {
        let WireExtension { name, text, attributes, children } = wire;
        Self { name, attributes, text, children: children.into_iter().map(Self::from).collect() }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct WireSaid {
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extensions: Vec<WireExtension>,
}

pub(super) fn write_said(said: &Said) -> String {
    let wire = WireSaid {
        language: said.language.clone(),
        extensions: said.extensions.iter().map(WireExtension::from).collect(),
    };
    serde_json::to_string(&wire).unwrap_or_default()
}

pub(super) fn read_said(text: &str) -> Said {
    let wire: WireSaid = serde_json::from_str(text).unwrap_or_default();
    Said { language: wire.language, extensions: wire.extensions.into_iter().map(Extension::from).collect() }
}

#[derive(Serialize, Deserialize)]
struct WireMoving {
    to: String,
    since: i64,
    polls: u32,
}

pub(super) fn write_moving(moving: Option<&Moving>) -> Option<String> {
    let moving = moving?;
    let wire = WireMoving { to: moving.to.clone(), since: millis(moving.since), polls: moving.polls };
    serde_json::to_string(&wire).ok()
}

pub(super) fn read_moving(text: Option<&str>) -> Option<Moving> {
    let wire: WireMoving = serde_json::from_str(text?).ok()?;
    Some(Moving { to: wire.to, since: time(wire.since), polls: wire.polls })
}

#[derive(Serialize, Deserialize)]
struct WireSpell {
    since: i64,
    failing: bool,
    problems: String,
}

pub(super) fn write_spells(spells: &[Spell]) -> String {
    let wire = |spell: &Spell| WireSpell {
        since: millis(spell.since),
        failing: spell.failing,
        problems: write_problems(&spell.problems),
    };
    serde_json::to_string(&spells.iter().map(wire).collect::<Vec<_>>()).unwrap_or_default()
}

pub(super) fn read_spells(text: &str) -> Arc<[Spell]> {
    let wire: Vec<WireSpell> = serde_json::from_str(text).unwrap_or_default();
    let spell = |wire: WireSpell| Spell {
        since: time(wire.since),
        failing: wire.failing,
        problems: read_problems(&wire.problems),
    };
    wire.into_iter().map(spell).collect()
}

/// A facet's kind and value as columns. A source stands by its row, so that its
/// name may change; the caller looks that up.
pub(super) fn facet_columns(facet: &Facet) -> (FacetKind, String) {
    match facet {
        Facet::Whole => (FacetKind::Whole, String::new()),
        Facet::Category(path) => (FacetKind::Category, category_value(path)),
        Facet::Tag(tag) => (FacetKind::Tag, tag.clone()),
        Facet::Author(author) => (FacetKind::Author, author.clone()),
        Facet::Source(source) => (FacetKind::Source, source.clone()),
    }
}

pub(super) fn facet_of(kind: FacetKind, value: &str) -> Option<Facet> {
    Some(match kind {
        FacetKind::Whole => Facet::Whole,
        FacetKind::Category => Facet::Category(CategoryPath::from_names(value.split('\u{1f}'))?),
        FacetKind::Tag => Facet::Tag(value.to_owned()),
        FacetKind::Author => Facet::Author(value.to_owned()),
        FacetKind::Source => Facet::Source(value.to_owned()),
    })
}

pub(super) fn category_value(path: &CategoryPath) -> String {
    path.names().join("\u{1f}")
}

pub(super) fn kind_number(kind: FacetKind) -> i64 {
    match kind {
        FacetKind::Whole => 0,
        FacetKind::Category => 1,
        FacetKind::Tag => 2,
        FacetKind::Author => 3,
        FacetKind::Source => 4,
    }
}

/// What two spellings have in common that differ in case, normal form or the
/// hyphen that stands for a `/` in addresses.
pub(super) fn fold(value: &str) -> String {
    if value.is_ascii() {
        return value.to_ascii_lowercase().replace('/', "-");
    }
    value.nfkc().collect::<String>().to_lowercase().replace('/', "-").nfc().collect()
}
