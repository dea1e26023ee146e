//! The pages: whole, beside what they were.

use super::{awkward, cases, documents::same_as_file};
use chrono::{DateTime, Utc};
use feedmill::model::{Facet, Feed, FeedStatus, Format, Outcome, Problem, Ran, SourceStatus, Status};
use feedmill::publish::page::{
    Document, FeedPage, IndexFeed, IndexGroup, IndexPage, Part, STYLE_HASH, StatusPage, Tongue, Trouble,
    feed_page, index_page, message_page, status_page,
};

#[expect(clippy::unnecessary_wraps, reason = "every time of a status may be absent")]
fn utc(text: &str) -> Option<DateTime<Utc>> {
    Some(cases::date(text).to_utc())
}

fn documents(id: &str) -> Vec<Document> {
    Format::ALL
        .map(|format| Document {
            format,
            url: format!("https://feeds.example.org/{id}.{}", format.extension()),
        })
        .to_vec()
}

fn part(id: &str, name: &str, entries: usize) -> Part {
    Part {
        name: name.to_owned(),
        url: format!("https://feeds.example.org/{id}/category/{name}.atom"),
        entries,
    }
}

fn page_of(feed: &Feed, id: &str) -> String {
    spoken_page_of(feed, id, Tongue::En)
}

fn spoken_page_of(feed: &Feed, id: &str, tongue: Tongue) -> String {
    feed_page(&FeedPage {
        feed,
        tongue,
        documents: documents(id),
        home: "https://feeds.example.org/".to_owned(),
        whole: None,
        categories: vec![part(id, "金融", 12), part(id, "金融/中证网", 7), part(id, "新闻", 3)],
        categories_opml: Some(format!("https://feeds.example.org/{id}/categories.opml")),
        address_of: &|facet| match facet {
            Facet::Category(path) => Some(format!("https://feeds.example.org/{id}/category/{path}")),
            _ => None,
        },
    })
}

#[test]
fn feed_pages() {
    same_as_file("ordinary/feed.html", &page_of(&cases::ordinary(), "ordinary"));
    same_as_file("ordinary/feed.zh.html", &spoken_page_of(&cases::ordinary(), "ordinary", Tongue::Zh));
    same_as_file("podcast/feed.html", &page_of(&cases::podcast(), "podcast"));
    same_as_file("empty/feed.html", &page_of(&cases::empty(), "empty"));
    same_as_file("awkward/feed.html", &page_of(&awkward::feed(), "awkward"));
}

