use super::*;
use proptest::prelude::*;

fn base() -> Url {
    Url::parse("https://example.org/blog/one/").unwrap()
}

fn clean(html: &str) -> String {
    clean_html(html, Some(&base()))
}

#[test]
fn what_runs_frames_or_submits_is_gone() {
    for (html, meant) in [
        ("a<script>alert(1)</script>b", "ab"),
        ("<p onclick=\"x()\" style=\"position:fixed\" id=\"a\" class=\"b\">t</p>", "<p>t</p>"),
        ("<style>p{}</style><svg><a href=\"x\">y</a></svg><math><mi>z</mi></math>.", "."),
        ("<iframe srcdoc=\"<script>\"></iframe><object data=x>y</object><embed src=x>.", "."),
        ("<form action=x><input name=y><button formaction=javascript:x>go</button></form>", "go"),
        ("<meta http-equiv=refresh content=0><base href=//evil.example/><link rel=stylesheet href=x>t", "t"),
        ("<a href=\"javascript:alert(1)\">x</a>", "<a>x</a>"),
        ("<a href=\"JaVa&#x09;ScRiPt:alert(1)\">x</a>", "<a>x</a>"),
        ("<a href=\"&#106;avascript:alert(1)\">x</a>", "<a>x</a>"),
        ("<a href=\"vbscript:x\" ping=\"https://t.example\" target=_blank>x</a>", "<a>x</a>"),
        ("<img src=\"data:image/svg+xml,<svg onload=alert(1)>\" alt=\"a\">", "<img alt=\"a\">"),
        ("<!--[if IE]><script>x</script><![endif]-->t<!-->u", "tu"),
        (
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>t",
            "<p title=\"&lt;/noscript&gt;&lt;img src=x onerror=alert(1)&gt;\">t</p>",
        ),
        ("<div><table><td>unclosed", "<div><table><tbody><tr><td>unclosed</td></tr></tbody></table></div>"),
        ("<xmp><img src=x onerror=alert(1)></xmp>", "&lt;img src=x onerror=alert(1)&gt;"),
        (
            "<video onloadstart=x controls><source src=\"/v.mp4\" onerror=y></video>",
            "<video controls=\"\"><source src=\"https://example.org/v.mp4\"></video>",
        ),
    ] {
        assert_eq!(clean(html), meant, "{html}");
    }
}

#[test]
fn addresses_are_absolute() {
    for (html, meant) in [
        ("<a href=\"../two#x\">t</a>", "<a href=\"https://example.org/blog/two#x\">t</a>"),
        ("<a href=\"#fn1\">1</a>", "<a href=\"https://example.org/blog/one/#fn1\">1</a>"),
        ("<img src=\"//cdn.example.org/ä b.png\">", "<img src=\"https://cdn.example.org/%C3%A4%20b.png\">"),
        (
            "<img srcset=\"a.jpg 1x, /b.jpg 2x\" src=c.jpg>",
            "<img srcset=\"https://example.org/blog/one/a.jpg 1x, https://example.org/b.jpg 2x\" src=\"https://example.org/blog/one/c.jpg\">",
        ),
        (
            "<blockquote cite=\"/q\">q</blockquote>",
            "<blockquote cite=\"https://example.org/q\">q</blockquote>",
        ),
        ("<a href=\"mailto:a@example.org\">m</a>", "<a href=\"mailto:a@example.org\">m</a>"),
        (
            "<a href=\"https://other.example/?a=1&b=2\">x</a>",
            "<a href=\"https://other.example/?a=1&amp;b=2\">x</a>",
        ),
    ] {
        assert_eq!(clean(html), meant, "{html}");
    }
    assert_eq!(clean_html("<a href=\"x\">t</a>", None), "<a>t</a>");
    assert_eq!(clean("<p>a&#13;b"), "<p>a\nb</p>");
}

#[test]
fn depth_and_size_are_bounded() {
    for html in [
        "<div>".repeat(20_000),
        "<b><i>".repeat(3_000),
        "<a href=x><b>".repeat(2_000),
        "<table>".repeat(5_000),
        "&".repeat(40_000),
        "« & ".repeat(10_000),
        format!("<p title=\"{}\">", "& ".repeat(20_000)),
        "<".repeat(40_000),
        "<!--".repeat(10_000),
    ] {
        let cleaned = clean(&html);
        assert!(cleaned.len() <= html.len() * MAX_GROWTH + 4096, "{}", cleaned.len());
    }
}

