//! What a dialect shows otherwise than `CommonMark`'s tree does: put right in the tree.

use crate::map::markdown::Dialect;
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options};
use regex::Regex;
use std::sync::LazyLock;

/// How far the ends of all tags of a text are looked for, in pieces of it.
const MOST_STEPS: usize = 1_000_000;

/// Tags that take with them all that follows, up to their end.
static TAKING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names =
        "script|style|textarea|title|iframe|select|template|noscript|noembed|noframes|svg|math|object|xmp";
    Regex::new(&format!(r"(?i)^\s*<({names})(?:[\s>]|$)")).ok()
});
/// The same anywhere.
static TAKING_WITHIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)<(?:script|style|textarea|title|iframe|select|template|no(?:script|embed|frames)|svg|math|object|xmp)[\s>]").ok()
});

/// Whether a text may hold any of it.
pub(super) fn is_needed(text: &str, dialect: Dialect) -> bool {
    dialect.strikes_with_two() && text.contains('~')
        || dialect == Dialect::Marked && (text.contains("<<") || text.contains(">>"))
        || dialect != Dialect::CommonMark
            && text.contains('<')
            && TAKING_WITHIN.as_ref().is_some_and(|taking| taking.is_match(text))
        || dialect == Dialect::PythonMarkdown && (text.contains("    :::") || text.contains("    #!"))
}

/// Renders a text.
pub(super) fn render(text: &str, dialect: Dialect, options: &Options<'_>) -> String {
    // marked's typography knows no guillemets.
    let has_no_guillemets = dialect == Dialect::Marked && !text.contains(['«', '»']);
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, text, options);
    let mut steps = MOST_STEPS;
    let nodes: Vec<Node<'_>> = root.descendants().collect();
    for node in nodes {
        let is_subscript = matches!(node.data().value, NodeValue::Subscript);
        if is_subscript {
            with_tildes(node, &arena);
            continue;
        }
        let is_open =
            matches!(&node.data().value, NodeValue::HtmlInline(tag) if is_endless(node, tag, &mut steps));
        match &mut node.data_mut().value {
            NodeValue::CodeBlock(code) if !code.fenced && dialect == Dialect::PythonMarkdown => {
                drop_language(&mut code.literal);
            }
            value @ NodeValue::HtmlInline(_) if is_open => {
                if let NodeValue::HtmlInline(tag) = std::mem::replace(value, NodeValue::SoftBreak) {
                    *value = NodeValue::Text(tag.into());
                }
            }
            NodeValue::HtmlBlock(block) => end_within(&mut block.literal),
            NodeValue::Text(text) if has_no_guillemets && text.contains(['«', '»']) => {
                *text = text.replace('«', "<<").replace('»', ">>").into();
            }
            _ => {}
        }
    }
    let mut out = String::new();
    // Writing into a string doesn't fail.
    let _ = comrak::format_html(root, options, &mut out);
    out
}

/// The name of the tag that takes what follows with it, where a text begins with one.
fn taking(text: &str) -> Option<String> {
    Some(TAKING.as_ref()?.captures(text)?.get(1)?.as_str().to_ascii_lowercase())
}

fn is_end_of(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix("</");
    rest.and_then(|rest| rest.get(..name.len())).is_some_and(|found| found.eq_ignore_ascii_case(name))
}

/// Whether a tag in a line takes what follows with it and is never ended there: somebody writes of it,
/// and nothing else is meant to vanish.
fn is_endless(node: Node<'_>, tag: &str, steps: &mut usize) -> bool {
    let Some(name) = taking(tag).filter(|_| !tag.ends_with("/>")) else { return false };
    let is_end =
        |next: Node<'_>| matches!(&next.data().value, NodeValue::HtmlInline(tag) if is_end_of(tag, &name));
    for next in node.following_siblings() {
        let Some(left) = steps.checked_sub(1) else { return false };
        *steps = left;
        if is_end(next) {
            return false;
        }
    }
    true
}

/// Ends in its block what a block of HTML begins with: what stands further down is another's.
fn end_within(block: &mut String) {
    let Some(name) = taking(block) else { return };
    let is_ended = memchr::memmem::find_iter(block.as_bytes(), "</")
        .any(|at| block.get(at..).is_some_and(|rest| is_end_of(rest, &name)));
    if !is_ended {
        for piece in ["</", &name, ">\n"] {
            block.push_str(piece);
        }
    }
}

/// What stands between single tildes, with them.
fn with_tildes<'a>(node: Node<'a>, arena: &'a Arena<'a>) {
    let tilde = || arena.alloc(NodeValue::Text("~".into()).into());
    node.insert_before(tilde());
    let children: Vec<Node<'a>> = node.children().collect();
    for child in children {
        child.detach();
        node.insert_before(child);
    }
    node.insert_before(tilde());
    node.detach();
}

/// Python-Markdown's `codehilite`: a first line `:::python`, or `#!python` without a path, names the language.
fn drop_language(code: &mut String) {
    let (first, rest) = code.split_once('\n').unwrap_or((code, ""));
    let named = first.strip_prefix(":::").or_else(|| first.strip_prefix("#!"));
    let is_name = |name: &str| name.starts_with(char::is_alphanumeric) && !name.contains('/');
    if named.map(str::trim).is_some_and(is_name) {
        *code = rest.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use crate::map::markdown::{Dialect, render};

    #[test]
    fn a_tag_that_somebody_writes_of_takes_nothing_with_it() {
        for (text, html) in [
            ("a <script> b\n\nc", "<p>a &lt;script&gt; b</p>\n<p>c</p>\n"),
            ("a <script>x</script> b", "<p>a <script>x</script> b</p>\n"),
            (
                "- `<Object>` [of '#<Object>'](/x)",
                "<ul>\n<li><code>&lt;Object&gt;</code> <a href=\"/x\">of '#&lt;Object&gt;'</a></li>\n</ul>\n",
            ),
            ("<iframe src=\"//a\">\n\nb", "<iframe src=\"//a\">\n</iframe>\n<p>b</p>\n"),
            ("<script>\nx\n</script>\n\nb", "<script>\nx\n</script>\n<p>b</p>\n"),
            ("a <Templated> b", "<p>a <Templated> b</p>\n"),
        ] {
            assert_eq!(render(text, Dialect::MarkdownIt), html, "{text}");
        }
        let many = format!("a {}", "<script> ".repeat(50_000));
        assert!(render(&many, Dialect::Marked).starts_with("<p>"));
    }

    #[test]
    fn guillemets_are_not_marked_s() {
        assert_eq!(render("1<<16 \"x\" >> file", Dialect::Marked), "<p>1&lt;&lt;16 “x” &gt;&gt; file</p>\n");
        assert_eq!(render("<<x>> «y»", Dialect::Kramdown), "<p>«x» «y»</p>\n");
    }
}
