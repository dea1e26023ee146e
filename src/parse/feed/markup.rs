//! Markup inside a text, written back as HTML.

use super::attributes;
use super::elements::Element;
use super::entities::{Declared, unescape};
use std::borrow::Cow;
use url::Url;

/// Whether a text's type says that its elements are XHTML (or other XML), unescaped.
pub(super) fn is_xhtml(raw: &str, declared: &Declared) -> bool {
    let Some(kind) = attributes::get(raw, "type", declared) else {
        return false;
    };
    let kind = kind.trim().to_ascii_lowercase();
    let escaped = attributes::get(raw, "mode", declared).is_some_and(|mode| mode.trim() == "escaped");
    !escaped && (kind == "xhtml" || kind.ends_with("+xml") || kind.ends_with("/xml"))
}

/// HTML's elements without an end tag.
pub(super) fn is_void(local: &str) -> bool {
    const VOID: [&str; 14] = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr",
    ];
    VOID.iter().any(|name| local.eq_ignore_ascii_case(name))
}

/// Writes a start tag; namespaces are left out. Its addresses count from `base`, where that is
/// another than the text's own.
pub(super) fn open_tag(out: &mut String, local: &str, raw: &str, base: Option<&Url>) {
    out.push('<');
    out.push_str(local);
    for (name, value) in attributes::iter(raw) {
        if name.starts_with("xmlns") {
            continue;
        }
        let is_address = matches!(name, "href" | "src" | "poster" | "cite");
        let absolute = base.filter(|_| is_address).and_then(|base| base.join(&unescape(value)).ok());
        let value = match &absolute {
            Some(url) => url.as_str().replace('&', "&amp;").into(),
            None => Cow::Borrowed(value),
        };
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        out.push_str(&value.replace('"', "&quot;"));
        out.push('"');
    }
    out.push('>');
}

/// Writes an end tag.
pub(super) fn close_tag(out: &mut String, local: &str) {
    out.push_str("</");
    out.push_str(local);
    out.push('>');
}

/// Writes text so that it stays text.
pub(super) fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}

/// Settles a text that closes: XHTML that holds no element, but escaped HTML, was
/// escaped once too often.
pub(super) fn finish(element: &mut Element<'_>) {
    // What a template wrapped and then escaped.
    if let Some(inside) = escaped_cdata(&element.text) {
        element.text = Cow::Owned(inside.to_owned());
    }
    if element.xhtml && !element.markup && element.text.contains("&lt;") {
        element.text = Cow::Owned(unescape(&element.text).into_owned());
    }
}

fn escaped_cdata(text: &str) -> Option<&str> {
    let text = text.trim();
    text.strip_prefix("<![CDATA[")?.strip_suffix("]]>").filter(|inside| !inside.contains("]]>"))
}

/// `text`, or as much of it as `most` bytes hold.
pub(super) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}
