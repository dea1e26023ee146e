//! What a site's generator itself would publish, where our reading of the posts differs:
//! every post is mapped twice, as written and as the generator reads it, without its text.

use crate::cli::progress;
use crate::clock::{Clock, SystemClock};
use crate::collect::files;
use crate::collect::files::FileStamp;
use crate::definition::{Compat, PostsSource};
use crate::map::posts::Mapped;
use crate::model::{Entry, Problem, show_path};
use crate::update::Folder;
use serde_json::json;
use std::collections::BTreeSet;

/// Largest post that is read, in bytes, and differences that are told one by one.
const LARGEST: u64 = 10 * 1024 * 1024;
const MOST_TOLD: usize = 20;

/// A source's posts, read in both ways.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Readings {
    /// How many posts are published.
    pub(super) published: usize,
    /// What differs, a line a post.
    pub(super) differences: Vec<Difference>,
    /// Files that are no posts, though their names would do.
    pub(super) asides: Vec<String>,
    /// What is wrong with posts, where they lie.
    pub(super) problems: Vec<Problem>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    at: String,
    /// What the generator would do.
    theirs: Theirs,
}

#[derive(Debug, PartialEq)]
enum Theirs {
    LeftOut,
    Added,
    Changed(Vec<String>),
}

impl Difference {
    fn told(&self) -> String {
        let what = match &self.theirs {
            Theirs::LeftOut => "left out".to_owned(),
            Theirs::Added => "published".to_owned(),
            Theirs::Changed(changes) => changes.join(", "),
        };
        format!("    {}: {what}", self.at)
    }
}

/// Reads every post of a folder in both ways; in one where the source wants the generator's. Blocks.
pub(super) fn read(posts: &PostsSource, folder: &Folder) -> Readings {
    let site = folder.site.clone().without_texts();
    let strict = (posts.compat == Compat::Plain).then(|| site.strictly());
    let (others, now) = (folder.others(LARGEST), SystemClock.now());
    let mut found = Readings::default();
    let bar = progress::bar(folder.posts.len(), "reading");
    for stamp in &folder.posts {
        bar.inc(1);
        let bytes = match files::read(stamp, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) => {
                found.problems.push(located(error.at(stamp), stamp));
                continue;
            }
        };
        if site.is_aside(&stamp.path, &bytes) {
            found.asides.push(stamp.path.clone());
            continue;
        }
        let (ours, theirs) = match &strict {
            Some(strict) => {
                let (ours, theirs) = site.map_twice(strict, (&stamp.path, &bytes), &others, now);
                let theirs = difference(&ours, &theirs);
                (ours, theirs)
            }
            None => (site.map(&stamp.path, &bytes, &others, now), None),
        };
        found.published += usize::from(ours.entry.is_some());
        found.problems.extend(ours.problems.into_iter().map(|problem| located(problem, stamp)));
        found.differences.extend(theirs.map(|theirs| Difference { at: stamp.path.clone(), theirs }));
    }
    bar.finish_and_clear();
    found
}

/// A post's problem, at a path that an editor opens.
fn located(mut problem: Problem, stamp: &FileStamp) -> Problem {
    if let Some(place) = problem.at.strip_prefix(&stamp.path) {
        let current = std::env::current_dir().unwrap_or_default();
        problem.at = format!("{}{place}", show_path(&stamp.absolute, &current));
    }
    problem
}

fn difference(ours: &Mapped, theirs: &Mapped) -> Option<Theirs> {
    match (&ours.entry, &theirs.entry) {
        (None, None) => None,
        (Some(_), None) => Some(Theirs::LeftOut),
        (None, Some(_)) => Some(Theirs::Added),
        (Some(ours), Some(theirs)) => {
            let changes = changes(ours, theirs);
            (!changes.is_empty()).then_some(Theirs::Changed(changes))
        }
    }
}

/// What a subscriber would see of it; texts are not compared.
fn changes(ours: &Entry, theirs: &Entry) -> Vec<String> {
    let mut changes = Vec::new();
    let quoted = |text: &Option<String>| text.as_ref().map_or("none".to_owned(), |text| format!("`{text}`"));
    if ours.link != theirs.link {
        changes.push(format!("link {}", quoted(&theirs.link)));
    } else if ours.id != theirs.id {
        changes.push(format!("id `{}`", theirs.id));
    }
    if ours.title != theirs.title {
        changes.push(format!("title {}", quoted(&theirs.title)));
    }
    let instant = |entry: &Entry| entry.published.map(|date| date.to_utc());
    if instant(ours) != instant(theirs) {
        let date =
            theirs.published.map_or("no date".to_owned(), |date| format!("date {}", date.to_rfc3339()));
        changes.push(date);
    }
    let filed = |entry: &Entry| entry.categories.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    if filed(ours) != filed(theirs) {
        let named: Vec<String> = filed(theirs).into_iter().collect();
        changes.push(format!("categories {}", listed(&named)));
    }
    let tags = |entry: &Entry| entry.tags.iter().cloned().collect::<BTreeSet<_>>();
    if tags(ours) != tags(theirs) {
        changes.push(format!("tags {}", listed(&theirs.tags)));
    }
    changes
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { format!("`{}`", names.join("`, `")) }
}

impl Readings {
    fn count(&self, is: impl Fn(&Theirs) -> bool) -> usize {
        self.differences.iter().filter(|difference| is(&difference.theirs)).count()
    }

    /// In words, for people.
    pub(super) fn told(&self, generator: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let counts = [
            (self.count(|theirs| *theirs == Theirs::LeftOut), "left out"),
            (self.count(|theirs| *theirs == Theirs::Added), "published in addition"),
            (self.count(|theirs| matches!(theirs, Theirs::Changed(_))), "published otherwise"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !counts.is_empty() {
            let counts = counts.join(", ");
            lines.push(format!("  by {generator} itself: {counts} (`compat: strict` reads as it does)"));
        }
        lines.extend(self.differences.iter().take(MOST_TOLD).map(Difference::told));
        let more = self.differences.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            lines.push(format!("    and {more} more"));
        }
        if !self.asides.is_empty() {
            lines.push(format!("  no posts, as they have no front matter: {}", self.asides.join(", ")));
        }
        lines
    }

    /// The same for programs, every difference in it.
    pub(super) fn json(&self, source: &str, generator: &str) -> serde_json::Value {
        let differences: Vec<_> = self
            .differences
            .iter()
            .map(|difference| {
                let (outcome, changes) = match &difference.theirs {
                    Theirs::LeftOut => ("left out", &[][..]),
                    Theirs::Added => ("published", &[][..]),
                    Theirs::Changed(changes) => ("otherwise", changes.as_slice()),
                };
                json!({ "at": difference.at, "outcome": outcome, "changes": changes })
            })
            .collect();
        json!({
            "source": source,
            "generator": generator,
            "posts": self.published,
            "strictly": differences,
            "no_posts": self.asides,
        })
    }
}
