//! Faults that servers put into feeds: each writes the same feed twice, right and wrong.

/// One feed, written right and wrong.
pub(crate) struct Spoiled {
    pub(crate) right: Vec<u8>,
    pub(crate) wrong: Vec<u8>,
    /// How many entries must be there at least, where the end is missing.
    pub(crate) cut: Option<usize>,
}

/// A fault by name; `None` where the feed has no place for it.
pub(crate) type Fault = fn(&str) -> Option<Spoiled>;

pub(crate) const FAULTS: [(&str, Fault); 46] = [
    ("bare ampersand", |feed| texts(feed, "AT&amp;T &amp; co ", b"AT&T & co ")),
    ("bare ampersand in an address", bare_address),
    ("bare less-than", |feed| texts(feed, "3 &lt; 5 ", b"3 < 5 ")),
    ("HTML's entities", |feed| texts(feed, "caf\u{e9}\u{2014} ", b"caf&eacute;&mdash; ")),
    ("references to windows-1252", |feed| texts(feed, "\u{201c}x\u{201d} ", b"&#147;x&#148; ")),
    ("references to nothing", |feed| texts(feed, "", b"&#0;&#x1F;")),
    ("references out of range", |feed| in_bodies(feed, "", b"&#xFFFFFFF;&#xD800;&#99999999999;")),
    ("control characters", |feed| texts(feed, "ab ", b"a\x08\x1fb\x0c ")),
    ("NUL bytes", |feed| texts(feed, "ab ", b"a\0b ")),
    ("windows-1252 bytes in UTF-8", |feed| {
        texts(feed, "\u{201c}caf\u{e9}\u{201d} it\u{2019}s ", b"\x93caf\xe9\x94 it\x92s ")
    }),
    ("`]]>` in a text", |feed| in_bodies(feed, "a ]]&gt; b ", b"a ]]> b ")),
    ("unclosed HTML in a text", |feed| in_bodies(feed, "", b"<p>one<br>two <b>three <img src=\"x.png\">")),
    ("crossed HTML in a text", |feed| in_bodies(feed, "", b"<b>one <i>two</b> three</i> ")),
    ("cut at four fifths", |feed| {
        let at = feed.floor_char_boundary(feed.len() * 4 / 5);
        Some(cut(feed, at))
    }),
    ("cut within a tag", |feed| {
        let at = feed.rfind("<title")? + 3;
        Some(cut(feed, at))
    }),
    ("blank lines before", |feed| Some(same(feed, [b"\n\n  \t\n", feed.as_bytes()].concat()))),
    ("two byte order marks", |feed| Some(same(feed, ["\u{feff}\u{feff}", feed].concat().into()))),
    ("a PHP warning before", |feed| {
        let warning = "<br />\n<b>Warning</b>: Cannot modify header information - headers already sent \
                       (output started at /srv/www/wp-config.php:1) in <b>/srv/www/feed.php</b> on line <b>3</b><br />\n";
        Some(same(feed, [warning, feed].concat().into()))
    }),
    ("a comment before", |feed| Some(same(feed, ["<!-- cached <rss> & <feed> -->\n", feed].concat().into()))),
    ("two declarations", |feed| {
        Some(same(
            feed,
            ["<?xml version=\"1.0\"?>\n<?xml version='1.0' encoding='utf-8'?>\n", declared(feed)?.1]
                .concat()
                .into(),
        ))
    }),
    ("junk behind", |feed| {
        Some(same(feed, [feed, "<script>track('x')</script>\n<!-- 0.2 s & no end"].concat().into()))
    }),
    ("the feed twice", |feed| Some(same(feed, [feed, feed].concat().into()))),
    ("a wrong DOCTYPE", |feed| {
        let (declaration, rest) = declared(feed)?;
        let doctype = "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \
                       \"http://my.netscape.com/publish/formats/rss-0.91.dtd\" [<!ENTITY x \"y\"> <!ELEMENT a (b)>]>";
        Some(same(feed, [declaration, doctype, rest].concat().into()))
    }),
    ("an unknown encoding named", |feed| relabelled(feed, "utf8-general")),
    ("Latin-1 named, UTF-8 sent", |feed| relabelled(feed, "iso-8859-1")),
    ("UTF-16 named, UTF-8 sent", |feed| relabelled(feed, "utf-16")),
    ("UTF-8 named, windows-1252 sent", latin),
    ("UTF-8 named, UTF-16 sent", |feed| {
        let units = std::iter::once(0xfeff).chain(feed.encode_utf16());
        Some(same(feed, units.flat_map(u16::to_le_bytes).collect()))
    }),
    ("prefixes that nobody declared", |feed| {
        Some(same(feed, without_attributes(feed, |name| name.starts_with("xmlns:"))?))
    }),
    ("no namespace at all", |feed| {
        Some(same(feed, without_attributes(feed, |name| name.starts_with("xmlns"))?))
    }),
    ("namespaces misspelt", |feed| {
        Some(same(
            feed,
            tags(feed, |tag| {
                tag.replace("http://www.w3.org/", "HTTPS://w3.org/").replace("/Atom\"", "/atom/\"")
            })
            .into(),
        ))
    }),
    ("stray end tags", |feed| behind(feed, "</title>", "</b></font></div>")),
    ("end tags twice", |feed| {
        replaced(feed, &[("</item>", "</item></item>"), ("</entry>", "</entry></entry>")])
    }),
    ("titles without an end tag", |feed| replaced(feed, &[("</title>", "")])),
    ("descriptions without an end tag", |feed| replaced(feed, &[("</description>", ""), ("</summary>", "")])),
    ("entries without an end tag", |feed| replaced(feed, &[("</item>", ""), ("</entry>", "")])),
    ("no end of the document", |feed| {
        replaced(feed, &[("</channel>", ""), ("</rss>", ""), ("</feed>", ""), ("</rdf:RDF>", "")])
    }),
    ("tags in capitals", |feed| {
        replaced(
            feed,
            &[
                ("<item", "<ITEM"),
                ("</item>", "</ITEM>"),
                ("<title", "<Title"),
                ("</title>", "</TITLE>"),
                ("<entry", "<Entry"),
                ("</entry>", "</ENTRY>"),
            ],
        )
    }),
    ("attributes without quotes", |feed| Some(same(feed, tags(feed, unquoted).into()))),
    ("attributes twice", |feed| Some(same(feed, tags(feed, doubled).into()))),
    ("attributes without a space between", |feed| {
        Some(same(feed, tags(feed, |tag| tag.replace("\" ", "\"")).into()))
    }),
    ("an unclosed quote", |feed| behind(feed, "</title>", "<x:note text=\"open>word</x:note>")),
    ("angle brackets in attributes", |feed| behind(feed, "</title>", "<x:note text=\"a < b > c\"/>")),
    ("comments with dashes", |feed| behind(feed, "</title>", "<!-- a -- b ---><!---->")),
    ("CDATA without its end", unclosed_cdata),
    ("carriage returns alone", |feed| {
        let feed = feed.replace("\r\n", "\n");
        Some(same(&feed, feed.replace('\n', "\r").into()))
    }),
];

