//! The zone that an old feed was made in, where its site doesn't say: the one in which the
//! posts' clocks come to the feed's dates.

use crate::cli::Failure;
use crate::cli::init::Surroundings;
use crate::cli::init::found::{Site, map};
use crate::cli::init::lookup::Read;
use crate::definition::PostsSource;
use crate::map::date::in_zone;
use crate::model::{Date, Entry};
use chrono::NaiveDateTime;
use chrono_tz::{TZ_VARIANTS, Tz};
use std::collections::HashMap;

/// Zones that many live in, so that one of them is named before another with the same clock.
const COMMON: [Tz; 12] = [
    Tz::UTC,
    Tz::Asia__Shanghai,
    Tz::Asia__Tokyo,
    Tz::Asia__Kolkata,
    Tz::Asia__Singapore,
    Tz::Europe__London,
    Tz::Europe__Berlin,
    Tz::Europe__Moscow,
    Tz::America__New_York,
    Tz::America__Los_Angeles,
    Tz::America__Sao_Paulo,
    Tz::Australia__Sydney,
];

/// The zone in which most of the posts, read in UTC, have the old feed's dates: `None`
/// where fewer than two thirds of those that both have come to theirs in any.
pub(super) fn of(in_utc: &[Entry], old: &[Entry]) -> Option<Tz> {
    let pairs = pairs(in_utc, old);
    let fits =
        |zone: Tz| pairs.iter().filter(|(wall, date)| in_zone(*wall, zone).to_utc() == date.to_utc()).count();
    let mut best: Option<(Tz, usize)> = None;
    for zone in COMMON.into_iter().chain(TZ_VARIANTS) {
        let fitting = fits(zone);
        if best.is_none_or(|(_, most)| fitting > most) {
            best = Some((zone, fitting));
        }
    }
    best.filter(|(_, fitting)| pairs.len() > 1 && fitting * 3 >= pairs.len() * 2).map(|(zone, _)| zone)
}

/// The clock of each post and its date in the old feed. Titles tell which belong together:
/// links and ids may have the day in them.
fn pairs(in_utc: &[Entry], old: &[Entry]) -> Vec<(NaiveDateTime, Date)> {
    let mut dates: HashMap<&str, Date> = HashMap::new();
    for entry in old {
        if let (Some(title), Some(date)) = (entry.title.as_deref(), entry.published.or(entry.updated)) {
            dates.insert(title.trim(), date);
        }
    }
    let pair = |entry: &Entry| {
        let date = dates.get(entry.title.as_deref()?.trim())?;
        Some((entry.published?.naive_utc(), *date))
    };
    in_utc.iter().filter_map(pair).collect()
}

impl Site {
    /// Hexo makes addresses in the zone of the machine that it runs on: where entries of the old feed
    /// stand at other addresses, the zone in which they don't.
    pub(super) fn choose_permalink_zone(
        &mut self,
        old: &Read,
        with: &Surroundings<'_>,
    ) -> Result<(), Failure> {
        if self.generator != "hexo" {
            return Ok(());
        }
        let ours = self.compared(&self.entries, old, with);
        let mut moved = ours.new.iter().filter(|new| new.was.is_some()).count();
        let mut best = None;
        for zone in COMMON {
            if moved == 0 {
                break;
            }
            let posts = PostsSource { permalink_timezone: Some(zone), ..self.posts.clone() };
            let there = map(&posts, with)?;
            let found = self.compared(&there.entries, old, with);
            let left = found.new.iter().filter(|new| new.was.is_some()).count();
            if left < moved && found.noticed() < ours.noticed() {
                moved = left;
                best = Some((posts, there));
            }
        }
        if let Some((posts, there)) = best {
            self.posts = posts;
            self.take(there);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str, date: &str) -> Entry {
        let published = date.parse().ok();
        Entry { title: Some(title.into()), published, ..Entry::default() }
    }

    #[test]
    fn the_clocks_tell_the_zone() {
        let ours = [
            entry("winter", "2024-01-10T08:00:00Z"),
            entry("summer", "2024-07-10T08:00:00Z"),
            entry("only here", "2024-07-11T08:00:00Z"),
        ];
        let old = |winter, summer| [entry("winter", winter), entry("summer", summer)];
        let zone = |winter, summer| of(&ours, &old(winter, summer)).map(Tz::name);
        assert_eq!(zone("2024-01-10T00:00:00Z", "2024-07-10T00:00:00Z"), Some("Asia/Shanghai"));
        assert_eq!(zone("2024-01-10T07:00:00Z", "2024-07-10T06:00:00Z"), Some("Europe/Berlin"));
        assert_eq!(zone("2024-01-10T08:00:00Z", "2024-07-10T08:00:00Z"), Some("UTC"));
        assert_eq!(zone("2024-01-10T08:00:07Z", "2024-07-10T11:11:00Z"), None);
    }
}
