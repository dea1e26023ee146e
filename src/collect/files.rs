//! The only place that reads posts.
//!
//! In: what `posts` names: folders, files, globs. Out: a [`Listing`] of every file
//! that may be a post, and the bytes of one. Regular files only: a pipe or device
//! is never opened, a link that leads out of the folder is named and not followed.
//! Never tells a post from another file, never says what is gone.
//!
//! Calls block: async callers go through a blocking thread.

use super::folder::{DEEPEST, base, is_glob, is_noise, is_skipped, plain};
use super::folder_problem::explain;
pub use super::folder_problem::{FolderProblem, FolderProblemKind};
pub use super::read::{ReadError, read};
pub use super::site::{SiteFiles, site_files, site_files_with_config, site_files_without_config};
pub use super::stamp::FileStamp;
use super::stamp::modified_ns;
use crate::model::Problem;
use globset::{GlobBuilder, GlobMatcher};
use std::{
    collections::HashSet,
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// How far a listing goes.
#[derive(Debug, Clone, Copy)]
pub struct ListLimits {
    /// More files than this are a mistake, not a blog.
    pub files: usize,
    /// Whether a service manager hides homes from us (`ProtectHome`): then an error
    /// about one names the way in.
    pub sandboxed: bool,
}

impl Default for ListLimits {
    fn default() -> Self {
        Self { files: 1_000_000, sandboxed: false }
    }
}

/// Every file that may be a post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// Sorted by path, each path once.
    pub files: Vec<FileStamp>,
    /// What could not be looked at.
    pub problems: Vec<Problem>,
    /// Whether all could be looked at: where not, a file that is missing here need
    /// not be gone.
    pub complete: bool,
}

/// Every file below these paths, hidden ones, packages and generators' output apart.
///
/// # Errors
/// One of the paths can't be looked at, or there are too many files.
pub fn list(paths: &[PathBuf], limits: &ListLimits) -> Result<Listing, FolderProblem> {
    list_in(paths, &[], limits)
}

/// The same with paths that count from what all of these stand in: `places` says where each
/// stands there. A file that two of them have is there once.
///
/// # Errors
/// As above.
pub fn list_in(paths: &[PathBuf], places: &[String], limits: &ListLimits) -> Result<Listing, FolderProblem> {
    let mut walk = Walk {
        limits: *limits,
        homes: Vec::new(),
        places: places.to_vec(),
        seen: HashSet::new(),
        listing: Listing { complete: true, ..Listing::default() },
    };
    let mut roots = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let root = Root::open(path).map_err(|error| explain(index, &base(path), &error, limits.sandboxed))?;
        walk.homes.push(root.real.clone());
        roots.push(root);
    }
    for (index, root) in roots.iter().enumerate() {
        walk.root(index, root)?;
    }
    let mut listing = walk.listing;
    listing.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(listing)
}

/// The folder that these paths are, without links, where they are one folder and nothing else.
pub fn one_folder(paths: &[PathBuf]) -> Option<PathBuf> {
    let [path] = paths else {
        return None;
    };
    let real = fs::canonicalize(base(&plain(path))).ok()?;
    (!is_glob(path) && real.is_dir()).then_some(real)
}

/// One file below such a folder, as a listing would have it; `None` where that may differ.
pub fn stamp(root: &Path, absolute: &Path) -> Option<FileStamp> {
    let below = absolute.strip_prefix(root).ok()?;
    let folders = below.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    let name = below.file_name()?;
    if is_noise(name)
        || folders.clone().count() >= DEEPEST
        || folders.map(|folder| root.join(folder)).any(|folder| is_skipped(&folder))
    {
        return None;
    }
    let kind = fs::symlink_metadata(absolute).ok().filter(Metadata::is_file)?;
    Some(FileStamp {
        path: below.to_str()?.to_owned(),
        absolute: absolute.to_path_buf(),
        root: 0,
        modified_ns: modified_ns(&kind),
        size: kind.len(),
        inode: kind.ino(),
    })
}

/// One of the paths, looked up.
struct Root {
    /// The folder or file, without links.
    real: PathBuf,
    /// What files have to match; by their path below `real`.
    pattern: Option<GlobMatcher>,
    is_file: bool,
}

impl Root {
    fn open(path: &Path) -> io::Result<Self> {
        let start = base(&plain(path));
        let real = fs::canonicalize(&start)?;
        let kind = fs::metadata(&real)?;
        if !kind.is_dir() && !kind.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is neither a file nor a folder"));
        }
        let pattern = if is_glob(path) { Some(matcher(&plain(path), &start)?) } else { None };
        Ok(Self { real, pattern, is_file: kind.is_file() })
    }

    fn takes(&self, below: &Path) -> bool {
        // A pattern may name folders: then all that is in them.
        self.pattern.as_ref().is_none_or(|pattern| {
            below.ancestors().any(|part| part != Path::new("") && pattern.is_match(part))
        })
    }
}

fn matcher(path: &Path, start: &Path) -> io::Result<GlobMatcher> {
    let bad = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    let below = path.strip_prefix(start).unwrap_or(path);
    let text = below.to_str().ok_or_else(|| bad("is a pattern that isn't UTF-8".to_owned()))?;
    GlobBuilder::new(text)
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| bad(format!("is no pattern: {}", error.kind())))
}

/// A folder on the way through.
struct Place {
    /// Its path below what `posts` names.
    below: PathBuf,
    /// Where it is, without links.
    folder: PathBuf,
    /// The folders above it, to know a loop by.
    way: Vec<PathBuf>,
}

