//! The elements of one entry, or of the channel, as a flat list in document order.

use super::entities::Declared;
use super::names::Field;
use super::spaces::Space;
use super::{attributes, document::Text};
use base64::{Engine, engine::DecodePaddingMode, engine::GeneralPurpose, engine::GeneralPurposeConfig};
use std::borrow::Cow;
use url::Url;

/// One element with its text.
#[derive(Debug, Clone)]
pub(super) struct Element<'a> {
    pub(super) field: Field,
    /// Its vocabulary.
    pub(super) space: Space,
    /// Its name there, as written.
    pub(super) local: &'a str,
    /// Where its parent stands in the list; `None` stands for the entry or channel itself.
    pub(super) parent: Option<usize>,
    /// Behind the name, as written.
    pub(super) attributes: &'a str,
    /// Its text, or its markup where `markup` or `xhtml`.
    pub(super) text: Cow<'a, str>,
    /// Whether elements stood in a text.
    pub(super) markup: bool,
    /// Whether its text is markup as it stands.
    pub(super) xhtml: bool,
    /// Which of the document's bases its addresses count from; 0 is none of its own.
    pub(super) base: usize,
    /// `xml:lang` in force.
    pub(super) lang: Option<&'a str>,
}

impl<'a> Element<'a> {
    /// Its text, trimmed; `None` where it is empty.
    pub(super) fn plain(&self) -> Option<String> {
        let value = self.text.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    pub(super) fn push(&mut self, text: &'a str) {
        if self.text.is_empty() {
            self.text = Cow::Borrowed(text);
        } else {
            self.text.to_mut().push_str(text);
        }
    }
}

/// What stands directly in the element at a place, each with its own place. Whatever stands
/// in it follows it at once: no more of the list is looked at.
pub(super) fn children<'e, 'a>(
    elements: &'e [Element<'a>],
    place: usize,
) -> impl Iterator<Item = (usize, &'e Element<'a>)> {
    elements
        .iter()
        .enumerate()
        .skip(place + 1)
        .take_while(move |(_, element)| element.parent.is_some_and(|parent| parent >= place))
        .filter(move |(_, element)| element.parent == Some(place))
}

/// What gives the elements their meaning: the document around them.
#[derive(Debug)]
pub(super) struct Context {
    /// Atom's default for a text without a type is plain text; RSS has HTML anywhere.
    pub(super) atom: bool,
    pub(super) declared: Declared,
    /// 0: where the feed was fetched; behind it each `xml:base`, resolved.
    pub(super) bases: Vec<Option<Url>>,
    /// Which of them is RSS's page, what its entries count from: a feed may lie elsewhere.
    pub(super) page: usize,
}

impl Context {
    /// An attribute's value, trimmed; `None` where it is empty.
    pub(super) fn attribute(&self, element: &Element<'_>, name: &str) -> Option<String> {
        let value = attributes::get(element.attributes, name, &self.declared)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// An address made absolute; as it was written where it can't be.
    pub(super) fn resolve(&self, element: &Element<'_>, address: &str) -> String {
        let address = one_of(address);
        let address: Cow<'_, str> = if address.contains(['\n', '\t', '\r']) {
            address.split(['\n', '\t', '\r']).map(str::trim).collect::<String>().into()
        } else {
            address.into()
        };
        // Escaped once more than the document does: `amp;` is the name of no parameter.
        let address = if address.contains("&amp;") { address.replace("&amp;", "&").into() } else { address };
        let address = match address.trim_matches(is_invisible) {
            shorter if shorter.len() < address.len() => Cow::Owned(shorter.to_owned()),
            _ => address,
        };
        if has_scheme(&address) || address.starts_with("urn:") {
            return address.into_owned();
        }
        let base = self.bases.get(element.base).or(self.bases.first());
        match base.and_then(Option::as_ref).and_then(|base| base.join(&address).ok()) {
            Some(url) => url.into(),
            None => address.into_owned(),
        }
    }

