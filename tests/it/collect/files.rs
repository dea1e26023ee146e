//! Listing a folder of posts and reading one: every kind of file that a folder can hold.

use feedmill::collect::files::{
    FileStamp, FolderProblemKind, ListLimits, Listing, ReadError, list, read, site_files,
    site_files_with_config, site_files_without_config,
};
use feedmill::model::Problem;
use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A folder with these files, each with its own path as text.
fn tree(files: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in files {
        put(&folder, file);
    }
    folder
}

fn put(folder: &TempDir, file: &str) {
    let path = folder.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, file).unwrap();
}

fn listed(paths: &[&Path]) -> Listing {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    list(&paths, &ListLimits::default()).unwrap()
}

fn paths(listing: &Listing) -> Vec<&str> {
    listing.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn a_listing_has_the_files_that_may_be_posts_in_order() {
    let folder = tree(&[
        "b.md",
        "a.md",
        "sub/c.markdown",
        "sub/public/d.md",
        "_posts/e.md",
        "public/out.html",
        "_site/out.html",
        "node_modules/x/readme.md",
        ".git/config",
        ".cache/x.md",
        ".hidden.md",
        "a.md~",
        ".a.md.swp",
        "4913",
        "x.tmp",
        "中文/文章.md",
    ]);
    let listing = listed(&[folder.path()]);
    let expected = ["_posts/e.md", "a.md", "b.md", "sub/c.markdown", "sub/public/d.md", "中文/文章.md"];
    assert_eq!(paths(&listing), expected);
    assert!(listing.complete);
    assert_eq!(listing.problems, []);
    for file in &listing.files {
        assert_eq!(read(file, 1000).unwrap(), file.path.as_bytes());
        assert_eq!(file.size, file.path.len() as u64);
    }
}

#[test]
fn files_globs_and_several_roots() {
    let folder = tree(&["one/_posts/a.md", "two/_posts/a.md", "two/_posts/b.txt", "x.md"]);
    let at = |path: &str| folder.path().join(path);
    let found = |paths_given: &[&Path]| {
        let listing = listed(paths_given);
        listing.files.iter().map(|file| (file.path.clone(), file.root)).collect::<Vec<_>>()
    };
    let pair = |path: &str, root: usize| (path.to_owned(), root);
    assert_eq!(found(&[&at("x.md")]), [pair("x.md", 0)]);
    assert_eq!(found(&[&at("*/_posts/*.md")]), [pair("one/_posts/a.md", 0), pair("two/_posts/a.md", 0)]);
    assert_eq!(found(&[&at("t*/_posts")]), [pair("two/_posts/a.md", 0), pair("two/_posts/b.txt", 0)]);
    assert_eq!(found(&[&at("none*.md")]), []);
    // Of two that would be the same, the later is told apart.
    assert_eq!(
        found(&[&at("two/../one/_posts"), &at("two/_posts")]),
        [pair("a.md", 0), pair("b.txt", 1), pair("two/a.md", 1)]
    );
    let bad = list(&[at("[")], &ListLimits::default()).unwrap_err();
    assert_eq!(bad.problem.message, "is no pattern: unclosed character class; missing ']'");
}

#[test]
fn links_are_followed_within_the_folder_and_nowhere_else() {
    let outside = tree(&["secret.md"]);
    let folder = tree(&["real/a.md", "b.md"]);
    let at = |path: &str| folder.path().join(path);
    symlink(at("real"), at("linked")).unwrap();
    symlink(at("b.md"), at("c.md")).unwrap();
    symlink(folder.path(), at("real/up")).unwrap();
    symlink(at("nowhere"), at("dangling.md")).unwrap();
    symlink(outside.path().join("secret.md"), at("out.md")).unwrap();
    symlink("user@host.1234:5", at(".#b.md")).unwrap();
    let listing = listed(&[folder.path()]);
    assert_eq!(paths(&listing), ["b.md", "c.md", "linked/a.md", "real/a.md"]);
    let real = fs::canonicalize(outside.path()).unwrap().join("secret.md");
    assert_eq!(
        listing.problems,
        [
            Problem::warning("dangling.md", "is a link that leads nowhere"),
            Problem::warning("out.md", format!("is a link out of the folder, to `{}`", real.display()))
                .with_help("name that in `posts` too if it belongs to it"),
        ]
    );
    let both = listed(&[folder.path(), outside.path()]);
    assert_eq!(paths(&both), ["b.md", "c.md", "linked/a.md", "out.md", "real/a.md", "secret.md"]);
}

#[test]
fn links_cannot_multiply_a_folder() {
    let folder = tree(&["0/a.md"]);
    for level in 1..40 {
        let here = folder.path().join(level.to_string());
        fs::create_dir(&here).unwrap();
        for name in ["l", "r"] {
            symlink(folder.path().join((level - 1).to_string()), here.join(name)).unwrap();
        }
    }
    assert!(listed(&[folder.path()]).files.len() < 100);
}

#[test]
fn pipes_deep_folders_and_odd_names_do_no_harm() {
    let folder = tree(&["a.md", "new\nline.md", "-rf", "..md"]);
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe.md")).status().unwrap().success());
    fs::write(folder.path().join(OsStr::from_bytes(b"\xff.md")), "x").unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"\xfe.md")), "x").unwrap();
    let mut deep = folder.path().join("deep");
    for _ in 0..70 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("x.md"), "x").unwrap();
    let listing = listed(&[folder.path()]);
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let mut expected = vec![
        "-rf".to_owned(),
        "a.md".to_owned(),
        "new\nline.md".to_owned(),
        "\u{fffd}.md".to_owned(),
        format!("{name}/\u{fffd}.md"),
    ];
    expected.sort();
    assert_eq!(paths(&listing), expected);
    assert!(!listing.complete);
    assert_eq!(listing.problems.len(), 1);
    assert_eq!(listing.problems[0].message, "is more than 64 folders deep");
}

