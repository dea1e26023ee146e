//! The site's existing feed: named by `--feed`, or found where the site is written to.

use crate::cli::Failure;
use crate::cli::init::Init;
use crate::cli::init::Surroundings;
use crate::cli::init::generators::OwnFeed;
use crate::cli::init::lookup;
use crate::cli::init::lookup::Read;
use crate::cli::is_url;
use crate::model::Alias;
use crate::model::Format;
use crate::model::show_path;
use std::path::Path;
use std::path::PathBuf;
use url::Url;

/// What generators and themes call a site's feed.
const USUAL: [&str; 8] = [
    "feed.xml",
    "atom.xml",
    "rss2.xml",
    "rss.xml",
    "index.xml",
    "feed/feed.xml",
    "feeds/all.atom.xml",
    "feed.json",
];

/// Files of `feeds/` that are looked at.
const MOST_FILES: usize = 100;

/// What was found of the site's own feed.
#[derive(Default)]
pub(super) struct OldFeed {
    /// The feed to compare with.
    pub(super) read: Option<Read>,
    /// Its Atom id, or that of another format of it.
    pub(super) id: Option<String>,
    /// Addresses of feeds that were found, with the site's path.
    pub(super) addresses: Vec<Alias>,
    /// What was found and is no feed.
    pub(super) notes: Vec<String>,
}

/// Looks for it. `base_path` is the path of the site's address, without a slash at its end.
pub(super) async fn find(
    init: &Init,
    (root, base_path): (&Path, &str),
    own: &OwnFeed,
    with: &Surroundings<'_>,
) -> Result<OldFeed, Failure> {
    let mut found = OldFeed::default();
    if let Some(named) = &init.feed {
        let read = if is_url(named) {
            lookup::fetch(named, with).await?
        } else {
            lookup::file(&with.current.join(named), named)?
        };
        let path = address_of(&read, named, (root, base_path), own, with);
        found.take(read, path);
    }
    for (file, below) in candidates(root, own) {
        let shown = show_path(&file, with.current);
        match lookup::file(&file, &shown) {
            Ok(read) => found.take(read, Some(format!("{base_path}/{below}"))),
            // Only what the site's config names has to be a feed.
            Err(failure) if own.addresses.iter().any(|alias| alias.path == format!("/{below}")) => {
                found.notes.extend(failure.told);
            }
            Err(_) => {}
        }
    }
    Ok(found)
}

impl OldFeed {
    fn take(&mut self, read: Read, path: Option<String>) {
        let Some(format) = format_of(&read.feed.format) else {
            return;
        };
        let is_new = |path: &String| !self.addresses.iter().any(|known| known.path == *path);
        if let Some(path) = path.filter(is_new) {
            self.addresses.push(Alias { path, format });
        }
        if self.id.is_none() && format == Format::Atom && !read.feed.channel.id.is_empty() {
            self.id = Some(read.feed.channel.id.clone());
        }
        // A feed without entries says nothing.
        if self.read.is_none() && !read.feed.entries.is_empty() {
            self.read = Some(read);
        }
    }
}

/// The public path of a feed that was named: that of its URL, of its place in the output
/// folder, else what it says of itself.
fn address_of(
    read: &Read,
    named: &str,
    (root, base_path): (&Path, &str),
    own: &OwnFeed,
    with: &Surroundings<'_>,
) -> Option<String> {
    let path_of = |url: &str| Url::parse(url).ok().map(|url| url.path().to_owned());
    if is_url(named) {
        return path_of(&read.at);
    }
    let file = std::fs::canonicalize(with.current.join(named)).ok()?;
    let below = own.outputs.iter().find_map(|output| file.strip_prefix(root.join(output)).ok());
    below
        .map(|below| format!("{base_path}/{}", below.to_string_lossy()))
        .or_else(|| path_of(read.self_url.as_deref()?))
}

/// Files in the output folders that are the site's feed by their names, the likeliest first.
fn candidates(root: &Path, own: &OwnFeed) -> Vec<(PathBuf, String)> {
    let whole = own.addresses.iter().filter(|alias| !alias.path.contains(":slug"));
    let mut names: Vec<String> = whole.map(|alias| alias.path.trim_start_matches('/').to_owned()).collect();
    names.extend(USUAL.map(str::to_owned));
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    for output in &own.outputs {
        let folder = root.join(output);
        let mut names = names.clone();
        if !folder.join("feeds/all.atom.xml").exists() {
            names.extend(in_feeds(&folder));
        }
        for name in names {
            let file = folder.join(&name);
            if file.is_file() && !found.iter().any(|(known, _)| *known == file) {
                found.push((file, name));
            }
        }
    }
    found
}

/// `feeds/*.xml` of an output folder, where one of them alone is the whole site's feed.
fn in_feeds(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder.join("feeds")).ok()?;
    let names =
        entries.take(MOST_FILES).flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| is_xml(name)).collect();
    names.sort();
    let whole = names.iter().find(|name| name.starts_with("all.")).or_else(|| names.first())?;
    Some(format!("feeds/{whole}"))
}

/// The format of ours that stands in for one that was read.
fn format_of(format: &str) -> Option<Format> {
    match format.split(' ').next()? {
        "atom" => Some(Format::Atom),
        "rss" | "cdf" => Some(Format::Rss),
        "json" => Some(Format::Json),
        _ => None,
    }
}

fn is_xml(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}
