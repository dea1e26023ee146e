//! The bytes of a feed → a [`FeedDocument`], whatever format they claim to be in.
//!
//! In: bytes and the server's content type. Out: everything the feed says, raw, with
//! a problem for each fault that was mended, or what the bytes are instead of a feed.
//! RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, CDF, JSON Feed 1.0 and 1.1. Bounded
//! in depth, entries, elements, text and entities; opens nothing that a document names.

mod attributes;
mod caps;
mod channel;
mod document;
mod elements;
mod entities;
mod entry;
mod extensions;
mod json_feed;
mod links;
mod markup;
mod names;
mod opml;
mod person;
mod sniff;
mod spaces;
mod tokens;
mod twice;
mod xml;

pub use caps::KEYWORD_ENDS;
pub use document::{
    FeedDocument, Hints, Link, NotAFeed, NotAFeedKind, RawCategory, RawChannel, RawEnclosure, RawEntry,
    RawExtension, RawOrigin, RawPerson, Text,
};
pub(crate) use entities::unescape;
pub use opml::{Subscription, Subscriptions, subscriptions};

use crate::model::{Problem, printable};
use crate::parse::charset::{self, Decoded};
use names::Field;
use std::borrow::Cow;

/// How a file begins that gzip has made.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Reads a feed.
///
/// `content_type` is the header as the server sent it (its charset counts, its media
/// type doesn't: servers are wrong about it too often); `url` is where the bytes came
/// from after redirects, what relative addresses count from.
///
/// # Errors
/// [`NotAFeed`] where the bytes are something else; a broken feed is not an error.
pub fn parse(body: &[u8], content_type: Option<&str>, url: &str) -> Result<FeedDocument, NotAFeed> {
    read(body, content_type, url).map_err(|error| NotAFeed { message: printable(error.message), ..error })
}

fn read(body: &[u8], content_type: Option<&str>, url: &str) -> Result<FeedDocument, NotAFeed> {
    if body.starts_with(&GZIP) {
        let message = "this is still compressed (gzip), not a feed".to_owned();
        return Err(NotAFeed { kind: NotAFeedKind::Other, message });
    }
    let decoded = charset::decode(body, content_type.and_then(charset_of));
    let may_be_twice = charset::may_be_encoded_twice(&decoded.text);
    let text = without_controls(&decoded.text, may_be_twice);
    let text = entities::with_pairs_joined(&text).map_or(text, Cow::Owned);
    let mut document = match sniff::sniff(&text, url)? {
        sniff::Found::Xml(start) => xml::read(text.get(start..).unwrap_or_default(), url),
        sniff::Found::Json => match json_feed::read(&text, url) {
            Ok(document) => document,
            // A log's lines before the root may look like JSON.
            Err(error) => {
                let start = sniff::root_behind(&text).ok_or(error)?;
                xml::read(text.get(start..).unwrap_or_default(), url)
            }
        },
    };
    if document.format.is_empty() {
        let message = "this is not a feed; its first element can't be read".to_owned();
        return Err(NotAFeed { kind: NotAFeedKind::Other, message });
    }
    document.problems.extend(decoding_problem(&decoded, url));
    if may_be_twice && twice::mend(&mut document) {
        let message = "the text was encoded as UTF-8 twice, and was decoded twice";
        document.problems.push(Problem::warning(url, message));
    }
    match servers_own_error(&document) {
        Some(error) => Err(error),
        None => Ok(document),
    }
}

/// RSS-Bridge reports its own failures as an entry of the feed, which has no other then:
/// `Bridge returned error 404! (20453)`.
fn servers_own_error(document: &FeedDocument) -> Option<NotAFeed> {
    let mut titles = document.entries.iter().filter_map(|entry| entry.title.as_ref());
    let title = titles.find(|title| is_error_of_bridge(title.value.trim()))?.value.trim();
    Some(NotAFeed {
        kind: NotAFeedKind::Other,
        message: format!("an entry of it is the server's own error: `{}`", markup::cut(title, 200)),
    })
}

