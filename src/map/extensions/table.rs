//! What may be kept of other vocabularies: names, where they stand, what they hold.
//!
//! Podcasts after Apple's tags and the podcast namespace (PSP-1), pictures and sound
//! after Media RSS, places after `GeoRSS` and W3C geo, replies after RFC 4685, and of RSS
//! the modules Comment API and Creative Commons.

use super::value::Kind;
use super::value::Kind::{
    Address, AppleCategory, Count, Email, Explicit, Free, Iri, Latitude, Line, Longitude, MediaType, Nothing,
    Number, Path, Point, Seconds, SourceSet, Time, Whole, Word,
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

use Place::{Both, Entry, Head, Inside};

const YES: Kind = Word(&["Yes"]);
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

pub(super) const RULES: &[Rule] = &[
    rule("itunes:author", Both, Line(255)),
    rule("itunes:block", Both, YES),
    rule("itunes:explicit", Both, Explicit),
    rule("itunes:subtitle", Both, Line(255)),
    rule("itunes:summary", Both, Line(4000)),
    with("itunes:image", Both, Nothing, &[("href", Address)], &["href"]).once(),
    rule("itunes:title", Entry, Line(255)),
    rule("itunes:duration", Entry, Seconds),
    rule("itunes:episode", Entry, Count),
    rule("itunes:season", Entry, Count),
    rule("itunes:episodeType", Entry, Word(&["full", "trailer", "bonus"])),
    rule("itunes:type", Head, Word(&["episodic", "serial"])),
    with("itunes:category", Head, Nothing, &[("text", AppleCategory)], &["text"])
        .holding(&["itunes:category"]),
    with("itunes:owner", Head, Nothing, &[], &["itunes:email"])
        .once()
        .holding(&["itunes:name", "itunes:email"]),
    rule("itunes:name", Inside, Line(255)),
    rule("itunes:email", Inside, Email),
    with(
        "podcast:transcript",
        Entry,
        Nothing,
        &[("url", Address), ("type", MediaType), ("language", Free), ("rel", Free)],
        &["url", "type"],
    ),
    with("podcast:chapters", Entry, Nothing, &[("url", Address), ("type", MediaType)], &["url"]).once(),
    with(
        "podcast:soundbite",
        Entry,
        Line(128),
        &[("startTime", Number), ("duration", Number)],
        &["startTime", "duration"],
    ),
    with("podcast:season", Entry, Count, &[("name", Free)], &["text"]).once(),
    with("podcast:episode", Entry, Number, &[("display", Free)], &["text"]).once(),
    with(
        "podcast:alternateEnclosure",
        Entry,
        Nothing,
        &[
            ("type", MediaType),
            ("length", Count),
            ("bitrate", Number),
            ("height", Count),
            ("lang", Free),
            ("title", Free),
            ("rel", Free),
            ("codecs", Free),
            ("default", Word(&["true", "false"])),
        ],
        &["type", "podcast:source"],
    )
    .holding(&["podcast:source", "podcast:integrity"]),
    with("podcast:source", Inside, Nothing, &[("uri", Address), ("contentType", MediaType)], &["uri"]),
    with(
        "podcast:integrity",
        Inside,
        Nothing,
        &[("type", Word(&["sri", "pgp-signature"])), ("value", Free)],
        &["type", "value"],
    )
    .once(),
    with(
        "podcast:socialInteract",
        Entry,
        Nothing,
        &[
            ("uri", Address),
            ("protocol", Free),
            ("accountId", Free),
            ("accountUrl", Address),
            ("priority", Count),
        ],
        &["protocol"],
    ),
    with(
        "podcast:person",
        Both,
        Line(128),
        &[("role", Free), ("group", Free), ("img", Address), ("href", Address)],
        &["text"],
    ),
    with(
        "podcast:location",
        Both,
        Line(128),
        &[("geo", Free), ("osm", Free), ("rel", Free), ("country", Free)],
        &["text"],
    ),
    with("podcast:license", Both, Line(128), &[("url", Address)], &["text"]).once(),
    with("podcast:txt", Both, Line(4000), &[("purpose", Free)], &["text"]),
    with(
        "podcast:value",
        Both,
        Nothing,
        &[("type", Free), ("method", Free), ("suggested", Number)],
        &["type", "method"],
    )
    .holding(&["podcast:valueRecipient", "podcast:valueTimeSplit"]),
    with(
        "podcast:valueTimeSplit",
        Inside,
        Nothing,
        &[
            ("startTime", Number),
            ("duration", Number),
            ("remoteStartTime", Number),
            ("remotePercentage", Number),
        ],
        &["startTime", "duration"],
    )
    .holding(&["podcast:valueRecipient", "podcast:remoteItem"]),
    with(
        "podcast:remoteItem",
        Head,
        Nothing,
        &[
            ("feedGuid", Free),
            ("feedUrl", Address),
            ("itemGuid", Free),
            ("medium", Free),
            ("title", Line(128)),
        ],
        &["feedGuid"],
    ),
    with("podcast:podroll", Head, Nothing, &[], &["podcast:remoteItem"])
        .once()
        .holding(&["podcast:remoteItem"]),
    with("podcast:publisher", Head, Nothing, &[], &["podcast:remoteItem"])
        .once()
        .holding(&["podcast:remoteItem"]),
    with("podcast:images", Both, Nothing, &[("srcset", SourceSet)], &["srcset"]).once(),
    with(
        "podcast:image",
        Both,
        Nothing,
        &[
            ("href", Address),
            ("alt", Free),
            ("aspect-ratio", Free),
            ("width", Count),
            ("height", Count),
            ("type", MediaType),
            ("purpose", Free),
        ],
        &["href"],
    ),
    with(
        "podcast:updateFrequency",
        Head,
        Line(128),
        &[("complete", Word(&["true", "false"])), ("dtstart", Free), ("rrule", Free)],
        &["text"],
    )
    .once(),
    with("podcast:block", Head, Word(&["yes", "no"]), &[("id", Free)], &["text"]),
    with("podcast:contentLink", Entry, Line(128), &[("href", Address)], &["href"]),
    with(
        "podcast:chat",
        Both,
        Nothing,
        &[("server", Free), ("protocol", Free), ("accountId", Free), ("space", Free)],
        &["server", "protocol"],
    ),
    with(
        "podcast:valueRecipient",
        Inside,
        Nothing,
        &[
            ("name", Free),
            ("type", Free),
            ("address", Free),
            ("customKey", Free),
            ("customValue", Free),
            ("split", Number),
            ("fee", Word(&["true", "false"])),
        ],
        &["type", "address", "split"],
    ),
    rule("podcast:guid", Head, Line(64)),
    with("podcast:locked", Head, Word(&["yes", "no"]), &[("owner", Email)], &["text"]).once(),
    with("podcast:funding", Head, Line(128), &[("url", Address)], &["url"]),
    rule("podcast:medium", Head, Line(32)),
    with(
        "podcast:trailer",
        Head,
        Line(128),
        &[("url", Address), ("pubdate", Free), ("length", Count), ("type", MediaType), ("season", Count)],
        &["url", "pubdate"],
    ),
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
