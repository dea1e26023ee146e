//! What is kept of podcasts: Apple's tags, the podcast namespace, Podlove's chapters.

use super::Place::{Both, Entry, Head, Inside};
use super::{Rule, rule, with};
use crate::map::extensions::value::Kind;
use crate::map::extensions::value::Kind::{
    Address, AppleCategory, Count, Email, Explicit, Free, Line, MediaType, Nothing, Number, Seconds,
    SourceSet, Time, Whole, Word,
};

const YES: Kind = Word(&["Yes"]);
const ON_AIR: &[&str] = &[
    "rss:title",
    "rss:link",
    "rss:description",
    "rss:author",
    "rss:guid",
    "rss:enclosure",
    "itunes:explicit",
    "itunes:image",
    "podcast:alternateEnclosure",
    "podcast:chat",
    "podcast:contentLink",
    "podcast:image",
    "podcast:images",
    "podcast:location",
    "podcast:person",
    "podcast:socialInteract",
    "podcast:txt",
    "podcast:value",
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
    // On the air: the same as an item, and no entry of the feed.
    with(
        "podcast:liveItem",
        Head,
        Nothing,
        &[("status", Word(&["pending", "live", "ended"])), ("start", Free), ("end", Free), ("chat", Free)],
        &["status", "start"],
    )
    .holding(ON_AIR),
    rule("rss:title", Inside, Line(255)),
    rule("rss:link", Inside, Address),
    rule("rss:description", Inside, Line(4000)),
    rule("rss:author", Inside, Line(255)),
    with("rss:guid", Inside, Free, &[("isPermaLink", Word(&["true", "false"]))], &["text"]).once(),
    with(
        "rss:enclosure",
        Inside,
        Nothing,
        &[("url", Address), ("type", MediaType), ("length", Whole)],
        &["url"],
    )
    .once(),
    with("psc:chapters", Entry, Nothing, &[("version", Free)], &["psc:chapter"])
        .once()
        .holding(&["psc:chapter"]),
    with(
        "psc:chapter",
        Inside,
        Nothing,
        &[("start", Time), ("title", Line(255)), ("href", Address), ("image", Address)],
        &["start", "title"],
    ),
];
