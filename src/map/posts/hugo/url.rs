//! Hugo's addresses: sections, slugs, permalink patterns.

use super::Post;
use crate::map::posts::PostFile;
use crate::map::posts::address::{go_path, is_letter, squeeze};
use crate::model::Problem;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A page's full address, the feed's id too.
pub(super) fn address(post: &Post<'_>, file: &PostFile<'_>, problems: &mut Vec<Problem>) -> String {
    let settings = post.settings;
    let mut unknown = None;
    let mut path = match (&post.url, pattern(post)) {
        (Some(url), _) if url.contains(':') => own(&expanded(url, post, &mut unknown)),
        (Some(url), _) => own(url),
        (None, Some(pattern)) => {
            let pattern = expanded(pattern, post, &mut unknown);
            // Hugo reads it like a query, where a plus is a blank.
            whole(&sanitized(&pattern.replace('+', " "), post), is_ugly(post))
        }
        (None, None) => whole(&by_folder(post), is_ugly(post)),
    };
    if let Some(key) = unknown {
        let message = format!("Hugo has no token `:{key}` for permalinks");
        problems.push(Problem::warning(file.at(1, 1), message));
    }
    let is_rooted = post.url.as_ref().is_some_and(|url| url.starts_with('/'));
    if let Some(language) = settings.language_prefix.as_ref().filter(|_| !is_rooted) {
        path = format!("/{language}{path}");
    }
    format!("{}{}", settings.base, go_path(&path))
}

fn is_ugly(post: &Post<'_>) -> bool {
    let settings = post.settings;
    let section = post.place.folders.first();
    settings.ugly || section.is_some_and(|section| settings.ugly_sections.iter().any(|ugly| ugly == section))
}

/// The pattern of the first rule that holds for the page.
fn pattern<'a>(post: &'a Post<'_>) -> Option<&'a str> {
    let mut path = String::new();
    for name in post.place.folders.iter().chain([&post.place.name]) {
        path.push('/');
        path.push_str(&name.to_lowercase().replace(' ', "-"));
    }
    let rule = post.settings.permalinks.iter().find(|(glob, _)| glob.is_match(&path))?;
    Some(&rule.1)
}

/// Folders, then slug or name.
fn by_folder(post: &Post<'_>) -> String {
    // Where the case is kept, a name's own hyphens and blanks run together.
    let named = |name: &str| {
        if post.settings.keeps_case {
            sanitized(name, post)
        } else {
            sanitized(&name.replace(' ', "-"), post)
        }
    };
    let mut path = String::new();
    for folder in &post.place.folders {
        path.push('/');
        path.push_str(&named(folder));
    }
    let slug = post.slug.trim_matches('-');
    let name = if slug.is_empty() { named(post.place.name) } else { sanitized(slug, post) };
    format!("{path}/{name}")
}

/// From the root; a folder, or a file where addresses are ugly.
fn whole(path: &str, is_ugly: bool) -> String {
    let path = squeeze(&format!("/{path}"));
    if !is_ugly {
        return if path.ends_with('/') { path } else { format!("{path}/") };
    }
    let path = path.trim_end_matches('/');
    if path.strip_suffix(".html").is_some() { path.to_owned() } else { format!("{path}.html") }
}

/// A page's own `url`: a folder unless there is a dot in it.
fn own(url: &str) -> String {
    let path = squeeze(&format!("/{url}"));
    if path.ends_with('/') || path.contains('.') { path } else { format!("{path}/") }
}

/// Letters, digits, marks and `./\_#+~-@%xx` stay, runs of blanks become one `-`, the rest goes.
fn sanitized(text: &str, post: &Post<'_>) -> String {
    let text: Cow<'_, str> = if post.settings.removes_accents {
        text.nfd().filter(|character| !is_combining_mark(*character)).nfc().collect::<String>().into()
    } else {
        text.into()
    };
    let mut out = String::with_capacity(text.len());
    let mut owes_hyphen = false;
    for (place, character) in text.char_indices() {
        let is_code = || {
            let code = text.get(place + 1..place + 3);
            code.is_some_and(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let stays =
            "./\\_#+~-@".contains(character) || is_letter(character) || (character == '%' && is_code());
        if stays {
            if owes_hyphen && character != '-' {
                out.push('-');
            }
            owes_hyphen = false;
            out.push(character);
        } else if character.is_whitespace() && !out.is_empty() && !out.ends_with('-') {
            owes_hyphen = true;
        }
    }
    if post.settings.keeps_case { out } else { out.to_lowercase() }
}

/// Fills `:\w+(\[.+?\])?`; `\:` is a colon.
fn expanded(pattern: &str, post: &Post<'_>, unknown: &mut Option<String>) -> String {
    static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r":\w+(?:\[.+?\])?").ok());
    let escaped = pattern.replace("\\:", "\0");
    let Some(token) = TOKEN.as_ref() else {
        return escaped;
    };
    // What has no date counts as the first day of the year 1.
    let first_day = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
    let date = post.date.map_or(first_day, |date| date.naive_local()).and_utc();
    let filled = token.replace_all(&escaped, |found: &Captures<'_>| {
        let key = found.get(0).map_or("", |key| key.as_str()).trim_start_matches(':');
        value(key, post, date).unwrap_or_else(|| {
            unknown.get_or_insert_with(|| key.to_owned());
            format!(":{key}")
        })
    });
    filled.replace('\0', ":")
}

