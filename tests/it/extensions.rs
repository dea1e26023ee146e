//! What feeds say beside the formats' own elements: read, published, and read again.

use crate::cases::same;
use feedmill::map;
use feedmill::map::feed::Reading;
use feedmill::model::{Extension, Feed, FeedEntry, Format};
use feedmill::parse::feed;
use feedmill::publish::{Place, publish};
use proptest::prelude::*;
use std::path::Path;

const URL: &str = "https://harbour.example.org/feed.xml";

fn read(body: &[u8]) -> Feed {
    let document = feed::parse(body, None, URL).unwrap();
    let mapped = map::feed::map(&document, URL, Reading::default());
    let entries = mapped.entries.into_iter().map(|entry| {
        let entry = map::clean(entry, URL);
        FeedEntry {
            atom_id: entry.id.clone(),
            published: entry.published.unwrap_or_default(),
            updated: entry.updated,
            entry,
        }
    });
    let entries = entries.collect();
    Feed { channel: mapped.channel, entries, ..Feed::default() }
}

fn published(feed: &Feed, format: Format) -> Vec<u8> {
    let place = Place {
        self_url: format!("https://feeds.example.org/harbour.{}", format.extension()),
        page_url: "https://feeds.example.org/harbour".to_owned(),
        hubs: Vec::new(),
        older: None,
        archive: None,
    };
    publish(feed, format, &place)
}

fn names(extensions: &[Extension]) -> Vec<&str> {
    extensions.iter().map(|extension| extension.name.as_str()).collect()
}

#[test]
fn a_podcast_is_published_as_it_was_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extensions");
    let feed = read(&std::fs::read(folder.join("podcast.xml")).unwrap());
    for format in Format::ALL {
        let found = String::from_utf8(published(&feed, format)).unwrap();
        same(&format!("tests/extensions/podcast.expected.{}", format.extension()), &found);
    }
}

#[test]
fn what_was_published_reads_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extensions");
    let feed = read(&std::fs::read(folder.join("podcast.xml")).unwrap());
    let rss = read(&published(&feed, Format::Rss));
    // What is on the air, and Podlove's chapters, the validator lets stand in no XML.
    let is_for_json =
        |extension: &Extension| extension.name == "podcast:liveItem" || extension.prefix() == "psc";
    let in_xml = |extensions: &[Extension]| -> Vec<Extension> {
        extensions.iter().filter(|extension| !is_for_json(extension)).cloned().collect()
    };
    assert_eq!(feed.entries.len(), 2, "what is on the air is no entry");
    assert_eq!(rss.channel.extensions, in_xml(&feed.channel.extensions));
    let json = read(&published(&feed, Format::Json));
    assert_eq!(json.channel.extensions, feed.channel.extensions);
    let atom = read(&published(&feed, Format::Atom));
    for (place, from) in feed.entries.iter().enumerate() {
        let from = &from.entry;
        assert_eq!(rss.entries[place].entry.extensions, in_xml(&from.extensions), "{}", from.id);
        assert_eq!(json.entries[place].entry.extensions, from.extensions, "{}", from.id);
        let without_apple: Vec<Extension> =
            in_xml(&from.extensions).into_iter().filter(|extension| extension.prefix() != "itunes").collect();
        assert_eq!(atom.entries[place].entry.extensions, without_apple, "{}", from.id);
        assert_eq!(rss.entries[place].entry.enclosures.len(), from.enclosures.len());
        assert_eq!(rss.entries[place].entry.image, from.image);
    }
}

#[test]
fn apples_elements_stand_together_or_not_at_all() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extensions");
    let mut feed = read(&std::fs::read(folder.join("podcast.xml")).unwrap());
    feed.entries.truncate(1);
    let has_apple =
        |feed: &Feed| String::from_utf8(published(feed, Format::Rss)).unwrap().contains("itunes:");
    assert!(has_apple(&feed));

    let mut without = feed.clone();
    without.channel.extensions.retain(|extension| extension.name != "itunes:category");
    assert!(!has_apple(&without));
    let again = read(&published(&without, Format::Rss));
    let found = names(&again.entries[0].entry.extensions);
    assert!(found.contains(&"podcast:episode"), "{found:?}");
    assert_eq!(again.entries[0].entry.enclosures[0].duration_seconds, Some(1865));

    let mut ownerless = feed.clone();
    ownerless.channel.extensions.retain(|extension| extension.name != "itunes:owner");
    ownerless.channel.authors = vec![feedmill::model::Person::named("Nell")];
    // Who keeps it from being moved owns it, too.
    let locked = String::from_utf8(published(&ownerless, Format::Rss)).unwrap();
    assert!(locked.contains("<itunes:email>nell@harbour.example.org</itunes:email>"), "{locked}");
    ownerless.channel.extensions.retain(|extension| extension.name != "podcast:locked");
    assert!(!has_apple(&ownerless));
    ownerless.channel.authors[0].email = Some("nell@harbour.example.org".to_owned());
    assert!(has_apple(&ownerless));

    let mut speechless = feed.clone();
    speechless.channel.language = None;
    assert!(!has_apple(&speechless));

    // A file that Apple's directory doesn't play takes none of them beside it.
    let mut filed = feed;
    for (file, plays) in
        [("2.mp3?from=feed", true), ("2.MP3", false), ("2.ogg?as=.mp3", false), ("mp3", false)]
    {
        filed.entries[0].entry.enclosures[0].url = format!("https://cdn.example.org/{file}");
        let found = read(&published(&filed, Format::Rss));
        let found = names(&found.entries[0].entry.extensions).iter().any(|name| name.starts_with("itunes"));
        assert_eq!(found, plays, "{file}");
    }
}

