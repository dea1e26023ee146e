//! Hugo's dates: which keys, in which order, and what it reads in them.

use super::Settings;
use crate::map::date;
use crate::map::date::{Stamp, Style, Zone};
use crate::map::posts::meta::Meta;
use crate::map::posts::{PostFile, Site, entry};
use crate::model::{Date, Problem};
use crate::yaml::{Node, Value};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use regex::Regex;
use std::sync::LazyLock;

/// A page's dates.
#[derive(Debug, Clone, Default)]
pub(super) struct Dates {
    /// What permalinks are made from.
    pub(super) date: Option<Date>,
    /// What the feed shows.
    pub(super) published: Option<Date>,
    pub(super) updated: Option<Date>,
    pub(super) expires: Option<DateTime<Utc>>,
    /// From the file's name, where that gave a date.
    pub(super) slug: Option<String>,
}

/// Other names of a key.
const ALIASES: [(&str, &[&str]); 3] = [
    ("lastmod", &["lastmod", "modified"]),
    ("publishdate", &["publishdate", "pubdate", "published"]),
    ("expirydate", &["expirydate", "unpublishdate"]),
];

pub(super) fn read(
    site: &Site,
    settings: &Settings,
    meta: &Meta<'_>,
    file: &PostFile<'_>,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Dates {
    let mut reader = Reader { site, meta, file, name, slug: None, told: Vec::new(), problems };
    let date = reader.first(&settings.dates.date);
    let published = reader.field("published").or_else(|| reader.first(&settings.dates.publish));
    let updated = reader.field("updated").or_else(|| reader.first(&settings.dates.lastmod));
    let expires = reader.first(&settings.dates.expiry).map(|date| date.to_utc());
    let published = published.or(date);
    Dates { date, published, updated: updated.or(date), expires, slug: reader.slug }
}

struct Reader<'a> {
    site: &'a Site,
    meta: &'a Meta<'a>,
    file: &'a PostFile<'a>,
    name: &'a str,
    slug: Option<String>,
    /// Keys whose value was complained of.
    told: Vec<(usize, usize)>,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    /// What the source's own map says.
    fn field(&mut self, field: &str) -> Option<Date> {
        let node = self.meta.mapped(field)?;
        self.date(node, field)
    }

    /// The first of a chain's keys that holds a date.
    fn first(&mut self, chain: &[String]) -> Option<Date> {
        chain.iter().find_map(|key| {
            if key == ":filename" {
                return self.by_name();
            }
            let aliases = ALIASES.iter().find(|(name, _)| name == key).map(|(_, names)| *names);
            match aliases {
                Some(names) => names.iter().find_map(|name| self.key(name)),
                None => self.key(key),
            }
        })
    }

    fn key(&mut self, key: &str) -> Option<Date> {
        let node = self.meta.get(key).filter(|node| !node.is_null() && node.boolean().is_none())?;
        self.date(node, key)
    }

    fn date(&mut self, node: &Node, key: &str) -> Option<Date> {
        let (plain, theirs) = stamp(node, self.site);
        if self.site.strict {
            return theirs;
        }
        if !self.told.contains(&(node.line, node.column)) {
            self.told.push((node.line, node.column));
            // `published: 1` says yes, and Hugo takes it for a date as well.
            let is_yes_or_no = key == "published" && super::truth(node).is_some();
            if plain.is_none() && !is_yes_or_no {
                entry::no_date(self.file, node, key, self.problems);
            } else if theirs != plain {
                entry::other_date(self.file, node, ("Hugo", theirs), self.problems);
            }
        }
        plain
    }

    /// `2021-03-04-slug` gives both.
    fn by_name(&mut self) -> Option<Date> {
        let (day, rest) = self.name.split_at_checked(10)?;
        let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
        let (time, rest) = match rest.split_at_checked(9) {
            Some((time, rest)) => match NaiveTime::parse_from_str(time, "-%H-%M-%S") {
                Ok(time) => (time, rest),
                Err(_) => (NaiveTime::MIN, self.name.get(10..)?),
            },
            None => (NaiveTime::MIN, rest),
        };
        let slug = rest.trim_matches([' ', '-', '_']);
        self.slug = (!slug.is_empty()).then(|| slug.to_owned());
        Some(date::in_zone(day.and_time(time), self.site.zone))
    }
}

/// A date as its author wrote it, and as Hugo reads it.
fn stamp(node: &Node, site: &Site) -> (Option<Date>, Option<Date>) {
    let Value::Scalar { text, quoted } = &node.value else {
        return (None, None);
    };
    let seconds = text.trim().parse().ok().filter(|_| !quoted);
    let as_seconds = seconds.map(|seconds| Some(DateTime::from_timestamp(seconds, 0)?.fixed_offset()));
    let Some(stamp) = date::read(text) else {
        return (None, as_seconds.flatten());
    };
    let local = || date::in_zone(stamp.when, site.zone);
    let plain = stamp.instant().unwrap_or_else(local);
    let theirs = if let Some(as_seconds) = as_seconds {
        as_seconds
    } else {
        has_layout(&stamp, text).then(|| match stamp.zone {
            Zone::Rfc822(_) | Zone::Abbreviation(_) | Zone::Name(_) => local(),
            _ => plain,
        })
    };
    (Some(plain), theirs)
}

/// Whether one of the layouts of the library that Hugo reads dates with fits.
fn has_layout(stamp: &Stamp, text: &str) -> bool {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = r"^(?:(?:[A-Z][a-z]{2,8}, )?\d\d[ -][A-Z][a-z]{2}[ -]\d{2,4}(?: .*)?|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:.*)$";
        Regex::new(words).ok()
    });
    match stamp.style {
        Style::Iso => {
            let is_named = matches!(stamp.zone, Zone::Rfc822(_) | Zone::Abbreviation(_) | Zone::Name(_));
            let whole = stamp.has_seconds || !stamp.has_time && stamp.zone == Zone::None;
            whole && !stamp.has_strays && !is_named
        }
        Style::Words => WORDS.as_ref().is_some_and(|words| words.is_match(text.trim())),
        Style::Dashes
        | Style::Numbers
        | Style::Chinese
        | Style::Count
        | Style::IsoMonth
        | Style::Month
        | Style::Year => false,
    }
}
