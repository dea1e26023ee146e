//! What real generators published, compared with what we make of the same posts.
//!
//! Runs where `../shared/oracles` stands beside the project and says so where not.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the scores are for whoever runs the test")]

use chrono::{DateTime, Utc};
use feedmill::definition::{Compat, GeneratorConfig, PostsSource, SiteKind};
use feedmill::map::posts::{Others, Site, SiteFiles, is_data};
use feedmill::model::Entry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn oracle(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1).take(2);
    let found = folder.map(|above| above.join("shared/oracles").join(name)).find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: no oracle {name} beside the project");
    }
    found
}

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

fn source(site: SiteKind, compat: Compat) -> PostsSource {
    PostsSource {
        paths: Vec::new(),
        written: Vec::new(),
        site,
        compat,
        url: None,
        permalink: None,
        permalink_timezone: None,
        timezone: None,
        fallback_timezone: chrono_tz::UTC,
        timezone_assumed: true,
        fallback_url: None,
        generator_config: GeneratorConfig::Found,
        ids_from: None,
    }
}

fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// Every entry of a site, by its path.
fn entries(posts: &Path, config: &str, source: &PostsSource) -> BTreeMap<String, Entry> {
    entries_with(posts, ("_config.yml", config), Vec::new(), source)
}

fn entries_with(
    posts: &Path,
    (name, config): (&str, &str),
    mut data: Vec<(String, String)>,
    source: &PostsSource,
) -> BTreeMap<String, Entry> {
    let mut paths = Vec::new();
    listing(posts, "", &mut paths);
    let beside = paths.iter().filter(|path| is_data(path));
    data.extend(beside.map(|path| (path.clone(), fs::read_to_string(posts.join(path)).unwrap())));
    let found = SiteFiles {
        root: posts.to_path_buf(),
        config: Some((posts.join(name), config.to_owned())),
        paths,
        data,
        ..SiteFiles::default()
    };
    let (site, _) = Site::resolve(source, &found);
    let posts_of = found.paths.iter().filter(|path| site.is_post(path));
    posts_of
        .filter_map(|path| {
            let mapped = site.map(path, &fs::read(posts.join(path)).unwrap(), &Others::none(), now());
            Some((path.clone(), mapped.entry.filter(|entry| entry.visible_from.is_none())?))
        })
        .collect()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(value: &Value) -> BTreeSet<String> {
    fn inspect(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let inner = |item: &Value| {
                    if item.is_string() { item.to_string() } else { inspect(item) }
                };
                format!("[{}]", items.iter().map(inner).collect::<Vec<_>>().join(", "))
            }
            other => other.to_string(),
        }
    }
    value.as_array().unwrap().iter().map(inspect).collect()
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    // Hugo has a date for what has none: the first of the year 1.
    let text = value.as_str().filter(|text| !text.starts_with("0001-01-01"));
    text.map(|text| text.parse::<DateTime<Utc>>().unwrap())
}

/// What of an entry differs from the oracle's line.
fn differences(entry: &Entry, expected: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |field: &str, ours: String, theirs: String| {
        if ours != theirs {
            found.push(format!("{field}: {ours:?}, not {theirs:?}"));
        }
    };
    compare("link", entry.link.clone().unwrap_or_default(), expected["link"].as_str().unwrap_or("").into());
    compare("id", entry.id.clone(), expected["id"].as_str().unwrap_or("").into());
    let title = expected["title"].as_str().unwrap().replace("&amp;", "&");
    compare("title", entry.title.clone().unwrap_or_default(), title);
    // Eleventy's feed has one date, which it calls the update.
    let is_given =
        expected.get("published").is_some_and(|date| !date.is_null()) || expected["date"].is_string();
    let published = instant(&expected[if is_given { "published" } else { "updated" }]);
    compare(
        "published",
        format!("{:?}", entry.published.map(|date| date.to_utc())),
        format!("{published:?}"),
    );
    let updated = entry.updated.or(entry.published).map(|date| date.to_utc());
    compare("updated", format!("{updated:?}"), format!("{:?}", instant(&expected["updated"])));
    let categories: BTreeSet<_> = entry.categories.iter().flat_map(|path| path.names().to_vec()).collect();
    compare("categories", format!("{categories:?}"), format!("{:?}", names(&expected["categories"])));
    if let Some(thumbnail) = expected["thumbnail"].as_str() {
        compare("image", entry.image.clone().unwrap_or_default(), thumbnail.into());
    }
    let author = expected["authors"].get(0).or_else(|| expected["author"].get("name"));
    if let Some(author) = author.and_then(Value::as_str) {
        let ours = entry.authors.first().and_then(|author| author.name.clone());
        compare("author", ours.unwrap_or_default(), author.into());
    }
    let tags: BTreeSet<_> = entry.tags.iter().cloned().collect();
    compare("tags", format!("{tags:?}"), format!("{:?}", names(&expected["tags"])));
    found
}

