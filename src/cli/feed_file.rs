//! Writing feed files for people to go on with: ids that are free, YAML that is read
//! back as it was meant, and never a file that is there already.

use crate::cli::Failure;
use crate::definition::Definition;
use crate::definition::Loaded;
use crate::definition::SourceKind;
use crate::definition::is_id;
use crate::definition::is_reserved;
use crate::map::same_address;
use crate::model::Problem;
use crate::model::show_path;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// The longest id that is made up, in bytes.
const LONGEST_ID: usize = 60;

/// The folder of feeds as it was found.
pub(super) struct Folder {
    path: PathBuf,
    current: PathBuf,
    /// Ids in use, of files that can't be used too.
    ids: BTreeSet<String>,
    /// Aliases in use, by path.
    aliases: HashMap<String, String>,
    /// Feed URLs that are collected already, without what moves, and where.
    urls: HashMap<String, PathBuf>,
    /// Posts that are collected already, by their real place, and where.
    posts: HashMap<PathBuf, PathBuf>,
}

impl Folder {
    /// Looks at every feed file that is there; a folder that isn't there yet is empty.
    pub(super) fn look(path: &Path, current: &Path, defaults: &crate::model::Defaults) -> Self {
        let loaded = if path.exists() { crate::definition::load(path, defaults) } else { Loaded::default() };
        let mut ids: BTreeSet<String> = loaded.broken.iter().cloned().collect();
        let (mut aliases, mut urls, mut posts) = (HashMap::new(), HashMap::new(), HashMap::new());
        for Definition { outlet, sources, file, .. } in &loaded.definitions {
            ids.insert(outlet.id.clone());
            aliases.extend(outlet.aliases.iter().map(|alias| (alias.path.clone(), outlet.id.clone())));
            for source in sources {
                match &source.kind {
                    SourceKind::Feed(feed) => {
                        urls.insert(same_address::canonical(&feed.url), file.clone());
                    }
                    SourceKind::Posts(of) => {
                        let real = of.paths.iter().filter_map(|path| fs::canonicalize(path).ok());
                        posts.extend(real.map(|path| (path, file.clone())));
                    }
                    SourceKind::From(_) => {}
                }
            }
        }
        Self { path: path.to_owned(), current: current.to_owned(), ids, aliases, urls, posts }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The feed that has this alias, or this address for its own.
    pub(super) fn owner_of(&self, path: &str) -> Option<&str> {
        let first = path.trim_start_matches('/').split(['/', '.']).next().unwrap_or_default();
        let is_own = path.rsplit_once('.').is_some_and(|(stem, end)| {
            matches!(end, "atom" | "rss" | "json") && stem.trim_start_matches('/') == first
        });
        let own = || self.ids.get(first).filter(|_| is_own).map(String::as_str);
        self.aliases.get(path).map(String::as_str).or_else(own)
    }

    /// The file that collects this URL already.
    pub(super) fn collects(&self, url: &str) -> Option<String> {
        self.urls.get(&same_address::canonical(url)).map(|file| show_path(file, &self.current))
    }

    /// The file that collects these posts already, or the folder that they are in; `path`
    /// is their real place.
    pub(super) fn collects_posts(&self, path: &Path) -> Option<String> {
        let file = path.ancestors().find_map(|folder| self.posts.get(folder))?;
        Some(show_path(file, &self.current))
    }

    /// The files that collect some of what is below this folder.
    pub(super) fn collects_below(&self, path: &Path) -> Vec<String> {
        let below = self.posts.iter().filter(|(known, _)| known.starts_with(path));
        let files: BTreeSet<String> = below.map(|(_, file)| show_path(file, &self.current)).collect();
        files.into_iter().collect()
    }

    /// Notes that a URL is collected from now on.
    pub(super) fn note(&mut self, url: &str, file: &Path) {
        self.urls.insert(same_address::canonical(url), file.to_owned());
    }

    /// An id that is asked for, refused where it can't be one or is taken.
    pub(super) fn take(&mut self, id: &str) -> Result<String, Failure> {
        if !is_id(id) {
            return Err(Failure::new(format!(
                "`{id}` cannot be a feed's id: letters a-z, digits, `-` and `_`, no `-` or `_` in front\n  help: name another with `--id ID`"
            )));
        }
        if is_reserved(id) {
            return Err(Failure::new(format!(
                "`{id}` cannot be a feed's id: its address is taken\n  help: name another with `--id ID`"
            )));
        }
        if !self.ids.insert(id.to_owned()) {
            return Err(Failure::new(format!(
                "there is a feed `{id}` already in {}; nothing was written\n  help: name another with `--id ID`",
                show_path(&self.path, &self.current)
            )));
        }
        Ok(id.to_owned())
    }

    /// The first free id made of one of these names.
    pub(super) fn make_up(&mut self, names: &[impl AsRef<str>]) -> String {
        let base = names.iter().find_map(|name| slug(name.as_ref())).unwrap_or_else(|| "feed".to_owned());
        let base = if is_reserved(&base) { format!("{base}-feed") } else { base };
        let mut id = base.clone();
        let mut number = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        id
    }

    /// Writes a new file below the folder, which is made where it isn't there.
    pub(super) fn write(&self, groups: &[String], id: &str, text: &str) -> Result<PathBuf, Failure> {
        let mut place = self.path.clone();
        place.extend(groups);
        let cannot = |place: &Path, error: &std::io::Error| {
            let shown = show_path(place, &self.current);
            Failure::new(match error.kind() {
                ErrorKind::AlreadyExists => {
                    format!(
                        "`{shown}` is there already; nothing was written\n  help: name another with `--id ID`"
                    )
                }
                _ => format!("`{shown}` could not be written: {error}"),
            })
        };
        fs::create_dir_all(&place).map_err(|error| cannot(&place, &error))?;
        place.push(format!("{id}.yaml"));
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&place);
        let mut file = file.map_err(|error| cannot(&place, &error))?;
        if let Err(error) = file.write_all(text.as_bytes()) {
            // Nothing half-written stays behind.
            let _ = fs::remove_file(&place);
            return Err(cannot(&place, &error));
        }
        Ok(place)
    }

