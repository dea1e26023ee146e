use super::*;

fn text<'a>(found: &'a FrontMatter<'_>, key: &str) -> Option<&'a str> {
    found.data.as_ref()?.get(key)?.text()
}

#[test]
fn a_plain_reading_takes_blank_lines_and_any_number_of_dashes() {
    for source in [
        "---\ntitle: a\n---\nx\n",
        "\n---\ntitle: a\n---\nx\n",
        "\n \n\n---\ntitle: a\n---\nx\n",
        "----\ntitle: a\n----\nx\n",
        "---\ntitle: a\n-----\nx\n",
        "---  \ntitle: a\n--- \nx\n",
        "---\r\ntitle: a\r\n---\r\nx\n",
        "---\ntitle: a\n ---\nx\n",
    ] {
        for fences in [Fences::Jekyll, Fences::Hexo] {
            let found = read_plain(source, fences);
            assert_eq!((text(&found, "title"), found.body), (Some("a"), "x\n"), "{source:?}");
        }
    }
}

#[test]
fn what_the_generator_would_not_read_is_said() {
    let message = |source, fences| {
        let found = read_plain(source, fences);
        found.notes.first().map(|note| format!("{}: {}", note.line, note.message))
    };
    assert_eq!(
        message("\n---\na: b\n---\n", Fences::Jekyll).as_deref(),
        Some("2: Jekyll would not read this front matter: it begins after a blank line")
    );
    assert_eq!(message("\n---\na: b\n---\n", Fences::Hexo), None);
    assert_eq!(
        message("\n\n---\na: b\n---\n", Fences::Hexo).as_deref(),
        Some("3: Hexo would not read this front matter: it begins after 2 blank lines")
    );
    assert_eq!(
        message("----\na: b\n----\n", Fences::Jekyll).as_deref(),
        Some("1: Jekyll would not read this front matter: its opening fence is `----`, not three dashes")
    );
    assert_eq!(
        message("---\na: b\n\nno end\n", Fences::Hexo).as_deref(),
        Some("1: the front matter that begins here is never closed, so the whole file is text")
    );
}

#[test]
fn what_the_generators_readers_take_is_not_broken() {
    for (source, key, wanted) in [
        ("---\na: [ \n\t\"Go\",\n\t'it''s' # [\n]\nb: c\n---\nx\n", "b", "c"),
        ("---\na: {\n\tb: \"[\"\n}\nb: c\n---\nx\n", "b", "c"),
        ("---\nb: \"one\n\ntwo \\\" [\nthree\"\nc: |\n  \" [\n---\nx\n", "b", "one\ntwo \" [ three"),
        ("---\nb: 'one\ntwo: 3'\n---\nx\n", "b", "one two: 3"),
    ] {
        for fences in [Fences::Jekyll, Fences::Hugo] {
            let found = read_plain(source, fences);
            assert_eq!(text(&found, key), Some(wanted), "{source:?}");
            assert!(found.notes.is_empty(), "{source:?}: {:?}", found.notes);
            assert_eq!(found.state, State::Read, "{source:?}");
        }
    }
}

#[test]
fn broken_yaml_is_read_key_by_key() {
    let source = "---\ntitle: \"关于\"开门红\"的通知\"\nauthor: 'It's me'\nsub: a: b\ntags:\n\t- x\n\t- y\n\
                  date: 2022-01-01\n---\nx\n";
    let found = read_plain(source, Fences::Jekyll);
    assert_eq!(text(&found, "title"), Some("关于\"开门红\"的通知"));
    assert_eq!(text(&found, "author"), Some("It's me"));
    assert_eq!(text(&found, "sub"), Some("a: b"));
    assert_eq!(text(&found, "date"), Some("2022-01-01"));
    let data = found.data.as_ref().unwrap();
    let tags: Vec<_> = data.get("tags").unwrap().list().unwrap().iter().filter_map(Node::text).collect();
    assert_eq!(tags, ["x", "y"]);
    assert_eq!(found.notes.len(), 1);
    assert_eq!(found.notes[0].line, 2);
    assert!(
        found.notes[0].message.ends_with("; read key by key, Jekyll would publish the post without it"),
        "{:?}",
        found.notes
    );
}

