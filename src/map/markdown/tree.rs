//! What a dialect shows otherwise than `CommonMark`'s tree does: put right in the tree.

use crate::map::markdown::Dialect;
use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options};

/// Whether a text may hold any of it.
pub(super) fn is_needed(text: &str, dialect: Dialect) -> bool {
    dialect.strikes_with_two() && text.contains('~')
        || dialect == Dialect::PythonMarkdown && (text.contains("    :::") || text.contains("    #!"))
}

/// Renders a text.
pub(super) fn render(text: &str, options: &Options<'_>) -> String {
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, text, options);
    let nodes: Vec<Node<'_>> = root.descendants().collect();
    for node in nodes {
        let is_subscript = matches!(node.data().value, NodeValue::Subscript);
        if is_subscript {
            with_tildes(node, &arena);
        } else if let NodeValue::CodeBlock(code) = &mut node.data_mut().value
            && !code.fenced
        {
            drop_language(&mut code.literal);
        }
    }
    let mut out = String::new();
    // Writing into a string doesn't fail.
    let _ = comrak::format_html(root, options, &mut out);
    out
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
