//! A list of subscriptions (OPML 1 and 2) → the feeds in it, with the groups they are in.
//!
//! Read as leniently as exports are written: no `type` needed, attributes in any
//! case, tags that nobody closed, references of every kind. Bounded in outlines and depth.

use super::attributes;
use super::entities::Declared;
use super::tokens::{Token, Tokens};
use super::without_controls;
use crate::model::Problem;
use crate::parse::charset;

/// Outlines beyond this are not read.
const MOST_OUTLINES: usize = 10_000;
/// Outlines in outlines beyond this are not read.
const DEEPEST: usize = 32;

/// One feed of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscription {
    /// `xmlUrl` as written.
    pub url: String,
    /// `title`, else `text`.
    pub title: Option<String>,
    /// `htmlUrl`.
    pub link: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `language`.
    pub language: Option<String>,
    /// Names of the outlines around it, outermost first.
    pub groups: Vec<String>,
}

/// What a list holds, and what of it could not be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subscriptions {
    /// In the list's order.
    pub feeds: Vec<Subscription>,
    /// What was left out or mended.
    pub problems: Vec<Problem>,
}

/// An outline that is open.
struct Open {
    /// `None` for a feed, which is no group.
    group: Option<String>,
}

/// Reads a list; `at` names it in problems.
///
/// # Errors
/// The bytes have no `<opml>` and no `<outline>`: what they are instead, in words.
pub fn subscriptions(body: &[u8], at: &str) -> Result<Subscriptions, String> {
    let decoded = charset::decode(body, None);
    let text = without_controls(&decoded.text, false);
    let start = text.find('<').ok_or_else(|| nothing(&text))?;
    let mut reader = Reader { tokens: Tokens::new(text.get(start..).unwrap_or_default()), ..Reader::new(at) };
    reader.read();
    if !reader.is_list {
        return Err("this is no list of subscriptions; it has no `<opml>`".to_owned());
    }
    let mut problems = reader.tokens.problems(at);
    problems.append(&mut reader.found.problems);
    if decoded.had_errors {
        let message = format!("some bytes are not valid {} and were replaced", decoded.encoding);
        problems.push(Problem::warning(at, message));
    }
    Ok(Subscriptions { feeds: reader.found.feeds, problems })
}

fn nothing(text: &str) -> String {
    let what = if text.trim().is_empty() { "it is empty" } else { "it is plain text" };
    format!("this is no list of subscriptions; {what}")
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    at: &'a str,
    found: Subscriptions,
    open: Vec<Open>,
    outlines: usize,
    too_deep: usize,
    is_list: bool,
}

impl<'a> Reader<'a> {
    fn new(at: &'a str) -> Self {
        Self {
            tokens: Tokens::new(""),
            at,
            found: Subscriptions::default(),
            open: Vec::new(),
            outlines: 0,
            too_deep: 0,
            is_list: false,
        }
    }

    fn read(&mut self) {
        while let Some(token) = self.tokens.next(None) {
            match token {
                Token::Open { name, attributes, empty } if is_named(name, "outline") => {
                    self.is_list = true;
                    self.outlines += 1;
                    if self.outlines > MOST_OUTLINES {
                        let message = format!("more than {MOST_OUTLINES} outlines; the rest is not read");
                        self.found.problems.push(Problem::warning(self.at, message));
                        break;
                    }
                    self.outline(attributes, empty);
                }
                Token::Open { name, .. } if is_named(name, "opml") => self.is_list = true,
                Token::Close { name } if is_named(name, "outline") => drop(self.open.pop()),
                _ => {}
            }
        }
        if self.too_deep > 0 {
            let message =
                format!("{} outlines stand in more than {DEEPEST} others and are not read", self.too_deep);
            self.found.problems.push(Problem::warning(self.at, message));
        }
    }

