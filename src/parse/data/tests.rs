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

#[test]
fn a_chain_of_choices_may_be_long() {
    let text = format!("T = False\nA = {}2\nB = 1\n", "1 if T else ".repeat(70_000));
    assert_eq!(show(&python(&text)), "{T: false, A: 2, B: 1}");
    let text =
        "T = True\nA = 1 if T else 2 if T else 3\nB = 1 if not T else 2 if T else 3\nC = 1 if T else\n";
    assert_eq!(show(&python(text)), "{T: true, A: 1, B: 2}");
}

#[test]
fn names_that_double_stand_for_nothing_in_the_end() {
    fn nodes(node: &Node) -> usize {
        1 + match &node.value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(nodes).sum(),
            Value::Map(pairs) => pairs.iter().map(|(_, node)| nodes(node)).sum(),
        }
    }
    let doubled = (1..=40).map(|n| format!("A{n} = (A{0}, A{0})\n", n - 1)).collect::<Vec<_>>().concat();
    let node = python(&format!("A0 = ['x']\n{doubled}Z = A1\n"));
    assert!(nodes(&node) < 300_000, "{}", nodes(&node));
    assert_eq!(node.get("A2").map(show).as_deref(), Some("[[[\"x\"], [\"x\"]], [[\"x\"], [\"x\"]]]"));
    assert_eq!((node.get("A40"), node.get("Z").map(show).as_deref()), (None, Some("[[\"x\"], [\"x\"]]")));
    // Long texts count by their length, and what is too large is not looked through each time.
    let long = format!("A = '{}'\nB = ({})\nC = 1\n", "x".repeat(90_000), "A, ".repeat(10_000));
    assert_eq!(python(&long).get("B"), None);
    assert_eq!(python(&long).get("C").map(show).as_deref(), Some("1"));
    let large = format!("A = [{}]\n{}C = 1\n", "1,".repeat(300_000), "B = A\n".repeat(60_000));
    assert_eq!(python(&large).get("C").map(show).as_deref(), Some("1"));
}

#[test]
fn one_long_line_is_read_in_one_go() {
    let node = python(&"A = 1; ".repeat(100_000));
    let (key, value) = node.map().unwrap().last().unwrap();
    assert_eq!((key.column, value.column), (699_994, 699_998));
}

/// What a module exports, and the names of what it works out with their places.
fn told(text: &str) -> String {
    let found = script(text);
    let names: Vec<String> =
        found.worked_out.iter().map(|key| format!("{}@{}:{}", key.text, key.line, key.column)).collect();
    format!("{} {}", show(&found.data), names.join(" "))
}

#[test]
fn what_a_script_plainly_exports_is_read_and_nothing_is_run() {
    for (text, expected) in [
        (
            "module.exports = { tags: ['posts', \"a\"], draft: false, n: 1_0, };",
            "{tags: [\"posts\", \"a\"], draft: false, n: 10} ",
        ),
        (
            "// x\nimport d from 'd'\nexport default {\n  lang: `zh`, // no\n  'a-b': null\n}\n",
            "{lang: \"zh\", a-b: } ",
        ),
        ("const data = {url: 'https://x.example'}\nmodule.exports = data\n", "{url: \"https://x.example\"} "),
        ("export default function () {\n  const y = new Date()\n  return { a: 1, y }\n}", "{a: 1} y@3:18"),
        ("module.exports = async () => ({ a: process.env.A || 'b' });", "{a: \"b\"} "),
        (
            "export default {\n  permalink: (data) => `/b/${data.page.fileSlug}/`,\n  layout: 'x' }",
            "{permalink: \"/b/{{ page.fileSlug }}/\", layout: \"x\"} ",
        ),
        (
            "export default { eleventyComputed: { permalink: ({ title }) => { return `/${this.slugify(title)}/`; },\n\
             tags(data) { const a = /[,'}]/.exec(data.x); return [...data.tags, a] }, title: data => data.title || 'x' } }",
            "{eleventyComputed: {permalink: \"/{{ title | slugify }}/\"}} \
             eleventyComputed.tags@2:1 eleventyComputed.title@2:74",
        ),
        (
            "export default { a: 'it\\'s', b: 'x' + y, c: [1, ...z], d: `${z}`, ...rest, e: 2 }",
            "{a: \"it's\", c: [1], e: 2} b@1:30 c@1:49 d@1:56 @1:67",
        ),
        ("export default blog;\n", "{} @1:15"),
        ("module.exports = require('./x');", "{} @1:17"),
        ("export default { a: 1", "{} @1:15"),
        ("let x = 1;", "{} @1:1"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn hostile_scripts_end() {
    for text in [
        format!("module.exports = {}", "[".repeat(60_000)),
        format!("module.exports = {}", "{a:".repeat(20_000)),
        format!("module.exports = {}1", "(".repeat(60_000)),
        format!("module.exports = () => {{ {}", "x\n".repeat(30_000)),
        format!("module.exports = [{}]", "a||[".repeat(16_000)),
        format!("module.exports = {}", "a => ".repeat(12_000)),
        format!("module.exports = {}", "`${".repeat(20_000)),
        "module.exports = a;\nconst a = b;\nconst b = a;".to_owned(),
        "module.exports = '".to_owned(),
        "module.exports = '\\".to_owned(),
    ] {
        assert_eq!(show(&script(&text).data), "{}");
    }
}
