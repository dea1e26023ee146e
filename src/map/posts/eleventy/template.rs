//! Liquid and Nunjucks in a permalink or a body, as far as they name values: nothing is run.

use super::page::{Page, Value};
use super::value::{Worth, holds, value};
use crate::map::posts::branches::{branches, trimmed};
use crate::map::posts::tags;
use crate::map::posts::tags::{Ends, Tag};
use std::borrow::Cow;

/// Blocks deeper in each other than this are not looked into.
const MOST_DEEP: usize = 16;
/// Rounds of all loops.
const MOST_ROUNDS: usize = 1000;
/// An address that is taken out of every text.
const NOWHERE: &str = "about:blank";

/// A template with its values in it.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) text: String,
    /// The first expression whose value is a guess.
    pub(super) guessed: Option<String>,
    /// The first expression whose value can't be worked out here.
    pub(super) unknown: Option<String>,
}

impl Filled {
    /// Where a link's target would stand that nobody knows: an address that no text keeps, so that
    /// the link's words stay and nothing leads back to the post itself.
    fn lead_nowhere(&mut self) {
        let ends = ["](", "href=\"", "href='", "src=\"", "src='"];
        if ends.iter().any(|end| self.text.ends_with(end)) {
            self.text.push_str(NOWHERE);
        }
    }

    /// Puts out a value, as long as that doesn't make much of little.
    fn put(&mut self, text: &str, page: &Page<'_>) {
        if let Some(left) = page.left.get().checked_sub(text.len()) {
            page.left.set(left);
            self.text.push_str(text);
        }
    }
}

/// Fills `{{ page.fileSlug | slugify }}` and takes the branch that holds; other tags fall away.
pub(super) fn filled(template: &str, page: &Page<'_>) -> Filled {
    let mut out = Filled { text: String::with_capacity(template.len()), ..Filled::default() };
    fill(template, page, 0, &mut out);
    out
}

/// A body without template syntax.
pub(super) fn render<'t>(body: &'t str, page: &Page<'_>) -> Cow<'t, str> {
    let is_nunjucks = page.settings.is_nunjucks || super::extension(page.below) == "njk";
    let body = if is_nunjucks { tags::uncommented(body) } else { Cow::Borrowed(body) };
    if tags::opening(&body).is_none() { body } else { Cow::Owned(filled(&body, page).text) }
}

fn fill(template: &str, page: &Page<'_>, depth: usize, out: &mut Filled) {
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
        if from.get(2..).is_some_and(|from| from.starts_with('-')) {
            out.text.truncate(out.text.trim_end().len());
        }
        let after = trimmed(from, after);
        rest = if is_value {
            put(inner, page, out);
            after
        } else {
            tag((inner, after), page, (&mut ends, depth), out)
        };
    }
    out.text.push_str(rest);
}

fn put(expression: &str, page: &Page<'_>, out: &mut Filled) {
    match value(expression, page) {
        Worth::Known(value) => out.put(&value.text(), page),
        Worth::Guessed(value) => {
            out.guessed.get_or_insert_with(|| expression.to_owned());
            out.put(&value.text(), page);
        }
        Worth::Unknown => {
            out.unknown.get_or_insert_with(|| expression.to_owned());
            out.lead_nowhere();
        }
    }
}

/// Puts out what a tag stands for; returns what follows it.
fn tag<'t>(
    (inner, after): (&'t str, &'t str),
    page: &Page<'_>,
    (ends, depth): (&mut Ends, usize),
    out: &mut Filled,
) -> &'t str {
    let (name, arguments) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    match name {
        "raw" | "verbatim" | "comment" => {
            if let Some((block, after)) = ends.until(after, name) {
                out.text.push_str(if name == "comment" { "" } else { block });
                return after;
            }
        }
        "assign" | "set" => {
            if let Some((name, expression)) = arguments.split_once('=') {
                match value(expression.trim(), page) {
                    Worth::Known(value) | Worth::Guessed(value) => {
                        page.own.borrow_mut().insert(name.trim().to_owned(), value);
                    }
                    Worth::Unknown => drop(out.unknown.get_or_insert_with(|| inner.to_owned())),
                }
            }
        }
        "if" | "unless" | "for" if depth < MOST_DEEP => {
            if let Some(found) = branches(inner, name, after, ends) {
                if name == "for" {
                    looped(arguments, &found.each, page, depth, out);
                } else {
                    branch(&found.each, page, depth, out);
                }
                return found.after;
            }
        }
        _ => out.lead_nowhere(),
    }
    after
}

/// The branch that holds; where that isn't known, the first.
fn branch(each: &[(&str, &str)], page: &Page<'_>, depth: usize, out: &mut Filled) {
    for (tag, text) in each {
        let (word, condition) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let known = match word {
            "else" => Some(true),
            "unless" => holds(condition, page).map(|holds| !holds),
            _ => holds(condition, page),
        };
        if known.is_none() {
            out.unknown.get_or_insert_with(|| (*tag).to_owned());
        }
        if known.unwrap_or(true) {
            fill(text, page, depth + 1, out);
            return;
        }
    }
}

/// Each round of a loop over a list that is known.
fn looped(arguments: &str, each: &[(&str, &str)], page: &Page<'_>, depth: usize, out: &mut Filled) {
    let (name, list) = arguments.split_once(" in ").unwrap_or((arguments, ""));
    let Worth::Known(Value::List(items)) = value(list.trim(), page) else {
        out.unknown.get_or_insert_with(|| arguments.to_owned());
        return;
    };
    let Some((_, text)) = each.first() else { return };
    for item in items {
        if page.rounds.replace(page.rounds.get() + 1) >= MOST_ROUNDS {
            return;
        }
        page.own.borrow_mut().insert(name.trim().to_owned(), Value::Text(item));
        fill(text, page, depth + 1, out);
    }
}
