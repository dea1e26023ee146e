//! Addresses and ids as every reader takes them.
//!
//! In: an absolute URL, or an id. Out: a URI in ASCII (RFC 3986), or nothing. Never
//! resolves a relative one.

use crate::publish::text;
use url::Url;
use uuid::Uuid;

/// Schemes that a link may have; `javascript:` and its kind never get out.
const SCHEMES: [&str; 8] = ["http", "https", "ftp", "mailto", "news", "tel", "xmpp", "geo"];

/// What a URI may hold as it is; a `[` elsewhere than around a host may not.
const PLAIN: &[u8] = b";/?:@&=+$.-_!~*'(),";

/// An absolute address as a URI: a host in punycode, all else beyond ASCII
/// percent-encoded, everything that was fine as it was. `None` where it isn't absolute
/// or its scheme isn't one to follow.
pub fn address(written: &str) -> Option<String> {
    let written: String = written.trim().chars().filter(|char| !char.is_control()).collect();
    let parsed = Url::parse(&written).ok()?;
    if !SCHEMES.contains(&parsed.scheme()) {
        return None;
    }
    let keep = authority(&written)
        .is_some_and(|(host, rest)| is_plain_authority(host) && (rest.is_empty() || rest.starts_with('/')));
    let url = if keep { written } else { parsed.to_string() };
    Some(encoded(&url))
}

/// [`address`] of one that may not be there.
pub(super) fn maybe(written: Option<&str>) -> Option<String> {
    written.and_then(address)
}

/// The authority of a URL and what follows it.
fn authority(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme))?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

fn is_plain_authority(host: &str) -> bool {
    !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_~:@[]!$&'()*+,;=".contains(&byte))
}

/// The same with everything percent-encoded that a URI can't hold, and a `%` that
/// begins no triplet.
fn encoded(url: &str) -> String {
    let host =
        authority(url).map_or(0, |(host, rest)| if host.contains('[') { url.len() - rest.len() } else { 0 });
    let (head, rest) = url.split_at(host);
    let mut written = head.to_owned();
    let mut in_fragment = false;
    for (place, byte) in rest.bytes().enumerate() {
        let triplet = || {
            rest.as_bytes()
                .get(place + 1..place + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let plain = match byte {
            b'%' => triplet(),
            b'#' => !std::mem::replace(&mut in_fragment, true),
            _ => byte.is_ascii_alphanumeric() || PLAIN.contains(&byte),
        };
        if plain {
            written.push(char::from(byte));
        } else {
            written.push_str(percent_encoding::percent_encode_byte(byte));
        }
    }
    written
}

/// An id as Atom carries it: an absolute IRI as it is, where it is one that readers can
/// compare letter by letter (RFC 4287 §4.2.6.1): a web address in its canonical form
/// (`https://host` gets its slash, `%e4` is `%E4`, what isn't ASCII is encoded), a
/// `urn:` or `tag:` that is well-formed. Anything else becomes `urn:uuid:`, version 5
/// of the id itself, also what would run where a reader takes the id for a link.
pub fn atom_iri(id: &str) -> String {
    let id = text::legal(id);
    let id = id.trim();
    let fine = match id.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest)) {
        Some((scheme, _)) if matches!(scheme.as_str(), "http" | "https" | "ftp") => canonical(id),
        Some((scheme, rest)) if scheme == "urn" => is_urn(rest).then(|| id.to_owned()),
        Some((scheme, rest)) if scheme == "tag" => is_tag(rest).then(|| id.to_owned()),
        Some((scheme, _)) if matches!(scheme.as_str(), "javascript" | "vbscript" | "data") => None,
        Some((scheme, rest)) => {
            (is_scheme(&scheme) && !rest.is_empty() && is_uri_text(rest)).then(|| id.to_owned())
        }
        None => None,
    };
    fine.unwrap_or_else(|| urn(id))
}

/// What stands for an id that can't be carried.
pub(super) fn urn(id: &str) -> String {
    format!("urn:uuid:{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, id.as_bytes()))
}

/// RFC 3986 §6.2.2: case, percent-encoding, dot segments, the port that goes without saying.
fn canonical(id: &str) -> Option<String> {
    let url = encoded(Url::parse(id).ok()?.as_str());
    let mut written = String::with_capacity(url.len());
    let mut rest = url.as_str();
    while let Some(place) = rest.find('%') {
        written.push_str(&rest[..place]);
        let triplet = rest.get(place..place + 3)?;
        let byte = u8::from_str_radix(triplet.get(1..)?, 16).ok()?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&triplet.to_ascii_uppercase());
        }
        rest = rest.get(place + 3..)?;
    }
    written.push_str(rest);
    Some(written)
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|char: char| char.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_uri_text(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'%' || byte == b'#' || PLAIN.contains(&byte))
}

/// RFC 8141 as far as validators know it.
fn is_urn(rest: &str) -> bool {
    let Some((space, name)) = rest.split_once(':') else {
        return false;
    };
    if space.eq_ignore_ascii_case("uuid") {
        return name.len() == 36 && Uuid::try_parse(name).is_ok();
    }
    (2..=32).contains(&space.len())
        && space.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !space.starts_with('-')
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"()+,.:=@;$_!*'-".contains(&byte))
}

/// RFC 4151: `tag:` host or mail address, a date (`2026`, `2026-11`, `2026-11-21`), a name.
fn is_tag(rest: &str) -> bool {
    let Some((entity, name)) = rest.split_once(':') else {
        return false;
    };
    let Some((authority, date)) = entity.split_once(',') else {
        return false;
    };
    let digits =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = date.split('-');
    let dated = parts.next().is_some_and(|year| digits(year, 4))
        && parts.clone().count() <= 2
        && parts.all(|part| digits(part, 2));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let lower = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || more.contains(&byte))
    };
    dated
        && lower(host, b".-")
        && authority.split_once('@').is_none_or(|(user, _)| lower(user, b".-_"))
        && is_uri_text(name)
}

/// Whether the W3C validator takes this for the address of an enclosure: a web address
/// with a dotted host.
pub(super) fn is_enclosure_address(url: &str) -> bool {
    let Some((host, _)) = authority(url) else {
        return false;
    };
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    url.starts_with("http")
        && host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
        && !host.rsplit('.').next().is_some_and(|last| last.starts_with('-'))
}
