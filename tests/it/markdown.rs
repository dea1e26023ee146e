//! What the generators' dialects of Markdown have beside CommonMark, each beside what its own renderer makes of it.

use crate::cpu;
use feedmill::map::markdown::{Dialect, Plugins, render};
use std::time::Duration;

/// A text, whose it is, and its HTML.
const CASES: [(Dialect, &str, &str); 58] = [
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
    // Headings without a blank.
    (Dialect::PythonMarkdown, "##What is MIME?\na\n", "<h2>What is MIME?</h2>\n<p>a</p>\n"),
    (Dialect::PythonMarkdown, "> ##a##\n", "<blockquote>\n<h2>a</h2>\n</blockquote>\n"),
    (Dialect::PythonMarkdown, "```\n##a\n```\n", "<pre><code>##a\n</code></pre>\n"),
    (Dialect::PythonMarkdown, "<style>\n#id {}\n</style>\n", "<style>\n#id {}\n</style>\n"),
    (Dialect::Kramdown, "##a\n", "<p>##a</p>\n"),
    // A table of contents.
    (Dialect::PythonMarkdown, "[TOC]\n\n# A\n", "<h1>A</h1>\n"),
    (Dialect::PythonMarkdown, "see\n[TOC]\n", "<p>see\n[TOC]</p>\n"),
    // Attributes behind pictures and links.
    (Dialect::PythonMarkdown, "![x](y.png){.border} a\n", "<p><img src=\"y.png\" alt=\"x\" /> a</p>\n"),
    (Dialect::PythonMarkdown, "*a*{ #b } `c`{.d} e{.f}\n", "<p><em>a</em> <code>c</code> e{.f}</p>\n"),
    (Dialect::Goldmark, "[x](y){.a}\n", "<p><a href=\"y\">x</a>{.a}</p>\n"),
    // No list within a paragraph.
    (Dialect::PythonMarkdown, "para\n+ x\n- y\n1. z\n", "<p>para\n+ x\n- y\n1. z</p>\n"),
    (Dialect::PythonMarkdown, "> a\n> * b\n", "<blockquote>\n<p>a\n* b</p>\n</blockquote>\n"),
    (
        Dialect::PythonMarkdown,
        "# A\n- x\n- y\n\n* * *\n\na\n\n- z\n",
        "<h1>A</h1>\n<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n<hr />\n<p>a</p>\n<ul>\n<li>z</li>\n</ul>\n",
    ),
    (Dialect::Kramdown, "para\n- y\n", "<p>para</p>\n<ul>\n<li>y</li>\n</ul>\n"),
    // An inline element alone on its line.
    (
        Dialect::Kramdown,
        "<span>\n![a](a.png) **b**\n</span>\n",
        "<p><span>\n<img src=\"a.png\" alt=\"a\" /> <strong>b</strong>\n</span></p>\n",
    ),
    (
        Dialect::PythonMarkdown,
        "- <a href=\"x\">\n  ![a](a.png)\n  </a>\n\n<font color=\"red\">\n*b*\n</font>\n",
        "<ul>\n<li><a href=\"x\">\n<img src=\"a.png\" alt=\"a\" />\n</a></li>\n</ul>\n\
         <p><font color=\"red\">\n<em>b</em>\n</font></p>\n",
    ),
    (Dialect::Goldmark, "<span>\n*a*\n</span>\n", "<span>\n*a*\n</span>\n"),
    // A reference's title without quotes.
    (
        Dialect::Kramdown,
        "[a][1] [b][2]\n\n[1]: http://example.org/a  《题》 x\n[2]: /b 'c'\n",
        "<p><a href=\"http://example.org/a\">a</a> <a href=\"/b\" title=\"c\">b</a></p>\n",
    ),
    (Dialect::Marked, "[a]\n\n[a]: /a b\n", "<p>[a]</p>\n<p>[a]: /a b</p>\n"),
    // markdown-it by itself.
    (Dialect::MarkdownIt, "a[^1] {.b}\n\n[^1]: c\n", "<p>a<a href=\"c\">^1</a> {.b}</p>\n"),
    (Dialect::MarkdownIt, "==a== ++b++ x^2^\n", "<p>==a== ++b++ x^2^</p>\n"),
    (Dialect::MarkdownIt, "{.a}\n", "<p>{.a}</p>\n"),
];

#[test]
fn each_dialect_is_read_as_its_generator_reads_it() {
    for (dialect, text, html) in CASES {
        assert_eq!(render(text, dialect), html, "{dialect:?} {text:?}");
    }
}

#[test]
fn markdown_it_is_read_with_the_plugins_that_a_config_names() {
    let config = "md.use(markdownItAttributes).use(require('markdown-it-mark')).use(markdown_it_ins)\n\
                  .use(markdownItSub).use(markdownItSup).use(markdownItAbbr).use(markdownItDeflist)";
    let dialect = Dialect::Extended(Plugins::named(config));
    for (text, html) in [
        ("==a== ++b++ H~2~O x^2^\n", "<p><mark>a</mark> <ins>b</ins> H<sub>2</sub>O x<sup>2</sup></p>\n"),
        ("![a](b){.onehalf} c {.d}\n", "<p><img src=\"b\" alt=\"a\" /> c</p>\n"),
        ("## A {#a}\n\nb\n{.c}\n", "<h2>A</h2>\n<p>b</p>\n"),
        ("HTML\n\n*[HTML]: Hyper\n", "<p>HTML</p>\n"),
        ("a\n: b\n", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n"),
        ("a[^1]\n\n[^1]: c\n", "<p>a<a href=\"c\">^1</a></p>\n"),
    ] {
        assert_eq!(render(text, dialect), html, "{text:?}");
    }
    let footnotes = Dialect::Extended(Plugins::named("import f from \"markdown-it-footnote\";"));
    assert!(render("a[^1]\n\n[^1]: c\n", footnotes).contains("<section"));
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
        "`{:".repeat(20_000) + "}",
        "<pre\n".repeat(20_000),
        "<span>\n".repeat(20_000),
    ] {
        assert!(!render(&text, Dialect::Kramdown).is_empty());
    }
    let cost = cpu::spent() - before;
    assert!(cost < Duration::from_secs(20), "{cost:?}");
}
