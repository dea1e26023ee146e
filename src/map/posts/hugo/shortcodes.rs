//! Hugo's shortcodes in a body: pictures, code and videos stay, of the others the inner text.

use crate::map::plain::escaped;
use crate::map::posts::entry::Markup;
use crate::map::posts::shortcode::Call;
use memchr::memmem;
use std::borrow::Cow;
use std::fmt::Write as _;

/// A shortcode that is longer in bytes is none.
const MAX_CALL: usize = 4096;

/// The body without shortcodes; `page` knows where the site's pages are.
pub(super) fn render<'t>(
    body: &'t str,
    markup: Markup,
    page: &dyn Fn(&str) -> Option<String>,
) -> Cow<'t, str> {
    if memmem::find(body.as_bytes(), b"{{").is_none() {
        return Cow::Borrowed(body);
    }
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    let mut is_endless = false;
    while let Some(start) = opening(rest) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let close = if from.starts_with("{{<") { ">}}" } else { "%}}" };
        let near = from.get(3..from.floor_char_boundary(MAX_CALL)).unwrap_or_default();
        let Some((inner, _)) = near.split_once(close) else {
            out.push_str("{{");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        rest = from.get(inner.len() + 6..).unwrap_or_default();
        // `{{</* x */>}}` shows a shortcode instead of calling it.
        if let Some(shown) = inner.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
            let _ = write!(out, "{}{shown}{close}", from.get(..3).unwrap_or_default());
            continue;
        }
        let call = Call::read(inner.trim().trim_end_matches('/'));
        match call.name {
            "highlight" if !is_endless => {
                let Some((code, after)) = until(rest, "highlight") else {
                    is_endless = true;
                    continue;
                };
                code_block(call.first(&["lang"]).unwrap_or_default(), code, markup, &mut out);
                rest = after;
            }
            // One that isn't there leads to the page itself.
            "ref" | "relref" => {
                let found = call.first(&["path"]).and_then(page);
                out.push_str(found.as_deref().unwrap_or("#"));
            }
            _ => out.push_str(&call.html().unwrap_or_default()),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn opening(text: &str) -> Option<usize> {
    let is_call = |start: &usize| matches!(text.as_bytes().get(start + 2), Some(b'<' | b'%'));
    text.match_indices("{{").map(|(start, _)| start).find(is_call)
}

fn code_block(language: &str, code: &str, markup: Markup, out: &mut String) {
    let code = code.trim_matches(['\r', '\n']);
    let _ = match markup {
        Markup::Markdown(_) => write!(out, "\n~~~~~ {language}\n{code}\n~~~~~\n"),
        Markup::Html => {
            write!(out, "<pre><code class=\"language-{}\">{}</code></pre>", escaped(language), escaped(code))
        }
    };
}

/// The text up to a shortcode's end, and what follows that.
fn until<'t>(text: &'t str, name: &str) -> Option<(&'t str, &'t str)> {
    text.match_indices("{{").find_map(|(start, _)| {
        let near = text.get(start + 2..text.floor_char_boundary(start + MAX_CALL))?;
        let (inner, _) = near.split_once("}}")?;
        let rest = text.get(start + inner.len() + 4..)?;
        let inner = inner.trim_matches(['<', '>', '%']).trim();
        (inner.strip_prefix('/')?.trim() == name).then_some((text.get(..start)?, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::markdown::Dialect;

    #[test]
    fn no_shortcode_is_left() {
        let render = |text| render(text, Markup::Markdown(Dialect::Goldmark), &|_| None).into_owned();
        assert_eq!(render("a {{< note >}}b{{< /note >}} {{% c %}}d{{% /c %}}"), "a b d");
        assert_eq!(
            render("{{< highlight go \"linenos=true\" >}}\nx := {}\n{{< / highlight >}}\ny"),
            "\n~~~~~ go\nx := {}\n~~~~~\n\ny"
        );
        assert_eq!(
            render("[x]({{< ref \"/p.md\" >}}) {{</* youtube a */>}} {{ .Title }}"),
            "[x](#) {{< youtube a >}} {{ .Title }}"
        );
        assert_eq!(
            render("{{< youtube id=\"a\" >}}{{< never closed"),
            "<a href=\"https://www.youtube.com/watch?v=a\">youtube</a>{{< never closed"
        );
    }
}
