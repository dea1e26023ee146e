//! The names that feeds and sources may have. A name comes in, whether it may be one goes out;
//! never says whether it is taken.

/// Ids that addresses need for themselves.
const RESERVED: [&str; 15] = [
    "all", "api", "about", "archive", "author", "category", "feeds", "health", "hub", "metrics", "source",
    "static", "status", "t", "tag",
];

/// Whether this may be the id of a feed or a source: `[a-z0-9][a-z0-9_-]*`.
pub fn is_id(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.bytes().next().is_some_and(letter)
        && text.bytes().all(|byte| letter(byte) || matches!(byte, b'-' | b'_'))
}

/// Whether an address of ours has this name, so that no feed can have it as its id.
pub fn is_reserved(id: &str) -> bool {
    RESERVED.contains(&id)
}
