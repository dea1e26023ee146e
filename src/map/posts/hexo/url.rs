//! Hexo's permalinks: templates, placeholders, slugs.

use super::names::slugize;
use super::{Post, heads};
use crate::map::posts::Site;
use crate::map::posts::address;
use crate::model::Date;
use sha1_smol::Sha1;
use std::borrow::Cow;

/// A post's full address.
pub(super) fn permalink(post: &Post<'_>, site: &Site) -> String {
    let settings = post.settings;
    let mut path = match post.meta.text("permalink") {
        Some(own) if own.starts_with('/') => own.to_owned(),
        Some(own) => format!("/{own}"),
        None => filled(&settings.permalink, post, site),
    };
    if settings.post_asset_folder && !path.ends_with('/') && path.strip_suffix(".html").is_none() {
        path.push('/');
    }
    if path.contains("://") {
        return path;
    }
    let path = address::squeeze(&format!("/{path}"));
    let whole = format!("{}{}", address::encode_uri(&settings.base), address::encode_uri(&normal(&path)));
    pretty(whole, settings.trailing_index, settings.trailing_html)
}

/// Whether a post's address has something of its date in it.
pub(super) fn asks_for_day(post: &Post<'_>) -> bool {
    const OF_DAY: [&str; 9] =
        [":year", ":month", ":day", ":hour", ":minute", ":second", ":i_month", ":i_day", ":timestamp"];
    let template = &post.settings.permalink;
    let is_sites = post.settings.has_config && post.meta.text("permalink").is_none();
    is_sites && OF_DAY.iter().any(|key| template.contains(key))
}

/// `/x/../y?q` → `/y?q=`, as the URL parser that Hexo sends it through.
fn normal(path: &str) -> String {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let (path, rest) = path.split_at_checked(end).unwrap_or((path, ""));
    let mut names: Vec<&str> = Vec::new();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            ".." => {
                names.truncate(names.len().saturating_sub(1).max(1));
                if is_last {
                    names.push("");
                }
            }
            "." => {
                if is_last {
                    names.push("");
                }
            }
            name => names.push(name),
        }
    }
    let (query, fragment) = rest.split_at_checked(rest.find('#').unwrap_or(rest.len())).unwrap_or((rest, ""));
    let query: Vec<Cow<'_, str>> = query
        .trim_start_matches('?')
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| if pair.contains('=') { pair.into() } else { format!("{pair}=").into() })
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{}{fragment}", names.join("/"), query.join("&"))
}

fn pretty(mut url: String, keeps_index: bool, keeps_html: bool) -> String {
    let index = url.strip_suffix("index.html").filter(|folder| folder.ends_with('/')).map(str::len);
    let page = url.strip_suffix(".html").map(str::len).filter(|_| index.is_none());
    let cut = index.filter(|_| !keeps_index).or(page.filter(|_| !keeps_html));
    url.truncate(cut.unwrap_or(url.len()));
    url
}

/// Fills `:\w*[^_\W]`; what has no value prints `undefined`.
fn filled(template: &str, post: &Post<'_>, site: &Site) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(start) = rest.find(':') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let from = from.get(1..).unwrap_or_default();
        let length = from.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let key = from.get(..length).unwrap_or_default().trim_end_matches('_');
        rest = from.get(key.len()..).unwrap_or_default();
        if key.is_empty() {
            out.push(':');
        } else {
            out.push_str(&placeholder(key, post, site).unwrap_or("undefined".into()));
        }
    }
    out.push_str(rest);
    out
}

fn placeholder<'a>(key: &str, post: &'a Post<'_>, site: &Site) -> Option<Cow<'a, str>> {
    let slug = post.name.slug.as_str();
    let zone = post.settings.address_zone.unwrap_or(site.zone);
    let date = post.address_date.map(|date| date.with_timezone(&zone));
    let format =
        |pattern: &str| Some(date.map(|date| date.format(pattern).to_string()).unwrap_or_default().into());
    match key {
        "title" => Some(slug.into()),
        "name" => Some(slug.rsplit('/').next().unwrap_or(slug).into()),
        "post_title" => Some(slugize(&post.title, 1).into()),
        "year" => format("%Y"),
        "month" => format("%m"),
        "day" => format("%d"),
        "hour" => format("%H"),
        "minute" => format("%M"),
        "second" => format("%S"),
        "i_month" => format("%-m"),
        "i_day" => format("%-d"),
        "timestamp" => format("%s"),
        "hash" => Some(hash(slug, post.address_date?).into()),
        "category" => Some(category(post)),
        _ => own(key, post, site),
    }
}

/// Any key of the front matter, what the file's name captured, `:abbrlink`, `permalink_defaults`.
fn own<'a>(key: &str, post: &'a Post<'_>, site: &Site) -> Option<Cow<'a, str>> {
    let pair = |pairs: &'a [(String, String)]| {
        pairs.iter().find(|(known, _)| known == key).map(|(_, value)| Cow::Borrowed(value.as_str()))
    };
    if let Some(text) = post.meta.text(key) {
        return Some(Cow::Borrowed(text));
    }
    if let Some(value) = pair(&post.name.others) {
        return Some(value);
    }
    if let ("abbrlink", Some(_)) = (key, post.settings.abbrlink)
        && heads::is_numbered(post.meta.get("layout"))
    {
        return heads::number(post, site).map(Cow::Owned);
    }
    pair(&post.settings.permalink_defaults)
}

/// sha1 of slug and unix time, its first twelve digits.
fn hash(slug: &str, date: Date) -> String {
    let mut sum = Sha1::from(slug);
    sum.update(date.timestamp().to_string().as_bytes());
    sum.digest().to_string().chars().take(12).collect()
}

/// The slug of the last category, each level slugized.
fn category<'a>(post: &'a Post<'_>) -> Cow<'a, str> {
    let Some(names) = post.categories.last() else {
        return Cow::Borrowed(&post.settings.default_category);
    };
    let slug = |name: &String| {
        let mapped = post.settings.category_map.iter().find(|(known, _)| known == name);
        slugize(mapped.map_or(name, |(_, value)| value), post.settings.filename_case)
    };
    names.iter().map(slug).collect::<Vec<_>>().join("/").into()
}
