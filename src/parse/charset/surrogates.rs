//! UTF-8 in which characters beyond the first 65,536 were written as two (CESU-8, as Java,
//! Oracle and old `MySQL` do) → UTF-8.

use std::borrow::Cow;

/// Bytes of one half.
const HALF: usize = 3;

/// The bytes with pairs made one character, and halves without their other one U+FFFD.
pub(super) fn joined(bytes: &[u8]) -> Cow<'_, [u8]> {
    if half(bytes, first_half(bytes, 0)).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(place) = first_half(bytes, at) {
        out.extend_from_slice(bytes.get(at..place).unwrap_or_default());
        let pair = half(bytes, Some(place)).zip(half(bytes, Some(place + HALF)));
        let joined = pair.and_then(|(high, low)| char::decode_utf16([high, low]).next()?.ok());
        out.extend_from_slice(joined.unwrap_or('\u{fffd}').encode_utf8(&mut [0; 4]).as_bytes());
        at = place + if joined.is_some() { 2 * HALF } else { HALF };
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where the next half stands.
fn first_half(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memchr_iter(0xed, bytes.get(from..)?)
        .map(|at| from + at)
        .find(|at| half(bytes, Some(*at)).is_some())
}

/// The half that stands at a place.
fn half(bytes: &[u8], place: Option<usize>) -> Option<u16> {
    match bytes.get(place?..)? {
        [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..] => {
            Some(0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f))
        }
        _ => None,
    }
}
