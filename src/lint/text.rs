//! Plain text: titles, names, categories. Markup in it is shown as it stands, or is not.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::html;
use crate::lint::value;
use crate::lint::xml::Element;
use std::collections::HashSet;

/// The text of an element that holds no markup.
pub(super) fn plain(element: &Element<'_>, found: &mut Found<'_>) {
    let text = element.text.as_str();
    if let Some((at, name)) = html::end_tag(text) {
        let message = format!("`{}` holds the tag `</{name}>`", element.name());
        return found.add(Rule::MarkupInText, element.place(at), message);
    }
    if is_explicit(element) {
        return;
    }
    if let Some((at, reference)) = html::reference(text) {
        let message = format!("`{}` holds `{reference}`, escaped twice", element.name());
        found.add(Rule::MarkupInText, element.place(at), message);
    }
}

/// The same in RSS, where no attribute says whether a text is markup.
pub(super) fn plain_in_rss(element: &Element<'_>, found: &mut Found<'_>) {
    let before = found.count();
    plain(element, found);
    if found.count() > before || is_explicit(element) {
        return;
    }
    let begins = |at: &usize| {
        element
            .text
            .get(at + 1..)
            .is_some_and(|rest| rest.starts_with(|next: char| next == '/' || next.is_ascii_alphabetic()))
    };
    if let Some((at, _)) = element.text.match_indices('<').find(|(at, _)| begins(at)) {
        let rest = element.text.get(at..).unwrap_or_default();
        let message = format!("`{}` in `{}` may be taken for a tag", quoted(rest), element.name());
        found.add(Rule::AmbiguousText, element.place(at), message);
    }
}

/// Whether its author has written `<` and `&` by number, as RSS says that they are text.
fn is_explicit(element: &Element<'_>) -> bool {
    ["&#x3C;", "&#x3c;", "&#x26;", "&#60;", "&#38;"].iter().any(|form| element.raw.contains(form))
}

/// An element that must not be empty where it stands.
pub(super) fn not_blank(element: &Element<'_>, found: &mut Found<'_>) {
    if element.trimmed().is_empty() && element.children.is_empty() {
        found.add(Rule::Blank, element.at, format!("`{}` is empty", element.name()));
    }
}

/// An element in which no other may stand.
pub(super) fn no_children(element: &Element<'_>, found: &mut Found<'_>) {
    if let Some(child) = element.children.first() {
        let message = format!("`{}` may not stand in `{}`", child.name(), element.name());
        found.add(Rule::UnknownElement, child.at, message);
    }
}

/// An element in which no text may stand.
pub(super) fn no_text(element: &Element<'_>, found: &mut Found<'_>) {
    if let Some(at) = element.text.find(|letter: char| !letter.is_whitespace()) {
        let rest = element.text.get(at..).unwrap_or_default();
        let message = format!("the text `{}` may not stand in `{}`", quoted(rest), element.name());
        found.add(Rule::UnexpectedText, element.place(at), message);
    }
}

/// The attributes that an element may have, those of other namespaces apart.
pub(super) fn attributes(element: &Element<'_>, known: &[&str], found: &mut Found<'_>) {
    for attribute in &element.attributes {
        match (attribute.space, attribute.local) {
            ("xml", "lang") if !attribute.value.is_empty() => {
                value::language(&attribute.value, attribute.at, found);
            }
            ("xml", "base") => value::iri_reference(&attribute.value, attribute.at, found),
            _ => {}
        }
        if attribute.space.is_empty() && !known.contains(&attribute.local) {
            let message = format!("`{}` knows no attribute `{}`", element.name(), attribute.local);
            found.add(Rule::UnexpectedAttribute, attribute.at, message);
        }
    }
}

/// The value of an attribute that an element must have.
pub(super) fn required<'e>(element: &'e Element<'_>, name: &str, found: &mut Found<'_>) -> Option<&'e str> {
    let value = element.attribute(name);
    if value.is_none() {
        found.add(Rule::MissingAttribute, element.at, format!("`{}` has no `{name}`", element.name()));
    }
    value
}

/// Namespaces that say which of their elements may stand once.
const COUNTED: &[&str] =
    &["", "atom", "content", "dc", "dcterms", "fh", "itunes", "media", "slash", "sy", "thr", "wfw"];

/// Elements that may stand once.
pub(super) fn once(parent: &Element<'_>, many: &[&str], found: &mut Found<'_>) {
    let mut seen = HashSet::new();
    for child in &parent.children {
        let name = child.name();
        let is_counted = COUNTED.contains(&child.space) && !many.contains(&name.as_str());
        if !seen.insert((child.space, child.local)) && is_counted {
            found.add(Rule::DuplicateElement, child.at, format!("`{}` has a second `{name}`", parent.name()));
        }
    }
}

/// An attribute that has to be there and holds a full address.
pub(super) fn required_url(element: &Element<'_>, name: &str, found: &mut Found<'_>) {
    if let Some(url) = required(element, name, found) {
        value::full_url(url, element.at, found);
    }
}

/// A body of HTML.
pub(super) fn body(element: &Element<'_>, found: &mut Found<'_>) {
    no_children(element, found);
    html::judge(element, found);
}
