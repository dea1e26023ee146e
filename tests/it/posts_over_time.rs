//! One post through its life: hidden and shown again, retitled, renamed, moved to another
//! address. A reader who has it never sees it a second time.

use crate::app::App;
use serde_json::Value;
use std::fs;
use std::time::{Duration, SystemTime};

const FEED: &str = "title: T\nsources:\n  - {posts: ../blog, id: blog, timezone: UTC}\n";

fn config(url: &str) -> String {
    format!("title: Blog\nurl: {url}\npermalink: /:year/:slug/\n")
}

/// Id and link of each item of the feed, after a collection.
fn items(app: &App) -> Vec<(String, String)> {
    let output = app.run(&["build", "--out", "out"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(app.path("out/blog.json")).unwrap();
    let feed: Value = serde_json::from_str(&text).unwrap();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    feed["items"].as_array().unwrap().iter().map(|item| (text(item, "id"), text(item, "url"))).collect()
}

#[test]
fn a_post_keeps_its_id_through_its_life() {
    let app = App::new("");
    app.write("feeds/blog.yaml", FEED);
    app.write("blog/_config.yml", &config("http://old.example.org"));
    app.write("blog/_posts/2024-01-01-other.md", "---\ntitle: Other\n---\nText.\n");
    let post = |front: &str| app.write("blog/_posts/2024-01-02-a.md", &format!("---\n{front}\n---\nText.\n"));
    let other = |host: &str| ("http://old.example.org/2024/other".to_owned(), format!("{host}/2024/other/"));
    let ours = |link: &str| ("http://old.example.org/2024/a".to_owned(), link.to_owned());

    post("title: First");
    let old = "http://old.example.org";
    assert_eq!(items(&app), [ours("http://old.example.org/2024/a/"), other(old)]);
    // A draft again: it goes; published again: it is the same entry.
    post("title: First\ndraft: true");
    assert_eq!(items(&app), [other(old)]);
    post("title: First");
    assert_eq!(items(&app), [ours("http://old.example.org/2024/a/"), other(old)]);
    // Another title and another address of its own.
    post("title: Second\nslug: b");
    assert_eq!(items(&app), [ours("http://old.example.org/2024/b/"), other(old)]);
    // Another file with the same address: found by its generator's id.
    fs::rename(app.path("blog/_posts/2024-01-02-a.md"), app.path("blog/_posts/2024-01-02-b.md")).unwrap();
    assert_eq!(items(&app).len(), 2);
    // The site moves: links follow, ids stay.
    app.write("blog/_config.yml", &config("https://new.example.net"));
    let moved = items(&app);
    assert_eq!(moved[1], other("https://new.example.net"));
    assert_eq!(moved[0].1, "https://new.example.net/2024/b/");
}

#[test]
fn a_renamed_post_keeps_its_id() {
    let app = App::new("");
    app.write("feeds/blog.yaml", FEED);
    app.write("blog/_config.yml", &config("https://b.example.org"));
    let write = |name: &str, title: &str, text: &str| {
        app.write(&format!("blog/_posts/{name}.md"), &format!("---\ntitle: {title}\n---\n{text}\n"));
    };
    for day in 1..=6 {
        write(&format!("2024-01-0{day}-p{day}"), &format!("Post {day}"), &format!("The text of day {day}."));
    }
    let ids = |items: &[(String, String)]| {
        let mut ids: Vec<String> = items.iter().map(|(id, _)| id.clone()).collect();
        ids.sort();
        ids
    };
    let first = items(&app);
    let rename = |from: &str, to: &str| {
        fs::rename(app.path(&format!("blog/_posts/{from}.md")), app.path(&format!("blog/_posts/{to}.md")))
            .unwrap();
    };
    // Another name; another day; renamed and retitled; renamed and edited.
    rename("2024-01-01-p1", "2024-01-01-other");
    rename("2024-01-02-p2", "2024-02-02-p2");
    fs::remove_file(app.path("blog/_posts/2024-01-03-p3.md")).unwrap();
    write("2024-01-03-third", "Third", "The text of day 3.");
    fs::remove_file(app.path("blog/_posts/2024-01-04-p4.md")).unwrap();
    write("2024-01-04-fourth", "Post 4", "Edited.");
    let renamed = items(&app);
    assert_eq!(ids(&renamed), ids(&first));
    let link_of = |id: &str| renamed.iter().find(|(known, _)| known.ends_with(id)).unwrap().1.clone();
    assert_eq!(link_of("/p2"), "https://b.example.org/2024/p2/");
    assert_eq!(link_of("/p3"), "https://b.example.org/2024/third/");
    // One goes and another comes: nothing of it is the same.
    fs::remove_file(app.path("blog/_posts/2024-01-05-p5.md")).unwrap();
    write("2024-03-01-new", "New", "Other words.");
    let later = ids(&items(&app));
    assert!(later.contains(&"https://b.example.org/2024/new".to_owned()), "{later:?}");
    assert!(!later.contains(&"https://b.example.org/2024/p5".to_owned()), "{later:?}");
}

#[test]
fn the_keys_of_a_post_that_is_renamed_again_and_again_are_no_heap() {
    let app = App::new("");
    app.write("feeds/blog.yaml", FEED);
    app.write("blog/_config.yml", &config("https://b.example.org"));
    app.write("blog/_posts/2024-01-01-p0.md", "---\ntitle: Renamed\n---\nThe same text each time.\n");
    let first = items(&app);
    for number in 1..=24 {
        let at = |number: u32| app.path(&format!("blog/_posts/2024-01-01-p{number}.md"));
        fs::rename(at(number - 1), at(number)).unwrap();
        assert_eq!(items(&app)[0].0, first[0].0, "after {number} renames");
    }
    let store = rusqlite::Connection::open(app.path("state/feedmill.db")).unwrap();
    let keys: i64 = store.query_row("SELECT count(*) FROM entry_key", [], |row| row.get(0)).unwrap();
    assert!(keys <= 20, "{keys} keys");
}

#[test]
fn a_post_that_moved_and_kept_its_address_stays_when_others_go() {
    let app = App::new("");
    app.write("feeds/blog.yaml", FEED);
    app.write("blog/_config.yml", &config("https://b.example.org"));
    for day in 1..=5 {
        let path = format!("blog/_posts/2024-01-0{day}-p{day}.md");
        app.write(&path, &format!("---\ntitle: Post {day}\n---\nText {day}.\n"));
    }
    let first = items(&app);
    fs::create_dir(app.path("blog/_posts/old")).unwrap();
    let (here, there) = ("blog/_posts/2024-01-01-p1.md", "blog/_posts/old/2024-01-01-p1.md");
    fs::rename(app.path(here), app.path(there)).unwrap();
    assert_eq!(items(&app), first);
    fs::remove_file(app.path("blog/_posts/2024-01-05-p5.md")).unwrap();
    assert_eq!(items(&app), first[1..]);
    fs::rename(app.path(there), app.path(here)).unwrap();
    assert_eq!(items(&app), first[1..]);
    fs::remove_file(app.path("blog/_posts/2024-01-04-p4.md")).unwrap();
    assert_eq!(items(&app), first[2..]);
}

/// A blog of so many posts, each written an hour ago.
fn blog(posts: usize) -> App {
    let app = App::new("");
    app.write("feeds/blog.yaml", FEED);
    app.write("blog/_config.yml", &config("http://old.example.org"));
    for number in 0..posts {
        write(&app, number, "title: A\n", 60);
    }
    app
}

/// Writes a post as of so many minutes ago: its file has settled.
fn write(app: &App, number: usize, front: &str, minutes: u64) {
    let path = format!("blog/_posts/2024-01-02-{number:03}.md");
    app.write(&path, &format!("---\n{front}---\nText.\n"));
    let file = fs::File::options().write(true).open(app.path(&path)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_mins(minutes)).unwrap();
}

/// The titles of all items after a collection, and whether that went well.
fn titles(app: &App) -> (bool, Vec<String>) {
    let output = app.run(&["build", "--out", "out"]);
    let text = fs::read_to_string(app.path("out/blog.json")).unwrap();
    let feed: Value = serde_json::from_str(&text).unwrap();
    let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
    (output.status.success(), feed["items"].as_array().unwrap().iter().map(title).collect())
}

#[test]
fn what_a_collection_that_broke_off_had_read_is_read_again() {
    let app = blog(20);
    let all = |title: &str, count: usize| vec![title.to_owned(); count];
    assert_eq!(titles(&app), (true, all("A", 20)));
    let fault = "CREATE TRIGGER fault BEFORE UPDATE OF due_because ON source
        BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    let database = rusqlite::Connection::open(app.path("state/feedmill.db")).unwrap();
    database.execute_batch(fault).unwrap();
    write(&app, 3, "title: B\n", 30);
    write(&app, 4, "title: A\ndraft: true\n", 30);
    write(&app, 20, "title: New\n", 30);
    assert_eq!(titles(&app), (false, all("A", 20)), "nothing of it is shown");
    database.execute_batch("DROP TRIGGER fault").unwrap();
    let (sound, mut found) = titles(&app);
    found.sort_unstable();
    assert_eq!((sound, found), (true, [all("A", 18), all("B", 1), all("New", 1)].concat()));
}

#[test]
fn a_folder_that_is_held_stays_so_until_it_is_accepted() {
    let app = blog(20);
    assert_eq!(titles(&app).1.len(), 20);
    for number in 0..12 {
        write(&app, number, "title: A\ndraft: true\n", 30);
    }
    for look in 0..3 {
        assert_eq!(titles(&app).1.len(), 20, "look {look}");
        let status = app.run(&["build", "--out", "out", "--format", "json"]);
        let report: Value = serde_json::from_slice(&status.stdout).unwrap();
        let said = report["sources"][0]["problems"].to_string();
        assert!(said.contains("12 of 20 entries have left at once"), "look {look}: {report}");
    }
    // Less than half of them, now that others have come; what is held stays held.
    for number in 20..30 {
        write(&app, number, "title: A\n", 30);
    }
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    assert_eq!(daemon.get("/blog.json").json()["items"].as_array().unwrap().len(), 30);
    assert!(app.run(&["accept", "blog"]).status.success());
    app.run(&["refresh", "--wait"]);
    assert_eq!(daemon.get("/blog.json").json()["items"].as_array().unwrap().len(), 18);
}

#[test]
fn a_hold_ends_when_half_or_less_is_missing_and_a_draft_goes_at_once() {
    let app = blog(30);
    assert_eq!(titles(&app), (true, vec!["A".to_owned(); 30]));
    let path = |number: usize| app.path(&format!("blog/_posts/2024-01-02-{number:03}.md"));
    let aside = |number: usize| app.path(&format!("blog/{number}.off"));
    (0..20).for_each(|number| fs::rename(path(number), aside(number)).unwrap());
    assert_eq!(titles(&app), (false, vec!["A".to_owned(); 30]));
    // What says so of itself goes, though the others are held.
    write(&app, 25, "title: A\npublished: false\n", 30);
    assert_eq!(titles(&app), (false, vec!["A".to_owned(); 29]));
    // New posts don't make what is missing less.
    (30..50).for_each(|number| write(&app, number, "title: New\n", 30));
    assert_eq!((titles(&app).0, titles(&app).1.len()), (false, 49));
    // They are back, but for one that was removed meanwhile.
    fs::remove_file(path(29)).unwrap();
    (0..20).for_each(|number| fs::rename(aside(number), path(number)).unwrap());
    assert_eq!((titles(&app).0, titles(&app).1.len()), (true, 48));
    fs::remove_file(path(28)).unwrap();
    assert_eq!((titles(&app).0, titles(&app).1.len()), (true, 47));
}

#[test]
fn a_post_that_is_empty_now_stays_as_it_was() {
    let app = blog(3);
    assert_eq!(titles(&app), (true, vec!["A".to_owned(); 3]));
    app.write("blog/_posts/2024-01-02-001.md", "");
    for _ in 0..2 {
        let output = app.run(&["build", "--out", "out", "--format", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let problem = &report["sources"][0]["problems"][0];
        assert_eq!(problem["at"], "_posts/2024-01-02-001.md", "{report}");
        assert_eq!(problem["message"], "is empty; its entry stays as it was");
        assert_eq!(titles(&app), (true, vec!["A".to_owned(); 3]));
    }
    write(&app, 1, "title: B\n", 30);
    let mut found = titles(&app).1;
    found.sort_unstable();
    assert_eq!(found, ["A", "A", "B"]);
}

/// A post that is renamed to another day keeps its id, be its text ever so short.
#[test]
fn a_short_post_under_another_date_is_the_same() {
    let app = App::new("");
    app.write("feeds/blog.yaml", FEED);
    app.write("blog/_config.yml", &config("https://b.example.org"));
    for day in 1..=3 {
        let path = format!("blog/_posts/2024-01-0{day}-p{day}.md");
        app.write(&path, &format!("---\ntitle: A walk, number {day}\n---\nx\n"));
    }
    let first = items(&app);
    let (here, there) = ("blog/_posts/2024-01-03-p3.md", "blog/_posts/2024-02-03-third.md");
    fs::rename(app.path(here), app.path(there)).unwrap();
    let ids = |items: &[(String, String)]| items.iter().map(|item| item.0.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&items(&app)), ids(&first));
}
