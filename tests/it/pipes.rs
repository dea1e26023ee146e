//! Pipes: where a file should be, and where what is printed goes to.

use crate::app::App;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

fn app() -> App {
    let app = App::new("");
    app.write(
        "feeds/notes.yaml",
        "sources:\n  - {posts: ../blog, id: blog, site: hugo, timezone: UTC, url: \"https://notes.example.org\"}\n",
    );
    app.write("blog/content/posts/a.md", "---\ntitle: A\ndate: 2024-01-01\n---\nText.\n");
    app
}

#[test]
fn a_pipe_among_the_feeds_is_a_problem_and_nothing_waits_for_it() {
    let app = app();
    assert!(Command::new("mkfifo").arg(app.path("feeds/pipe.yaml")).status().unwrap().success());
    let _socket = UnixListener::bind(app.path("feeds/socket.yaml")).unwrap();
    symlink("/dev/zero", app.path("feeds/zero.yml")).unwrap();
    // A pipe in a folder of posts is none of them, and a site's config is none either.
    for name in ["blog/content/posts/b.md", "blog/hugo.toml", "blog/content/posts/_index.md"] {
        assert!(Command::new("mkfifo").arg(app.path(name)).status().unwrap().success());
    }
    let output = app.run(&["check"]);
    let told = String::from_utf8(output.stdout).unwrap();
    let problem = "error: the file cannot be read: it is a pipe, a socket or a device";
    let expected = format!(
        "feeds/pipe.yaml: {problem}\nfeeds/socket.yaml: {problem}\nfeeds/zero.yml: {problem}\n\
         notes/blog: 1 posts, hugo: `site: hugo` says so\n1 feed in {}\n",
        app.path("feeds").display()
    );
    assert_eq!((told.as_str(), output.status.code()), (expected.as_str(), Some(1)));
    let output = app.run(&["build", "--out", "out"]);
    assert!(app.path("out/notes.atom").is_file(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_reader_that_has_gone_ends_nothing() {
    let app = app();
    app.write("feeds/broken.yaml", "sources: 1\n");
    app.write("bad.xml", "<rss><channel></channel></rss>");
    for (arguments, code) in [
        (&["check"][..], 1),
        (&["check", "--format", "json"], 1),
        (&["preview", "blog"], 0),
        (&["preview", "blog", "--stage", "collect"], 0),
        (&["preview", "blog", "--stage", "publish"], 0),
        (&["preview", "nowhere"], 1),
        (&["completions", "bash"], 0),
        (&["init", "--from", "blog"], 1),
        (&["lint", "bad.xml"], 1),
        (&["store", "check"], 1),
        (&["--help"], 0),
    ] {
        let mut child = app.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{arguments:?}: {told}");
        assert!(!told.contains("panicked") && !told.contains("pipe"), "{arguments:?}: {told}");
        // Nobody hears the problems either.
        let mut child = app.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert!(child.wait().unwrap().code().is_some(), "{arguments:?}");
    }
}

#[test]
fn a_result_that_cannot_be_written_is_told() {
    let app = app();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = app.command(&["check"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (told.as_str(), output.status.code()),
        ("error: the result could not be printed: No space left on device (os error 28)\n", Some(1))
    );
}
