//! Addresses → what tells them apart.
//!
//! In: an address as somebody wrote it. Out: a form that is the same for two spellings of
//! one address; never put out, never asked. Only `http` and `https` have such a form:
//! anything else is compared as it stands.

use std::borrow::Cow;
use std::fmt::Write;
use url::Url;

/// Parameters that say where a reader came from, not what there is to read.
const TRACKING: [&str; 29] = [
    "fbclid",
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "msclkid",
    "yclid",
    "ysclid",
    "twclid",
    "ttclid",
    "srsltid",
    "igshid",
    "igsh",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "vero_id",
    "wickedid",
    "epik",
    "spm",
    "ref_src",
    "cmpid",
    "xtor",
    "_hsenc",
    "_hsmi",
    "_ga",
    "_gl",
    "at_medium",
    "at_campaign",
];

/// How such parameters begin.
const TRACKING_FAMILIES: [&str; 6] = ["utm_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_"];

/// Parameters that say who is reading: a number for each visit.
const SESSION: [&str; 8] =
    ["phpsessid", "jsessionid", "sessionid", "session_id", "cfid", "cftoken", "oscsid", "zenid"];

/// A `sid` so long is a session; a shorter one may be a story's number.
const SESSION_LENGTH: usize = 16;

/// Scheme, `www.` and last slash apart, and what RFC 3986 calls equivalent: the host's case and
/// a default port (§6.2.3), percent-encoding in either case or where none is needed (§6.2.2).
pub fn canonical(address: &str) -> String {
    let address = address.trim();
    web(address).unwrap_or_else(|| address.strip_suffix('/').unwrap_or(address).to_owned())
}

/// The same without parameters that change from visit to visit. A home page keeps them: what
/// leads there has nothing else to be told apart by.
pub(crate) fn fixed(address: &str) -> String {
    let address = address.trim();
    let Some(whole) = web(address) else { return canonical(address) };
    match untracked(&whole) {
        Cow::Owned(bare) if bare.contains(['/', '?', '#']) => bare,
        _ => whole,
    }
}

/// An address without the parameters that say how a reader came to it or who that is, and
/// without a fragment of such.
pub(crate) fn untracked(address: &str) -> Cow<'_, str> {
    if !address.contains('=') || !address.contains(['?', '#', ';']) {
        return Cow::Borrowed(address);
    }
    let (whole, fragment) = address.split_once('#').unwrap_or((address, ""));
    let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !moves(pair)).collect();
    let mut bare = without_session(path).to_owned();
    if !kept.is_empty() {
        bare = format!("{bare}?{}", kept.join("&"));
    }
    if !fragment.is_empty() && !fragment.split('&').all(moves) {
        bare = format!("{bare}#{fragment}");
    }
    Cow::Owned(bare)
}

/// `/a;jsessionid=1` without that (Java Servlet 3.1 §7.1.3).
fn without_session(path: &str) -> &str {
    path.split_once(';').filter(|(_, parameter)| moves(parameter)).map_or(path, |(path, _)| path)
}

fn moves(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    let is_session = SESSION.contains(&name)
        || name.starts_with("aspsessionid")
        || matches!(name, "sid" | "s")
            && value.len() >= SESSION_LENGTH
            && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && value.bytes().any(|byte| byte.is_ascii_digit());
    is_session || TRACKING.contains(&name) || TRACKING_FAMILIES.iter().any(|family| name.starts_with(family))
}

fn web(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let default_port = if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else if scheme.eq_ignore_ascii_case("http") {
        ":80"
    } else {
        return None;
    };
    // Escaped twice, as some write it in a guid.
    let rest = if rest.contains("&amp;") { Cow::Owned(rest.replace("&amp;", "&")) } else { rest.into() };
    let (host, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = ascii(host.trim_matches([':', ' ']));
    let host = host.strip_suffix(default_port).unwrap_or(&host).trim_matches([':', ' ']);
    let mut out = host.strip_prefix("www.").unwrap_or(host).to_owned();
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    push(&mut out, path.trim_end_matches('/'));
    for (mark, part) in [('?', query), ('#', fragment)] {
        let part = part.trim_end_matches('/');
        if !part.is_empty() {
            out.push(mark);
            push(&mut out, part);
        }
    }
    Some(out)
}

/// A host in lower case, and as the DNS has it where it is written in other letters.
fn ascii(host: &str) -> String {
    if !host.is_ascii()
        && let Ok(url) = Url::parse(&format!("ftp://{host}"))
        && let Some(name) = url.host_str()
    {
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        return format!("{name}{port}");
    }
    host.to_ascii_lowercase()
}

/// Letters, digits and `-._~` as they are, whatever else is encoded in upper case.
fn push(out: &mut String, part: &str) {
    let is_as_it_is = |byte: u8| byte.is_ascii_graphic() && !b"%\"<>\\^`{|}".contains(&byte);
    let bytes = part.as_bytes();
    if bytes.iter().all(|byte| is_as_it_is(*byte)) {
        out.push_str(part);
        return;
    }
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if let (b'%', [high, low, behind @ ..]) = (first, after)
            && let Some(byte) = byte_of(*high, *low)
        {
            rest = behind;
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                encode(out, byte);
            }
        } else if is_as_it_is(first) {
            out.push(char::from(first));
        } else {
            encode(out, first);
        }
    }
}

