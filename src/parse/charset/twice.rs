//! UTF-8 that was taken for windows-1252 and encoded again: `é` → `Ã©`.
//!
//! In: a text. Out: what was meant, where all of it can come from that mistake.

use encoding_rs::WINDOWS_1252;

/// The text with one coding less; `None` where it is ASCII, or was encoded once.
pub fn encoded_once(text: &str) -> Option<String> {
    let first = text.bytes().position(|byte| !byte.is_ascii())?;
    let mut mended = String::with_capacity(text.len());
    let mut bytes = Vec::new();
    let (ascii, mut rest) = text.split_at(first);
    mended.push_str(ascii);
    while !rest.is_empty() {
        let end = rest.bytes().position(|byte| byte.is_ascii()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        bytes.clear();
        for letter in run.chars() {
            bytes.push(byte_of(letter)?);
        }
        // A no-break space on its way through a program that knows of spaces only.
        if bytes.last() == Some(&0xc2) && after.starts_with(' ') {
            bytes.pop();
        }
        // One at the end of a text falls away with the space around it (`voilà`).
        if bytes.last() == Some(&0xc3) && after.is_empty() {
            bytes.push(0xa0);
        }
        mended.push_str(std::str::from_utf8(&bytes).ok()?);
        let start = after.bytes().position(|byte| !byte.is_ascii()).unwrap_or(after.len());
        let (ascii, next) = after.split_at(start);
        mended.push_str(ascii);
        rest = next;
    }
    Some(mended)
}

/// Whether anything in a text looks like that: the first byte of a character of several, as
/// a letter of its own, with no ASCII behind it.
pub fn may_be_encoded_twice(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(0xc3, bytes).any(|at| {
        bytes.get(at + 1).is_some_and(|byte| (0x82..=0xb4).contains(byte))
            && bytes.get(at + 2).is_some_and(|byte| !byte.is_ascii())
    })
}

/// The byte that was taken for this character: Latin-1, or windows-1252.
fn byte_of(letter: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(u32::from(letter)) {
        return Some(byte);
    }
    let mut written = [0; 4];
    let (bytes, _, unmappable) = WINDOWS_1252.encode(letter.encode_utf8(&mut written));
    match *bytes {
        [byte] if !unmappable => Some(byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        text.bytes().map(|byte| WINDOWS_1252.decode(&[byte]).0.into_owned()).collect()
    }

    #[test]
    fn what_was_encoded_twice_is_decoded_twice() {
        for text in ["José’s señor", "<a>Новости</a> и <b>ещё</b>", "中文频道 😀", "naïve\u{a0}– œuvre"]
        {
            assert_eq!(encoded_once(&again(text)).as_deref(), Some(text));
            assert!(may_be_encoded_twice(&again(text)));
        }
        let latin_1: String = "été à l’œil".bytes().map(char::from).collect();
        assert_eq!(encoded_once(&latin_1).as_deref(), Some("été à l’œil"));
        assert_eq!(encoded_once(again("voilà").trim()).as_deref(), Some("voilà"));
        let spaced = again("José’s\u{a0} señor").replace('\u{a0}', "");
        assert_eq!(encoded_once(&spaced).as_deref(), Some("José’s señor"));
    }

    #[test]
    fn what_was_encoded_once_stays() {
        for text in ["", "plain", "José’s señor", "NESCAFÉ", "中文", "café…", "Ã© and ж"] {
            assert_eq!(encoded_once(text), None, "{text}");
        }
        let mixed = format!("{} señor", again("José’s señor à"));
        assert_eq!(encoded_once(&mixed), None);
        assert!(!may_be_encoded_twice("plain") && !may_be_encoded_twice("中文"));
    }
}
