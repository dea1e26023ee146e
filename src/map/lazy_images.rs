//! Pictures that a page's script would have loaded → pictures.
//!
//! Works on the text, before it is cleaned: what it writes is cleaned like the rest.

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
const SET: [&str; 3] = ["data-srcset", "data-lazy-srcset", "data-original-set"];

/// The same HTML with each lazy picture's own address in its `src`.
pub(crate) fn made_real(html: &str) -> Cow<'_, str> {
    let noscript = find_ignoring_case(html, "<noscript").is_some();
    if !html.contains("data-") && !html.contains("<amp-img") {
        return if noscript { Cow::Owned(without_noscript(html, false)) } else { Cow::Borrowed(html) };
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mut made = false;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag_end(tag);
        let (whole, after) = tag.split_at(end);
        match real_tag(whole) {
            Some(real) => {
                out.push_str(&real);
                made = true;
            }
            None => out.push_str(whole),
        }
        rest = after;
    }
    out.push_str(rest);
    match (made, noscript) {
        (false, false) => Cow::Borrowed(html),
        (true, false) => Cow::Owned(out),
        (made, true) => Cow::Owned(without_noscript(&out, made)),
    }
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
        let others = attributes.iter().filter(|(name, _)| is_missing && name.starts_with("data-"));
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

/// What stands in for scripts is taken as it is, unless it is a picture again that
/// was just made real.
fn without_noscript(html: &str, drop_pictures: bool) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = find_ignoring_case(rest, "<noscript") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let inside = after.split_once('>').map_or("", |(_, inside)| inside);
        let end = find_ignoring_case(inside, "</noscript").unwrap_or(inside.len());
        let (inside, tail) = inside.split_at(end);
        if !(drop_pictures && find_ignoring_case(inside, "<img").is_some()) {
            out.push_str(inside);
        }
        rest = tail.split_once('>').map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
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
