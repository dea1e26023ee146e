//! Hostile input by group (XML, encodings, HTML, dates): what is made of each, soon.
//!
//! | Case | Where it is held |
//! |---|---|
//! | X1–X21 | `xml_is_answered`; X1–X3 by a listener that hears nothing in `feed_limits` |
//! | X22 new ids for all | `flood` |
//! | E1–E10 | `encodings_are_answered` |
//! | H1–H8, H10–H14 | `html_is_answered`, `nothing_that_can_run_is_left` |
//! | H9 trackers | `trackers`, and the unit tests of `map/trackers` |
//! | D1–D7 | `dates_are_answered`; a date that moves at every poll (D5): `moving_dates` |
//! | N14 flapping | `polling::hostile` |
//! | N15 our own output | `looped` |

use crate::cpu;
use feedmill::map::feed::Reading;
use feedmill::{map, parse::feed};
use std::time::Duration;

const URL: &str = "https://feeds.example.org/feed.xml";

/// Two seconds, of a build that is made to be used.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });

fn rss(items: &str) -> Vec<u8> {
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>").into()
}

fn item(inside: &str) -> Vec<u8> {
    rss(&format!("<item><guid>1</guid>{inside}</item>"))
}

fn html(inside: &str) -> Vec<u8> {
    item(&format!("<description><![CDATA[{inside}]]></description>"))
}

/// What was made of it: `title|content` of each entry, or the error; long texts by their length.
fn told(body: &[u8]) -> String {
    let begun = cpu::spent();
    let told = match feed::parse(body, None, URL) {
        Err(error) => format!("error: {error}"),
        Ok(document) => {
            let mapped = map::feed::map(&document, URL, Reading::default());
            let mut told: Vec<String> = Vec::new();
            for entry in mapped.entries {
                let entry = map::clean(entry, URL);
                let short = |text: Option<String>| match text.unwrap_or_default() {
                    text if text.len() > 300 => format!("{} bytes", text.len()),
                    text => text,
                };
                let date = entry.published.map_or(String::new(), |date| format!(" @ {}", date.to_rfc3339()));
                told.push(format!("{}|{}{date}", short(entry.title), short(entry.content)));
            }
            if told.len() > 4 { format!("{} entries", told.len()) } else { told.join(" / ") }
        }
    };
    let spent = cpu::spent() - begun;
    assert!(spent < LIMIT, "{spent:?} for {told}");
    told
}