fn encode(out: &mut String, byte: u8) {
    // Writing to a string does not fail.
    let _ = write!(out, "%{byte:02X}");
}

fn byte_of(high: u8, low: u8) -> Option<u8> {
    let digit = |letter: u8| char::from(letter).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_compared_without_what_is_equivalent() {
        for (one, other) in [
            ("http://www.Example.org/a/", "https://example.org/a"),
            ("https://example.org/", "http://example.org"),
            ("tag:example.org,2026:1", "tag:example.org,2026:1"),
            ("https://example.org/%e4%b8%ad", "https://example.org/%E4%B8%AD"),
            ("https://example.org/%E4%B8%AD?q=%c3%a4#%e4", "https://example.org/中?q=ä#%E4"),
            ("https://example.org/%7euser/a%2dB", "https://example.org/~user/a-B"),
            ("https://example.org/a b", "https://example.org/a%20b"),
            ("https://example.org:443/1", "https://example.org/1"),
            ("http://example.org:80/1", "https://example.org:/1"),
            ("https://müller.example/1", "https://xn--mller-kva.example/1"),
            ("https://example.org/?p=1&amp;q=2", "https://example.org?p=1&q=2"),
            ("https://example.org/a/?p=1", "https://example.org/a?p=1"),
            ("https://example.org/a#", "https://example.org/a?"),
        ] {
            assert_eq!(canonical(one), canonical(other));
        }
        for (one, other) in [
            ("https://example.org/A", "https://example.org/a"),
            ("https://example.org/a%2Fb", "https://example.org/a/b"),
            ("https://example.org/a%25", "https://example.org/a"),
            ("https://example.org:8443/1", "https://example.org/1"),
            ("https://example.org:80/1", "https://example.org/1"),
            ("https://example.org/a?p=1", "https://example.org/a?p=2"),
            ("https://example.org/a#1", "https://example.org/a#2"),
        ] {
            assert_ne!(canonical(one), canonical(other));
        }
    }

    #[test]
    fn what_changes_from_visit_to_visit_tells_nothing_apart() {
        for (address, expected) in [
            ("https://example.org/a?utm_source=rss&utm_campaign=c2", "example.org/a"),
            ("https://example.org/a/?id=7&fbclid=x#utm_source=rss", "example.org/a?id=7"),
            ("https://example.org/a#xtor=RSS-1", "example.org/a"),
            ("https://example.org/a;jsessionid=0A1B?id=7", "example.org/a?id=7"),
            ("https://example.org/a?PHPSESSID=x", "example.org/a"),
            ("https://example.org/a?sid=0123456789abcdef0123456789abcdef", "example.org/a"),
            ("https://example.org/a?sid=123", "example.org/a?sid=123"),
            ("https://example.org/?s=long-words-to-look-for-1", "example.org?s=long-words-to-look-for-1"),
            ("https://example.org/a;v=2?id=7", "example.org/a;v=2?id=7"),
            ("https://example.org/a?ref=home#part=2", "example.org/a?ref=home#part=2"),
            ("https://example.org/?utm_content=post-1", "example.org?utm_content=post-1"),
            ("urn:x?utm_source=1", "urn:x?utm_source=1"),
        ] {
            assert_eq!(fixed(address), expected, "{address}");
        }
    }

    proptest! {
        #[test]
        fn a_form_has_no_other_form(address in "https?://[a-zA-Zäß]{1,6}(\\.[a-z]{1,3})?(:[0-9]{1,4})?([/?#][/?#&=;%a-fA-F0-9中 \\-_]{0,24})?") {
            let form = canonical(&address);
            let again = format!("https://{form}");
            prop_assert_eq!(canonical(&again), form);
            let _ = fixed(&address);
        }
    }
}