fn same(right: &str, wrong: Vec<u8>) -> Spoiled {
    Spoiled { right: right.as_bytes().to_vec(), wrong, cut: None }
}

fn cut(feed: &str, at: usize) -> Spoiled {
    let kept = &feed[..at];
    let closed = kept.matches("</item>").count() + kept.matches("</entry>").count();
    Spoiled { cut: Some(closed), ..same(feed, kept.into()) }
}

/// The declaration and what follows it.
fn declared(feed: &str) -> Option<(&str, &str)> {
    feed.starts_with("<?xml").then(|| feed.split_at(feed.find("?>").unwrap() + 2))
}

fn relabelled(feed: &str, label: &str) -> Option<Spoiled> {
    let (_, rest) = declared(feed)?;
    Some(same(feed, format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{rest}").into()))
}

fn latin(feed: &str) -> Option<Spoiled> {
    let (right, mut wrong) = (feed.replace("<title>", "<title>Caf\u{e9} "), Vec::new());
    for letter in right.chars() {
        wrong.push(u8::try_from(u32::from(letter)).ok()?);
    }
    Some(same(&right, wrong))
}

/// Behind each start tag of these elements: one thing written right, another wrong.
fn inside(feed: &str, names: &[&str], right: &str, wrong: &[u8]) -> Option<Spoiled> {
    let mut spoiled = same("", Vec::new());
    let mut rest = feed;
    let mut places = 0;
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>')? + 1;
        let (before, after) = rest.split_at(end);
        spoiled.right.extend_from_slice(before.as_bytes());
        spoiled.wrong.extend_from_slice(before.as_bytes());
        let tag = &rest[at + 1..end - 1];
        let name = tag.split_whitespace().next().unwrap_or_default();
        if names.contains(&name) && !tag.ends_with('/') && !tag.contains("xhtml") && !tag.contains("base64") {
            spoiled.right.extend_from_slice(right.as_bytes());
            spoiled.wrong.extend_from_slice(wrong);
            places += 1;
        }
        rest = after;
        if tag.starts_with("![CDATA[") || tag.starts_with("!--") {
            let close = if tag.starts_with("!--") { "-->" } else { "]]>" };
            // The `>` found may be the end of the section itself.
            let back = rest_from(before, at, close);
            if !back {
                let skip = rest.find(close)? + 3;
                spoiled.right.extend_from_slice(&rest.as_bytes()[..skip]);
                spoiled.wrong.extend_from_slice(&rest.as_bytes()[..skip]);
                rest = &rest[skip..];
            }
        }
    }
    spoiled.right.extend_from_slice(rest.as_bytes());
    spoiled.wrong.extend_from_slice(rest.as_bytes());
    (places > 0).then_some(spoiled)
}

fn rest_from(before: &str, at: usize, close: &str) -> bool {
    before[at..].ends_with(close)
}

fn texts(feed: &str, right: &str, wrong: &[u8]) -> Option<Spoiled> {
    inside(feed, &["title", "description", "summary", "content", "content:encoded"], right, wrong)
}

fn in_bodies(feed: &str, right: &str, wrong: &[u8]) -> Option<Spoiled> {
    inside(feed, &["description", "summary", "content", "content:encoded"], right, wrong)
}

fn bare_address(feed: &str) -> Option<Spoiled> {
    let right = feed.replace("</link>", "?a=1&amp;copy=2&amp;c</link>");
    let wrong = feed.replace("</link>", "?a=1&copy=2&c</link>");
    (right != feed).then(|| same(&right, wrong.into()))
}

fn behind(feed: &str, tag: &str, what: &str) -> Option<Spoiled> {
    replaced(feed, &[(tag, &format!("{tag}{what}"))])
}

fn replaced(feed: &str, pairs: &[(&str, &str)]) -> Option<Spoiled> {
    let wrong = tags(feed, |tag| {
        pairs.iter().fold(tag.to_owned(), |tag, (old, new)| {
            // A name's own end: `<item` is not `<items`.
            let whole = tag.strip_prefix(old).is_some_and(|rest| {
                old.ends_with('>') || rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/')
            });
            if whole { tag.replacen(old, new, 1) } else { tag }
        })
    });
    (wrong != feed).then(|| same(feed, wrong.into()))
}

/// The feed with every tag rewritten, CDATA and comments as they are.
fn tags(feed: &str, rewrite: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = feed;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let tag = &rest[at..];
        let (close, is_tag) = match tag {
            _ if tag.starts_with("<![CDATA[") => ("]]>", false),
            _ if tag.starts_with("<!--") => ("-->", false),
            _ => (">", !tag.starts_with("<?") && !tag.starts_with("<!")),
        };
        let end = tag.find(close).map_or(tag.len(), |end| end + close.len());
        let (tag, after) = tag.split_at(end);
        if is_tag {
            out.push_str(&rewrite(tag))
        } else {
            out.push_str(tag)
        }
        rest = after;
    }
    out + rest
}

