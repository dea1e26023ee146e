//! `{% include figure.html src="/a.png" caption="…" %}`: what an include's arguments show
//! without it: a picture, a video as a link, words.

use super::values::Values;
use crate::map::plain::escaped;
use crate::map::posts::tags;
use std::fmt::Write as _;

/// Arguments that name a picture, the likeliest first.
const PICTURES: [&str; 8] = ["src", "url", "image_path", "image", "path", "file", "img", "image_url"];
/// Those that stand for it.
const WORDS: [&str; 3] = ["alt", "caption", "title"];
/// Those that are words to be read by themselves.
const TEXTS: [&str; 7] = ["content", "text", "quote", "body", "message", "caption", "author"];
/// What a picture's name may end in.
const ENDS: [&str; 9] = ["png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp", "tiff"];

/// HTML for the arguments of an include; nothing where they show nothing.
pub(super) fn shown(arguments: &str, values: &Values<'_>, base_path: &str) -> String {
    let (name, arguments) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    let pairs: Vec<(String, String)> = tags::pairs(arguments)
        .into_iter()
        .map(|(key, value)| (key.to_owned(), values.expression(value).text()))
        .collect();
    let get = |key: &str| {
        let found = pairs.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    };
    let first = |keys: &[&str]| keys.iter().find_map(|key| get(key));
    if let Some(video) = video(name, &get) {
        return video;
    }
    let is_picture = |address: &&str| {
        let path = address.split(['?', '#']).next().unwrap_or(address);
        path.rsplit_once('.').is_some_and(|(_, end)| ENDS.contains(&end.to_ascii_lowercase().as_str()))
    };
    if let Some(address) = PICTURES.iter().filter_map(|key| get(key)).find(is_picture) {
        let is_whole = address.contains("://") || address.starts_with('/');
        let address = if is_whole { address.to_owned() } else { format!("{base_path}/{address}") };
        let alt = escaped(first(&WORDS).unwrap_or_default());
        let mut out = format!("<figure><img src=\"{}\" alt=\"{alt}\">", escaped(&address));
        if let Some(caption) = get("caption") {
            let _ = write!(out, "<figcaption>{}</figcaption>", escaped(caption));
        }
        return out + "</figure>";
    }
    let texts: Vec<&str> = TEXTS.iter().filter_map(|key| get(key)).collect();
    texts.join("\n\n")
}

/// A video that the page would embed, as a link.
fn video<'v>(name: &str, get: &impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let id = get("id").or_else(|| get("video_id")).or_else(|| get("youtube_id"))?;
    let provider = get("provider").unwrap_or(name).to_ascii_lowercase();
    let known = [
        ("youtube", "https://www.youtube.com/watch?v="),
        ("vimeo", "https://vimeo.com/"),
        ("bilibili", "https://www.bilibili.com/video/"),
    ];
    let (name, host) = known.iter().find(|(known, _)| provider.contains(known))?;
    Some(format!("<a href=\"{host}{}\">{name}</a>", escaped(id)))
}
