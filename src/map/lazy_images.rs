//! Pictures that a page's script would have loaded → pictures.
//!
//! Works on the text, before it is cleaned: what it writes is cleaned like the rest.

use crate::map::tags;
use crate::parse::tag::attributes;
use crate::parse::tag::tag_end;
use std::borrow::Cow;

/// Attributes that hold the address of the picture whatever `src` holds, best first.
pub(crate) const ADDRESS: [&str; 6] =
    ["data-src", "data-original", "data-lazy-src", "data-lazy", "data-actualsrc", "data-cfsrc"];
/// Words in the name of a picture that holds another one's place.
const PLACEHOLDERS: [&str; 12] = [
    "spacer",
    "blank",
    "placeholder",
    "loading",
    "lazy",
    "1x1",
    "pixel",
    "transparent",
    "grey",
    "gray",
    "dummy",
    "empty",
];
/// Bytes of what stands in for scripts that are looked through for pictures.
const MAX_STAND_IN: usize = 8 * 1024;
/// Pictures that those that stand in for scripts are compared with.
const MAX_COMPARED: usize = 1000;
const SET: [&str; 3] = ["data-srcset", "data-lazy-srcset", "data-original-set"];

/// The same HTML with each lazy picture's own address in its `src`. What stands in for scripts is
/// taken as it is, unless its pictures are those that were just made real.
pub(crate) fn made_real(html: &str) -> Cow<'_, str> {
    let stands_in = find_ignoring_case(html, "<noscript").is_some();
    if !stands_in && !html.contains("data-") && !html.contains("<amp-img") {
        return Cow::Borrowed(html);
    }
    let real = if stands_in { real_pictures(html) } else { Vec::new() };
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mut made = stands_in;
    let mut follows_real = false;
    let mut ends = Ends::of(html);
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        follows_real &= before.trim().is_empty();
        let (whole, after) = tag.split_at(tag_end(tag));
        rest = after;
        if is_called(whole, "</noscript") {
            continue;
        }
        if is_called(whole, "<noscript") {
            let inside = ends.inside(after);
            let mut pictures = sources(inside).peekable();
            if pictures.peek().is_some() && (follows_real || pictures.all(|picture| is_among(picture, &real)))
            {
                rest = after.get(inside.len()..).unwrap_or_default();
            }
            continue;
        }
        let real = real_tag(whole);
        follows_real = real.is_some();
        match real {
            Some(real) => {
                out.push_str(&real);
                made = true;
            }
            None if gives_way(whole, after, &mut ends) => made = true,
            None => out.push_str(whole),
        }
    }
    out.push_str(rest);
    if made { Cow::Owned(out) } else { Cow::Borrowed(html) }
}

/// Where what stands in for scripts ends. Each end is looked for once.
struct Ends<'h> {
    html: &'h str,
    /// The next one that is known; behind the text where there is no more.
    next: usize,
}

impl<'h> Ends<'h> {
    fn of(html: &'h str) -> Self {
        Self { html, next: 0 }
    }

    /// What stands in, where `after` is the end of the text from behind its start tag on; empty
    /// where that is much, or has no end.
    fn inside(&mut self, after: &'h str) -> &'h str {
        let from = self.html.len() - after.len();
        if self.next < from {
            self.next = find_ignoring_case(after, "</noscript").map_or(self.html.len() + 1, |at| from + at);
        }
        if self.next - from > MAX_STAND_IN { "" } else { after.get(..self.next - from).unwrap_or_default() }
    }
}

/// The paths of the pictures that scripts would have loaded.
fn real_pictures(html: &str) -> Vec<String> {
    let tags = tags::of(html).filter(|tag| !tag.is_aside && !tag.closes);
    let real = tags.filter_map(|tag| real_tag(html.get(tag.start..tag.end)?));
    real.flat_map(|tag| sources(&tag).map(path).collect::<Vec<_>>()).take(MAX_COMPARED).collect()
}

/// The addresses of the pictures in a piece of HTML.
fn sources(html: &str) -> impl Iterator<Item = &str> {
    let tags = memchr::memchr_iter(b'<', html.as_bytes()).filter_map(|at| html.get(at..));
    tags.filter(|tag| is_called(tag, "<img")).map(|tag| {
        let written = attributes(tag.get("<img".len()..tag_end(tag)).unwrap_or_default());
        written
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("src"))
            .map_or("", |(_, value)| value.trim())
    })
}

