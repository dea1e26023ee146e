//! `{% include figure.html src="/a.png" caption="…" %}`: the site's own text of that name, and what
//! its arguments show without it: a picture, a video as a link, words.

use super::liquid::{MOST_DEEP, Page};
use super::values::Value;
use crate::map::plain::escaped;
use crate::map::posts::tags;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Arguments that name a picture, the likeliest first.
const PICTURES: [&str; 8] = ["src", "url", "image_path", "image", "path", "file", "img", "image_url"];
/// Those that stand for it.
const WORDS: [&str; 3] = ["alt", "caption", "title"];
/// Those that are words to be read by themselves.
const TEXTS: [&str; 7] = ["content", "text", "quote", "body", "message", "caption", "author"];
/// What a picture's name may end in.
const ENDS: [&str; 9] = ["png", "jpg", "jpeg", "gif", "webp", "svg", "avif", "bmp", "tiff"];

impl Page<'_> {
    /// What an include stands for: its file with the arguments put in; what they show by themselves where
    /// there is no such file, or where more can't be made of it here.
    pub(super) fn included(&self, tag: &str, arguments: &str, depth: usize) -> String {
        let (name, arguments) = self.apart(arguments);
        let parameters: Vec<(String, Value)> = tags::pairs(arguments)
            .into_iter()
            .map(|(key, value)| (key.to_owned(), self.values.expression(value)))
            .collect();
        let shown = shown(&name, &parameters, self.settings.base_path());
        let file = if tag == "include_relative" {
            (self.beside)(&name).map(Cow::Owned)
        } else {
            self.settings.include(&name).map(Cow::Borrowed)
        };
        let Some(text) = file.filter(|_| depth < MOST_DEEP && self.has_rounds()) else {
            return shown;
        };
        let outer = self.values.enter(parameters);
        let text = self.render_at(&text, depth + 1).into_owned();
        self.values.leave(outer);
        let lacks = |marks: &[&str]| !marks.iter().any(|mark| text.contains(mark));
        let is_poorer = shown.contains("<img") && lacks(&["<img", "![", "<picture"])
            || shown.starts_with("<a ") && lacks(&["<a ", "<iframe", "<video", "]("]);
        if is_poorer { shown } else { text }
    }

    /// An include's name, which may be made of values, and its arguments.
    fn apart<'t>(&self, arguments: &'t str) -> (String, &'t str) {
        let end = arguments.find("}}").filter(|_| arguments.starts_with("{{")).map_or(0, |end| end + 2);
        let rest = arguments.get(end..).unwrap_or_default();
        let end = end + rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (name, arguments) = arguments.split_at_checked(end).unwrap_or((arguments, ""));
        (self.render_at(name, MOST_DEEP).trim_matches(['"', '\'']).to_owned(), arguments)
    }
}

/// HTML for the arguments of an include; nothing where they show nothing.
fn shown(name: &str, parameters: &[(String, Value)], base_path: &str) -> String {
    let pairs: Vec<(&str, String)> =
        parameters.iter().map(|(key, value)| (key.as_str(), value.clone().text())).collect();
    let get = |key: &str| {
        let found = pairs.iter().find(|(known, _)| *known == key);
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