fn is_error_of_bridge(title: &str) -> bool {
    let Some(rest) = title.strip_prefix("Bridge returned error") else { return false };
    let rest = rest.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit());
    let rest = rest.trim_start_matches(['!', ':', '.', ' ']);
    rest.is_empty() || rest.starts_with('(') && rest.ends_with(')')
}

fn charset_of(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

fn decoding_problem(decoded: &Decoded, url: &str) -> Option<Problem> {
    decoded.had_errors.then(|| {
        let message = format!("some bytes are not valid {} and were replaced", decoded.encoding);
        Problem::warning(url, message)
    })
}

/// The text without the characters that XML has no place for, its lines ended by `\n`
/// (XML 1.0 §2.11); those of U+0080 to U+009F are windows-1252 that was taken for
/// Latin-1 on its way. Of these `keeps_latin` keeps those that stand for nothing.
fn without_controls(text: &str, keeps_latin: bool) -> Cow<'_, str> {
    if !needs_cleaning(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let kept = |letter: char| match letter {
        '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => None,
        '\u{80}'..='\u{9f}' => {
            entities::from_windows_1252(u32::from(letter)).or(Some(letter).filter(|_| keeps_latin))
        }
        other => Some(other),
    };
    Cow::Owned(text.chars().filter_map(kept).collect())
}

/// Whether UTF-8 holds control characters, carriage returns, or U+FFFE and U+FFFF.
/// Without a branch inside: most feeds hold none, and are long.
#[expect(clippy::needless_bitwise_bool, reason = "lazy operators would branch at every byte")]
fn needs_cleaning(bytes: &[u8]) -> bool {
    let second = bytes.get(1..).unwrap_or_default();
    let third = bytes.get(2..).unwrap_or_default();
    let control =
        bytes.iter().fold(false, |found, byte| found | (*byte < 0x20) & (*byte != 9) & (*byte != 10));
    let latin =
        bytes.iter().zip(second).fold(false, |found, (one, two)| found | (*one == 0xc2) & (*two < 0xa0));
    let last =
        bytes.iter().zip(second).zip(third).fold(false, |found, ((one, two), three)| {
            found | (*one == 0xef) & (*two == 0xbf) & (*three >= 0xbe)
        });
    control | latin | last
}

/// The format that a root element stands for, and whether texts are plain by default.
fn format_of(root: Field, name: &str, version: &str, raw: &str) -> Option<(String, bool)> {
    let number = version
        .chars()
        .all(|letter| letter.is_ascii_digit() || letter == '.')
        .then_some(version)
        .filter(|version| !version.is_empty() && version.len() <= 8);
    match root {
        Field::Root if name.to_ascii_lowercase().ends_with("rdf") => {
            let old = raw.contains("my.netscape.com/rdf") || raw.contains("channel.netscape.com");
            Some((if old { "rss 0.90" } else { "rss 1.0" }.to_owned(), false))
        }
        Field::Root => {
            Some((number.map_or("rss".to_owned(), |number| format!("rss {}", canonical(number))), false))
        }
        Field::Feed => {
            let old = raw.contains("purl.org/atom") || matches!(number, Some("0.1" | "0.2" | "0.3"));
            let new = raw.contains("w3.org/2005/Atom");
            let format = match (old && !new, number) {
                (true, Some(number)) => format!("atom {number}"),
                (true, None) => "atom 0.3".to_owned(),
                (false, _) => "atom 1.0".to_owned(),
            };
            Some((format, true))
        }
        // An entry that is a document of its own (RFC 4287 §2).
        Field::Entry if raw.contains("w3.org/2005/Atom") => Some(("atom 1.0".to_owned(), true)),
        Field::Channel => {
            Some((if raw.to_ascii_lowercase().contains("href") { "cdf" } else { "rss" }.to_owned(), false))
        }
        _ => None,
    }
}

fn canonical(version: &str) -> &str {
    match version {
        "2" | "2.00" | "2.0.0" | "2.0.1" => "2.0",
        "1" => "1.0",
        other => other,
    }
}
