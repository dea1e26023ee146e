//! HTML from anywhere → HTML that may be shown anywhere.
//!
//! Nothing that runs, frames, submits, positions or reaches outside the page; every
//! address absolute, in ASCII, of a scheme that may be followed. What lazy loading
//! hid is made real. Cleaning twice changes nothing.

use crate::map::allowed::{ADDED, ATTRIBUTES, GENERIC, REMOVED, attribute};
use crate::map::{
    checkboxes, frames, hidden, lazy_images, long_texts, nesting, plain, proven_clean, settled,
    stray_brackets,
};
use crate::parse::feed::unescape;
use ammonia::{Builder, UrlRelative};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;
use url::Url;

/// A text that grows more than so many times under repair is an attack, and is dropped.
const MAX_GROWTH: usize = 8;
/// Bytes of one clean text; of a longer one its words are kept, up to so many.
const MAX_CLEAN: usize = 2 * 1024 * 1024;
/// How often a text is cleaned again until it is settled.
const MAX_ROUNDS: usize = 3;

thread_local! {
    /// What the addresses of the text being cleaned count from.
    static BASE: RefCell<Option<Url>> = const { RefCell::new(None) };
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(cleaner);

/// Cleans HTML; relative addresses count from `base`, and fall away without one.
///
/// Of a text that would cost more than any is worth, or that comes to more than
/// 2 MiB, the words alone are left, up to so many.
pub fn clean_html(html: &str, base: Option<&Url>) -> String {
    if html.len() > MAX_CLEAN && 4 * memchr::memchr_iter(b'&', html.as_bytes()).count() > MAX_CLEAN {
        return words(html);
    }
    let clean = proven_clean::cleaned(html, base).unwrap_or_else(|| clean_by_tree(html, base));
    if clean.len() > MAX_CLEAN { words(&clean) } else { clean }
}

/// The words of HTML as HTML, no more than [`MAX_CLEAN`] bytes of them.
pub(crate) fn words(html: &str) -> String {
    let text = plain::without_tags(html);
    let mut words = String::with_capacity(text.len().min(MAX_CLEAN));
    for letter in unescape(&text).chars() {
        match letter {
            '&' => words.push_str("&amp;"),
            '<' => words.push_str("&lt;"),
            '>' => words.push_str("&gt;"),
            '\u{a0}' => words.push_str("&nbsp;"),
            '\r' => words.push('\n'),
            '\0' => {}
            other => words.push(other),
        }
        if words.len() > MAX_CLEAN - "&nbsp;".len() {
            break;
        }
    }
    words
}

/// [`clean_html`] without the short cut for what is plain from its text.
pub(crate) fn clean_by_tree(html: &str, base: Option<&Url>) -> String {
    let html = stray_brackets::escaped(html);
    // Before what stands in for scripts is chosen from, and of what was chosen.
    let html = hidden::left_out(&html);
    let html = lazy_images::made_real(&html);
    let html = hidden::left_out(&html);
    let html = frames::linked(&html);
    let html = checkboxes::told(&html);
    let Some(html) = nesting::bounded(&html) else { return words(&html) };
    let html = long_texts::broken(&html);
    let before = BASE.replace(base.cloned());
    let mut clean = CLEANER.clean(&html).to_string();
    for _ in 0..MAX_ROUNDS {
        // What repair has put where it can't stay moves again when it is read again.
        if settled::is_settled(&clean) {
            break;
        }
        clean = CLEANER.clean(&clean).to_string();
    }
    BASE.replace(before);
    // A carriage return that was written as a reference is a line end when it is read again.
    let clean = if clean.contains('\r') { clean.replace('\r', "\n") } else { clean };
    let clean = with_first_lines(clean);
    if clean.len() > 4096 && clean.len() / MAX_GROWTH > html.len() {
        return String::new();
    }
    clean
}

/// A reader drops the first line break of a `pre`: one that is meant is written twice.
fn with_first_lines(clean: String) -> String {
    if !clean.contains("<pre") {
        return clean;
    }
    let mut out = String::with_capacity(clean.len() + 1);
    let mut rest = clean.as_str();
    // Clean attributes hold no brackets.
    while let Some((before, after)) = rest.split_once('>') {
        out.push_str(before);
        out.push('>');
        let begins_pre =
            before.rsplit_once('<').is_some_and(|(_, tag)| tag == "pre" || tag.starts_with("pre "));
        if begins_pre && after.starts_with('\n') {
            out.push('\n');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn cleaner() -> Builder<'static> {
    let mut builder = Builder::default();
    let attributes: HashMap<_, HashSet<_>> =
        ATTRIBUTES.into_iter().map(|(tag, names)| (tag, names.iter().copied().collect())).collect();
    builder
        .clean_content_tags(REMOVED.into_iter().collect())
        .add_tags(ADDED)
        .tag_attributes(attributes)
        .generic_attributes(GENERIC.into_iter().collect())
        .url_schemes(["http", "https", "mailto", "tel"].into_iter().collect())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|_tag, name, value| BASE.with_borrow(|base| attribute(name, value, base.as_ref())));
    builder
}

#[cfg(test)]
mod tests;
