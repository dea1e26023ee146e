//! What hostile feeds may bring into our own documents: neither tags in plain fields, nor
//! more bytes than a reader takes.

use feedmill::model::{
    CategoryPath, Channel, Enclosure, Entry, Extension, Feed, FeedEntry, Format, Origin, Person,
};
use feedmill::publish::{Place, publish};

const RUNNING: [&str; 8] = [
    "<img src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<object data=\"javascript:alert(1)\">",
    "<svg/onload=alert(1)>",
    "<u8 onclick=alert(1)>",
    "<!--",
];

fn feed(entries: Vec<Entry>, channel: Channel) -> Feed {
    let entries = entries.into_iter().map(|entry| FeedEntry {
        atom_id: format!("urn:x:{}", entry.id),
        published: chrono::DateTime::UNIX_EPOCH.fixed_offset(),
        updated: None,
        entry,
    });
    Feed { entries: entries.collect(), channel, ..Feed::default() }
}

fn published(feed: &Feed, format: Format) -> String {
    let place = Place {
        self_url: format!("https://feeds.example.org/f.{}", format.extension()),
        page_url: "https://feeds.example.org/f".to_owned(),
        ..Place::default()
    };
    String::from_utf8(publish(feed, format, &place)).unwrap()
}

#[test]
fn nothing_in_a_plain_field_is_a_tag() {
    for (number, text) in RUNNING.iter().enumerate() {
        let said = |name: &str| Extension {
            name: name.to_owned(),
            text: Some((*text).to_owned()),
            ..Extension::default()
        };
        let entry = Entry {
            id: number.to_string(),
            title: Some((*text).to_owned()),
            authors: vec![Person::named(*text)],
            categories: vec![CategoryPath::from_names([*text]).unwrap()],
            tags: vec![format!("tag {text}")],
            rights: Some((*text).to_owned()),
            enclosures: ["a", "b"]
                .map(|file| Enclosure {
                    url: format!("https://example.org/{file}.mp3"),
                    title: Some((*text).to_owned()),
                    ..Enclosure::default()
                })
                .into(),
            origin: Some(Origin {
                title: Some((*text).to_owned()),
                url: Some("https://example.org/other.xml".to_owned()),
                ..Origin::default()
            }),
            extensions: vec![
                said("media:credit"),
                said("media:title"),
                said("podcast:person"),
                said("itunes:subtitle"),
            ],
            ..Entry::default()
        };
        let channel = Channel {
            id: "https://example.org/".to_owned(),
            title: (*text).to_owned(),
            description: Some((*text).to_owned()),
            authors: vec![Person::named(*text)],
            rights: Some((*text).to_owned()),
            ..Channel::default()
        };
        let rss = published(&feed(vec![entry], channel), Format::Rss);
        let read = ["&#x3C;", "&#x3c;", "&#60;"].iter().fold(rss, |rss, one| rss.replace(one, "&lt;"));
        let begins: Vec<&str> = read
            .match_indices("&lt;")
            .filter_map(|(at, _)| read.get(at + 4..))
            .filter(|after| {
                after.starts_with(|first: char| first.is_ascii_alphabetic() || "!?/".contains(first))
            })
            .map(|after| after.get(..20).unwrap_or(after))
            .collect();
        assert!(begins.is_empty(), "{text}: {begins:?}");
        assert!(read.contains("&lt; "), "{text}: {read}");
    }
}

#[test]
fn a_document_holds_no_more_than_readers_take() {
    let text = "&amp;".repeat(400_000);
    let entries = (0..16).map(|number| Entry {
        id: number.to_string(),
        title: Some(format!("entry {number}")),
        content: Some(text.clone()),
        ..Entry::default()
    });
    let channel =
        Channel { id: "https://example.org/".to_owned(), title: "t".to_owned(), ..Channel::default() };
    let whole = feed(entries.collect(), channel);
    // The same entries go into each format; this one is written the fastest.
    let document = published(&whole, Format::Json);
    assert!(document.len() < 33 << 20, "{} bytes", document.len());
    assert!(document.contains("entry 0") && !document.contains("entry 15"));
}
