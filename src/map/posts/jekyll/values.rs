//! Liquid's values: what an expression comes to, whether a condition holds.
//!
//! In: expressions such as `page.title | upcase`. Out: texts and lists of texts. What isn't
//! known here (data files, other pages) is nothing, as what isn't there is to Liquid.

use super::Settings;
use super::url::slugged;
use crate::map::date;
use crate::map::markdown::{Dialect, render};
use crate::map::plain;
use crate::map::posts::meta::{Meta, flat};
use crate::map::posts::tags;
use crate::model::Date;
use crate::yaml::{Node, Value as Written};
use chrono::format::{Item, StrftimeItems};
use chrono_tz::Tz;
use std::cell::RefCell;
use std::collections::HashMap;

/// A text that a filter makes longer than this stays as it was.
pub(super) const LONGEST: usize = 1 << 20;
/// What a condition may compare by.
const SIGNS: [&str; 7] = ["==", "!=", ">=", "<=", ">", "<", " contains "];
/// Pieces of a text.
const MOST_PIECES: usize = 10_000;
/// Items of a range.
const MOST_ITEMS: usize = 1000;

/// What an expression comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Value {
    #[default]
    Nothing,
    Switch(bool),
    Text(String),
    List(Vec<String>),
}

impl Value {
    /// As it is put out.
    pub(super) fn text(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Switch(on) => on.to_string(),
            Self::Text(text) => text,
            Self::List(items) => items.concat(),
        }
    }

    /// In bytes.
    fn length(&self) -> usize {
        match self {
            Self::Nothing | Self::Switch(_) => 0,
            Self::Text(text) => text.len(),
            Self::List(items) => items.iter().map(String::len).sum(),
        }
    }

    fn holds(&self) -> bool {
        !matches!(self, Self::Nothing | Self::Switch(false))
    }

    fn of(node: &Node) -> Self {
        match &node.value {
            Written::Scalar { .. } if node.is_null() => Self::Nothing,
            Written::Scalar { .. } => node
                .boolean()
                .map_or_else(|| Self::Text(node.text().unwrap_or_default().to_owned()), Self::Switch),
            Written::List(_) => Self::List(flat(node).into_iter().map(str::to_owned).collect()),
            Written::Map(_) => Self::Nothing,
        }
    }
}

/// What a page's expressions may speak of.
pub(super) struct Values<'a> {
    pub(super) settings: &'a Settings,
    pub(super) meta: &'a Meta<'a>,
    /// The page's path below the site's base.
    pub(super) path: &'a str,
    pub(super) title: Option<String>,
    pub(super) date: Option<Date>,
    pub(super) zone: Tz,
    pub(super) now: chrono::DateTime<chrono::Utc>,
    pub(super) own: RefCell<HashMap<String, Value>>,
}

