//! Our own judge of a feed: documents beside what it says of them, and the command.

use crate::app::App;
use crate::cases;
use crate::origin::{Origin, ok};
use feedmill::lint::{Asked, Rule, judge};
use feedmill::model::Severity;
use std::fs;
use std::path::Path;

/// Each document in `tests/lint`, by name.
fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().to_str().unwrap().to_owned())
        .filter(|name| !name.ends_with(".txt"))
        .collect();
    names.sort();
    names
}

/// What is said of one, as the command prints it.
fn said(name: &str, asked: Asked<'_>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint").join(name);
    let verdict = judge(&fs::read(path).unwrap(), asked);
    let lines = verdict.findings.iter().map(|found| {
        let severity = if found.rule.severity() == Severity::Error { "error" } else { "warning" };
        let (line, column) = (found.line, found.column);
        format!("{name}:{line}:{column}: {severity}: {} [{}]\n", found.message, found.rule.name())
    });
    format!("{}{}\n", lines.collect::<String>(), verdict.format)
}

fn now() -> Option<feedmill::model::Date> {
    Some("2026-03-10T00:00:00Z".parse().unwrap())
}

#[test]
fn every_document_is_judged_as_expected_and_every_rule_is_broken_once() {
    let mut all = String::new();
    for name in documents() {
        let said = said(&name, Asked { now: now(), ..Asked::default() });
        cases::same(&format!("tests/lint/{name}.txt"), &said);
        if name.starts_with("good") {
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        all += &said;
    }
    let elsewhere = Asked {
        location: Some("https://example.org/elsewhere"),
        content_type: Some("text/html; charset=latin1"),
        now: None,
    };
    all += &said("good.atom", elsewhere);
    let unbroken: Vec<&str> =
        Rule::ALL.iter().map(|rule| rule.name()).filter(|name| !all.contains(&format!("[{name}]"))).collect();
    assert!(unbroken.is_empty(), "rules without a case: {unbroken:?}");
}

#[test]
fn a_document_is_judged_by_where_it_stands_and_as_what_it_is_served() {
    let at = |location, content_type| said("good.json", Asked { location, content_type, now: now() });
    assert_eq!(at(Some("https://example.org/feed.json"), Some("application/feed+json")), "json feed 1.1\n");
    assert_eq!(
        at(Some("https://example.org/f"), Some("text/plain; charset=gbk")),
        "good.json:1:1: warning: it is served as `text/plain; charset=gbk` [wrong-type]\n\
         good.json:1:1: warning: it is served with the charset `gbk`, the document is UTF-8 [different-charset]\n\
         good.json:1:78: warning: `feed_url` is `https://example.org/feed.json`, the feed stands at \
         `https://example.org/f` [self-differs]\njson feed 1.1\n"
    );
}

#[test]
fn the_command_prints_places_and_helps_and_ends_with_one_at_an_error() {
    let app = App::new("");
    app.write("good.rss", include_str!("../lint/good.rss"));
    app.write("broken.atom", include_str!("../lint/broken.atom"));
    let good = app.run(&["lint", app.path("good.rss").to_str().unwrap()]);
    assert!(good.status.success());
    assert!(String::from_utf8_lossy(&good.stdout).ends_with("good.rss: rss 2.0, 0 errors, 0 warnings\n"));
    let bad = app.run(&["lint", app.path("broken.atom").to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(1));
    let name = app.path("broken.atom").display().to_string();
    let told = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert!(told.starts_with(&format!("{name}:2:9: error: ")), "{told}");
    assert!(told.contains("\n  help: XML ends at its first fault; escape text on its way out\n"), "{told}");
    assert!(told.ends_with(&format!("{name}: no feed, 1 error, 0 warnings\n")), "{told}");
    let json = app.run(&["lint", "--format", "json", app.path("broken.atom").to_str().unwrap()]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["ok"], false);
    let problem = &json["feeds"][0]["problems"][0];
    assert_eq!((&problem["rule"], &problem["severity"]), (&"not-well-formed".into(), &"error".into()));
    let good = app.path("good.rss");
    let both = app.run(&["lint", "--format", "json", good.to_str().unwrap(), "nowhere.atom"]);
    assert_eq!(both.status.code(), Some(1));
    let both: serde_json::Value = serde_json::from_slice(&both.stdout).unwrap();
    assert_eq!((&both["ok"], &both["feeds"][0]["format"]), (&false.into(), &"rss 2.0".into()));
    let error = both["feeds"][1]["error"].as_str().unwrap();
    assert!(error.starts_with("nowhere.atom: can't be read"), "{error}");
    let both = app.run(&["lint", "nowhere.atom", good.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&both.stdout).ends_with("good.rss: rss 2.0, 0 errors, 0 warnings\n"));
    assert!(String::from_utf8_lossy(&both.stderr).starts_with("error: nowhere.atom: can't be read"));
    let missing = app.run(&["lint", "nowhere.atom"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).starts_with("error: nowhere.atom: can't be read"));
}

#[test]
fn what_is_fetched_is_judged_as_it_was_served() {
    let origin = Origin::start();
    origin.answer("/feed", ok("Content-Type: text/plain\r\n", include_str!("../lint/good.atom")));
    let app = App::new("fetch: {allow: [127.0.0.0/8]}\n");
    let url = origin.url("/feed");
    let told = app.run(&["--config", app.path("config/feedmill.yaml").to_str().unwrap(), "lint", &url]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success(), "{text}{}", String::from_utf8_lossy(&told.stderr));
    assert!(
        text.contains(&format!("{url}:1:1: warning: it is served as `text/plain` [wrong-type]\n")),
        "{text}"
    );
    assert!(text.contains("[self-differs]"), "{text}");
    assert!(text.ends_with(": atom 1.0, 0 errors, 2 warnings\n"), "{text}");
}

#[test]
fn a_change_that_is_dated_in_the_future_is_one_without_a_date() {
    let origin = Origin::start();
    let feed = include_str!("../lint/good.atom").replace("2026-03-01T08:00:00Z", "2126-03-01T08:00:00Z");
    origin.answer("/feed", ok("Content-Type: application/atom+xml\r\n", &feed));
    let app = App::new("fetch: {allow: [127.0.0.0/8], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/news.yaml", &format!("sources: [{{feed: {}}}]\n", origin.url("/feed")));
    let daemon = app.start();
    assert!(app.run(&["refresh", "--wait"]).status.success());
    let first = daemon.get("/news.atom");
    assert!(first.body.contains("<entry") && !first.body.contains("2126"), "{}", first.body);
    let again = app.run(&["refresh", "--wait", "--format", "json"]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["sources"][0]["outcome"], "unchanged", "{again}");
    assert_eq!(daemon.get("/news.atom").body, first.body);
}

#[test]
fn an_error_is_told_however_many_warnings_stand_before_it() {
    let app = App::new("");
    app.write("loud.rss", &format!("<rss version=\"2.0\">{}\n</oops>", "<a>\u{fffd}</a>".repeat(1500)));
    let loud = app.path("loud.rss").display().to_string();
    let run = app.run(&["lint", &loud]);
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(run.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("{loud}:2:1: error: ")), "{told}");
    let end = format!("{loud}: 500 more are not shown\n{loud}: no feed, 1 error, 1500 warnings\n");
    assert!(told.ends_with(&end), "{}", &told[told.len() - 300..]);
    let json = app.run(&["lint", "--format", "json", &loud]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let feed = &json["feeds"][0];
    assert_eq!(json["ok"], false);
    assert_eq!((&feed["not_shown"], feed["problems"].as_array().unwrap().len()), (&500.into(), 1001));
}

/// Rule, line and column of each finding in a text.
fn verdict(text: &str, content_type: Option<&str>) -> Vec<String> {
    let verdict = judge(text.as_bytes(), Asked { content_type, now: now(), location: None });
    let told = verdict.findings.iter();
    told.map(|found| format!("{}:{}: {} [{}]", found.line, found.column, found.message, found.rule.name()))
        .collect()
}

/// RSS with nothing wrong but what stands in its item.
fn rss(item: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>T</title>\
         <link>https://example.org/</link><description>D</description>\
         <atom:link rel=\"self\" href=\"https://example.org/f\"/>\n\
         <item><title>I</title><guid>https://example.org/i</guid>{item}</item></channel></rss>"
    )
}

#[test]
fn an_encoding_is_named_by_the_xml_declaration_alone() {
    let titled = r#"{"version":"https://jsonfeed.org/version/1.1","title":"encoding=x","feed_url":"https://example.org/f","items":[]}"#;
    assert_eq!(verdict(titled, None), [""; 0]);
    assert_eq!(verdict(&rss("").replace("<title>T", "<title>encoding='x'"), None), [""; 0]);
    let styled = format!("<?xml-stylesheet href=\"a\" encoding=\"b\"?>{}", rss(""));
    assert_eq!(verdict(&styled, None), [""; 0]);
    let spaced = format!("<?xml version=\"1.0\" encoding = 'nobody'?>\n{}", rss(""));
    assert_eq!(verdict(&spaced, None), ["1:1: nobody knows the encoding `nobody` [bad-encoding]"]);
    let latin =
        format!("<?xml version=\"1.0\"\tencoding\n=\n\"iso-8859-1\"?>\n{}", rss("")).replace("T<", "\u{e9}<");
    let bytes: Vec<u8> = latin.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    assert_eq!(judge(&bytes, Asked::default()).findings, []);
}

#[test]
fn entities_that_stand_for_too_much_end_a_document() {
    let entity = format!("<!DOCTYPE rss [<!ENTITY e \"{}\">]>", "x".repeat(1 << 20));
    let (text, value) = ("&e;".repeat(20), format!("<x y=\"{}\"/>", "&e;".repeat(20)));
    for (blown, at) in [(text, 28), (value, 7)] {
        let told = verdict(&format!("{entity}\n<r>{blown}</r>"), None);
        let wanted = format!("2:{at}: entities stand for more than 8388608 bytes [not-well-formed]");
        assert_eq!(told, [wanted]);
    }
    let few = format!("{entity}{}", rss(&format!("<description>{}</description>", "&e;".repeat(3))));
    assert_eq!(verdict(&few, None), [""; 0]);
}

#[test]
fn a_date_of_rss_has_a_time_that_can_be() {
    let told = |date: &str| {
        let told = verdict(&rss(&format!("<pubDate>{date}</pubDate>")), None);
        told.iter().map(|told| told.rsplit_once('[').unwrap().1.trim_end_matches(']').to_owned()).collect()
    };
    let cases: [(&str, &[&str]); 18] = [
        ("Sun, 01 Mar 2026 08:00:00 +0000", &[]),
        ("1 Mar 2026 08:00 GMT", &[]),
        ("Sun, 01 Mar 2026 08:00:60 +0130", &[]),
        ("Sun, 01 Mar 2026 08:00:99 GMT", &["bad-date"]),
        ("Sun, 01 Mar 2026 08:00:61 GMT", &["bad-date"]),
        ("Sun, 01 Mar 2026 08:00:00:77 GMT", &["bad-date"]),
        ("Sun, 01 Mar 2026 08:60:00 GMT", &["bad-date"]),
        ("Sun, 01 Mar 2026 24:00:00 GMT", &["bad-date"]),
        ("Sun, 01 Mar 2026 8:00:00 GMT", &["bad-date"]),
        ("Sun, 30 Feb 2026 08:00:00 GMT", &["bad-date"]),
        ("Sunday, 01 Mar 2026 08:00:00 GMT", &["bad-date"]),
        ("Sun, 01 March 2026 08:00:00 GMT", &["bad-date"]),
        ("Sun, 01 Mar 2026 08:00:00", &["bad-date"]),
        ("Sun, 01 Mar 2026 08:00:00 +0170", &["bad-date"]),
        ("Mon, 01 Mar 2026 08:00:00 GMT", &["wrong-weekday"]),
        ("Sun, 01 Mar 26 08:00:00 GMT", &["odd-date"]),
        ("sun, 01 mar 2026 08:00:00 gmt", &["odd-date"]),
        ("Sun, 01 (of many) Mar 2026  08:00:00 K", &["odd-date"]),
    ];
    for (date, wanted) in cases {
        let told: Vec<String> = told(date);
        assert_eq!(told, wanted, "{date}");
    }
}

#[test]
fn the_charset_of_the_header_is_compared_with_that_of_the_document() {
    let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", rss(""));
    let served = |charset| verdict(&latin, Some(charset));
    assert_eq!(served("application/rss+xml; charset=iso-8859-1"), [""; 0]);
    assert_eq!(served("application/rss+xml; charset=\"latin1\""), [""; 0]);
    assert_eq!(
        served("application/rss+xml; charset=utf-8"),
        ["1:1: it is served with the charset `utf-8`, the document is windows-1252 [different-charset]"]
    );
    assert_eq!(verdict(&rss(""), Some("application/rss+xml; charset=utf8")), [""; 0]);
    assert_eq!(
        verdict(&rss(""), Some("application/rss+xml; charset=nobody")),
        ["1:1: it is served with the charset `nobody`, the document is UTF-8 [different-charset]"]
    );
}

/// Atom with nothing wrong but what stands in its entry.
fn atom(entry: &str) -> String {
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><id>https://example.org/</id>\
         <updated>2026-03-01T08:00:00Z</updated><author><name>A</name></author>\
         <link rel=\"self\" href=\"https://example.org/f\"/>\n\
         <entry><title>E</title><id>https://example.org/e</id><updated>2026-03-01T08:00:00Z</updated>\
         <link href=\"https://example.org/e\"/>{entry}</entry></feed>"
    )
}

