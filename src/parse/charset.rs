//! Bytes → text, in the encoding that they are really in.
//!
//! In: the bytes and the charset of the HTTP header. Out: text without a byte order
//! mark, and the encoding's name. Order of trust: byte order mark, the shape of
//! UTF-16 and UTF-32, valid UTF-8, then the labels, then a guess. Never fails:
//! what can't be read becomes U+FFFD, and stray single bytes are read as windows-1252.

mod surrogates;
mod twice;

pub use twice::{encoded_once, may_be_encoded_twice};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How far into the bytes a declaration is looked for.
const HEAD: usize = 1024;
/// So many characters of UTF-8 for one stray byte are no chance.
const SURE: usize = 16;

/// Text, and how it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding that was used, by its WHATWG name (`UTF-32LE`, `UTF-32BE` beside them).
    pub encoding: &'static str,
    /// Whether bytes had to be replaced or read in another encoding than the rest.
    pub had_errors: bool,
}

/// Reads `bytes` as text; `http_charset` is the `charset` of the `Content-Type` header.
pub fn decode(bytes: &[u8], http_charset: Option<&str>) -> Decoded {
    if let Some(decoded) = by_mark(bytes).or_else(|| by_shape(bytes)) {
        return decoded;
    }
    let http = http_charset.and_then(label);
    let declared = declared_label(bytes).and_then(|name| label(&name));
    if http.or(declared) == Some(ISO_2022_JP) && bytes.contains(&0x1b) {
        return with(ISO_2022_JP, bytes);
    }
    // Faster than the standard library on text that isn't ASCII.
    if let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        return clean(text, UTF_8);
    }
    by_label(bytes, http, declared)
}

/// The encoding of a label, by the WHATWG's table, with the spellings that servers add.
fn label(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().trim_matches(['"', '\'']);
    Encoding::for_label(name.as_bytes()).or_else(|| {
        let bare = name.to_ascii_lowercase().replace(['_', ' '], "-");
        let mended = match bare.as_str() {
            "utf-8-sig" | "utf8mb4" | "utf-8-bom" | "unicode-1-1-utf8" => "utf-8",
            "cp936" | "ms936" | "windows-936" | "gb-2312" => "gbk",
            "cp950" | "ms950" => "big5",
            "cp932" | "ms932" | "shiftjis" => "shift_jis",
            "cp949" | "ms949" => "euc-kr",
            "latin-1" | "iso-latin-1" | "ansi" => "windows-1252",
            "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
            "mac-roman" | "macroman" => "macintosh",
            "ms-cyrl" => "windows-1251",
            other => other.strip_prefix("x-").unwrap_or(other),
        };
        Encoding::for_label(mended.as_bytes())
    })
}

/// What the XML declaration calls itself, if bytes of ASCII can be read at all.
fn declared_label(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD.min(bytes.len()))?);
    let declaration = head.split_once("<?xml")?.1.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let (name, _) = value.get(1..)?.split_once(quote)?;
    Some(name.to_owned())
}

