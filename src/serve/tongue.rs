//! The language that a reader wants pages in (RFC 9110 §12.5.4).

use crate::publish::page::Tongue;
use http::{HeaderMap, header::ACCEPT_LANGUAGE};

/// The first of ours that the reader ranks highest; `None` where none of them is named.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Tongue> {
    let fields = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|field| field.to_str().ok());
    let mut best: Option<(Tongue, f32)> = None;
    for range in fields.flat_map(|field| field.split(',')) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        if let (Some(tongue), Some(weight)) = (Tongue::of_tag(tag.trim()), weight)
            && weight > best.map_or(0.0, |(_, best)| best)
        {
            best = Some((tongue, weight));
        }
    }
    best.map(|(tongue, _)| tongue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_highest_of_ours_is_chosen() {
        for (field, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Tongue::Zh)),
            ("en-GB, zh;q=0.5", Some(Tongue::En)),
            ("de, zh-Hant;q=0.4, en;q=0.3", Some(Tongue::Zh)),
            ("de, fr;q=0.5", None),
            ("zh;q=0, en;q=0.1", Some(Tongue::En)),
            ("zh;q=NaN, ;;, *", None),
            ("", None),
        ] {
            let headers = [(ACCEPT_LANGUAGE, HeaderValue::from_static(field))].into_iter().collect();
            assert_eq!(asked(&headers), expected, "{field}");
        }
    }
}
