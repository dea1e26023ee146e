//! What a page would have framed (`iframe`, `embed`, `object`) → a link to it.
//!
//! Works on the text, before it is cleaned: frames never stay, and an entry that is one
//! video would have nothing left. What nobody sees, and what only counts, leads nowhere.

use crate::map::hidden;
use crate::parse::tag::{attributes, tag_end};
use std::borrow::Cow;

/// Elements that frame something, by the attributes that hold its address, best first.
const FRAMES: [(&str, &[&str]); 3] = [
    ("iframe", &["data-src", "data-lazy-src", "data-litespeed-src", "src"]),
    ("embed", &["src"]),
    ("object", &["data"]),
];

/// Parts of addresses that show nothing that is read: advertisements, counters, buttons.
const UNREAD: [&str; 7] = [
    "googletagmanager.com",
    "doubleclick.net",
    "googlesyndication.com",
    "amazon-adsystem.com",
    "facebook.com/plugins",
    "platform.twitter.com/widgets",
    "recaptcha",
];

/// The same HTML with links in place of frames.
pub(crate) fn linked(html: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for at in memchr::memchr_iter(b'<', html.as_bytes()) {
        let Some(tag) = html.get(at..).filter(|_| at >= done) else { continue };
        if let Some((picture, length)) = picture(tag) {
            out.push_str(html.get(done..at).unwrap_or_default());
            out.push_str(&picture);
            done = at + length;
            continue;
        }
        let Some((address, length)) = frame(tag) else { continue };
        out.push_str(html.get(done..at).unwrap_or_default());
        for piece in ["<a href=\"", &address, "\">", &address, "</a>"] {
            out.push_str(piece);
        }
        done = at + length;
    }
    if done == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(html.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// The address to link to instead of the frame that begins here, as it stands in HTML, and the
/// frame's length.
fn frame(text: &str) -> Option<(String, usize)> {
    let is_of = |name: &str| {
        let written = text.get(1..=name.len()).is_some_and(|written| written.eq_ignore_ascii_case(name));
        written && text.as_bytes().get(1 + name.len()).is_some_and(|next| b" \t\r\n/>".contains(next))
    };
    let (name, keys) = FRAMES.into_iter().find(|(name, _)| is_of(name))?;
    let tag = tag_end(text);
    let length = match name {
        "embed" => tag,
        // One that is never ended takes all that follows with it.
        _ => end(text, name)?,
    };
    let own = address(text.get(1 + name.len()..tag)?, keys);
    let inside = || {
        let inside = text.get(tag..length).filter(|_| name == "object")?;
        let at = inside.to_ascii_lowercase().find("<embed ")?;
        address(inside.get(at + "<embed".len()..at + tag_end(inside.get(at..)?))?, &["src"])
    };
    Some((own.or_else(inside)?, length))
}

/// The pictures of an `object` that is one, or that shows one where it can't be shown, and its length.
fn picture(text: &str) -> Option<(String, usize)> {
    let name = "object";
    let is_one = text.get(1..=name.len()).is_some_and(|written| written.eq_ignore_ascii_case(name))
        && text.as_bytes().get(1 + name.len()).is_some_and(|next| b" \t\r\n/>".contains(next));
    if !is_one {
        return None;
    }
    let tag = tag_end(text);
    let length = end(text, name)?;
    let inside = text.get(tag..length)?;
    let mut found = String::new();
    for at in memchr::memchr_iter(b'<', inside.as_bytes()) {
        let from = inside.get(at..)?;
        if from.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("<img ")) {
            found.push_str(from.get(..tag_end(from))?);
        }
    }
    if found.is_empty() {
        let attributes = attributes(text.get(1 + name.len()..tag)?);
        let value = |wanted: &str| {
            attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
        };
        value("type").filter(|kind| kind.starts_with("image/"))?;
        let data = value("data").filter(|data| !data.contains(['"', '<', '>']))?;
        found = format!("<img src=\"{data}\">");
    }
    Some((found, length))
}

/// Where the end tag of this name ends.
fn end(text: &str, name: &str) -> Option<usize> {
    let at = text.match_indices("</").map(|(at, _)| at).find(|at| {
        text.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
    })?;
    Some(at + text.get(at..)?.find('>')? + 1)
}

/// What a frame with these attributes shows.
pub(crate) fn address(written: &str, keys: &[&str]) -> Option<String> {
    let attributes = attributes(written);
    let value = |wanted: &str| {
        let found = attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let is_hidden =
        ["width", "height"].iter().any(|side| matches!(value(side), Some("0" | "1" | "0px" | "1px")))
            || attributes.iter().any(|(name, value)| hidden::hides(name, value));
    let address = keys.iter().find_map(|key| value(key))?;
    let rest = ["https://", "http://", "//"].iter().find_map(|scheme| address.strip_prefix(scheme))?;
    let is_unread = is_hidden
        || UNREAD.iter().any(|part| rest.contains(part))
        || address.contains(['"', '<', '>'])
        || !rest.contains('.');
    if is_unread {
        return None;
    }
    page(rest).or_else(|| {
        let is_flash = rest.split('?').next().is_some_and(|path| path.to_ascii_lowercase().ends_with(".swf"));
        (!is_flash)
            .then(|| if address.starts_with("//") { format!("https:{address}") } else { address.to_owned() })
    })
}

/// The page of a video whose player an address is.
fn page(address: &str) -> Option<String> {
    let (host, path) = address.split_once('/')?;
    let id = |prefix: &str| {
        let id = path.strip_prefix(prefix)?.split(['?', '&', '/', '#']).next()?;
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        (is_plain && !id.is_empty() && id != "videoseries").then_some(id)
    };
    match host.strip_prefix("www.").unwrap_or(host) {
        "youtube.com" | "youtube-nocookie.com" | "m.youtube.com" => {
            let id = id("embed/").or_else(|| id("v/"))?;
            Some(format!("https://www.youtube.com/watch?v={id}"))
        }
        "player.vimeo.com" => Some(format!("https://vimeo.com/{}", id("video/")?)),
        "dailymotion.com" => Some(format!("https://www.dailymotion.com/video/{}", id("embed/video/")?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(address: &str) -> String {
        format!("a<a href=\"{address}\">{address}</a>b")
    }

    #[test]
    fn a_frame_becomes_a_link() {
        for (html, address) in [
            (
                "<iframe src=\"https://www.youtube.com/embed/a-b_1?rel=0\"></iframe>",
                "https://www.youtube.com/watch?v=a-b_1",
            ),
            (
                "<IFRAME width=560 SRC='//www.youtube-nocookie.com/embed/abc'>x</IFRAME>",
                "https://www.youtube.com/watch?v=abc",
            ),
            (
                "<iframe src=about:blank data-src=https://player.vimeo.com/video/12></iframe >",
                "https://vimeo.com/12",
            ),
            (
                "<iframe src='https://maps.example/?a=1&amp;b=2'></iframe>",
                "https://maps.example/?a=1&amp;b=2",
            ),
            (
                "<object data='x.swf'><embed src='https://www.youtube.com/v/abc&amp;hl=en'></object>",
                "https://www.youtube.com/watch?v=abc",
            ),
            ("<embed src='https://e.example/player/7'>", "https://e.example/player/7"),
            (
                "<iframe src='https://www.youtube.com/embed/videoseries?list=x'></iframe>",
                "https://www.youtube.com/embed/videoseries?list=x",
            ),
        ] {
            assert_eq!(linked(&format!("a{html}b")), link(address), "{html}");
        }
    }

    #[test]
    fn what_nobody_reads_is_no_link() {
        for html in [
            "<iframe src='https://www.googletagmanager.com/ns.html' height=0 width=0></iframe>",
            "<iframe src='https://e.example/x' style='display: none'></iframe>",
            "<iframe src='https://e.example/x' width='1'></iframe>",
            "<iframe src='about:blank'></iframe>",
            "<iframe src='/relative'></iframe>",
            "<iframe src='javascript:alert(1)'></iframe>",
            "<iframe src='https://e.example/never-ended'>",
            "<iframe srcdoc='<p>x</p>'></iframe>",
            "<embed src='https://e.example/old.swf'>",
            "<iframes src='https://e.example/x'></iframes> a < b",
        ] {
            assert_eq!(linked(html), html);
        }
    }

    #[test]
    fn objects_that_are_pictures_stay_pictures() {
        for (html, shown) in [
            (
                "<object type=\"image/svg+xml\" data='/a.svg'><img src='/a.png'> no</object>b",
                "<img src='/a.png'>b",
            ),
            ("<object data=\"/a.svg\" type=\"image/svg+xml\">no</object>b", "<img src=\"/a.svg\">b"),
            ("<object data=\"/a.bin\">no</object>b", "<object data=\"/a.bin\">no</object>b"),
            ("<object type=\"image/png\" data=\"/a.png\">", "<object type=\"image/png\" data=\"/a.png\">"),
        ] {
            assert_eq!(linked(html), shown);
        }
    }
}
