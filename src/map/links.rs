//! Addresses: absolute, in ASCII, of a scheme that may be put out.
//!
//! An address that is fine stays byte for byte as its source wrote it.

use std::borrow::Cow;
use url::Url;

/// A page or a file: `http` or `https`, absolute; `None` for anything else.
pub fn web(written: &str, base: Option<&Url>) -> Option<String> {
    let link = any(written, base)?;
    is_web(&link).then(|| link.into_owned())
}

/// A link in a text: `http`, `https`, `mailto` or `tel`, absolute; `None` for anything else.
pub fn any<'t>(written: &'t str, base: Option<&Url>) -> Option<Cow<'t, str>> {
    let trimmed = written.trim_matches(|letter: char| letter.is_ascii_whitespace() || letter.is_control());
    if is_web(trimmed) && is_plain(trimmed) {
        return Some(Cow::Borrowed(trimmed));
    }
    let url = match Url::parse(trimmed) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => base?.join(trimmed).ok()?,
        Err(_) => return None,
    };
    match url.scheme() {
        "http" | "https" if url.has_host() => Some(Cow::Owned(url.into())),
        "mailto" | "tel" if is_plain(trimmed) => Some(Cow::Borrowed(trimmed)),
        "mailto" | "tel" => Some(Cow::Owned(url.into())),
        _ => None,
    }
}

/// Every candidate of a `srcset`, absolute; `None` where none is left.
pub fn source_set(written: &str, base: Option<&Url>) -> Option<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest = written.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == ',');
    while !rest.is_empty() {
        let end = rest.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, tail) = rest.split_at(end);
        // A comma that ends the address ends the candidate; elsewhere it is the descriptor's.
        let (address, descriptor, tail) = if let Some(address) = address.strip_suffix(',') {
            (address, "", tail)
        } else {
            let end = tail.find(',').unwrap_or(tail.len());
            let (descriptor, tail) = tail.split_at(end);
            (address, descriptor.trim(), tail)
        };
        if let Some(address) = web(address.trim_end_matches(','), base) {
            let address = address.replace(',', "%2C");
            out.push(if is_descriptor(descriptor) { format!("{address} {descriptor}") } else { address });
        }
        rest = tail.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == ',');
    }
    (!out.is_empty()).then(|| out.join(", "))
}

fn is_descriptor(text: &str) -> bool {
    text.strip_suffix(['w', 'x', 'h']).is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

fn is_web(link: &str) -> bool {
    let Some((scheme, rest)) = link.split_once("://") else {
        return false;
    };
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && rest
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric() || first == b'[' || first >= 0x80)
}

/// Whether every byte may stand in an address as it is (RFC 3986), and no `%` is loose.
pub(crate) fn is_plain(link: &str) -> bool {
    let bytes = link.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => {
            matches!(bytes.get(at + 1..at + 3), Some([high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
        }
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(byte),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_absolute_or_fall_away() {
        let base = Url::parse("https://example.org/blog/one/index.html").unwrap();
        for (written, meant) in [
            ("http://Example.org/A?b=c&d#e", Some("http://Example.org/A?b=c&d#e")),
            ("two.html", Some("https://example.org/blog/one/two.html")),
            ("../a b/ü?q=中", Some("https://example.org/blog/a%20b/%C3%BC?q=%E4%B8%AD")),
            ("//cdn.example.org/x", Some("https://cdn.example.org/x")),
            ("#part", Some("https://example.org/blog/one/index.html#part")),
            ("mailto:a@example.org", Some("mailto:a@example.org")),
            ("tel:+49-30", Some("tel:+49-30")),
            ("javascript:alert(1)", None),
            (" JaVa\tScRiPt:alert(1)", None),
            ("data:text/html,x", None),
            ("vbscript:x", None),
            ("file:///etc/passwd", None),
            ("http://", None),
        ] {
            assert_eq!(any(written, Some(&base)).as_deref(), meant, "{written}");
        }
        assert_eq!(any("two.html", None), None);
        assert_eq!(web("mailto:a@example.org", None), None);
    }

    #[test]
    fn every_candidate_of_a_source_set_is_resolved() {
        let base = Url::parse("https://example.org/a/").unwrap();
        assert_eq!(
            source_set("s.jpg 1x,  /b,c.jpg 2x, javascript:x 3x, https://cdn.example.org/d.jpg", Some(&base))
                .as_deref(),
            Some(
                "https://example.org/a/s.jpg 1x, https://example.org/b%2Cc.jpg 2x, https://cdn.example.org/d.jpg"
            )
        );
        assert_eq!(source_set("data:x 1x", Some(&base)), None);
    }
}