    /// What is wrong with a feed that was written.
    pub(super) fn problems(&self, file: &Path, defaults: &crate::model::Defaults) -> Vec<Problem> {
        let shown = show_path(file, &self.current);
        let loaded = crate::definition::load(&self.path, defaults);
        let of_file = |problem: &Problem| {
            problem
                .at
                .strip_prefix(shown.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        loaded.problems.into_iter().filter(of_file).collect()
    }

    pub(super) fn shown(&self, file: &Path) -> String {
        show_path(file, &self.current)
    }
}

/// `Example, Inc.` → `example-inc`; `None` where too little is left: a title in Chinese
/// has no slug, and one of its years is none.
pub(super) fn slug(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let letters = lower.chars().filter(|letter| letter.is_alphanumeric()).count();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut slug = words.join("-");
    if slug.len() > LONGEST_ID {
        slug.truncate(LONGEST_ID);
        slug.truncate(slug.rfind('-').unwrap_or(LONGEST_ID));
    }
    let kept = words.concat().len();
    (kept > 0 && kept * 2 > letters).then_some(slug)
}

/// The host of an address without `www.`.
pub(super) fn host(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// A text as a YAML scalar that is read back as this text.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || " -_./()'+%@~".contains(letter);
    let is_address = (text.starts_with("http://") || text.starts_with("https://"))
        && !text.contains(|letter: char| {
            letter.is_whitespace() || letter.is_control() || "#\"'`{}[],".contains(letter)
        })
        && !text.ends_with(':');
    let begins = text.starts_with(|first: char| first.is_alphabetic() || first == '/' || first == '.');
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | ".inf" | ".nan" | "." | ".." | "..."
    );
    if is_address || begins && !is_word && !text.ends_with(' ') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            _ if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A text in a comment: one line.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// How to write a path in a file of `folder`, so that it is found from there.
pub(super) fn relative(folder: &Path, target: &Path) -> PathBuf {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), target.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let mut path: PathBuf = from.iter().skip(shared).map(|_| "..").collect();
    path.extend(to.iter().skip(shared));
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_read_back() {
        for text in [
            "Plain title",
            "财经晨报",
            "a: b",
            "a #b",
            "true",
            "Null",
            "2026",
            "1.0",
            "- x",
            "it's",
            "\"q\"",
            "back\\slash",
            "https://x.example/?a=1&b=2",
            "https://x.example/#top",
            "",
            " lead",
            "trail ",
            "...",
            "{{ x }}",
            "*a",
            "&a",
            "!t",
            "%x",
            "@x",
            "tab\there",
            "é\u{2028}x",
            "[x]",
            "#x",
            "/a/b c",
            "../a",
            "~",
            "C++: the \"end\"",
            "\u{7f}",
            "https://x.example/:",
        ] {
            let yaml = format!("key: {}\n", scalar(text));
            let node = crate::yaml::read(&yaml).unwrap().unwrap();
            assert_eq!(node.get("key").and_then(crate::yaml::Node::text), Some(text), "{yaml}");
        }
    }

    #[test]
    fn a_slug_needs_letters() {
        for (name, wanted) in [
            ("Example, Inc.", Some("example-inc")),
            ("xkcd.com", Some("xkcd-com")),
            ("金融消息", None),
            ("2026 年度报告与展望", None),
            ("!!!", None),
        ] {
            assert_eq!(slug(name).as_deref(), wanted, "{name}");
        }
        let long = slug(&"word ".repeat(40)).unwrap();
        assert!(long.len() <= LONGEST_ID && long.ends_with("word"), "{long}");
    }

    #[test]
    fn a_path_is_found_from_the_folder_of_the_file() {
        for (folder, target, wanted) in [
            ("/etc/mill/feeds", "/etc/mill/site", "../site"),
            ("/etc/mill/feeds", "/srv/blog", "../../../srv/blog"),
            ("/srv/blog", "/srv/blog", "."),
        ] {
            assert_eq!(relative(Path::new(folder), Path::new(target)), Path::new(wanted));
        }
    }
}
