//! Files that go with entries: what a feed wrote of one → an enclosure.
//!
//! In: an enclosure's words and its absolute address. Out: type, bytes and seconds where
//! they can be read. Never looks at the file itself.

use crate::map::plain;
use crate::model::Enclosure;
use crate::parse::feed::RawEnclosure;

/// As the feed wrote it, in our terms.
pub(super) fn enclosure(written: &RawEnclosure, url: String) -> Enclosure {
    let media_type = written.media_type.as_deref().map(str::trim).map(str::to_ascii_lowercase);
    let media_type = match media_type {
        // Media RSS's `medium`.
        Some(kind) if kind == "image" => picture_type(&url).map(str::to_owned),
        kind => kind.filter(|kind| kind.contains('/')),
    };
    Enclosure {
        url,
        media_type,
        length: written.length.as_deref().and_then(bytes),
        title: written.title.as_deref().and_then(plain::one_line),
        duration_seconds: written.duration.as_deref().and_then(seconds),
    }
}

/// The type of a picture that says no more than that it is one, by its address.
fn picture_type(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next()?;
    let (_, end) = path.rsplit_once('/')?.1.rsplit_once('.')?;
    match end.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        "avif" => Some("image/avif"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// One address written twice: what one of them lacks the other may have.
pub(super) fn complete(known: &mut Enclosure, other: Enclosure) {
    known.media_type = known.media_type.take().or(other.media_type);
    known.length = known.length.filter(|length| *length > 0).or(other.length);
    known.title = known.title.take().or(other.title);
    known.duration_seconds = known.duration_seconds.or(other.duration_seconds);
}

/// The address of the first that is a picture.
pub(super) fn picture_among(enclosures: &[Enclosure]) -> Option<String> {
    let is_picture = |enclosure: &&Enclosure| {
        enclosure.media_type.as_deref().is_some_and(|kind| kind.starts_with("image/"))
    };
    enclosures.iter().find(is_picture).map(|picture| picture.url.clone())
}

/// Digits, with whatever marks between thousands; a fraction falls away.
fn bytes(written: &str) -> Option<u64> {
    let written = match written.split_once('.') {
        Some((whole, part)) if part.len() != 3 && !part.contains(['.', ',']) => whole,
        _ => written,
    };
    let digits: String =
        written.trim().chars().filter(|letter| !matches!(letter, ',' | '.' | ' ' | '\u{a0}')).collect();
    digits.parse().ok()
}

/// Seconds, or `h:mm:ss`, `m:ss`.
pub(super) fn seconds(written: &str) -> Option<u64> {
    let mut total = 0_u64;
    for part in written.trim().split(':') {
        let whole = part.split('.').next().unwrap_or(part).trim();
        total = total.checked_mul(60)?.checked_add(whole.parse().ok()?)?;
    }
    Some(total)
}
