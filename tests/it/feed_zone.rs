//! In which zone a feed's dates are read that name none.

use chrono_tz::Tz;
use feedmill::definition::{self, SourceKind, Trackers};
use feedmill::map::{self, feed::Reading};
use feedmill::model::Defaults;
use feedmill::parse;
use std::fs;

/// The zone of the one source of such a feed file.
fn zone(file: &str, defaults: &Defaults) -> Tz {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("f.yaml"), file).unwrap();
    let loaded = definition::load(folder.path(), defaults);
    assert_eq!(loaded.problems, [], "{file}");
    match &loaded.definitions[0].sources[0].kind {
        SourceKind::Feed(feed) => feed.timezone,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_nearest_that_is_written_holds_and_never_the_machines() {
    let machine = Defaults { timezone: Tz::America__Lima, timezone_assumed: true, ..Defaults::default() };
    let config = Defaults { timezone: Tz::Asia__Kolkata, timezone_assumed: false, ..Defaults::default() };
    let plain = "sources: [{feed: https://e.example/feed}]\n";
    let of_feed = format!("timezone: Asia/Tokyo\n{plain}");
    let of_source =
        "timezone: Asia/Tokyo\nsources: [{feed: https://e.example/feed, timezone: Europe/Oslo}]\n";
    for (file, defaults, expected) in [
        (plain, &machine, Tz::UTC),
        (plain, &config, Tz::Asia__Kolkata),
        (&of_feed, &config, Tz::Asia__Tokyo),
        (of_source, &config, Tz::Europe__Oslo),
    ] {
        assert_eq!(zone(file, defaults), expected, "{file}");
    }
}

#[test]
fn dates_that_name_a_zone_keep_it_and_others_are_read_in_the_sources() {
    let reading = Reading { trackers: Trackers::Keep, zone: Tz::Europe__Berlin };
    for (written, meant) in [
        ("Mon, 01 Jan 2024 09:00:00", "2024-01-01T09:00:00+01:00"),
        ("2024-07-01 09:00", "2024-07-01T09:00:00+02:00"),
        ("2024-07-01", "2024-07-01T00:00:00+02:00"),
        ("20240701", "2024-07-01T00:00:00+02:00"),
        // The hour that is left out, and the one that comes twice.
        ("2024-03-31 02:30", "2024-03-31T03:30:00+02:00"),
        ("2024-10-27 02:30", "2024-10-27T02:30:00+02:00"),
        ("Mon, 01 Jan 2024 09:00:00 GMT", "2024-01-01T09:00:00+00:00"),
        ("2024-07-01T09:00:00-03:00", "2024-07-01T09:00:00-03:00"),
        ("1704099600", "2024-01-01T09:00:00+00:00"),
    ] {
        let text = format!(
            "<rss version=\"2.0\"><channel><title>t</title><item><title>a</title><pubDate>{written}</pubDate></item></channel></rss>"
        );
        let document = parse::feed::parse(text.as_bytes(), None, "https://e.example/feed").unwrap();
        let mapped = map::feed::map(&document, "https://e.example/feed", reading);
        assert_eq!(mapped.entries[0].published.unwrap().to_rfc3339(), meant, "{written}");
    }
}