#[test]
fn what_an_entry_says_of_itself_is_escaped() {
    let page = page_of(&awkward::feed(), "awkward");
    assert!(page.contains("How to close &lt;/b&gt; and &lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains("<script"));
    assert!(!page.contains("javascript:"));
}

#[test]
fn pictures_load_late_and_quietly_and_an_attribute_is_no_tag() {
    let mut feed = cases::ordinary();
    feed.entries.truncate(1);
    feed.entries[0].entry.content = Some(
        "<p title=\"<img src=x>\">a<img src=\"https://e.org/1.png\"><IMG/><img src=x alt=\"X\"><imgs></p><!-- <img> -->"
            .to_owned(),
    );
    let page = page_of(&feed, "x");
    let quiet = "loading=\"lazy\" referrerpolicy=\"no-referrer\"";
    let ours = format!("{quiet} alt=\"\"");
    assert!(page.contains(&format!(
        "<p title=\"<img src=x>\">a<img {ours} src=\"https://e.org/1.png\"><img {ours}/><img {quiet} src=x alt=\"X\"><imgs></p><!-- <img> -->"
    )));
}

#[test]
fn index() {
    let feed = |id: &str, title: &str, description: Option<&str>, categories: Vec<Part>| IndexFeed {
        title: title.to_owned(),
        description: description.map(str::to_owned),
        language: None,
        page: format!("https://feeds.example.org/{id}"),
        documents: documents(id),
        categories,
        entries: 120,
        updated: utc("2026-11-21T22:05:00Z"),
        ..IndexFeed::default()
    };
    let finance = feed(
        "finance",
        "金融消息",
        Some("市场要闻，每五分钟更新"),
        vec![part("finance", "金融", 80), part("finance", "金融/中证网", 31)],
    );
    let page = IndexPage {
        title: "Feeds of example.org".to_owned(),
        groups: vec![
            IndexGroup { name: Vec::new(), feeds: vec![feed("all", "Everything", None, Vec::new())] },
            IndexGroup {
                name: vec!["News".to_owned(), "金融".to_owned()],
                feeds: vec![
                    IndexFeed { language: Some("zh-CN".to_owned()), ..finance },
                    IndexFeed {
                        entries: 1,
                        updated: None,
                        last: utc("2026-11-21T22:00:00Z"),
                        next: utc("2026-11-21T23:00:00Z"),
                        trouble: vec![Trouble::Failing(1, 2)],
                        ..feed("rust", "Rust <blog> & more", Some("What is new"), Vec::new())
                    },
                ],
            },
            IndexGroup::default(),
        ],
        opml: "https://feeds.example.org/feeds.opml".to_owned(),
        tongue: Tongue::En,
    };
    same_as_file("pages/index.html", &index_page(&page));
    same_as_file("pages/index.zh.html", &index_page(&IndexPage { tongue: Tongue::Zh, ..page.clone() }));
    // An operator's own title is left as it is, also where we have a word like it.
    for (title, shown) in [("All feeds", "全部订阅源"), ("Status", "Status")] {
        let page = IndexPage { title: title.to_owned(), tongue: Tongue::Zh, ..page.clone() };
        assert!(index_page(&page).contains(&format!("<h1>{shown}</h1>")), "{title}");
    }
    let none = IndexPage { groups: Vec::new(), ..page };
    assert!(index_page(&none).contains("There are no feeds here yet."));
}

fn sources() -> Vec<SourceStatus> {
    let good = SourceStatus {
        source: "finews".to_owned(),
        kind: "posts".to_owned(),
        location: "../samples/finews".to_owned(),
        current_location: "../samples/finews".to_owned(),
        last: utc("2026-11-21T22:00:00Z"),
        outcome: Some(Outcome::Updated),
        next: utc("2026-11-21T22:05:00Z"),
        next_because: "schedule".to_owned(),
        entries: 100,
        history: [("21:50", Outcome::Unchanged), ("21:55", Outcome::Failed), ("22:00", Outcome::Updated)]
            .map(|(at, outcome)| Ran { at: utc(&format!("2026-11-21T{at}:00Z")).unwrap(), outcome })
            .into(),
        problems: vec![
            Problem::warning("_posts/2022-04-18-x.md:3:8", "the date has no time zone")
                .with_help("write `+0800` after it"),
        ],
        ..SourceStatus::default()
    };
    let bad = SourceStatus {
        source: "example-org".to_owned(),
        kind: "feed".to_owned(),
        location: "https://example.org/a/rather/long/address/of/a/feed/that/has/to/break/somewhere.xml"
            .to_owned(),
        current_location: "https://www.example.org/feed.xml".to_owned(),
        last: utc("2026-11-21T21:40:00Z"),
        outcome: Some(Outcome::Failed),
        next: utc("2026-11-21T23:40:00Z"),
        next_because: "retry-after".to_owned(),
        failures: 2,
        subscription: Some("subscribed at https://hub.example.org/ until 2026-12-01T00:00:00Z".to_owned()),
        since: None,
        succeeded: utc("2026-11-21T20:40:00Z"),
        asks: vec!["max-age 3600 s".to_owned(), "skipDays Sat, Sun".to_owned()],
        bytes: Some(48_213),
        entries: 20,
        problems: vec![Problem::error("https://example.org/feed.xml", "answered 500 <b>oops</b>")],
        ..SourceStatus::default()
    };
    let new = SourceStatus {
        source: "new".to_owned(),
        kind: "feed".to_owned(),
        location: "https://new.example.org/".to_owned(),
        next_because: "never collected".to_owned(),
        ..SourceStatus::default()
    };
    vec![good, bad, new]
}

#[test]
fn status() {
    let status = Status {
        version: "0.1.0".to_owned(),
        started: utc("2026-11-20T08:00:00Z"),
        feeds: vec![
            FeedStatus {
                feed: "finance".to_owned(),
                valid: false,
                entries: 120,
                updated: utc("2026-11-21T22:00:00Z"),
                problems: vec![
                    Problem::error("feeds/finance.yaml:7:3", "unknown key `shedule`")
                        .with_help("did you mean `schedule`?"),
                ],
                sources: sources(),
            },
            FeedStatus { feed: "rust".to_owned(), valid: true, ..FeedStatus::default() },
        ],
    };
    for (tongue, file) in [(Tongue::En, "pages/status.html"), (Tongue::Zh, "pages/status.zh.html")] {
        let page = status_page(&StatusPage {
            status: &status,
            home: "https://feeds.example.org/".to_owned(),
            marker: "status".to_owned(),
            tongue,
        });
        same_as_file(file, &page);
    }
}

#[test]
fn message() {
    let page = message_page(
        "Not found",
        "No feed has the id `finanze`.",
        Some("Did you mean `finance`? All feeds are listed on the first page."),
    );
    same_as_file("pages/message.html", &page);
    assert_eq!(message_page("a", "b", None).matches("<p>").count(), 1);
}

#[test]
fn the_hash_is_of_the_very_style_of_every_page() {
    let page = message_page("a", "b", None);
    let (_, style) = page.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, style.as_bytes());
    let hash = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, hash);
    assert_eq!(*STYLE_HASH, format!("sha256-{hash}"));
}
