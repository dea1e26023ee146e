//! `{static}`, `{attach}` and `{filename}` in an article's links → addresses of the site.

use super::Settings;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The body with its files' addresses in it; those of other articles aren't known here.
pub(super) fn resolved<'t>(body: &'t str, settings: &Settings, below: &str) -> Cow<'t, str> {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let kinds = "static|attach|filename|category|tag|author|index";
        // Or behind reStructuredText's `.. image::`, `.. _name:`, `:target:`.
        let rst = r"(?m:^)[ \t]*(?:\.\.[ \t][^\n]*?:|:[a-z]+:)[ \t]+";
        Regex::new(&format!(r#"([("'<]|\]:\s*|{rst})\{{({kinds})\}}([^\s"'<>)\]]*)"#)).ok()
    });
    let Some(link) = LINK.as_ref().filter(|_| body.contains('{')) else {
        return Cow::Borrowed(body);
    };
    link.replace_all(body, |found: &Captures<'_>| {
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let (before, kind, path) = (part(1), part(2), part(3));
        let is_article =
            path.rsplit_once('.').is_some_and(|(_, end)| super::MARKDOWN.contains(&end) || end == "rst");
        let address = match kind {
            _ if path.is_empty() && kind != "index" => format!("{{{kind}}}"),
            "index" => format!("{}/", settings.base),
            "category" | "tag" | "author" => {
                format!("{}/{kind}/{}.html", settings.base, settings.slugs.make(path))
            }
            _ if is_article => "#".to_owned(),
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