/// An element of another vocabulary, right or wrong.
fn element() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "itunes:title",
        "itunes:episode",
        "itunes:season",
        "itunes:episodeType",
        "itunes:explicit",
        "itunes:duration",
        "itunes:subtitle",
        "podcast:transcript",
        "podcast:chapters",
        "podcast:person",
        "podcast:location",
        "podcast:soundbite",
        "media:content",
        "media:thumbnail",
        "media:title",
        "media:description",
        "media:credit",
        "media:rating",
        "media:player",
        "media:category",
        "georss:point",
        "georss:line",
        "geo:lat",
        "thr:in-reply-to",
        "thr:total",
        "wfw:commentRss",
        "creativeCommons:license",
    ]);
    let value = prop_oneof![
        "[1-9][0-9]{0,3}",
        "[a-z]{1,6}( [a-z&]{1,5}){0,3}",
        "https://[a-z]{2,5}\\.example\\.org/[a-z]{0,4}(\\?a=[0-9]&b=[a-z])?",
        "[0-9]{1,2}\\.[0-9] [0-9]{1,2}(\\.[0-9])?",
        Just("nonadult".to_owned()),
        Just("text/vtt".to_owned()),
        Just("trailer".to_owned()),
        Just("tag:example.org,2026:1".to_owned()),
    ];
    let attribute = prop::sample::select(vec![
        "url",
        "type",
        "href",
        "ref",
        "startTime",
        "duration",
        "width",
        "height",
        "role",
        "medium",
        "language",
    ]);
    let attributes = prop::collection::btree_map(attribute, value.clone(), 0..5);
    (name, attributes, value).prop_map(|(name, attributes, text)| {
        let escaped = |text: &str| text.replace('&', "&amp;");
        let attributes: String =
            attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
        format!("<{name}{attributes}>{}</{name}>", escaped(&text))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_is_kept_comes_back(elements in prop::collection::vec(element(), 0..12), file in any::<bool>()) {
        let file = if file { "<enclosure url='https://cdn.example.org/1.mp3' type='audio/mpeg' length='9'/>" } else { "" };
        let body = format!(
            "<rss version='2.0'><channel><title>t</title><language>en</language>\
             <itunes:category text='Arts'/><itunes:explicit>false</itunes:explicit>\
             <itunes:owner><itunes:email>a@example.org</itunes:email></itunes:owner>\
             <item><title>one</title><guid isPermaLink='false'>x</guid><description>text</description>{file}{}</item></channel></rss>",
            elements.concat()
        );
        let feed = read(body.as_bytes());
        let from = &feed.entries[0].entry;
        for format in [Format::Rss, Format::Json, Format::Atom] {
            let again = read(&published(&feed, format));
            let found = &again.entries[0].entry;
            let played = from.enclosures.first().is_none_or(|first| first.url.ends_with(".mp3"));
            let compared = |extension: &&Extension| match (format, extension.prefix()) {
                (Format::Json, _) => true,
                (Format::Atom, prefix) => prefix != "itunes",
                (Format::Rss, prefix) => played || !matches!(prefix, "itunes" | "podcast"),
            };
            prop_assert_eq!(
                found.extensions.iter().filter(compared).collect::<Vec<_>>(),
                from.extensions.iter().filter(compared).collect::<Vec<_>>(),
                "{}",
                format
            );
            prop_assert_eq!(found.enclosures.len(), from.enclosures.len(), "{}", format);
            prop_assert_eq!(&found.image, &from.image, "{}", format);
        }
    }
}
