//! Our renderer beside CommonMark, before anything is cleaned: examples of our own, and
//! all of the specification's where `COMMONMARK_EXAMPLES` names them as a JSON list
//! (`npm pack commonmark-spec`, its `tests`; cmark's `spec_tests.py --dump-tests`).
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the score is for whoever runs the test")]

use feedmill::map::markdown::{Dialect, render};
use serde_json::Value;

/// One or two of each kind of block and inline.
const EXAMPLES: [(&str, &str); 30] = [
    ("\tkept\ttab\n", "<pre><code>kept\ttab\n</code></pre>\n"),
    ("- a `b` stays\n", "<ul>\n<li>a <code>b</code> stays</li>\n</ul>\n"),
    ("* * *\n", "<hr />\n"),
    ("## Two ##\n", "<h2>Two</h2>\n"),
    ("Under\n=====\n", "<h1>Under</h1>\n"),
    (
        "~~~ rust x\nlet a = 1 < 2;\n~~~\n",
        "<pre><code class=\"language-rust\">let a = 1 &lt; 2;\n</code></pre>\n",
    ),
    ("<div>\n*not*\n</div>\n", "<div>\n*not*\n</div>\n"),
    ("<!-- a\n\nb -->\nc\n", "<!-- a\n\nb -->\n<p>c</p>\n"),
    ("[x]\n\n[x]: /u 't'\n", "<p><a href=\"/u\" title=\"t\">x</a></p>\n"),
    ("one\n  two\n\nthree\n", "<p>one\ntwo</p>\n<p>three</p>\n"),
    ("> a\nb\n", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n"),
    ("1. a\n\n   b\n2. c\n", "<ol>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ol>\n"),
    ("7) a\n", "<ol start=\"7\">\n<li>a</li>\n</ol>\n"),
    ("- a\n  - b\n", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n"),
    ("\\*a\\* &copy; &#35; &nope;\n", "<p>*a* © # &amp;nope;</p>\n"),
    ("`` a`b ``\n", "<p><code>a`b</code></p>\n"),
    (
        "*a* _b_ **c** __d__ ***e***\n",
        "<p><em>a</em> <em>b</em> <strong>c</strong> <strong>d</strong> <em><strong>e</strong></em></p>\n",
    ),
    ("snake_case_word\n", "<p>snake_case_word</p>\n"),
    ("中文**粗体**中文\n", "<p>中文<strong>粗体</strong>中文</p>\n"),
    ("[a](</b c> \"d\")\n", "<p><a href=\"/b%20c\" title=\"d\">a</a></p>\n"),
    ("[a](b(c))\n", "<p><a href=\"b(c)\">a</a></p>\n"),
    ("![a *b*](c)\n", "<p><img src=\"c\" alt=\"a b\" /></p>\n"),
    ("[a][]\n\n[A]: b\n", "<p><a href=\"b\">a</a></p>\n"),
    (
        "<https://example.org/?a=ä>\n",
        "<p><a href=\"https://example.org/?a=%C3%A4\">https://example.org/?a=ä</a></p>\n",
    ),
    ("https://example.org\n", "<p>https://example.org</p>\n"),
    ("a <b c='d'>e</b>\n", "<p>a <b c='d'>e</b></p>\n"),
    ("a  \nb\\\nc\n", "<p>a<br />\nb<br />\nc</p>\n"),
    ("\"q\" -- it's...\n", "<p>&quot;q&quot; -- it's...</p>\n"),
    ("|a|\n|-|\n", "<p>|a|\n|-|</p>\n"),
    ("~~a~~ - [ ] b\n", "<p>~~a~~ - [ ] b</p>\n"),
];

#[test]
fn markdown_is_rendered_as_specified() {
    for (text, html) in EXAMPLES {
        assert_eq!(render(text, Dialect::CommonMark), html, "{text:?}");
    }
}

#[test]
fn every_example_of_the_specification_is_rendered_as_there() {
    let Ok(path) = std::env::var("COMMONMARK_EXAMPLES") else {
        eprintln!("skipped: COMMONMARK_EXAMPLES names no examples");
        return;
    };
    let examples: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for example in &examples {
        // The package writes tabs as arrows.
        let text = |key: &str| example[key].as_str().unwrap().replace('→', "\t");
        let ours = render(&text("markdown"), Dialect::CommonMark);
        if ours != text("html") {
            wrong.push(format!("{}: {ours:?}, not {:?}", example["number"], text("html")));
        }
    }
    println!("CommonMark: {}/{} examples equal", examples.len() - wrong.len(), examples.len());
    assert!(examples.len() > 600, "these are not all of them: {}", examples.len());
    assert_eq!(wrong, Vec::<String>::new());
}
