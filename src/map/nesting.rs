//! HTML from anywhere → HTML whose tree costs no more than its length is worth.
//!
//! A tree builder walks its open elements at every tag, opens formatting that was never
//! closed again in every paragraph, and looks through all that was before a table for the
//! place of what can't stand in it. So the text is bounded before the tree is built:
//! by its tags alone, with what is open kept as a tree builder keeps it, or as more.

mod open;

use crate::map::tags;
use open::Open;
use std::borrow::Cow;

/// Short texts with fewer tags than this are worth no look.
const FEW: usize = 16;
/// Texts with fewer brackets keep their comments and raw text for the tree to drop.
const SMALL: usize = 1000;
/// Brackets that begin no tag.
const MAX_STRAYS: usize = 100_000;
/// What one text may cost: a tag costs 1.
const MAX_COST: usize = 50_000;
/// How many times its own length formatting that is opened again may add to a text.
const MAX_GROWTH: usize = 8;

/// The same HTML without the tags that nest too deep and without the attributes that are
/// too many; `None` where its tree would cost more than any text is worth.
pub(crate) fn bounded(html: &str) -> Option<Cow<'_, str>> {
    let brackets = memchr::memchr_iter(b'<', html.as_bytes()).count();
    if brackets <= FEW && html.len() <= 4096 {
        return Some(Cow::Borrowed(html));
    }
    let mut writing = Leaving { html, out: None, copied: 0 };
    let mut open = Open::default();
    let (mut end, mut found) = (0, 0);
    for tag in tags::of(html) {
        if tag.start > end {
            open.text();
        }
        end = tag.end;
        found += 1;
        if tag.is_aside {
            // What stands in it is read otherwise within pictures and formulas: a tree that
            // is worth the trouble is built without it.
            if brackets > SMALL {
                writing.leave_out(tag.start, tag.end);
            }
            continue;
        }
        if !open.takes(&tag) {
            writing.leave_out(tag.start, tag.end);
        } else if let Some(cut) = tag.cut {
            writing.leave_out(cut, tag.end.saturating_sub(1));
        }
        if open.cost > MAX_COST || open.growth > MAX_GROWTH * (html.len() + 4096) {
            return None;
        }
    }
    (brackets - found <= MAX_STRAYS).then(|| writing.finish())
}

/// What the tree of a text would cost, in tags.
pub(crate) fn cost(html: &str) -> usize {
    let mut open = Open::default();
    for tag in tags::of(html).filter(|tag| !tag.is_aside) {
        open.text();
        open.takes(&tag);
        if open.cost > MAX_COST {
            break;
        }
    }
    open.cost
}

/// A text that is copied but for some of it; borrowed where nothing is left out.
struct Leaving<'t> {
    html: &'t str,
    out: Option<String>,
    copied: usize,
}

impl<'t> Leaving<'t> {
    fn leave_out(&mut self, start: usize, end: usize) {
        let out = self.out.get_or_insert_default();
        out.push_str(self.html.get(self.copied..start).unwrap_or_default());
        self.copied = self.copied.max(end);
    }

    fn finish(self) -> Cow<'t, str> {
        match self.out {
            Some(mut out) => {
                out.push_str(self.html.get(self.copied..).unwrap_or_default());
                Cow::Owned(out)
            }
            None => Cow::Borrowed(self.html),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_too_deep_loses_its_tags_and_keeps_its_text() {
        let deep = format!("{}x{}y", "<div>".repeat(500), "</div>".repeat(500));
        let meant = format!("{}x{}y", "<div>".repeat(100), "</div>".repeat(100));
        assert_eq!(bounded(&deep).unwrap(), meant);
        let wide = "<div><b>x</b></div><p>y".repeat(500);
        assert!(matches!(bounded(&wide), Some(Cow::Borrowed(_))));
        assert_eq!(bounded(&"<div></b>".repeat(500)).unwrap().matches("<div>").count(), 100);
    }

    #[test]
    fn what_seems_to_close_closes_nothing() {
        for (one, start) in [
            ("<div><!--</div>-->", "<div"),
            ("<div a=\"</div>\">", "<div"),
            ("<div><style></div></style>", "<div"),
            ("<span><div></span>", "<span"),
            ("<rt>", "<rt"),
            ("<ruby><rt><rp>", "<rt"),
            ("<li><dd>", "<li"),
            ("<font color=1><table><td></font>", "<font"),
        ] {
            let html = one.repeat(3000);
            let left = bounded(&html).unwrap();
            assert!(left.matches(start).count() <= 100, "{one}: {}", left.matches(start).count());
        }
    }

    #[test]
    fn ordinary_html_that_leaves_out_end_tags_is_left_alone() {
        for one in [
            "<li>a<li>b",
            "<p>a<p>b<br>",
            "<table><tr><td>a<td><b>b</b><tr><td>c</table>",
            "<dl><dt>a<dd>b<dt>c</dl>",
            "<p><span>a</p>",
            "<a href=x><div>a</a></div>",
            "<b><p>a</b></p>",
            "<ruby>a<rt>b<rt>c</ruby>",
            "<h2>a<h3>b</h3>",
            "<select><option>a<option>b</select>",
        ] {
            let html = one.repeat(300);
            assert!(matches!(bounded(&html), Some(Cow::Borrowed(_))), "{one}");
        }
    }

    #[test]
    fn a_tree_that_costs_too_much_is_not_built() {
        for html in [
            format!("<table>{}", "<br>".repeat(100_000)),
            format!("<table>{}", "<p>x</p>".repeat(100_000)),
            format!("<table>{}", "<a>x".repeat(100_000)),
            format!("<table>{}", "x<tr>".repeat(100_000)),
            format!("<b><i><u><s><em>{}", "<b><i><p>x".repeat(10_000)),
            format!("<p><a href=\"{}\">{}", "x".repeat(8000), "<p>x".repeat(2000)),
            "<p>".repeat(100_000),
        ] {
            assert_eq!(bounded(&html), None, "{}", &html[..40]);
        }
        assert!(bounded(&format!("<table>{}", "<br>".repeat(1000))).is_some());
    }
}