fn without_attributes(feed: &str, unwanted: fn(&str) -> bool) -> Option<Vec<u8>> {
    let without = tags(feed, |tag| {
        let mut out = tag.to_owned();
        for piece in tag.split_whitespace().skip(1) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            if unwanted(name) {
                let value = value.trim_end_matches(['>', '/']);
                // `/` may be the last of a namespace within its quotes.
                let value = if value.len() > 1 && value.ends_with(['"', '\'']) { value } else { continue };
                out = out.replacen(&format!("{name}={value}"), "", 1);
            }
        }
        out
    });
    (without != feed).then(|| without.into())
}

fn unquoted(tag: &str) -> String {
    let mut out = String::new();
    for (place, piece) in tag.split('"').enumerate() {
        let is_value = place % 2 == 1;
        let is_word = !piece.is_empty() && !piece.contains([' ', '\'', '=', '>', '/', '\n', '\t']);
        match (is_value, is_word) {
            (true, true) => out.push_str(piece),
            (true, false) => out.push_str(&format!("\"{piece}\"")),
            (false, _) => out.push_str(piece),
        }
    }
    out
}

fn doubled(tag: &str) -> String {
    let Some((name, attributes)) = tag.split_once(' ') else { return tag.to_owned() };
    let attributes = attributes.trim_end_matches(['>', '/']);
    if tag.contains("xmlns") || attributes.ends_with(|c: char| c != '"') {
        return tag.to_owned();
    }
    format!("{name} {attributes} {}", &tag[name.len() + 1..])
}

/// The end of every second CDATA section is missing, its element's end tag is there.
fn unclosed_cdata(feed: &str) -> Option<Spoiled> {
    let pieces: Vec<&str> = feed.split("]]></").collect();
    let mut wrong = String::new();
    for (place, piece) in pieces.iter().enumerate() {
        if place > 0 {
            wrong.push_str(if place % 2 == 1 { "</" } else { "]]></" });
        }
        wrong.push_str(piece);
    }
    (wrong != feed).then(|| same(feed, wrong.into()))
}