fn compare(name: &str, site: SiteKind, compat: Compat) {
    let Some(folder) = oracle(name) else { return };
    let config = fs::read_to_string(folder.join("config.yml")).unwrap();
    let entries = entries(&folder.join("posts"), &config, &source(site, compat));
    compare_with(name, &folder, entries);
}

fn compare_with(name: &str, folder: &Path, mut entries: BTreeMap<String, Entry>) {
    let expected = lines(&folder.join("expected.jsonl"));
    let mut wrong = Vec::new();
    for line in &expected {
        let path = line["source"].as_str().unwrap();
        match entries.remove(path) {
            Some(entry) => {
                let found = differences(&entry, line);
                if !found.is_empty() {
                    wrong.push(format!("{path}: {}", found.join("; ")));
                }
            }
            None => wrong.push(format!("{path}: not published")),
        }
    }
    wrong.extend(entries.keys().map(|path| format!("{path}: published, and should not be")));
    println!("{name}: {}/{} posts equal", expected.len() - wrong.len().min(expected.len()), expected.len());
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_jekyll_seed_is_equal() {
    compare("jekyll-seed", SiteKind::Auto, Compat::Plain);
}

#[test]
fn the_hexo_seed_is_equal() {
    compare("hexo-seed", SiteKind::Auto, Compat::Plain);
}

#[test]
fn jekylls_news_are_equal() {
    compare("jekyll-news", SiteKind::Auto, Compat::Plain);
    compare("jekyll-news", SiteKind::Auto, Compat::Strict);
}

#[test]
fn the_jekyll_probe_is_equal_in_a_strict_reading() {
    compare("jekyll-probe", SiteKind::Auto, Compat::Strict);
}

#[test]
fn the_hexo_probe_is_equal_in_a_strict_reading() {
    compare("hexo-probe", SiteKind::Auto, Compat::Strict);
}

#[test]
fn jekylls_permalinks_are_equal() {
    let Some(folder) = oracle("jekyll-probe") else {
        return;
    };
    let expected = lines(&folder.join("permalinks/expected.jsonl"));
    let styles: BTreeSet<&str> = expected.iter().map(|line| line["permalink"].as_str().unwrap()).collect();
    let mut wrong = Vec::new();
    for style in styles {
        let config = format!(
            "url: https://example.com\nbaseurl: /base\ntimezone: Asia/Shanghai\npermalink: {}\n",
            serde_json::to_string(style).unwrap()
        );
        let entries = entries(&folder.join("posts"), &config, &source(SiteKind::Jekyll, Compat::Strict));
        let ours: BTreeSet<_> = entries
            .values()
            .map(|entry| (entry.link.clone().unwrap_or_default(), entry.id.clone()))
            .collect();
        for line in expected.iter().filter(|line| line["permalink"] == style) {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            if !ours.contains(&(text("link"), text("id"))) {
                wrong.push(format!("{style}: {} {}", text("link"), text("id")));
            }
        }
    }
    println!("jekyll-probe permalinks: {}/{} equal", expected.len() - wrong.len(), expected.len());
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn hexos_permalinks_are_equal() {
    let Some(folder) = oracle("hexo-probe") else {
        return;
    };
    let expected = lines(&folder.join("permalinks/expected.jsonl"));
    let (mut compared, mut wrong) = (0, Vec::new());
    for line in &expected {
        let text = |key: &str| line[key].as_str().unwrap();
        // Undated files stand at the birth time of the machine that made the oracle.
        let Some(link) = line["link"].as_str() else {
            continue;
        };
        compared += 1;
        let config = format!(
            "url: https://example.com/blog\nroot: /blog/\ntimezone: Asia/Tokyo\npermalink: {}\nnew_post_name: {}\n{}\n",
            serde_json::to_string(text("permalink")).unwrap(),
            serde_json::to_string(text("new_post_name")).unwrap(),
            text("extra").replace("\\n", "\n"),
        );
        let posts = folder.join("permalinks");
        let entries = entries(&posts, &config, &source(SiteKind::Hexo, Compat::Strict));
        let ours = entries.values().find(|entry| entry.title.as_deref() == Some(text("title")));
        let ours = ours.and_then(|entry| entry.link.as_deref());
        if ours != Some(link) {
            wrong.push(format!("{} {}: {ours:?}, not {link}", text("permalink"), text("title")));
        }
    }
    println!(
        "hexo-probe permalinks: {}/{compared} equal, {} have none",
        compared - wrong.len(),
        expected.len() - compared
    );
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_hugo_probe_is_equal_in_a_strict_reading() {
    let Some(folder) = oracle("hugo-probe") else { return };
    let config = fs::read_to_string(folder.join("config.yml")).unwrap();
    let source = source(SiteKind::Auto, Compat::Strict);
    compare_with(
        "hugo-probe",
        &folder,
        entries_with(&folder.join("posts"), ("hugo.yaml", &config), Vec::new(), &source),
    );
}

#[test]
fn the_pelican_probe_is_equal_in_a_strict_reading() {
    let Some(folder) = oracle("pelican-probe") else { return };
    let config = fs::read_to_string(folder.join("config.py")).unwrap();
    let source = source(SiteKind::Auto, Compat::Strict);
    let entries = entries_with(&folder.join("posts"), ("pelicanconf.py", &config), Vec::new(), &source);
    compare_with("pelican-probe", &folder, entries);
}

#[test]
fn the_eleventy_probe_is_equal_in_a_strict_reading() {
    let Some(folder) = oracle("eleventy-probe") else { return };
    let config = fs::read_to_string(folder.join("eleventy.config.cjs")).unwrap();
    let metadata = ("_data/metadata.json".to_owned(), "{\"base\": \"https://example.com/\"}".to_owned());
    let source = source(SiteKind::Auto, Compat::Strict);
    let entries =
        entries_with(&folder.join("posts"), ("eleventy.config.cjs", &config), vec![metadata], &source);
    compare_with("eleventy-probe", &folder, entries);
}

#[test]
fn hugos_permalinks_are_equal() {
    let Some(folder) = oracle("hugo-probe") else { return };
    let expected = lines(&folder.join("permalinks/expected.jsonl"));
    let config = fs::read_to_string(folder.join("config.yml")).unwrap();
    // The pages of the pairs: those of the probe but four, and one more.
    let posts = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    listing(&folder.join("posts"), "", &mut paths);
    for path in paths {
        let name = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        if !["nosec", "slash", "slash2", "pub"].contains(&name) {
            fs::create_dir_all(posts.path().join(&path).parent().unwrap()).unwrap();
            fs::copy(folder.join("posts").join(&path), posts.path().join(&path)).unwrap();
        }
    }
    let one_more = posts.path().join("content/posts/Sub Dir/Deep_File Name.md");
    fs::create_dir_all(one_more.parent().unwrap()).unwrap();
    fs::write(one_more, "---\ntitle: \"Deep Post: 中 (x)\"\ndate: 2022-12-31 23:59:59\n---\nx\n").unwrap();
    let settings: BTreeSet<(&str, &str)> = expected
        .iter()
        .map(|line| (line["permalink"].as_str().unwrap(), line["extra"].as_str().unwrap()))
        .collect();
    let mut wrong = Vec::new();
    for (permalink, extra) in settings {
        let rule = match permalink {
            "" => String::new(),
            pattern => format!("permalinks: {{posts: {}}}\n", serde_json::to_string(pattern).unwrap()),
        };
        let config = format!("{config}\n{rule}{extra}\n");
        let source = source(SiteKind::Hugo, Compat::Strict);
        let entries = entries_with(posts.path(), ("hugo.yaml", &config), Vec::new(), &source);
        let ours: BTreeSet<(String, String)> = entries
            .values()
            .map(|entry| (entry.title.clone().unwrap_or_default(), entry.link.clone().unwrap_or_default()))
            .collect();
        for line in expected.iter().filter(|line| line["permalink"] == permalink && line["extra"] == extra) {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            if !ours.contains(&(text("title"), text("link"))) {
                wrong.push(format!("{permalink} {extra}: {} {}", text("title"), text("link")));
            }
        }
    }
    println!("hugo-probe permalinks: {}/{} equal", expected.len() - wrong.len(), expected.len());
    assert_eq!(wrong, Vec::<String>::new());
}
