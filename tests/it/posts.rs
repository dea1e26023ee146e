//! Folders of posts, and what they become: `tests/posts/<case>/case.json` names the
//! folder and the source's keys, `expected.json` beside it the outcome. UPDATE=1 rewrites.

use chrono::{DateTime, Utc};
use feedmill::collect::files;
use feedmill::definition::{Compat, GeneratorConfig, Pick, PostsSource, SiteKind};
use feedmill::map::posts::{Others, Site, SiteFiles, is_data};
use feedmill::model::{Entry, Person, Problem};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// Each generator and the path of a post there.
const KINDS: [(SiteKind, &str); 6] = [
    (SiteKind::Jekyll, "_posts/2024-01-01-x.md"),
    (SiteKind::Hexo, "source/_posts/x.md"),
    (SiteKind::Hugo, "content/posts/x.md"),
    (SiteKind::Zola, "content/blog/x.md"),
    (SiteKind::Pelican, "content/x.md"),
    (SiteKind::Eleventy, "posts/x.md"),
];

/// Each of them, read plainly and strictly in turn.
static SITES: LazyLock<Vec<(Site, &str)>> = LazyLock::new(|| {
    let each = KINDS.into_iter().flat_map(|kind| [(kind, Compat::Plain), (kind, Compat::Strict)]);
    each.map(|((site, path), compat)| {
        let source = PostsSource { site, compat, ..source(&json!({"url": "https://example.org"})) };
        let found = SiteFiles { paths: vec![path.to_owned()], ..SiteFiles::default() };
        (Site::resolve(&source, &found).0, path)
    })
    .collect()
});

fn listing(root: &Path, below: &str, into: &mut Vec<String>) {
    let mut names: Vec<_> = fs::read_dir(root.join(below)).unwrap().map(Result::unwrap).collect();
    names.sort_by_key(fs::DirEntry::file_name);
    for name in names {
        let path = format!("{below}{}", name.file_name().to_str().unwrap());
        if name.file_type().unwrap().is_dir() {
            listing(root, &format!("{path}/"), into);
        } else {
            into.push(path);
        }
    }
}

/// What a collector hands over, with places that no machine's paths are in.
fn gather(posts: &Path) -> SiteFiles {
    let mut paths = Vec::new();
    listing(posts, "", &mut paths);
    let found = files::site_files(posts);
    let whole = |path: &String| format!("{}/{path}", found.posts_prefix).trim_start_matches('/').to_owned();
    let data = paths.iter().filter(|path| is_data(&whole(path)));
    let data = data.map(|path| (whole(path), fs::read_to_string(posts.join(path)).unwrap()));
    let is_markdown = |path: &&String| Path::new(path).extension().is_some_and(|extension| extension == "md");
    let heads = paths.iter().filter(is_markdown).filter_map(|path| fs::read_to_string(posts.join(path)).ok());
    SiteFiles {
        root: PathBuf::from("site"),
        data: found.data.iter().cloned().chain(data).collect(),
        heads: if found.config.is_none() { heads.collect() } else { Vec::new() },
        config: found.config.map(|(path, text)| (path.file_name().map(PathBuf::from).unwrap(), text)),
        authors: found.authors,
        paths,
        posts_prefix: found.posts_prefix,
    }
}

fn source(case: &Value) -> PostsSource {
    let text = |key: &str| case[key].as_str().map(str::to_owned);
    let zone = |key: &str| text(key).map(|name| name.parse().unwrap());
    PostsSource {
        paths: text("named").map(PathBuf::from).into_iter().collect(),
        written: Vec::new(),
        site: SiteKind::WORDS.into_iter().find(|(word, _)| case["site"] == **word).unwrap_or_default().1,
        compat: if case["compat"] == "strict" { Compat::Strict } else { Compat::Plain },
        url: text("url"),
        permalink: text("permalink"),
        permalink_timezone: zone("permalink_timezone"),
        timezone: zone("timezone"),
        fallback_timezone: zone("fallback_timezone").unwrap_or(chrono_tz::UTC),
        timezone_assumed: case["fallback_timezone"].is_null(),
        fallback_url: text("fallback_url"),
        generator_config: GeneratorConfig::Found,
        ids_from: text("ids_from"),
    }
}

