//! The files that go with an entry, with everything the formats insist on.
//!
//! In: enclosures as they are stored. Out: a URI, a media type and a title for each.
//! Never asks anybody what a file is: its name has to tell.

use crate::model::Enclosure;
use crate::publish::address;
use crate::publish::text;

/// An enclosure that every format can write.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct File {
    /// Absolute URI.
    pub(super) url: String,
    /// What its source said, else what its name says, else `application/octet-stream`.
    pub(super) media_type: String,
    /// Size in bytes.
    pub(super) length: Option<u64>,
    /// A line of plain text.
    pub(super) title: Option<String>,
    /// Playing time in seconds.
    pub(super) duration_seconds: Option<u64>,
}

/// Those that have an address that can be followed, each once.
pub(super) fn files(enclosures: &[Enclosure]) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for enclosure in enclosures {
        let Some(url) = address(&enclosure.url) else {
            continue;
        };
        if files.iter().any(|file| file.url == url) {
            continue;
        }
        let said = enclosure.media_type.as_deref().map(str::trim).filter(|kind| is_media_type(kind));
        files.push(File {
            media_type: said.map_or_else(|| by_name(&url).to_owned(), str::to_owned),
            url,
            length: enclosure.length,
            title: enclosure.title.as_deref().and_then(text::line),
            duration_seconds: enclosure.duration_seconds,
        });
    }
    files
}

/// `type/subtype` in the letters of RFC 6838; parameters are for the server.
fn is_media_type(kind: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    kind.split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub))
}

/// The media type that a file's extension stands for.
fn by_name(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "m4a" | "m4b" => "audio/mp4",
        "aac" => "audio/aac",
        "oga" | "ogg" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "mkv" => "video/x-matroska",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "epub" => "application/epub+zip",
        "zip" => "application/zip",
        "torrent" => "application/x-bittorrent",
        "html" | "htm" => "text/html",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    }
}