#[test]
fn a_rule_is_no_front_matter() {
    let source = "---\njust text\n---\nmore\n";
    let found = read_plain(source, Fences::Hexo);
    assert_eq!((found.data, found.body), (None, source));
}

#[test]
fn hexo_reads_json_and_a_missing_opening_fence() {
    let json = read_plain(";;;\n\"title\": \"j\",\n\"date\": \"2022/01/01\"\n;;;\nx\n", Fences::Hexo);
    assert_eq!((text(&json, "title"), json.body), (Some("j"), "x\n"));
    let unopened = read_plain("title: n\ndate: 2022-01-01\n---\nx\n", Fences::Hexo);
    assert_eq!((text(&unopened, "title"), unopened.body), (Some("n"), "x\n"));
    assert!(unopened.notes.is_empty());
}

#[test]
fn a_strict_reading_misreads_as_the_generator_does() {
    assert_eq!(read_strict("\n---\na: b\n---\n", Fences::Jekyll).data, None);
    assert_eq!(read_strict("--- \na: b\n--- \nx", Fences::Hexo).data, None);
    let mixed = read_strict("---\na: b\n-----\nx\n", Fences::Hexo);
    assert_eq!(mixed.body, "--\nx\n");
    assert_eq!(read_strict("---\na: b: c\n---\nx\n", Fences::Hexo).state, State::Refused);
    assert_eq!(read_strict("---\na: b\na: c\n---\nx\n", Fences::Hexo).state, State::Refused);
}

#[test]
fn places_count_from_the_first_line_of_the_file() {
    let found = read_plain("\n---\nx: 1\ntitle: a\n---\n", Fences::Jekyll);
    let title = found.data.unwrap().get("title").cloned().unwrap();
    assert_eq!((title.line, title.column), (4, 8));
}

#[test]
fn twin_keys_are_named() {
    let found = read_plain("---\ntitle: a\ntitle: b\n---\n", Fences::Jekyll);
    assert_eq!(text(&found, "title"), Some("b"));
    let expected =
        Note { line: 3, column: 1, message: "`title` stands here a second time; the last one holds".into() };
    assert_eq!(found.notes, [expected]);
}

#[test]
fn a_full_width_colon_still_makes_a_key() {
    let found = read_plain("---\ntitle：标题\ndate：2022-01-01\n---\nx\n", Fences::Hexo);
    assert_eq!((text(&found, "title"), text(&found, "date")), (Some("标题"), Some("2022-01-01")));
}

#[test]
fn a_text_with_a_rule_is_not_taken_apart() {
    let source = "Note: it: rains\n\n---\nmore\n";
    assert_eq!(read_plain(source, Fences::Hexo).body, source);
}

#[test]
fn hugo_reads_four_kinds() {
    for source in [
        "---\ntitle: a\n---\nx\n",
        " \n\n---\ntitle: a\n---\nx\n",
        "+++\ntitle = \"a\"\n+++\nx\n",
        "+++\r\ntitle = 'a'\r\n+++\r\nx\n",
        "{\"title\": \"a\", \"b\": {\"c\": \"}\\\"}\"}}\nx\n",
        "#+TITLE: a\n#+DATE: <2022-04-18 Mon>\n#+TAGS[]: b c\nx\n",
        "----\ntitle: a\n----\nx\n",
        "++++\ntitle = \"a\"\n++++\nx\n",
    ] {
        let found = read_plain(source, Fences::Hugo);
        assert_eq!((text(&found, "title"), found.body), (Some("a"), "x\n"), "{source:?}");
    }
    let org = read_plain("#+TITLE: a\n#+DATE: <2022-04-18 Mon>\n#+TAGS[]: b c\nx\n", Fences::Hugo);
    assert_eq!(text(&org, "date"), Some("2022-04-18"));
    assert_eq!(read_strict("---\ntitle: a\n---b\n", Fences::Hugo).body, "b\n");
    assert_eq!(read_strict("text\n", Fences::Hugo).state, State::Read);
}

