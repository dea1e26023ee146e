//! Pelican's slugs, addresses and tag URIs.

use super::Post;
use crate::map::posts::basis::Basis;
use crate::map::posts::title;
use crate::model::{Date, Problem};
use crate::yaml::Node;
use deunicode::deunicode;
use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization;
use url::Url;

/// How slugs are made.
#[derive(Debug, Clone)]
pub(super) struct Slugs {
    rules: Vec<(Regex, String)>,
    keeps_unicode: bool,
    keeps_case: bool,
}

impl Slugs {
    pub(super) fn new(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> Self {
        let own = ["ARTICLE_REGEX_SUBSTITUTIONS", "SLUG_REGEX_SUBSTITUTIONS"]
            .iter()
            .find_map(|key| basis.node(key)?.list());
        let written: Vec<(String, String)> = match own {
            Some(items) => items.iter().filter_map(pair).collect(),
            None => [(r"[^\w\s-]", ""), (r"\A\s*", ""), (r"\s*\z", ""), (r"[-\s]+", "-")]
                .map(|(pattern, text)| (pattern.to_owned(), text.to_owned()))
                .to_vec(),
        };
        let mut rules = Vec::new();
        for (pattern, text) in written {
            let python = pattern.replace("\\Z", "\\z");
            if let Ok(rule) = RegexBuilder::new(&python).case_insensitive(true).build() {
                rules.push((rule, text));
            } else {
                let message = format!("`SLUG_REGEX_SUBSTITUTIONS`: `{pattern}` can't be read here");
                problems.push(Problem::warning(&basis.at, message));
            }
        }
        let keeps_unicode = basis.is("SLUGIFY_USE_UNICODE", true);
        Self { rules, keeps_unicode, keeps_case: basis.is("SLUGIFY_PRESERVE_CASE", true) }
    }

    pub(super) fn make(&self, text: &str) -> String {
        let text = title::plain(text).unwrap_or_default();
        let mut slug: String = text.nfkc().collect();
        if !self.keeps_unicode {
            slug = deunicode(&slug);
        }
        for (pattern, text) in &self.rules {
            slug = pattern.replace_all(&slug, text.as_str()).into_owned();
        }
        if !self.keeps_case {
            slug = slug.to_lowercase();
        }
        slug.trim().to_owned()
    }
}

fn pair(node: &Node) -> Option<(String, String)> {
    match node.list()? {
        [from, to] => {
            // Python's `\1` is `$1` here.
            let to = to.text().unwrap_or_default().replace('$', "$$").replace('\\', "$");
            Some((from.text()?.to_owned(), to))
        }
        _ => None,
    }
}

/// An article's full address, as the feed has it.
pub(super) fn address(post: &Post<'_>) -> String {
    let settings = post.settings;
    let language = post.meta.text("lang").map_or(settings.language.as_str(), str::trim);
    let template = if language == settings.language { &settings.article_url } else { &settings.language_url };
    let path = match post.meta.text("url") {
        Some(own) => own.trim().to_owned(),
        None => filled(template, post, language),
    };
    if path.contains("://") {
        return path;
    }
    format!("{}/{}", settings.base, path.trim_start_matches('/'))
}

/// Python's `str.format` with the article's values; `{{` is a brace.
fn filled(template: &str, post: &Post<'_>, language: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let end = from.find('}').filter(|_| from.starts_with('{') && !from.starts_with("{{"));
        let Some(end) = end else {
            out.push_str(from.get(..1).unwrap_or_default());
            let doubled = from.starts_with("{{") || from.starts_with("}}");
            rest = from.get(1 + usize::from(doubled)..).unwrap_or_default();
            continue;
        };
        let field = from.get(1..end).unwrap_or_default();
        let (key, format) = field.split_once(':').unwrap_or((field, ""));
        let key = key.split(['.', '[', '!']).next().unwrap_or(key);
        out.push_str(&value(key, format, post, language));
        rest = from.get(end + 1..).unwrap_or_default();
    }
    out + rest
}

fn value(key: &str, format: &str, post: &Post<'_>, language: &str) -> String {
    match key {
        "slug" => post.slug.clone(),
        "lang" => language.to_owned(),
        "category" => post.settings.slugs.make(&post.category),
        "author" => post.settings.slugs.make(&post.author),
        "path" => post.below.to_owned(),
        "date" => {
            let format = if format.is_empty() { "%Y-%m-%d %H:%M:%S%:z" } else { format };
            // A format that isn't one gives nothing.
            let items = chrono::format::StrftimeItems::new(format);
            let items: Vec<_> = items.filter(|item| *item != chrono::format::Item::Error).collect();
            post.address_date.format_with_items(items.iter()).to_string()
        }
        _ => post.meta.text(key).unwrap_or_default().to_owned(),
    }
}

/// `tag:host,2022-04-18:/path`.
pub(super) fn tag(address: &str, date: Date) -> String {
    let after = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (host, path) = after.split_at_checked(after.find('/').unwrap_or(after.len())).unwrap_or((after, ""));
    let host = Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| host.to_lowercase());
    let (path, fragment) = match path.split_once('#') {
        Some((path, fragment)) => (path, format!("/{fragment}")),
        None => (path, String::new()),
    };
    let path = path.split('?').next().unwrap_or(path);
    format!("tag:{host},{}:{path}{fragment}", date.format("%Y-%m-%d"))
}