/// HTML of the shapes that the scan may take for clean, and of those just beside them.
fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zé .]{1,6}",
        1 => prop::sample::select(vec!["&amp;", "&lt;", "&gt;", "&nbsp;", "&copy;", "&", ">", "\"", "\n", "\u{a0}", "\r", "&#38;"])
            .prop_map(str::to_owned),
        6 => prop::sample::select(vec![
            "<p>", "</p>", "<a href=\"https://example.org/x\">", "</a>", "<br>", "<img src=\"https://example.org/i.png\" alt=\"a\">",
            "<em>", "</em>", "<strong>", "</strong>", "<code>", "</code>", "<ul>", "</ul>", "<li>", "</li>", "<ol>", "</ol>",
            "<blockquote>", "</blockquote>", "<div>", "</div>", "<h2>", "</h2>", "<h3>", "</h3>", "<figure>", "</figure>",
            "<figcaption>", "</figcaption>", "<hr>", "<span>", "</span>", "<b>", "</b>", "<p title=\"x\">", "<P>", "<br/>",
            "<img src=\"i.png\">", "<a href=\"http://example.org\">", "<a href=\"https://example.org/?a=1&amp;b=2\">",
            "<pre>", "</pre>", "<table>", "</table>", "<td>", "</section>", "<section>", "<small>", "</small>",
            "<img src=\"https://xn--.example.org/\">", "<img src=\"https://example.org:99999/\">", "<a href=\"https://1.2.3.4.5/\">",
            "<s>", "</s>", "<sub>", "</sub>", "<i>", "</i>", "<u>", "</u>", "<img src=\"https://example.org/%zz\">",
            "<img data-src=\"a.png\">", "<p onclick=\"x\">", "<!-- c -->", "&#8217;", "&eacute;", "&quot;", "&#146;", "&#160;",
            "<p class=\"a b\" style='color: red'>", "<a href='/x?a=1&amp;b=2#c' target=\"_blank\" rel=\"nofollow\">",
            "<a href=\"javascript:x\">", "<a href=\"mailto:a@example.org\" title=\"a &amp; b\">", "<a href=\"#n\" id=\"m\">",
            "<img class=\"c\" src=\"https://example.org/1.png?a=1&#038;b=2\" srcset=\"a.png 1x, b.png 2x\" sizes=\"(max-width: 9px) 9px\" loading=\"lazy\" />",
            "<img src=\"data:image/gif;base64,R0\" />", "<img src=\"//example.org/ü.png\" width='1' height='1'/>", "<h1>", "</h1>",
            "<ol start=\"3\" type=\"a\">", "<time datetime=\"2026\">", "</time>", "<q cite=\"/a b\">", "</q>", "<del cite=\"x\">", "</del>",
            "<a href=\" https://example.org/ \">", "<a href=\"http://exa mple.org\">", "<span data-x=\"1\" lang=\"de\" dir=\"ltr\">",
    "<tr>", "</tr>", "</td>", "<tbody>", "</tbody>", "<thead>", "<th scope=row colspan='2'>", "</th>", "<tt>", "</tt>", "</img>",
            "<font color=red>", "</font>", "<center>", "</center>", "<iframe src=\"https://example.org/\" title=x allowfullscreen></iframe>",
            "<p style=\"display:none\">", "<div hidden>", "<span style='color: red; visibility: hidden'>", "<li hidden class=x>",
            "<img style=\"display: none\" src=x hidden>", "<td style='display:none'>",
            "<!-- a -- b -->", "<!-->", "<!-- > -->", "<!--- x --->", "<a href=\"/?a=1&b=2&copy=3&amp;d=4\" data-a_1=\"&\">",
            "<img width=100 height=50% alt=\"a & b\" src=x>", "<ol reversed start=2>", "<p a = b>", "<q cite=x/y>", "<pre lang=de>\n",
            "<img alt src=\"/a?b&c=d;e=&lt=\">", "<a title=\"&notit=1&not;\">", "<aside>", "</aside>", "<a href=\"/?a_b=1&b_c=2&copy_d=3&ampx_e&amp\">", "<img alt=\"&lt &copy. &#65 &x&y\">", "</br>", "<td colspan=2>",
            "<img alt=\"&eacute;&quot;\" src=\"x y.png\">", "<blockquote cite=\"https://example.org/\" class=\"x\">",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Strictly nested markup, most of which the scan takes.
fn nested() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z ]{1,5}",
        Just("<br>".to_owned()),
        Just("<hr>".to_owned()),
        Just("<img src=\"https://example.org/i.png\">".to_owned()),
        Just("&amp;".to_owned()),
        Just("&#8217;&hellip; > ".to_owned()),
        Just("<a href='/a?b=1&amp;c=2' target=\"_blank\" rel=\"x\">\u{a0}</a>".to_owned()),
        Just("<img class='x' src='i.png' srcset='i.png 1x, j.png 2x' loading=\"lazy\" />".to_owned()),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        let style =
            prop_oneof![7 => Just(""), 1 => Just(" style='display: none'"), 1 => Just(" style='color: red'")];
        (
            style,
            prop::sample::select(vec![
                "article",
                "cite",
                "h1",
                "ins",
                "kbd",
                "q",
                "p",
                "em",
                "strong",
                "b",
                "i",
                "code",
                "span",
                "ul",
                "ol",
                "li",
                "blockquote",
                "div",
                "h2",
                "h3",
                "figure",
                "figcaption",
                "section",
                "a",
                "s",
                "u",
                "small",
                "sub",
            ]),
            prop::collection::vec(inner, 0..4),
        )
            .prop_map(|(style, tag, inner)| {
                format!("<{tag} class=\"{tag}\"{style}>{}</{tag}>", inner.concat())
            })
    })
}

