//! Zola's shortcodes in a body: `{{ youtube(id="x") }}`, `{% quote() %}…{% end %}`.

use crate::map::posts::shortcode::Call;
use std::borrow::Cow;

/// A shortcode that is longer in bytes is none.
const MAX_CALL: usize = 4096;

/// The body without shortcodes; what is no call stays text.
pub(super) fn render(body: &str) -> Cow<'_, str> {
    if !body.contains("{{") && !body.contains("{%") {
        return Cow::Borrowed(body);
    }
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = opening(rest) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let close = if from.starts_with("{{") { "}}" } else { "%}" };
        let near = from.get(2..from.floor_char_boundary(MAX_CALL)).unwrap_or_default();
        let inner = near.split_once(close).map(|(inner, _)| inner);
        let shown = inner.and_then(|inner| inner.trim().strip_prefix("/*")?.strip_suffix("*/"));
        let is_call =
            |inner: &&str| inner.trim() == "end" || (inner.contains('(') && inner.trim().ends_with(')'));
        let (length, text) = match (shown, inner.filter(is_call)) {
            (Some(shown), _) => {
                let open = from.get(..2).unwrap_or_default();
                (inner.map_or(2, |inner| inner.len() + 4), format!("{open}{shown}{close}"))
            }
            (None, Some(inner)) => (inner.len() + 4, Call::read(inner).html().unwrap_or_default()),
            (None, None) => (2, from.get(..2).unwrap_or_default().to_owned()),
        };
        out.push_str(&text);
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn opening(text: &str) -> Option<usize> {
    let is_call = |start: &usize| matches!(text.as_bytes().get(start + 1), Some(b'{' | b'%'));
    text.match_indices('{').map(|(start, _)| start).find(is_call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_shortcode_is_left() {
        assert_eq!(
            render("{{ vimeo(id=\"1\") }} {% quote(author=\"x\") %}a{% end %} {{ x }} {{/* y() */}} {%"),
            "<a href=\"https://vimeo.com/1\">vimeo</a> a {{ x }} {{ y() }} {%"
        );
    }
}
