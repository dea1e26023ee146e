//! Files that stand beside posts and speak of the folder: `README.md`, a licence, an index.

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

/// Whether a file is one of them. With front matter it is a post, however it is called.
pub(super) fn is_aside(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    NAMES.contains(&stem.as_str()) && !has_front_matter(text)
}

/// A fence, or a `Title:` line, at the beginning.
fn has_front_matter(text: &str) -> bool {
    let text = text.trim_start();
    let is_header = |line: &str| {
        let key = line.split_once(':').map(|(key, _)| key.trim().to_ascii_lowercase());
        key.is_some_and(|key| matches!(key.as_str(), "title" | "date"))
    };
    ["---", "+++", ";;;"].iter().any(|fence| text.lines().next().is_some_and(|line| line.trim() == *fence))
        || text.lines().next().is_some_and(is_header)
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
            ("2024-01-01-readme.md", "text\n", false),
        ] {
            assert_eq!(is_aside(path, text), expected, "{path}");
        }
    }
}
