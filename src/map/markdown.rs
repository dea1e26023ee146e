//! Markdown → HTML, as a site's generator renders it.
//!
//! In: text. Out: HTML that is not clean yet: raw HTML passes through, links stay
//! as written. Never runs what stands in it (Liquid, Nunjucks).

use crate::map::plain::escaped;
use comrak::Options;
use std::borrow::Cow;

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
    /// The core of Markdown as its specification has it, and nothing else.
    CommonMark,
}

/// Cells of tables beyond this make the text too much: each costs some hundred bytes.
const MOST_CELLS: usize = 200_000;
/// The same for everything that may begin something of its own.
const MOST_MARKS: usize = 400_000;

/// Whether a text holds so much that no page is meant by it; then tables, or all of
/// its Markdown, stay text. Each is told from the text alone, in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Tables with too many cells.
    Tables,
    /// Too many marks of any kind.
    Marks,
}

impl Excess {
    /// What there is too much of in a text.
    pub fn of(text: &str) -> Option<Self> {
        if text.len() < MOST_CELLS / 4 {
            return None;
        }
        let is_mark = |byte: &u8| {
            matches!(
                byte,
                b'\n' | b'*' | b'_' | b'`' | b'[' | b'!' | b'<' | b'&' | b'~' | b'>' | b'"' | b'\''
            )
        };
        if text.bytes().filter(is_mark).count() > MOST_MARKS {
            return Some(Self::Marks);
        }
        let pipes = |line: &str| line.bytes().filter(|byte| *byte == b'|').count();
        // The widest row times the rows: short ones are filled up with empty cells.
        let (rows, widest) = text
            .lines()
            .map(pipes)
            .filter(|pipes| *pipes > 0)
            .fold((0_usize, 0_usize), |(rows, widest), pipes| (rows + 1, widest.max(pipes)));
        (rows.saturating_mul(widest) > MOST_CELLS).then_some(Self::Tables)
    }

    /// What becomes of it, lower case.
    pub fn message(self) -> &'static str {
        match self {
            Self::Tables => "its tables have too many cells to be rendered; they are shown as text",
            Self::Marks => "it has too much in it to be rendered; it is shown as plain text",
        }
    }
}

/// Renders `text`.
pub fn render(text: &str, dialect: Dialect) -> String {
    let excess = Excess::of(text);
    if excess == Some(Excess::Marks) {
        return format!("<pre>{}</pre>\n", escaped(text));
    }
    let mut options = Options::default();
    options.render.r#unsafe = true;
    if dialect != Dialect::CommonMark {
        options.extension.table = excess.is_none();
        options.extension.strikethrough = true;
        options.extension.footnotes = dialect != Dialect::MarkdownIt;
        options.extension.tasklist = true;
    }
    options.parse.smart = matches!(dialect, Dialect::Kramdown | Dialect::Marked | Dialect::Goldmark);
    match dialect {
        Dialect::Kramdown => {
            options.extension.description_lists = text.contains("\n: ");
            comrak::markdown_to_html(&without_attributes(text), &options)
        }
        Dialect::Marked => {
            options.extension.autolink = true;
            options.render.hardbreaks = true;
            comrak::markdown_to_html(text, &options)
        }
        Dialect::Goldmark | Dialect::PythonMarkdown => {
            options.extension.autolink = dialect == Dialect::Goldmark;
            options.extension.description_lists = text.contains("\n: ");
            comrak::markdown_to_html(text, &options)
        }
        Dialect::PulldownCmark | Dialect::MarkdownIt | Dialect::CommonMark => {
            comrak::markdown_to_html(text, &options)
        }
    }
}

/// kramdown's attribute lists (`{: .class}`, `{:toc}`, `{::options /}`) taken out, code left alone.
fn without_attributes(text: &str) -> Cow<'_, str> {
    if !text.contains("{:") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if fence.is_some() || mark.is_some() || line.starts_with("    ") || !line.contains("{:") {
            out.push_str(line);
        } else if trimmed.starts_with("{:") && trimmed.ends_with('}') {
            if trimmed.to_ascii_lowercase().contains("toc") {
                drop_placeholder(&mut out);
            }
        } else {
            without_inline(line, &mut out);
        }
    }
    Cow::Owned(out)
}

/// `{:toc}` replaces the list item above it.
fn drop_placeholder(out: &mut String) {
    let start = out.trim_end().rfind('\n').map_or(0, |end| end + 1);
    let line = out.get(start..).unwrap_or_default().trim_start();
    if line.starts_with(['*', '-', '+', '1']) {
        out.truncate(start);
    }
}

fn without_inline(line: &str, out: &mut String) {
    let mut rest = line;
    let mut in_code = false;
    let final_brace = line.rfind('}');
    while let Some(start) =
        rest.find("{:").filter(|start| final_brace > Some(line.len() - rest.len() + start))
    {
        let (before, list) = rest.split_at(start);
        out.push_str(before);
        in_code ^= before.matches('`').count() % 2 == 1;
        match list.find('}') {
            Some(end) if !in_code => rest = list.get(end + 1..).unwrap_or_default(),
            _ => {
                out.push_str("{:");
                rest = list.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
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
