//! HTML → the same without the pictures that nobody sees.
//!
//! Works on the text, before it is cleaned, because cleaning takes styles away; what it
//! leaves is cleaned like the rest. A picture is one of these where its width and its
//! height are said to be no more than one pixel, or a style hides it.

use crate::definition::Trackers;
use crate::map::{hidden, lazy_images};
use crate::model::Entry;
use crate::parse::tag::attributes;
use crate::parse::tag::tag_end;
use std::borrow::Cow;

/// The entry without pictures that only count its readers, where they are to be dropped.
pub fn without_trackers(mut entry: Entry, wanted: Trackers) -> Entry {
    if wanted == Trackers::Keep {
        return entry;
    }
    for text in [&mut entry.content, &mut entry.summary] {
        *text = text.take().map(without);
    }
    entry
}

fn without(html: String) -> String {
    let mut out = String::new();
    let mut rest = html.as_str();
    let mut found = false;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        let (tag, after) = tag.split_at(tag_end(tag));
        out.push_str(before);
        if is_tracker(tag) {
            found = true;
        } else {
            out.push_str(tag);
        }
        rest = after;
    }
    out.push_str(rest);
    if found { out } else { html }
}

/// The same with a size of one pixel on each of these pictures, by which they are known when
/// cleaning has taken their styles away.
pub(crate) fn sized(html: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = html;
    let mut done = 0;
    while let Some(at) = rest.find('<') {
        let tag = rest.get(at..).unwrap_or_default();
        let end = tag_end(tag);
        let at = html.len() - tag.len();
        if tag.get(..end).is_some_and(is_tracker) {
            let behind_name = at + "<img".len();
            out.push_str(html.get(done..behind_name).unwrap_or_default());
            out.push_str(" width=\"1\" height=\"1\"");
            done = behind_name;
        }
        rest = tag.get(end..).unwrap_or_default();
    }
    if done == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(html.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

fn is_tracker(tag: &str) -> bool {
    let is_image = tag.get(1..4).is_some_and(|name| name.eq_ignore_ascii_case("img"));
    let Some(tag) = tag.get(4..).filter(|rest| is_image && rest.starts_with([' ', '\t', '\n', '\r', '/']))
    else {
        return false;
    };
    let attributes = attributes(tag);
    // A script would have put a picture in its place.
    if attributes
        .iter()
        .any(|(name, _)| lazy_images::ADDRESS.iter().any(|lazy| name.eq_ignore_ascii_case(lazy)))
    {
        return false;
    }
    let value = |wanted: &str| {
        attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
    };
    let style = value("style").unwrap_or_default().to_ascii_lowercase();
    let styled = |wanted: &str| {
        let mut declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
        declarations.rfind(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim())
    };
    // A style goes before an attribute.
    let is_dot = |side: &str| styled(side).or_else(|| value(side)).is_some_and(is_a_pixel_at_most);
    is_dot("width") && is_dot("height")
        || ["max-width", "max-height"].iter().all(|side| styled(side).is_some_and(is_a_pixel_at_most))
        || hidden::is_hiding(&style)
}

fn first_word(value: &str) -> &str {
    value.split(['!', ' ']).next().unwrap_or_default()
}

/// `1`, `0px`, `1.0 !important`; not a share of what is around it, nor a unit of the text's size.
fn is_a_pixel_at_most(value: &str) -> bool {
    let value = first_word(value.trim().trim_matches(['"', '\'']));
    let number = value.strip_suffix("px").or_else(|| value.strip_suffix("PX")).unwrap_or(value);
    number.trim().parse::<f32>().is_ok_and(|pixels| (0.0..=1.0).contains(&pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_nobody_sees_are_gone() {
        for tracker in [
            "<img src='https://t.example/p.gif' width='1' height='1'>",
            "<IMG HEIGHT=1 WIDTH=1 SRC=//t.example/p />",
            "<img width=\"0\" height=\"0\" src=x>",
            "<img width=1px height=' 1 ' src=x>",
            "<img src=x style='width:1px;height:1px'>",
            "<img src=x style='Width: 1px !important; HEIGHT: 0'>",
            "<img src=x width=600 height=400 style='width:1px;height:1px'>",
            "<img src=x style=\"display: none\">",
            "<img src=x style=\"visibility:hidden;\" alt=a>",
            "<img src=x style='max-width:1px; max-height:1px'>",
            "<img/src='x'/width=1 height=1>",
            "<img\nwidth=1\nheight=1\nsrc=x",
        ] {
            assert_eq!(without(format!("<p>a{tracker}")), "<p>a", "{tracker}");
        }
    }

    #[test]
    fn what_a_style_hides_is_known_when_the_style_is_gone() {
        let html = "<p>a<img src='https://t.example/1' style='display:none'>b<IMG style=\"width:1px;height:0\" src='https://t.example/2'><img src='https://e.example/3' width='9'></p>";
        let clean = |html: &str| crate::map::sanitize::clean_html(html, None);
        assert_eq!(without(clean(&sized(html))), "<p>ab<img src=\"https://e.example/3\" width=\"9\"></p>");
        assert!(matches!(sized("<p>a < b <img src=x width=9>"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_seen_stays() {
        for seen in [
            "<img src=x width=1 height=90>",
            "<img src=x width=1>",
            "<img src=x width='100%' height='1'>",
            "<img src=x width='1em' height='1em'>",
            "<img src=x width=10 height=11>",
            "<img src=x width=1 height=1 style='width:10em;height:4em'>",
            "<img src=spacer.gif data-src=real.jpg width=1 height=1>",
            "<img src=x width=-1 height=-1>",
            "<img src=x width='' height=''>",
            "<image width=1 height=1>",
            "<p title='<img width=1 height=1>'>a</p>",
            "<video width=1 height=1></video> 1 < 2",
        ] {
            assert_eq!(without(seen.to_owned()), seen);
        }
    }
}
