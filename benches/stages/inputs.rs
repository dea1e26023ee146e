//! Posts of about 5.6 kB and feeds of 30 items of about 2 kB: a function of the number alone.

use chrono::{DateTime, Duration, Utc};
use feedmill::definition::Trackers;
use feedmill::map::feed::Reading;
use feedmill::store::Written;
use feedmill::{
    definition::{Filing, Since},
    map,
    model::Entry,
    parse,
    update::{Decider, Rules},
};

/// Bytes of a post's text, about.
pub const POST: usize = 5300;
/// Bytes of an item's text, about.
pub const ITEM: usize = 1700;
/// Items of a feed.
pub const ITEMS: usize = 30;
/// Where the feed stands.
pub const URL: &str = "https://blog.example.org/feed.xml";

const WORDS: [&str; 24] = [
    "weather", "市场", "river", "a", "今天", "of", "银行", "report", "and", "新闻", "the", "发布", "station",
    "is", "数据", "more", "科技", "than", "公司", "once", "观察", "Straße", "café", "“so”",
];

/// The time that all inputs count from.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_352_000, 0).unwrap()
}

/// Words by chance, of which the number is the seed.
struct Words(u64);

impl Words {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap()
    }

    fn line(&mut self, words: usize) -> String {
        let words: Vec<&str> = (0..words).map(|_| WORDS[self.next() % WORDS.len()]).collect();
        words.join(" ")
    }
}

/// The seed of a number; neighbours have little in common.
fn words(number: usize) -> Words {
    let mut words = Words(u64::try_from(number).unwrap());
    words.next();
    words
}

/// Clean HTML as an editor makes it: paragraphs, a link, a picture, a list.
pub fn html(number: usize, bytes: usize) -> String {
    let mut words = words(number);
    let mut text = String::new();
    while text.len() < bytes {
        let (kind, line) = (words.next() % 6, words.line(40));
        text += &match kind {
            0 => format!("<p>{line} <a href=\"https://example.org/{number}?a=1&amp;b=2\">{line}</a></p>\n"),
            1 => {
                format!("<p><img src=\"https://example.org/{number}.png\" alt=\"a picture\"><br>{line}</p>\n")
            }
            2 => format!("<ul><li>{line}</li><li><strong>and</strong></li></ul>\n"),
            _ => format!("<p>{line}</p>\n"),
        };
    }
    text
}

/// HTML that can't stay as it is: scripts, styles, handlers, relative addresses, open elements.
pub fn dirty_html(number: usize, bytes: usize) -> String {
    let mut text = "<div class=post style=\"color:red\"><script>track()</script>\n".to_owned();
    for part in html(number, bytes).lines() {
        text += "<p onclick=\"go()\"><a href=\"../other/\" target=_blank>more</a><font size=2>";
        text += part;
    }
    text
}

/// Markdown of a post: headings, emphasis, links, a list, code, a table.
pub fn markdown(number: usize) -> String {
    let mut words = words(number);
    let mut text = String::new();
    while text.len() < POST {
        let (kind, line) = (words.next() % 8, words.line(30));
        text += &match kind {
            0 => format!("## {}\n\n{line}\n\n", words.line(4)),
            1 => format!("- {line}\n- *and* {}\n\n", words.line(8)),
            2 => format!("```rust\nlet line = {number};\n```\n\n{line}\n\n"),
            3 => format!("{line} [more](https://example.org/{number}) and **{}**.\n\n", words.line(3)),
            4 => format!("| one | two |\n|-----|-----|\n| {} | `{number}` |\n\n", words.line(5)),
            _ => format!("{line}\n\n"),
        };
    }
    text
}

/// A post with front matter as Jekyll has it, and HTML.
pub fn jekyll(number: usize) -> String {
    let title = words(number).line(8);
    format!(
        "---\nlayout: post\ntitle: \"{title}\"\ndate: 2026-02-{:02} 08:00:00 +0800\ncategories: [news, 科技]\ntags: weather river\n---\n{}",
        number % 28 + 1,
        html(number, POST)
    )
}

/// The same as Hexo has it.
pub fn hexo(number: usize) -> String {
    let title = words(number).line(8);
    format!(
        "---\ntitle: '{title}'\ncategories: \n - 金融\n - 中证网\n - 资讯\nheadimg: 'https://example.org/{number}.png'\nauthor: 林远\ncomments: false\ndate: Sun, {:02} Feb 2026 08:00:00 GMT\n---\n\n{}",
        number % 28 + 1,
        html(number, POST)
    )
}