fn hold(cases: &[(&str, Vec<u8>, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(name, body, expected)| {
            let found = told(body);
            (found != *expected).then(|| format!("{name}: {found:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn declared(doctype: &str, title: &str) -> Vec<u8> {
    let mut body = doctype.as_bytes().to_vec();
    body.extend(item(&format!("<title>{title}</title>")));
    body
}

#[test]
fn xml_is_answered() {
    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let long = "x".repeat(100_000);
    hold(&[
        ("X1 external entity", declared("<!DOCTYPE rss [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "a &e;"), "a &e;|"),
        ("X2 external DTD", declared("<!DOCTYPE rss SYSTEM \"http://127.0.0.1:1/x.dtd\">", "a"), "a|"),
        ("X3 parameter entities", declared("<!DOCTYPE rss [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/p\"> %p;]>", "a"), "a|"),
        ("X4 laughs", declared(&format!("<!DOCTYPE rss [<!ENTITY l0 \"ha\">{laughs}]>"), "&l9;"), "&l8;&l8;&l8;&l8;&l8;&l8;&l8;&l8;&l8;&l8;|"),
        ("X5 quadratic", declared(&format!("<!DOCTYPE rss [<!ENTITY a \"{long}\">]>"), &"&a;".repeat(10_000)), "30000 bytes|"),
        ("X6 known DTD, HTML's names", declared("<!DOCTYPE rss PUBLIC \"-//Netscape//DTD RSS 0.91//EN\" \"http://my.netscape.com/x.dtd\">", "a&nbsp;b&eacute;"), "a b\u{e9}|"),
        ("X7 nesting", item(&format!("{}{}<title>a</title>", "<x>".repeat(100_000), "</x>".repeat(100_000))), "a|"),
        ("X8 attributes", item(&format!("<x{}/><title>a</title>", " a='1'".repeat(100_000))), "a|"),
        ("X9 namespaces", item(&format!("<x{}/><title>a</title>", (0..100_000).map(|n| format!(" xmlns:n{n}='u'")).collect::<String>())), "a|"),
        ("X10 items", rss(&"<item><title>a</title></item>".repeat(200_000)), "10000 entries"),
        ("X10 items that say nothing", rss(&"<item/>".repeat(200_000)), "20 entries"),
        ("X10 text", item(&format!("<title>a</title><description>{}</description>", "x".repeat(8_000_000))), "a|2097147 bytes"),
        ("X11 XInclude, style sheet", declared("<?xml-stylesheet href=\"file:///etc/passwd\"?>", "a<xi:include href=\"file:///etc/passwd\"/>"), "a|"),
        ("X12 what XML has no place for", item("<title>a\u{1}\u{fffe}&#xD800;&#0;b</title>"), "ab|"),
        ("X13 cut within a tag", b"<rss><channel><item><title>a</title></item><item><title>b</ti".to_vec(), "a|"),
        ("X14 junk before", [b"\xef\xbb\xbf \n".to_vec(), item("<title>a</title>")].concat(), "a|"),
        ("X15 prefixes", item("<dc:title xmlns:dc='urn:other'>a</dc:title><media:x>y</media:x>"), "a|"),
        ("X16 brackets", item("<title>a ]]> <![CDATA[b <![CDATA[c]]> d<!-- x -- y --></title>"), "a ]]> b <![CDATA[c d|"),
        ("X17 two roots", [item("<title>a</title>"), item("<title>b</title>")].concat(), "a|"),
        ("X18 mixed", b"<rss><channel><item><title>a</title></item></channel><entry><title>b</title></entry><rdf:RDF><item><title>c</title></item></rdf:RDF></rss>".to_vec(), "a| / b| / c|"),
        ("X19 nothing said", rss("<item></item><item><title/></item>"), "| / |"),
        ("X20 one guid", rss(&"<item><guid>1</guid></item>".repeat(50)), "50 entries"),
        ("X20 a guid that is empty", rss("<item><guid isPermaLink='true'/><title>a</title></item>"), "a|"),
        ("X21 a guid of a megabyte", rss(&format!("<item><guid>{}</guid><title>a</title></item>", "g".repeat(1 << 20))), "a|"),
    ]);
}

#[test]
fn encodings_are_answered() {
    let labelled = |label: &str, title: &[u8]| {
        let head = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><rss><channel><item><title>");
        [head.as_bytes(), title, b"</title></item></channel></rss>"].concat()
    };
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    hold(&[
        ("E1 labels disagree", labelled("shift_jis", "caf\u{e9}".as_bytes()), "caf\u{e9}|"),
        (
            "E2 UTF-16 without a mark",
            wide("<rss><channel><item><title>\u{e9}</title></item></channel></rss>"),
            "\u{e9}|",
        ),
        (
            "E2 UTF-16, the small end first",
            [
                b"\xff\xfe".to_vec(),
                "<rss><channel><item><title>\u{e9}</title></item></channel></rss>"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect(),
            ]
            .concat(),
            "\u{e9}|",
        ),
        (
            "E2 UTF-32",
            "\u{feff}<rss><channel><item><title>\u{e9}</title></item></channel></rss>"
                .chars()
                .flat_map(|letter| u32::from(letter).to_le_bytes())
                .collect(),
            "\u{e9}|",
        ),
        ("E3 UTF-7", labelled("utf-7", b"+ADw-script+AD4-"), "+ADw-script+AD4-|"),
        ("E3 ISO-2022-JP", labelled("iso-2022-jp", b"\x1b$B$3\x1b(B"), "\u{3053}|"),
        (
            "E4 overlong",
            labelled("utf-8", b"\xc0\xbcb\xc0\xbe \xe0\x80\xbc"),
            "\u{c0}\u{bc}b\u{c0}\u{be} \u{e0}\u{20ac}\u{bc}|",
        ),
        ("E5 windows-1252 for Latin-1", labelled("iso-8859-1", b"\x93a\x94"), "\u{201c}a\u{201d}|"),
        ("E6 unknown label", labelled("klingon", "\u{4e2d}\u{6587}".as_bytes()), "\u{4e2d}\u{6587}|"),
        ("E7 NUL", labelled("utf-8", b"a\0b"), "ab|"),
        ("E8 marks", item(&format!("<title>e{}</title>", "\u{301}".repeat(1_000))), "2001 bytes|"),
        ("E8 joined emoji", item("<title>\u{1f469}\u{200d}\u{1f680}</title>"), "\u{1f469}\u{200d}\u{1f680}|"),
        ("E9 right to left", item("<title>a\u{202e}b</title>"), "a\u{202e}b|"),
        ("E10 a mix", labelled("utf-8", b"caf\xc3\xa9 caf\xe9"), "caf\u{e9} caf\u{e9}|"),
    ]);
}

#[test]
fn html_is_answered() {
    hold(&[
        (
            "H1 scripts and handlers",
            html("<p onclick=x>a<script>b</script><style>c</style></p>"),
            "|<p>a</p>",
        ),
        (
            "H2 schemes",
            html("<a href=\"JaVa\tscript:x\">a</a><a href=\"&#106;avascript:x\">b</a><img src=\"data:x\">"),
            "|<a>a</a><a>b</a><img>",
        ),
        (
            "H3 frames",
            html(
                "a<iframe srcdoc=\"<script>x</script>\"></iframe><iframe src=\"javascript://x/%0Ay\"></iframe>",
            ),
            "|a",
        ),
        (
            "H4 svg, math, templates",
            html(
                "a<svg><set attributeName=href to=x></svg><math><annotation-xml><x></math><noscript><p title=\"</noscript><img src=x onerror=y>\"></noscript><template>t</template>",
            ),
            "|a<p title=\"&lt;/noscript&gt;&lt;img src=x onerror=y&gt;\"></p>",
        ),
        ("H5 comments and open tags", html("a<!--><b>b<!-- c"), "|a<b>b</b>"),
        ("H6 nesting", html(&"<div>".repeat(100_000)), "|1100 bytes"),
        ("H7 styles", html("<p style=\"position:fixed;background:url(x)\">a</p>"), "|<p>a</p>"),
        (
            "H8 refresh, base, forms",
            html(
                "<meta http-equiv=refresh content=0><base href=x><form action=x><input></form><object></object><embed>a",
            ),
            "|a",
        ),
        (
            "H10 markup in a title",
            item("<title>&lt;script&gt;x&lt;/script&gt;a &lt;b&gt;c&lt;/b&gt;</title>"),
            "a c|",
        ),
        (
            "H11 files that run",
            item("<title>a</title><enclosure url='https://example.org/x.svg' type='image/svg+xml'/>"),
            "a|",
        ),
        (
            "H12 targets",
            html("<a href=\"https://example.org/\" target=_blank>a</a>"),
            "|<a href=\"https://example.org/\">a</a>",
        ),
        ("H13 names", html("<a id=x name=y>a</a>"), "|<a>a</a>"),
        (
            "H14 what grows",
            html(&format!("{}{}", "<b><i><u><s><em>".repeat(20), "<p>".repeat(2_000))),
            "|14118 bytes",
        ),
    ]);
}

#[test]
fn dates_are_answered() {
    let date = |written: &str| item(&format!("<pubDate>{written}</pubDate>"));
    hold(&[
        ("D1 two digits", date("Thu, 05 Nov 26 10:20:30 EST"), "| @ 2026-11-05T10:20:30-05:00"),
        (
            "D1 comments",
            date(&format!("Thu, 05 Nov 2026 10:20:30 {}", "(".repeat(100_000))),
            "| @ 2026-11-05T10:20:30+00:00",
        ),
        ("D2 words", date("jeu., 5 novembre 2026 10:20"), "| @ 2026-11-05T10:20:00+00:00"),
        ("D2 wrong weekday", date("Mon, 05 Sept 2026 10:20:30 GMT"), "| @ 2026-09-05T10:20:30+00:00"),
        ("D3 midnight", date("2026-11-05T24:00:00Z"), "| @ 2026-11-06T00:00:00+00:00"),
        ("D3 leap second", date("2026-11-05T23:59:60Z"), "| @ 2026-11-06T00:00:00+00:00"),
        ("D3 no such day", date("30 Feb 2026"), "|"),
        ("D3 before the first year", date("-0001-01-01"), "|"),
        ("D3 far away", date("292000000000-01-01T00:00:00Z"), "|"),
        ("D4 no zone", date("2026-03-29T02:30:00"), "| @ 2026-03-29T02:30:00+00:00"),
        (
            "D5 changed before it was there",
            b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><updated>2026-01-01T00:00:00Z</updated><published>2026-02-01T00:00:00Z</published></entry></feed>".to_vec(),
            "| @ 2026-02-01T00:00:00+00:00",
        ),
        ("D7 to come", date("Tue, 05 Nov 2126 10:20:30 GMT"), "| @ 2126-11-05T10:20:30+00:00"),
        ("D6 milliseconds", date("1762337430000"), "| @ 2025-11-05T10:10:30+00:00"),
        ("D6 seconds", date("1762337430"), "| @ 2025-11-05T10:10:30+00:00"),
    ]);
}

/// Ways to get something to run, one a line of attack; what is around them changes nothing.
const ATTACKS: [&str; 44] = [
    "<script src=//x.example></script>",
    "<ScRiPt>x()</sCrIpT >",
    "<script/x>x()</script/y>",
    "<<script>x()//<</script>",
    "<scr<script>ipt>x()</scr</script>ipt>",
    "<style>@import 'x';</style>",
    "<p onclick=x()>a</p>",
    "<p ONPOINTERENTER='x()'>a</p>",
    "<img src=x/onerror=x()>",
    "<img src=x\u{c}onerror=x()>",
    "<img \"\"\"><script>x()</script>\">",
    "<img src=`x`onerror=x()>",
    "<video><source onerror=x()></video>",
    "<video poster=javascript:x()></video>",
    "<details open ontoggle=x()>a</details>",
    "<a href=javascript:x()>a</a>",
    "<a href=' \u{1}javascript:x()'>a</a>",
    "<a href='java\nscript:x()'>a</a>",
    "<a href='java&Tab;script&colon;x()'>a</a>",
    "<a href='&#x6A&#x61vascript:x()'>a</a>",
    "<a href=VBSCRIPT:x>a</a>",
    "<a href='data:text/html,<script>x()</script>'>a</a>",
    "<a href='feed:javascript:x()'>a</a>",
    "<a href='view-source:javascript:x()'>a</a>",
    "<a href='//x.example' ping=//y.example target=_blank>a</a>",
    "<img srcset='javascript:x() 1x, data:x 2x'>",
    "<form action=javascript:x()><button formaction=javascript:x()>a</button></form>",
    "<isindex action=javascript:x() type=image>",
    "<iframe src='javascript://x.example/%0Ax()'></iframe>",
    "<iframe srcdoc='&lt;script&gt;x()&lt;/script&gt;'></iframe>",
    "<object data=x.swf><embed src=x.swf></object>",
    "<meta http-equiv=refresh content='0;url=javascript:x()'>",
    "<base href='javascript:x()//'>",
    "<link rel=stylesheet href=x.css>",
    "<svg onload=x()><animate onbegin=x() attributeName=x></svg>",
    "<svg><a xlink:href=javascript:x()><text>a</text></a></svg>",
    "<svg></p><style><a title=\"</style><img src=x onerror=x()>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=x()&gt;\">",
    "<math><annotation-xml encoding=text/html><script>x()</script></annotation-xml></math>",
    "<noscript><p title=\"</noscript><img src=x onerror=x()>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=x()>",
    "<select><template><style><!--</select><img src=x onerror=x()>-->",
    "<!--><img src=x onerror=x()>-->",
    "<xmp><p title=\"</xmp><img src=x onerror=x()>\">",
];

const HARMLESS: [&str; 9] =
    ["http://", "https://", "mailto:", "tel:", "#", "1x", "2x", "x.png", "https://feeds.example.org/"];

/// What may run in clean HTML, where a `<` that is not written as a reference begins a tag.
fn can_run(clean: &str) -> Option<String> {
    for tag in clean.split('<').skip(1) {
        let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag).to_ascii_lowercase();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        let runs = [
            "script", "style", "svg", "math", "iframe", "object", "embed", "form", "button", "meta", "base",
            "link", "template", "noscript", "isindex", "select", "input", "frame", "applet", "xmp",
        ];
        if runs.contains(&name) {
            return Some(tag);
        }
        for attribute in tag.split("\" ").flat_map(|part| part.split(' ')) {
            let Some((key, value)) = attribute.split_once("=\"") else { continue };
            let is_address = ["href", "src", "srcset", "poster", "cite"].contains(&key);
            let is_refused = key.starts_with("on")
                || ["style", "id", "name", "ping", "target", "formaction", "action", "xlink:href"]
                    .contains(&key);
            if is_refused || is_address && !HARMLESS.iter().any(|start| value.starts_with(start)) {
                return Some(tag);
            }
        }
    }
    None
}

#[test]
fn nothing_that_can_run_is_left() {
    let around =
        [("", ""), ("<p>a", "b</p>"), ("<table><tr>", "</table>"), ("<ul><li><a href=/x>", "</a></ul>")];
    for attack in ATTACKS {
        for (before, after) in around {
            let content = Some(format!("{before}{attack}{after}"));
            let summary = Some(format!("{before}{after}{attack}{attack}"));
            let entry = feedmill::model::Entry { content, summary, ..Default::default() };
            let clean = map::clean(entry, URL);
            for text in [&clean.content, &clean.summary].into_iter().flatten() {
                assert_eq!(can_run(text), None, "{attack:?} became {text:?}");
            }
            assert_eq!(map::clean(clean.clone(), URL), clean, "{attack:?} moves when it is cleaned twice");
        }
    }
}
