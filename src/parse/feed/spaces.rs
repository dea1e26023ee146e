//! Namespaces → vocabularies.
//!
//! Namespaces are compared without scheme, `www.`, case and last slash; a prefix
//! that nobody declared means what it usually means.

use super::entities::unescape;

/// Namespaces in force at a time beyond this are not known.
const MAX_SPACES: usize = 256;

/// A vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// RSS without a namespace, its namespaced versions, Atom: one vocabulary.
    Core,
    Dc,
    DcTerms,
    Content,
    Itunes,
    Media,
    Sy,
    Rdf,
    Xhtml,
    Podcast,
    /// Podlove's simple chapters.
    Chapters,
    Place,
    GeoRss,
    /// Of which `georss:where` is made.
    Gml,
    Thread,
    Slash,
    CommentApi,
    License,
    Other,
}

impl Space {
    /// The usual prefix of a vocabulary whose elements are kept as they are.
    pub(super) fn kept_prefix(self) -> Option<&'static str> {
        Some(match self {
            Self::Itunes => "itunes",
            Self::Media => "media",
            Self::Podcast => "podcast",
            Self::Chapters => "psc",
            Self::Place => "geo",
            Self::GeoRss => "georss",
            Self::Gml => "gml",
            Self::Thread => "thr",
            Self::Slash => "slash",
            Self::CommentApi => "wfw",
            Self::License => "creativeCommons",
            _ => return None,
        })
    }

    /// The vocabulary that a namespace's address stands for.
    pub(super) fn of_uri(uri: &str) -> Self {
        let bare = uri.trim().to_ascii_lowercase();
        let bare = bare.split_once("://").map_or(bare.as_str(), |(_, rest)| rest);
        let bare = bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches(['/', '#']);
        match bare {
            ""
            | "purl.org/rss/1.0"
            | "purl.org/net/rss1.1"
            | "my.netscape.com/rdf/simple/0.9"
            | "channel.netscape.com/rdf/simple/0.9"
            | "my.netscape.com/publish/formats/rss-0.91.dtd"
            | "backend.userland.com/rss"
            | "backend.userland.com/rss2"
            | "backend.userland.com/rss091"
            | "backend.userland.com/rss092"
            | "blogs.law.harvard.edu/tech/rss"
            | "cyber.law.harvard.edu/rss"
            | "cyber.law.harvard.edu/rss/rss.html"
            | "purl.org/rss/2.0"
            | "w3.org/2005/atom"
            | "purl.org/atom/ns"
            | "purl.org/atom-blog/ns"
            | "purl.org/atom/app"
            | "example.com/newformat"
            | "example.com/necho"
            | "purl.org/echo"
            | "uri/of/echo/namespace"
            | "purl.org/pie"
            | "purl.org/dc/elements/2.0/atom" => Self::Core,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/dc" => Self::Dc,
            "purl.org/dc/terms" => Self::DcTerms,
            "purl.org/rss/1.0/modules/content" | "purl.org/rss/2.0/modules/content" => Self::Content,
            "itunes.com/dtds/podcast-1.0.dtd"
            | "itunes.com/dtds/podcast-1.0"
            | "example.com/dtds/podcast-1.0.dtd"
            | "google.com/schemas/play-podcasts/1.0" => Self::Itunes,
            "search.yahoo.com/mrss"
            | "tools.search.yahoo.com/mrss"
            | "search.yahoo.com/rss"
            | "search.yahoo.com/mrssss"
            | "video.search.yahoo.com/mrss" => Self::Media,
            "purl.org/rss/1.0/modules/syndication" => Self::Sy,
            "podcastindex.org/namespace/1.0"
            | "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md" => Self::Podcast,
            "podlove.org/simple-chapters" => Self::Chapters,
            "w3.org/2003/01/geo/wgs84_pos" => Self::Place,
            "georss.org/georss" | "georss.org/georss/10" => Self::GeoRss,
            "opengis.net/gml" => Self::Gml,
            "purl.org/syndication/thread/1.0" => Self::Thread,
            "purl.org/rss/1.0/modules/slash" => Self::Slash,
            "wellformedweb.org/commentapi" => Self::CommentApi,
            "backend.userland.com/creativecommonsrssmodule"
            | "cyber.law.harvard.edu/rss/creativecommonsrssmodule.html"
            | "web.resource.org/cc"
            | "creativecommons.org/ns" => Self::License,
            "w3.org/1999/02/22-rdf-syntax-ns" => Self::Rdf,
            "w3.org/1999/xhtml" | "w3.org/tr/xhtml1" => Self::Xhtml,
            _ if bare.starts_with("purl.org/atom/ns") || bare.starts_with("w3.org/2005/atom") => Self::Core,
            _ => Self::Other,
        }
    }

    /// What a prefix usually stands for.
    pub(super) fn of_prefix(prefix: &str) -> Self {
        match prefix.to_ascii_lowercase().as_str() {
            "atom" | "atom10" | "atom03" | "a10" | "a" | "rss" | "rss1" | "rss10" | "feed" => Self::Core,
            "dc" => Self::Dc,
            "dcterms" | "dct" => Self::DcTerms,
            "content" => Self::Content,
            "itunes" | "googleplay" => Self::Itunes,
            "media" | "mrss" => Self::Media,
            "sy" | "syn" => Self::Sy,
            "rdf" => Self::Rdf,
            "podcast" => Self::Podcast,
            "psc" => Self::Chapters,
            "geo" => Self::Place,
            "georss" => Self::GeoRss,
            "gml" => Self::Gml,
            "thr" => Self::Thread,
            "slash" => Self::Slash,
            "wfw" => Self::CommentApi,
            "creativecommons" | "cc" => Self::License,
            "xhtml" | "xh" | "h" | "html" => Self::Xhtml,
            _ => Self::Other,
        }
    }
}

/// The namespaces that the open elements declare, innermost last.
#[derive(Debug, Default)]
pub(super) struct Spaces<'a>(Vec<(&'a str, Space)>);

impl<'a> Spaces<'a> {
    /// How many are in force: what [`Spaces::truncate`] goes back to.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(super) fn declare(&mut self, prefix: &'a str, uri: &str) {
        if self.0.len() < MAX_SPACES {
            self.0.push((prefix, Space::of_uri(&unescape(uri))));
        }
    }

    /// The vocabulary and the local part of an element's name.
    pub(super) fn of(&self, name: &'a str) -> (Space, &'a str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declared = self.0.iter().rev().find(|(known, _)| *known == prefix);
        let space = match declared {
            Some((_, Space::Other)) | None if prefix.is_empty() => Space::Core,
            Some((_, Space::Other)) | None => Space::of_prefix(prefix),
            Some((_, space)) => *space,
        };
        (space, local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_compared_leniently() {
        for uri in ["http://www.w3.org/2005/Atom", "https://w3.org/2005/atom/", "HTTP://WWW.W3.ORG/2005/ATOM"]
        {
            assert_eq!(Space::of_uri(uri), Space::Core, "{uri}");
        }
        assert_eq!(Space::of_uri("http://search.yahoo.com/mrss"), Space::Media);
        assert_eq!(Space::of_uri("http://purl.org/dc/elements/1.1/"), Space::Dc);
        assert_eq!(Space::of_uri("http://example.org/private"), Space::Other);
    }
}
