//! Markdown → HTML, as a site's generator renders it.
//!
//! In: text. Out: HTML that is not clean yet: raw HTML passes through, links stay
//! as written. Never runs what stands in it (Liquid, Nunjucks).
//!
//! The core is `CommonMark` by `comrak`; what a dialect has beside it is taken out of the text
//! first (`attributes`), reworded (`lines`), rendered apart (`apart`, `table`), or put right in the tree
//! (`tree`).

mod apart;
mod attributes;
mod code;
mod excess;
mod lines;
mod plugins;
mod table;
mod tree;

pub use excess::Excess;
pub use plugins::{Plugin, Plugins};

use crate::map::plain::escaped;
use comrak::Options;

/// Blocks of Markdown within blocks of HTML beyond this stay as they are written.
const DEEPEST: usize = 8;

/// Whose Markdown it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// kramdown with GFM input: Jekyll.
    Kramdown,
    /// marked with line breaks kept: Hexo.
    Marked,
    /// goldmark as Hugo sets it up.
    Goldmark,
    /// pulldown-cmark as Zola sets it up.
    PulldownCmark,
    /// Python-Markdown with Pelican's extensions.
    PythonMarkdown,
    /// markdown-it as Eleventy sets it up.
    MarkdownIt,
    /// markdown-it with plugins.
    Extended(Plugins),
    /// The core of Markdown as its specification has it, and nothing else.
    CommonMark,
}

impl Dialect {
    /// HTML up to its end tag is one block, whatever stands in it; emphasis needs no blank beside it;
    /// abbreviations are explained in lines of their own. kramdown, and what Pelican switches on (`extra`).
    fn is_extra(self) -> bool {
        matches!(self, Self::Kramdown | Self::PythonMarkdown)
    }

    /// Where one tilde is a tilde, and only two strike out.
    fn strikes_with_two(self) -> bool {
        matches!(self, Self::Kramdown | Self::PythonMarkdown | Self::MarkdownIt | Self::Extended(_))
            && !self.adds(Plugin::Subscripts)
    }

    /// Whether a plugin adds this to markdown-it.
    fn adds(self, plugin: Plugin) -> bool {
        matches!(self, Self::Extended(plugins) if plugins.has(plugin))
    }
}

/// Renders `text`.
pub fn render(text: &str, dialect: Dialect) -> String {
    let excess = Excess::of(text);
    if excess == Some(Excess::Marks) {
        return format!("<pre>{}</pre>\n", escaped(text));
    }
    block(&attributes::without(text, dialect), dialect, excess.is_none(), 0)
}

/// A text, or the part of one that stands in a block of HTML.
fn block(text: &str, dialect: Dialect, tables: bool, depth: usize) -> String {
    if !dialect.is_extra() || depth > DEEPEST {
        return core(text, dialect, tables);
    }
    let within = |text: &str| block(text, dialect, tables, depth + 1);
    let (text, apart) = apart::take(text, tables && dialect == Dialect::Kramdown, &within);
    apart.put_back(core(&text, dialect, tables))
}

fn core(text: &str, dialect: Dialect, tables: bool) -> String {
    let text = lines::reworded(text, dialect);
    let options = options(&text, dialect, tables);
    lines::unguarded(if tree::is_needed(&text, dialect) {
        tree::render(&text, dialect, &options)
    } else {
        comrak::markdown_to_html(&text, &options)
    })
}

fn options(text: &str, dialect: Dialect, tables: bool) -> Options<'static> {
    let mut options = Options::default();
    options.render.r#unsafe = true;
    if dialect != Dialect::CommonMark {
        options.extension.table = tables;
        options.extension.strikethrough = true;
        let is_plain = matches!(dialect, Dialect::MarkdownIt | Dialect::Extended(_));
        options.extension.footnotes = !is_plain || dialect.adds(Plugin::Footnotes);
        options.extension.tasklist = true;
    }
    options.extension.subscript = dialect.strikes_with_two() || dialect.adds(Plugin::Subscripts);
    options.extension.superscript = dialect.adds(Plugin::Superscripts);
    options.extension.highlight = dialect.adds(Plugin::Marks);
    options.extension.insert = dialect.adds(Plugin::Insertions);
    options.extension.cjk_friendly_emphasis = dialect.is_extra();
    options.extension.autolink = matches!(dialect, Dialect::Marked | Dialect::Goldmark);
    options.extension.description_lists =
        (matches!(dialect, Dialect::Kramdown | Dialect::Goldmark | Dialect::PythonMarkdown)
            || dialect.adds(Plugin::Definitions))
            && text.contains("\n: ");
    options.parse.smart = matches!(dialect, Dialect::Kramdown | Dialect::Marked | Dialect::Goldmark);
    options.render.hardbreaks = dialect == Dialect::Marked;
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_and_autolinks_pass() {
        let text = "<p>甲</p>\n\n<http://example.org/a?b=1>\n\n[返回](//example.org/)";
        assert_eq!(
            render(text, Dialect::Kramdown),
            "<p>甲</p>\n<p><a href=\"http://example.org/a?b=1\">http://example.org/a?b=1</a></p>\n\
             <p><a href=\"//example.org/\">返回</a></p>\n"
        );
    }

    #[test]
    fn attribute_lists_fall_away_outside_code() {
        let text = "# A\n\n* toc\n{:toc}\n\n[x](y){:target=\"_blank\"} and `{:code}`\n{: .note}\n\n```\n{: .kept}\n```\n";
        assert_eq!(
            render(text, Dialect::Kramdown),
            "<h1>A</h1>\n<p><a href=\"y\">x</a> and <code>{:code}</code></p>\n\
             <pre><code>{: .kept}\n</code></pre>\n"
        );
    }

    #[test]
    fn hexo_keeps_line_breaks_and_links_bare_addresses() {
        assert_eq!(
            render("a\nhttps://example.org", Dialect::Marked),
            "<p>a<br />\n<a href=\"https://example.org\">https://example.org</a></p>\n"
        );
    }

    #[test]
    fn hostile_nesting_ends() {
        let table = "|a".repeat(1000) + "|\n" + &"|-".repeat(1000) + "|\n" + &"|x\n".repeat(1000);
        for text in [
            "_a* ".repeat(10_000),
            "[".repeat(20_000),
            "![".repeat(20_000),
            "> ".repeat(20_000),
            "a <![CDATA[".repeat(10_000),
            table,
        ] {
            assert!(!render(&text, Dialect::Marked).is_empty());
        }
    }
}