    /// The document's own base, where an element's `href` is there and empty (RFC 3986 §5.2.2).
    pub(super) fn same_document(&self, element: &Element<'_>) -> Option<String> {
        let is_empty = attributes::get(element.attributes, "href", &self.declared)?.trim().is_empty();
        self.base_of(element).filter(|_| is_empty)
    }

    /// The element's text with its type: plain, HTML, XHTML, base64, Atom 0.3's modes.
    pub(super) fn text(&self, element: &Element<'_>) -> Option<Text> {
        let kind = self.attribute(element, "type").map(|kind| kind.to_ascii_lowercase());
        let kind = kind.as_deref().unwrap_or_default();
        if element.text.trim().is_empty() {
            // CDF's other way to write its texts.
            let value = self.attribute(element, "value")?;
            return Some(Text { value, html: !self.atom, base: None });
        }
        let mode = self.attribute(element, "mode");
        let written = element.text.trim();
        let value = if mode.as_deref() == Some("base64") || is_binary(kind) {
            match from_base64(written) {
                Some(text) => Cow::Owned(text),
                // No text: a picture, or plain text under a type that nobody knows.
                None if is_file(kind) => return None,
                None => Cow::Borrowed(written),
            }
        } else {
            Cow::Borrowed(written)
        };
        if value.is_empty() {
            return None;
        }
        // Where it is said, nothing in it is markup (RFC 4287 §3.1.1.1).
        if kind == "text"
            && self.atom
            && element.field == Field::Title
            && !element.markup
            && value.contains('&')
        {
            let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            return Some(Text { value, html: true, base: None });
        }
        let html = match kind {
            "text" | "text/plain" => element.markup,
            "" => !self.atom || element.markup || element.xhtml,
            _ => true,
        };
        Some(Text { value: value.into_owned(), html, base: self.base_of(element) })
    }

    /// The base that the document itself names for this element.
    fn base_of(&self, element: &Element<'_>) -> Option<String> {
        if element.base == 0 || element.base == self.page {
            return None;
        }
        self.bases.get(element.base)?.as_ref().map(|base| base.as_str().to_owned())
    }
}

/// The address in a text that has more in it: a second one, quotes, a link's markup, a message
/// of the server's before it. A text that begins with one may hold blanks.
fn one_of(text: &str) -> &str {
    let text = text.trim();
    let is_address = |word: &str| word.starts_with("https://") || word.starts_with("http://");
    if is_address(text) {
        let mut words = text.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        return if words.next().is_some_and(is_address) { first } else { text };
    }
    if !text.contains("://") || !text.contains(['"', '<', ' ', '\n']) {
        return text;
    }
    let parts = text.split(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '"' | '<' | '>'));
    parts.into_iter().find(|part| is_address(part)).unwrap_or(text)
}

/// What is pasted along with an address, and nobody sees.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether an address begins with a scheme and an authority, or is mail.
fn has_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            && (rest.starts_with("//") || matches!(scheme, "mailto" | "tag" | "tel" | "data" | "magnet"))
    })
}

/// Media types whose text is base64 (RFC 4287 §4.1.3.3).
fn is_binary(kind: &str) -> bool {
    kind.contains('/') && !kind.starts_with("text/") && !kind.ends_with("+xml") && !kind.ends_with("/xml")
}

/// Media types that are no text in any coding.
fn is_file(kind: &str) -> bool {
    ["image/", "audio/", "video/", "font/", "application/octet-stream", "application/zip", "application/pdf"]
        .iter()
        .any(|file| kind.starts_with(file))
}

fn from_base64(written: &str) -> Option<String> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let compact: String = written.split_ascii_whitespace().collect();
    match LENIENT.decode(compact) {
        Ok(bytes) => String::from_utf8(bytes).ok().map(|text| text.trim().to_owned()),
        Err(_) => Some(written.to_owned()),
    }
}
