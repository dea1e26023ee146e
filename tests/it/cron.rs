//! Crontab lines: their times against `croner`, and the nights when the clock changes.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;
use croner::{Cron, parser::CronParser};
use feedmill::definition::{Crontab, Timetable};
use proptest::prelude::*;
use std::fmt::Write;

fn times(line: &str, zone: Tz, from: &str, number: usize) -> Vec<String> {
    let crontab = Crontab::parse(line).unwrap();
    let mut after: DateTime<Utc> = from.parse().unwrap();
    let mut times = Vec::new();
    for _ in 0..number {
        after = crontab.next_after(after, zone).unwrap();
        times.push(after.with_timezone(&zone).format("%m-%d %H:%M:%S%:z").to_string());
    }
    times
}

#[test]
fn fixed_times_in_the_night_that_skips_an_hour_run_right_after_it() {
    let berlin = Tz::Europe__Berlin;
    assert_eq!(
        times("30 2 * * *", berlin, "2026-03-28T00:00:00Z", 3),
        ["03-28 02:30:00+01:00", "03-29 03:00:00+02:00", "03-30 02:30:00+02:00"]
    );
    assert_eq!(
        times("15,45 2,3 * * *", berlin, "2026-03-29T00:00:00Z", 4),
        ["03-29 03:00:00+02:00", "03-29 03:15:00+02:00", "03-29 03:45:00+02:00", "03-30 02:15:00+02:00"]
    );
    assert_eq!(
        times("30 2 * * *", Tz::America__New_York, "2026-03-08T06:00:00Z", 2),
        ["03-08 03:00:00-04:00", "03-09 02:30:00-04:00"]
    );
    assert_eq!(
        times("15 2 * * *", Tz::Australia__Lord_Howe, "2026-10-03T12:00:00Z", 2),
        ["10-04 02:30:00+11:00", "10-05 02:15:00+11:00"]
    );
    assert_eq!(
        times("0 12 * * *", Tz::Pacific__Apia, "2011-12-29T12:00:00Z", 3),
        ["12-29 12:00:00-10:00", "12-31 00:00:00+14:00", "12-31 12:00:00+14:00"]
    );
}

#[test]
fn fixed_times_in_the_night_that_repeats_an_hour_run_once() {
    assert_eq!(
        times("0,30 2 * * *", Tz::Europe__Berlin, "2026-10-24T22:00:00Z", 3),
        ["10-25 02:00:00+02:00", "10-25 02:30:00+02:00", "10-26 02:00:00+01:00"]
    );
    assert_eq!(
        times("45 1 * * *", Tz::Australia__Lord_Howe, "2026-04-04T12:00:00Z", 2),
        ["04-05 01:45:00+11:00", "04-06 01:45:00+10:30"]
    );
    assert_eq!(
        times("30 2 * * *", Tz::Europe__Berlin, "2026-10-25T01:10:00Z", 1),
        ["10-26 02:30:00+01:00"],
        "asked in the second pass"
    );
}

#[test]
fn lines_that_run_all_day_go_on_by_the_time_that_passes() {
    assert_eq!(
        times("*/30 * * * *", Tz::Europe__Berlin, "2026-10-24T23:45:00Z", 6),
        [
            "10-25 02:00:00+02:00",
            "10-25 02:30:00+02:00",
            "10-25 02:00:00+01:00",
            "10-25 02:30:00+01:00",
            "10-25 03:00:00+01:00",
            "10-25 03:30:00+01:00",
        ]
    );
    assert_eq!(
        times("40 * * * *", Tz::Europe__Berlin, "2026-03-29T00:00:00Z", 3),
        ["03-29 01:40:00+01:00", "03-29 03:40:00+02:00", "03-29 04:40:00+02:00"]
    );
    assert_eq!(
        times("50 * 31 10 *", Tz::America__Havana, "2021-11-01T03:55:00Z", 1),
        ["10-31 00:50:00-04:00"]
    );
}

#[test]
fn days_by_date_or_by_weekday() {
    let utc = Tz::UTC;
    assert_eq!(
        times("0 0 13 * fri", utc, "2026-11-01T00:00:00Z", 4),
        ["11-06 00:00:00+00:00", "11-13 00:00:00+00:00", "11-20 00:00:00+00:00", "11-27 00:00:00+00:00"]
    );
    assert_eq!(
        times("0 0 */2 * 1", utc, "2026-11-01T00:00:00Z", 2),
        ["11-09 00:00:00+00:00", "11-23 00:00:00+00:00"],
        "`*/2` has a star in it, so both have to match"
    );
    for sunday in ["0", "7", "sun", "SUNDAY", "7-7", "0,7"] {
        assert_eq!(
            times(&format!("0 0 * * {sunday}"), utc, "2026-11-17T00:00:00Z", 1),
            ["11-22 00:00:00+00:00"]
        );
    }
    assert_eq!(times("30 0 0 29 2 *", utc, "2096-03-01T00:00:00Z", 0), Vec::<String>::new());
}

#[test]
fn a_line_that_means_nothing_says_why() {
    let mut told = String::new();
    for line in [
        "* * * *",
        "* * * * * * *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 * * fri-mon",
        "5/15 * * * *",
        "*/0 * * * *",
        "*/90 * * * *",
        "0 0 30 2 *",
        "0 0 31 4,6 *",
        "@reboot",
        "0 0 L * *",
        "0 0 ? * *",
        "1-a * * * *",
        ",1 * * * *",
        "+5 * * * *",
        "０ * * * *",
        "every",
        "every 15",
        "15 m",
        "every 0s",
        "hourly",
        "",
        "-5m",
    ] {
        writeln!(told, "{line} => {}", Timetable::parse(line).unwrap_err()).unwrap();
    }
    crate::cases::same("tests/definition/cron.txt", &told);
}

