//! What may be kept of other vocabularies: names, where they stand, what they hold.
//!
//! Podcasts after Apple's tags, the podcast namespace (PSP-1) and Podlove's chapters, pictures and sound
//! after Media RSS, places after `GeoRSS` and W3C geo, replies after RFC 4685, and of RSS
//! the modules Comment API and Creative Commons.

mod podcasts;

use super::value::Kind;
use super::value::Kind::{
    Address, Count, Iri, Latitude, Line, Longitude, MediaType, Nothing, Number, Path, Point, Seconds, Time,
    Whole, Word,
};

/// Where an element may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In an entry alone.
    Entry,
    /// In the feed's head alone.
    Head,
    /// In both.
    Both,
    /// In another element alone.
    Inside,
}

/// One element.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) place: Place,
    /// It may stand there more than once.
    pub(super) many: bool,
    pub(super) text: Kind,
    pub(super) attributes: &'static [(&'static str, Kind)],
    /// What it says nothing without: an attribute, a child, or `text`.
    pub(super) needs: &'static [&'static str],
    pub(super) inside: &'static [&'static str],
}

const fn rule(name: &'static str, place: Place, text: Kind) -> Rule {
    Rule { name, place, many: false, text, attributes: &[], needs: &["text"], inside: &[] }
}

const fn with(
    name: &'static str,
    place: Place,
    text: Kind,
    attributes: &'static [(&'static str, Kind)],
    needs: &'static [&'static str],
) -> Rule {
    Rule { name, place, many: true, text, attributes, needs, inside: &[] }
}

impl Rule {
    const fn once(self) -> Self {
        Self { many: false, ..self }
    }

    const fn many(self) -> Self {
        Self { many: true, ..self }
    }

    const fn holding(self, inside: &'static [&'static str]) -> Self {
        Self { inside, ..self }
    }
}

use Place::{Both, Entry};

const MEDIUM: Kind = Word(&["image", "audio", "video", "document", "executable"]);
const ROLES: Kind = Word(&[
    "actor",
    "anchor person",
    "animator",
    "art director",
    "artist",
    "author",
    "camera operator",
    "composer",
    "conductor",
    "correspondent",
    "director",
    "editor",
    "executive producer",
    "expert",
    "graphic designer",
    "illustrator",
    "interviewed guest",
    "interviewer",
    "lyricist",
    "musician",
    "news reader",
    "performer",
    "photographer",
    "producer",
    "production company",
    "publishing company",
    "reporter",
    "sound designer",
    "translation",
]);
const IN_MEDIA: &[&str] = &[
    "media:title",
    "media:description",
    "media:thumbnail",
    "media:credit",
    "media:rating",
    "media:player",
    "media:category",
    "media:copyright",
];
const IN_GROUP: &[&str] = &[
    "media:content",
    "media:title",
    "media:description",
    "media:thumbnail",
    "media:credit",
    "media:rating",
    "media:player",
    "media:category",
    "media:copyright",
];
/// Every rule.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    podcasts::RULES.iter().chain(RULES)
}

const RULES: &[Rule] = &[
    with("media:group", Entry, Nothing, &[], &["media:content"]).holding(IN_GROUP),
    with(
        "media:content",
        Entry,
        Nothing,
        &[
            ("url", Address),
            ("fileSize", Count),
            ("type", MediaType),
            ("medium", MEDIUM),
            ("isDefault", Word(&["true", "false"])),
            ("expression", Word(&["sample", "full", "nonstop"])),
            ("bitrate", Number),
            ("framerate", Number),
            ("samplingrate", Number),
            ("channels", Count),
            ("duration", Seconds),
            ("height", Count),
            ("width", Count),
        ],
        &["url"],
    )
    .holding(IN_MEDIA),
    rule("media:title", Entry, Line(1000)),
    rule("media:description", Entry, Line(4000)),
    with(
        "media:thumbnail",
        Entry,
        Nothing,
        &[("url", Address), ("width", Count), ("height", Count), ("time", Time)],
        &["url"],
    ),
    with("media:credit", Entry, Line(255), &[("role", ROLES)], &["text"]),
    with(
        "media:rating",
        Entry,
        Word(&[
            "adult", "nonadult", "g", "m", "nc-17", "pg", "pg-13", "r", "x", "14+", "18+", "c", "c8",
            "tv-14", "tv-g", "tv-ma", "tv-pg", "tv-y", "tv-y7", "tv-y7-fv",
        ]),
        &[("scheme", Word(&["urn:simple", "urn:mpaa", "urn:v-chip"]))],
        &["text"],
    ),
    with("media:player", Entry, Nothing, &[("url", Address), ("width", Count), ("height", Count)], &["url"])
        .once(),
    with("media:category", Entry, Line(255), &[("scheme", Address), ("label", Line(255))], &["text"]),
    with("media:copyright", Entry, Line(255), &[("url", Address)], &["text"]).once(),
    rule("georss:point", Entry, Point),
    rule("georss:line", Entry, Path),
    rule("georss:polygon", Entry, Path),
    rule("georss:featureName", Entry, Line(255)),
    rule("geo:lat", Entry, Latitude),
    rule("geo:long", Entry, Longitude),
    with("geo:Point", Entry, Nothing, &[], &["geo:lat", "geo:long"]).once().holding(&["geo:lat", "geo:long"]),
    with(
        "thr:in-reply-to",
        Entry,
        Nothing,
        &[("ref", Iri), ("href", Address), ("source", Address), ("type", MediaType)],
        &["ref"],
    ),
    rule("thr:total", Entry, Whole),
    // Kept as `thr:total`, which asks for nothing beside it.
    rule("slash:comments", Entry, Whole),
    rule("wfw:comment", Entry, Address),
    rule("wfw:commentRss", Entry, Address),
    rule("creativeCommons:license", Both, Address).many(),
];
