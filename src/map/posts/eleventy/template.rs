//! Liquid and Nunjucks in a permalink or a body, as far as they name values: nothing is run.

use super::of_page;
use super::slug;
use crate::map::posts::meta::Meta;
use crate::map::posts::tags;
use crate::map::posts::tags::{Ends, Tag};
use crate::model::Date;
use crate::yaml::Node;
use std::borrow::Cow;

/// What a template may speak of.
pub(super) struct Page<'a> {
    /// Its path below the input folder.
    pub(super) below: &'a str,
    pub(super) date: Option<Date>,
    pub(super) meta: &'a Meta<'a>,
}

impl Page<'_> {
    /// `/posts/2021-03-04-x`.
    pub(super) fn stem(&self) -> String {
        let stem = self.below.rsplit_once('.').map_or(self.below, |(stem, _)| stem);
        format!("/{stem}")
    }

    /// `/posts/x`: the same without the file's date.
    pub(super) fn path_stem(&self) -> String {
        let stem = self.stem();
        let (folder, name) = stem.rsplit_once('/').unwrap_or_default();
        format!("{folder}/{}", undated(name))
    }

    /// The file's name without its date; of an `index` its folder's.
    pub(super) fn file_slug(&self) -> &str {
        let stem = self.below.rsplit_once('.').map_or(self.below, |(stem, _)| stem);
        let mut names = stem.rsplit('/');
        let name = match names.next() {
            Some("index") => names.next().unwrap_or_default(),
            other => other.unwrap_or_default(),
        };
        undated(name)
    }
}

/// A name without the date in front of it.
fn undated(name: &str) -> &str {
    let after = name.get(10..).and_then(|rest| rest.strip_prefix('-'));
    after.filter(|_| super::day_in(name.get(..10).unwrap_or_default()).is_some()).unwrap_or(name)
}

/// A template with its values in it.
pub(super) struct Filled {
    pub(super) text: String,
    /// The first expression whose value can't be worked out here.
    pub(super) unknown: Option<String>,
    /// Whether one has no value at all.
    pub(super) is_empty_somewhere: bool,
}

/// What an expression is worth.
enum Worth {
    Known(String),
    /// But for a filter of the site's own; such ones make slugs.
    Guessed(String),
    Nothing,
}

/// Fills `{{ page.fileSlug | slugify }}`; tags fall away.
pub(super) fn filled(template: &str, page: &Page<'_>) -> Filled {
    let text = String::with_capacity(template.len());
    let mut out = Filled { text, unknown: None, is_empty_somewhere: false };
    let mut rest = template;
    let mut ends = Ends::default();
    while let Some(start) = tags::opening(rest) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.text.push_str(before);
        let is_value = from.starts_with("{{");
        let Some(Tag { inner, after }) = tags::tag(from) else {
            out.text.push_str(from.get(..2).unwrap_or_default());
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        rest = after;
        if is_value {
            let worth = value(inner, page);
            if !matches!(worth, Worth::Known(_)) {
                out.unknown = out.unknown.or_else(|| Some(inner.to_owned()));
            }
            match worth {
                Worth::Known(value) | Worth::Guessed(value) => out.text.push_str(&value),
                Worth::Nothing => out.is_empty_somewhere = true,
            }
        } else if matches!(inner, "raw" | "verbatim")
            && let Some((block, after)) = ends.until(rest, inner)
        {
            out.text.push_str(block);
            rest = after;
        }
    }
    out.text.push_str(rest);
    out
}

/// A body without template syntax.
pub(super) fn render<'t>(body: &'t str, page: &Page<'_>) -> Cow<'t, str> {
    if tags::opening(body).is_none() { Cow::Borrowed(body) } else { Cow::Owned(page.fill(body)) }
}

fn value(expression: &str, page: &Page<'_>) -> Worth {
    let mut parts = expression.split('|');
    let Some(mut value) = parts.next().and_then(|name| term(name.trim(), page)) else {
        return Worth::Nothing;
    };
    let mut is_known = true;
    for filter in parts {
        let filter = filter.trim();
        let end = filter.find([':', '(']).unwrap_or(filter.len());
        let (name, argument) = filter.split_at_checked(end).unwrap_or((filter, ""));
        let argument = literal(argument.trim_matches([':', '(', ')', ' ']));
        value = match (name.trim(), argument) {
            ("slugify", _) => slug::slugify(&value),
            ("slug", _) => slug::slug(&value),
            ("downcase" | "lower", _) => value.to_lowercase(),
            ("upcase" | "upper", _) => value.to_uppercase(),
            ("date", Some(format)) => match dated(&value, format) {
                Some(date) => date,
                None => return Worth::Nothing,
            },
            ("append", Some(text)) => value + text,
            ("prepend", Some(text)) => text.to_owned() + &value,
            ("url" | "safe" | "strip" | "trim" | "htmlBaseUrl", _) => value,
            _ => {
                is_known = false;
                slug::slugify(&value)
            }
        };
    }
    if is_known { Worth::Known(value) } else { Worth::Guessed(value) }
}

fn term(term: &str, page: &Page<'_>) -> Option<String> {
    if let Some(text) = literal(term) {
        return Some(text.to_owned());
    }
    if let Some(key) = term.strip_prefix("page.") {
        return of_page(page).get(key).and_then(Node::text).map(str::to_owned);
    }
    page.meta.first(&[term]).and_then(Node::text).map(str::to_owned)
}

fn literal(text: &str) -> Option<&str> {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
}

/// Liquid's `date: "%Y/%m"`.
fn dated(value: &str, format: &str) -> Option<String> {
    let date = chrono::DateTime::parse_from_rfc3339(value).ok()?;
    let items: Vec<_> = chrono::format::StrftimeItems::new(format).collect();
    let is_format = !items.contains(&chrono::format::Item::Error);
    is_format.then(|| date.to_utc().format_with_items(items.iter()).to_string())
}
