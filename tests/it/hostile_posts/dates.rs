use super::{hold, post};

/// A quoted date stands bare where the generator's header has no quotes.
fn dated(date: &str) -> Vec<(&'static str, Vec<u8>)> {
    ["jekyll", "hexo", "hugo", "pelican", "eleventy"]
        .map(|site| {
            let bare = if site == "pelican" { date.trim_matches('"') } else { date };
            (site, post(site, bare, "", "b").into_bytes())
        })
        .into()
}

#[test]
fn dates_are_read_by_one_rule_or_named() {
    let comments = format!("\"{}{} 02 Jan 2024\"", "(".repeat(20_000), ")".repeat(20_000));
    let cases = [
        ("D1 two digits, EST", "\"Tue, 02 Jan 24 03:04:05 EST\""),
        ("D1 Z", "\"Tue, 02 Jan 2024 03:04:05 Z\""),
        ("D1 UT, no seconds", "\"02 Jan 2024 03:04 UT\""),
        ("D1 military", "\"Tue, 02 Jan 2024 03:04:05 A\""),
        ("D1 comments", &comments),
        ("D2 Sept", "\"Sept 2, 2024\""),
        ("D2 another language", "\"2 janvier 2024\""),
        ("D2 Chinese", "\"2024年1月2日\""),
        ("D2 no day", "2024-01"),
        ("D2 wrong weekday", "\"Fri, 02 Jan 2024 03:04:05 +0000\""),
        ("D3 24:00", "2024-01-02 24:00:00"),
        ("D3 leap second", "2016-12-31 23:59:60"),
        ("D3 30 February", "2024-02-30 10:00:00"),
        ("D3 year 0", "0000-01-01"),
        ("D3 year 9999", "9999-12-31 23:59:59"),
        ("D3 year 292e9", "292277026596-12-04"),
        ("D3 negative", "-0044-03-15"),
        ("D4 gap", "2024-03-10 02:30:00"),
        ("D4 overlap", "2024-11-03 01:30:00"),
        ("D4 written zone", "2024-01-02 03:04:05 Asia/Shanghai"),
        ("D4 no such zone", "2024-01-02 03:04:05 +9999"),
        ("D6 seconds", "1704164645"),
        ("D6 milliseconds", "1704164645000"),
        ("no date", "yesterday"),
        ("a list", "[2024-01-02]"),
        ("a mapping", "{a: b}"),
    ];
    hold("dates", cases.map(|(name, date)| (name, dated(date))));
}
