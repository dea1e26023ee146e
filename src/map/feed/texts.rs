//! The texts of an entry → HTML: which is the content, what its addresses count from.

use super::{Mapping, page_of};
use crate::definition::Trackers;
use crate::map::{links, plain, sanitize, trackers};
use crate::parse::feed::{RawChannel, RawEntry, Text};
use memchr::memmem;
use url::Url;

impl Mapping<'_> {
    /// Content and summary: one text alone is the content, a second, shorter one the summary.
    pub(super) fn texts(&self, raw: &RawEntry, link: Option<&str>) -> (Option<String>, Option<String>) {
        let own = self.own_page(raw, link);
        let content = raw.content.as_ref().map(|text| self.html(text, own.as_ref()));
        let summary = raw.summary.as_ref().map(|text| self.html(text, own.as_ref()));
        match (content, summary) {
            (Some(content), Some(summary)) if content == summary => (Some(content), None),
            (Some(content), Some(summary)) if is_longer(&summary, &content) => (Some(summary), Some(content)),
            (None, summary) => (summary, None),
            both => both,
        }
    }

    /// What an entry's texts count from where its link leads elsewhere, as in a blog of links:
    /// its own page, else the feed's.
    fn own_page(&self, raw: &RawEntry, link: Option<&str>) -> Option<Url> {
        let home = self.home.as_ref()?;
        let link = Url::parse(link?).ok()?;
        if is_of_one_host(&link, home) {
            return None;
        }
        let id = raw.id.as_deref().filter(|_| raw.id_is_link).and_then(|id| Url::parse(id).ok());
        Some(id.filter(|id| is_of_one_host(id, home)).unwrap_or_else(|| home.clone()))
    }

    fn html(&self, text: &Text, own: Option<&Url>) -> String {
        if !text.html {
            return plain::to_html(&text.value, self.lines || text.value.contains("\n\n"));
        }
        let value = if plain::is_escaped_twice(&text.value) {
            crate::parse::feed::unescape(&text.value)
        } else {
            text.value.as_str().into()
        };
        let value = plain::with_addresses_shown(value);
        if !self.effort.allows(&value) {
            return sanitize::words(&value);
        }
        // The document's own base is known here alone; pictures that nobody sees are dropped
        // later, when the styles are gone that they are known by.
        let said = text.base.as_deref().and_then(|base| Url::parse(base).ok());
        match said.or_else(|| own.filter(|_| has_relative(&value)).cloned()) {
            Some(base) if self.trackers == Trackers::Drop => {
                sanitize::clean_html(&trackers::sized(&value), Some(&base))
            }
            Some(base) => sanitize::clean_html(&value, Some(&base)),
            None => value.into_owned(),
        }
    }
}

/// The feed's page, where the feed lies on the same host: both are one site.
pub(super) fn home(channel: &RawChannel, feed: Option<&Url>) -> Option<Url> {
    let page = links::web(page_of(&channel.links)?, feed)?;
    Url::parse(&page).ok().filter(|page| feed.is_some_and(|feed| is_of_one_host(page, feed)))
}

fn is_of_one_host(one: &Url, other: &Url) -> bool {
    let host = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host).to_owned()
    };
    host(one) == host(other)
}

/// Whether an address in a text counts from something: one without a scheme.
fn has_relative(html: &str) -> bool {
    [" href=", " src="].iter().any(|name| {
        memmem::find_iter(html.as_bytes(), name).any(|at| {
            let value = html.get(at + name.len()..).unwrap_or_default().trim_start_matches(['"', '\'']);
            let end = value.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(value.len());
            !value.get(end..).is_some_and(|rest| rest.starts_with(':'))
        })
    })
}

/// Whether a summary says more than the content that it stands beside; a content
/// with pictures or sound says more than its words.
fn is_longer(summary: &str, content: &str) -> bool {
    summary.len() > content.len() / 4
        && !["<img", "<video", "<audio", "<iframe", "<figure"].iter().any(|tag| content.contains(tag))
        && plain::length(summary) > plain::length(content)
}
