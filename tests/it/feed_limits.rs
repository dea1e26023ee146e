//! Hostile feeds: each answered within seconds, in bounded memory, by what could be used.

use crate::cpu;
use feedmill::map::feed::Reading;
use feedmill::{map, parse::feed};
use std::time::Duration;

const URL: &str = "https://feeds.example.org/feed.xml";

fn item(inside: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>t</title><item><guid>1</guid>{inside}</item></channel></rss>"
    )
}

/// What is left of a feed: its entries and the problems that were noted.
fn read(body: &str) -> (usize, Vec<String>) {
    let document = feed::parse(body.as_bytes(), None, URL).unwrap();
    let mapped = map::feed::map(&document, URL, Reading::default());
    let problems = mapped.problems.iter().map(|problem| problem.message.clone()).collect();
    let entries: Vec<_> = mapped.entries.into_iter().map(|entry| map::clean(entry, URL)).collect();
    (entries.len(), problems)
}

fn hostile() -> Vec<(&'static str, String)> {
    let lots = 100_000;
    vec![
        ("nesting", item(&format!("{}{}", "<x>".repeat(lots), "</x>".repeat(lots)))),
        ("attributes", item(&format!("<x{}/>", " a='1'".repeat(lots)))),
        ("namespaces", item(&format!("<x{}/>", " xmlns:a='b'".repeat(lots)))),
        ("bases", item(&"<x xml:base='a/'>".repeat(5_000))),
        ("less-than", item(&format!("<title>{}</title>", "<".repeat(lots)))),
        ("open tags", item(&"<x ".repeat(lots))),
        ("open quotes", item(&"<x a='".repeat(lots))),
        ("comments", item(&"<!--".repeat(20_000))),
        ("cdata", item(&"<description><![CDATA[</description>".repeat(10_000))),
        ("end tags", item(&"</x>".repeat(lots))),
        ("references", item(&format!("<title>{}</title>", "&#65;&x;&".repeat(20_000)))),
        ("tags in a title", item(&format!("<title><![CDATA[{}]]></title>", "<b ".repeat(lots)))),
        (
            "scripts in a title",
            item(&format!("<title><![CDATA[{}]]></title>", "<script></script>".repeat(10_000))),
        ),
        ("brackets in a name", item(&format!("<author>{}</author>", "(".repeat(lots)))),
        ("a date", item(&format!("<pubDate>{}</pubDate>", "(".repeat(lots)))),
        ("categories", item(&"<category>a</category>".repeat(5_000))),
        (
            "entities",
            format!(
                "<!DOCTYPE rss [<!ENTITY a '{}'>]>{}",
                "x".repeat(1000),
                item(&format!("<title>{}</title>", "&a;".repeat(lots)))
            ),
        ),
    ]
}

#[test]
fn no_hostile_feed_takes_long() {
    for (name, body) in hostile() {
        let begun = cpu::spent();
        let (entries, _) = read(&body);
        let spent = cpu::spent() - begun;
        assert!(spent < Duration::from_secs(10), "{name}: {spent:?}");
        assert!(entries <= 1, "{name}");
    }
}

#[test]
fn entries_are_capped_and_the_newest_are_kept() {
    let item = |number: usize| format!("<item><guid>{number}</guid></item>");
    let undated: String = (0..10_002).map(item).collect();
    let dated = "<item><guid>new</guid><pubDate>Fri, 13 Nov 2026 05:00:00 GMT</pubDate></item>";
    let body = format!("<rss version=\"2.0\"><channel><title>t</title>{undated}{dated}</channel></rss>");
    let document = feed::parse(body.as_bytes(), None, URL).unwrap();
    let mapped = map::feed::map(&document, URL, Reading::default());
    assert_eq!(mapped.entries.len(), 10_000);
    assert_eq!(mapped.entries[9_998].id, "9998");
    assert_eq!(mapped.entries[9_999].id, "new");
    assert_eq!(
        mapped.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(),
        ["the feed has more than 10000 entries, the newest 10000 were kept"]
    );
}

#[test]
fn entries_without_end_tags_are_not_nested() {
    let items: String = (0..1000).map(|id| format!("<item><guid>{id}</guid><title>{id}</title>")).collect();
    let (entries, problems) = read(&format!("<rss version=\"2.0\"><channel>{items}</channel></rss>"));
    let told =
        ["an entry without its end tag was closed, 999 times", "an element without its end tag was closed"];
    assert_eq!((entries, problems), (1000, told.map(str::to_owned).to_vec()));
}

#[test]
fn external_entities_are_never_opened() {
    let body = "<!DOCTYPE rss SYSTEM \"http://127.0.0.1:1/x.dtd\" [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>\
                <rss version=\"2.0\"><channel><title>&e;</title></channel></rss>";
    let document = feed::parse(body.as_bytes(), None, URL).unwrap();
    assert_eq!(document.channel.title.unwrap().value, "&e;");
}