/// The same as Hugo has it, in TOML.
pub fn hugo(number: usize) -> String {
    let title = words(number).line(8);
    format!(
        "+++\ntitle = \"{title}\"\ndate = 2026-02-{:02}T08:00:00+08:00\ncategories = [\"news\", \"科技\"]\n[params]\nimage = \"/{number}.png\"\n+++\n{}",
        number % 28 + 1,
        html(number, POST)
    )
}

/// An RSS 2.0 feed; every second text is escaped, the others stand in CDATA.
pub fn rss() -> String {
    let item = |number: usize| {
        let (title, text) = (words(number).line(8), html(number, ITEM));
        let text = if number.is_multiple_of(2) { escaped(&text) } else { format!("<![CDATA[{text}]]>") };
        format!(
            "<item><title>{title}</title><link>https://blog.example.org/{number}</link><guid>https://blog.example.org/{number}</guid><category>news</category><pubDate>{}</pubDate><description>{text}</description></item>\n",
            date(number).to_rfc2822()
        )
    };
    let items: Vec<String> = (0..ITEMS).map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>A feed</title><link>https://blog.example.org/</link><description>About it</description>\n{}</channel></rss>\n",
        items.concat()
    )
}

/// The same in Atom.
pub fn atom() -> String {
    let entry = |number: usize| {
        format!(
            "<entry><title>{}</title><id>https://blog.example.org/{number}</id><link href=\"https://blog.example.org/{number}\"/><updated>{}</updated><author><name>林远</name></author><category term=\"news\"/><content type=\"html\">{}</content></entry>\n",
            words(number).line(8),
            date(number).to_rfc3339(),
            escaped(&html(number, ITEM))
        )
    };
    let entries: Vec<String> = (0..ITEMS).map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>A feed</title><id>https://blog.example.org/</id><updated>{}</updated>\n{}</feed>\n",
        start().to_rfc3339(),
        entries.concat()
    )
}

/// The same as JSON Feed.
pub fn json() -> String {
    let item = |number: usize| {
        serde_json::json!({
            "id": format!("https://blog.example.org/{number}"),
            "url": format!("https://blog.example.org/{number}"),
            "title": words(number).line(8),
            "date_published": date(number).to_rfc3339(),
            "tags": ["news"],
            "content_html": html(number, ITEM),
        })
    };
    let items: Vec<_> = (0..ITEMS).map(item).collect();
    serde_json::json!({"version": "https://jsonfeed.org/version/1.1", "title": "A feed", "items": items})
        .to_string()
}

fn date(number: usize) -> DateTime<Utc> {
    start() - Duration::hours(i64::try_from(number).unwrap())
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The entries of the RSS feed, as they come out of mapping.
pub fn feed_entries() -> Vec<Entry> {
    let document = parse::feed::parse(rss().as_bytes(), None, URL).unwrap();
    map::feed::map(&document, URL, Reading::default()).entries
}

/// Entries as posts give them, with a text of so many bytes.
pub fn entries(count: usize, bytes: usize) -> Vec<Entry> {
    let entry = |number: usize| {
        let id = format!("https://blog.example.org/2026/{number}/");
        Entry {
            keys: vec![format!("path:{number}.html"), format!("id:{id}")],
            link: Some(id.clone()),
            id,
            title: Some(words(number).line(8)),
            published: Some(date(number).fixed_offset()),
            categories: feedmill::model::CategoryPath::parse(&format!("news/{}", number % 200))
                .into_iter()
                .collect(),
            tags: vec!["weather".to_owned()],
            content: Some(html(number, bytes)),
            at: format!("{number}.html"),
            ..Entry::default()
        }
    };
    (0..count).map(entry).collect()
}

/// What a collection is decided by where nothing special holds.
pub fn rules(filing: &Filing) -> Rules<'_> {
    Rules {
        now: start(),
        base: URL,
        filing,
        since: Since::All,
        first_collected: start(),
        trackers: Trackers::Keep,
    }
}

/// These entries, decided upon where nothing is known: ready to be stored.
pub fn inserts(entries: Vec<Entry>) -> Vec<Written> {
    Decider::new(&[]).decide(entries, &rules(&Filing::default())).inserts
}
