//! A folder of posts, looked at: its listing and its site's settings, no post read.

use crate::collect::files;
use crate::collect::files::{FileStamp, ListLimits, Listing};
use crate::definition::{GeneratorConfig, PostsSource, SiteKind, Source};
use crate::map::posts::{Others, Site, SiteFiles, is_data};
use crate::model::{Channel, Problem};
use std::path::Path;

/// Largest data file beside posts, in bytes.
const LARGEST_DATA: u64 = 1024 * 1024;
/// Further data files beside posts are not read.
const LARGEST_DATA_COUNT: usize = 2000;
/// Files that are looked into to tell a site's generator by, and how far in bytes.
const HEADS: usize = 8;
const HEAD: usize = 1024;

/// A folder of posts, looked at but not read.
pub struct Folder {
    /// The site's settings.
    pub site: Site,
    /// Its posts, by path.
    pub posts: Vec<FileStamp>,
    /// What is wrong with the site's config or the folder.
    pub problems: Vec<Problem>,
    /// Whether all of it could be looked at.
    pub complete: bool,
    /// Moves when the site's config does: then every post is mapped again.
    pub fingerprint: [u8; 32],
}

impl Folder {
    /// How one of its posts gets at another.
    pub fn others(&self, max_bytes: u64) -> Others<'_> {
        Others::new(move |path| {
            let place = self.posts.binary_search_by(|stamp| stamp.path.as_str().cmp(path)).ok()?;
            files::read(self.posts.get(place)?, max_bytes).ok()
        })
    }
}

/// Lists a folder and resolves its site's settings. Blocks.
///
/// # Errors
/// The folder can't be listed.
pub fn look(source: &Source, posts: &PostsSource, sandboxed: bool) -> Result<Folder, Problem> {
    let limits = ListLimits { sandboxed, ..ListLimits::default() };
    let Listing { files, mut problems, complete } =
        files::list(&posts.paths, &limits).map_err(|folder| folder.problem)?;
    let mut found = site_of(posts);
    problems.append(&mut found.problems);
    let mut found =
        SiteFiles { paths: files.iter().map(|file| file.path.clone()).collect(), ..gathered(found) };
    found.data.extend(data_among(&files, &found.posts_prefix, &mut problems));
    if posts.site == SiteKind::Auto && found.config.is_none() {
        found.heads = heads(&files);
    }
    let (site, site_problems) = Site::resolve(posts, &found);
    // Of the heads only what they decided: a post that is edited moves nothing here.
    let said = (&found.config, &found.authors, &found.data, site.generator());
    let fingerprint = blake3::hash(format!("{said:?}{}", crate::map::VERSION).as_bytes());
    let site = site.with_fields(source.map.clone());
    problems.extend(site_problems);
    let posts = files.into_iter().filter(|file| site.is_post(&file.path)).collect();
    Ok(Folder { site, posts, problems, complete, fingerprint: fingerprint.into() })
}

/// What the site of a folder of posts says of itself. Blocks.
pub fn channel(posts: &PostsSource) -> Channel {
    Site::resolve(posts, &gathered(site_of(posts))).0.channel()
}

/// The site that posts belong to, by the config that their source names.
fn site_of(posts: &PostsSource) -> files::SiteFiles {
    let named = posts.paths.first().map_or(Path::new("."), |path| path.as_path());
    match &posts.generator_config {
        GeneratorConfig::Found => files::site_files(named),
        GeneratorConfig::None => files::site_files_without_config(named),
        GeneratorConfig::File(config) => files::site_files_with_config(named, config),
    }
}

fn gathered(found: files::SiteFiles) -> SiteFiles {
    SiteFiles {
        root: found.root,
        config: found.config,
        authors: found.authors,
        posts_prefix: found.posts_prefix,
        data: found.data,
        ..SiteFiles::default()
    }
}

/// The listed files that say something of posts without being any.
fn data_among(files: &[FileStamp], prefix: &str, problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let prefix = prefix.trim_matches('/');
    let slash = if prefix.is_empty() { "" } else { "/" };
    let whole = |stamp: &FileStamp| format!("{prefix}{slash}{}", stamp.path);
    let mut found = Vec::new();
    for stamp in files.iter().filter(|stamp| is_data(&whole(stamp))).take(LARGEST_DATA_COUNT) {
        match files::read(stamp, LARGEST_DATA) {
            Ok(bytes) => found.push((whole(stamp), String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) => problems.push(error.at(stamp)),
        }
    }
    found
}

/// How the first Markdown files begin.
fn heads(files: &[FileStamp]) -> Vec<String> {
    let is_markdown = |stamp: &&FileStamp| {
        let name = stamp.path.rsplit('/').next().unwrap_or_default();
        matches!(name.rsplit_once('.'), Some((_, "md" | "markdown")))
            && !name.eq_ignore_ascii_case("readme.md")
    };
    let read = |stamp: &FileStamp| {
        let bytes = files::read(stamp, LARGEST_DATA).ok()?;
        let head = bytes.get(..HEAD).unwrap_or(&bytes);
        Some(String::from_utf8_lossy(head).into_owned())
    };
    files.iter().filter(is_markdown).take(HEADS).filter_map(read).collect()
}