#[test]
fn what_a_timetable_may_be() {
    for (text, meant) in [
        ("auto", "auto"),
        ("15m", "every 15m"),
        (" every  90s ", "every 90s"),
        ("@hourly", "@hourly"),
        ("*/5  * * * *", "*/5 * * * *"),
        ("0 30 2 1-7/2 jan,JUL mon-fri", "0 30 2 1-7/2 jan,JUL mon-fri"),
    ] {
        assert_eq!(Timetable::parse(text).unwrap().to_string(), meant);
    }
    let from = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    let next = |text: &str| Timetable::parse(text).unwrap().next_after(from, Tz::UTC);
    assert_eq!(next("auto"), None);
    assert_eq!(next("90s"), Some(from + chrono::Duration::seconds(90)));
    assert_eq!(next("@hourly"), Some(from + chrono::Duration::hours(1)));
}

/// A field: a star, a step, or some numbers, ranges and stepped ranges.
fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    let part = (least..=most, least..=most, 1..=most / 2, 0..3).prop_map(|(one, two, step, kind)| {
        let (low, high) = (one.min(two), one.max(two));
        match kind {
            0 => one.to_string(),
            1 => format!("{low}-{high}"),
            _ => format!("{low}-{high}/{step}"),
        }
    });
    prop_oneof![
        3 => Just("*".to_owned()),
        3 => (least..=most).prop_map(|number| number.to_string()),
        2 => prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(",")),
    ]
}

const ZONES: [Tz; 7] = [
    Tz::UTC,
    Tz::Europe__Berlin,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Shanghai,
    Tz::America__Havana,
    Tz::Asia__Kolkata,
];

fn oracle(line: &str) -> Option<Cron> {
    CronParser::builder().seconds(croner::parser::Seconds::Optional).build().parse(line).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Any line, over years and zones. Where `croner` takes a line of several fixed
    /// times for one that runs all day, only times away from a change are compared.
    #[test]
    fn the_times_are_those_of_croner(
        minute in field(0, 59),
        hour in field(0, 23),
        day in field(1, 31),
        month in field(1, 12),
        weekday in field(0, 7),
        zone in 0..ZONES.len(),
        from in 946_684_800_i64..2_000_000_000,
    ) {
        let line = format!("{minute} {hour} {day} {month} {weekday}");
        let Ok(ours) = Crontab::parse(&line) else {
            // Never due: `croner` finds nothing either.
            let start = Utc.timestamp_opt(946_684_800, 0).unwrap();
            prop_assert!(oracle(&line).is_none_or(|cron| cron.find_next_occurrence(&start, false).is_err()), "{line}");
            return Ok(());
        };
        let theirs = oracle(&line).unwrap();
        let zone = ZONES[zone];
        let single = |field: &str| field.parse::<u32>().is_ok();
        let alike = minute.starts_with('*') || hour.starts_with('*') || (single(&minute) && single(&hour));
        let mut after = Utc.timestamp_opt(from, 0).unwrap();
        for _ in 0..12 {
            let Some(next) = ours.next_after(after, zone) else { break };
            let Ok(their_next) = theirs.find_next_occurrence(&after.with_timezone(&zone), false) else { break };
            let calm = |time: DateTime<Utc>| {
                let offset = |hours| (time + chrono::Duration::hours(hours)).with_timezone(&zone).naive_local()
                    - (time + chrono::Duration::hours(hours)).naive_utc();
                offset(-27) == offset(27)
            };
            if alike || (calm(after) && calm(next)) {
                prop_assert_eq!(next, their_next.to_utc(), "{} in {} after {}", line, zone, after);
            }
            after = next;
        }
    }

    /// The nights themselves: starts within a day of a change.
    #[test]
    fn so_they_are_in_the_nights_that_change(
        minute in field(0, 59),
        hour in prop_oneof![(0_u32..5).prop_map(|hour| hour.to_string()), Just("*".to_owned()), Just("*/2".to_owned())],
        night in prop::sample::select(vec![
            (Tz::Europe__Berlin, "2026-03-29T01:00:00Z"),
            (Tz::Europe__Berlin, "2026-10-25T01:00:00Z"),
            (Tz::America__New_York, "2026-03-08T07:00:00Z"),
            (Tz::America__New_York, "2026-11-01T06:00:00Z"),
            (Tz::Australia__Lord_Howe, "2026-10-03T15:30:00Z"),
            (Tz::Australia__Lord_Howe, "2026-04-04T15:00:00Z"),
            (Tz::America__Havana, "2026-11-01T05:00:00Z"),
        ]),
        before in 0_i64..100_000,
    ) {
        prop_assume!(minute.starts_with('*') || hour.starts_with('*') || minute.parse::<u32>().is_ok());
        let line = format!("{minute} {hour} * * *");
        let (zone, change) = night;
        let (ours, theirs) = (Crontab::parse(&line).unwrap(), oracle(&line).unwrap());
        let mut after = change.parse::<DateTime<Utc>>().unwrap() - chrono::Duration::seconds(before);
        for _ in 0..40 {
            let next = ours.next_after(after, zone).unwrap();
            let their_next = theirs.find_next_occurrence(&after.with_timezone(&zone), false).unwrap();
            prop_assert_eq!(next, their_next.to_utc(), "{} in {} after {}", line, zone, after);
            after = next;
        }
    }
}
