//! Feed files: what each means, and every problem with its place.

use feedmill::definition::{self, Definition, Loaded, SourceKind, Timetable};
use feedmill::model::Defaults;
use proptest::prelude::*;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn defaults() -> Defaults {
    Defaults {
        schedule: Timetable::Auto,
        limit: 50,
        timezone: chrono_tz::Asia::Shanghai,
        timezone_assumed: true,
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn told(loaded: &Loaded) -> String {
    let mut told = String::new();
    for problem in &loaded.problems {
        writeln!(told, "{problem}").unwrap();
    }
    if !loaded.broken.is_empty() {
        writeln!(told, "broken: {}", loaded.broken.join(" ")).unwrap();
    }
    for (feed, source) in &loaded.timezone_assumed {
        writeln!(told, "zone assumed: {feed} {source}").unwrap();
    }
    told
}

/// Files beside `feeds/` may hold tokens; a checkout gives them whatever mode it likes.
fn keep_private(folder: &Path) {
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.is_file() {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        }
    }
}

/// Each folder of `tests/definition` holds `feeds/`, `problems.txt` and `definitions.txt`.
#[test]
fn cases() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root().join("tests/definition"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 8);
    for folder in folders {
        let case = format!("tests/definition/{}", folder.file_name().unwrap().to_string_lossy());
        keep_private(&folder);
        let loaded = definition::load(Path::new(&format!("{case}/feeds")), &defaults());
        let mut dump = String::new();
        for mut definition in loaded.definitions.clone() {
            definition.hash = [0; 32];
            for source in &mut definition.sources {
                let source = std::sync::Arc::make_mut(source);
                source.collect_hash = [0; 32];
            }
            let text = format!("{definition:#?}\n").replace(&*root().to_string_lossy(), "ROOT");
            dump.push_str(&text.replace(&format!("[\n{}    ]", "        0,\n".repeat(32)), "…"));
        }
        let zeros = format!("[\n{}            ]", "                0,\n".repeat(32));
        crate::cases::same(&format!("{case}/problems.txt"), &told(&loaded));
        crate::cases::same(&format!("{case}/definitions.txt"), &dump.replace(&zeros, "…"));
    }
}

/// Loads files written into a fresh folder.
fn load(files: &[(&str, &str)]) -> (tempfile::TempDir, Loaded) {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let loaded = definition::load(&home.path().join("feeds"), &defaults());
    (home, loaded)
}

fn one(text: &str) -> Definition {
    let (_home, loaded) = load(&[("feeds/a.yaml", text)]);
    assert_eq!(told(&loaded), "", "{text}");
    loaded.definitions.into_iter().next().unwrap()
}

#[test]
fn no_folder_of_feeds() {
    let loaded = definition::load(Path::new("tests/definition/none/feeds"), &defaults());
    assert_eq!(
        told(&loaded),
        "tests/definition/none/feeds: error: the folder of feeds cannot be read: No such file or directory (os error 2)\n  \
         help: make it, or name another with `feeds` in the configuration or `--feeds DIR`\n"
    );
    assert!(loaded.incomplete);
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let (_home, loaded) = load(&[
        ("secrets/basic", "ann:opensesame\n"),
        ("secrets/bearer", "opensesame\n"),
        ("secrets/empty", "\n"),
        (
            "feeds/a.yaml",
            "sources:\n  - {feed: 'https://a.example/f', auth: {basic_file: ../secrets/basic}}\n  - {feed: 'https://b.example/f', auth: {bearer_file: ../secrets/bearer}}\n",
        ),
        (
            "feeds/b.yaml",
            "sources:\n  - {feed: 'https://a.example/f', auth: {basic_file: ../secrets/bearer}}\n  - {feed: 'https://b.example/f', auth: {bearer_file: ../secrets/empty}}\n  - {feed: 'https://c.example/f', auth: {}}\n",
        ),
    ]);
    let SourceKind::Feed(feed) = &loaded.definitions[0].sources[0].kind else { panic!() };
    assert_eq!(feed.auth, Some(definition::Auth::Basic("ann:opensesame".into())));
    assert!(!format!("{loaded:?}").contains("opensesame"));
    let messages: Vec<&str> = loaded
        .problems
        .iter()
        .filter(|problem| problem.is_error())
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "`sources[1].auth.basic_file`: expected `user:password` in that file",
            "`sources[2].auth.bearer_file`: expected a file that holds one line, found `../secrets/empty`",
            "`sources[3].auth`: expected one of `basic_file`, `bearer_file`",
        ]
    );
}

