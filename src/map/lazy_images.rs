//! Pictures that a page's script would have loaded → pictures.
//!
//! Works on the text, before it is cleaned: what it writes is cleaned like the rest.

use crate::parse::tag::attributes;
use crate::parse::tag::tag_end;
use std::borrow::Cow;

/// Attributes that hold the address while `src` holds a placeholder, best first.
pub(crate) const ADDRESS: [&str; 8] = [
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazy",
    "data-actualsrc",
    "data-echo",
    "data-orig-file",
    "data-url",
];
const SET: [&str; 3] = ["data-srcset", "data-lazy-srcset", "data-original-set"];

/// The same HTML with each lazy picture's own address in its `src`.
pub(crate) fn made_real(html: &str) -> Cow<'_, str> {
    let noscript = html.contains("<noscript");
    if !html.contains("data-") {
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
    if !["img", "source", "video", "audio"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return None;
    }
    let attributes = attributes(tag.get(1 + name.len()..)?);
    let find = |names: &[&str]| {
        names.iter().find_map(|wanted| {
            let (_, value) = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
            Some(*value).filter(|value| !value.trim().is_empty() && !value.trim_start().starts_with("data:"))
        })
    };
    let (address, set) = (find(&ADDRESS), find(&SET));
    if address.is_none() && set.is_none() {
        return None;
    }
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
    while let Some((before, after)) = rest.split_once("<noscript") {
        out.push_str(before);
        let inside = after.split_once('>').map_or("", |(_, inside)| inside);
        let (inside, tail) = inside.split_once("</noscript>").unwrap_or((inside, ""));
        if !(drop_pictures && inside.contains("<img")) {
            out.push_str(inside);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(made_real(lazy), real);
        }
    }
}
