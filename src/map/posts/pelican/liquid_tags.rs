//! The tags of Pelican's plugin `liquid_tags` in a body: pictures stay, what would be
//! embedded is a link, of the others the inner text. Code is left as it stands.

use crate::map::plain::escaped;
use crate::map::posts::tags;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The body without tags.
pub(super) fn render(body: &str) -> Cow<'_, str> {
    if !body.contains("{%") {
        return Cow::Borrowed(body);
    }
    let mut out = String::with_capacity(body.len());
    let fenced = tags::fenced(body);
    let mut rest = body;
    while let Some(start) = rest.find("{%") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let place = body.len() - from.len();
        if let Some(tag) = tags::tag(from).filter(|_| !tags::is_code(body, place, &fenced)) {
            // python-markdown lets an underscore be escaped.
            put(&tag.inner.replace("\\_", "_"), &mut out);
            rest = tag.after;
        } else {
            let (text, after) = from.split_at_checked(2).unwrap_or((from, ""));
            out.push_str(text);
            rest = after;
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Puts out what a tag stands for.
fn put(inner: &str, out: &mut String) {
    let (name, arguments) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let words = tags::words(arguments);
    let first = words.first().copied().unwrap_or_default();
    let link = |address: String| format!("<a href=\"{}\">{name}</a>", escaped(&address));
    let shown = match name {
        "img" | "image" | "b64img" => {
            tags::picture(arguments, out);
            return;
        }
        _ if first.is_empty() => return,
        "youtube" => link(format!("https://www.youtube.com/watch?v={first}")),
        "vimeo" => link(format!("https://vimeo.com/{first}")),
        "gist" | "gist_it" => link(format!("https://gist.github.com/{first}")),
        "video" | "audio" | "soundcloud" | "speakerdeck" if first.contains('/') => link(first.to_owned()),
        "literal" => format!("{{% {} %}}", arguments.trim()),
        _ => return,
    };
    let _ = out.write_str(&shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_is_left() {
        for (body, wanted) in [
            ("{% img center /images/a.jpg 300 \"T\" %}", "<img src=\"/images/a.jpg\" alt=\"T\">"),
            ("a {% youtube abc 400 %} b", "a <a href=\"https://www.youtube.com/watch?v=abc\">youtube</a> b"),
            ("{%gist 3042647 %}", "<a href=\"https://gist.github.com/3042647\">gist</a>"),
            ("{% include\\_code lang:bash skype %}.", "."),
            ("{% note %}in{% endnote %}", "in"),
            ("`{% img /a.png %}`", "`{% img /a.png %}`"),
            ("{% never closed", "{% never closed"),
        ] {
            assert_eq!(render(body), wanted);
        }
    }
}
