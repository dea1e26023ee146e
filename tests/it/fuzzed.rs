//! A bounded run of the fuzz targets' bodies, over made-up input and over spoilt samples.

mod bodies;

use proptest::prelude::*;
use std::{fs, path::Path};

/// Pieces that feeds are made of, and that readers fall over.
const PIECES: [&str; 40] = [
    "<rss version=\"2.0\"><channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<description>",
    "</description>",
    "<![CDATA[",
    "]]>",
    "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
    "<entry>",
    "</entry>",
    "<content type=\"xhtml\">",
    "<content type=\"html\">",
    "</content>",
    "<link href=\"a\"/>",
    "<guid>1</guid>",
    "&lt;",
    "&amp;",
    "&#x1F;",
    "&#147;",
    "&nbsp;",
    "&x;",
    "<p>",
    "</p>",
    "<b>",
    "<a href='javascript:x'>",
    "<img src=x onerror=y>",
    "<svg><style>",
    "<table><tr>",
    "<pre>\n",
    "<!--",
    "-->",
    "<?xml",
    "?>",
    "x y",
    "\u{4e2d}\u{6587}",
    "\u{0}",
    "\u{fffe}",
    " xml:base='../a/' ",
];

const DATE_PIECES: [&str; 28] = [
    "Thu",
    ", ",
    "05",
    " ",
    "Nov",
    "novembre",
    "2026",
    "26",
    "-",
    "/",
    ".",
    ":",
    "10",
    "24",
    "60",
    "59",
    "T",
    "Z",
    "+02:00",
    "+0200",
    "-1260",
    "GMT",
    "EST",
    "\u{5e74}",
    "\u{6708}",
    "99999999999",
    "(",
    "a.m.",
];

/// Pieces of front matter, of Markdown and of HTML.
const POST_PIECES: [&str; 36] = [
    "---\n",
    "+++\n",
    ";;;\n",
    "{\"title\": ",
    "}\n",
    "title: ",
    "tags: [a, \"b\"",
    "]\n",
    "- ",
    "date = 2026-03-02",
    "#+TITLE: x\n",
    "\n",
    "\n\n",
    "    ",
    "\t",
    "# ",
    "* ",
    "> ",
    "1. ",
    "```\n",
    "`",
    "**",
    "_",
    "~~",
    "[a](b \"c\")",
    "![a][1]",
    "[1]: <javascript:x>\n",
    "[^1]",
    "| a | b |\n|---|:-:|\n",
    "{: .c }\n",
    "<div markdown=\"1\">\n",
    "</div>\n",
    "<script>x</script>",
    "<p style='display:none'>",
    "&amp;&#0;",
    "\u{4e2d}\u{3002}x",
];

fn written(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(pieces), 0..most)
        .prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_a_feed_or_an_error(data in prop::collection::vec(any::<u8>(), 0..400)) {
        bodies::any_feed(&data);
    }

    #[test]
    fn any_pieces_of_feeds_are_read(first in any::<u8>(), root in 0_usize..2, data in written(&PIECES, 60)) {
        let root = [PIECES[0], PIECES[9]][root];
        bodies::any_feed(&[&[first], root.as_bytes(), &data].concat());
    }

    #[test]
    fn any_date_is_read_as_it_is_written(data in written(&DATE_PIECES, 12)) {
        bodies::any_date(&data);
    }

    #[test]
    fn any_pieces_of_html_are_cleaned(data in written(&PIECES, 40)) {
        bodies::any_html(&data);
    }

    #[test]
    fn any_pieces_of_posts_are_read(first in any::<u8>(), data in written(&POST_PIECES, 30)) {
        let data = [&[first], data.as_slice()].concat();
        bodies::any_post(&data);
        bodies::any_markdown(&data);
    }

    #[test]
    fn any_text_may_stand_for_a_date(text in "\\PC{0,40}") {
        bodies::any_date(text.as_bytes());
    }
}

#[test]
fn every_sample_passes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["tests/read_feed", "tests/spoiled_feeds"] {
        for file in fs::read_dir(root.join(folder)).unwrap() {
            let body = fs::read(file.unwrap().path()).unwrap();
            for first in 0..4 {
                bodies::any_feed(&[&[first], body.as_slice()].concat());
            }
        }
    }
}
