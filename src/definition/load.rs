//! The folder of feeds → every definition in it, and every problem.

use crate::definition::Defaults;
use crate::definition::alias;
use crate::definition::alias::OfFeed;
use crate::definition::among;
use crate::definition::among::Named;
use crate::definition::among::Reference;
use crate::definition::feed;
use crate::definition::feed::FeedFile;
use crate::definition::id::{is_id, is_reserved};
use crate::definition::loaded::Loaded;
use crate::model::Problem;
use crate::model::show_path;
use crate::yaml;
use crate::yaml::Faults;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

/// Folders in folders beyond this are not looked into.
const DEEPEST_GROUP: usize = 8;
/// A feed's file is written by hand.
const LARGEST_FILE: u64 = 4 << 20;

/// Reads every `.yaml` and `.yml` file in a folder and the folders below it. A bad file
/// never stops another. Problems name a file from the current folder where it lies below.
pub fn load(dir: &Path, defaults: &Defaults) -> Loaded {
    let current = std::env::current_dir().unwrap_or_default();
    let mut loaded = Loaded::default();
    let mut files = Vec::new();
    let mut walk = Walk {
        current: &current,
        files: &mut files,
        problems: &mut loaded.problems,
        incomplete: &mut loaded.incomplete,
        seen: HashSet::new(),
    };
    walk.folder(&current.join(dir), &[]);
    let mut by_id: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for found in files {
        by_id.entry(found.id.clone()).or_default().push(found);
    }
    let ids: Vec<String> = by_id.keys().cloned().collect();
    let mut aliases = Vec::new();
    let mut named = Vec::new();
    for (id, found) in by_id {
        match found.as_slice() {
            [found] => {
                let (of_feed, references) = load_file(found, defaults, &current, &mut loaded);
                aliases.push(of_feed);
                named.extend(references.map(|references| Named {
                    id: id.clone(),
                    shown: found.shown.clone(),
                    references,
                }));
            }
            twins => {
                refuse_twins(&id, twins, &mut loaded.problems);
                loaded.broken.push(id);
            }
        }
    }
    for (feed, problem) in alias::clashes(&aliases, &ids) {
        loaded.problems.push(problem);
        loaded.definitions.retain(|definition| definition.outlet.id != feed);
        if !loaded.broken.contains(&feed) {
            loaded.broken.push(feed);
        }
    }
    among::check(&mut loaded, &named);
    loaded
}

/// `YAML` and the like, which differ from what is read in case alone.
fn is_shouted(ending: &OsStr) -> bool {
    ending.eq_ignore_ascii_case("yaml") || ending.eq_ignore_ascii_case("yml")
}

/// A feed's file.
struct Found {
    path: PathBuf,
    shown: String,
    id: String,
    group: Vec<String>,
}

struct Walk<'a> {
    current: &'a Path,
    files: &'a mut Vec<Found>,
    problems: &'a mut Vec<Problem>,
    incomplete: &'a mut bool,
    /// Folders by their real paths: a link that leads back up ends there.
    seen: HashSet<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, group: &[String]) {
        if let Ok(real) = std::fs::canonicalize(folder)
            && !self.seen.insert(real)
        {
            return;
        }
        let shown = show_path(folder, self.current);
        let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut paths: Vec<PathBuf> = match entries {
            Ok(entries) => entries.iter().map(std::fs::DirEntry::path).collect(),
            Err(error) => {
                let problem = Problem::error(shown, format!("the folder of feeds cannot be read: {error}"));
                let help = "make it, or name another with `feeds` in the configuration or `--feeds DIR`";
                self.problems.push(problem.with_help(help));
                *self.incomplete = true;
                return;
            }
        };
        paths.sort();
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // Hidden ones are an editor's or a version control's own.
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                let below: Vec<String> = group.iter().cloned().chain([name]).collect();
                if below.len() <= DEEPEST_GROUP {
                    self.folder(&path, &below);
                }
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                self.file(path, group);
            } else if path.extension().is_some_and(is_shouted) {
                let shown = show_path(&path, self.current);
                let help = format!("rename it to `{}`", path.with_extension("yaml").display());
                let message = "is not read: a feed's file ends in `.yaml`";
                self.problems.push(Problem::warning(format!("{shown}:1:1"), message).with_help(help));
            }
        }
    }

    fn file(&mut self, path: PathBuf, group: &[String]) {
        let shown = show_path(&path, self.current);
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if !is_id(&id) {
            let message = format!(
                "`{id}` cannot be a feed's id: letters a-z, digits, `-` and `_`, no `-` or `_` in front"
            );
            self.problems.push(Problem::error(format!("{shown}:1:1"), message).with_help("rename the file"));
        } else if is_reserved(&id) {
            let message = format!("`{id}` cannot be a feed's id: its address is taken");
            self.problems.push(Problem::error(format!("{shown}:1:1"), message).with_help("rename the file"));
        } else {
            self.files.push(Found { path, shown, id, group: group.to_vec() });
        }
    }
}

