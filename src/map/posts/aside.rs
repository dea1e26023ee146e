//! Files that stand beside posts and speak of the folder: `README.md`, a licence, an index.

use crate::parse::front_matter::{Fences, FrontMatter, read_html, read_plain, read_rst};

/// Their names without extension, in lower case.
const NAMES: [&str; 22] = [
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "changelog",
    "changes",
    "history",
    "news",
    "contributing",
    "contributors",
    "code_of_conduct",
    "code-of-conduct",
    "security",
    "support",
    "authors",
    "maintainers",
    "todo",
    "index",
    "_index",
    "404",
    "agents",
];

/// Whether a file is one of them. With front matter it is a post, however it is called, and
/// so is the `index` of a folder further down, which holds one post with its pictures.
pub(super) fn is_aside(path: &str, text: &str) -> bool {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let stem = match stem.rsplit_once('.') {
        Some((stem, code)) if is_language(code) => stem,
        _ => stem,
    };
    let stem = stem.to_ascii_lowercase();
    let is_named = NAMES.contains(&stem.as_str()) && (above.is_empty() || stem != "index");
    is_named && !has_front_matter(&extension.to_ascii_lowercase(), text)
}

/// `de`, `zh-CN`.
fn is_language(code: &str) -> bool {
    let is_short = |part: &str| matches!(part.len(), 2..=4) && part.bytes().all(|b| b.is_ascii_alphabetic());
    code.split(['-', '_']).all(is_short)
}

/// A fence, a `Title:` line, or what the extension's other headers are.
fn has_front_matter(extension: &str, text: &str) -> bool {
    let text = text.trim_start();
    let first = text.lines().next().unwrap_or_default().trim();
    let key = first.split_once(':').map(|(key, _)| key.trim().to_ascii_lowercase());
    if ["---", "+++", ";;;"].contains(&first) || matches!(key.as_deref(), Some("title" | "date")) {
        return true;
    }
    let fenced = [Fences::Jekyll, Fences::Hugo, Fences::Eleventy];
    let is_dated = |found: FrontMatter<'_>| found.data.is_some_and(|node| node.get("date").is_some());
    match extension {
        "html" | "htm" if is_dated(read_html(text)) => true,
        "rst" => is_dated(read_rst(text)),
        _ => fenced.into_iter().any(|fences| read_plain(text, fences).data.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_front_matter_a_readme_is_a_post() {
        for (path, text, expected) in [
            ("README.md", "# Notes\n", true),
            ("sub/readme.zh-CN.md", "# Notes\n", true),
            ("LICENSE.md", "MIT\n", true),
            ("index.html", "<p>a</p>", true),
            ("README.md", "---\ntitle: a\n---\n", false),
            ("changes.md", "Title: a\nDate: 2024-01-01\n", false),
            ("reading.md", "# Notes\n", false),
            ("changes.md", "-----\ntitle: a\n-----\ntext\n", false),
            ("history.md", "{\"title\": \"a\"}\ntext\n", false),
            ("todo.md", "---json\n{\"title\": \"a\"}\n---\ntext\n", false),
            ("news.org", "#+TITLE: a\n\ntext\n", false),
            ("news.rst", "A\n=\n\n:date: 2024-01-01\n\ntext\n", false),
            ("news.rst", "A\n=\n\ntext\n", true),
            ("404.html", "<head><meta name=date content=2024-01-01></head><body>a</body>", false),
            ("404.html", "<head><title>a</title></head><body>a</body>", true),
            ("news.2024.md", "text\n", false),
            ("my-post/index.md", "text\n", false),
            ("2024-01-01-readme.md", "text\n", false),
        ] {
            assert_eq!(is_aside(path, text), expected, "{path}");
        }
    }
}
