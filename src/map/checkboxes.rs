//! The boxes of task lists (`<input type="checkbox" disabled checked>`) → signs that say as much.
//!
//! Works on the text, before it is cleaned: forms never stay, and a list without its boxes doesn't
//! say what is done. A box that somebody could tick belongs to a form and goes with it.

use crate::parse::tag::{attributes, tag_end};
use memchr::memmem;
use std::borrow::Cow;

const TAG: &str = "<input";

/// The same HTML with signs in place of boxes.
pub(crate) fn told(html: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for at in memmem::find_iter(html.as_bytes(), TAG) {
        let Some(tag) = html.get(at..).filter(|_| at >= done) else { continue };
        let length = tag_end(tag);
        let Some(sign) = tag.get(TAG.len()..length).and_then(sign) else { continue };
        out.push_str(html.get(done..at).unwrap_or_default());
        out.push(sign);
        done = at + length;
    }
    if done == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(html.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// What a box with these attributes says.
fn sign(written: &str) -> Option<char> {
    let attributes = attributes(written.trim_end_matches('>'));
    let value = |name: &str| {
        attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    };
    let is_box = value("type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox"));
    (is_box && value("disabled").is_some()).then(|| if value("checked").is_some() { '☑' } else { '☐' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_list_says_what_is_done() {
        let html = "<li><input type=\"checkbox\" checked=\"\" disabled=\"\" /> a</li><li><input disabled type=checkbox> b</li>";
        assert_eq!(told(html), "<li>☑ a</li><li>☐ b</li>");
        for other in ["<input type=\"checkbox\"> x", "<input type=text disabled>", "<inputs>", "a"] {
            assert!(matches!(told(other), Cow::Borrowed(_)), "{other}");
        }
    }
}