/// Whether a picture is one of these, whichever host or size it is asked for at.
fn is_among(picture: &str, paths: &[String]) -> bool {
    let path = path(picture);
    path.len() > 1
        && paths.iter().any(|known| known.ends_with(&path) || known.len() > 1 && path.ends_with(known))
}

/// An address without its host, its query and the size that a name ends with (`-300x200`).
fn path(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let path =
        address.split_once("//").map_or(address, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
    let is_size = |text: &str| {
        text.split_once('x').is_some_and(|sides| {
            [sides.0, sides.1]
                .iter()
                .all(|side| !side.is_empty() && side.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    match stem.rsplit_once('-') {
        Some((stem, size)) if is_size(size) => format!("{stem}.{ending}"),
        _ => path.to_owned(),
    }
}

/// Whether a picture holds the place of the one that stands in for scripts right behind it.
fn gives_way<'h>(tag: &str, after: &'h str, ends: &mut Ends<'h>) -> bool {
    let after = after.trim_start();
    is_called(tag, "<img")
        && is_called(after, "<noscript")
        && sources(tag).all(is_placeholder)
        && sources(ends.inside(after.get(tag_end(after)..).unwrap_or_default()))
            .any(|picture| !is_placeholder(picture))
}

/// Whether a tag begins so, however its name is written.
fn is_called(tag: &str, name: &str) -> bool {
    tag.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
        && tag.as_bytes().get(name.len()).is_none_or(|next| b" \t\r\n/>".contains(next))
}

fn real_tag(tag: &str) -> Option<String> {
    let name = tag.get(1..)?;
    let name = name.get(..name.find(|letter: char| letter.is_ascii_whitespace())?)?;
    if !["img", "source", "video", "audio", "amp-img"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return None;
    }
    let attributes = attributes(tag.get(1 + name.len()..)?);
    let is_amp = name.eq_ignore_ascii_case("amp-img");
    let find = |names: &[&str]| {
        names.iter().find_map(|wanted| {
            let (_, value) = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
            Some(*value)
        })
    };
    let address = find(&ADDRESS).filter(|value| is_address(value)).or_else(|| {
        // The other attributes hold anything: they count where a picture is missing.
        let is_missing = find(&["src"]).is_none_or(is_placeholder) && !is_amp;
        let others = attributes
            .iter()
            .filter(|(name, _)| is_missing && name.starts_with("data-") && !SET.contains(name));
        others.map(|(_, value)| *value).find(|value| is_address(value) && is_picture(value))
    });
    let set = find(&SET).filter(|set| !set.trim().is_empty() && !set.trim_start().starts_with("data:"));
    if address.is_none() && set.is_none() && !is_amp {
        return None;
    }
    let name = if is_amp { "img" } else { name };
    let mut out = format!("<{name}");
    for (key, value) in &attributes {
        let replaced = key.eq_ignore_ascii_case("src") && address.is_some()
            || key.eq_ignore_ascii_case("srcset") && set.is_some();
        if !replaced && !key.starts_with("data-") {
            write(&mut out, key, value);
        }
    }
    if let Some(address) = address {
        write(&mut out, "src", address);
    }
    if let Some(set) = set {
        write(&mut out, "srcset", set);
    }
    out.push('>');
    Some(out)
}

/// Whether a value can be where a file lies, and isn't a word or a piece of a template.
fn is_address(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty()
        && !value.starts_with("data:")
        && !value.contains(['{', '<', ' ', '\n'])
        && (value.contains('/') || is_picture(value))
}

fn is_picture(address: &str) -> bool {
    const ENDS: [&str; 8] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".svg"];
    let path = address.split(['?', '#']).next().unwrap_or_default().trim().to_ascii_lowercase();
    ENDS.iter().any(|end| path.ends_with(end))
}

/// Whether a `src` holds no picture of its own.
fn is_placeholder(src: &str) -> bool {
    let src = src.trim();
    let name = src.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    src.is_empty()
        || src.starts_with(['#', '{'])
        || src.starts_with("data:")
        || src.starts_with("about:")
        || PLACEHOLDERS.iter().any(|word| name.contains(word))
}

fn write(out: &mut String, key: &str, value: &str) {
    out.push(' ');
    out.push_str(key);
    out.push_str("=\"");
    out.push_str(&value.replace('"', "&quot;"));
    out.push('"');
}

/// Where a tag begins, however its name is written.
fn find_ignoring_case(text: &str, tag: &str) -> Option<usize> {
    memchr::memchr_iter(b'<', text.as_bytes())
        .find(|at| text.get(*at..at + tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_there_stays() {
        for html in [
            "<img src='a.jpg?resize=640' data-orig-file='https://e.example/full.tif'>",
            "<img src='a.jpg' data-url='https://e.example/page'>",
            "<img src='a.jpg' data-lazy='false' data-echo='1'>",
            "<img src='a.jpg' data-src='undefined'>",
            "<img src='a.jpg' data-src='#'>",
            "<img src='a.jpg' data-src='{{ item.src }}'>",
            "<img src='a.jpg' data-original='Original caption'>",
            "<img src='' data-url='https://e.example/page'>",
        ] {
            assert_eq!(made_real(html), html);
        }
    }

    #[test]
    fn a_placeholder_gives_way_to_the_picture() {
        for (lazy, real) in [
            (
                "<p><img class=\"lazy\" src='spacer.gif' data-src=\"a.jpg\" alt=x></p>",
                "<p><img class=\"lazy\" alt=\"x\" src=\"a.jpg\"></p>",
            ),
            (
                "<img data-lazy-src='b.jpg' data-lazy-srcset='b.jpg 1x'/><noscript><img src='b.jpg'></noscript>.",
                "<img src=\"b.jpg\" srcset=\"b.jpg 1x\">.",
            ),
            ("<noscript class=x><img src='n.jpg'></noscript>.", "<img src='n.jpg'>."),
            // Each stand-in by itself: one lazy picture says nothing of another.
            (
                "<noscript><img src=a.jpg></noscript><img data-src='https://c.example/p/b.jpg'>\
                 <noscript><img src='https://e.example/p/b-300x200.jpg?x'></noscript><noscript><p>c</p></noscript>",
                "<img src=a.jpg><img src=\"https://c.example/p/b.jpg\"><p>c</p>",
            ),
            ("<img data-src=b.webp>\n<noscript><img src=/b.jpg></noscript>d", "<img src=\"b.webp\">\nd"),
            (
                "<img class=lazy src='data:image/gif;base64,R0'> <noscript><img src=e.jpg></noscript>",
                " <img src=e.jpg>",
            ),
            (
                "<picture><source data-srcset='f.webp'><img data-src='f.jpg'></picture>",
                "<picture><source srcset=\"f.webp\"><img src=\"f.jpg\"></picture>",
            ),
            ("<img src='c.jpg' data-id=4>", "<img src='c.jpg' data-id=4>"),
            (
                "<img src='d.jpg' data-src='data:image/gif;base64,R0'>",
                "<img src='d.jpg' data-src='data:image/gif;base64,R0'>",
            ),
            ("<img data-src=\"e.jpg", "<img src=\"e.jpg\">"),
            ("<NOSCRIPT><img src='o.jpg'></NOSCRIPT>.", "<img src='o.jpg'>."),
            ("<img src='data:image/gif;base64,R0' data-ezsrc='/f.png?x=1'>", "<img src=\"/f.png?x=1\">"),
            ("<img src='/i/spacer.gif' data-id=4 data-full-url=g.webp>", "<img src=\"g.webp\">"),
            ("<amp-img src='h.jpg' width=4></amp-img>", "<img src=\"h.jpg\" width=\"4\"></amp-img>"),
        ] {
            assert_eq!(made_real(lazy), real);
        }
    }
}
