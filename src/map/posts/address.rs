//! Writing addresses as the generators' URL libraries do.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization;

/// Everything but RFC 3986's `pchar` and `/`.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Everything but what JavaScript's `encodeURI` keeps.
const ENCODE_URI: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'#');

/// A path as Ruby's Addressable normalises it: NFC, percent-encoded, what is encoded already kept.
pub(super) fn path(text: &str) -> String {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'-' | b'_'))
    {
        return text.to_owned();
    }
    let text: String = text.nfc().collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.as_str();
    while let Some(start) = rest.find('%') {
        let (before, from) = rest.split_at(start);
        encode(before, PATH, &mut out);
        let code = from
            .get(1..3)
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if let Some(code) = code {
            push_code(code, &mut out);
            rest = from.get(3..).unwrap_or_default();
        } else {
            out.push_str("%25");
            rest = from.get(1..).unwrap_or_default();
        }
    }
    encode(rest, PATH, &mut out);
    out
}

/// Unreserved characters are never encoded, others in upper case.
fn push_code(code: &str, out: &mut String) {
    match u8::from_str_radix(code, 16) {
        Ok(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') => {
            out.push(char::from(byte));
        }
        _ => {
            out.push('%');
            out.push_str(&code.to_ascii_uppercase());
        }
    }
}

fn encode(text: &str, set: &'static AsciiSet, out: &mut String) {
    let _ = write!(out, "{}", utf8_percent_encode(text, set));
}

/// JavaScript's `encodeURI(unescape(text))`, as hexo-util's `encodeURL`.
pub(super) fn encode_uri(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let mut out = String::with_capacity(decoded.len() + 16);
    encode(&decoded, ENCODE_URI, &mut out);
    out
}

/// `//` squeezed to `/`.
pub(super) fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '/' || !out.ends_with('/') {
            out.push(character);
        }
    }
    out
}

/// An address within a site, made absolute; `None` where that can't be.
pub(super) fn absolute(target: &str, base: &str, scheme: &str) -> Option<String> {
    let target = target.trim();
    if let Some(rest) = target.strip_prefix("//") {
        return url::Url::parse(&format!("{scheme}://{rest}"))
            .ok()
            .map(String::from);
    }
    let url = match url::Url::parse(target) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => url::Url::parse(base).ok()?.join(target).ok()?,
        Err(_) => return None,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}
