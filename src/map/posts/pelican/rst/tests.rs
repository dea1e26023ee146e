use super::render;

#[test]
fn directives_leave_their_text() {
    for (text, html) in [
        (".. note:: Be *careful*", "<p><strong>Note</strong></p>\n<p>Be <em>careful</em></p>\n"),
        (".. warning::\n   Text\n   goes on", "<p><strong>Warning</strong></p>\n<p>Text goes on</p>\n"),
        (".. admonition:: A title\n   :class: x\n\n   Text", "<p>A title</p>\n<p>Text</p>\n"),
        (".. tip:: One\n   two", "<p><strong>Tip</strong></p>\n<p>One two</p>\n"),
        (".. a comment: not:: shown\n   at all", ""),
        (
            ".. youtube:: abc\n   :width: 3",
            "<p><a href=\"https://www.youtube.com/watch?v=abc\">youtube</a></p>\n",
        ),
        (".. class:: wide\n\nText", "<p>Text</p>\n"),
        (".. code-block:: python\n   :linenos:\n\n   a < b", "<pre>a &lt; b</pre>\n"),
        (".. highlights::\n\n   a < b", "<p>a &lt; b</p>\n"),
        (".. raw:: html\n\n   <b>a</b>\n\n   <i>b</i>\n\nc", "<b>a</b>\n<i>b</i>\n<p>c</p>\n"),
        (".. raw:: latex\n\n   \\a\n\nb", "<p>b</p>\n"),
        (".. [1] A note\n\n   goes on", "<p>[1] A note</p>\n<p>goes on</p>\n"),
        (
            ".. |logo| image:: /l.png\n.. |x| replace:: y\n\n|logo| is |x|, |z|",
            "<p><img src=\"/l.png\" alt=\"logo\"> is y, |z|</p>\n",
        ),
        (".. _part:\n\n   quoted", "<p>quoted</p>\n"),
    ] {
        assert_eq!(render(text), html, "{text}");
    }
}

#[test]
fn what_is_commented_out_is_not_published() {
    for (text, html) in [
        ("..\n   secret one\n\n   secret two", ""),
        (".. comment here\n\n   secret three\n\nText", "<p>Text</p>\n"),
        (".. code review: fix me\n   secret four", ""),
        (".. code review\n\n   secret\n\n   more\n \n   and more", ""),
        (
            ".. note:: A\n\n   .. comment\n\n      secret\n\n   B",
            "<p><strong>Note</strong></p>\n<p>A</p>\n<p>B</p>\n",
        ),
        (".. one\n.. two\nText", "<p>Text</p>\n"),
        // Two dots alone hide nothing.
        ("..\n\n   quoted", "<p>quoted</p>\n"),
    ] {
        assert_eq!(render(text), html, "{text}");
    }
}

#[test]
fn lists_are_numbered_too() {
    for (text, html) in [
        ("1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n"),
        ("#. one\n   on\n\n#. two", "<ol>\n<li>one on</li>\n<li>two</li>\n</ol>\n"),
        ("3) one\n\n* a", "<ol start=\"3\">\n<li>one</li>\n</ol>\n<ul>\n<li>a</li>\n</ul>\n"),
        ("1986. A year\nof years", "<p>1986. A year\nof years</p>\n"),
        ("One.\n \t\nTwo.", "<p>One.</p>\n<p>Two.</p>\n"),
    ] {
        assert_eq!(render(text), html, "{text}");
    }
}

#[test]
fn a_title_needs_no_blank_line_below_it() {
    for (text, html) in [
        ("Title\n=====\nText", "<h2>Title</h2>\n<p>Text</p>\n"),
        ("=====\nTitle\n=====\nOne\n---\n* a", "<h2>Title</h2>\n<h2>One</h2>\n<ul>\n<li>a</li>\n</ul>\n"),
        ("Title\n=====\nCode::\n\n  x", "<h2>Title</h2>\n<p>Code:</p>\n<pre>x</pre>\n"),
        ("A sentence and\n...\nanother", "<p>A sentence and\n...\nanother</p>\n"),
        ("Title\n=====", "<h2>Title</h2>\n"),
        ("Hi\n==\nText", "<h2>Hi</h2>\n<p>Text</p>\n"),
    ] {
        assert_eq!(render(text), html, "{text}");
    }
}

#[test]
fn a_long_text_is_read_in_one_go() {
    let item = format!("* a\n{}", "  b\n".repeat(1_000_000));
    assert_eq!(render(&item).len(), "<ul>\n<li>a</li>\n</ul>\n".len() + 2_000_000);
    let numbers = 0..40_000;
    let targets: Vec<String> =
        numbers.clone().map(|n| format!(".. _n{n}: https://e.example/{n}\n")).collect();
    let links: Vec<String> = numbers.map(|n| format!("`n{n}`_\n")).collect();
    let html = render(&format!("{}\n{}", targets.concat(), links.concat()));
    assert!(html.ends_with("<a href=\"https://e.example/39999\">n39999</a></p>\n"));
}

#[test]
fn marks_within_a_line() {
    for (text, html) in [
        (r"a\_b \*c\* **x\*y** d\ e ``f\g``", "<p>a_b *c* <strong>x*y</strong> de <code>f\\g</code></p>\n"),
        ("H :sub:`2` O, :code:`x`, :ref:`text <there>`", "<p>H <sub>2</sub> O, <code>x</code>, text</p>\n"),
        (
            "`a`__ and `b`__\n\n__ https://a.example/\n.. __: https://b.example/",
            "<p><a href=\"https://a.example/\">a</a> and <a href=\"https://b.example/\">b</a></p>\n",
        ),
        ("x [1]_ y [#f]_\n\n.. [1] One\n.. [#f] Two", "<p>x [1] y [1]</p>\n<p>[1] One</p>\n<p>[1] Two</p>\n"),
        ("`a title`", "<p><cite>a title</cite></p>\n"),
    ] {
        assert_eq!(render(text), html, "{text}");
    }
}

#[test]
fn blocks_of_other_kinds() {
    for (text, html) in [
        ("a\n\n----\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n"),
        ("| one\n| two *x*", "<p>one<br>\ntwo <em>x</em></p>\n"),
        (
            "term\n  What it *is*\n  and more\nother : kind\n  y",
            "<dl>\n<dt>term</dt><dd>What it <em>is</em> and more</dd>\n<dt>other : kind</dt><dd>y</dd>\n</dl>\n",
        ),
        (
            ":when: now\n:where: here\n  and there",
            "<dl>\n<dt>when:</dt><dd>now</dd>\n<dt>where:</dt><dd>here and there</dd>\n</dl>\n",
        ),
        (
            "+-----+---+\n| A   | B |\n+=====+===+\n| one | 1 |\n| on  |   |\n+-----+---+",
            "<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td>one on</td><td>1</td></tr>\n</table>\n",
        ),
        (
            "=====  ===\nA      B\n=====  ===\none    1\n二      2 and\n=====  ===",
            "<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td>one</td><td>1</td></tr>\n<tr><td>二</td><td>2 and</td></tr>\n</table>\n",
        ),
        (
            ".. image:: /a.png\n   :alt: An a\n   :target: /b",
            "<p><a href=\"/b\"><img src=\"/a.png\" alt=\"An a\"></a></p>\n",
        ),
        (".. math::\n\n   a < b", "<pre>a &lt; b</pre>\n"),
        (".. math:: x^2", "<pre>x^2</pre>\n"),
    ] {
        assert_eq!(render(text), html, "{text}");
    }
}
