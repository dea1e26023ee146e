//! Writing addresses as the generators' URL libraries do.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use regex::Regex;
use std::fmt::Write as _;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use url::{ParseError, Url};

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
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'-' | b'_')) {
        return text.to_owned();
    }
    let text: String = text.nfc().collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.as_str();
    while let Some(start) = rest.find('%') {
        let (before, from) = rest.split_at(start);
        encode(before, PATH, &mut out);
        let code = from.get(1..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
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

/// A path as Go's `net/url` writes it: as it stands where every character may stand
/// there, else escaped as a whole.
pub(super) fn go_path(text: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@%".contains(&byte);
    if text.bytes().all(|byte| stays(byte) || b"!'()*[]".contains(&byte)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if stays(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `[\p{M}\p{L}\p{Nd}]`.
pub(super) fn is_letter(character: char) -> bool {
    static OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{M}\p{L}\p{Nd}]$").ok());
    match character {
        '\0'..='\x7f' => character.is_ascii_alphanumeric(),
        '\u{4e00}'..='\u{9fff}' => true,
        _ => OTHERS.as_ref().is_some_and(|others| others.is_match(character.encode_utf8(&mut [0; 4]))),
    }
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

/// Where a site stands, and what its relative addresses count from.
#[derive(Debug, Clone, Default)]
pub(super) struct Home {
    /// Address and base path without a last slash; empty when unknown.
    pub(super) base: String,
    /// Everything relative counts from the base, as with Jekyll, never from the post.
    pub(super) is_rooted: bool,
}

impl Home {
    /// An address that a post names in its metadata, made absolute; `None` where that
    /// can't be. `/x` counts from the base path, unless it begins with that already.
    pub(super) fn absolute(&self, target: &str, page: &str) -> Option<String> {
        let target = target.trim();
        if let Some(rest) = target.strip_prefix("//") {
            let scheme = if self.base.starts_with("http:") { "http" } else { "https" };
            return Url::parse(&format!("{scheme}://{rest}")).ok().map(String::from);
        }
        match Url::parse(target) {
            Ok(url) => matches!(url.scheme(), "http" | "https").then(|| url.into()),
            Err(ParseError::RelativeUrlWithoutBase) => self.join(target, page).map(String::from),
            Err(_) => None,
        }
    }

    /// The same, relative ones counted from the base.
    pub(super) fn based(&self, target: &str) -> Option<String> {
        Self { base: self.base.clone(), is_rooted: true }.absolute(target, "")
    }

    fn join(&self, target: &str, page: &str) -> Option<Url> {
        if !target.starts_with('/') && !self.is_rooted {
            return Url::parse(page).ok()?.join(target).ok();
        }
        let base = Url::parse(&self.base).ok()?;
        let folder = base.path().trim_end_matches('/');
        let target = target.trim_start_matches("./");
        let is_whole = target.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let slash = if target.starts_with('/') { "" } else { "/" };
        if is_whole { base.join(target).ok() } else { base.join(&format!("{folder}{slash}{target}")).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_count_from_the_base_path() {
        let home = |is_rooted| Home { base: "https://example.org/blog".into(), is_rooted };
        let page = "https://example.org/blog/2024/post/";
        for (target, jekyll, hexo) in [
            ("/i.png", "https://example.org/blog/i.png", "https://example.org/blog/i.png"),
            ("/blog/i.png", "https://example.org/blog/i.png", "https://example.org/blog/i.png"),
            (
                "图 1.png",
                "https://example.org/blog/%E5%9B%BE%201.png",
                "https://example.org/blog/2024/post/%E5%9B%BE%201.png",
            ),
            (
                "//cdn.example.net/i.png?a=1",
                "https://cdn.example.net/i.png?a=1",
                "https://cdn.example.net/i.png?a=1",
            ),
        ] {
            assert_eq!(home(true).absolute(target, page).as_deref(), Some(jekyll));
            assert_eq!(home(false).absolute(target, page).as_deref(), Some(hexo));
        }
        assert_eq!(home(true).absolute("javascript:alert(1)", page), None);
        assert_eq!(Home::default().absolute("i.png", ""), None);
    }
}
