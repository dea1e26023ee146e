//! Feeds of every format and fault → what we make of them, as the map stage has it.
//!
//! A case is `tests/read_feed/NAME.xml` or `.json` (bytes as a server would send them)
//! beside `NAME.expected.json`; `UPDATE=1` rewrites the expectations.

use feedmill::map::feed::Reading;
use feedmill::map::{self, feed::MappedFeed};
use feedmill::model::{Entry, Person, Problem};
use feedmill::parse::feed::{self, Hints, NotAFeed, NotAFeedKind};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

const URL: &str = "https://feeds.example.org/news/feed.xml";

#[test]
fn every_feed_is_read_as_expected() {
    let update = std::env::vars_os().any(|(name, _)| name == "UPDATE");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_feed");
    let mut cases = 0;
    let mut wrong = Vec::new();
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    names.sort();
    for path in names {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains(".expected.") {
            continue;
        }
        cases += 1;
        let body = fs::read(&path).unwrap();
        let found = serde_json::to_string_pretty(&read(&body, None)).unwrap() + "\n";
        let stem = name.rsplit_once('.').unwrap().0;
        let expected = folder.join(format!("{stem}.expected.json"));
        if update {
            fs::write(&expected, &found).unwrap();
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(&found) {
            wrong.push(format!("{name}:\n{found}"));
        }
    }
    assert!(cases >= 30, "only {cases} cases");
    assert!(wrong.is_empty(), "not as expected:\n{}", wrong.join("\n"));
}

/// The object that the map stage of `preview` prints, with keys and hints beside it.
fn read(body: &[u8], content_type: Option<&str>) -> Value {
    match feed::parse(body, content_type, URL) {
        Ok(document) => feed_value(map::feed::map(&document, URL, Reading::default())),
        Err(error) => error_value(&error),
    }
}

fn error_value(error: &NotAFeed) -> Value {
    let kind = match &error.kind {
        NotAFeedKind::Html { announces } => json!({ "html": announces }),
        NotAFeedKind::Empty => json!("empty"),
        NotAFeedKind::Json => json!("json"),
        NotAFeedKind::Other => json!("other"),
    };
    json!({ "error": error.to_string(), "kind": kind })
}

fn feed_value(feed: MappedFeed) -> Value {
    let channel = feed.channel;
    let entries: Vec<Value> =
        feed.entries.into_iter().map(|entry| entry_value(map::clean(entry, URL))).collect();
    object([
        ("format", json!(feed.format)),
        ("complete", json!(feed.complete)),
        ("id", json!(channel.id)),
        ("title", json!(channel.title)),
        ("subtitle", json!(channel.description)),
        ("link", json!(channel.link)),
        ("language", json!(channel.language)),
        ("updated", json!(channel.updated.map(|date| date.to_rfc3339()))),
        ("authors", people(&channel.authors)),
        ("icon", json!(channel.icon)),
        ("rights", json!(channel.rights)),
        ("hints", hints(&feed.hints)),
        ("entries", json!(entries)),
        ("problems", json!(feed.problems.iter().map(Problem::to_string).collect::<Vec<_>>())),
    ])
}

fn entry_value(entry: Entry) -> Value {
    let enclosures: Vec<Value> = entry
        .enclosures
        .iter()
        .map(|file| {
            object([
                ("url", json!(file.url)),
                ("media_type", json!(file.media_type)),
                ("length", json!(file.length)),
                ("title", json!(file.title)),
                ("duration_seconds", json!(file.duration_seconds)),
            ])
        })
        .collect();
    let origin = entry.origin.map(|origin| {
        object([
            ("id", json!(origin.id)),
            ("title", json!(origin.title)),
            ("url", json!(origin.url)),
            ("link", json!(origin.link)),
        ])
    });
    object([
        ("at", json!(entry.at)),
        ("id", json!(entry.id)),
        ("keys", json!(entry.keys)),
        ("title", json!(entry.title)),
        ("link", json!(entry.link)),
        ("published", json!(entry.published.map(|date| date.to_rfc3339()))),
        ("updated", json!(entry.updated.map(|date| date.to_rfc3339()))),
        ("authors", people(&entry.authors)),
        ("categories", json!(entry.categories.iter().map(|path| path.names().to_vec()).collect::<Vec<_>>())),
        ("tags", json!(entry.tags)),
        ("summary", json!(entry.summary)),
        ("content", json!(entry.content)),
        ("image", json!(entry.image)),
        ("enclosures", json!(enclosures)),
        ("language", json!(entry.language)),
        ("rights", json!(entry.rights)),
        ("comments", json!(entry.comments)),
        ("origin", json!(origin)),
    ])
}

fn people(people: &[Person]) -> Value {
    people
        .iter()
        .map(|person| {
            object([("name", json!(person.name)), ("email", json!(person.email)), ("url", json!(person.url))])
        })
        .collect()
}

fn hints(hints: &Hints) -> Value {
    object([
        ("ttl_minutes", json!(hints.ttl_minutes)),
        ("skip_hours", json!(hints.skip_hours)),
        ("skip_days", json!(hints.skip_days)),
        ("update_period", json!(hints.update_period)),
        ("update_frequency", json!(hints.update_frequency)),
        ("update_base", json!(hints.update_base)),
        ("hubs", json!(hints.hubs)),
        ("self_url", json!(hints.self_url)),
        ("next", json!(hints.next)),
        ("prev_archive", json!(hints.prev_archive)),
        ("moved_to", json!(hints.moved_to)),
    ])
}

/// What isn't known is left out.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let is_known = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    let map: Map<String, Value> = fields
        .into_iter()
        .filter(|(_, value)| is_known(value))
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    Value::Object(map)
}