#[test]
fn broken_toml_and_json_are_read_key_by_key() {
    let source = "+++\ntitle = \"a \"b\" c\"\ndate = 2022-04-18\ntags = [\n  \"x\",\n  \"y\"\n]\n[params]\nauthor = 'q'\n+++\nx\n";
    let found = read_plain(source, Fences::Hugo);
    assert_eq!((text(&found, "title"), text(&found, "date")), (Some("a \"b\" c"), Some("2022-04-18")));
    let data = found.data.as_ref().unwrap();
    assert_eq!(data.get("tags").unwrap().list().unwrap().len(), 2);
    assert_eq!(data.get("params").unwrap().get("author").unwrap().text(), Some("q"));
    assert_eq!(found.notes[0].line, 2);
    assert!(
        found.notes[0].message.ends_with("; read key by key, Hugo would stop at it"),
        "{:?}",
        found.notes
    );
    assert_eq!(read_strict(source, Fences::Hugo).state, State::Refused);
    let json = read_plain("{\"title\": \"a\", \"tags\": [\"x\",],}\nx\n", Fences::Hugo);
    assert_eq!((text(&json, "title"), json.body, json.state), (Some("a"), "x\n", State::Salvaged));
}

#[test]
fn what_is_never_closed_ends_at_a_blank_line() {
    let found = read_plain("+++\ntitle = \"a\"\n\nbody\n", Fences::Zola);
    assert_eq!((text(&found, "title"), found.body), (Some("a"), "\nbody\n"));
    assert_eq!(
        found.notes[0].message,
        "the front matter that begins here is never closed; read up to the first blank line"
    );
    assert_eq!(read_strict("+++\ntitle = \"a\"\n\nbody\n", Fences::Zola).state, State::Refused);
}

#[test]
fn zola_needs_front_matter() {
    let found = read_plain("text\n", Fences::Zola);
    assert_eq!(found.state, State::Refused);
    assert_eq!(found.notes[0].message, "no front matter: Zola stops at such a file");
    let found = read_strict("\n+++\ntitle = \"a+++b\"\n+++ \n\n\nx\n", Fences::Zola);
    assert_eq!((text(&found, "title"), found.body), (Some("a+++b"), "x\n"));
}

#[test]
fn eleventy_runs_nothing() {
    for reading in [read_plain, read_strict] {
        let found = reading("---js\nthrow new Error()\n---\nx\n", Fences::Eleventy);
        assert_eq!(found.state, State::Refused);
        let message = "front matter in `js` is never run here, so the post is left out";
        assert_eq!(found.notes.iter().map(|note| note.message.as_str()).collect::<Vec<_>>(), [message]);
        let found = reading("---json\n{\"title\": \"a\"}\n---\nx\n", Fences::Eleventy);
        assert_eq!((text(&found, "title"), found.body), (Some("a"), "x\n"));
    }
    let source = "\n---\ntitle: a\n---\nx\n";
    assert_eq!(read_strict(source, Fences::Eleventy).body, source);
    let found = read_plain(source, Fences::Eleventy);
    assert_eq!(
        (text(&found, "title"), found.notes[0].message.as_str()),
        (Some("a"), "Eleventy would not read this front matter: it begins after a blank line")
    );
}

