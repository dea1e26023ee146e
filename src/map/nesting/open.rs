//! What is open at a place of HTML: as deep as a tree builder has it, or deeper.
//!
//! A tag closes here only what it surely closes there (HTML §13.2.6.4.7).

use crate::map::elements::{ends_paragraph, holds_rows, is_cell, is_formatting, is_phrasing, is_void};
use crate::map::tags::Tag;
use std::borrow::Cow;
use std::collections::HashMap;

/// Elements within elements beyond this lose their tags; their text stays.
const MAX_DEPTH: usize = 100;
/// The same for formatting, which multiplies.
const MAX_FORMATTING: usize = 16;
/// Blocks that a link or formatting may hold when its end tag is to end it (§13.2.6.4.7,
/// the adoption agency, goes round eight times).
const MAX_ADOPTED: usize = 6;
/// So many steps through what was before cost as much as a tag.
const STEPS: usize = 500;

type Name<'t> = Cow<'t, str>;

#[derive(Default)]
pub(super) struct Open<'t> {
    stack: Vec<Name<'t>>,
    /// Formatting and links without their end tags, each with the length of its tag: what is
    /// no longer on the stack is opened again with the next text.
    formatting: Vec<(Name<'t>, usize)>,
    /// Start tags that were dropped, by name: their end tags go too.
    dropped: HashMap<String, usize>,
    tags: usize,
    /// What the tree has cost so far: a tag costs 1.
    pub(super) cost: usize,
    /// Bytes of the tags that are opened again.
    pub(super) growth: usize,
}

impl<'t> Open<'t> {
    /// Text stands here.
    pub(super) fn text(&mut self) {
        self.reopen();
        self.foster();
    }

    /// Whether a tag may stay.
    pub(super) fn takes(&mut self, tag: &Tag<'t>) -> bool {
        let name: Name<'t> = if tag.name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            tag.name.to_ascii_lowercase().into()
        } else {
            tag.name.into()
        };
        if tag.closes && self.was_dropped(&name) {
            return false;
        }
        self.tags += 1;
        self.cost += 1;
        if tag.closes {
            self.end(&name);
            return true;
        }
        if is_void(&name) {
            self.text();
            return true;
        }
        let multiplies = is_formatting(&name);
        if self.stack.len() >= MAX_DEPTH || multiplies && self.formatting.len() >= MAX_FORMATTING {
            *self.dropped.entry(name.into_owned()).or_default() += 1;
            self.tags -= 1;
            self.cost -= 1;
            return false;
        }
        self.make_way(&name);
        if is_phrasing(&name) {
            self.reopen();
        }
        if !holds_rows(&name) && !is_cell(&name) && name != "colgroup" {
            self.foster();
        }
        if multiplies || name == "a" {
            self.formatting.push((name.clone(), tag.end - tag.start));
        }
        self.stack.push(name);
        true
    }

    /// Opens formatting again whose paragraph has ended.
    fn reopen(&mut self) {
        if self.formatting.is_empty() {
            return;
        }
        let stands = self.stack.iter().filter(|name| *name == "a" || is_formatting(name)).count();
        for (name, length) in self.formatting.iter().skip(stands) {
            self.cost += 1;
            self.growth += length + name.len() + 3;
            self.stack.push(name.clone());
        }
    }

    /// What can't stand in a table is put before it, behind all that was there.
    fn foster(&mut self) {
        if self.stack.last().is_some_and(|top| holds_rows(top)) {
            self.cost += self.tags / STEPS;
        }
    }

    /// Whether the start tag that this end tag belongs to was dropped.
    fn was_dropped(&mut self, name: &str) -> bool {
        let count = self.dropped.get_mut(name).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    fn end(&mut self, name: &str) {
        if name == "a" || is_formatting(name) {
            self.end_formatting(name);
            return;
        }
        let is_block = ends_paragraph(name);
        let is_of_table = holds_rows(name) || is_cell(name);
        let place = self.find(
            |outer| outer == name,
            |outer| {
                is_phrasing(outer)
                    || (is_block || is_of_table) && ends_paragraph(outer) && outer != "table"
                    || is_of_table
                        && (is_cell(outer) || holds_rows(outer))
                        && (name == "table" || outer != "table")
            },
        );
        if let Some(place) = place {
            self.stack.truncate(place);
        }
    }

    /// Ends the last of its name, in whatever it stands.
    fn end_formatting(&mut self, name: &str) {
        let is_passed = |outer: &str| is_phrasing(outer) || ends_paragraph(outer) && outer != "table";
        if let Some(place) = self.find(|outer| outer == name, is_passed) {
            let blocks = self.stack.iter().skip(place).filter(|inner| ends_paragraph(inner)).count();
            if blocks == 0 {
                self.stack.truncate(place);
            } else if blocks <= MAX_ADOPTED {
                self.stack.remove(place);
            } else {
                return;
            }
        } else if self.stack.iter().any(|outer| outer == name) {
            return;
        }
        if let Some(last) = self.formatting.iter().rposition(|(known, _)| known == name) {
            self.formatting.remove(last);
        }
    }

    /// Closes what a start tag surely closes.
    fn make_way(&mut self, name: &str) {
        if ends_paragraph(name) {
            self.close(|outer| outer == "p", is_phrasing);
        }
        let is_passed = |outer: &str| is_phrasing(outer) || matches!(outer, "address" | "div" | "p");
        match name {
            "a" | "nobr" => {
                if self.find(|outer| outer == name, is_phrasing).is_some()
                    || !self.stack.iter().any(|outer| outer == name)
                {
                    self.end_formatting(name);
                }
            }
            "li" => self.close(|outer| outer == "li", is_passed),
            "dd" | "dt" => self.close(|outer| matches!(outer, "dd" | "dt"), is_passed),
            "td" | "th" => self.close(is_cell, is_within_cell),
            "tr" => self.close(|outer| outer == "tr", is_within_row),
            "tbody" | "thead" | "tfoot" | "caption" => {
                let is_part = |outer: &str| matches!(outer, "tbody" | "thead" | "tfoot" | "caption");
                self.close(is_part, |outer| outer == "tr" || is_within_row(outer));
            }
            _ => self.close_alike(name),
        }
    }

    /// Elements that end with the next of their kind.
    fn close_alike(&mut self, name: &str) {
        let Some(top) = self.stack.last() else { return };
        let is_heading = |name: &str| matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
        let is_ruby = |name: &str| matches!(name, "rb" | "rp" | "rt");
        let ends = match name {
            "option" => top == "option",
            _ if is_heading(name) => is_heading(top),
            _ if is_ruby(name) => is_ruby(top) && self.find(|outer| outer == "ruby", is_phrasing).is_some(),
            _ => false,
        };
        if ends {
            self.stack.pop();
        }
    }

    /// The innermost of these behind nothing but what may be passed.
    fn find(&self, is_it: impl Fn(&str) -> bool, is_passed: impl Fn(&str) -> bool) -> Option<usize> {
        for (place, outer) in self.stack.iter().enumerate().rev() {
            if is_it(outer) {
                return Some(place);
            }
            if !is_passed(outer) {
                return None;
            }
        }
        None
    }

    fn close(&mut self, is_it: impl Fn(&str) -> bool, is_passed: impl Fn(&str) -> bool) {
        if let Some(place) = self.find(is_it, is_passed) {
            self.stack.truncate(place);
        }
    }
}

fn is_within_cell(name: &str) -> bool {
    is_phrasing(name) || ends_paragraph(name) && name != "table"
}

fn is_within_row(name: &str) -> bool {
    is_cell(name) || is_within_cell(name)
}
