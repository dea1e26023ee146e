//! Element names → what they mean, whatever namespace they claim.

use super::spaces::Space;
use std::borrow::Cow;

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
    OrigLink,
    /// Feedburner's, of a file.
    OrigEnclosure,
    MediaTitle,
    MediaDescription,
    MediaCredit,
    /// `yandex:full-text`, beside a short description.
    FullText,
    /// `rdf:li`: one of several values.
    Member,
    /// `rdf:value`: what an element that holds others says.
    Value,
    /// Of a vocabulary that is kept as it is, with no meaning of its own here.
    Kept,
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
        let field = match space {
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
            Space::Other => other(&lower),
            Space::Rdf => match &*lower {
                "rdf" => Self::Root,
                "li" => Self::Member,
                "value" => Self::Value,
                _ => Self::Unknown,
            },
            Space::Xhtml if matches!(&*lower, "body" | "div") => Self::Body,
            _ => Self::Unknown,
        };
        if field == Self::Unknown && space.kept_prefix().is_some() { Self::Kept } else { field }
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
                | Self::FullText
                | Self::Value
        )
    }

    /// Whether it is an element of an entry that is no more than an address, a date or a name.
    fn is_bare(self) -> bool {
        matches!(
            self,
            Self::Link
                | Self::Id
                | Self::Published
                | Self::Issued
                | Self::Created
                | Self::Updated
                | Self::DcDate
                | Self::Category
                | Self::Subject
                | Self::Keywords
                | Self::Comments
                | Self::Creator
        )
    }

    /// Whether it holds nothing like what opens, so that its end tag is missing before that.
    pub(super) fn ends_before(self, opens: Self) -> bool {
        let is_of_entry = opens.is_bare()
            || matches!(
                opens,
                Self::Title
                    | Self::Description
                    | Self::Summary
                    | Self::Content
                    | Self::Encoded
                    | Self::Author
                    | Self::Enclosure
                    | Self::Source
            );
        match self {
            Self::Duration | Self::Language | Self::DcIdentifier => is_of_entry,
            // Whose own children are a name and its addresses.
            Self::Author | Self::Contributor => {
                is_of_entry && !matches!(opens, Self::Title | Self::Link | Self::Id)
            }
            _ => self.is_bare() && is_of_entry,
        }
    }

    /// Whether it can only stand beside a text, never inside: an unclosed text ends before
    /// it. What HTML knows by the same name may stand inside, in a title only `a`.
    pub(super) fn ends_text(self, text: Self, (space, local): (Space, &str)) -> bool {
        match self {
            // Podcast's, WordPress's: nothing that a title is marked up with.
            Self::Unknown => text == Self::Title && space == Space::Other,
            Self::Kept => text == Self::Title,
            Self::Title | Self::Link | Self::Summary | Self::Source | Self::Image | Self::Content => {
                text == Self::Title && !local.eq_ignore_ascii_case("a")
            }
            Self::Body
            | Self::Name
            | Self::Url
            | Self::Email
            | Self::Root
            | Self::Feed
            | Self::Channel
            | Self::Icon
            | Self::Logo
            | Self::Owner
            | Self::Hour
            | Self::Day
            | Self::TextInput => false,
            _ => true,
        }
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
        "encoded" | "fullitem" => Field::Encoded,
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
        "keywords" | "tags" => Field::Keywords,
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

/// Of vocabularies that are not told apart.
fn other(local: &str) -> Field {
    match local {
        // Feedburner's, and those like it.
        "origlink" => Field::OrigLink,
        "origenclosurelink" => Field::OrigEnclosure,
        // RSS 1.0's module of its own.
        "enclosure" => Field::Enclosure,
        // PRISM's, where no other date stands.
        "publicationdate" => Field::Created,
        "full-text" => Field::FullText,
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
        "category" => Field::Category,
        _ => Field::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_case_apart() {
        assert_eq!(Field::of(Space::Core, "pubDate"), Field::Published);
        assert_eq!(Field::of(Space::Core, "LASTBUILDDATE"), Field::Updated);
        assert_eq!(Field::of(Space::Other, "title"), Field::Unknown);
        assert_eq!(Field::of(Space::DcTerms, "creator"), Field::Creator);
    }
}
