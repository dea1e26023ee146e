//! The zone that an old feed was made in, where its site doesn't say: the one in which the
//! posts' clocks come to the feed's dates.

use crate::map::date::in_zone;
use crate::model::{Date, Entry};
use chrono::NaiveDateTime;
use chrono_tz::{TZ_VARIANTS, Tz};
use std::collections::HashMap;

/// Zones that many live in, so that one of them is named before another with the same clock.
pub(super) const COMMON: [Tz; 12] = [
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
