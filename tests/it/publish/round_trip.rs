//! What was published, read back by parsers that nobody here wrote: the `rss` and
//! `atom_syndication` crates and `serde_json`.

use super::{awkward, cases};
use feedmill::model::{CategoryPath, Entry, Feed, FeedEntry, Format, Person};
use feedmill::publish::{atom_iri, publish, rfc822};
use proptest::prelude::*;
use serde_json::Value;

struct Read {
    rss: rss::Channel,
    atom: atom_syndication::Feed,
    json: Value,
}

fn read(feed: &Feed) -> Read {
    let bytes = |format: Format| publish(feed, format, &cases::place("x", format.extension()));
    for format in Format::ALL {
        let text = String::from_utf8(bytes(format)).unwrap();
        let illegal = |char: char| matches!(char, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffd}'..='\u{ffff}');
        assert_eq!(text.matches(illegal).collect::<String>(), "", "{format}: {text}");
        assert_eq!(bytes(format), text.as_bytes());
    }
    Read {
        rss: rss::Channel::read_from(bytes(Format::Rss).as_slice()).unwrap(),
        atom: atom_syndication::Feed::read_from(bytes(Format::Atom).as_slice()).unwrap(),
        json: serde_json::from_slice(&bytes(Format::Json)).unwrap(),
    }
}

/// Plain text of an Atom text construct.
fn plain(text: &atom_syndication::Text) -> String {
    let html = text.r#type == atom_syndication::TextType::Html;
    if html { unescaped(&text.value) } else { text.value.clone() }
}

fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// RSS breaks up what looks like a tag.
fn whole(text: &str) -> String {
    text.replace("< ", "<")
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// The three documents say the same of every entry, and what the entry says.
fn agree(feed: &Feed) {
    let read = read(feed);
    let items = read.json["items"].as_array().unwrap();
    let count = feed.entries.len();
    assert_eq!((read.rss.items.len(), read.atom.entries.len(), items.len()), (count, count, count));
    for (number, from) in feed.entries.iter().enumerate() {
        let (rss, atom, json) = (&read.rss.items[number], &read.atom.entries[number], &items[number]);
        let text = |key: &str| json[key].as_str();

        let guid = rss.guid.as_ref().unwrap();
        assert_eq!(Some(guid.value.as_str()), text("id"));
        let iri = atom_iri(&from.atom_id);
        let is_anothers =
            |other: &&FeedEntry| other.atom_id != from.atom_id && atom_iri(&other.atom_id) == iri;
        assert!(atom.id == iri || feed.entries.iter().any(|other| is_anothers(&other)), "{}", atom.id);
        assert!(!guid.permalink || rss.link.as_deref() == Some(&guid.value));

        assert_eq!(rss.link.as_deref(), text("url"));
        let alternate = atom.links.iter().find(|link| link.rel == "alternate");
        assert_eq!(alternate.map(|link| link.href.as_str()), text("url"));

        assert_eq!(rss.title.as_deref().map(whole), text("title").map(whole));
        if let Some(title) = text("title") {
            assert_eq!(plain(&atom.title), title);
        }
        assert!(!plain(&atom.title).trim().is_empty());

        let terms: Vec<String> = atom.categories.iter().map(|category| category.term.clone()).collect();
        assert_eq!(terms, strings(&json["tags"]));
        let named: Vec<String> = rss.categories.iter().map(|category| whole(&category.name)).collect();
        assert_eq!(named, terms.iter().map(|term| whole(term)).collect::<Vec<_>>());

        same_dates(from, rss, atom, text("date_published"));
        same_content(from, rss, atom, text("content_html"));
    }
}

fn same_dates(from: &FeedEntry, rss: &rss::Item, atom: &atom_syndication::Entry, json: Option<&str>) {
    if let Some(date) = atom.published {
        assert_eq!(date, from.published);
        assert_eq!(rss.pub_date, Some(rfc822(&date)));
    } else {
        assert_eq!(rss.pub_date, None);
    }
    let dated = json.map(cases::date);
    assert_eq!(dated, Some(from.published));
}

fn same_content(from: &FeedEntry, rss: &rss::Item, atom: &atom_syndication::Entry, json: Option<&str>) {
    if let Some(content) = &from.entry.content {
        let written = |text: Option<&str>| text.map(|text| text.trim().to_owned());
        let html = written(json);
        assert_eq!(html.is_none(), content.chars().all(|char| char.is_whitespace() || char.is_control()));
        if html.is_some() {
            assert_eq!(written(atom.content.as_ref().and_then(|content| content.value.as_deref())), html);
            let rss = if from.entry.summary.is_some() { &rss.content } else { &rss.description };
            assert_eq!(written(rss.as_deref()), html);
        }
    }
}

#[test]
fn documents_agree() {
    for feed in [cases::ordinary(), cases::empty(), cases::podcast()] {
        agree(&feed);
    }
    let mut awkward = awkward::feed();
    // Its summaries are blank here and there, which only the whole documents tell.
    for entry in &mut awkward.entries {
        entry.entry.summary = None;
    }
    agree(&awkward);
}

#[test]
fn ordinary_entries_come_back_as_they_went() {
    let feed = cases::ordinary();
    let read = read(&feed);
    let item = &read.rss.items[0];
    assert_eq!(item.title, feed.entries[0].entry.title);
    assert_eq!(item.link, feed.entries[0].entry.link);
    assert_eq!(item.guid.as_ref().unwrap().value, feed.entries[0].entry.id);
    assert!(item.guid.as_ref().unwrap().permalink);
    assert_eq!(item.dublin_core_ext.as_ref().unwrap().creators, ["李雷", "韩梅梅"]);
    let entry = &read.atom.entries[0];
    assert_eq!(entry.id, feed.entries[0].atom_id);
    assert_eq!(Some(entry.updated), feed.entries[0].updated);
    assert_eq!(entry.authors[1].name, "韩梅梅");
    assert_eq!(read.atom.entries[1].source.as_ref().unwrap().title.value, "Planet");
    assert_eq!(strings(&read.json["items"][0]["tags"]), ["金融/中证网/资讯", "新闻", "GDP"]);
}

/// Text of all kinds: what XML can't hold, what looks like markup, what is plain.
fn weird() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        prop::sample::select(vec![
            "</b>",
            "<script>",
            "]]>",
            "&amp;",
            "&#0;",
            "&",
            "<",
            "\r\n",
            "\u{1}",
            "\u{85}",
            "\u{fffd}",
            "\u{ffff}",
            "中文",
            "\u{3000}",
            "😀",
            "\u{202e}",
            "%",
            "a/b",
            "https://e.org/",
            "\"",
            "'",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn link() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![
        weird(),
        weird().prop_map(|path| format!("https://example.org/{path}")),
        weird().prop_map(|host| format!("http://{host}.example/")),
    ])
}

prop_compose! {
    fn entry()(
        id in weird(),
        atom_id in prop_oneof![weird(), weird().prop_map(|path| format!("https://example.org/{path}"))],
        title in prop::option::of(weird()),
        link in link(),
        author in prop::option::of(weird()),
        categories in prop::collection::vec(prop::collection::vec(weird(), 0..3), 0..3),
        tags in prop::collection::vec(weird(), 0..3),
        seconds in -1_000_000_000i64..4_000_000_000,
        offset in -50_000i32..50_000,
        language in prop::option::of(weird()),
    ) -> FeedEntry {
        let zone = chrono::FixedOffset::east_opt(offset).unwrap();
        FeedEntry {
            entry: Entry {
                id,
                title,
                link: link.clone(),
                image: link.clone(),
                comments: link,
                authors: author.map(Person::named).into_iter().collect(),
                categories: categories.iter().filter_map(CategoryPath::from_names).collect(),
                tags,
                language,
                ..Entry::default()
            },
            atom_id,
            published: chrono::DateTime::from_timestamp(seconds, 0).unwrap().with_timezone(&zone),
            updated: None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in(title in weird(), description in prop::option::of(weird()), entries in prop::collection::vec(entry(), 0..4)) {
        let mut feed = Feed { entries, ..cases::empty() };
        // The store gives each entry an id of its own.
        let mut ids = std::collections::HashSet::new();
        feed.entries.retain(|entry| ids.insert(atom_iri(&entry.atom_id)));
        for (place, entry) in feed.entries.iter_mut().enumerate() {
            entry.entry.id.insert_str(0, &format!("{place}-"));
        }
        feed.channel.title = title;
        feed.channel.description = description;
        agree(&feed);
    }

    #[test]
    fn an_iri_is_an_iri_and_stays_it(id in weird()) {
        let iri = atom_iri(&id);
        prop_assert!(iri.is_ascii());
        prop_assert!(url::Url::parse(&iri).is_ok(), "{iri}");
        prop_assert_eq!(atom_iri(&iri), iri);
    }

    #[test]
    fn an_address_is_ascii_and_stays_it(path in weird()) {
        let address = feedmill::publish::address(&format!("https://example.org/{path}")).unwrap();
        prop_assert!(address.bytes().all(|byte| (b'!'..=b'~').contains(&byte)));
        let again = feedmill::publish::address(&address);
        prop_assert_eq!(again, Some(address));
    }
}
