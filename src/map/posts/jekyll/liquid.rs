//! Liquid in a post's body, as far as a feed needs it: `raw`, `comment`, `highlight`, values
//! of the site and the page, addresses, the branch of an `if` that holds, loops over lists
//! that are plainly there, the site's own includes. Other tags fall away, what stands between
//! them stays. No file is read.

use super::Settings;
use super::values::{LONGEST, Value, Values};
use crate::map::plain::escaped;
use crate::map::posts::branches::{Branches, branches, trimmed};
use crate::map::posts::entry::Markup;
use crate::map::posts::tags;
use crate::map::posts::tags::{Ends, Tag};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

/// Blocks deeper in each other than this are not looked into.
pub(super) const MOST_DEEP: usize = 16;
/// Rounds of all loops of a body, and its includes.
const MOST_ROUNDS: usize = 1000;

/// What a body's Liquid may speak of.
pub(super) struct Page<'a> {
    pub(super) settings: &'a Settings,
    pub(super) values: Values<'a>,
    pub(super) markup: Markup,
    /// The address of a post by the tag, `post_url` or `link`, and what it names.
    pub(super) address: &'a dyn Fn(&str, &str) -> Target,
    /// A file beside the post, by its path from there.
    pub(super) beside: &'a dyn Fn(&str) -> Option<String>,
    /// What they name and isn't there.
    pub(super) missing: RefCell<Vec<String>>,
    /// Rounds of loops so far.
    pub(super) rounds: Cell<usize>,
    /// Bytes that values, loops and includes may still put out.
    pub(super) left: Cell<usize>,
}

/// Where a tag leads.
pub(super) enum Target {
    /// There.
    At(String),
    /// To something whose address only Jekyll knows.
    Somewhere,
    /// To a post that isn't there: Jekyll stops at it.
    Nowhere,
}

/// Where a walk through a body stands.
struct Walk {
    ends: Ends,
    depth: usize,
    out: String,
}

