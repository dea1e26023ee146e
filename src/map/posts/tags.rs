//! Where tags begin and end in a body: `{% … %}`, `{{ … }}`, `<!-- more -->`.
//!
//! In: text. Out: places in it. Every search is bounded, so that a body full of
//! beginnings without ends is read in linear time. Never says what a tag means.

/// A tag that is longer in bytes is none.
const MAX_TAG: usize = 4096;
/// A comment that is longer in bytes is no mark.
const MAX_MARK: usize = 64;

/// One tag.
pub(super) struct Tag<'t> {
    /// What stands between its marks, without blanks and the dashes of `{%- -%}`.
    pub(super) inner: &'t str,
    /// What follows it.
    pub(super) after: &'t str,
}

/// Where the next `{{` or `{%` stands.
pub(super) fn opening(text: &str) -> Option<usize> {
    let is_tag = |start: &usize| matches!(text.as_bytes().get(start + 1), Some(b'{' | b'%'));
    text.match_indices('{').map(|(start, _)| start).find(is_tag)
}

/// The tag that a text begins with; `None` where it has no end.
pub(super) fn tag(text: &str) -> Option<Tag<'_>> {
    let close = match text.as_bytes().get(1) {
        Some(b'{') => "}}",
        _ => "%}",
    };
    let near = text.get(2..text.floor_char_boundary(MAX_TAG))?;
    let (inner, _) = near.split_once(close)?;
    Some(Tag { inner: inner.trim_matches('-').trim(), after: text.get(inner.len() + 4..)? })
}

/// Finds the ends of blocks; remembers which have none further down.
#[derive(Default)]
pub(super) struct Ends {
    endless: Vec<String>,
}

impl Ends {
    /// The text up to `{% end<name> %}`, and what follows that.
    pub(super) fn until<'t>(&mut self, text: &'t str, name: &str) -> Option<(&'t str, &'t str)> {
        if self.endless.iter().any(|known| known == name) {
            return None;
        }
        let found = text.match_indices("{%").find_map(|(start, _)| {
            let end = tag(text.get(start..)?)?;
            (end.inner.strip_prefix("end") == Some(name)).then_some((text.get(..start)?, end.after))
        });
        if found.is_none() {
            self.endless.push(name.to_owned());
        }
        found
    }
}

/// Where `<!-- more -->` stands, in any case and spacing.
pub(super) fn more(body: &str) -> Option<usize> {
    body.match_indices("<!--").map(|(start, _)| start).find(|start| {
        let near = body.get(start + 4..body.floor_char_boundary(start + MAX_MARK));
        let inner = near.and_then(|near| near.split_once("-->"));
        inner.is_some_and(|(inner, _)| inner.trim().eq_ignore_ascii_case("more"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found_and_their_lack_is_remembered() {
        let mut ends = Ends::default();
        assert_eq!(ends.until("a {% b %}{%- endraw -%} c", "raw"), Some(("a {% b %}", " c")));
        assert_eq!(ends.until("a {% endcode", "code"), None);
        assert_eq!(ends.until("a {% endcode %}", "code"), None);
        assert_eq!(more("a <!-- x --><!--  MORE -->"), Some(12));
        assert!(tag("{{ never").is_none());
    }
}
