//! What expressions of Liquid and Nunjucks come to: names of data, filters, conditions.
//!
//! In: `title | slugify`, `tags[0]`, `slug or page.fileSlug`. Out: a value, or that it isn't known
//! here, as where a filter is the site's own. Nothing is run.

use super::page::{Page, Value};
use super::slug;
use crate::map::date;
use crate::map::posts::meta::flat;
use crate::map::posts::tags;
use crate::yaml::Node;
use chrono::format::{Item, StrftimeItems};

/// A text that a filter makes longer than this stays as it was.
const LONGEST: usize = 1 << 20;
/// Pieces of a text.
const MOST_PIECES: usize = 10_000;

/// What an expression is worth.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Worth {
    Known(Value),
    /// But for a filter of the site's own, whose name says what it does.
    Guessed(Value),
    Unknown,
}

/// `title | slugify | replace: "a", "b"`, `title | replace("a", "b")`.
pub(super) fn value(expression: &str, page: &Page<'_>) -> Worth {
    let mut parts = tags::pieces(expression, '|').into_iter();
    let Some(mut value) = either(parts.next().unwrap_or_default(), page) else {
        return Worth::Unknown;
    };
    let mut is_known = true;
    for filter in parts {
        let filter = filter.trim();
        let end = filter.find([':', '(']).unwrap_or(filter.len());
        let (name, written) = filter.split_at_checked(end).unwrap_or((filter, ""));
        let written = written.trim_start_matches([':', '(', ' ']).trim_end_matches([')', ' ']);
        let mut arguments = Vec::new();
        for argument in tags::pieces(written, ',').into_iter().filter(|argument| !argument.trim().is_empty())
        {
            match term(argument.trim(), page) {
                Some(argument) => arguments.push(argument.text()),
                None => return Worth::Unknown,
            }
        }
        let name = name.trim();
        if value.length() > LONGEST {
            return Worth::Unknown;
        }
        value = match filtered(value.clone(), name, &arguments) {
            Some(value) => value,
            // Whatever a site calls them, such make slugs, and such a day.
            None if name.to_lowercase().contains("slug") => {
                is_known = false;
                Value::Text(slug::slugify(&value.text()))
            }
            None if name == "htmlDateString" => {
                is_known = false;
                match dated(&value.text(), "%Y-%m-%d", page) {
                    Some(day) => Value::Text(day),
                    None => return Worth::Unknown,
                }
            }
            None if name == "date" => {
                match arguments.first().and_then(|format| dated(&value.text(), format, page)) {
                    Some(date) => Value::Text(date),
                    None => return Worth::Unknown,
                }
            }
            None => return Worth::Unknown,
        };
    }
    if is_known { Worth::Known(value) } else { Worth::Guessed(value) }
}

/// Whether a condition holds; `None` where that isn't known.
pub(super) fn holds(condition: &str, page: &Page<'_>) -> Option<bool> {
    if let Some((left, word, right)) = tags::cut(condition, &[" and ", " or "]) {
        let (left, right) = (holds(left, page)?, holds(right, page)?);
        return Some(if word == " and " { left && right } else { left || right });
    }
    let condition = condition.trim();
    if let Some(rest) = condition.strip_prefix("not ") {
        return holds(rest, page).map(|holds| !holds);
    }
    if let Some((left, sign, right)) = tags::cut(condition, &["===", "==", "!==", "!=", " contains "]) {
        let (left, right) = (term(left.trim(), page)?, term(right.trim(), page)?);
        return Some(match (sign, left) {
            (" contains ", Value::List(items)) => items.contains(&right.text()),
            (" contains ", left) => left.text().contains(&right.text()),
            (sign, left) => (left == right) == sign.starts_with('='),
        });
    }
    match value(condition, page) {
        Worth::Known(value) | Worth::Guessed(value) => Some(value.holds()),
        Worth::Unknown => None,
    }
}

/// `slug or page.fileSlug`, Nunjucks' `a if b else c`.
fn either(text: &str, page: &Page<'_>) -> Option<Value> {
    if let Some((yes, rest)) = text.split_once(" if ") {
        let (condition, no) = rest.split_once(" else ").unwrap_or((rest, "''"));
        return term(if holds(condition, page)? { yes } else { no }.trim(), page);
    }
    let mut found = Value::Nothing;
    for one in text.split(" or ") {
        found = term(one.trim(), page)?;
        if found.holds() {
            break;
        }
    }
    Some(found)
}

/// A literal, or data by its name; `None` where it isn't known here.
fn term(term: &str, page: &Page<'_>) -> Option<Value> {
    let literal = ['"', '\''].iter().find_map(|quote| term.strip_prefix(*quote)?.strip_suffix(*quote));
    if let Some(text) = literal {
        return Some(Value::Text(text.to_owned()));
    }
    if matches!(term, "true" | "false") {
        return Some(Value::Switch(term == "true"));
    }
    if term.is_empty() || matches!(term, "nil" | "null" | "undefined" | "none") {
        return Some(Value::Nothing);
    }
    if term.parse::<f64>().is_ok() {
        return Some(Value::Text(term.to_owned()));
    }
    let names = names(term)?;
    let (first, rest) = names.split_first()?;
    if let Some(own) = page.own.borrow().get(first) {
        return Some(own.clone());
    }
    match (first.as_str(), rest) {
        ("page", [key]) => return Some(of_page(key, page).map_or(Value::Nothing, Value::Text)),
        // They are a list, however they are written.
        ("tags", [place]) => {
            let tags: Vec<String> = page.meta.all("tags").flat_map(flat).map(str::to_owned).collect();
            return Some(picked(&tags, place));
        }
        _ => {}
    }
    if let Some(node) = page.meta.get(first) {
        return Some(below(node, rest));
    }
    let settings = page.settings;
    if settings.global.has(first) {
        return settings.global.get(first).map(|node| below(node, rest));
    }
    let is_known = first != "collections" && !settings.data.works_out(page.whole, first);
    is_known.then_some(Value::Nothing)
}

