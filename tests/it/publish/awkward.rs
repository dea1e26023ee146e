//! A feed in which every entry is a trap for validators or readers.

use super::cases::date;
use feedmill::model::{CategoryPath, Channel, Entry, Feed, FeedEntry, Origin, Person};

/// An entry with this title, id and link, and no more.
fn titled(number: usize, title: &str) -> FeedEntry {
    let link = format!("https://awkward.example.org/{number}");
    FeedEntry {
        entry: Entry {
            id: link.clone(),
            title: Some(title.to_owned()),
            link: Some(link.clone()),
            ..Entry::default()
        },
        atom_id: link,
        published: date(&format!("2026-01-{:02}T12:00:00Z", number % 28 + 1)),
        updated: None,
    }
}

/// Titles: markup, what looks like it, what XML can't hold.
const TITLES: [&str; 16] = [
    "Vec<u8> and a < b && c > d",
    "How to close </b> and <script>alert(1)</script>",
    "AT&amp;T, R&D, &copy; and &#8212;",
    "&lt;b&gt;bold&lt;/b&gt;",
    "Controls \u{0}\u{1}\u{8}\u{b}\u{c}\u{1f}\u{7f}\u{80}\u{85}\u{9f} gone",
    "Not characters \u{fffe}\u{ffff} and lost ones \u{fffd}\u{fffd}",
    "CDATA ends ]]> here",
    "Two\nlines\r\nand\ta tab",
    "😀 emoji 👩‍👩‍👧‍👦 and 𠮷 beyond the BMP",
    "\u{202e}right to left\u{202c} and עברית",
    "'single' and \"double\" quotes",
    "   \u{3000}　spaces round 中\u{3000}文　  ",
    "<!-- a comment --> <?php echo 1 ?> <![CDATA[x]]>",
    "<p>",
    "</p>",
    "100%",
];

/// Links: each is awkward in its own way.
const LINKS: [&str; 12] = [
    "https://例え.example/パス/日本語?検索=語#節",
    "https://awkward.example.org/with space/and|pipe?a[]=1&b={2}^`\"<>\\",
    "https://awkward.example.org/100%/%zz/%e4%b8%ad",
    "https://awkward.example.org/a#b#c",
    "https://awkward.example.org",
    "https://awkward.example.org?q=1",
    "HTTPS://Awkward.Example.org:443/../x/./y",
    "/relative",
    "javascript:alert(1)",
    "mailto:someone@example.org",
    "https://user:pass@awkward.example.org:8443/p;v=1",
    "https://awkward.example.org/a\n b",
];

/// Ids: not IRIs, badly formed ones, ones that readers would normalise.
const IDS: [&str; 18] = [
    "plain words",
    "https://awkward.example.org",
    "https://awkward.example.org/%7euser/%e4%b8%ad",
    "https://awkward.example.org/中文/路径",
    "urn:uuid:not-a-uuid",
    "urn:uuid:5b2f9c1e-3b1d-5f0a-9d55-0f6f2d0f7a99",
    "urn:isbn:0451450523",
    "urn:x y:z",
    "tag:example.org,2026-1:x",
    "tag:blogger.com,1999:blog-12.post-34",
    "  padded  ",
    "",
    "mid with spaces@example.org",
    "tag:Example.org,2026:big letters",
    "JavaScript:alert(1)",
    // One address in Atom, written in three ways.
    "https://Example.org/文",
    "https://example.org/文",
    "https://example.org/%E6%96%87",
];

pub(super) fn feed() -> Feed {
    let mut entries: Vec<FeedEntry> =
        TITLES.iter().enumerate().map(|(number, title)| titled(number, title)).collect();
    for (number, link) in (100..).zip(LINKS) {
        let mut entry = titled(number, &format!("Link {number}"));
        entry.entry.link = Some(link.to_owned());
        entry.entry.comments = Some(link.to_owned());
        entry.entry.image = Some(link.to_owned());
        entries.push(entry);
    }
    for (number, id) in (200..).zip(IDS) {
        let mut entry = titled(number, &format!("Id {number}"));
        entry.entry.id = String::from(id);
        entry.atom_id = String::from(id);
        entries.push(entry);
    }
    entries.extend(bare());
    entries.extend(people());
    entries.extend(dates());
    entries.push(filed());
    entries.push(bodies());
    Feed {
        channel: Channel {
            id: "https://awkward.example.org".to_owned(),
            title: "Awkward </title> & <b>bold</b>".to_owned(),
            description: Some("  \u{1}&nbsp;<i>x</i>\n ".to_owned()),
            link: Some("https://例え.example/".to_owned()),
            language: Some("english".to_owned()),
            authors: vec![Person::default(), Person::named(" ")],
            icon: Some("https://awkward.example.org/icon.webp".to_owned()),
            rights: Some("©\u{80} <a href=\"x\">me</a>".to_owned()),
            updated: Some(date("1970-01-01T00:00:00Z")),
            extensions: Vec::new(),
        },
        entries,
        ..Feed::default()
    }
}

