//! `{static}`, `{attach}` and `{filename}` in an article's links → addresses of the site.

use super::Settings;
use crate::map::posts::others::Linked;
use crate::map::posts::{PostFile, Site};
use percent_encoding::percent_decode_str;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The body with its files' addresses in it; `find` knows those of articles, by their paths
/// below the content.
pub(super) fn resolved<'t>(
    body: &'t str,
    settings: &Settings,
    below: &str,
    find: &dyn Fn(&str) -> Option<String>,
) -> Cow<'t, str> {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let kinds = "static|attach|filename|category|tag|author|index";
        // Or behind reStructuredText's `.. image::`, `.. _name:`, `:target:`.
        let rst = r"(?m:^)[ \t]*(?:\.\.[ \t][^\n]*?:|:[a-z]+:)[ \t]+";
        Regex::new(&format!(r#"([("'<]|\]:\s*|{rst})[{{|]({kinds})[}}|]([^\s"'<>)\]]*)"#)).ok()
    });
    let Some(link) = LINK.as_ref().filter(|_| body.contains(['{', '|'])) else {
        return Cow::Borrowed(body);
    };
    link.replace_all(body, |found: &Captures<'_>| {
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let (before, kind, path) = (part(1), part(2), part(3));
        let (file, place) = path.split_at_checked(path.find('#').unwrap_or(path.len())).unwrap_or((path, ""));
        let is_article =
            file.rsplit_once('.').is_some_and(|(_, end)| super::MARKDOWN.contains(&end) || end == "rst");
        let address = match kind {
            _ if path.is_empty() && kind != "index" => format!("{{{kind}}}"),
            "index" => format!("{}/", settings.base),
            "category" | "tag" | "author" => {
                format!("{}/{kind}/{}.html", settings.base, settings.slugs.make(path))
            }
            _ if is_article => {
                let found = find(&from(below, &percent_decode_str(file).decode_utf8_lossy()));
                found.map_or("#".to_owned(), |found| format!("{found}{place}"))
            }
            _ if path.starts_with('/') => format!("{}{path}", settings.base),
            _ => {
                let folder = below.rsplit_once('/').map_or("", |(folder, _)| folder);
                let slash = if folder.is_empty() { "" } else { "/" };
                format!("{}/{folder}{slash}{}", settings.base, path.trim_start_matches("./"))
            }
        };
        format!("{before}{address}")
    })
}

/// A path below the content, as the file at `below` names it.
fn from(below: &str, named: &str) -> String {
    let start =
        if named.starts_with('/') { "" } else { below.rsplit_once('/').map_or("", |(folder, _)| folder) };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(named.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Where the article or page at this path below the content is.
pub(super) fn address(site: &Site, settings: &Settings, file: &PostFile<'_>, below: &str) -> Option<String> {
    let slash = if settings.folder.is_empty() { "" } else { "/" };
    let whole = format!("{}{slash}{below}", settings.folder);
    let find = || {
        let text = site.other(&whole, file)?;
        let (others, now) = (&file.others.as_known(), file.now);
        let other = PostFile { path: &whole, whole: &whole, text: &text, read: None, others, now };
        let link = match super::map(site, settings, &other, &mut Vec::new()) {
            Some(entry) => entry.link,
            None => super::page_address(site, settings, &other),
        };
        Some(Linked { link: link?, title: None })
    };
    site.linked(&whole, file, find).map(|found| found.link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_count_from_the_file_or_the_content() {
        for (below, named, wanted) in [
            ("a/b.md", "c.md", "a/c.md"),
            ("a/b.md", "/p/c.md", "p/c.md"),
            ("a/b.md", "../c.md", "c.md"),
            ("b.md", "./c.md", "c.md"),
        ] {
            assert_eq!(from(below, named), wanted);
        }
    }
}