fn value(key: &str, post: &Post<'_>, date: DateTime<Utc>) -> Option<String> {
    let title = || sanitized(&post.title.replace('/', "-"), post);
    let slug = || (!post.slug.is_empty()).then(|| sanitized(post.slug.trim_matches('-'), post));
    let name = || sanitized(post.place.name, post);
    Some(match key {
        "year" => date.year().to_string(),
        "month" => date.format("%m").to_string(),
        "monthname" => date.format("%B").to_string(),
        "day" => date.format("%d").to_string(),
        "weekday" => date.format("%w").to_string(),
        "weekdayname" => date.format("%A").to_string(),
        "yearday" => date.format("%-j").to_string(),
        "section" | "sectionslug" => sections(post).first().cloned().unwrap_or_default(),
        "sections" | "sectionslugs" => sections(post).join("/"),
        "title" => title(),
        "slug" => slug().unwrap_or_else(title),
        "slugorfilename" | "slugorcontentbasename" => slug().unwrap_or_else(name),
        "filename" | "contentbasename" => name(),
        _ => {
            let cut = key.strip_prefix("sectionslugs[").or_else(|| key.strip_prefix("sections["));
            match cut.and_then(|cut| cut.strip_suffix(']')) {
                Some(cut) => slice(&sections(post), cut).join("/"),
                None => go_layout(key, date)?,
            }
        }
    })
}

/// The page's section: its deepest folder that is one, the outermost always is.
fn sections(post: &Post<'_>) -> Vec<String> {
    let folders = &post.place.folders;
    let is_section = |length: usize| {
        let above = folders.get(..length).map(|above| above.join("/"));
        length == 1 || above.is_some_and(|above| post.settings.sections.contains(&above))
    };
    let depth = (1..=folders.len()).rev().find(|length| is_section(*length)).unwrap_or(0);
    folders.iter().take(depth).map(|name| name.to_lowercase().replace(' ', "-")).collect()
}

/// `1:`, `:2`, `last`, `0`.
fn slice<'a>(names: &'a [String], cut: &str) -> &'a [String] {
    let count = names.len();
    let number = |text: &str| match text.trim() {
        "last" => count.saturating_sub(1),
        text => text.parse().unwrap_or(0),
    };
    let range = match cut.split_once(':') {
        Some((from, to)) => number(from)..if to.is_empty() { count } else { number(to).min(count) },
        None => number(cut)..(number(cut) + 1).min(count),
    };
    names.get(range).unwrap_or_default()
}

/// A layout of Go's `time`; `None` where nothing in it is one.
fn go_layout(layout: &str, date: DateTime<Utc>) -> Option<String> {
    const PARTS: [(&str, &str); 20] = [
        ("January", "%B"),
        ("Monday", "%A"),
        ("2006", "%Y"),
        ("Jan", "%b"),
        ("Mon", "%a"),
        ("002", "%j"),
        ("_2", "%e"),
        ("01", "%m"),
        ("02", "%d"),
        ("03", "%I"),
        ("04", "%M"),
        ("05", "%S"),
        ("06", "%y"),
        ("15", "%H"),
        ("PM", "%p"),
        ("1", "%-m"),
        ("2", "%-d"),
        ("3", "%-I"),
        ("4", "%-M"),
        ("5", "%-S"),
    ];
    let mut out = String::new();
    let mut rest = layout;
    let mut is_layout = false;
    while let Some(next) = rest.chars().next() {
        let part = PARTS.iter().find(|(part, _)| rest.starts_with(part));
        if let Some((part, format)) = part {
            is_layout = true;
            out.push_str(&date.format(format).to_string());
            rest = rest.get(part.len()..).unwrap_or_default();
        } else {
            out.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    is_layout.then_some(out)
}
