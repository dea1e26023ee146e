//! Shortcodes as Hugo's and Zola's themes have them → what of them belongs in a feed.

use crate::map::markdown::{self, Dialect};
use crate::map::plain::escaped;
use std::fmt::Write as _;

/// A shortcode's words: `name`, then values with or without a key.
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    arguments: Vec<(&'a str, &'a str)>,
}

impl<'a> Call<'a> {
    /// Reads `name a key="b c"`, or `name(key="b c", n=1)`.
    pub(super) fn read(text: &'a str) -> Self {
        let text = text.trim();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ':');
        let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
        let (name, mut rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let mut arguments = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ',' | ')'));
            if rest.is_empty() {
                return Self { name, arguments };
            }
            let key_end =
                rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
            let (key, after) = rest.split_at_checked(key_end).unwrap_or((rest, ""));
            let (key, value) = match after.trim_start().strip_prefix(['=']) {
                Some(value) if !key.is_empty() => (key, value.trim_start()),
                _ => ("", rest),
            };
            let (value, after) = value_of(value);
            arguments.push((key, value));
            rest = after;
        }
    }

    /// The value of a key.
    pub(super) fn named(&self, keys: &[&str]) -> Option<&'a str> {
        let found =
            |key: &&str| self.arguments.iter().find(|(known, _)| known == key).map(|(_, value)| *value);
        keys.iter().find_map(found).filter(|value| !value.is_empty())
    }

    /// The first value without a key, or that of one of these.
    pub(super) fn first(&self, keys: &[&str]) -> Option<&'a str> {
        let plain = self.arguments.first().filter(|(key, _)| key.is_empty()).map(|(_, value)| *value);
        self.named(keys).or(plain).filter(|value| !value.is_empty())
    }

    /// A picture or a link to what the page would embed; `None` for what isn't known.
    pub(super) fn html(&self) -> Option<String> {
        // The address is no text here: a renderer would make it a link within the link.
        let link = |address: String| format!("<a href=\"{}\">{}</a>", escaped(&address), self.name);
        let id = self.first(&["id", "v"]);
        match self.name {
            "figure" | "image" | "img" => self.figure(),
            "youtube" => Some(link(format!("https://www.youtube.com/watch?v={}", id?))),
            "vimeo" => Some(link(format!("https://vimeo.com/{}", id?))),
            "bilibili" => Some(link(format!("https://www.bilibili.com/video/{}", id?))),
            "gist" => {
                let user = self.arguments.first()?.1;
                let id = self.arguments.get(1).map(|(_, id)| format!("/{id}")).unwrap_or_default();
                Some(link(format!("https://gist.github.com/{user}{id}")))
            }
            "x" | "tweet" | "twitter" => {
                let user = self.named(&["user"]).unwrap_or("i/web");
                Some(link(format!("https://x.com/{user}/status/{}", id?)))
            }
            "instagram" => Some(link(format!("https://www.instagram.com/p/{}/", id?))),
            _ => None,
        }
    }

    /// A picture as Hugo's `figure` has it: linked, with a title, a caption in Markdown and who made it.
    fn figure(&self) -> Option<String> {
        let source = escaped(self.first(&["src", "path", "url"])?);
        let text = escaped(self.named(&["alt", "title", "caption"]).unwrap_or_default());
        let linked = |key: &str, inner: &str| match self.named(&[key]) {
            Some(address) => format!("<a href=\"{}\">{inner}</a>", escaped(address)),
            None => inner.to_owned(),
        };
        let mut out =
            format!("<figure>{}", linked("link", &format!("<img src=\"{source}\" alt=\"{text}\">")));
        let maker = self.named(&["attr"]).map(|maker| linked("attrlink", &escaped(maker)));
        let said: Vec<String> = self.named(&["caption"]).map(in_line).into_iter().chain(maker).collect();
        let title = self.named(&["title"]).map(escaped);
        let caption = match (title, said.as_slice()) {
            (None, []) => String::new(),
            (Some(title), []) => title,
            (None, said) => said.join(" "),
            (Some(title), said) => format!("<h4>{title}</h4><p>{}</p>", said.join(" ")),
        };
        if !caption.is_empty() {
            let _ = write!(out, "<figcaption>{caption}</figcaption>");
        }
        Some(out + "</figure>")
    }
}

/// A line of Markdown as HTML.
fn in_line(text: &str) -> String {
    let html = markdown::render(text, Dialect::CommonMark);
    let html = html.trim();
    html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(html).to_owned()
}

/// A quoted value or a word, and what follows it.
fn value_of(text: &str) -> (&str, &str) {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
    if let Some(quote) = quote
        && let Some((value, rest)) = text.get(1..).and_then(|rest| rest.split_once(quote))
    {
        return (value, rest);
    }
    let end = text
        .char_indices()
        .skip(1)
        .find(|(_, c)| c.is_whitespace() || matches!(c, ',' | ')'))
        .map_or(text.len(), |(end, _)| end);
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_in_both_manners() {
        for text in
            ["youtube abc", "youtube id=\"abc\" width=3", "youtube(id='abc', w=3)", "youtube(id=`abc`)"]
        {
            let call = Call::read(text);
            assert_eq!((call.name, call.first(&["id"])), ("youtube", Some("abc")), "{text}");
        }
        assert_eq!(
            Call::read("figure src=\"a b.png\" caption='x \"y\"'").html().unwrap(),
            "<figure><img src=\"a b.png\" alt=\"x &quot;y&quot;\"><figcaption>x &quot;y&quot;</figcaption></figure>"
        );
        assert_eq!(Call::read("unknown \"never closed").html(), None);
    }
}
