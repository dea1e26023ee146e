//! A folder of posts, looked at: its listing and its site's settings, no post read.

use crate::collect::files;
use crate::collect::files::{FileStamp, FolderProblem, ListLimits, Listing};
use crate::definition::{GeneratorConfig, PostsSource, SiteKind, Source};
use crate::map::posts::{Others, Site, SiteFiles, is_data};
use crate::model::{Channel, Problem};
use crate::store::KnownFile;
use crate::update::site_config::Config;
use chrono::{DateTime, Utc};
use std::path::Path;

/// A file that was written so shortly before the listing is read once more at the
/// next: it may be written again within the same tick of its file system's clock.
const SETTLING_NS: i64 = 2_000_000_000;

/// Largest data file beside posts, in bytes.
const LARGEST_DATA: u64 = 1024 * 1024;
/// Further data files beside posts are not read.
const LARGEST_DATA_COUNT: usize = 2000;
/// Files that are looked into to tell a site's generator by, and how far in bytes.
const HEADS: usize = 8;
pub(super) const HEAD: usize = 1024;

/// A folder of posts, looked at but not read.
pub struct Folder {
    /// The site's settings.
    pub site: Site,
    /// Its posts, by path.
    pub posts: Vec<FileStamp>,
    /// Pages that are no posts and that posts may link to, by path.
    beside: Vec<FileStamp>,
    /// What is wrong with the site's config or the folder.
    pub problems: Vec<Problem>,
    /// The site's config.
    pub config: Config,
    /// Whether all of it could be looked at.
    pub complete: bool,
    /// Moves when the site's config does: then every post is mapped again.
    pub fingerprint: [u8; 32],
}

impl Folder {
    /// The post at this path.
    pub(super) fn stamp(&self, path: &str) -> Option<&FileStamp> {
        at(&self.posts, path)
    }

    /// How one of its posts gets at another, or at a page beside them.
    pub fn others(&self, max_bytes: u64) -> Others<'_> {
        Others::new(move |path| {
            files::read(self.stamp(path).or_else(|| at(&self.beside, path))?, max_bytes).ok()
        })
    }
}

/// The file with this path, of files that stand in the order of their paths.
fn at<'f>(files: &'f [FileStamp], path: &str) -> Option<&'f FileStamp> {
    let place = files.binary_search_by(|stamp| stamp.path.as_str().cmp(path)).ok()?;
    files.get(place)
}

/// Lists a folder and resolves its site's settings. Blocks.
///
/// # Errors
/// The folder can't be listed.
pub fn look(source: &Source, posts: &PostsSource, sandboxed: bool) -> Result<Folder, Problem> {
    let places = places(posts)?;
    let limits = ListLimits { sandboxed, ..ListLimits::default() };
    let Listing { files, mut problems, complete } =
        files::list_in(&posts.paths, &places, &limits).map_err(|folder| at_its_line(posts, folder))?;
    let mut found = site_of(posts);
    if !places.is_empty() {
        found.posts_prefix.clear();
    }
    let unread = found.problems.first().cloned();
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
    let config = Config::of(found.config.as_ref(), unread.as_ref(), &site_problems);
    let site = site.with_fields(source.map.clone());
    problems.extend(site_problems);
    let (posts, mut beside): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| site.is_post(&file.path));
    beside.retain(|file| site.is_page(&file.path));
    Ok(Folder { site, posts, beside, problems, config, complete, fingerprint: fingerprint.into() })
}

/// The problem of a folder where the feed's file names it, if one does.
fn at_its_line(posts: &PostsSource, FolderProblem { root, problem, .. }: FolderProblem) -> Problem {
    match posts.written.get(root) {
        Some(at) => {
            let message = format!("`{}`: {}", problem.at, problem.message);
            Problem { at: at.clone(), message, ..problem }
        }
        None => problem,
    }
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

/// Where the paths of a list stand in their one site, in the list's order; none where they
/// have no site, or where there is only one.
///
/// # Errors
/// They stand in different sites, each with a config of its own: the posts of one would get
/// the addresses of the other.
fn places(posts: &PostsSource) -> Result<Vec<String>, Problem> {
    if posts.paths.len() < 2 || posts.generator_config != GeneratorConfig::Found {
        return Ok(Vec::new());
    }
    let sites: Vec<_> = posts.paths.iter().map(|path| (path, files::site_files(path))).collect();
    let mut configs = sites.iter().filter_map(|(path, site)| Some((path, &site.config.as_ref()?.0)));
    let first = configs.next();
    let other = first.and_then(|(_, first)| configs.find(|(_, config)| *config != first));
    if let (Some((one, first)), Some((path, config))) = (first, other) {
        let (one, first, config) = (one.display(), first.display(), config.display());
        let message = format!("stands in the site of `{config}`, and `{one}` in that of `{first}`");
        return Err(
            Problem::error(path.display().to_string(), message).with_help("make each a source of its own")
        );
    }
    // The others' rules can't be told by a folder that has none.
    let without = sites.first().filter(|(_, site)| site.config.is_none());
    if let (Some((one, _)), Some((path, config))) = (without, first) {
        let (one, config) = (one.display(), config.display());
        let message = format!("stands in the site of `{config}`, and `{one}` in none");
        return Err(
            Problem::error(path.display().to_string(), message).with_help("make each a source of its own")
        );
    }
    let has_site = sites.iter().all(|(_, site)| site.config.is_some());
    Ok(if has_site { sites.into_iter().map(|(_, site)| site.posts_prefix).collect() } else { Vec::new() })
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

/// What is remembered of a file that was read.
pub(super) fn record(stamp: &FileStamp, hash: [u8; 16], now: DateTime<Utc>) -> KnownFile {
    let now_ns = now.timestamp_nanos_opt().unwrap_or(i64::MAX);
    let settled = stamp.modified_ns < now_ns.saturating_sub(SETTLING_NS);
    KnownFile {
        path: stamp.path.clone(),
        modified_ns: if settled { stamp.modified_ns } else { 0 },
        size: stamp.size,
        inode: stamp.inode,
        hash,
        key: None,
        problems: Vec::new(),
        asked: Vec::new(),
    }
}
