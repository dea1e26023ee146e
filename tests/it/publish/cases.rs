//! The feeds that are published in the tests.

use feedmill::model::{CategoryPath, Channel, Date, Enclosure, Entry, Feed, FeedEntry, Origin, Person};
use feedmill::publish::Place;

pub(super) fn date(text: &str) -> Date {
    Date::parse_from_rfc3339(text).unwrap()
}

pub(super) fn place(id: &str, extension: &str) -> Place {
    Place {
        self_url: format!("https://feeds.example.org/{id}.{extension}"),
        page_url: format!("https://feeds.example.org/{id}"),
        ..Place::default()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "nearly every field may be absent")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn paths(paths: &[&str]) -> Vec<CategoryPath> {
    paths.iter().filter_map(|path| CategoryPath::parse(path)).collect()
}

fn strings(strings: &[&str]) -> Vec<String> {
    strings.iter().map(|text| (*text).to_owned()).collect()
}

/// A site in Chinese with an entry in English.
pub(super) fn ordinary() -> Feed {
    Feed {
        channel: Channel {
            id: "urn:uuid:5b2f9c1e-3b1d-5f0a-9d55-0f6f2d0f7a10".to_owned(),
            title: "金融消息".to_owned(),
            description: some("市场要闻与 Q&A"),
            link: some("https://finews.example.org/"),
            language: some("zh-CN"),
            authors: vec![Person {
                name: some("ZNing"),
                email: some("z@example.org"),
                url: some("https://example.org"),
            }],
            icon: some("https://finews.example.org/logo.png"),
            rights: some("CC BY 4.0"),
            updated: Some(date("2022-04-19T08:00:00+08:00")),
            extensions: Vec::new(),
        },
        entries: vec![chinese(), english()],
        ..Feed::default()
    }
}

fn chinese() -> FeedEntry {
    let article = "https://finews.example.org/2022/04/18/market/";
    FeedEntry {
        entry: Entry {
            id: article.to_owned(),
            title: some("央行：一季度 GDP 增长 <4.8%> & 更多"),
            link: some(article),
            authors: vec![Person::named("李雷"), Person::named("韩梅梅")],
            categories: paths(&["金融/中证网/资讯", "新闻"]),
            tags: strings(&["GDP", "新闻"]),
            summary: some("<p>摘要</p>"),
            content: some(
                "<p>全文 &amp; <a href=\"https://finews.example.org/a?b=1&amp;c=2\">链接</a></p>\n<p>第二段 ]]&gt; 完</p>",
            ),
            image: some("https://img.example.org/400/300.jpg?random=8627"),
            rights: some("© 2022"),
            comments: some("https://finews.example.org/2022/04/18/market/#comments"),
            ..Entry::default()
        },
        atom_id: article.to_owned(),
        published: date("2022-04-18T23:09:20+08:00"),
        updated: Some(date("2022-04-19T08:00:00.250+08:00")),
    }
}

fn english() -> FeedEntry {
    FeedEntry {
        entry: Entry {
            id: "post-17".to_owned(),
            title: some("A post in English"),
            link: some("https://finews.example.org/en/17"),
            authors: vec![Person::named("Ann")],
            content: some("<p>One text alone.</p>"),
            language: some("en"),
            origin: Some(Origin {
                id: some("https://planet.example.net/feed"),
                title: some("Planet"),
                url: some("https://planet.example.net/feed.xml"),
                link: some("https://planet.example.net/"),
            }),
            ..Entry::default()
        },
        atom_id: "urn:uuid:0d3b2f2e-8c4e-5a55-8a55-1f6f2d0f7a11".to_owned(),
        published: date("2022-04-17T10:00:00Z"),
        updated: None,
    }
}

/// Nothing but what must be there.
pub(super) fn empty() -> Feed {
    Feed {
        channel: Channel {
            id: "urn:uuid:5b2f9c1e-3b1d-5f0a-9d55-0f6f2d0f7a12".to_owned(),
            title: "Nothing yet".to_owned(),
            ..Channel::default()
        },
        entries: Vec::new(),
        ..Feed::default()
    }
}

fn file(url: &str, media_type: Option<&str>, length: Option<u64>) -> Enclosure {
    Enclosure {
        url: url.to_owned(),
        media_type: media_type.map(str::to_owned),
        length,
        title: None,
        duration_seconds: None,
    }
}

fn episode(number: u32, enclosures: Vec<Enclosure>) -> FeedEntry {
    FeedEntry {
        entry: Entry {
            id: format!("tag:pod.example.org,2026:{number}"),
            title: Some(format!("Episode {number}")),
            link: Some(format!("https://pod.example.org/{number}")),
            summary: Some(format!("<p>Notes of episode {number}</p>")),
            image: Some(format!("https://pod.example.org/{number}.jpg")),
            enclosures,
            ..Entry::default()
        },
        atom_id: format!("tag:pod.example.org,2026:{number}"),
        published: date(&format!("2026-03-{number:02}T05:45:00+05:45")),
        updated: None,
    }
}

/// Episodes with one file, several, and one that says little of itself.
pub(super) fn podcast() -> Feed {
    Feed {
        channel: Channel {
            id: "https://pod.example.org/".to_owned(),
            title: "The Pod".to_owned(),
            description: some("Talk about R&amp;D <b>and</b> more"),
            link: some("https://pod.example.org/"),
            language: some("en_GB"),
            icon: some("https://pod.example.org/cover.webp"),
            updated: Some(date("2026-03-03T00:00:00Z")),
            ..Channel::default()
        },
        entries: vec![
            episode(
                3,
                vec![
                    Enclosure {
                        title: some("The sound"),
                        duration_seconds: Some(1800),
                        ..file("https://cdn.example.org/3.mp3", Some("audio/mpeg"), Some(12_345_678))
                    },
                    Enclosure {
                        duration_seconds: Some(1799),
                        ..file("https://cdn.example.org/3.opus", None, Some(2_345_678))
                    },
                    file("https://cdn.example.org/3.mp3", Some("audio/mpeg"), None),
                ],
            ),
            episode(2, vec![file("https://cdn.example.org/音频 2.m4a?x=1", Some("sound"), None)]),
            episode(
                1,
                vec![file("http://localhost:8080/1", None, Some(0)), file("/relative.mp3", None, None)],
            ),
        ],
        ..Feed::default()
    }
}
