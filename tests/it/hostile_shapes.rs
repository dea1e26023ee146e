//! Feeds whose shape is the attack: lists without end, nests, sums of small texts. Each is
//! answered soon, in bounded memory, by what no honest feed comes near.

use crate::app::App;
use crate::cpu;
use crate::origin::{Origin, ok};
use feedmill::map::feed::Reading;
use feedmill::model::Entry;
use feedmill::{map, parse::feed};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const URL: &str = "https://feeds.example.org/feed.xml";

/// Two seconds, of a build that is made to be used, on a machine that has nothing else to do.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 4 });

/// A build that is made to be tested is slow at each byte: it gets a fifth of them, where the
/// square of that would still be too much.
const PART: usize = if cfg!(debug_assertions) { 5 } else { 1 };

fn item(inside: &str) -> String {
    rss(&format!("<item><guid>1</guid><title>t</title>{inside}</item>"))
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><title>t</title>{items}</channel></rss>"
    )
}

fn html(inside: &str) -> String {
    item(&format!("<description><![CDATA[{inside}]]></description>"))
}

fn json_item(item: &Value) -> String {
    json!({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [item]}).to_string()
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut all, number| {
        let _ = write!(all, "{}", one(number));
        all
    })
}

/// The entries and the problems of a feed, in time.
fn read(name: &str, body: &str) -> (Vec<Entry>, Vec<String>) {
    let begun = cpu::spent();
    let document = feed::parse(body.as_bytes(), None, URL).unwrap();
    let mapped = map::feed::map(&document, URL, Reading::default());
    let problems = mapped.problems.iter().map(|problem| problem.message.clone()).collect();
    let entries = mapped.entries.into_iter().map(|entry| map::clean(entry, URL)).collect();
    let spent = cpu::spent() - begun;
    println!("{name}: {spent:?}");
    assert!(spent < LIMIT, "{name}: {spent:?}");
    (entries, problems)
}

#[test]
fn lists_without_end_are_cut_and_told_of() {
    let strings = |count: usize| (0..count).map(|number| format!("t{number:x}")).collect::<Vec<_>>();
    let files: Vec<Value> =
        (0..200_000 / PART).map(|number| json!({"url": format!("http://a.example/{number:x}")})).collect();
    let (tags, authors) = (strings(200_000 / PART), strings(300_000 / PART));
    let repeated = |one: &dyn Fn(usize) -> String| {
        rss(&many(20, |entry| format!("<item><guid>{entry}</guid>{}</item>", many(19_000 / PART, one))))
    };
    let cases = [
        ("tags", json_item(&json!({"id": "1", "tags": tags})), [500, 0, 0]),
        ("attachments", json_item(&json!({"id": "1", "attachments": files})), [0, 0, 500]),
        ("authors", json_item(&json!({"id": "1", "authors": authors})), [0, 200, 0]),
        ("keywords", item(&format!("<itunes:keywords>{}</itunes:keywords>", tags.join(","))), [500, 0, 0]),
        ("categories", repeated(&|number| format!("<category>c{number}</category>")), [500, 0, 0]),
        ("creators", repeated(&|number| format!("<author>c{number}</author>")), [0, 200, 0]),
        (
            "enclosures",
            repeated(&|number| format!("<enclosure url=\"http://a.example/{number}\"/>")),
            [0, 0, 500],
        ),
    ];
    for (name, body, meant) in cases {
        let (entries, problems) = read(name, &body);
        for entry in &entries {
            let found =
                [entry.categories.len() + entry.tags.len(), entry.authors.len(), entry.enclosures.len()];
            assert_eq!(found, meant, "{name}");
        }
        assert!(
            problems[0].starts_with("entry 1 has more than ") && problems.len() <= 20,
            "{name}: {problems:?}"
        );
    }
    let links =
        many(200_000 / PART, |number| format!("<link rel=\"license\" href=\"http://a.example/{number}\"/>"));
    let head = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title>{links}<entry><id>1</id></entry></feed>"
    );
    assert_eq!(read("licences", &head).1, ["the feed has more than 500 links, the first 500 were taken"]);
}

#[test]
fn html_that_costs_more_than_it_is_worth_is_bounded() {
    let attributes = many(100_000 / PART, |number| format!(" a{number}=1"));
    let cases = [
        ("attributes", html(&format!("<p{attributes}>x</p>"))),
        ("foster br", html(&format!("x<table>{}", "<br>".repeat(100_000 / PART)))),
        ("foster p", html(&format!("<table>{}", "<p>x</p>".repeat(100_000 / PART)))),
        ("foster a", html(&format!("<table>{}", "<a>x".repeat(100_000 / PART)))),
        ("comments", html(&format!("x{}", "<div><!--</div>-->".repeat(100_000 / PART)))),
        ("values", html(&format!("x{}", "<div a=\"</div>\">".repeat(100_000 / PART)))),
        ("raw text", html(&format!("x{}", "<div><style></div></style>".repeat(100_000 / PART)))),
        ("rt", html(&format!("x{}", "<rt>".repeat(100_000 / PART)))),
        ("crossed", html(&format!("x{}", "<span><div></span></div>".repeat(100_000 / PART)))),
        ("items", html(&format!("x{}", "<li><dd>".repeat(30_000 / PART)))),
        (
            "links",
            html(&format!(
                "<p><a href=\"http://a.example/{}\">{}",
                "x".repeat(8000),
                "<p>x".repeat(20_000 / PART)
            )),
        ),
        ("brackets", html(&"<".repeat(4_000_000 / PART))),
        ("ampersands", html(&"&".repeat(4_000_000 / PART))),
        (
            "many items",
            rss(&many(1000 / PART, |number| {
                let text = "<b><p>".repeat(1600);
                format!("<item><guid>{number}</guid><description><![CDATA[x{text}]]></description></item>")
            })),
        ),
        (
            "many tables",
            rss(&many(20, |number| {
                let text = "<br>".repeat(10_000);
                format!(
                    "<item><guid>{number}</guid><description><![CDATA[x<table>{text}]]></description></item>"
                )
            })),
        ),
        ("json text", json_item(&json!({"id": "1", "content_html": "<b>x".repeat(2_400_000 / PART)}))),
    ];
    for (name, body) in cases {
        let (entries, _) = read(name, &body);
        for entry in &entries {
            let content = entry.content.as_deref().unwrap_or_default();
            assert!(!content.is_empty() && content.len() <= 2 << 20, "{name}: {} bytes", content.len());
            let depth = deepest(content);
            assert!(depth <= 250, "{name}: {depth} deep");
        }
    }
}

