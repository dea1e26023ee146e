//! Hexo's tag plugins in a body: code, quotes, pictures and videos stay, of the
//! others the inner text. Nothing is run, and code is left as it stands.
//!
//! Rules from Hexo's own tags; `note`, `tabs` and the like are themes' and have text within.

use crate::map::plain::escaped;
use crate::map::posts::entry::Markup;
use crate::map::posts::shortcode::Call;
use crate::map::posts::tags;
use crate::map::posts::tags::{Ends, Tag, fenced, is_code, picture, words};
use std::borrow::Cow;
use std::fmt::Write as _;

/// A post that `post_link` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) link: String,
    pub(super) title: String,
}

/// What a body's tags may speak of.
pub(super) struct Page<'a> {
    pub(super) markup: Markup,
    /// The post that a name in a tag means, by both; `None` where there is none, or where it
    /// can't be known.
    pub(super) post: &'a dyn Fn(&str, &str) -> Option<Target>,
    /// The address of the folder with the post's own files, with a last slash.
    pub(super) assets: Option<&'a str>,
}

/// The body without tags.
pub(super) fn render<'b>(body: &'b str, page: &Page<'_>) -> Cow<'b, str> {
    if !body.contains("{%") {
        return Cow::Borrowed(body);
    }
    let mut out = String::with_capacity(body.len());
    let mut ends = Ends::default();
    let fenced = fenced(body);
    let mut rest = body;
    while let Some(start) = rest.find("{%") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let (text, after) = from.split_at_checked(2).unwrap_or((from, ""));
        let place = body.len() - from.len();
        rest = if let Some(tag) = tags::tag(from).filter(|_| !is_code(body, place, &fenced)) {
            put(&tag, page, &mut ends, &mut out)
        } else {
            // Never closed, or code: text like any other.
            out.push_str(text);
            after
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Puts out what a tag stands for; returns what follows it.
fn put<'t>(tag: &Tag<'t>, page: &Page<'_>, ends: &mut Ends, out: &mut String) -> &'t str {
    let markup = page.markup;
    let (name, arguments) = tag.inner.split_once(char::is_whitespace).unwrap_or((tag.inner, ""));
    match name {
        "raw" | "codeblock" | "code" | "blockquote" | "quote" | "pullquote" => {
            let Some((block, rest)) = ends.until(tag.after, name) else {
                return tag.after;
            };
            match name {
                "raw" => out.push_str(block),
                "codeblock" | "code" => code(arguments, block, markup, out),
                _ => quote(arguments, block, markup, out),
            }
            return rest;
        }
        "img" | "image" | "asset_img" => picture(arguments, out),
        "link" | "btn" | "button" => link(arguments, out),
        "asset_link" => named_link(arguments, page.assets.unwrap_or_default(), out),
        "asset_path" => {
            out.push_str(page.assets.unwrap_or_default());
            out.push_str(words(arguments).first().copied().unwrap_or_default());
        }
        "post_link" => post_link(arguments, &|name| (page.post)(name, tag.inner), out),
        "post_path" => {
            let name = words(arguments).first().copied().unwrap_or_default();
            out.push_str(&(page.post)(name, tag.inner).map_or("#".to_owned(), |target| target.link));
        }
        "gist" | "iframe" | "pdf" => embedded(name, arguments, out),
        "label" => out.push_str(arguments.split_once('@').map_or(arguments, |(_, text)| text).trim()),
        _ => out.push_str(&Call::read(tag.inner).html().unwrap_or_default()),
    }
    tag.after
}

/// `name[#place] [title] [true|false]`: the last word says whether the title is text or HTML.
/// A post whose address isn't known leaves the title that it is given, else its name.
fn post_link(arguments: &str, post: &dyn Fn(&str) -> Option<Target>, out: &mut String) {
    let words = words(arguments);
    let Some((named, rest)) = words.split_first() else { return };
    let is_html = rest.last() == Some(&"false");
    let is_said = matches!(rest.last(), Some(&("true" | "false")));
    let title = rest.get(..rest.len() - usize::from(is_said)).unwrap_or_default().join(" ");
    let (name, place) =
        named.split_at_checked(named.find('#').unwrap_or(named.len())).unwrap_or((*named, ""));
    let target = post(name);
    let title = match &target {
        Some(target) if title.is_empty() => target.title.clone(),
        None if title.is_empty() => name.to_owned(),
        _ => title,
    };
    let title = if is_html { title } else { escaped(&title) };
    match target {
        Some(target) => {
            let _ = write!(out, "<a href=\"{}{}\">{title}</a>", escaped(&target.link), escaped(place));
        }
        None => out.push_str(&title),
    }
}

/// `[title] [lang:x] [url] …`.
fn code(arguments: &str, block: &str, markup: Markup, out: &mut String) {
    let named = words(arguments).into_iter().find_map(|word| word.strip_prefix("lang:"));
    let language = named.unwrap_or_default();
    let block = block.trim_matches(['\r', '\n']);
    let _ = match markup {
        Markup::Markdown(_) => write!(out, "\n~~~~~ {language}\n{block}\n~~~~~\n"),
        Markup::Html => {
            let language = escaped(language);
            write!(out, "<pre><code class=\"language-{language}\">{}</code></pre>", escaped(block))
        }
    };
}

/// `[author[, source]] [link] [title]`, which stand below the text.
fn quote(arguments: &str, block: &str, markup: Markup, out: &mut String) {
    let block = block.trim();
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let place = words.iter().position(|word| word.contains("://"));
    let by = escaped(&words.get(..place.unwrap_or(words.len())).unwrap_or_default().join(" "));
    let source = place.and_then(|place| Some((*words.get(place)?, words.get(place + 1..)?.join(" "))));
    let mut footer = by;
    if let Some((address, title)) = source {
        let text = if title.is_empty() { address.to_owned() } else { title };
        let space = if footer.is_empty() { "" } else { " " };
        let _ = write!(footer, "{space}<cite><a href=\"{}\">{}</a></cite>", escaped(address), escaped(&text));
    }
    match markup {
        Markup::Markdown(_) => {
            out.push_str("\n\n");
            for line in block.lines() {
                let _ = writeln!(out, "> {line}");
            }
            if !footer.is_empty() {
                let _ = writeln!(out, ">\n> — {footer}");
            }
            out.push('\n');
        }
        Markup::Html => {
            let footer = if footer.is_empty() { footer } else { format!("<p>— {footer}</p>") };
            let _ = write!(out, "<blockquote>{block}{footer}</blockquote>");
        }
    }
}

/// `text… url …`, or with commas, as themes' buttons have it `url, text`.
fn link(arguments: &str, out: &mut String) {
    let words = words(arguments);
    let is_address = |word: &&str| word.contains("://") || word.starts_with(['/', '#']);
    let Some(place) = words.iter().position(is_address) else {
        out.push_str(&words.join(" "));
        return;
    };
    let address = words.get(place).copied().unwrap_or_default();
    let before = words.get(..place).unwrap_or_default().join(" ");
    let after = words.get(place + 1).copied().unwrap_or(address);
    let text = if before.is_empty() { after } else { &before };
    let _ = write!(out, "<a href=\"{}\">{}</a>", escaped(address), escaped(text));
}

/// `file [title]`.
fn named_link(arguments: &str, folder: &str, out: &mut String) {
    let words = words(arguments);
    if let Some((file, title)) = words.split_first() {
        let title = if title.is_empty() { (*file).to_owned() } else { title.join(" ") };
        let _ = write!(out, "<a href=\"{}{}\">{}</a>", escaped(folder), escaped(file), escaped(&title));
    }
}

/// What the page would embed, as a link.
fn embedded(name: &str, arguments: &str, out: &mut String) {
    if let Some(target) = words(arguments).first() {
        let host = if name == "gist" { "https://gist.github.com/" } else { "" };
        let _ = write!(out, "<a href=\"{host}{}\">{name}</a>", escaped(target));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::markdown::Dialect;

    fn page(markup: Markup) -> Page<'static> {
        Page {
            markup,
            assets: None,
            post: &|name, _| {
                (name == "there").then(|| Target { link: "https://x.org/a/".into(), title: "A & B".into() })
            },
        }
    }

    #[test]
    fn no_tag_is_left() {
        for (body, wanted) in [
            ("a {% raw %}{{ x }}{% endraw %} b", "a {{ x }} b"),
            (
                "{% codeblock a title lang:js https://x.org %}\nlet a;\n{% endcodeblock %}\n",
                "\n~~~~~ js\nlet a;\n~~~~~\n\n",
            ),
            ("{% quote %}a\nb{% endquote %}", "\n\n> a\n> b\n\n"),
            (
                "{% blockquote An Author, Book https://x.org A Page %}\na\n{% endblockquote %}",
                "\n\n> a\n>\n> — An Author, Book <cite><a href=\"https://x.org\">A Page</a></cite>\n\n",
            ),
            ("{% asset_img big a.png 300 \"a title\" %}", "<img src=\"a.png\" alt=\"a title\">"),
            ("{% link the text https://x.org true %}", "<a href=\"https://x.org\">the text</a>"),
            ("{% btn /x, go on, icon %}", "<a href=\"/x\">go</a>"),
            ("{% post_link a-slug \"the title\" %} {% post_link b %}", "the title b"),
            ("{% post_link there %}", "<a href=\"https://x.org/a/\">A &amp; B</a>"),
            (
                "{% post_link there#part \"<b>x</b>\" false %}",
                "<a href=\"https://x.org/a/#part\"><b>x</b></a>",
            ),
            ("[t]({% post_path there %}) {% post_path gone %}", "[t](https://x.org/a/) #"),
            ("{% asset_link f.pdf the file %}", "<a href=\"f.pdf\">the file</a>"),
            ("{% youtube abc %}", "<a href=\"https://www.youtube.com/watch?v=abc\">youtube</a>"),
            ("{% gist 12 %}", "<a href=\"https://gist.github.com/12\">gist</a>"),
            ("{% note info %}\ninner\n{% endnote %}", "\ninner\n"),
            ("{% label primary@some text %}", "some text"),
            ("`{% raw %}` {% never", "`{% raw %}` {% never"),
            ("```\n{% raw %}\n```\n{% x %}a", "```\n{% raw %}\n```\na"),
        ] {
            assert_eq!(render(body, &page(Markup::Markdown(Dialect::Marked))), wanted, "{body}");
        }
        assert_eq!(
            render("{% code lang:c %}a<b{% endcode %}", &page(Markup::Html)),
            "<pre><code class=\"language-c\">a&lt;b</code></pre>"
        );
    }
}