struct Walk {
    limits: ListLimits,
    /// Every root: links may lead from one to another, and nowhere else.
    homes: Vec<PathBuf>,
    /// Where each root stands in what all of them stand in.
    places: Vec<String>,
    seen: HashSet<String>,
    listing: Listing,
}

impl Walk {
    fn root(&mut self, index: usize, root: &Root) -> Result<(), FolderProblem> {
        if root.is_file {
            let name = root.real.file_name().map(PathBuf::from).unwrap_or_default();
            let Ok(kind) = fs::metadata(&root.real) else {
                return Ok(());
            };
            return self.file((index, root), &name, (&root.real, &kind));
        }
        let start = Place { below: PathBuf::new(), folder: root.real.clone(), way: vec![root.real.clone()] };
        let mut places = vec![start];
        let mut linked = HashSet::new();
        while let Some(place) = places.pop() {
            let entries = match read_folder(&place.folder) {
                Ok(entries) => entries,
                Err(error) if place.below.as_os_str().is_empty() => {
                    return Err(explain(index, &place.folder, &error, self.limits.sandboxed));
                }
                Err(error) => {
                    self.unseen(&place.below, &format!("could not be looked at: {}", error.kind()));
                    continue;
                }
            };
            for (name, path) in entries {
                let below = place.below.join(&name);
                let Some((real, kind)) = self.resolve(&below, &path) else {
                    continue;
                };
                if kind.is_file() && !is_noise(&name) && root.takes(&below) {
                    self.file((index, root), &below, (&real, &kind))?;
                } else if kind.is_dir() && !is_skipped(&path) {
                    // A folder is entered by way of a link once: links can't multiply it.
                    let first = real == path || linked.insert(real.clone());
                    places.extend(self.enter(&place, below, real).filter(|_| first));
                }
            }
        }
        Ok(())
    }

    /// A folder below this one, unless that is too deep, or where we come from.
    fn enter(&mut self, from: &Place, below: PathBuf, folder: PathBuf) -> Option<Place> {
        if from.way.len() > DEEPEST {
            self.unseen(&below, &format!("is more than {DEEPEST} folders deep"));
            return None;
        }
        if from.way.contains(&folder) {
            return None;
        }
        let mut way = from.way.clone();
        way.push(folder.clone());
        Some(Place { below, folder, way })
    }

    /// The file or folder itself, where it is a link to one that may be followed.
    fn resolve(&mut self, below: &Path, path: &Path) -> Option<(PathBuf, Metadata)> {
        let kind = match fs::symlink_metadata(path) {
            Ok(kind) => kind,
            // Gone since the folder was read: no more to be said of it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                self.unseen(below, &format!("could not be looked at: {}", error.kind()));
                return None;
            }
        };
        if !kind.is_symlink() {
            return Some((path.to_path_buf(), kind));
        }
        if path.file_name().is_some_and(is_noise) {
            // Such as emacs's locks, which point nowhere.
            return None;
        }
        let Ok(real) = fs::canonicalize(path) else {
            self.warn(below, "is a link that leads nowhere");
            return None;
        };
        if !self.homes.iter().any(|home| real.starts_with(home)) {
            let message = format!("is a link out of the folder, to `{}`", real.display());
            self.warn(below, &message);
            if let Some(last) = self.listing.problems.last_mut() {
                last.help = Some("name that in `posts` too if it belongs to it".to_owned());
            }
            return None;
        }
        let kind = fs::metadata(&real).ok()?;
        Some((real, kind))
    }

    fn file(
        &mut self,
        (index, root): (usize, &Root),
        below: &Path,
        (real, kind): (&Path, &Metadata),
    ) -> Result<(), FolderProblem> {
        if self.listing.files.len() >= self.limits.files {
            return Err(FolderProblem {
                kind: FolderProblemKind::TooMany,
                root: index,
                problem: Problem::error(
                    root.real.display().to_string(),
                    format!("has more than {} files", self.limits.files),
                ),
            });
        }
        let path = match self.places.get(index).map(|place| place.trim_matches('/')) {
            Some(place) => {
                let path = format!("{place}/{}", shown(below)).trim_start_matches('/').to_owned();
                if !self.seen.insert(path.clone()) {
                    return Ok(());
                }
                path
            }
            None => self.distinct(shown(below), &root.real),
        };
        self.listing.files.push(FileStamp {
            path,
            absolute: real.to_path_buf(),
            root: index,
            modified_ns: modified_ns(kind),
            size: kind.len(),
            inode: kind.ino(),
        });
        Ok(())
    }

    /// A path that no other file of this listing has.
    fn distinct(&mut self, path: String, root: &Path) -> String {
        // A name like `_posts` would hide it from generators.
        let mut names = root.ancestors().filter_map(|part| part.file_name()?.to_str());
        let folder = names.find(|name| !name.starts_with('_')).unwrap_or("other");
        let mut candidate = path;
        while !self.seen.insert(candidate.clone()) {
            candidate = format!("{folder}/{candidate}");
        }
        candidate
    }

    fn warn(&mut self, below: &Path, message: &str) {
        self.listing.problems.push(Problem::warning(shown(below), message));
    }

    fn unseen(&mut self, below: &Path, message: &str) {
        self.listing.complete = false;
        self.listing.problems.push(Problem::error(shown(below), message));
    }
}

/// A folder's entries, sorted, so that every listing goes the same way.
fn read_folder(folder: &Path) -> io::Result<Vec<(std::ffi::OsString, PathBuf)>> {
    let mut entries = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| (entry.file_name(), entry.path())))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn shown(below: &Path) -> String {
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
