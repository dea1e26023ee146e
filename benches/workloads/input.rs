//! Posts, feeds and entries that nobody wrote: the same at every run.

use chrono::{DateTime, Duration, Utc};
use feedmill::model::{CategoryPath, Entry, FeedEntry, Person};
use feedmill::store::{FeedRecord, Placing, SourceRecord, Written};
use std::fmt::Write;

pub(crate) const WORDS: [&str; 12] =
    ["市场", "消息", "today", "指数", "the", "公司", "report", "上涨", "of", "观察", "markets", "记者"];

pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

/// About 5 kB of clean HTML.
pub(crate) fn clean_html(seed: usize) -> String {
    let mut html = String::new();
    for paragraph in 0..12 {
        html.push_str("<p>");
        for word in 0..40 {
            html.push_str(WORDS[(seed * 7 + paragraph * 5 + word * word) % WORDS.len()]);
            html.push(' ');
        }
        writeln!(html, "<a href=\"https://example.org/{seed}/{paragraph}\">more</a></p>").unwrap();
    }
    html
}

/// The same as many editors leave it: classes, styles, a comment, a script.
pub(crate) fn dirty_html(seed: usize) -> String {
    let body = clean_html(seed).replace("<p>", "<p class=\"text\" style=\"margin:0\">");
    format!("<div class=\"post\"><!-- begin -->{body}<script>track()</script></div>")
}

pub(crate) fn front_matter(seed: usize) -> String {
    format!(
        "---\nlayout: post\ntitle: \"{} {seed}\"\ndate: 2026-02-{:02} 10:{:02}:00 +0800\ncategories: [news, 市场]\nthumbnail: https://example.org/{seed}.png\n---\n",
        WORDS[seed % WORDS.len()],
        seed % 28 + 1,
        seed % 60,
    )
}

pub(crate) fn markdown(seed: usize) -> String {
    let mut text = String::new();
    for paragraph in 0..12 {
        writeln!(text, "## Part {paragraph}\n").unwrap();
        for word in 0..40 {
            text.push_str(WORDS[(seed + paragraph + word) % WORDS.len()]);
            text.push(' ');
        }
        text.push_str("\n\n* *one*, **two**, [three](https://example.org/)\n\n");
    }
    text
}

/// A feed of thirty entries, 150 kB.
pub(crate) fn rss() -> String {
    let mut feed =
        String::from("<rss version=\"2.0\"><channel><title>A feed</title><link>https://example.org/</link>");
    for item in 0..30 {
        let body = clean_html(item).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        write!(
            feed,
            "<item><title>Item {item}</title><link>https://example.org/{item}</link><guid>https://example.org/{item}</guid><pubDate>Mon, 02 Feb 2026 10:{item:02}:00 +0000</pubDate><description>{body}</description></item>"
        )
        .unwrap();
    }
    feed + "</channel></rss>"
}

pub(crate) fn entry(number: usize) -> Entry {
    let id = format!("https://example.org/{number}");
    Entry {
        id: id.clone(),
        keys: vec![format!("path:{number}.md"), format!("id:{id}")],
        title: Some(format!("{} {number}", WORDS[number % WORDS.len()])),
        link: Some(id),
        published: Some((now() - Duration::minutes(i64::try_from(number).unwrap())).fixed_offset()),
        authors: vec![Person::named("林远")],
        categories: CategoryPath::parse(&format!("news/{}", number % 50)).into_iter().collect(),
        content: Some(clean_html(number)),
        at: format!("{number}.md"),
        ..Entry::default()
    }
}

pub(crate) fn feed_entry(number: usize) -> FeedEntry {
    let entry = entry(number);
    FeedEntry { atom_id: entry.id.clone(), published: entry.published.unwrap(), updated: None, entry }
}

pub(crate) fn insert(number: usize) -> Written {
    let entry = entry(number);
    Written {
        filed: (entry.categories.clone(), entry.tags.clone()),
        raw_hash: feedmill::map::raw_hash(&entry),
        served_hash: feedmill::map::served_hash(&entry),
        stands_at: entry.published.unwrap().to_utc(),
        placing: Placing::default(),
        entry,
    }
}

pub(crate) fn record() -> FeedRecord {
    FeedRecord {
        id: "news".into(),
        atom_id: "urn:uuid:00000000-0000-5000-8000-000000000001".into(),
        definition_hash: [1; 32],
        was: Vec::new(),
        sources: vec![SourceRecord {
            key: "id:a".into(),
            id: "a".into(),
            kind: "posts".into(),
            location: "/posts".into(),
        }],
    }
}
