//! The public address: what every link begins with.
//!
//! In: `base_url` as configured. Out: its origin and its path. Never a request's `Host`.

use url::Url;

/// The public address of everything that is served, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    /// Without a slash at the end: `https://example.org/feeds`.
    pub(crate) url: String,
    /// The path alone: `/feeds`, or nothing.
    pub(crate) path: String,
    /// `https://example.org`, as a browser writes it in `Origin`.
    pub(crate) origin: String,
}

impl Base {
    /// Reads a `base_url`; one that is no URL has no origin, so nothing counts as our own page.
    pub(crate) fn new(base_url: &str) -> Self {
        let url = base_url.trim_end_matches('/').to_owned();
        let parsed = Url::parse(&url).ok();
        Self {
            path: parsed
                .as_ref()
                .map(|parsed| parsed.path().trim_end_matches('/').to_owned())
                .unwrap_or_default(),
            origin: parsed.map(|parsed| parsed.origin().ascii_serialization()).unwrap_or_default(),
            url,
        }
    }

    /// The path below ours: `/feeds/x.atom` and `/x.atom` are the same.
    pub(crate) fn below<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(self.path.as_str()) {
            Some("") => "/",
            Some(rest) if rest.starts_with('/') => rest,
            _ => path,
        }
    }

    /// Whether an `Origin` or `Referer` is ours.
    pub(crate) fn is_own(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| url.origin().ascii_serialization() == self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::Base;

    #[test]
    fn a_path_in_the_base_is_answered_with_and_without() {
        let base = Base::new("https://example.org/feeds/");
        assert_eq!(base.url, "https://example.org/feeds");
        assert_eq!(base.origin, "https://example.org");
        for (path, below) in [
            ("/feeds/x.atom", "/x.atom"),
            ("/x.atom", "/x.atom"),
            ("/feeds", "/"),
            ("/feeds/", "/"),
            ("/feeds.opml", "/feeds.opml"),
            ("/", "/"),
        ] {
            assert_eq!(base.below(path), below, "{path}");
        }
        assert_eq!(Base::new("http://127.0.0.1:8787").below("/x"), "/x");
    }

    #[test]
    fn own_is_the_whole_origin() {
        let base = Base::new("https://example.org/feeds");
        assert!(base.is_own("https://example.org/status"));
        for other in
            ["null", "", "http://example.org", "https://example.org:8443", "https://example.org.evil.test/"]
        {
            assert!(!base.is_own(other), "{other}");
        }
        assert!(!Base::new("nonsense").is_own("null"));
    }
}