/// A mapping without what is nothing.
fn object(pairs: Vec<(&str, Value)>) -> Value {
    let is_nothing = |value: &Value| value.is_null() || value == &json!([]);
    let pairs = pairs.into_iter().filter(|(_, value)| !is_nothing(value));
    Value::Object(pairs.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

fn person(person: &Person) -> Value {
    object(vec![("name", json!(person.name)), ("email", json!(person.email)), ("url", json!(person.url))])
}

fn entry(entry: &Entry) -> Value {
    let date = |date: Option<feedmill::model::Date>| json!(date.map(|date| date.to_rfc3339()));
    let enclosure = |file: &feedmill::model::Enclosure| json!([file.url, file.media_type, file.length]);
    object(vec![
        ("at", json!(entry.at)),
        ("keys", json!(entry.keys)),
        ("id", json!(entry.id)),
        ("link", json!(entry.link)),
        ("title", json!(entry.title)),
        ("published", date(entry.published)),
        ("updated", date(entry.updated)),
        ("visible_from", json!(entry.visible_from.map(|time| time.to_rfc3339()))),
        ("visible_until", json!(entry.visible_until.map(|time| time.to_rfc3339()))),
        ("authors", entry.authors.iter().map(person).collect()),
        ("categories", entry.categories.iter().map(|path| json!(path.names())).collect()),
        ("tags", json!(entry.tags)),
        ("language", json!(entry.language)),
        ("image", json!(entry.image)),
        ("enclosures", entry.enclosures.iter().map(enclosure).collect()),
        ("summary", json!(entry.summary)),
        ("content", json!(entry.content)),
    ])
}

/// Mapped twice in one go, a post is as mapped once and once more.
fn assert_same_twice(site: &Site, strict: &Site, (path, bytes): (&str, &[u8]), others: &Others<'_>) {
    let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let both = site.map_twice(&site.strictly(), (path, bytes), others, now);
    assert_eq!(both.0, site.map(path, bytes, others, now), "{path}");
    assert_eq!(both.1, strict.map(path, bytes, others, now), "{path}, strictly");
}

fn outcome(folder: &Path) -> Value {
    let case: Value = serde_json::from_str(&fs::read_to_string(folder.join("case.json")).unwrap()).unwrap();
    let posts = folder.join(case["posts"].as_str().unwrap()).canonicalize().unwrap();
    let found = gather(&posts);
    let (site, mut problems) = Site::resolve(&source(&case), &found);
    let fields: BTreeMap<String, Vec<String>> =
        serde_json::from_value(case["fields"].clone()).unwrap_or_default();
    let picks = |texts: Vec<String>| texts.into_iter().map(|text| Pick::read(text).unwrap()).collect();
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(field, texts)| (field, picks(texts))).collect();
    let strict = PostsSource { compat: Compat::Strict, ..source(&case) };
    let strict = Site::resolve(&strict, &found).0.with_fields(fields.clone()).without_texts();
    let site = site.with_fields(fields);
    let untold = site.clone().without_texts();
    let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let others = Others::new(|path| fs::read(posts.join(path)).ok());
    let mut entries = Vec::new();
    for path in found.paths.iter().filter(|path| site.is_post(path)) {
        let bytes = fs::read(posts.join(path)).unwrap();
        let mapped = site.map(path, &bytes, &others, now);
        if case["compat"] != "strict" {
            assert_same_twice(&untold, &strict, (path, &bytes), &others);
        }
        problems.extend(mapped.problems);
        entries.extend(mapped.entry.as_ref().map(entry));
    }
    let channel = site.channel();
    json!({
        "generator": site.generator(),
        "because": site.recognised_because,
        "channel": object(vec![
            ("title", json!(channel.title)),
            ("description", json!(channel.description)),
            ("link", json!(channel.link)),
            ("language", json!(channel.language)),
            ("authors", channel.authors.iter().map(person).collect()),
        ]),
        "entries": entries,
        "problems": problems.iter().map(Problem::to_string).collect::<Vec<_>>(),
    })
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 is asked for by whoever runs the test")]
fn every_folder_becomes_what_stands_beside_it() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/posts");
    let mut folders: Vec<_> = fs::read_dir(cases).unwrap().map(|case| case.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let ours = serde_json::to_string_pretty(&outcome(&folder)).unwrap() + "\n";
        let expected = folder.join("expected.json");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &ours).unwrap();
        }
        assert_eq!(ours, fs::read_to_string(&expected).unwrap_or_default(), "{}", folder.display());
    }
}

