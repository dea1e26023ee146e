//! Element names → what they mean, whatever namespace they claim.
//!
//! Namespaces are compared without scheme, `www.`, case and last slash; a prefix
//! that nobody declared means what it usually means.

use std::borrow::Cow;

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
    Other,
}

impl Space {
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
            "xhtml" | "xh" | "h" | "html" => Self::Xhtml,
            _ => Self::Other,
        }
    }
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// `rss`, `rdf:RDF`.
    Root,
    /// `feed`.
    Feed,
    Channel,
    /// `item`, `entry`.
    Entry,
    Title,
    Link,
    Id,
    Description,
    Summary,
    Subtitle,
    Content,
    Encoded,
    /// An XHTML `body` or `div` beside the other elements.
    Body,
    Author,
    /// `dc:creator`, `managingEditor`, `itunes:author`: text alone.
    Creator,
    Contributor,
    Owner,
    Name,
    Email,
    Url,
    Published,
    Issued,
    Created,
    Updated,
    DcDate,
    Category,
    Subject,
    Keywords,
    Enclosure,
    Source,
    Comments,
    Rights,
    Language,
    Image,
    Logo,
    Icon,
    Generator,
    Ttl,
    SkipHours,
    SkipDays,
    Hour,
    Day,
    TextInput,
    UpdatePeriod,
    UpdateFrequency,
    UpdateBase,
    NewFeedUrl,
    ItunesTitle,
    ItunesSummary,
    ItunesSubtitle,
    ItunesAuthor,
    ItunesImage,
    ItunesCategory,
    Duration,
    DcTitle,
    DcDescription,
    DcRights,
    DcIdentifier,
    MediaGroup,
    MediaContent,
    MediaThumbnail,
    MediaTitle,
    MediaDescription,
    MediaCredit,
    Unknown,
}

impl Field {
    /// What the element `local` of this vocabulary is, case apart.
    pub(super) fn of(space: Space, local: &str) -> Self {
        let lower = if local.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(local.to_ascii_lowercase())
        } else {
            Cow::Borrowed(local)
        };
        match space {
            Space::Core => core(&lower),
            Space::Dc => dublin_core(&lower),
            Space::DcTerms => dc_terms(&lower),
            Space::Content if lower == "encoded" => Self::Encoded,
            Space::Itunes => itunes(&lower),
            Space::Media => media(&lower),
            Space::Sy => match &*lower {
                "updateperiod" => Self::UpdatePeriod,
                "updatefrequency" => Self::UpdateFrequency,
                "updatebase" => Self::UpdateBase,
                _ => Self::Unknown,
            },
            Space::Rdf if lower == "rdf" => Self::Root,
            Space::Xhtml if matches!(&*lower, "body" | "div") => Self::Body,
            Space::Content | Space::Rdf | Space::Xhtml | Space::Other => Self::Unknown,
        }
    }

    /// Whether what stands inside is text, and elements in it are its markup.
    pub(super) fn holds_markup(self) -> bool {
        matches!(
            self,
            Self::Title
                | Self::Description
                | Self::Summary
                | Self::Subtitle
                | Self::Content
                | Self::Encoded
                | Self::Body
                | Self::Rights
                | Self::ItunesSummary
                | Self::ItunesSubtitle
                | Self::DcTitle
                | Self::DcDescription
                | Self::MediaTitle
                | Self::MediaDescription
        )
    }

    /// Whether it can only stand beside a text, never inside: an unclosed text ends before it.
    pub(super) fn ends_text(self) -> bool {
        matches!(
            self,
            Self::Id
                | Self::Description
                | Self::Published
                | Self::Enclosure
                | Self::Creator
                | Self::Comments
                | Self::Encoded
                | Self::Updated
        )
    }
}

fn core(local: &str) -> Field {
    match local {
        "title" => Field::Title,
        "link" | "a" => Field::Link,
        "guid" | "id" => Field::Id,
        "description" | "abstract" => Field::Description,
        "summary" => Field::Summary,
        "subtitle" | "tagline" | "info" => Field::Subtitle,
        "content" | "fulltext" => Field::Content,
        "encoded" => Field::Encoded,
        "body" => Field::Body,
        "author" => Field::Author,
        "managingeditor" => Field::Creator,
        "contributor" => Field::Contributor,
        "owner" => Field::Owner,
        "name" => Field::Name,
        "email" => Field::Email,
        "uri" | "url" | "homepage" => Field::Url,
        "pubdate" | "published" | "publicationdate" => Field::Published,
        "issued" => Field::Issued,
        "created" => Field::Created,
        "updated" | "modified" | "lastbuilddate" => Field::Updated,
        "date" => Field::DcDate,
        "category" => Field::Category,
        "keywords" => Field::Keywords,
        "enclosure" => Field::Enclosure,
        "source" => Field::Source,
        "comments" => Field::Comments,
        "rights" | "copyright" => Field::Rights,
        "language" => Field::Language,
        "image" => Field::Image,
        "logo" => Field::Logo,
        "icon" => Field::Icon,
        "generator" => Field::Generator,
        "ttl" => Field::Ttl,
        "skiphours" => Field::SkipHours,
        "skipdays" => Field::SkipDays,
        "hour" => Field::Hour,
        "day" => Field::Day,
        "textinput" => Field::TextInput,
        "rss" | "rdf" => Field::Root,
        "feed" => Field::Feed,
        "channel" => Field::Channel,
        "item" | "entry" => Field::Entry,
        _ => Field::Unknown,
    }
}

fn dublin_core(local: &str) -> Field {
    match local {
        "title" => Field::DcTitle,
        "creator" | "author" => Field::Creator,
        "contributor" => Field::Contributor,
        "date" => Field::DcDate,
        "subject" => Field::Subject,
        "description" => Field::DcDescription,
        "rights" => Field::DcRights,
        "language" => Field::Language,
        "identifier" => Field::DcIdentifier,
        _ => Field::Unknown,
    }
}

fn dc_terms(local: &str) -> Field {
    match local {
        "issued" | "available" | "date" => Field::Issued,
        "created" => Field::Created,
        "modified" => Field::Updated,
        "abstract" => Field::DcDescription,
        "rights" => Field::DcRights,
        _ => dublin_core(local),
    }
}

fn itunes(local: &str) -> Field {
    match local {
        "title" => Field::ItunesTitle,
        "summary" | "description" => Field::ItunesSummary,
        "subtitle" => Field::ItunesSubtitle,
        "author" => Field::ItunesAuthor,
        "image" => Field::ItunesImage,
        "category" => Field::ItunesCategory,
        "keywords" => Field::Keywords,
        "duration" => Field::Duration,
        "owner" => Field::Owner,
        "name" => Field::Name,
        "email" => Field::Email,
        "new-feed-url" => Field::NewFeedUrl,
        _ => Field::Unknown,
    }
}

fn media(local: &str) -> Field {
    match local {
        "group" => Field::MediaGroup,
        "content" => Field::MediaContent,
        "thumbnail" => Field::MediaThumbnail,
        "title" => Field::MediaTitle,
        "description" | "text" => Field::MediaDescription,
        "keywords" => Field::Keywords,
        "credit" => Field::MediaCredit,
        _ => Field::Unknown,
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

    #[test]
    fn names_are_compared_case_apart() {
        assert_eq!(Field::of(Space::Core, "pubDate"), Field::Published);
        assert_eq!(Field::of(Space::Core, "LASTBUILDDATE"), Field::Updated);
        assert_eq!(Field::of(Space::Other, "title"), Field::Unknown);
        assert_eq!(Field::of(Space::DcTerms, "creator"), Field::Creator);
    }
}