#[test]
fn a_folder_that_cannot_be_listed_says_what_to_do() {
    let folder = tree(&["a/x.md", "b/y.md"]);
    let problem = |path: &Path, sandboxed: bool| {
        let limits = ListLimits { sandboxed, ..ListLimits::default() };
        let problem = list(&[path.to_path_buf()], &limits).unwrap_err();
        (problem.kind, problem.problem.to_string())
    };
    let gone = folder.path().join("gone");
    assert_eq!(
        problem(&gone, true),
        (FolderProblemKind::Missing, format!("{}: error: there is no such file or folder", gone.display()))
    );
    let home = Path::new("/home/nobody-is-called-that/blog/_posts");
    assert_eq!(
        problem(home, true),
        (
            FolderProblemKind::Sandboxed,
            "/home/nobody-is-called-that/blog/_posts: error: can't be seen from inside the service's sandbox\n  \
             help: run `systemctl edit feedmill` and add the lines `[Service]` and \
             `BindReadOnlyPaths=/home/nobody-is-called-that/blog/_posts`"
                .to_owned()
        )
    );
    assert_eq!(problem(home, false).0, FolderProblemKind::Missing);
    let device = problem(Path::new("/dev/null"), false);
    assert_eq!(
        device,
        (FolderProblemKind::Unreadable, "/dev/null: error: is neither a file nor a folder".to_owned())
    );
    let limits = ListLimits { files: 1, sandboxed: false };
    let many = list(&[folder.path().to_path_buf()], &limits).unwrap_err();
    assert_eq!(many.kind, FolderProblemKind::TooMany);
    assert_eq!(many.problem.message, "has more than 1 files");
}

#[test]
fn what_may_not_be_read_is_named_and_the_others_go_on() {
    let folder = tree(&["a.md", "closed/b.md", "c.md"]);
    let closed = folder.path().join("closed");
    let file = folder.path().join("c.md");
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o000)).unwrap();
    let listing = listed(&[folder.path()]);
    let may = fs::read_dir(&closed).is_ok();
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o700)).unwrap();
    if may {
        // Root may read everything: there is nothing to be judged.
        return;
    }
    assert_eq!(paths(&listing), ["a.md", "c.md"]);
    assert!(!listing.complete);
    assert_eq!(listing.problems, [Problem::error("closed", "could not be looked at: permission denied")]);
    let error = read(&listing.files[1], 100).unwrap_err();
    assert_eq!(error.at(&listing.files[1]).to_string(), "c.md: error: could not be read: permission denied");
}

#[test]
fn only_the_file_that_was_listed_is_read() {
    let folder = tree(&["a.md"]);
    let file = folder.path().join("a.md");
    let stamp: FileStamp = listed(&[folder.path()]).files.remove(0);
    assert_eq!(read(&stamp, 4).unwrap(), b"a.md");
    assert_eq!(read(&stamp, 3), Err(ReadError::TooLarge(3)));
    assert_eq!(ReadError::TooLarge(2048).to_string(), "is larger than 2 KiB");
    let kept = folder.path().join("kept");
    fs::rename(&file, &kept).unwrap();
    assert_eq!(read(&stamp, 100), Err(ReadError::Gone));
    symlink("/etc/passwd", &file).unwrap();
    assert_eq!(read(&stamp, 100_000), Err(ReadError::Changed));
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert_eq!(read(&stamp, 100), Err(ReadError::Changed));
    fs::remove_file(&file).unwrap();
    fs::rename(&kept, &file).unwrap();
    fs::File::create(&file).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(read(&stamp, 100), Err(ReadError::TooLarge(100)));
}

