use super::*;

/// A tree written down: quoted scalars in quotes.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, quoted: true } => format!("{text:?}"),
        Value::Scalar { text, quoted: false } => text.clone(),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(pairs) => {
            let pair = |(key, node): &(yaml::Key, Node)| format!("{}: {}", key.text, show(node));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn toml_keeps_numbers_and_dates_as_written() {
    let node =
        toml("title = \"1.0\"\nversion = 1.10\ndate = 2022-04-18 10:00:00\n[a.b]\nc = [1_0, true, 'x']\n");
    let node = node.unwrap();
    assert_eq!(
        show(&node),
        "{title: \"1.0\", version: 1.10, date: 2022-04-18 10:00:00, a: {b: {c: [1_0, true, \"x\"]}}}"
    );
    let date = node.get("date").unwrap();
    assert_eq!((date.line, date.column), (3, 8));
}

#[test]
fn a_mistake_has_its_place() {
    let error = toml("a = 1\nb = \n").unwrap_err();
    assert_eq!((error.line, error.column), (2, 5));
    let error = json("{\"a\": 1,\n \"b\" 2}").unwrap_err();
    assert_eq!((error.line, error.column, error.message.as_str()), (2, 6, "expected `:`"));
    assert!(toml("a.b = 1\na = 2\n").is_err());
}

#[test]
fn hostile_depth_ends() {
    assert!(toml(&format!("a = {}", "[".repeat(100_000))).is_err());
    assert!(json(&"[".repeat(100_000)).is_err());
    assert_eq!(show(&python(&format!("A = {}\nB = 1\n", "[".repeat(100_000)))), "{}");
    assert_eq!(show(&python(&format!("A = {}1{}\nB = 1\n", "(".repeat(1000), ")".repeat(1000)))), "{B: 1}");
}

#[test]
fn pythons_plain_assignments_are_read_and_nothing_else() {
    let text = "#!/usr/bin/env python\nimport os\nAUTHOR = u'An'; SITENAME = AUTHOR\nSITEURL = ('https://'\n  \
                'example.org')  # there\nDEFAULT_PAGINATION = False\nLINKS = (('a', 1),\n  # no\n  ('b', None),)\n\
                D = {'x': {'y': [1, -2.5]},}\nPATH = os.path.join('a', 'b')\nif True:\n    AUTHOR = 'not this'\n\
                def f(x):\n    return {\n'a': 1}\nR = r'(?P<date>\\d{4}).*'\nT = '''a\nb'''\nE = '\\u4e2d\\n'\n\
                G = 1 if DEFAULT_PAGINATION else 2\nH = 'x' if not DEFAULT_PAGINATION else 'y'  # n\n\
                I = 1 if unknown else 2\nK = 1 if G else 2\nL = 1 if DEFAULT_PAGINATION\nX += 1\nY == 2\nF = f'{AUTHOR}'\nZ = 'a' + 'b'\n";
    assert_eq!(
        show(&python(text)),
        "{AUTHOR: \"An\", SITENAME: \"An\", SITEURL: \"https://example.org\", DEFAULT_PAGINATION: false, \
         LINKS: [[\"a\", 1], [\"b\", ]], D: {x: {y: [1, -2.5]}}, R: \"(?P<date>\\\\d{4}).*\", T: \"a\\nb\", \
         E: \"中\\n\", G: 2, H: \"x\"}"
    );
}