impl Page<'_> {
    /// The body without Liquid.
    pub(super) fn render<'t>(&self, body: &'t str) -> Cow<'t, str> {
        self.left.set(body.len().saturating_mul(2).saturating_add(4 * LONGEST));
        self.render_at(body, 0)
    }

    pub(super) fn render_at<'t>(&self, body: &'t str, depth: usize) -> Cow<'t, str> {
        if !body.contains("{{") && !body.contains("{%") {
            return Cow::Borrowed(body);
        }
        let mut walk = Walk { ends: Ends::default(), depth, out: String::with_capacity(body.len()) };
        let mut rest = body;
        while let Some(start) = tags::opening(rest) {
            let (before, from) = rest.split_at(start);
            walk.out.push_str(before);
            let is_value = from.starts_with("{{");
            let Some(Tag { inner, after }) = tags::tag(from) else {
                // Never closed: text like any other.
                let (text, after) = from.split_at_checked(2).unwrap_or((from, ""));
                walk.out.push_str(text);
                rest = after;
                continue;
            };
            if from.get(2..).is_some_and(|from| from.starts_with('-')) {
                walk.out.truncate(walk.out.trim_end().len());
            }
            let after = trimmed(from, after);
            rest = if is_value {
                self.put(&self.values.expression(inner).text(), &mut walk.out);
                after
            } else {
                self.tag(inner, after, &mut walk)
            };
        }
        walk.out.push_str(rest);
        Cow::Owned(walk.out)
    }

    /// Puts out what a tag stands for; returns what follows it.
    fn tag<'t>(&self, inner: &'t str, after: &'t str, walk: &mut Walk) -> &'t str {
        let (name, arguments) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        let arguments = arguments.trim();
        match name {
            "post_url" | "link" => self.put_link(inner, name, arguments, &mut walk.out),
            "assign" => self.values.assign(arguments),
            "include" | "include_cached" | "include_relative" => {
                self.put(&self.included(name, arguments, walk.depth), &mut walk.out);
            }
            "if" | "unless" | "case" | "for" => {
                let found = (walk.depth < MOST_DEEP).then(|| branches(inner, name, after, &mut walk.ends));
                if let Some(branches) = found.flatten() {
                    self.block(name, arguments, &branches, walk);
                    return branches.after;
                }
            }
            "raw" | "comment" | "highlight" | "capture" => {
                if let Some((block, rest)) = walk.ends.until(after, name) {
                    self.whole(name, arguments, block, walk);
                    return rest;
                }
            }
            _ => {}
        }
        after
    }

    /// A block that is taken whole.
    fn whole(&self, name: &str, arguments: &str, block: &str, walk: &mut Walk) {
        match name {
            "raw" => walk.out.push_str(block),
            "highlight" => {
                let language = arguments.split_whitespace().next().unwrap_or_default();
                self.code(language, block, &mut walk.out);
            }
            "capture" if walk.depth < MOST_DEEP => {
                let text = self.render_at(block, walk.depth + 1).into_owned();
                self.values.set(arguments.trim_matches(['"', '\'']), Value::Text(text));
            }
            _ => {}
        }
    }

    /// The branch of a block that holds, or each round of a loop.
    fn block(&self, name: &str, arguments: &str, branches: &Branches<'_>, walk: &mut Walk) {
        let holds = |tag: &str| {
            let (word, condition) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            match word {
                "if" | "elsif" => self.values.holds(condition),
                "unless" => !self.values.holds(condition),
                "when" => self.values.is_one_of(arguments, condition),
                "else" => true,
                _ => false,
            }
        };
        if name != "for" {
            if let Some((_, text)) = branches.each.iter().find(|(tag, _)| holds(tag)) {
                walk.out.push_str(&self.render_at(text, walk.depth + 1));
            }
            return;
        }
        let (variable, items) = self.values.looped(arguments);
        if items.is_empty() {
            if let Some((_, text)) = branches.each.iter().find(|(tag, _)| *tag == "else") {
                walk.out.push_str(&self.render_at(text, walk.depth + 1));
            }
            return;
        }
        let Some((_, text)) = branches.each.first() else { return };
        let count = items.len();
        let before = self.values.of_loop(variable);
        for (place, item) in items.into_iter().enumerate() {
            if !self.has_rounds() {
                break;
            }
            self.values.set(variable, Value::Text(item));
            self.values.count(place, count);
            self.put(&self.render_at(text, walk.depth + 1), &mut walk.out);
        }
        self.values.put_back(before);
    }

    /// Puts out what isn't the body's own, as long as that doesn't make much of little.
    fn put(&self, text: &str, out: &mut String) {
        if let Some(left) = self.left.get().checked_sub(text.len()) {
            self.left.set(left);
            out.push_str(text);
        }
    }

    /// Takes a round, of a loop or an include, where there is one left.
    pub(super) fn has_rounds(&self) -> bool {
        self.rounds.replace(self.rounds.get() + 1) < MOST_ROUNDS
    }

    fn put_link(&self, inner: &str, name: &str, arguments: &str, out: &mut String) {
        let named = arguments.split_whitespace().next().unwrap_or_default();
        match (self.address)(name, named) {
            Target::At(address) => self.put_address(&address, out),
            // The entry's own page has the real link.
            Target::Somewhere => out.push('#'),
            Target::Nowhere => {
                out.push('#');
                self.missing.borrow_mut().push(inner.to_owned());
            }
        }
    }

    /// The address below the site's host; where the author has put the base path before the
    /// tag, as Jekyll 3 wants it, it is not there twice.
    fn put_address(&self, address: &str, out: &mut String) {
        let base = self.settings.base_path();
        let host_end = self.settings.base.len() - base.len();
        let path = address.get(host_end..).filter(|path| path.starts_with('/')).unwrap_or(address);
        if !base.is_empty() && out.ends_with(base) && path.starts_with(base) {
            out.truncate(out.len() - base.len());
        }
        out.push_str(path);
    }

    fn code(&self, language: &str, block: &str, out: &mut String) {
        let code = self.render_at(block, MOST_DEEP);
        let code = code.trim_matches(['\r', '\n']);
        let _ = match self.markup {
            Markup::Markdown(_) => write!(out, "\n~~~~~ {language}\n{code}\n~~~~~\n"),
            Markup::Html => {
                write!(out, "<pre><code class=\"language-{language}\">{}</code></pre>", escaped(code))
            }
        };
    }
}
