//! Atom's texts: plain, HTML, XHTML, and content of any type.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{html, style, text, value};

/// A text construct, RFC 4287 §3.1.
pub(super) fn construct(element: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(element, &["type"], found);
    let kind = element.attribute("type").unwrap_or("text");
    if !matches!(kind, "text" | "html" | "xhtml") {
        let message = format!(
            "`{}` has the type `{}`, which is none of text, html, xhtml",
            element.local,
            quoted(kind)
        );
        found.add(Rule::BadWord, element.at, message);
    }
    judge(element, kind, found);
}

/// Content, RFC 4287 §4.1.3.
pub(super) fn content(element: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(element, &["type", "src"], found);
    let kind = element.attribute("type").unwrap_or("text");
    if let Some(source) = element.attribute("src") {
        value::iri_reference(source, element.at, found);
        match element.attribute("type") {
            None => found.add(Rule::Untyped, element.at, "`content` with a `src` has no `type`"),
            Some(kind) => value::media_type(kind, element.at, found),
        }
        text::no_text(element, found);
        text::no_children(element, found);
        return;
    }
    let is_word = matches!(kind, "text" | "html" | "xhtml");
    if !is_word && !value::is_media_type(kind)
        || kind.starts_with("multipart/")
        || kind.starts_with("message/")
    {
        let message = format!("`content` has the type `{}`", quoted(kind));
        found.add(Rule::BadMediaType, element.at, message);
    }
    judge(element, kind, found);
}

/// Whether content is written in base 64.
pub(super) fn is_binary(content: &Element<'_>) -> bool {
    content
        .attribute("type")
        .is_some_and(|kind| kind.contains('/') && !is_xml(kind) && !kind.starts_with("text/"))
}

fn is_xml(kind: &str) -> bool {
    kind.ends_with("+xml") || kind.ends_with("/xml")
}

fn judge(element: &Element<'_>, kind: &str, found: &mut Found<'_>) {
    match kind {
        "html" | "text/html" => {
            text::no_children(element, found);
            html::judge(element, found);
        }
        "xhtml" => xhtml(element, found),
        _ if is_xml(kind) => {}
        _ => {
            text::no_children(element, found);
            text::plain(element, found);
        }
    }
    text::not_blank(element, found);
}

/// XHTML stands in one `div`.
fn xhtml(element: &Element<'_>, found: &mut Found<'_>) {
    let is_wrapped = element.trimmed().is_empty()
        && element.children.len() == 1
        && element.children.iter().all(|child| child.is("xhtml", "div"));
    if !is_wrapped {
        found.add(
            Rule::MissingElement,
            element.at,
            format!("`{}` has no `div` of XHTML around it", element.local),
        );
    }
    let mut left: Vec<&Element<'_>> = element.children.iter().collect();
    while let Some(inner) = left.pop() {
        if inner.space == "xhtml" {
            tag(inner, found);
        } else if !matches!(inner.space, "svg" | "mathml") {
            let message = format!("`{}` is no element of XHTML", inner.name());
            found.add(Rule::BrokenHtml, inner.at, message);
        }
        left.extend(&inner.children);
    }
}

fn tag(element: &Element<'_>, found: &mut Found<'_>) {
    match html::weight(element.local) {
        html::Weight::Harmless => {}
        html::Weight::Active => found.add(Rule::ActiveHtml, element.at, format!("`<{}>`", element.local)),
        html::Weight::Unknown => {
            found.add(Rule::BrokenHtml, element.at, format!("`<{}>` is no element of HTML", element.local));
        }
    }
    for attribute in element.attributes.iter().filter(|attribute| attribute.space.is_empty()) {
        if attribute.local.starts_with("on") {
            let message = format!("`<{} {}>`", element.local, attribute.local);
            found.add(Rule::ActiveHtml, attribute.at, message);
        }
        if attribute.local == "style"
            && let Some(part) = style::unsafe_part(&attribute.value)
        {
            found.add(Rule::ActiveHtml, attribute.at, format!("the style `{}`", quoted(&part)));
        }
        if html::is_address(element.local, attribute.local) && html::is_script(&attribute.value) {
            let message =
                format!("`<{} {}>` is `{}`", element.local, attribute.local, quoted(&attribute.value));
            found.add(Rule::ActiveHtml, attribute.at, message);
        }
    }
}

/// A label or title in an attribute.
pub(super) fn label(content: &str, name: &str, at: usize, found: &mut Found<'_>) {
    if let Some((_, tag)) = html::end_tag(content) {
        found.add(Rule::MarkupInText, at, format!("`{name}` holds the tag `</{tag}>`"));
    } else if let Some((_, reference)) = html::reference(content) {
        found.add(Rule::MarkupInText, at, format!("`{name}` holds `{reference}`, escaped twice"));
    }
}