/// What happens to a feed on its way.
#[derive(Debug, Clone)]
enum Fault {
    Cut(usize),
    Insert(usize, &'static [u8]),
    Remove(usize, usize),
    Flip(usize, u8),
}

fn fault() -> impl Strategy<Value = Fault> {
    let junk: [&'static [u8]; 14] = [
        b"<",
        b">",
        b"&",
        b"\"",
        b"</item>",
        b"<item>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"&#0;",
        b"\xff\xfe",
        b"</",
        b"<x y='",
        b"xml:base='//'",
    ];
    prop_oneof![
        any::<usize>().prop_map(Fault::Cut),
        (any::<usize>(), prop::sample::select(junk.to_vec())).prop_map(|(at, junk)| Fault::Insert(at, junk)),
        (any::<usize>(), 0_usize..60).prop_map(|(at, length)| Fault::Remove(at, length)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Fault::Flip(at, byte)),
    ]
}

fn spoil(body: &mut Vec<u8>, fault: &Fault) {
    let length = body.len() + 1;
    match fault {
        Fault::Cut(at) => body.truncate(at % length),
        Fault::Insert(at, junk) => {
            body.splice(at % length..at % length, junk.iter().copied());
        }
        Fault::Remove(at, count) => {
            let start = at % length;
            let end = (start + count).min(body.len());
            body.drain(start..end);
        }
        Fault::Flip(at, byte) => {
            if let Some(place) = body.get_mut(at % length) {
                *place = *byte;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_fault_makes_it_fall_and_no_key_stands_twice(
        case in prop::sample::select(vec!["rss-2.0.xml", "atom-1.0.xml", "podcast.xml", "rss-1.0.xml", "json-1.1.json", "gbk.xml", "scripts.xml"]),
        faults in prop::collection::vec(fault(), 1..5),
    ) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_feed").join(case);
        let mut body = fs::read(path).unwrap();
        for fault in &faults {
            spoil(&mut body, fault);
        }
        if let Ok(document) = feed::parse(&body, None, URL) {
            let mapped = map::feed::map(&document, URL, Reading::default());
            let mut keys: Vec<String> = mapped.entries.iter().flat_map(|entry| entry.keys.clone()).collect();
            let count = keys.len();
            keys.sort();
            keys.dedup();
            prop_assert_eq!(keys.len(), count);
            for entry in mapped.entries {
                prop_assert!(!entry.id.is_empty());
                let _ = map::clean(entry, URL);
            }
        }
    }
}