#[test]
fn the_hashes_move_with_the_meaning_alone() {
    let plain = one("title: A\nsources: [{feed: 'https://a.example/f'}]\n");
    let same = one(
        "# said otherwise\nsources:\n  - feed: https://A.example:443/f#top\ntitle: \"A\"\nschedule: 15m\n",
    );
    assert_eq!(plain.hash, same.hash);
    assert_eq!(plain.sources[0].collect_hash, same.sources[0].collect_hash);
    let refiled = one("title: A\nsources: [{feed: 'https://a.example/f', tags: [x]}]\n");
    assert_ne!(plain.hash, refiled.hash);
    assert_eq!(plain.sources[0].collect_hash, refiled.sources[0].collect_hash);
    for other in [
        "sources: [{feed: 'https://a.example/g'}]\n",
        "sources: [{feed: 'https://a.example/f', headers: {X-Key: b}}]\n",
        "sources: [{feed: 'https://a.example/f', since: now}]\n",
    ] {
        assert_ne!(plain.sources[0].collect_hash, one(other).sources[0].collect_hash, "{other}");
    }
}

#[test]
fn a_source_is_known_by_what_it_is_not_by_its_place() {
    let keys = |text: &str| -> Vec<(String, String)> {
        let sources = one(text).sources;
        sources.iter().map(|source| (source.id.clone(), source.key.clone())).collect()
    };
    let pair = |id: &str, key: &str| (id.to_owned(), key.to_owned());
    assert_eq!(
        keys(
            "sources:\n- feed: https://a.example/1\n- feed: https://a.example/2\n- {id: mine, feed: 'https://a.example/1'}\n- {id: a-example-2, feed: 'https://a.example/3'}\n"
        ),
        [
            pair("a-example", "feed:https://a.example/1"),
            pair("a-example-3", "feed:https://a.example/2"),
            pair("mine", "id:mine"),
            pair("a-example-2", "id:a-example-2"),
        ]
    );
}

#[test]
fn a_posts_source_is_named_after_its_site() {
    let name = |path: &str| {
        let text = format!("timezone: UTC\nsources: [{{posts: '{path}'}}]\n");
        let (_home, loaded) = load(&[
            ("feeds/a.yaml", &text),
            ("blog/source/_posts/x.md", ""),
            ("news/_posts/x.md", ""),
            ("site/content/blog/x.md", ""),
            ("日志/x.md", ""),
            ("Über uns/x.md", ""),
        ]);
        assert_eq!(told(&loaded), "", "{path}");
        loaded.definitions[0].sources[0].id.clone()
    };
    for (path, id) in [
        ("../blog", "blog"),
        ("../blog/source/_posts", "blog"),
        ("../blog/source/_posts/*.md", "blog"),
        ("../news/_posts/", "news"),
        ("../news/_posts/x.md", "x"),
        ("../site/content", "site"),
        ("../site/content/blog", "blog"),
        ("../日志", "posts"),
        ("../Über uns", "ber-uns"),
    ] {
        assert_eq!(name(path), id, "{path}");
    }
}

#[test]
fn only_errors_break_a_feed() {
    let (_home, loaded) = load(&[("feeds/a.yaml", "timezone: UTC\nsources: [{posts: ../gone}]\n")]);
    assert_eq!(loaded.definitions.len(), 1);
    assert!(loaded.problems[0].to_string().contains("warning: `sources[1].posts`: there is no `"));
    assert!(loaded.broken.is_empty());
}

#[test]
fn a_link_that_leads_back_up_brings_nothing_twice() {
    let (home, _) = load(&[("feeds/group/a.yaml", "sources: [{feed: 'https://a.example/f'}]\n")]);
    std::os::unix::fs::symlink(home.path().join("feeds"), home.path().join("feeds/group/up")).unwrap();
    let loaded = definition::load(&home.path().join("feeds"), &defaults());
    assert_eq!(told(&loaded), "");
    assert_eq!(loaded.definitions[0].outlet.group, ["group"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever a slip of the hand makes of a file: a definition, or problems with a place in it.
    #[test]
    fn a_garbled_file_is_a_definition_or_a_problem(
        cuts in prop::collection::vec((0_usize..2000, 0_usize..40, "[ \\[\\]{}:,'\"&*\\-\na0~é]{0,6}"), 1..6),
    ) {
        let whole = std::fs::read_to_string(root().join("tests/definition/every-key/feeds/group/inner/all-keys.yml")).unwrap();
        let mut letters: Vec<char> = whole.chars().collect();
        for (at, length, with) in cuts {
            let at = at.min(letters.len());
            let end = (at + length).min(letters.len());
            letters.splice(at..end, with.chars());
        }
        let text: String = letters.into_iter().collect();
        let (_home, loaded) = load(&[("feeds/a.yaml", &text)]);
        let lines = text.lines().count() + 1;
        for problem in &loaded.problems {
            let mut place = problem.at.rsplitn(3, ':').skip(1);
            let line: usize = place.next().unwrap().parse().unwrap();
            prop_assert!((1..=lines).contains(&line), "{problem} in\n{text}");
        }
        prop_assert_eq!(loaded.definitions.len() + loaded.broken.len(), 1);
    }
}
