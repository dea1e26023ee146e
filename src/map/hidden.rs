//! HTML → the same without the elements that its page hides.
//!
//! Works on the text, before it is cleaned, because cleaning takes away what hides them: lines for
//! a mail's preview, words for readers of another service, what a script would have shown.
//! Pictures have rules of their own (`trackers`), and a text that would have nothing left stays.

use crate::map::elements::{ends_paragraph, is_phrasing, is_void};
use crate::map::tags::{self, Tag};
use crate::parse::tag::attributes;
use std::borrow::Cow;
use std::ops::Range;

/// Of what is nested deeper nothing is told; the tree bounds it too.
const MAX_DEPTH: usize = 256;
/// What is seen without a word in it.
const SEEN: [&str; 8] = ["img", "video", "audio", "iframe", "embed", "object", "picture", "amp-img"];

/// Whether an attribute, as it is written, hides its element (HTML §6.1, CSS Display §2.5).
pub(super) fn hides(name: &str, value: &str) -> bool {
    if name.eq_ignore_ascii_case("hidden") {
        return !value.eq_ignore_ascii_case("until-found");
    }
    name.eq_ignore_ascii_case("style") && is_hiding(value)
}

/// Whether the declarations of a style hide; the last of a name counts.
pub(super) fn is_hiding(style: &str) -> bool {
    // Most styles say nothing of it.
    if !style.contains(':') {
        return false;
    }
    let is = |wanted: &str, values: &[&str]| {
        let mut declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
        let last = declarations.rfind(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        last.is_some_and(|(_, value)| {
            let value = value.trim().split(['!', ' ']).next().unwrap_or_default();
            values.iter().any(|hiding| value.eq_ignore_ascii_case(hiding))
        })
    };
    is("display", &["none"]) || is("visibility", &["hidden", "collapse"])
}

/// The same HTML without what is hidden. What is never ended would take all that follows with
/// it, and stays.
pub(super) fn left_out(html: &str) -> Cow<'_, str> {
    let hidden = ranges(html);
    if hidden.is_empty() {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for range in hidden {
        // What is hidden may stand in what is.
        out.push_str(html.get(done..range.start).unwrap_or_default());
        done = done.max(range.end);
    }
    out.push_str(html.get(done..).unwrap_or_default());
    if is_seen(&out) { Cow::Owned(out) } else { Cow::Borrowed(html) }
}

/// Where hidden elements stand, in order.
fn ranges(html: &str) -> Vec<Range<usize>> {
    let mut open = Open::default();
    for tag in tags::of(html).filter(|tag| !tag.is_aside && !is_void(tag.name)) {
        if tag.closes {
            open.end(&tag);
            continue;
        }
        open.make_way(&tag);
        if open.stack.len() >= MAX_DEPTH {
            return Vec::new();
        }
        let written = html.get(tag.start + 1 + tag.name.len()..tag.end).unwrap_or_default();
        let hides =
            !written.starts_with('>') && attributes(written).iter().any(|(name, value)| hides(name, value));
        open.stack.push((tag.name, hides.then_some(tag.start)));
    }
    open.hidden.sort_by_key(|range| range.start);
    open.hidden
}

/// What is open, each with its start where it is hidden, and what was.
#[derive(Default)]
struct Open<'t> {
    stack: Vec<(&'t str, Option<usize>)>,
    hidden: Vec<Range<usize>>,
}

impl Open<'_> {
    /// An end tag ends its element and all in it; one without a start tag ends nothing.
    fn end(&mut self, tag: &Tag<'_>) {
        let found = self.stack.iter().rposition(|(name, _)| name.eq_ignore_ascii_case(tag.name));
        if let Some(place) = found {
            self.close(place + 1, tag.start);
            self.close(place, tag.end);
        }
    }

    /// Ends what needs no end tag before this (HTML §13.1.2.4).
    fn make_way(&mut self, tag: &Tag<'_>) {
        let is = |name: &str, names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        let (ends, within): (&[&str], &[&str]) = match tag.name.to_ascii_lowercase().as_str() {
            "li" => (&["li"], &["ul", "ol"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            "tr" => (&["tr"], &["table"]),
            "tbody" | "tfoot" | "thead" => (&["tbody", "tfoot", "thead"], &["table"]),
            _ => (&[], &[]),
        };
        let around = self.stack.iter().rposition(|(name, _)| is(name, within)).map_or(0, |place| place + 1);
        let ended = self.stack.get(around..).unwrap_or_default().iter().position(|(name, _)| is(name, ends));
        if let Some(place) = ended {
            self.close(around + place, tag.start);
        }
        if ends_paragraph(tag.name) {
            let block = self.stack.iter().rposition(|(name, _)| !is_phrasing(name));
            if let Some(place) =
                block.filter(|place| self.stack.get(*place).is_some_and(|(name, _)| is(name, &["p"])))
            {
                self.close(place, tag.start);
            }
        }
    }

    /// Ends what is open from this place on.
    fn close(&mut self, place: usize, end: usize) {
        let hidden = self.stack.drain(place.min(self.stack.len())..).filter_map(|(_, start)| start);
        self.hidden.extend(hidden.map(|start| start..end));
    }
}

/// Whether anything is left that is read or looked at.
fn is_seen(html: &str) -> bool {
    let is_text = |text: &str| {
        let text = text.replace("&nbsp;", " ");
        text.contains(|letter: char| !letter.is_whitespace())
    };
    let mut done = 0;
    for tag in tags::of(html) {
        if is_text(html.get(done..tag.start).unwrap_or_default())
            || SEEN.iter().any(|name| tag.name.eq_ignore_ascii_case(name))
        {
            return true;
        }
        done = tag.end;
    }
    is_text(html.get(done..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_hides_is_left_out() {
        for (html, left) in [
            ("<div style=\"display:none;font-size:1px\">preview <b>line</b></div><p>seen</p>", "<p>seen</p>"),
            ("a<SPAN STYLE='DISPLAY: none !important'>b<span>c</span></SPAN>d", "ad"),
            ("a<div hidden>b<div>c</div></div>d<p hidden=\"\">e</p>", "ad"),
            ("<p>a<p style=visibility:hidden>b<p>c", "<p>a<p>c"),
            ("<ul><li hidden>a<li>b<ul><li>c</ul></ul>", "<ul><li>b<ul><li>c</ul></ul>"),
            ("<p>a <span style='display:none'>b</p>c", "<p>a </p>c"),
            ("<table><tr hidden><td>a<tr><td>b</table>", "<table><tr><td>b</table>"),
            ("<div hidden>a<p hidden>b</p></div><img src=x>", "<img src=x>"),
            ("<i hidden><div></i>a</div>b", "a</div>b"),
        ] {
            assert_eq!(left_out(html), left, "{html}");
        }
    }

    #[test]
    fn what_is_seen_stays() {
        for html in [
            "<p style='display:block'>a</p><p style='color:none'>b</p>",
            "<p style='display:none;display:inline'>a</p>",
            "<p class=hidden title='display:none' data-hidden=1 aria-hidden=true>a</p>",
            "<p hidden=until-found>a</p>",
            "<img style='display:none' src=x>a<br hidden>",
            "a<div style='display:none'>never ended",
            "<div style='display:none'>all there is</div> &nbsp;<br>",
            "<!-- <div hidden> --><p title='<div hidden>'>a</p>",
        ] {
            assert!(matches!(left_out(html), Cow::Borrowed(_)), "{html}");
        }
        let deep = "<div hidden>".repeat(50_000);
        assert!(matches!(left_out(&deep), Cow::Borrowed(_)));
    }
}
