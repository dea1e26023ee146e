//! W1: posts to the feeds of all their categories.

use crate::{input, meter};
use std::fs;
use std::path::Path;
use std::process::Command;

const CATEGORIES: usize = 200;
const HUGO: &str = "baseURL = \"https://example.org/\"\ndisableKinds = [\"page\", \"RSS\", \"sitemap\", \"robotsTXT\", \"404\"]\n\
    [taxonomies]\ncategory = \"categories\"\n[outputs]\nhome = [\"one\", \"two\", \"three\"]\nterm = [\"one\", \"two\", \"three\"]\n";
const TEMPLATE: &str = "{{ printf \"<feed>\" | safeHTML }}{{ range first 20 .RegularPages.ByDate.Reverse }}<entry><title>{{ .Title }}</title><id>{{ .Permalink }}</id><updated>{{ .Date }}</updated><content>{{ .Content | html }}</content></entry>{{ end }}</feed>";

pub(crate) fn run(posts: usize) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, posts);
    let build = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedmill"));
        command.current_dir(root).args(["--config", "feedmill.yaml", "--feeds", "feeds", "--state", "state"]);
        command.args(["build", "--out", "public"]);
        meter::run(&mut command).unwrap()
    };
    let cold = build();
    let mut hugo = Command::new("hugo");
    hugo.current_dir(root).args(["--quiet", "--destination", "hugo-public"]);
    let peer = meter::run(&mut hugo);
    cold.tell(&format!("W1 {posts} posts, cold"), peer.map(|peer| ("Hugo", peer)));
    build().tell("W1 nothing changed", None);
}

fn write(root: &Path, posts: usize) {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for number in 0..posts {
        let html = if number % 2 == 0 { input::clean_html(number) } else { input::dirty_html(number) };
        let front = format!(
            "---\ntitle: 'Post {number}'\ndate: 2026-01-{:02}T{:02}:{:02}:00Z\ncategories: ['c{}', 't{}']\n---\n",
            number % 28 + 1,
            number / 60 % 24,
            number % 60,
            number % CATEGORIES,
            number % 10,
        );
        put(&format!("content/{:02}/post-{number:06}.html", number % 50), &format!("{front}{html}"));
    }
    put("feedmill.yaml", "listen: 127.0.0.1:0\ndefaults: {limit: 20, timezone: UTC}\n");
    put(
        "feeds/main.yaml",
        "limit: 20\nsources:\n  - {posts: ../content, site: hugo, url: 'https://example.org/', generator_config: none}\n",
    );
    let formats: String = ["one", "two", "three"]
        .map(|name| {
            format!("[outputFormats.{name}]\nmediaType = \"application/rss+xml\"\nbaseName = \"{name}\"\n")
        })
        .concat();
    put("hugo.toml", &format!("{HUGO}{formats}"));
    put("config.toml", &format!("{HUGO}{formats}"));
    for name in ["one", "two", "three"] {
        put(&format!("layouts/_default/list.{name}.xml"), TEMPLATE);
    }
}