    fn outline(&mut self, raw: &str, empty: bool) {
        let declared = Declared::default();
        let value = |name: &str| {
            let value = attributes::get(raw, name, &declared)?;
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            (!value.is_empty()).then_some(value)
        };
        let kind = value("type").map(|kind| kind.to_ascii_lowercase());
        let kind = kind.as_deref().unwrap_or_default();
        let is_feed = matches!(kind, "rss" | "atom");
        let url = value("xmlUrl").or_else(|| value("url").filter(|_| is_feed));
        let name = value("title").or_else(|| value("text"));
        let fits = self.open.len() < DEEPEST;
        if !fits {
            self.too_deep += 1;
        } else if let Some(url) = url.clone() {
            self.found.feeds.push(Subscription {
                url,
                title: name.clone(),
                link: value("htmlUrl"),
                description: value("description"),
                language: value("language"),
                groups: self.open.iter().filter_map(|open| open.group.clone()).collect(),
            });
        } else if is_feed {
            let name = name
                .as_deref()
                .map_or("a feed".to_owned(), |name| format!("the feed `{}`", name.escape_debug()));
            let without = Problem::warning(self.at, format!("{name} has no address (`xmlUrl`)"));
            self.found.problems.push(match value("htmlUrl") {
                Some(link) => {
                    without.with_help(format!("`feedmill init --from {link}` looks for feeds there"))
                }
                None => without,
            });
        } else if let ("include" | "link", Some(list)) = (kind, value("url")) {
            let message = format!("`{}` is no feed, and what it leads to is not read", list.escape_debug());
            self.found.problems.push(Problem::warning(self.at, message));
        }
        if !empty {
            // Popping needs every one that is open, however deep.
            let group = if url.is_some() || !fits { None } else { name };
            self.open.push(Open { group });
        }
    }
}

fn is_named(name: &str, wanted: &str) -> bool {
    name.rsplit(':').next().is_some_and(|local| local.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let list = subscriptions(text.as_bytes(), "x.opml").unwrap();
        let feeds = list.feeds.iter().map(|feed| {
            let title = feed.title.as_deref().unwrap_or("-");
            format!("{} {title} <{}>", feed.groups.join("/"), feed.url)
        });
        feeds.chain(list.problems.iter().map(ToString::to_string)).collect()
    }

    #[test]
    fn whatever_exports_write_is_read() {
        let text = "\u{feff}<?xml version='1.0'?><!DOCTYPE opml><OPML><Body>\
            <outline text=\"Ne&amp;ws\"><outline title=\"A &#x26; &eacute;\" XMLURL='https://a.example/?x=1&y=2'/>\
            <outline text=B type=rss url=https://b.example/rss>\
            <outline text='inner'><outline xmlUrl=\"https://c.example/\"></outline>\
            </outline></outline></outline>\
            <outline text='only a link' htmlUrl='https://d.example/'/>\
            <outline text=\"never closed\"><outline title='E' xmlUrl='https://e.example/'>";
        assert_eq!(
            told(text),
            [
                "Ne&ws A & é <https://a.example/?x=1&y=2>",
                "Ne&ws B <https://b.example/rss>",
                "Ne&ws/inner - <https://c.example/>",
                "never closed E <https://e.example/>",
            ]
        );
    }

    #[test]
    fn what_is_left_out_is_named() {
        let text = "<opml><outline type='RSS' text='A' xmlUrl=' ' htmlUrl='https://a.example/'/>\
            <outline type='atom'/><outline type='RSS' url='https://b.example/'/>\
            <outline type='include' url='https://c.example/more.opml'/>\
            <outline text='no feed' type='link' url='https://d.example/'/>\
            <outline text='a note'/></opml>";
        let list = subscriptions(text.as_bytes(), "x.opml").unwrap();
        assert_eq!(
            list.problems[0].help.as_deref(),
            Some("`feedmill init --from https://a.example/` looks for feeds there")
        );
        let messages: Vec<&str> = list.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "the feed `A` has no address (`xmlUrl`)",
                "a feed has no address (`xmlUrl`)",
                "`https://c.example/more.opml` is no feed, and what it leads to is not read",
                "`https://d.example/` is no feed, and what it leads to is not read",
            ]
        );
        assert_eq!(list.feeds[0].url, "https://b.example/");
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep =
            format!("<opml>{}{}", "<outline text='g'>".repeat(40), "<outline xmlUrl='https://x.example/'/>");
        assert_eq!(
            told(&deep),
            ["x.opml: warning: 9 outlines stand in more than 32 others and are not read"]
        );
        let many = format!("<opml>{}", "<outline xmlUrl='https://x.example/'/>".repeat(10_001));
        let list = told(&many);
        assert_eq!(list.len(), 10_001);
        assert_eq!(list[10_000], "x.opml: warning: more than 10000 outlines; the rest is not read");
    }

    #[test]
    fn what_is_no_list_says_so() {
        for (text, why) in [
            ("", "this is no list of subscriptions; it is empty"),
            ("hello", "this is no list of subscriptions; it is plain text"),
            ("<rss><channel/></rss>", "this is no list of subscriptions; it has no `<opml>`"),
        ] {
            assert_eq!(subscriptions(text.as_bytes(), "x").unwrap_err(), why);
        }
    }
}
