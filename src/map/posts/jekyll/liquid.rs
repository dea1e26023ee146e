//! Liquid in a post's body, as far as a feed needs it: `raw`, `comment`, `highlight`,
//! values of the site and the page, addresses. Other tags fall away, what stands
//! between them stays. Nothing is run: no loops, no includes.

use super::Settings;
use crate::map::plain::escaped;
use crate::map::posts::entry::Markup;
use crate::map::posts::meta::Meta;
use crate::map::posts::tags;
use crate::map::posts::tags::{Ends, Tag};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write as _;

/// What a body's Liquid may speak of.
pub(super) struct Page<'a> {
    pub(super) settings: &'a Settings,
    pub(super) meta: &'a Meta<'a>,
    pub(super) markup: Markup,
    /// The address of a post by the tag, `post_url` or `link`, and what it names.
    pub(super) address: &'a dyn Fn(&str, &str) -> Target,
    /// What they name and isn't there.
    pub(super) missing: RefCell<Vec<String>>,
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

impl Page<'_> {
    /// The body without Liquid.
    pub(super) fn render<'t>(&self, body: &'t str) -> Cow<'t, str> {
        if !body.contains("{{") && !body.contains("{%") {
            return Cow::Borrowed(body);
        }
        let mut out = String::with_capacity(body.len());
        let mut rest = body;
        let mut ends = Ends::default();
        while let Some(start) = tags::opening(rest) {
            let (before, from) = rest.split_at(start);
            out.push_str(before);
            let is_value = from.starts_with("{{");
            let Some(Tag { inner, after }) = tags::tag(from) else {
                // Never closed: text like any other.
                let (text, after) = from.split_at_checked(2).unwrap_or((from, ""));
                out.push_str(text);
                rest = after;
                continue;
            };
            rest = if is_value {
                out.push_str(&self.value(inner));
                after
            } else {
                self.tag(inner, after, &mut ends, &mut out)
            };
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// Puts out what a tag stands for; returns what follows it.
    fn tag<'t>(&self, inner: &str, after: &'t str, ends: &mut Ends, out: &mut String) -> &'t str {
        let mut words = inner.split_whitespace();
        let name = words.next().unwrap_or_default();
        if matches!(name, "post_url" | "link") {
            let named = words.next().unwrap_or_default();
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
        let has_block = matches!(name, "raw" | "comment" | "highlight");
        let Some((block, rest)) = has_block.then(|| ends.until(after, name)).flatten() else {
            return after;
        };
        match name {
            "raw" => out.push_str(block),
            "highlight" => self.code(words.next().unwrap_or_default(), block, out),
            _ => {}
        }
        rest
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
        let code = self.render(block);
        let code = code.trim_matches(['\r', '\n']);
        let _ = match self.markup {
            Markup::Markdown(_) => write!(out, "\n~~~~~ {language}\n{code}\n~~~~~\n"),
            Markup::Html => {
                write!(out, "<pre><code class=\"language-{language}\">{}</code></pre>", escaped(code))
            }
        };
    }

    /// `"/x" | relative_url`, `site.title`.
    fn value(&self, expression: &str) -> String {
        let mut parts = expression.split('|');
        let mut value = self.term(parts.next().unwrap_or_default());
        for filter in parts {
            let (name, argument) = filter.split_once(':').unwrap_or((filter, ""));
            let slash = if value.starts_with('/') { "" } else { "/" };
            value = match name.trim() {
                "relative_url" => format!("{}{slash}{value}", self.settings.base_path()),
                "absolute_url" => format!("{}{slash}{value}", self.settings.base),
                "prepend" => self.term(argument) + &value,
                "append" => value + &self.term(argument),
                _ => value,
            };
        }
        value
    }

    fn term(&self, term: &str) -> String {
        let term = term.trim();
        let literal = ['"', '\''].iter().find_map(|quote| term.strip_prefix(*quote)?.strip_suffix(*quote));
        if let Some(text) = literal {
            return text.to_owned();
        }
        match term.split_once('.') {
            Some(("site", "baseurl")) => self.settings.base_path().to_owned(),
            Some(("site", key)) => self.settings.scalar(key).unwrap_or_default().to_owned(),
            Some(("page", key)) => self.meta.text(key).unwrap_or_default().to_owned(),
            _ => String::new(),
        }
    }
}