impl Values<'_> {
    /// `"/x" | relative_url`, `site.title`.
    pub(super) fn expression(&self, expression: &str) -> Value {
        let mut parts = tags::pieces(expression, '|').into_iter();
        let mut value = self.term(parts.next().unwrap_or_default());
        for filter in parts {
            let (name, arguments) = filter.split_once(':').unwrap_or((filter, ""));
            let arguments: Vec<String> = tags::pieces(arguments, ',')
                .into_iter()
                .filter(|argument| !argument.trim().is_empty())
                .map(|argument| self.term(argument).text())
                .collect();
            let made = self.filtered(value.clone(), name.trim(), &arguments);
            if made.length() <= LONGEST {
                value = made;
            }
        }
        value
    }

    /// `name = expression`.
    pub(super) fn assign(&self, arguments: &str) {
        if let Some((name, expression)) = arguments.split_once('=') {
            let value = self.expression(expression);
            self.set(name.trim(), value);
        }
    }

    /// Names a value, unless it is too long to be one.
    pub(super) fn set(&self, name: &str, value: Value) {
        if value.length() > LONGEST {
            return;
        }
        self.own.borrow_mut().insert(name.to_owned(), value);
    }

    /// Takes the parameters of an include in place of those of the one that it stands in, which are
    /// given back.
    pub(super) fn enter(&self, parameters: Vec<(String, Value)>) -> HashMap<String, Value> {
        let mut own = self.own.borrow_mut();
        let (outer, rest) =
            std::mem::take(&mut *own).into_iter().partition(|(name, _)| name.starts_with("include."));
        *own = rest;
        own.extend(parameters.into_iter().map(|(name, value)| (format!("include.{name}"), value)));
        outer
    }

    /// Puts back what [`enter`](Self::enter) gave.
    pub(super) fn leave(&self, outer: HashMap<String, Value>) {
        self.enter(Vec::new());
        self.own.borrow_mut().extend(outer);
    }

    /// What a loop gives its own meaning to: its variable, and where it stands.
    pub(super) fn of_loop(&self, variable: &str) -> Vec<(String, Option<Value>)> {
        let own = self.own.borrow();
        let names = ["forloop.first", "forloop.last", "forloop.index", "forloop.index0", variable];
        names.into_iter().map(|name| (name.to_owned(), own.get(name).cloned())).collect()
    }

    /// Puts that back after the loop.
    pub(super) fn put_back(&self, before: Vec<(String, Option<Value>)>) {
        let mut own = self.own.borrow_mut();
        for (name, value) in before {
            match value {
                Some(value) => drop(own.insert(name, value)),
                None => drop(own.remove(&name)),
            }
        }
    }

    /// Which round of so many it is.
    pub(super) fn count(&self, place: usize, count: usize) {
        self.set("forloop.first", Value::Switch(place == 0));
        self.set("forloop.last", Value::Switch(place + 1 == count));
        self.set("forloop.index", Value::Text((place + 1).to_string()));
        self.set("forloop.index0", Value::Text(place.to_string()));
    }

    /// `x in list`: the name, and what it is in each round.
    pub(super) fn looped<'t>(&self, arguments: &'t str) -> (&'t str, Vec<String>) {
        let (name, list) = arguments.split_once(" in ").unwrap_or((arguments, ""));
        let list = list.split_whitespace().next().unwrap_or_default();
        let range = list.strip_prefix('(').and_then(|list| list.strip_suffix(')')?.split_once(".."));
        let items = match range {
            Some((from, to)) => {
                let number = |term: &str| self.term(term).text().trim().parse::<i64>().ok();
                let both = number(from).zip(number(to));
                let numbers = both.into_iter().flat_map(|(from, to)| (from..=to).take(MOST_ITEMS));
                numbers.map(|number| number.to_string()).collect()
            }
            None => match self.term(list) {
                Value::List(items) => items,
                _ => Vec::new(),
            },
        };
        (name.trim(), items)
    }

    /// Whether a condition holds: terms, comparisons, `and` and `or`.
    pub(super) fn holds(&self, condition: &str) -> bool {
        // Liquid reads them from the right.
        if let Some((left, word, right)) = tags::cut(condition, &[" and ", " or "]) {
            let (left, right) = (self.holds(left), self.holds(right));
            return if word == " and " { left && right } else { left || right };
        }
        if let Some((left, sign, right)) = tags::cut(condition, &SIGNS) {
            return compared(&self.term(left), sign.trim(), &self.term(right));
        }
        self.term(condition).holds()
    }

    /// `case x`, `when a, b or c`.
    pub(super) fn is_one_of(&self, case: &str, when: &str) -> bool {
        let case = self.term(case);
        let each = when.split(" or ").flat_map(|part| tags::pieces(part, ','));
        each.into_iter().any(|one| self.term(one) == case)
    }

    fn term(&self, term: &str) -> Value {
        let term = term.trim();
        let literal = ['"', '\''].iter().find_map(|quote| term.strip_prefix(*quote)?.strip_suffix(*quote));
        if let Some(text) = literal {
            return Value::Text(text.to_owned());
        }
        if let Some(own) = self.own.borrow().get(term) {
            return own.clone();
        }
        let text = |text: &str| Value::Text(text.to_owned());
        match (term, term.split_once('.')) {
            ("true" | "false", _) => Value::Switch(term == "true"),
            ("empty" | "blank", _) => text(""),
            _ if term.parse::<f64>().is_ok() => text(term),
            (_, Some(("site", "baseurl"))) => text(self.settings.base_path()),
            (_, Some(("site", key))) => self.settings.scalar(key).map_or(Value::Nothing, text),
            (_, Some(("page", "url"))) => text(self.path),
            (_, Some(("page", "title"))) => self.title.as_deref().map_or(Value::Nothing, text),
            (_, Some(("page", "date"))) => self
                .date
                .map_or(Value::Nothing, |date| Value::Text(date.with_timezone(&self.zone).to_rfc3339())),
            (_, Some(("page", key))) => self.meta.get(key).map_or(Value::Nothing, Value::of),
            _ => Value::Nothing,
        }
    }

    /// A value by one of Liquid's or Jekyll's filters; by another it stays.
    fn filtered(&self, value: Value, name: &str, arguments: &[String]) -> Value {
        let argument = |place: usize| arguments.get(place).map(String::as_str).unwrap_or_default();
        match (name, value) {
            ("default", value) if !value.holds() || value == Value::Text(String::new()) => {
                Value::Text(argument(0).to_owned())
            }
            ("join", Value::List(items)) => {
                let between = arguments.first().map_or(" ", String::as_str);
                if items.len().saturating_mul(between.len()) > LONGEST {
                    return Value::List(items);
                }
                Value::Text(items.join(between))
            }
            ("first", Value::List(items)) => items.into_iter().next().map_or(Value::Nothing, Value::Text),
            ("last", Value::List(items)) => items.into_iter().next_back().map_or(Value::Nothing, Value::Text),
            ("size", Value::List(items)) => Value::Text(items.len().to_string()),
            ("reverse", Value::List(items)) => Value::List(items.into_iter().rev().collect()),
            ("sort", Value::List(mut items)) => {
                items.sort();
                Value::List(items)
            }
            ("uniq", Value::List(items)) => {
                let mut seen = std::collections::HashSet::new();
                Value::List(items.into_iter().filter(|item| seen.insert(item.clone())).collect())
            }
            ("split", value) => {
                let text = value.text();
                let pieces =
                    text.split(argument(0)).filter(|piece| !argument(0).is_empty() || !piece.is_empty());
                Value::List(pieces.take(MOST_PIECES).map(str::to_owned).collect())
            }
            ("date" | "date_to_string" | "date_to_long_string" | "date_to_xmlschema", value) => {
                let pattern = match name {
                    "date" => argument(0),
                    "date_to_string" => "%d %b %Y",
                    "date_to_long_string" => "%d %B %Y",
                    _ => "%Y-%m-%dT%H:%M:%S%:z",
                };
                Value::Text(self.dated(value.text(), pattern))
            }
            (_, list @ Value::List(_)) => list,
            (_, Value::Nothing)
                if !matches!(name, "prepend" | "append" | "relative_url" | "absolute_url") =>
            {
                Value::Nothing
            }
            (name, value) => Value::Text(self.worded(value.text(), name, [argument(0), argument(1)])),
        }
    }

    fn worded(&self, text: String, name: &str, [one, two]: [&str; 2]) -> String {
        let slash = if text.starts_with('/') || text.contains("://") { "" } else { "/" };
        let below =
            |base: &str| if text.contains("://") { text.clone() } else { format!("{base}{slash}{text}") };
        match name {
            "relative_url" => below(self.settings.base_path()),
            "absolute_url" => below(&self.settings.base),
            "prepend" => format!("{one}{text}"),
            "append" => format!("{text}{one}"),
            "upcase" => text.to_uppercase(),
            "downcase" => text.to_lowercase(),
            "capitalize" => {
                let mut letters = text.chars();
                letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
            }
            "strip" => text.trim().to_owned(),
            "lstrip" => text.trim_start().to_owned(),
            "rstrip" => text.trim_end().to_owned(),
            "strip_newlines" => text.replace(['\r', '\n'], ""),
            "newline_to_br" => text.replace('\n', "<br />\n"),
            "markdownify" => render(&text, Dialect::Kramdown),
            "slugify" => slugged(&text, one),
            "url_encode" | "cgi_escape" => ::url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            "strip_html" => plain::without_tags(&text),
            "escape" | "xml_escape" | "escape_once" => plain::escaped(&text),
            "size" => text.chars().count().to_string(),
            "replace" if !one.is_empty() && text.len().saturating_mul(two.len() + 1) < LONGEST => {
                text.replace(one, two)
            }
            "replace_first" => text.replacen(one, two, 1),
            "remove" if !one.is_empty() => text.replace(one, ""),
            "remove_first" => text.replacen(one, "", 1),
            "truncate" => match one.parse::<usize>() {
                Ok(most) if text.chars().count() > most => {
                    text.chars().take(most.saturating_sub(3)).collect::<String>() + "..."
                }
                _ => text,
            },
            "plus" | "minus" | "times" | "divided_by" | "modulo" => {
                calculated(&text, name, one).unwrap_or(text)
            }
            _ => text,
        }
    }

    /// A date by Ruby's `strftime`; what is no date stays, and so it does by a pattern that is none.
    fn dated(&self, text: String, pattern: &str) -> String {
        let date = match text.trim() {
            "now" | "today" => Some(self.now.fixed_offset()),
            written => date::read_day_first(written)
                .map(|stamp| stamp.instant().unwrap_or_else(|| date::in_zone(stamp.when, self.zone))),
        };
        let items: Vec<Item<'_>> = StrftimeItems::new(pattern).collect();
        match date.filter(|_| !items.contains(&Item::Error)) {
            Some(date) => date.with_timezone(&self.zone).format_with_items(items.iter()).to_string(),
            None => text,
        }
    }
}