/// A byte order mark says what follows, whatever the declaration says.
fn by_mark(bytes: &[u8]) -> Option<Decoded> {
    if let Some(rest) = bytes.strip_prefix(b"\x00\x00\xfe\xff") {
        return Some(utf_32(rest, u32::from_be_bytes, "UTF-32BE"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe\x00\x00") {
        return Some(utf_32(rest, u32::from_le_bytes, "UTF-32LE"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let mut decoded = by_label(rest, None, None);
        if let Ok(text) = simdutf8::basic::from_utf8(rest) {
            decoded = Decoded { text: text.to_owned(), encoding: UTF_8.name(), had_errors: false };
        }
        return Some(decoded);
    }
    let (encoding, mark) = Encoding::for_bom(bytes)?;
    Some(with(encoding, bytes.get(mark..)?))
}

/// UTF-16 and UTF-32 without a mark: the NULs beside the first ASCII characters tell.
fn by_shape(bytes: &[u8]) -> Option<Decoded> {
    let ascii = |byte: &u8| (0x09..0x7f).contains(byte);
    match bytes.get(..4)? {
        [0, 0, 0, last] if ascii(last) => Some(utf_32(bytes, u32::from_be_bytes, "UTF-32BE")),
        [first, 0, 0, 0] if ascii(first) => Some(utf_32(bytes, u32::from_le_bytes, "UTF-32LE")),
        [0, second, 0, fourth] if ascii(second) && ascii(fourth) => Some(with(UTF_16BE, bytes)),
        [first, 0, third, 0] if ascii(first) && ascii(third) => Some(with(UTF_16LE, bytes)),
        _ => None,
    }
}

/// Bytes that aren't UTF-8: the label that reads them without an error, else a guess.
fn by_label(bytes: &[u8], http: Option<&'static Encoding>, declared: Option<&'static Encoding>) -> Decoded {
    let label = http.or(declared);
    if label.is_none_or(|encoding| encoding == UTF_8) {
        let joined = surrogates::joined(bytes);
        if mostly_utf_8(&joined) || label.is_some() && is_cut_utf_8(bytes) {
            return utf_8_with_strays(&joined);
        }
    }
    if all_but_utf_8(bytes) {
        return utf_8_with_strays(bytes);
    }
    // A server's own default, which reads any bytes, yields to what the author wrote.
    let (first, second) = match (http, declared) {
        (Some(server), Some(author)) if server == WINDOWS_1252 => (Some(author), Some(server)),
        pair => pair,
    };
    let labels: Vec<_> = [first, second].into_iter().flatten().filter(|found| is_usable(found)).collect();
    for encoding in &labels {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            return clean(text, encoding);
        }
    }
    if mostly_utf_8(bytes) {
        return utf_8_with_strays(bytes);
    }
    match labels.first() {
        Some(encoding) => with(encoding, bytes),
        None => with(guess(bytes), bytes),
    }
}

/// UTF-8 was tried, and bytes whose declaration is readable as ASCII aren't UTF-16.
fn is_usable(encoding: &'static Encoding) -> bool {
    encoding.is_ascii_compatible() && encoding != UTF_8
}

/// Whether what isn't ASCII is UTF-8 in the main: bytes of another encoding seldom
/// make a valid sequence, so each that does counts for two that don't. Where never
/// more than two stray bytes stand side by side, as in the languages of Latin-1, one
/// is enough.
fn mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut stray, mut run, mut longest) = (0_usize, 0_usize, 0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        stray += usize::from(!chunk.invalid().is_empty());
        run = chunk.invalid().len() + if chunk.valid().is_empty() { run } else { 0 };
        longest = longest.max(run);
    }
    good * 2 > stray || good > 0 && longest <= 2
}

/// Whether all that isn't ASCII are characters of UTF-8 that were cut in the middle, as a
/// program does that counts bytes.
fn is_cut_utf_8(bytes: &[u8]) -> bool {
    let mut before = None;
    bytes.utf8_chunks().all(|chunk| {
        before = chunk.valid().chars().next_back().or(before);
        match chunk.invalid() {
            [] => chunk.valid().is_ascii(),
            cut => chunk.valid().is_ascii() && is_cut(cut, before),
        }
    })
}

/// Whether bytes begin a character of UTF-8 and do not end it. What stands in Latin-1 for the
/// first of two bytes are capital letters, which end no word that has small ones.
fn is_cut(bytes: &[u8], before: Option<char>) -> bool {
    let is_within_word =
        || before.is_some_and(|letter| letter.is_lowercase() || letter.is_alphabetic() && !letter.is_ascii());
    match bytes {
        [0xc2..=0xde] => is_within_word(),
        [0xe0..=0xef, _] | [0xf0..=0xf4, _, ..] => true,
        _ => false,
    }
}

/// Whether what isn't ASCII is UTF-8 but for single bytes, whatever a label says: two feeds
/// put into one by a program that knows of no encodings.
fn all_but_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut stray) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        stray += usize::from(!chunk.invalid().is_empty());
    }
    good > SURE && good > SURE * stray
}

/// UTF-8 in which some bytes stand for themselves in windows-1252.
fn utf_8_with_strays(bytes: &[u8]) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        let ends_word = chunks
            .peek()
            .is_some_and(|next| next.valid().starts_with(|first: char| first.is_ascii_whitespace()));
        text.push_str(chunk.valid());
        let before = text.chars().next_back();
        if matches!(chunk.invalid(), [_]) && is_cut(chunk.invalid(), before) {
            text.push('\u{fffd}');
        } else {
            text.push_str(&stray(chunk.invalid(), ends_word));
        }
    }
    Decoded { text, encoding: UTF_8.name(), had_errors: true }
}

/// A single byte above ASCII is windows-1252, and so are a letter and a quotation mark
/// that end a word; the rest of a broken or overlong sequence is not a character,
/// least of all `<`.
fn stray(bytes: &[u8], ends_word: bool) -> Cow<'_, str> {
    match bytes {
        [] => Cow::Borrowed(""),
        [0xe0..=0xef, 0x91..=0x94] if ends_word => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        [0xc0 | 0xc1 | 0xf5..=0xff] | [_, _, ..] => Cow::Borrowed("\u{fffd}"),
        _ => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    Decoded { had_errors, ..clean(text, encoding) }
}