/// `a.b[0]["c"]` taken apart; `None` where it is no name.
fn names(term: &str) -> Option<Vec<String>> {
    let plain = term.replace('[', ".").replace([']', '"', '\''], "");
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '$'))
    };
    let names: Vec<String> = plain.split('.').map(|name| name.trim().to_owned()).collect();
    names.iter().all(|name| is_name(name)).then_some(names)
}

fn below(node: &Node, names: &[String]) -> Value {
    let Some((first, rest)) = names.split_first() else { return Value::of(node) };
    if let Some(item) = node.get(first) {
        return below(item, rest);
    }
    match node.list() {
        Some(items) => first.parse::<usize>().ok().and_then(|place| items.get(place)).map_or_else(
            || picked(&flat(node).into_iter().map(str::to_owned).collect::<Vec<_>>(), first),
            |item| below(item, rest),
        ),
        None => Value::Nothing,
    }
}

fn picked(items: &[String], place: &str) -> Value {
    let found = match place {
        "first" => items.first(),
        "last" => items.last(),
        "size" | "length" => return Value::Text(items.len().to_string()),
        place => place.parse::<usize>().ok().and_then(|place| items.get(place)),
    };
    found.map_or(Value::Nothing, |item| Value::Text(item.clone()))
}

fn of_page(key: &str, page: &Page<'_>) -> Option<String> {
    Some(match key {
        "fileSlug" => page.file_slug().to_owned(),
        "filePathStem" => page.path_stem(),
        "date" => page.date?.to_rfc3339(),
        "inputPath" => format!("./{}", page.whole),
        "outputFileExtension" => "html".to_owned(),
        _ => return None,
    })
}

/// A value by a filter that Eleventy, Liquid or Nunjucks has; `None` by another.
fn filtered(value: Value, name: &str, arguments: &[String]) -> Option<Value> {
    let argument = |place: usize| arguments.get(place).map_or("", String::as_str);
    if let Value::List(items) = &value {
        return Some(match name {
            "first" | "last" | "size" | "length" => picked(items, name),
            "join" if items.len().saturating_mul(argument(0).len()) < LONGEST => {
                Value::Text(items.join(arguments.first().map_or(" ", String::as_str)))
            }
            "reverse" => Value::List(items.iter().rev().cloned().collect()),
            "default" | "d" if !items.is_empty() => value,
            "safe" => value,
            _ => return None,
        });
    }
    if matches!(name, "default" | "d") {
        return Some(if value.holds() { value } else { Value::Text(argument(0).to_owned()) });
    }
    if name == "split" {
        let text = value.text();
        let pieces = text.split(argument(0)).filter(|piece| !argument(0).is_empty() || !piece.is_empty());
        return Some(Value::List(pieces.take(MOST_PIECES).map(str::to_owned).collect()));
    }
    worded(&value.text(), name, [argument(0), argument(1)]).map(Value::Text)
}

fn worded(text: &str, name: &str, [one, two]: [&str; 2]) -> Option<String> {
    Some(match name {
        "slugify" => slug::slugify(text),
        "slug" => slug::slug(text),
        "downcase" | "lower" => text.to_lowercase(),
        "upcase" | "upper" => text.to_uppercase(),
        "capitalize" => {
            let mut letters = text.chars();
            letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
        }
        "append" => format!("{text}{one}"),
        "prepend" => format!("{one}{text}"),
        "replace" if !one.is_empty() && text.len().saturating_mul(two.len() + 1) < LONGEST => {
            text.replace(one, two)
        }
        "remove" if !one.is_empty() => text.replace(one, ""),
        "replace_first" => text.replacen(one, two, 1),
        "remove_first" => text.replacen(one, "", 1),
        "truncate" => {
            let most = one.parse::<usize>().unwrap_or(50);
            let mark = if two.is_empty() { "..." } else { two };
            if text.chars().count() > most {
                text.chars().take(most.saturating_sub(mark.chars().count())).collect::<String>() + mark
            } else {
                text.to_owned()
            }
        }
        "slice" => {
            let from = one.parse::<i64>().ok()?;
            let count = i64::try_from(text.chars().count()).ok()?;
            let from = usize::try_from(if from < 0 { count + from } else { from }).ok()?;
            text.chars().skip(from).take(two.parse().unwrap_or(1)).collect()
        }
        "url_encode" => ::url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        "urlencode" => percent_encoded(text),
        "size" | "length" => text.chars().count().to_string(),
        "url" | "safe" | "htmlBaseUrl" | "string" | "raw" => text.to_owned(),
        "strip" | "trim" => text.trim().to_owned(),
        "lstrip" => text.trim_start().to_owned(),
        "rstrip" => text.trim_end().to_owned(),
        "escape" | "e" => crate::map::plain::escaped(text),
        _ => return None,
    })
}

/// As `encodeURIComponent` writes it.
fn percent_encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Liquid's `date: "%Y/%m"`, in UTC.
fn dated(value: &str, format: &str, page: &Page<'_>) -> Option<String> {
    let date = match value.trim() {
        "now" | "today" => page.now,
        written => {
            let stamp = date::read(written)?;
            stamp.instant().map_or_else(|| stamp.when.and_utc(), |date| date.to_utc())
        }
    };
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    (!items.contains(&Item::Error)).then(|| date.format_with_items(items.iter()).to_string())
}