/// How deep clean HTML nests.
fn deepest(clean: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for tag in clean.split('<').skip(1) {
        if tag.starts_with('/') {
            depth -= 1;
        } else if !["br", "hr", "img", "wbr", "col"].iter().any(|void| tag.starts_with(void)) {
            depth += 1;
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[test]
#[cfg_attr(debug_assertions, ignore = "a build that is made to be tested takes a minute for it")]
fn a_sum_that_is_too_much_is_named() {
    let text = "<b><p>".repeat(1600);
    let items = many(1000, |number| {
        format!("<item><guid>{number}</guid><description><![CDATA[x{text}]]></description></item>")
    });
    let (entries, problems) = read("sum", &rss(&items));
    assert_eq!(entries.len(), 1000);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("the HTML of the feed costs too much to clean, "), "{problems:?}");
}

/// What is looked for in the text of an entry, its start without its end.
#[test]
fn what_has_no_end_is_looked_for_once() {
    let shapes = [
        ("stand-ins", "<noscript><img src=a>".to_owned()),
        ("stand-ins of one end", "<noscript>".to_owned()),
        ("hidden elements", "<div hidden>".to_owned()),
        ("hidden items", "<div hidden><li>".to_owned()),
        ("brackets with a name", "<foo ".to_owned()),
    ];
    for (name, part) in shapes {
        let html = format!("{}</noscript>x", part.repeat(4_000_000 / part.len() / PART));
        assert_eq!(
            read(name, &item(&format!("<description><![CDATA[{html}]]></description>"))).0.len(),
            1,
            "{name}"
        );
    }
}

#[test]
fn end_tags_that_close_nothing_are_not_looked_for_forever() {
    let body = item(&format!("{}{}", "<x>".repeat(250), "</y>".repeat(2_000_000 / PART)));
    assert_eq!(read("end tags", &body).0.len(), 1);
}

/// Six sources of each shape at once, in the program itself.
#[test]
#[cfg_attr(debug_assertions, ignore = "a build that is made to be tested takes minutes for it")]
fn the_program_stays_small() {
    let json = |what: &str, more: &str| {
        format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",{what}{more}}}")
    };
    let list = |one: &str, count: usize| vec![one; count].join(",");
    let shapes = [
        ("arrays", json("\"items\":[{\"id\":\"1\"}],", &format!("\"x\":[{}]", list("[0]", 2_500_000)))),
        ("objects", json("\"items\":[{\"id\":\"1\"}],", &format!("\"x\":[{}]", list("{\"\":0}", 1_400_000)))),
        ("numbers", json("", &format!("\"items\":[{}]", list("0", 5_000_000)))),
        ("items", rss(&"<item/>".repeat(1_000_000))),
        ("brackets", html(&"<".repeat(4_000_000))),
        ("json text", json_item(&json!({"id": "1", "content_html": "<b>x".repeat(2_400_000)}))),
    ];
    for (name, body) in shapes {
        let peak = peak(name, body.as_bytes());
        println!("{name}: {} MiB at most", peak / 1024);
        assert!(peak < 256 * 1024, "{name}: {peak} KiB");
    }
}

/// The most memory that the program has while six sources say this, in KiB.
fn peak(name: &str, body: &[u8]) -> u64 {
    let origins: Vec<Origin> = (0..6).map(|_| Origin::start()).collect();
    let app = App::new("fetch: {allow: [127.0.0.0/8], host_interval: 0s}\n");
    let sources = origins.iter().map(|origin| {
        origin.answer("/", ok("", body));
        format!("  - {{feed: \"{}\"}}\n", origin.url("/"))
    });
    app.write("feeds/f.yaml", &format!("sources:\n{}", sources.collect::<String>()));
    let daemon = app.spawn_under(&[]).ready().unwrap();
    let deadline = Instant::now() + Duration::from_mins(3);
    loop {
        let output = app.run(&["status", "--format", "json"]);
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sources = status["feeds"][0]["sources"].as_array().unwrap();
        if sources.iter().all(|source| source["outcome"].is_string()) {
            assert!(sources.iter().all(|source| source["outcome"] != "failed"), "{name}: {status:#}");
            break;
        }
        assert!(Instant::now() < deadline, "{name}: {status:#}");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}