fn refuse_twins(id: &str, twins: &[Found], problems: &mut Vec<Problem>) {
    let [first, others @ ..] = twins else { return };
    for other in others {
        let message = format!("two files for the feed `{id}`, the other is `{}`", first.shown);
        problems
            .push(Problem::error(format!("{}:1:1", other.shown), message).with_help("rename one of them"));
    }
}

/// Reads one file; its aliases have to be looked at beside those of the others, and what
/// a sound file says of other feeds.
fn load_file(
    found: &Found,
    defaults: &Defaults,
    current: &Path,
    loaded: &mut Loaded,
) -> (OfFeed, Option<Vec<Reference>>) {
    let mut of_feed = OfFeed { id: found.id.clone(), shown: found.shown.clone(), aliases: Vec::new() };
    let tree = match read_tree(found) {
        Ok(tree) => tree,
        Err(problem) => {
            loaded.problems.push(problem);
            loaded.broken.push(found.id.clone());
            return (of_feed, None);
        }
    };
    let folder = found.path.parent().unwrap_or(current);
    let base = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let file = FeedFile { path: &found.path, base: &base, id: &found.id, group: &found.group };
    let mut faults = Faults::default();
    let read = feed::read(&tree, &file, defaults, &mut faults);
    faults.found.sort_by_key(|fault| (fault.line, fault.column));
    let broken = faults.found.iter().any(|fault| !fault.warning);
    for fault in faults.found {
        let at = format!("{}:{}:{}", found.shown, fault.line, fault.column);
        let problem = if fault.warning {
            Problem::warning(at, fault.message)
        } else {
            Problem::error(at, fault.message)
        };
        loaded.problems.push(match fault.help {
            Some(help) => problem.with_help(help),
            None => problem,
        });
    }
    of_feed.aliases = read.aliases;
    if broken {
        loaded.broken.push(found.id.clone());
        return (of_feed, None);
    }
    let assumed = read.timezone_assumed.into_iter().map(|source| (found.id.clone(), source));
    loaded.timezone_assumed.extend(assumed);
    loaded.definitions.push(read.definition);
    (of_feed, Some(read.references))
}

fn read_tree(found: &Found) -> Result<Node, Problem> {
    let unreadable =
        |reason: String| Problem::error(&found.shown, format!("the file cannot be read: {reason}"));
    let kind = std::fs::metadata(&found.path).map_err(|error| unreadable(error.to_string()))?;
    // To read a pipe is to wait for whoever writes into it.
    if !kind.is_file() {
        return Err(unreadable("it is a pipe, a socket or a device".into()));
    }
    if kind.len() > LARGEST_FILE {
        return Err(unreadable("it is larger than 4 MiB".into()));
    }
    let bytes = std::fs::read(&found.path).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
        Problem::error(format!("{}:{line}:1", found.shown), "the file is not UTF-8")
            .with_help("save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let tree = yaml::read(text).map_err(|error| {
        Problem::error(format!("{}:{}:{}", found.shown, error.line, error.column), error.message)
    })?;
    if let Some((line, column)) = yaml::second_document(text) {
        let message = "a second YAML document begins here, and only the first would be read";
        let problem = Problem::error(format!("{}:{line}:{column}", found.shown), message);
        return Err(problem.with_help("take the line `---` out, or make it a file of its own"));
    }
    Ok(tree.unwrap_or(Node { value: Value::Map(Vec::new()), line: 1, column: 1 }))
}
