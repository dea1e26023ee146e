//! Which keys stand where, for those who write one in the wrong place.

/// A place and its keys, for [`crate::yaml::Section::finish_beside`].
type Place = (&'static str, &'static [&'static str]);

/// Of a source.
pub(super) const OF_SOURCE: Place = (
    "a source",
    &[
        "posts",
        "feed",
        "from",
        "id",
        "timeout",
        "map",
        "tags",
        "source_categories",
        "take",
        "since",
        "site",
        "url",
        "permalink",
        "permalink_timezone",
        "generator_config",
        "compat",
        "ids_from",
        "headers",
        "auth",
        "on_delete",
        "trackers",
        "websub",
    ],
);

/// Of a feed.
pub(super) const OF_FEED: Place = (
    "the feed",
    &[
        "title",
        "description",
        "link",
        "language",
        "author",
        "icon",
        "rights",
        "limit",
        "order",
        "content",
        "dedupe",
        "access",
        "listed",
        "in_all",
        "aliases",
        "feed_id",
        "was",
        "moved",
        "gone",
        "hub",
        "sources",
    ],
);

/// Of the daemon's config.
pub(super) const OF_CONFIG: Place = (
    "the config",
    &["listen", "base_url", "feeds", "state", "store", "log", "fetch", "api", "http", "all", "retention"],
);
