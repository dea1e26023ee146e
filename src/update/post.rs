//! A post that stands at a URL, read like a file that is named by itself.
//!
//! In: its source, and what its origin answered. Out: a document with the one entry, or
//! none where its site would not publish it. Asks for nothing beside it: what other files
//! would say of it isn't known.

use crate::collect::files;
use crate::definition::{GeneratorConfig, PostsSource, Source};
use crate::map::feed::MappedFeed;
use crate::map::posts::{Others, Site, SiteFiles};
use crate::model::Problem;
use crate::parse::feed::Hints;
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use std::path::{Path, PathBuf};
use url::Url;

/// The folders that only sites have: what stands before them is no part of a post's path.
const ROOTS: [&str; 4] = ["_posts", "_drafts", "source", "content"];

/// What a post's origin answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The post.
    pub body: &'a [u8],
    /// As the origin calls it.
    pub content_type: Option<&'a str>,
    /// As the source names it: where it was moved to gives a post no other name.
    pub address: &'a str,
}

/// A post, and the site that it was read by.
pub struct Posted {
    /// With one entry, or none.
    pub mapped: MappedFeed,
    /// Resolved from the source's keys, its path and the post itself.
    pub site: Site,
}

/// Reads a post. Blocks where the source names the site's config.
///
/// # Errors
/// The answer is a page, and none was asked for.
pub fn post(
    source: &Source,
    posts: &PostsSource,
    answer: Answer<'_>,
    now: DateTime<Utc>,
) -> Result<Posted, Problem> {
    let Answer { body, content_type, address } = answer;
    if body.trim_ascii().is_empty() {
        return Err(Problem::error(address, "the answer is empty"));
    }
    let (prefix, name) = place(address);
    if is_page(body, content_type, &name) {
        let help = "name the address of the file itself, as `raw.githubusercontent.com` has it";
        return Err(Problem::error(address, "answered a page, no post").with_help(help));
    }
    let posts = PostsSource { paths: vec![PathBuf::from(&name)], ..posts.clone() };
    let found = SiteFiles {
        root: PathBuf::from(address),
        config: config(&posts),
        paths: vec![name.clone()],
        posts_prefix: prefix,
        heads: vec![String::from_utf8_lossy(body.get(..super::folder::HEAD).unwrap_or(body)).into_owned()],
        ..SiteFiles::default()
    };
    let (site, mut problems) = Site::resolve(&posts, &found);
    let site = site.with_fields(source.map.clone());
    let mut entries = Vec::new();
    if site.is_post(&name) {
        let mapped = site.map(&name, body, &Others::none(), now);
        let at = |problem: Problem| match problem.at.strip_prefix(&name) {
            Some(place) => Problem { at: format!("{address}{place}"), ..problem },
            None => problem,
        };
        problems.extend(mapped.problems.into_iter().map(at));
        entries.extend(mapped.entry);
    }
    let (channel, format) = (site.channel(), site.generator().to_owned());
    let hints = Hints::default();
    Ok(Posted {
        mapped: MappedFeed {
            channel,
            format,
            entries,
            complete: true,
            hints,
            problems,
            ..MappedFeed::default()
        },
        site,
    })
}

/// Whether it is a whole page, or called one where the file's name is no page's.
fn is_page(body: &[u8], content_type: Option<&str>, name: &str) -> bool {
    let start = body.trim_ascii_start();
    let begins =
        |with: &str| start.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    let is_called = content_type.is_some_and(|kind| kind.trim_start().starts_with("text/html"));
    let may_be = name.rsplit('.').next().is_some_and(|end| matches!(end, "html" | "htm"));
    begins("<!doctype html") || begins("<html") || is_called && !may_be
}

/// The folders of an address that a site has, and the name of its file.
fn place(address: &str) -> (String, String) {
    let url = Url::parse(address).ok();
    let path = url.as_ref().map(Url::path).unwrap_or_default();
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().replace('/', "-");
    let mut folders: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let name = folders.pop().unwrap_or_else(|| "index.html".to_owned());
    let root = folders.iter().position(|folder| ROOTS.contains(&folder.as_str()));
    (root.and_then(|root| folders.get(root..)).unwrap_or_default().join("/"), name)
}

/// The site's config, where the source names a file.
fn config(posts: &PostsSource) -> Option<(PathBuf, String)> {
    match &posts.generator_config {
        GeneratorConfig::File(config) => files::site_files_with_config(Path::new("."), config).config,
        GeneratorConfig::Found | GeneratorConfig::None => None,
    }
}
