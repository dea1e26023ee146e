//! Conditional requests: validators × codings × methods × documents.

use super::client::{Server, start};
use std::io::Read;

/// `Accept-Encoding` beside what is to come, and its tag's suffix.
const CODINGS: [(Option<&str>, Option<&str>, &str); 8] = [
    (None, None, ""),
    (Some("identity"), None, ""),
    (Some("gzip"), Some("gzip"), "-gz"),
    (Some("gzip, deflate, br"), Some("br"), "-br"),
    (Some("gzip, zstd"), Some("zstd"), "-zst"),
    (Some("br;q=0.1, gzip;q=0.9"), Some("gzip"), "-gz"),
    (Some("gzip;q=0, *"), Some("br"), "-br"),
    (Some("deflate"), None, ""),
];

/// Headers with `{}` for the tag, `{date}` for the document's own; the status that answers them.
const VALIDATORS: [(&[(&str, &str)], u16); 20] = [
    (&[], 200),
    (&[("If-None-Match", "\"{}\"")], 304),
    (&[("If-None-Match", "W/\"{}\"")], 304),
    (&[("If-None-Match", "\"{}-gz\"")], 304),
    (&[("If-None-Match", "W/\"{}-br\"")], 304),
    (&[("If-None-Match", "\"{}-zst\"")], 304),
    (&[("If-None-Match", "\"x\", \"{}\"")], 304),
    (&[("If-None-Match", "*")], 304),
    (&[("If-None-Match", "\"x\"")], 200),
    (&[("If-None-Match", "\"x,{}\"")], 200),
    (&[("If-None-Match", "\"x,y\", \"{}\"")], 304),
    (&[("If-None-Match", "\"x\""), ("If-Modified-Since", "{date}")], 200),
    (&[("If-None-Match", "\"{}\""), ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")], 304),
    (&[("If-Modified-Since", "{date}")], 304),
    (&[("If-Modified-Since", "Sat, 21 Nov 2026 09:59:59 GMT")], 304),
    (&[("If-Modified-Since", "Fri, 20 Nov 2026 09:29:59 GMT")], 200),
    (&[("If-Modified-Since", "soon")], 200),
    (&[("If-Match", "\"other\"")], 412),
    (&[("If-Match", "\"{}\"")], 200),
    (&[("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")], 412),
];

fn decoded(coding: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        Some("gzip") => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut plain).unwrap();
        }
        Some("br") => brotli::BrotliDecompress(&mut &*body, &mut plain).unwrap(),
        Some("zstd") => plain = zstd::decode_all(body).unwrap(),
        _ => plain = body.to_vec(),
    }
    plain
}

async fn check(server: &Server, path: &str) -> usize {
    let whole = server.get(path).await;
    let tag = whole.header("etag").unwrap().trim_matches('"').to_owned();
    let date = whole.header("last-modified").unwrap().to_owned();
    let mut checked = 0;
    for (accept, coding, suffix) in CODINGS {
        for (validators, status) in VALIDATORS {
            let filled: Vec<(&str, String)> = validators
                .iter()
                .map(|(name, value)| (*name, value.replace("{}", &tag).replace("{date}", &date)))
                .collect();
            let mut headers: Vec<(&str, &str)> =
                filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
            headers.extend(accept.map(|accept| ("Accept-Encoding", accept)));
            let got = server.get_with(path, &headers).await;
            let head = server.ask("HEAD", path, &headers).await;
            let case = format!("{path} {headers:?}");
            assert_eq!(got.status, status, "{case}");
            assert_eq!(head.head(), got.head(), "{case}");
            assert!(head.body.is_empty(), "{case}");
            checked += 2;
            if status == 412 {
                assert_eq!(got.text(), "it has changed\n");
                continue;
            }
            assert_eq!(got.header("etag"), Some(format!("\"{tag}{suffix}\"").as_str()), "{case}");
            assert_eq!(got.header("last-modified"), Some(date.as_str()), "{case}");
            let languages = if path.contains('.') { "" } else { ", Accept-Language" };
            assert_eq!(got.header("vary"), Some(format!("Accept-Encoding{languages}").as_str()), "{case}");
            assert_eq!(got.header("cache-control"), whole.header("cache-control"), "{case}");
            if status == 200 {
                assert_eq!(got.header("content-encoding"), coding, "{case}");
                assert_eq!(decoded(coding, &got.body), whole.body, "{case}");
            } else {
                assert!(got.body.is_empty() && got.header("content-length").is_none(), "{case}");
                assert_eq!(got.header("content-encoding"), None, "{case}");
            }
        }
    }
    checked
}

#[tokio::test]
async fn every_combination_is_answered_as_the_standard_says() {
    let server = start().await;
    let mut checked = 0;
    for path in ["/blog.atom", "/blog/tag/Rust.json", "/feeds.opml", "/blog"] {
        checked += check(&server, path).await;
    }
    assert!(checked >= 1000, "{checked}");
}
