//! The samples that we ship: every feed file works as it is, and what it gives is known.

use crate::app::App;
use crate::cases::same;
use crate::origin::{Origin, ok};
use std::{fs, path::Path};

fn shipped(below: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

/// A folder of its own with the shipped feeds and samples in it.
fn copy() -> App {
    let app = App::new("");
    for folder in ["feeds", "samples"] {
        copy_folder(&shipped(folder), &app.path(folder));
    }
    app
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn every_sample_gives_the_documents_that_stand_beside() {
    let app = copy();
    let output = app.run(&["build", "--out", "out", "--pages"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for document in [
        "finews.atom",
        "finews.rss",
        "citynotes.json",
        "citynotes/category/生活/城市.atom",
        "mix.rss",
        "mix/category/随笔/生活.json",
        "feeds.opml",
        "mix.html",
    ] {
        let found = fs::read_to_string(app.path("out").join(document)).unwrap();
        same(&format!("tests/samples/{}", document.replace('/', "_")), &found);
    }
    // Both feeds have each post: who of them is first to have its id is the machine's
    // to say, and kept from then on.
    let all = fs::read_to_string(app.path("out/all.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    let items = all["items"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> =
        items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!((items.len(), ids.len()), (18, 18));
    assert_eq!(ids.iter().filter(|id| id.starts_with("urn:uuid:")).count(), 9);
    let again = app.run(&["build", "--out", "out", "--pages", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    let outcomes: Vec<&str> = report["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["unchanged"; 4]);
}

#[test]
fn the_samples_have_no_problem() {
    let app = copy();
    let output = app.run(&["check"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && !told.contains(": error: "), "{told}");
    assert!(
        told.contains("finews/finews: 5 posts, jekyll")
            && told.contains("citynotes/citynotes: 4 posts, hexo"),
        "{told}"
    );
}

#[test]
fn the_remote_sample_works_once_it_has_an_address() {
    let origin = Origin::start();
    let feed = "<rss version=\"2.0\"><channel><title>P</title><item><title>A</title><guid>urn:x:1</guid></item></channel></rss>";
    origin.answer("/feed.xml", ok("Content-Type: application/rss+xml\r\n", feed.as_bytes()));
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"]}\n");
    let planet = fs::read_to_string(shipped("feeds/planet.yaml")).unwrap();
    assert!(planet.contains("enabled: false"), "it asks nobody before it is given an address");
    let planet = planet.replace("enabled: false", "enabled: true");
    let planet = planet.replace("https://blog.example.org/feed.xml", &origin.url("/feed.xml"));
    app.write("feeds/planet.yaml", &planet);
    let output = app.run(&["build", "--out", "out"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let category = fs::read_to_string(app.path("out/planet/category/planet.json")).unwrap();
    assert!(category.contains("urn:x:1"), "{category}");
}

#[test]
fn a_build_with_a_failing_source_writes_the_rest_and_exits_with_two() {
    let app = copy();
    app.write("feeds/broken.yaml", "sources:\n  - posts: ../nowhere\n");
    let output = app.run(&["build", "--out", "out"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(app.path("out/finews.atom").exists());
}

#[test]
fn the_services_are_locked_in() {
    // In tenths; the serving half has no way out.
    for (unit, most) in [("feedmill", 11), ("feedmill-poll", 11), ("feedmill-serve", 2)] {
        let Ok(output) = std::process::Command::new("systemd-analyze")
            .args(["security", "--offline=true", &format!("--threshold={most}")])
            .arg(shipped(&format!("systemd/{unit}.service")))
            .output()
        else {
            eprintln!("skipped: systemd-analyze is not installed");
            return;
        };
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{unit}: the exposure level is above {most} tenths\n{told}");
    }
}