/// Tables, lists and paragraphs as they are written by hand: end tags that may be left out are.
fn by_hand() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z ]{1,5}",
        Just("\n".to_owned()),
        Just("<p>one<p>two</p>".to_owned()),
        Just("<tt>x</tt><!-- y -->".to_owned()),
        Just("<pre>a\n  b</pre>".to_owned()),
        Just("<iframe src='https://example.org/'></iframe>".to_owned()),
        Just("<img src='/a?b=1&c=2' width=10></img>".to_owned()),
        Just("&nbsp;> &amp;".to_owned()),
    ];
    leaf.prop_recursive(6, 32, 4, |inner| {
        let shape = prop::sample::select(vec![
            ("<table> ", "\n</table>"),
            ("<table><tr><td>", "</table>"),
            ("<tbody>\n", "</tbody>"),
            ("<thead>", ""),
            ("<tr>", "</tr>\n"),
            ("<tr> ", ""),
            ("<td>", "</td>"),
            ("<th scope=col>", ""),
            ("<ul>", "</ul>"),
            ("<ol>\n", "</ol>"),
            ("<li>", "</li>"),
            ("<li>", ""),
            ("<p>", "</p>"),
            ("<p>", ""),
            ("<div>", "</div>"),
            ("<blockquote>", "</blockquote>"),
            ("<h2>", "</h2>"),
            ("<pre>", "</pre>"),
            ("<center>", "</center>"),
            ("<b>", "</b>"),
            ("<font>", "</font>"),
            ("<a href='/x?a&b=c'>", "</a>"),
        ]);
        (shape, prop::collection::vec(inner, 0..4))
            .prop_map(|((open, close), inner)| format!("{open}{}{close}", inner.concat()))
    })
}

/// What the scan has to take, so that the pictures above mean something.
#[test]
fn the_scan_takes_what_people_write() {
    for (html, clean) in [
        ("<pre class=x>a\n<b>b</b></pre>", "<pre>a\n<b>b</b></pre>"),
        (
            "<table border=0><tr><td>a<td>b\n</table>",
            "<table><tbody><tr><td>a</td><td>b\n</td></tr></tbody></table>",
        ),
        (
            "<table>\n<thead><tr><th>a</th></tr></thead></table>",
            "<table>\n<thead><tr><th>a</th></tr></thead></table>",
        ),
        ("<p>one<p>two<ul><li>a<li>b</ul>", "<p>one</p><p>two</p><ul><li>a</li><li>b</li></ul>"),
        (
            "a<!-- more --><tt>b</tt><img src='/i.png' width=1></img>",
            "a<tt>b</tt><img src=\"https://example.org/i.png\" width=\"1\">",
        ),
        ("<a href='/?a=1&b=2'>x</a>", "<a href=\"https://example.org/?a=1&amp;b=2\">x</a>"),
        ("<iframe src='about:blank' allowfullscreen></iframe>.", "."),
    ] {
        assert_eq!(proven_clean::cleaned(html, Some(&base())).as_deref(), Some(clean), "{html}");
        assert_eq!(clean_by_tree(html, Some(&base())), clean, "{html}");
    }
    assert_eq!(clean("<pre lang=de>\n\na</pre>"), "<pre lang=\"de\">\n\na</pre>");
    let many = "a > b\u{a0}".repeat(3000);
    assert_eq!(proven_clean::cleaned(&many, None), Some(clean_by_tree(&many, None)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_scan_agrees_with_the_tree_on_what_is_written_by_hand(html in by_hand()) {
        if let Some(clean) = proven_clean::cleaned(&html, Some(&base())) {
            prop_assert_eq!(clean_by_tree(&html, Some(&base())), clean);
        }
    }

    #[test]
    fn the_scan_agrees_with_the_tree(html in markup()) {
        if let Some(clean) = proven_clean::cleaned(&html, Some(&base())) {
            prop_assert_eq!(clean_by_tree(&html, Some(&base())), clean);
        }
    }

    #[test]
    fn the_scan_agrees_with_the_tree_on_nested_markup(html in nested()) {
        if let Some(clean) = proven_clean::cleaned(&html, Some(&base())) {
            prop_assert_eq!(clean_by_tree(&html, Some(&base())), clean);
        }
    }

    #[test]
    fn cleaning_twice_changes_nothing(html in markup()) {
        let once = clean(&html);
        prop_assert_eq!(clean(&once), once);
    }
}
