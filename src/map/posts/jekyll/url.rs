//! Jekyll's permalinks: templates, placeholders, slug modes.

use super::Post;
use crate::map::posts::address;
use crate::model::{Date, Problem};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// What `placeholder` knows.
const KEYS: [&str; 25] = [
    "year",
    "short_year",
    "month",
    "i_month",
    "short_month",
    "long_month",
    "day",
    "i_day",
    "y_day",
    "w_year",
    "week",
    "w_day",
    "short_day",
    "long_day",
    "hour",
    "minute",
    "second",
    "title",
    "slug",
    "name",
    "path",
    "collection",
    "categories",
    "slugified_categories",
    "output_ext",
];

/// A post's address below the site's base, percent-encoded.
pub(super) fn path(post: &Post<'_>, date: Option<Date>, zone: Tz, problems: &mut Vec<Problem>) -> String {
    let own = post.meta.text("permalink");
    let template = own.unwrap_or(&post.settings.permalink);
    let date = date.map(|date| date.with_timezone(&zone));
    let mut out = String::with_capacity(template.len() + post.slug.len() * 3);
    let mut rest = template;
    while let Some((before, key, after)) = next_key(rest) {
        out.push_str(before);
        rest = after;
        // A last underscore may belong to the text: `:month_:day`.
        let short = key.strip_suffix('_');
        let value = |key: &str| placeholder(key, post, date);
        if let Some(value) = value(key) {
            out.push_str(&address::path(&value));
        } else if let Some(value) = short.and_then(value) {
            out.push_str(&address::path(&value));
            out.push('_');
        } else {
            out.push(':');
            out.push_str(key);
        }
    }
    out.push_str(rest);
    // What the site says of all posts was told when it was read.
    problems.extend(own.into_iter().flat_map(|own| unknown(own, &post.file.at(1, 1))));
    sanitized(&out)
}

/// A problem for each placeholder of a template that there is none of.
pub(super) fn unknown(template: &str, at: &str) -> Vec<Problem> {
    let mut keys = BTreeSet::new();
    let mut rest = template;
    while let Some((_, key, after)) = next_key(rest) {
        let known = |key: &str| KEYS.contains(&key);
        if !key.is_empty() && !known(key) && !key.strip_suffix('_').is_some_and(known) {
            keys.insert(key);
        }
        rest = after;
    }
    let told = |key| Problem::warning(at, format!("Jekyll has no placeholder `:{key}` for permalinks"));
    keys.into_iter().map(told).collect()
}

/// A template up to its next colon, the name behind that, and the rest.
fn next_key(template: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = template.split_once(':')?;
    let length = from.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'_').count();
    let (key, after) = from.split_at_checked(length)?;
    Some((before, key, after))
}

/// The entry's id: the address's folder and the raw slug, without extension.
pub(super) fn id(post: &Post<'_>, path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    let folder = trimmed.rfind('/').and_then(|end| trimmed.get(..end)).unwrap_or_default();
    format!("{}{}/{}", post.settings.base, address::path(folder), address::path(&post.slug))
}

fn sanitized(path: &str) -> String {
    let path = format!("/{path}").replace("..", "/").replace("./", "");
    address::squeeze(&path)
}

fn placeholder(key: &str, post: &Post<'_>, date: Option<chrono::DateTime<Tz>>) -> Option<String> {
    let format = |pattern: &str| Some(date.map(|date| date.format(pattern).to_string()).unwrap_or_default());
    match key {
        "year" => format("%Y"),
        "short_year" => format("%y"),
        "month" => format("%m"),
        "i_month" => format("%-m"),
        "short_month" => format("%b"),
        "long_month" => format("%B"),
        "day" => format("%d"),
        "i_day" => format("%-d"),
        "y_day" => format("%j"),
        "w_year" => format("%G"),
        "week" => format("%V"),
        "w_day" => format("%u"),
        "short_day" => format("%a"),
        "long_day" => format("%A"),
        "hour" => format("%H"),
        "minute" => format("%M"),
        "second" => format("%S"),
        "title" => Some(slugify(&post.slug, Mode::Pretty, true)),
        "slug" => Some(slugify(&post.slug, Mode::Default, false)),
        "name" => Some(slugify(basename(post), Mode::Default, false)),
        "path" => Some(clean_path(post)),
        "collection" => Some("posts".into()),
        "categories" => Some(unique(post.categories.iter().map(|name| name.to_lowercase()))),
        "slugified_categories" => {
            Some(unique(post.categories.iter().map(|name| slugify(name, Mode::Default, false))))
        }
        "output_ext" => Some(output_extension(post)),
        _ => None,
    }
}

fn unique(names: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen.join("/")
}

/// The file's name without extension.
fn basename<'a>(post: &'a Post<'_>) -> &'a str {
    let name = post.file.whole.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(post.dated.extension).unwrap_or(name)
}

/// The path without extension and without its first `_posts`.
fn clean_path(post: &Post<'_>) -> String {
    let whole = post.file.whole.strip_prefix(&post.settings.collections_dir).unwrap_or(post.file.whole);
    let whole = whole.strip_suffix(post.dated.extension).unwrap_or(whole);
    whole.replacen("_posts", "", 1).trim_end_matches('.').to_owned()
}

fn output_extension(post: &Post<'_>) -> String {
    let extension = post.dated.extension.trim_start_matches('.').to_ascii_lowercase();
    if post.settings.markdown.contains(&extension) { ".html".into() } else { post.dated.extension.to_owned() }
}

#[derive(Clone, Copy)]
enum Mode {
    /// Letters, marks and digits stay.
    Default,
    /// So do `._~!$&'()+,;=@`.
    Pretty,
}

/// The filter `slugify`.
pub(super) fn slugged(text: &str, mode: &str) -> String {
    slugify(text, if mode == "pretty" { Mode::Pretty } else { Mode::Default }, false)
}

/// Jekyll's `Utils.slugify`: runs of anything else become one `-`.
fn slugify(text: &str, mode: Mode, keep_case: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let stays = address::is_letter(character)
            || (matches!(mode, Mode::Pretty) && "._~!$&'()+,;=@".contains(character));
        if stays {
            out.push(character);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.strip_prefix('-').unwrap_or(&out);
    let trimmed = trimmed.strip_suffix('-').unwrap_or(trimmed);
    if keep_case { trimmed.to_owned() } else { trimmed.to_lowercase() }
}