#[test]
fn pelicans_header_keeps_values_as_they_stand() {
    let source = "Title: a: b\nTags: [p, q]\nSummary: one\n    two\ntitle: c\n\nbody: x\n";
    let found = read_strict(source, Fences::Pelican);
    assert_eq!((text(&found, "tags"), found.body), (Some("[p, q]"), "body: x\n"));
    let data = found.data.as_ref().unwrap();
    let list =
        |key: &str| data.get(key).unwrap().list().unwrap().iter().filter_map(Node::text).collect::<Vec<_>>();
    assert_eq!((list("summary"), list("title")), (vec!["one", "two"], vec!["a: b", "c"]));
    assert_eq!(read_strict("\nTitle: a\n\nx\n", Fences::Pelican).data, None);
    let found = read_plain("\nTitle: a\n\nx\n", Fences::Pelican);
    assert_eq!(
        (text(&found, "title"), found.notes[0].message.as_str()),
        (Some("a"), "Pelican would not read this header: it begins after a blank line")
    );
    assert_eq!(read_plain("just text\nmore\n", Fences::Pelican).body, "just text\nmore\n");
}

#[test]
fn a_page_may_leave_out_the_quotes_of_its_attributes() {
    let page = "<html><head><title>T</title>\n<meta name=date content=2024-01-01>\n\
                <meta charset=utf-8 name='tags' content=\"a > b\"/><META content=c NAME=Category>\n\
                <meta name=empty><meta name=\"cut content=x>";
    let found = read_html(page);
    let show = |key| text(&found, key);
    assert_eq!(
        (show("title"), show("date"), show("tags"), show("category"), show("empty")),
        (Some("T"), Some("2024-01-01"), Some("a > b"), Some("c"), Some(""))
    );
}

#[test]
fn a_field_may_go_on_over_any_number_of_lines() {
    let source = format!("T\n===\n\n:title: a\n:summary: b\n{}\nx\n", " c\n".repeat(1_000_000));
    let found = read_rst(&source);
    assert_eq!(text(&found, "summary").map(str::len), Some(2_000_001));
}

#[test]
fn a_title_has_comments_above_and_a_subtitle_below() {
    let source = ".. -*- coding: utf-8 -*-\n\n..\n   more\n\n   of it\n\nTitle\n=====\n\nSubtitle\n--------\n\n\
                  .. comment\n\n:Größe:  x\n:date: 2024-01-01\n\nText\n";
    let found = read_rst(source);
    assert_eq!(
        (text(&found, "title"), text(&found, "date"), found.body),
        (Some("Title"), Some("2024-01-01"), "\nText\n")
    );
    let size = found.data.as_ref().unwrap().get("größe").unwrap();
    assert_eq!((size.line, size.column), (16, 10));
    for (source, title) in [
        ("Hi\n==\n\n:date: x\n", Some("Hi")),
        ("====\nHi\n====\n\n:date: x\n", Some("Hi")),
        ("A long title\n==\n\n:date: x\n", None),
        // A section that no fields follow is the text's.
        ("Title\n=====\n\nPart\n----\n\nText\n", Some("Title")),
    ] {
        assert_eq!(text(&read_rst(source), "title"), title, "{source}");
    }
    assert_eq!(read_rst("Title\n=====\n\nPart\n----\n\nText\n").body, "Part\n----\n\nText\n");
}

#[test]
fn a_page_has_a_head_and_a_body_of_any_length() {
    let page = "<head><!-- <meta name=status content=draft> --><title>T</title>\
                <script>var x = '<meta name=status content=hidden>';</script>\
                <meta name=tags content='a, b'><meta name=keywords content=c></head><body class='>'><p>x</p></body>";
    let found = read_html(page);
    assert_eq!(
        (text(&found, "status"), text(&found, "tags"), found.body),
        (None, Some("a, b;c"), "<p>x</p>")
    );
    let long = format!("<title>T</title><style>{}</style><body>x", "a > b {}".repeat(20_000));
    assert_eq!(read_html(&long).body, "x");
    assert_eq!(read_html("<title>T</title> a > b").body, "");
}