#[test]
fn the_site_of_a_folder_of_posts() {
    let folder = tree(&[
        "jekyll/_config.yml",
        "jekyll/_data/authors.yml",
        "jekyll/_posts/a.md",
        "jekyll/blog/deep/_posts/a.md",
        "hexo/source/_posts/a.md",
        "hexo/source/_data/authors.yml",
        "hexo/_config.yml",
        "bare/source/_posts/sub/a.md",
        "plain/_posts/a.md",
        "loose/a.md",
        "zola/content/a.md",
        "zola/config.toml",
        "other/config.yaml",
        "other/posts/a.md",
        "split/config/_default/hugo.toml",
        "split/config/_default/params.toml",
        "split/config/_default/menus.toml",
        "split/content/_index.md",
        "split/content/posts/_index.md",
        "split/content/posts/sub/a.md",
        "eleven/eleventy.config.js",
        "eleven/src/_data/metadata.json",
        "eleven/src/_data/menu.json",
        "eleven/src/posts/posts.json",
        "eleven/src/posts/2024/a.md",
        "gone/content/blog/a.md",
    ]);
    let at = |path: &str| folder.path().join(path);
    for (named, root, config, authors, prefix) in [
        ("jekyll", "jekyll", "jekyll/_config.yml", "jekyll/_data/authors.yml", ""),
        ("jekyll/_posts", "jekyll", "jekyll/_config.yml", "jekyll/_data/authors.yml", "_posts"),
        ("jekyll/_posts/a.md", "jekyll", "jekyll/_config.yml", "jekyll/_data/authors.yml", "_posts"),
        ("jekyll/_posts/*.md", "jekyll", "jekyll/_config.yml", "jekyll/_data/authors.yml", "_posts"),
        (
            "jekyll/blog/deep/_posts",
            "jekyll",
            "jekyll/_config.yml",
            "jekyll/_data/authors.yml",
            "blog/deep/_posts",
        ),
        (
            "loose/../hexo/source/_posts/",
            "hexo",
            "hexo/_config.yml",
            "hexo/source/_data/authors.yml",
            "source/_posts",
        ),
        ("bare/source/_posts/sub", "bare", "", "", "source/_posts/sub"),
        ("plain/_posts", "plain", "", "", "_posts"),
        ("loose", "loose", "", "", ""),
        ("zola/content", "zola", "zola/config.toml", "", "content"),
        ("other/posts", "other/posts", "", "", ""),
        ("gone/_posts", "gone", "", "", "_posts"),
        ("split/content/posts", "split", "split/config/_default/hugo.toml", "", "content/posts"),
        ("eleven/src/posts/2024", "eleven", "eleven/eleventy.config.js", "", "src/posts/2024"),
        ("gone/content/blog", "gone", "", "", "content/blog"),
    ] {
        let site = site_files(&at(named));
        assert_eq!(site.root, at(root), "{named}");
        let expected = (!config.is_empty()).then(|| (at(config), config.to_owned()));
        assert_eq!(site.config, expected, "{named}");
        assert_eq!(site.authors.unwrap_or_default(), authors, "{named}");
        assert_eq!(site.posts_prefix, prefix, "{named}");
        assert_eq!(site.problems, []);
    }
    for (named, data) in [
        ("split", &["config/_default/menus.toml", "config/_default/params.toml"][..]),
        (
            "split/content/posts/sub",
            &[
                "config/_default/menus.toml",
                "config/_default/params.toml",
                "content/_index.md",
                "content/posts/_index.md",
            ],
        ),
        ("eleven", &["src/_data/menu.json", "src/_data/metadata.json"]),
        (
            "eleven/src/posts/2024",
            &["src/_data/menu.json", "src/_data/metadata.json", "src/posts/posts.json"],
        ),
        ("jekyll/_posts", &[]),
    ] {
        let found = site_files(&at(named)).data;
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, data, "{named}");
    }
    let site = site_files_without_config(&at("zola/content"));
    assert_eq!((site.root, site.config, site.posts_prefix.as_str()), (at("zola"), None, "content"));
    let site = site_files_with_config(&at("split/content/posts"), &at("split/config/_default/hugo.toml"));
    assert_eq!((site.root, site.posts_prefix.as_str()), (at("split"), "content/posts"));
    let site = site_files_with_config(&at("plain/_posts"), &at("other/config.yaml"));
    assert_eq!(site.root, at("other"));
    assert_eq!(site.config, Some((at("other/config.yaml"), "other/config.yaml".to_owned())));
    assert_eq!(site.posts_prefix, "_posts");
}
