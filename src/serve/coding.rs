//! Content codings: which one an asker takes, and the bytes in it.
//!
//! In: `Accept-Encoding`, identity bytes. Out: the coding, the coded bytes. The same
//! bytes for the same input, on every machine.

use http::{HeaderMap, header::ACCEPT_ENCODING};
use std::io::{self, Write};

/// How a body is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878, its window within RFC 9659's 8 MB.
    Zstd,
}

impl Coding {
    /// What we like best comes first.
    const PREFERRED: [Self; 3] = [Self::Brotli, Self::Zstd, Self::Gzip];

    /// The name in `Content-Encoding`.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// What the entity tag gets, since other bytes need another strong tag.
    pub(crate) fn tag_suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Gzip => "-gz",
            Self::Brotli => "-br",
            Self::Zstd => "-zst",
        }
    }

    /// The best coding that these headers take (RFC 9110 §12.5.3); identity where
    /// none is, even if that is refused: a reader can do more with it than with 406.
    pub(crate) fn choose(headers: &HeaderMap) -> Self {
        if !headers.contains_key(ACCEPT_ENCODING) {
            return Self::Identity;
        }
        let mut best = (Self::Identity, 0);
        for coding in Self::PREFERRED {
            let quality = quality(headers, coding.name().unwrap_or_default(), true).unwrap_or(0);
            if quality > best.1 {
                best = (coding, quality);
            }
        }
        // Identity wins only where it is named as the better.
        match quality(headers, "identity", false) {
            Some(identity) if identity > best.1 => Self::Identity,
            _ => best.0,
        }
    }

    /// The bytes in this coding.
    pub(crate) fn encode(self, identity: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(identity.to_vec()),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
                encoder.write_all(identity)?;
                encoder.finish()
            }
            Self::Brotli => {
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality: 5,
                    lgwin: 22,
                    size_hint: identity.len(),
                    ..Default::default()
                };
                let mut coded = Vec::new();
                brotli::BrotliCompress(&mut &*identity, &mut coded, &parameters)?;
                Ok(coded)
            }
            Self::Zstd => zstd::bulk::compress(identity, 6),
        }
    }
}

/// The quality in thousandths that these headers give a coding; `None` where they do not name it.
fn quality(headers: &HeaderMap, name: &str, star_counts: bool) -> Option<u16> {
    let mut star = None;
    for value in headers.get_all(ACCEPT_ENCODING) {
        let Ok(value) = value.to_str() else { continue };
        for item in value.split(',') {
            let mut parts = item.split(';');
            let coding = parts.next().unwrap_or_default().trim();
            let quality = parts
                .find_map(|part| {
                    let (key, value) = part.split_once('=')?;
                    key.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
                })
                .unwrap_or(1000);
            let alias = name == "gzip" && coding.eq_ignore_ascii_case("x-gzip");
            if alias || coding.eq_ignore_ascii_case(name) {
                return Some(quality);
            }
            if coding == "*" {
                star = Some(quality);
            }
        }
    }
    star.filter(|_| star_counts)
}

/// A quality value; nonsense counts as refused.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" => 1000,
        "0" => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Coding;
    use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
    use std::io::Read;

    #[test]
    fn the_best_that_is_taken() {
        for (accept, coding) in [
            ("", Coding::Identity),
            ("identity", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("GZIP", Coding::Gzip),
            ("gzip, deflate", Coding::Gzip),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip, zstd", Coding::Zstd),
            ("gzip;q=1.0, br;q=0.9", Coding::Gzip),
            ("br;q=0.001, gzip;q=0.002", Coding::Gzip),
            ("br;q=0, gzip;q=0", Coding::Identity),
            ("gzip;q=0.5, identity", Coding::Identity),
            ("gzip;q=0.5, identity;q=0.5", Coding::Gzip),
            ("*", Coding::Brotli),
            ("*;q=0", Coding::Identity),
            ("br;q=0, *", Coding::Zstd),
            ("*;q=0.1, gzip", Coding::Gzip),
            ("identity;q=0", Coding::Identity),
            ("gzip;q=nonsense", Coding::Identity),
            ("gzip;q=1.5", Coding::Gzip),
            ("gzip;q=2", Coding::Identity),
            ("gzip ; Q=0.8", Coding::Gzip),
            ("deflate, compress", Coding::Identity),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
            assert_eq!(Coding::choose(&headers), coding, "{accept}");
        }
        assert_eq!(Coding::choose(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn every_coding_comes_back() {
        let text = "名 <feed>".repeat(1000).into_bytes();
        let mut gunzipped = Vec::new();
        let gz = Coding::Gzip.encode(&text).unwrap();
        flate2::read::GzDecoder::new(&*gz).read_to_end(&mut gunzipped).unwrap();
        assert_eq!(gunzipped, text);
        let mut unbrotlied = Vec::new();
        let br = Coding::Brotli.encode(&text).unwrap();
        brotli::BrotliDecompress(&mut &*br, &mut unbrotlied).unwrap();
        assert_eq!(unbrotlied, text);
        let zst = Coding::Zstd.encode(&text).unwrap();
        assert_eq!(zstd::decode_all(&*zst).unwrap(), text);
        assert_eq!(gz, Coding::Gzip.encode(&text).unwrap());
    }
}
