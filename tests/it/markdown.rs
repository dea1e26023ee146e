//! What the generators' dialects of Markdown have beside CommonMark, each beside what its own renderer makes of it.

use crate::cpu;
use feedmill::map::markdown::{Dialect, render};
use std::time::Duration;

/// A text, whose it is, and its HTML.
const CASES: [(Dialect, &str, &str); 36] = [
    // Attribute lists of headings.
    (Dialect::Goldmark, "## Two {#custom-id}\n", "<h2>Two</h2>\n"),
    (Dialect::Kramdown, "Two {#custom-id}\n---\n", "<h2>Two</h2>\n"),
    (Dialect::PulldownCmark, "# One {#a .b}\n", "<h1>One</h1>\n"),
    (Dialect::PythonMarkdown, "## H {.cls #id2 data-x=\"y\"} ##\n", "<h2>H</h2>\n"),
    (Dialect::Marked, "## Two {#custom-id}\n", "<h2>Two {#custom-id}</h2>\n"),
    (Dialect::Goldmark, "## Sets {1, 2}\n", "<h2>Sets {1, 2}</h2>\n"),
    // Of blocks.
    (
        Dialect::Goldmark,
        "Text\n{.class #pid}\n\n> Said\n{.q}\n",
        "<p>Text</p>\n<blockquote>\n<p>Said</p>\n</blockquote>\n",
    ),
    (Dialect::Goldmark, "    {.code}\n", "<pre><code>{.code}\n</code></pre>\n"),
    (
        Dialect::Kramdown,
        "![a](b)\n{:\n.icon width=\"70\" height=\"88\"}\n",
        "<p><img src=\"b\" alt=\"a\" /></p>\n",
    ),
    // Abbreviations.
    (Dialect::Kramdown, "HTML\n\n*[HTML]: Hyper Text\n", "<p>HTML</p>\n"),
    (Dialect::Marked, "*[a]: b\n", "<p>*[a]: b</p>\n"),
    // Emphasis beside Chinese punctuation.
    (
        Dialect::Kramdown,
        "**“引号”**文字 **a：**b\n",
        "<p><strong>“引号”</strong>文字 <strong>a：</strong>b</p>\n",
    ),
    (Dialect::PythonMarkdown, "**中文“引号”**字\n", "<p><strong>中文“引号”</strong>字</p>\n"),
    (Dialect::Marked, "**“引号”**文字\n", "<p>**“引号”**文字</p>\n"),
    // Tildes.
    (Dialect::Kramdown, "H~2~O ~~no~~ 1~2 元，3~4 米\n", "<p>H~2~O <del>no</del> 1~2 元，3~4 米</p>\n"),
    (Dialect::MarkdownIt, "a ~b *c*~ d\n", "<p>a ~b <em>c</em>~ d</p>\n"),
    (Dialect::Goldmark, "~a~\n", "<p><del>a</del></p>\n"),
    // Blocks of HTML end with their end tag, and nothing in them is Markdown.
    (
        Dialect::Kramdown,
        "<div>\n\n    <p>*a*</p>\n\n</div>\n*b*\n",
        "<div>\n\n    <p>*a*</p>\n\n</div>\n<p><em>b</em></p>\n",
    ),
    (Dialect::Marked, "<div>\n\n*a*\n\n</div>\n", "<div>\n<p><em>a</em></p>\n</div>\n"),
    (Dialect::Kramdown, "<div>\n*a*\n\n*b*\n", "<div>\n*a*\n<p><em>b</em></p>\n"),
    (
        Dialect::Kramdown,
        "`<div>`\n\n```\n<div>\n\n</div>\n```\n",
        "<p><code>&lt;div&gt;</code></p>\n<pre><code>&lt;div&gt;\n\n&lt;/div&gt;\n</code></pre>\n",
    ),
    // Unless they say so.
    (
        Dialect::Kramdown,
        "<div markdown=\"1\">\n*em*\n\n- a\n</div>\n",
        "<div markdown=\"1\">\n<p><em>em</em></p>\n<ul>\n<li>a</li>\n</ul>\n</div>\n",
    ),
    (
        Dialect::PythonMarkdown,
        "<div><figure markdown>\n![a](b)\n</figure></div>\n",
        "<div><figure markdown>\n<p><img src=\"b\" alt=\"a\" /></p>\n</figure></div>\n",
    ),
    (
        Dialect::PythonMarkdown,
        "<div>\n<figure markdown=\"block\">\n![a](b)\n</figure></div>\n",
        "<div>\n<figure markdown=\"block\">\n<p><img src=\"b\" alt=\"a\" /></p>\n</figure></div>\n",
    ),
    (Dialect::Kramdown, "a {::nomarkdown}<b>*nm*</b>{:/} c\n", "<p>a <b>*nm*</b> c</p>\n"),
    (Dialect::Kramdown, "a\n{::comment}\nnot *this*\n{:/comment}\nb\n", "<p>a</p>\n\n<p>b</p>\n"),
    (Dialect::Kramdown, "{::options toc_levels=\"2\" /}\na\n", "<p>a</p>\n"),
    // Tables.
    (
        Dialect::Kramdown,
        "| ![a](b) | *c* |\n\nx\n",
        "<table>\n<tr>\n<td><img src=\"b\" alt=\"a\" /></td>\n<td><em>c</em></td>\n</tr>\n</table>\n<p>x</p>\n",
    ),
    (
        Dialect::Kramdown,
        "| a | b |\n|---|---|\n| 1 | `x|y` |\n",
        "<table>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n<tr>\n<td>1</td>\n<td><code>x|y</code></td>\n</tr>\n</table>\n",
    ),
    (
        Dialect::Kramdown,
        "a | b | c\n --|---\n1 | 2 | 3\n",
        "<table>\n<tr>\n<th>a</th>\n<th>b</th>\n<th>c</th>\n</tr>\n<tr>\n<td>1</td>\n<td>2</td>\n<td>3</td>\n</tr>\n</table>\n",
    ),
    (
        Dialect::Kramdown,
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n",
    ),
    (Dialect::Kramdown, "a || b\n", "<p>a || b</p>\n"),
    (Dialect::Goldmark, "| a | b |\n", "<p>| a | b |</p>\n"),
    // The language of an indented block.
    (Dialect::PythonMarkdown, "    :::python\n    a = 1\n", "<pre><code>a = 1\n</code></pre>\n"),
    (Dialect::PythonMarkdown, "    #!/bin/sh\n    a\n", "<pre><code>#!/bin/sh\na\n</code></pre>\n"),
    (Dialect::Kramdown, "    :::python\n    a\n", "<pre><code>:::python\na\n</code></pre>\n"),
];

#[test]
fn each_dialect_is_read_as_its_generator_reads_it() {
    for (dialect, text, html) in CASES {
        assert_eq!(render(text, dialect), html, "{dialect:?} {text:?}");
    }
}

#[test]
fn what_never_ends_costs_little() {
    let before = cpu::spent();
    for text in [
        "<div>\n".repeat(20_000),
        "<div>\n".repeat(20_000) + &"</div>\n".repeat(20_000),
        "{::comment}\n".repeat(20_000),
        "{::comment}{:/ \n".repeat(20_000),
        "<div markdown=\"1\">\n".repeat(5_000) + &"</div>\n".repeat(5_000),
        "| a\n".repeat(20_000),
        "{:\n".repeat(20_000),
    ] {
        assert!(!render(&text, Dialect::Kramdown).is_empty());
    }
    let cost = cpu::spent() - before;
    assert!(cost < Duration::from_secs(20), "{cost:?}");
}