#[test]
fn the_program_finds_the_same() {
    for case in ["jekyll", "hexo", "hugo", "zola", "pelican", "eleventy"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/posts").join(case);
        let expected: Value =
            serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
        let case: Value =
            serde_json::from_str(&fs::read_to_string(folder.join("case.json")).unwrap()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_feedmill"))
            .arg("preview")
            .arg(folder.join(case["posts"].as_str().unwrap()))
            .args(["--stage", "map", "--format", "json"])
            .output()
            .unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let each = |of: &Value| -> Vec<(Value, Value, Value)> {
            let entries = of["entries"].as_array().unwrap().iter();
            entries.map(|entry| (entry["at"].clone(), entry["id"].clone(), entry["link"].clone())).collect()
        };
        assert_eq!(found["format"], expected["generator"]);
        assert_eq!(each(&found), each(&expected), "{}", folder.display());
    }
}

#[test]
fn hostile_posts_end_and_never_panic() {
    let mut posts: Vec<Vec<u8>> =
        ["", "-", "---", "---\n", "---\n---", ";;;\n;;;", "\u{feff}", "---\n: :\n---\n", "---\n\t\n---\n"]
            .iter()
            .map(|text| text.as_bytes().to_vec())
            .collect();
    let alias_bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                      d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]";
    for front in [
        alias_bomb,
        &"[".repeat(10_000),
        &"- ".repeat(5_000),
        &format!("k: {}", "x".repeat(60_000)),
        "? [a]: b",
        "a: !!python/object:os.system x",
    ] {
        posts.push(format!("---\ntitle: kept\n{front}\n---\nbody\n").into_bytes());
    }
    posts.push([b"---\ntitle: ".as_slice(), &[0xff, 0xfe, 0x00, 0xd8], b"\n---\n"].concat());
    posts.push(format!("---\ntitle: x\n{}", "y: z\n".repeat(100_000)).into_bytes());
    for (front, open, close) in
        [("+++\ntitle = \"kept\"\na = ", "[", "]"), ("{\"title\": \"kept\", \"a\": ", "[", "]")]
    {
        for depth in [10, 1000, 20_000] {
            let nested = open.repeat(depth) + &close.repeat(depth);
            posts.push(format!("{front}{nested}\n+++\nbody\n").into_bytes());
            posts.push(format!("{front}{nested}}}\nbody\n").into_bytes());
            posts.push(format!("{front}{}", open.repeat(depth)).into_bytes());
        }
    }
    for (index, (site, path)) in SITES.iter().enumerate() {
        let is_plain = index % 2 == 0;
        assert!(site.is_post(path));
        for post in &posts {
            let mapped = site.map(path, post, &Others::none(), DateTime::UNIX_EPOCH);
            let text = String::from_utf8_lossy(post);
            // Zola's and Pelican's feeds have nothing without a date.
            let is_dated = !matches!(site.generator(), "zola" | "pelican");
            if is_plain && is_dated && text.starts_with("---\ntitle: kept") {
                assert_eq!(mapped.entry.unwrap().title.as_deref(), Some("kept"), "{}", &text[..40]);
            }
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_post_makes_a_panic(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "---", "----", ";;;", "...", "\n", "\r\n", "\t", " ", ":", "title", "date", "tags", "- ", "[", "]", "{", "}", "\"",
                "'", "2022-04-18", "23:09:20", "+0800", "99999999999", "GMT", "permalink", "categories", "%E4", "%", "中", "：",
                "{:toc}", "{:", "`", "<!-- more -->", "&#x110000;", "&amp;", "<b>", "*", "|", "\u{feff}", "&a", "*a", "/", "..", "?", "#",
                "+++", "=", "{{", "}}", "{{<", ">}}", "{%", "%}", "page.date | date: '%Q'", "|", "(", ")", "[taxonomies]", "#+",
            ]),
            0..60,
        ),
    ) {
        let text = pieces.concat();
        for (site, path) in SITES.iter() {
            for text in [
                text.clone(),
                format!("---\n{text}\n---\n"),
                format!("---\ndate: {text}\ntitle: {text}"),
                format!("+++\ndate = 2024-01-01\nslug = \"{text}\"\n+++\n{text}"),
                format!("Title: x\nDate: 2024-01-01\nSlug: {text}\nURL: {text}\n\n{text}"),
                format!("---\ntitle: x\npermalink: \"{text}\"\n---\n{text}"),
            ] {
                site.map(path, text.as_bytes(), &Others::none(), DateTime::UNIX_EPOCH);
            }
        }
    }
}

/// Every row of the table of templates in `docs/map.md` gives what stands beside it, and every
/// field has a row in the other.
#[test]
fn what_the_docs_say_of_map_is_so() {
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/map.md")).unwrap();
    let post = "---\ntitle: The Lead\ndate: 2024-03-05\nkeywords: b, a , b\nlevel: 3\ncover: {src: /i.png}\n\
                people: [{name: Ada, role: ed}, {name: Bo, role: ph}]\n---\nSome **text** here.\n";
    let path = "news/city/2024-03-05-lead.md";
    let found = SiteFiles { paths: vec![path.to_owned()], ..SiteFiles::default() };
    let source = PostsSource { site: SiteKind::Hugo, ..source(&json!({"url": "https://example.org"})) };
    let (site, _) = Site::resolve(&source, &found);
    let (_, table) = docs.split_once("| template | gives |\n|---|---|\n").unwrap();
    let mut wrong = Vec::new();
    for row in table.lines().filter(|row| row.starts_with("| `")) {
        let row = row.replace("\\|", "\u{1}");
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
        let template = cells[1].trim_matches('`').replace("\\n", "\n");
        let fields = BTreeMap::from([("tags".to_owned(), vec![Pick::read(template.clone()).unwrap()])]);
        let mapped = site.clone().with_fields(fields).map(
            path,
            post.as_bytes(),
            &Others::none(),
            DateTime::UNIX_EPOCH,
        );
        assert_eq!(mapped.problems, [], "{template}");
        let tags = mapped.entry.unwrap().tags;
        let given = if cells[2].starts_with('[') { format!("[{}]", tags.join(", ")) } else { tags.join("|") };
        if given != cells[2] {
            wrong.push((template, given, cells[2].clone()));
        }
    }
    assert_eq!(wrong, []);
    for field in [
        "author",
        "categories",
        "id",
        "image",
        "language",
        "link",
        "published",
        "summary",
        "tags",
        "title",
        "updated",
    ] {
        assert!(docs.contains(&format!("| `{field}` |")), "{field}");
    }
}
