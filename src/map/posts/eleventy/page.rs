//! What Eleventy's templates may speak of, and the values that it has.

use super::Settings;
use crate::map::posts::meta::{Meta, flat};
use crate::model::Date;
use crate::yaml::{Node, Value as Written};
use chrono::{DateTime, Utc};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nothing,
    Switch(bool),
    Text(String),
    List(Vec<String>),
}

impl Value {
    pub(super) fn of(node: &Node) -> Self {
        match &node.value {
            Written::Scalar { .. } if node.is_null() => Self::Nothing,
            Written::Scalar { .. } => node
                .boolean()
                .map_or_else(|| Self::Text(node.text().unwrap_or_default().to_owned()), Self::Switch),
            Written::List(_) | Written::Map(_) => {
                Self::List(flat(node).into_iter().map(str::to_owned).collect())
            }
        }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Switch(on) => on.to_string(),
            Self::Text(text) => text,
            Self::List(items) => items.concat(),
        }
    }

    /// In bytes.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Nothing | Self::Switch(_) => 0,
            Self::Text(text) => text.len(),
            Self::List(items) => items.iter().map(String::len).sum(),
        }
    }

    pub(super) fn holds(&self) -> bool {
        !matches!(self, Self::Nothing | Self::Switch(false)) && *self != Self::Text(String::new())
    }
}

/// What a template may speak of.
pub(super) struct Page<'a> {
    pub(super) settings: &'a Settings,
    /// Its path below the site's folder.
    pub(super) whole: &'a str,
    /// Its path below the input folder.
    pub(super) below: &'a str,
    pub(super) date: Option<Date>,
    pub(super) meta: &'a Meta<'a>,
    pub(super) now: DateTime<Utc>,
    /// What the template itself names.
    pub(super) own: RefCell<HashMap<String, Value>>,
    pub(super) rounds: Cell<usize>,
    /// Bytes that values may still put out.
    pub(super) left: Cell<usize>,
}

impl Page<'_> {
    /// `/posts/2021-03-04-x`.
    pub(super) fn stem(&self) -> String {
        let stem = self.below.rsplit_once('.').map_or(self.below, |(stem, _)| stem);
        format!("/{stem}")
    }

    /// `/posts/x`: the same without the file's date.
    pub(super) fn path_stem(&self) -> String {
        let stem = self.stem();
        let (folder, name) = stem.rsplit_once('/').unwrap_or_default();
        format!("{folder}/{}", undated(name))
    }

    /// The file's name without its date; of an `index` its folder's.
    pub(super) fn file_slug(&self) -> &str {
        let stem = self.below.rsplit_once('.').map_or(self.below, |(stem, _)| stem);
        let mut names = stem.rsplit('/');
        let name = match names.next() {
            Some("index") => names.next().unwrap_or_default(),
            other => other.unwrap_or_default(),
        };
        undated(name)
    }
}

/// A name without the date in front of it.
fn undated(name: &str) -> &str {
    let after = name.get(10..).and_then(|rest| rest.strip_prefix('-'));
    after.filter(|_| super::day_in(name.get(..10).unwrap_or_default()).is_some()).unwrap_or(name)
}

impl Page<'_> {
    /// `/<path without extension>/`, `index` dropped.
    pub(super) fn default_path(&self) -> String {
        let stem = self.stem();
        let folder = stem.strip_suffix("/index").unwrap_or(&stem);
        format!("{folder}/")
    }
}