fn clean(text: Cow<'_, str>, encoding: &'static Encoding) -> Decoded {
    Decoded { text: text.into_owned(), encoding: encoding.name(), had_errors: false }
}

fn utf_32(bytes: &[u8], number: fn([u8; 4]) -> u32, name: &'static str) -> Decoded {
    let mut had_errors = !bytes.len().is_multiple_of(4);
    let text = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|unit| {
            char::from_u32(number(*unit)).unwrap_or_else(|| {
                had_errors = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    Decoded { text, encoding: name, had_errors }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], http: Option<&str>) -> (String, &'static str, bool) {
        let decoded = decode(bytes, http);
        (decoded.text, decoded.encoding, decoded.had_errors)
    }

    fn declared(label: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>").into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn valid_utf_8_wins_over_every_label() {
        let bytes = declared("gbk", "中文".as_bytes());
        let (text, encoding, had_errors) = read(&bytes, Some("iso-8859-1"));
        assert!(text.ends_with("?>中文"));
        assert_eq!((encoding, had_errors), ("UTF-8", false));
    }

    #[test]
    fn a_mark_wins_over_the_declaration() {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend("<?xml encoding='utf-8'?>é".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(read(&bytes, Some("utf-8")), ("<?xml encoding='utf-8'?>é".to_owned(), "UTF-16LE", false));
    }

    #[test]
    fn utf_16_and_utf_32_are_known_without_a_mark() {
        let text = "<rss>中</rss>";
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&big, None), (text.to_owned(), "UTF-16BE", false));
        let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(read(&wide, None), (text.to_owned(), "UTF-32LE", false));
    }

    #[test]
    fn labels_are_read_and_a_servers_default_yields_to_the_author() {
        let body = encoding_rs::GBK.encode("中文频道").0;
        let bytes = declared("gb2312", &body);
        let (text, encoding, _) = read(&bytes, Some("ISO-8859-1"));
        assert!(text.ends_with("中文频道"), "{text}");
        assert_eq!(encoding, "GBK");
        let (text, encoding, _) = read(&declared("nonsense", &body), Some("\"x-gbk\""));
        assert!(text.ends_with("中文频道"), "{text}");
        assert_eq!(encoding, "GBK");
    }

    #[test]
    fn latin_1_means_windows_1252_and_stray_bytes_do_too() {
        assert_eq!(read(b"\x93caf\xe9\x94", Some("iso-8859-1")).0, "\u{201c}café\u{201d}");
        let mut bytes = "naïve — ".as_bytes().to_vec();
        bytes.extend_from_slice(b"it\x92s \xc0\xbc");
        assert_eq!(read(&bytes, None), ("naïve — it\u{2019}s \u{fffd}¼".to_owned(), "UTF-8", true));
    }

    #[test]
    fn a_character_that_was_cut_is_none_of_another_encoding() {
        for (body, meant) in [
            (&b"He said \xe2\x80</title>"[..], "He said \u{fffd}</title>"),
            (b"caf\xc3</title>", "caf\u{fffd}</title>"),
            (b"x \xf0\x9f\x98</title>", "x \u{fffd}</title>"),
            ("Новости дн\u{439}".as_bytes().strip_suffix(b"\xb9").unwrap(), "Новости дн\u{fffd}"),
            // What is Latin-1 under a wrong label stays so.
            (b"caf\xe9 cr\xe8me</title>", "café crème</title>"),
            (b"stra\xdfe</title>", "straße</title>"),
        ] {
            let (text, _, _) = read(&declared("utf-8", body), None);
            assert!(text.ends_with(&format!("?>{meant}")), "{text}");
        }
    }

    #[test]
    fn halves_of_surrogate_pairs_are_joined() {
        let emoji = b"\xed\xa0\xbd\xed\xb8\x80";
        let body = [b"Gr\xc3\xb6\xc3\x9fe ".as_slice(), emoji, b" x"].concat();
        assert!(read(&declared("utf-8", &body), None).0.ends_with("?>Größe \u{1f600} x"));
        assert_eq!(read(&[b"a ".as_slice(), emoji].concat(), Some("utf-8")).0, "a \u{1f600}");
        assert_eq!(read(b"Gr\xc3\xb6\xc3\x9fe \xed\xa0\xbd x", None).0, "Größe \u{fffd} x");
    }

    #[test]
    fn without_a_label_the_bytes_are_guessed_at() {
        let bytes =
            encoding_rs::WINDOWS_1251.encode("<rss><title>Новости экономики и политики</title></rss>").0;
        assert_eq!(read(&bytes, None).1, "windows-1251");
    }
}
