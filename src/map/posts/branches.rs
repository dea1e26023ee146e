//! The branches of a block between tags: `{% if … %}…{% else %}…{% endif %}`, in Liquid and Nunjucks.
//!
//! In: what follows the tag that begins it. Out: each branch with its tag. Never asks which holds.

use super::tags;
use super::tags::Ends;

/// A block of several branches: each with the tag that begins it, and what follows the block.
pub(super) struct Branches<'t> {
    pub(super) each: Vec<(&'t str, &'t str)>,
    pub(super) after: &'t str,
}

/// The branches of the block whose tag `inner` stands before `after`; `None` where it never ends.
pub(super) fn branches<'t>(
    inner: &'t str,
    name: &str,
    after: &'t str,
    ends: &mut Ends,
) -> Option<Branches<'t>> {
    ends.until(after, name)?;
    let mut each = Vec::new();
    let (mut tag, mut from, mut at, mut depth) = (inner, 0, 0, 0_usize);
    loop {
        let (start, _) = after.get(at..)?.match_indices("{%").next()?;
        let Some(found) = tags::tag(after.get(at + start..)?) else {
            at += start + 2;
            continue;
        };
        let end = after.len() - found.after.len();
        let word = found.inner.split_whitespace().next().unwrap_or_default();
        let is_end = word.strip_prefix("end") == Some(name);
        if depth == 0 && (is_end || matches!(word, "else" | "elsif" | "elif" | "elseif" | "when")) {
            let mark = after.get(at + start..end)?;
            let text = after.get(from..at + start)?;
            each.push((tag, if mark.starts_with("{%-") { text.trim_end() } else { text }));
            (tag, from) = (found.inner, after.len() - trimmed(after.get(at + start..)?, found.after).len());
            if is_end {
                return Some(Branches { each, after: after.get(from..)? });
            }
        } else if matches!(word, "if" | "unless" | "case" | "for" | "tablerow") {
            depth += 1;
        } else if matches!(word, "endif" | "endunless" | "endcase" | "endfor" | "endtablerow") {
            depth = depth.saturating_sub(1);
        }
        at = end;
    }
}

/// What follows a tag, without the white space that `-%}` takes.
pub(super) fn trimmed<'t>(from: &str, after: &'t str) -> &'t str {
    let tag = from.get(..from.len() - after.len()).unwrap_or_default();
    if tag.ends_with("-%}") || tag.ends_with("-}}") { after.trim_start() } else { after }
}