/// Without a title, a link, a text, or all of them.
fn bare() -> Vec<FeedEntry> {
    let mut untitled = titled(300, " \u{1} ");
    untitled.entry.content = Some(
        "<p>A note that has <b>no</b>\n title but says enough to begin one, and then some more words.</p>"
            .to_owned(),
    );
    let mut unlinked = titled(301, "No link, no text");
    unlinked.entry.link = None;
    let mut nothing = titled(302, "");
    nothing.entry.title = None;
    nothing.entry.link = None;
    let mut link_alone = titled(303, "");
    link_alone.entry.content = Some("  ".to_owned());
    link_alone.entry.summary = Some(String::new());
    let mut summary_alone = titled(304, "No link, a summary");
    summary_alone.entry.link = None;
    summary_alone.entry.summary = Some(
        "<p>R&amp;D &lt;b&gt; <img src=\"https://awkward.example.org/x.png\" alt=\"a > b\"> end</p>"
            .to_owned(),
    );
    vec![untitled, unlinked, nothing, link_alone, summary_alone]
}

fn people() -> Vec<FeedEntry> {
    let mut entry = titled(310, "People");
    entry.entry.authors = vec![
        Person::named("Bob <bob@example.org>"),
        Person { email: Some("only@example.org".to_owned()), ..Person::default() },
        Person {
            name: Some("Bad </i> & co".to_owned()),
            email: Some("not an address".to_owned()),
            url: Some("example.org".to_owned()),
        },
        Person {
            name: Some("李雷".to_owned()),
            email: Some("li@例え.example".to_owned()),
            url: Some("https://例え.example".to_owned()),
        },
        Person { url: Some("https://ann.example.org".to_owned()), ..Person::default() },
        Person::named("Bob <bob@example.org>"),
        Person::default(),
    ];
    vec![entry]
}

fn dates() -> Vec<FeedEntry> {
    let dates = [
        ("1970-01-01T00:00:00Z", None),
        ("1985-06-01T12:00:00+01:00", Some("2020-02-29T23:59:59.123456789-09:30")),
        ("2001-09-09T01:46:40+05:45", Some("1960-01-01T00:00:00Z")),
        ("2016-12-31T23:59:59+13:00", Some("2016-12-31T23:59:59+13:00")),
        ("1989-12-31T23:30:00-01:00", None),
        ("1990-01-01T00:30:00+01:00", None),
    ];
    (320..)
        .zip(dates)
        .map(|(number, (published, updated))| {
            let mut entry = titled(number, &format!("Date {published}"));
            entry.published = date(published);
            entry.updated = updated.map(date);
            entry
        })
        .collect()
}

fn filed() -> FeedEntry {
    let mut entry = titled(330, "Filed");
    entry.entry.categories = [
        CategoryPath::from_names(["CI/CD", "a < b"]),
        CategoryPath::parse("</b>/&amp;/\u{80}"),
        CategoryPath::parse("twice"),
    ]
    .into_iter()
    .flatten()
    .collect();
    entry.entry.tags = ["twice", "c++ & \"c\"", " ", "\u{fffd}", "two\nlines"].map(str::to_owned).to_vec();
    entry.entry.language = Some("x\" onload=\"y".to_owned());
    entry
}

fn bodies() -> FeedEntry {
    let mut entry = titled(340, "Bodies");
    entry.entry.summary = Some("A & B without markup ]]> <br>".replace('&', "&amp;"));
    entry.entry.content = Some(
        "<p>]]> \u{0}\u{85}\u{fffd}\r\nnext &lt;script&gt; <code>a &amp;&amp; b</code></p><figure><img src=\"https://awkward.example.org/x.png\" alt=\"\"></figure>"
            .to_owned(),
    );
    entry.entry.rights = Some("© <me> & </you>".to_owned());
    entry.entry.language = Some("zh_Hant_TW".to_owned());
    entry.entry.origin = Some(Origin {
        id: Some("not an iri".to_owned()),
        title: Some("</b> & co".to_owned()),
        url: Some("https://例え.example/feed".to_owned()),
        link: None,
    });
    entry
}