#[test]
fn a_script_in_an_address_is_told_in_xhtml_as_in_html() {
    let div = "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">";
    let told = |inner: &str| verdict(&atom(&format!("{div}{inner}</div></content>")), None);
    assert_eq!(
        told("<a href=\" JavaScript:x()\">a</a>"),
        ["2:196: `<a href>` is `JavaScript:x()` [active-html]"]
    );
    assert_eq!(
        told("<img src=\"vbscript:x\" alt=\"\"/>"),
        ["2:198: `<img src>` is `vbscript:x` [active-html]"]
    );
    // What it counts from is said by `xml:base`.
    assert_eq!(told("<a href=\"other\">a</a><b title=\"javascript:x\">b</b>"), [""; 0]);
}

#[test]
fn an_entry_that_stands_alone_has_an_author_of_its_own() {
    let entry = |inner: &str| {
        format!(
            "<entry xmlns=\"http://www.w3.org/2005/Atom\"><title>E</title><id>https://example.org/e</id>\
             <updated>2026-03-01T08:00:00Z</updated><content>C</content>{inner}</entry>"
        )
    };
    assert_eq!(verdict(&entry("<author><name>A</name></author>"), None), [""; 0]);
    assert_eq!(verdict(&entry(""), None), ["1:1: the entry has no author [missing-author]"]);
    let source = "<source><title>S</title><id>https://example.org/s</id><updated>2026-03-01T08:00:00Z</updated>\
                  <author><name>A</name></author></source>";
    assert_eq!(verdict(&entry(source), None), [""; 0]);
}

#[test]
fn a_slash_at_the_end_of_an_address_without_quotes_closes_nothing() {
    let told = |html: &str| verdict(&rss(&format!("<description><![CDATA[{html}]]></description>")), None);
    for whole in
        ["<a href=https://e.org/>a</a>", "<a href= https://e.org/>a</a>", "<a title=\"x\" href =/>a</a>"]
    {
        let told = told(whole);
        assert!(!told.iter().any(|told| told.contains("not empty")), "{whole}: {told:?}");
    }
    for empty in
        ["<a href=\"https://e.org/\"/>a</a>", "<a title='b = c'/>a</a>", "<b/>a</b>", "<b hidden/>a</b>"]
    {
        let told = told(empty);
        assert!(told.iter().any(|told| told.contains("is not empty in HTML")), "{empty}: {told:?}");
    }
}

#[test]
fn a_file_that_never_ends_is_too_large() {
    let told = App::new("").run(&["lint", "/dev/zero"]);
    let error = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(
        (told.status.code(), error.as_str()),
        (Some(1), "error: /dev/zero: is larger than 67108864 bytes\n")
    );
}
