//! A feed's judge: what validators and readers would say of a document.
//!
//! In: the bytes of a feed (RSS, Atom, JSON Feed, or a list of feeds in OPML), and where
//! they were found. Out: every finding, with line and column. Knows nothing of how we
//! read, clean or write feeds, so that it can judge what we publish; reads no clock, opens
//! nothing, mends nothing.

mod atom;
mod atom_link;
mod atom_text;
mod extensions;
mod found;
mod html;
mod json;
mod json_feed;
mod media;
mod opml;
mod podcast;
mod rss;
mod rss_item;
mod rules;
mod spaces;
mod style;
mod text;
mod value;
mod xml;

pub use found::Finding;
pub use rules::Rule;

use crate::model::Date;
use encoding_rs::Encoding;
use found::{Found, quoted};
use std::borrow::Cow;

/// An XML declaration ends before so many bytes.
const DECLARED: usize = 1024;

/// What is known of a document beside its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The address that it was fetched from, after redirects; its own link must be the same.
    pub location: Option<&'a str>,
    /// The header that it was served with.
    pub content_type: Option<&'a str>,
    /// The moment that dates are measured by; without it no date is in the future.
    pub now: Option<Date>,
}

/// What was found in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// `rss 2.0`, `atom 1.0`, `json feed 1.1`, `opml 2.0`; empty where it is none.
    pub format: String,
    /// What was found, in the order of the document: the first thousand errors and as many
    /// warnings.
    pub findings: Vec<Finding>,
    /// Errors and warnings that were found beyond those.
    pub left_out: (usize, usize),
}

/// Judges a document.
pub fn judge(bytes: &[u8], asked: Asked<'_>) -> Verdict {
    let (text, encoding, fault) = decoded(bytes);
    let mut found = Found::new(&text, asked.now, asked.location);
    if let Some(message) = fault {
        found.add(Rule::BadEncoding, 0, message);
    }
    let format = if text.trim_start().starts_with(['{', '[']) {
        match json::read(&text) {
            Ok(feed) => json_feed::judge(&feed, &mut found),
            Err((at, message)) => {
                found.add(Rule::NotJson, at, message);
                String::new()
            }
        }
    } else {
        in_xml(&text, encoding, &mut found)
    };
    if let Some(content_type) = asked.content_type {
        served_as(content_type, &format, encoding, &mut found);
    }
    Verdict { format, left_out: found.left_out(), findings: found.finish() }
}

fn in_xml(text: &str, encoding: &'static Encoding, found: &mut Found<'_>) -> String {
    let Some(root) = xml::read(text, found) else { return String::new() };
    let format = match (root.space, root.local) {
        (_, "rss") => rss::judge(&root, found),
        ("atom", "feed" | "entry") => atom::judge(&root, found),
        ("http://purl.org/atom/ns#", "feed") => {
            found.add(Rule::WrongNamespace, root.at, "this is Atom 0.3, which was a draft");
            "atom 0.3".to_owned()
        }
        (_, "feed") => {
            found.add(Rule::WrongNamespace, root.at, "`feed` stands outside Atom's namespace");
            String::new()
        }
        ("rdf", "RDF") | ("rss11", "Channel") => {
            found.add(Rule::OldVersion, root.at, "this is RSS 1.0, which is RDF");
            "rss 1.0".to_owned()
        }
        ("", "opml") => opml::judge(&root, found),
        _ => {
            found.add(Rule::NotAFeed, root.at, format!("`<{}>` begins no feed", quoted(&root.name())));
            String::new()
        }
    };
    let is_podcast = text.contains("http://www.itunes.com/dtds/podcast-1.0.dtd");
    if is_podcast && encoding != encoding_rs::UTF_8 {
        found.add(Rule::NotUtf8, 0, format!("this is {}", encoding.name()));
    }
    format
}

/// The encoding that an XML declaration names: nothing else that is called so counts.
fn declared(head: &str) -> Option<&str> {
    let (mut rest, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    loop {
        let (name, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let (value, after) = value.get(1..)?.split_once(quote)?;
        if name.trim() == "encoding" {
            return Some(value);
        }
        rest = after;
    }
}

/// The text, its encoding, and what is wrong with that.
fn decoded(bytes: &[u8]) -> (Cow<'_, str>, &'static Encoding, Option<String>) {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(DECLARED)).unwrap_or_default());
    let named = declared(&head);
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = match (marked, named) {
        (Some(encoding), _) => encoding,
        (None, Some(name)) => {
            let Some(encoding) = Encoding::for_label(name.as_bytes()) else {
                let message = format!("nobody knows the encoding `{}`", quoted(name));
                return (String::from_utf8_lossy(bytes), encoding_rs::UTF_8, Some(message));
            };
            encoding
        }
        (None, None) => encoding_rs::UTF_8,
    };
    let (text, encoding, had_errors) = encoding.decode(bytes);
    let fault = had_errors.then(|| format!("some bytes are not {}", encoding.name()));
    (text, encoding, fault)
}

/// The header that a document was served with.
fn served_as(content_type: &str, format: &str, encoding: &'static Encoding, found: &mut Found<'_>) {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let good: &[&str] = match format.split(' ').next().unwrap_or_default() {
        "rss" => &["application/rss+xml", "application/xml", "text/xml", "application/rdf+xml"],
        "atom" => &["application/atom+xml", "application/xml", "text/xml"],
        "json" => &["application/feed+json", "application/json"],
        "opml" => &["text/x-opml", "application/xml", "text/xml"],
        _ => return,
    };
    if !good.contains(&kind.as_str()) {
        found.add(Rule::WrongType, 0, format!("it is served as `{}`", quoted(content_type)));
    }
    let charset =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    if let Some((_, charset)) = charset
        && Encoding::for_label(charset.trim_matches('"').as_bytes()) != Some(encoding)
    {
        let message = format!(
            "it is served with the charset `{}`, the document is {}",
            quoted(charset.trim_matches('"')),
            encoding.name()
        );
        found.add(Rule::DifferentCharset, 0, message);
    }
}
