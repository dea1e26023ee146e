use super::{hold, post};

const YAML: [&str; 4] = ["jekyll", "hexo", "hugo", "eleventy"];

fn yaml(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    YAML.map(|site| (site, text.as_bytes().to_vec())).into()
}

fn lines(lines: &str) -> Vec<(&'static str, Vec<u8>)> {
    YAML.map(|site| (site, post(site, "2024-01-02", lines, "b").into_bytes())).into()
}

fn bomb() -> String {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let below = vec![format!("*a{}", level - 1); 9].join(",");
        bomb += &["a", &level.to_string(), ": &a", &level.to_string(), " [", &below, "]\n"].concat();
    }
    bomb
}

#[test]
fn yaml_is_data_and_bounded() {
    let deep: String = (0..300).map(|level| " ".repeat(level) + "a:\n").collect();
    let mut cases = vec![
        ("Y1 alias bomb", lines(&bomb())),
        ("Y2 tags of types", lines("a: !!python/object/apply:os.system ['id']\nb: !x y\n")),
        (
            "Y4 words and numbers",
            yaml(
                "---\ntitle: no\ndate: 2024-01-02\ntags: [no, on, 1e3, 012, 12:30:45, 1.10, ~, 'null']\n---\nb\n",
            ),
        ),
        ("Y5 twin keys", lines("title: u\n")),
        ("Y6 merge keys", lines("base: &b {tags: [x]}\n<<: *b\n")),
        ("Y7 never closed", yaml("---\ntitle: t\ndate: 2024-01-02\n\nb\n")),
        (
            "Y7 closed too late",
            yaml(&format!("---\ntitle: t\ndate: 2024-01-02\n\n{}---\nb\n", "c: d\n".repeat(20_000))),
        ),
        ("Y7 100 MB", yaml(&format!("---\ntitle: t\n{}---\nb\n", "# xxxxxxxxxx\n".repeat(7_800_000)))),
        (
            "Y8 mark, CRLF, tabs, blanks, dashes",
            yaml("\u{feff}---  \r\ntitle:\tt\r\ndate: 2024-01-02\r\n----\r\nb\r\n"),
        ),
        ("Y9 open brackets", lines(&format!("a: {}\n", "[".repeat(10_000)))),
        ("Y9 brackets", lines(&format!("a: {}{}\n", "[".repeat(10_000), "]".repeat(10_000)))),
        ("Y9 blocks", lines(&deep)),
        ("Y10 keys of JavaScript", lines("__proto__: {x: 1}\nconstructor: y\n")),
        ("Y10 a long key", lines(&format!("{}: v\n", "k".repeat(60_000)))),
        ("Y10 a key of 1 MB", lines(&format!("{}: v\n", "k".repeat(1_000_000)))),
        (
            "Y14 template syntax",
            yaml("---\ntitle: \"{{ site.x }} {% y %}\"\ndate: 2024-01-02\ntags: [\"{{ 7*7 }}\"]\n---\nb\n"),
        ),
        ("Y15 draft", lines("draft: true\n")),
        ("Y15 published: false", lines("published: false\n")),
    ];
    for (name, tags) in [
        ("Y11 tags: text", "a b"),
        ("Y11 tags: text with commas", "a, b"),
        ("Y11 tags: list", "[a, b]"),
        ("Y11 tags: list in list, map in list", "[a, [b, c], {d: e}]"),
        ("Y11 tags: map", "{a: 1, b: 2}"),
        ("Y11 tags: nothing", ""),
        ("Y11 tags: number", "7"),
    ] {
        cases.push((name, lines(&format!("tags: {tags}\n"))));
    }
    hold("yaml", cases);
}

#[test]
fn nothing_in_front_matter_is_run() {
    let engine = |language: &str, text: &str| {
        vec![("eleventy", format!("---{language}\n{text}\n---\nb\n").into_bytes())]
    };
    hold(
        "engines",
        [
            ("Y3 js", engine("js", "require('fs').writeFileSync('ran', ''); process.exit(3)")),
            ("Y3 python", engine("python", "open('ran', 'w')")),
            ("Y3 json", engine("json", "{\"title\": \"t\", \"date\": \"2024-01-02\"}")),
            ("Y3 toml", engine("toml", "title = \"t\"\ndate = 2024-01-02")),
        ],
    );
}

#[test]
fn toml_is_data_and_bounded() {
    let both = |text: &str| ["hugo", "zola"].map(|site| (site, text.as_bytes().to_vec())).into();
    let lines = |lines: &str| both(&format!("+++\ntitle = \"t\"\n{lines}\n+++\nb\n"));
    hold(
        "toml",
        [
            ("Y12 local time", lines("date = 2024-01-02T03:04:05")),
            ("Y12 with an offset", lines("date = 2024-01-02T03:04:05+08:00")),
            ("Y12 a day", lines("date = 2024-01-02")),
            ("Y12 a time alone", lines("date = 03:04:05")),
            ("Y12 no such day", lines("date = 2024-02-30")),
            ("Y12 a large number", lines("date = 2024-01-02\nweight = 99999999999999999999")),
            ("Y12 nan and inf", lines("date = 2024-01-02\nx = nan\ny = -inf")),
            ("Y12 a clash of dotted keys", lines("date = 2024-01-02\na.b = 1\na = 2")),
            ("Y12 never closed", both("+++\ntitle = \"t\"\ndate = 2024-01-02\n\nb\n")),
            ("Y9 depth", lines(&format!("date = 2024-01-02\na = {}", "[".repeat(10_000)))),
            ("Y5 twin keys", lines("date = 2024-01-02\ntitle = \"u\"")),
        ],
    );
}

#[test]
fn json_is_data_and_bounded() {
    let both = |within: &str, after: &str| {
        vec![
            ("hugo", format!("{{{within}}}{after}\nb\n").into_bytes()),
            ("hexo", format!(";;;\n{within}\n;;;\n{after}b\n").into_bytes()),
        ]
    };
    let with = |more: &str| both(&format!("\"title\":\"t\",\"date\":\"2024-01-02\"{more}"), "");
    let deep = |depth: usize| with(&format!(",\"a\":{}{}", "[".repeat(depth), "]".repeat(depth)));
    hold(
        "json",
        [
            ("Y13 depth 10^4", deep(10_000)),
            ("Y13 depth 10^5", deep(100_000)),
            ("Y13 twin keys", with(",\"title\":\"u\"")),
            ("Y13 NaN", with(",\"x\":NaN")),
            ("Y13 large numbers", with(",\"x\":1e999,\"y\":123456789012345678901234567890")),
            (
                "Y13 half a surrogate pair",
                both("\"title\":\"t\\ud800x \\ud83d\\ude00 \\\\ud800\",\"date\":\"2024-01-02\"", ""),
            ),
            ("Y13 a second object", both("\"title\":\"t\",\"date\":\"2024-01-02\"", "\n{\"title\":\"u\"}")),
            ("Y13 what follows", both("\"title\":\"t\",\"date\":\"2024-01-02\"", " more")),
            ("a last comma", with(",")),
        ],
    );
}
