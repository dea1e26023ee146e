//! `Content-Encoding`: the bytes on the wire → the bytes that were meant, and never
//! more than the cap.
//!
//! The client's own decoding is switched off and bodies are decoded here, so that
//! bytes are counted on both sides, a stacked or unknown coding is named, a short
//! body is told from a broken one, and a mislabelled one is still read.

use std::io::{self, ErrorKind, Read};

/// What we ask for, and nothing that isn't read below.
pub(super) const ACCEPT_ENCODING: &str = "gzip, br, zstd";

/// zstd windows up to 8 MiB: what RFC 9659 lets a sender use.
const ZSTD_WINDOW_LOG: u32 = 23;

/// How a body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Why a body can't be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undecodable {
    TooLarge,
    CutShort,
    Broken(String),
}

/// The one coding that these `Content-Encoding` fields name.
///
/// # Errors
/// More than one, or one that we didn't ask for.
pub(super) fn coding<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Result<Coding, String> {
    let fields: Vec<_> = fields.map(String::from_utf8_lossy).collect();
    let named: Vec<String> = fields
        .iter()
        .flat_map(|field| field.split(','))
        .map(|word| word.trim().to_ascii_lowercase())
        .filter(|word| !word.is_empty() && word != "identity")
        .collect();
    match named.as_slice() {
        [] => Ok(Coding::Plain),
        [one] => match one.as_str() {
            "gzip" | "x-gzip" => Ok(Coding::Gzip),
            "deflate" => Ok(Coding::Deflate),
            "br" => Ok(Coding::Brotli),
            "zstd" => Ok(Coding::Zstd),
            other => Err(format!("unknown content coding `{}`", other.escape_debug())),
        },
        many => Err(format!(
            "{} content codings one upon the other: `{}`",
            many.len(),
            many.join(", ").escape_debug()
        )),
    }
}

/// The decoded body, at most `cap` bytes of it.
///
/// # Errors
/// It is larger, ends too early, or isn't in that coding.
pub(super) fn decode(coding: Coding, wire: Vec<u8>, cap: u64) -> Result<Vec<u8>, Undecodable> {
    if wire.is_empty() {
        return Ok(wire);
    }
    match as_it_is(coding, &wire) {
        Coding::Plain if wire.len() as u64 > cap => Err(Undecodable::TooLarge),
        Coding::Plain => Ok(wire),
        Coding::Gzip => members(&wire, cap),
        Coding::Deflate if is_zlib(&wire) => capped(flate2::bufread::ZlibDecoder::new(wire.as_slice()), cap),
        Coding::Deflate => capped(flate2::bufread::DeflateDecoder::new(wire.as_slice()), cap),
        Coding::Brotli => match capped(brotli::Decompressor::new(wire.as_slice(), 16 * 1024), cap) {
            // Its decoder doesn't tell the two apart.
            Err(Undecodable::Broken(_) | Undecodable::CutShort) => {
                Err(Undecodable::Broken("cut short or not brotli".to_owned()))
            }
            other => other,
        },
        Coding::Zstd => zstd::stream::read::Decoder::with_buffer(wire.as_slice())
            .and_then(|mut decoder| decoder.window_log_max(ZSTD_WINDOW_LOG).map(|()| decoder))
            .map_err(|error| broken(&error))
            .and_then(|decoder| capped(decoder, cap)),
    }
}

/// Believes the first bytes over the label, once: servers label plain bodies `gzip`,
/// and send gzip files without a label.
fn as_it_is(coding: Coding, wire: &[u8]) -> Coding {
    let gzip = wire.starts_with(&[0x1f, 0x8b, 0x08]);
    let zstd =
        wire.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) || matches!(wire, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    match coding {
        Coding::Plain if gzip => Coding::Gzip,
        // Shorter than its magic number says nothing.
        Coding::Gzip if !gzip && wire.len() > 2 => Coding::Plain,
        Coding::Zstd if !zstd && wire.len() > 3 => Coding::Plain,
        other => other,
    }
}

/// RFC 1950 §2.2; some servers send bare deflate under the same name.
fn is_zlib(wire: &[u8]) -> bool {
    matches!(wire, [method, flags, ..]
        if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

/// Every member of a gzip file; what follows the last and is no member is padding.
fn members(wire: &[u8], cap: u64) -> Result<Vec<u8>, Undecodable> {
    let mut rest = wire;
    let mut out = Vec::new();
    loop {
        let mut decoder = flate2::bufread::GzDecoder::new(rest);
        let room = cap.saturating_sub(out.len() as u64);
        read_into(&mut out, &mut decoder, room)?;
        rest = decoder.into_inner();
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Ok(out);
        }
    }
}

fn capped(mut reader: impl Read, cap: u64) -> Result<Vec<u8>, Undecodable> {
    let mut out = Vec::new();
    read_into(&mut out, &mut reader, cap)?;
    Ok(out)
}

fn read_into(out: &mut Vec<u8>, reader: &mut impl Read, room: u64) -> Result<(), Undecodable> {
    let read = reader.take(room.saturating_add(1)).read_to_end(out).map_err(|error| broken(&error))?;
    if read as u64 > room {
        return Err(Undecodable::TooLarge);
    }
    Ok(())
}

fn broken(error: &io::Error) -> Undecodable {
    match error.kind() {
        ErrorKind::UnexpectedEof => Undecodable::CutShort,
        _ => Undecodable::Broken(error.to_string()),
    }
}