fn compared(left: &Value, sign: &str, right: &Value) -> bool {
    let numbers = || {
        let number = |value: &Value| value.clone().text().trim().parse::<f64>().ok();
        number(left).zip(number(right))
    };
    match sign {
        "==" => left == right || right == &Value::Text(String::new()) && left == &Value::List(Vec::new()),
        "!=" => left != right,
        "contains" => {
            let wanted = right.clone().text();
            match left {
                Value::List(items) => items.contains(&wanted),
                Value::Text(text) => text.contains(&wanted),
                _ => false,
            }
        }
        ">" => numbers().is_some_and(|(left, right)| left > right),
        "<" => numbers().is_some_and(|(left, right)| left < right),
        ">=" => numbers().is_some_and(|(left, right)| left >= right),
        _ => numbers().is_some_and(|(left, right)| left <= right),
    }
}

/// Whole numbers alone.
fn calculated(text: &str, name: &str, other: &str) -> Option<String> {
    let (left, right) = (text.trim().parse::<i64>().ok()?, other.trim().parse::<i64>().ok()?);
    let found = match name {
        "plus" => left.checked_add(right),
        "minus" => left.checked_sub(right),
        "times" => left.checked_mul(right),
        "divided_by" => left.checked_div_euclid(right),
        _ => left.checked_rem_euclid(right),
    };
    found.map(|number| number.to_string())
}
