//! What becomes of an entry after it was published: it is edited, gets another date, is taken
//! back. Each edit is told from the one before by its number, which stands in its title, its
//! text and, by the date, in its metadata, so that half of one is seen.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// Where every date is counted from.
fn dawn() -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// The story of one entry.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// By revision: so many days after its minute it stands.
    days: Vec<i64>,
    /// Its source shows it no longer.
    pub(crate) taken: bool,
}

impl Default for Story {
    fn default() -> Self {
        Self { days: vec![0], taken: false }
    }
}

impl Story {
    pub(crate) fn revision(&self) -> usize {
        self.days.len() - 1
    }

    /// Another text under the same date.
    pub(crate) fn edit(&mut self) {
        self.days.push(*self.days.last().unwrap());
    }

    /// Another text, and another date.
    pub(crate) fn redate(&mut self, days: usize) {
        self.days.push(days as i64);
    }

    /// The date of a revision of the entry with this number.
    pub(crate) fn date(&self, number: u32, revision: usize) -> DateTime<Utc> {
        dawn() + TimeDelta::minutes(number.into()) + TimeDelta::days(self.days[revision])
    }

    /// When it was edited last, by its source's own word.
    pub(crate) fn updated(&self) -> Option<DateTime<Utc>> {
        let hours = self.revision() as i64;
        (hours > 0).then(|| dawn() + TimeDelta::days(60) + TimeDelta::hours(hours))
    }
}

/// How an entry's title begins and ends.
pub(crate) fn title(kind: &str, number: u32, revision: usize) -> String {
    format!("{kind} {number}, r{revision}")
}

/// The text of an entry.
pub(crate) fn text(number: u32, revision: usize) -> String {
    format!("<p>The text of number {number}, r{revision}, and that is all.</p>")
}

/// The number and revision of an entry as it is served; `None` where it is no whole one.
pub(crate) fn read(item: &Value, story: impl Fn(u32) -> Story) -> Option<(u32, usize)> {
    let (head, revision) = item["title"].as_str()?.split_once(", r")?;
    let number: u32 = head.rsplit(' ').next()?.parse().ok()?;
    let revision: usize = revision.parse().ok()?;
    let story = story(number);
    if revision > story.revision() {
        return None;
    }
    let date = DateTime::parse_from_rfc3339(item["date_published"].as_str()?).ok()?;
    let whole = item["content_html"].as_str()?.trim() == text(number, revision)
        && date == story.date(number, revision).fixed_offset();
    whole.then_some((number, revision))
}
