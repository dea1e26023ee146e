//! `feedmill import FILE.opml`: one feed file for each subscription, groups as folders.
//! Never overwrites: what is collected already is skipped, so that a second import of
//! a list writes what is new in it. Exit 1 where the file is no list.

use crate::cli::feed_file::{Folder, comment, host, scalar};
use crate::cli::out::say;
use crate::cli::{Failure, Global, Outcome, Output, config};
use crate::collect::is_own;
use crate::config::Environment;
use crate::model::{Problem, parse_web_url};
use crate::parse::feed::{Subscription, subscriptions};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Larger lists are not read.
const LARGEST: u64 = 16 << 20;
/// Groups beyond this stay together: deeper folders are not looked into.
const DEEPEST_GROUP: usize = 8;
/// The longest name of a folder, in bytes.
const LONGEST_GROUP: usize = 120;

#[derive(Debug, Args)]
pub(super) struct Import {
    /// A list of subscriptions, as readers export it
    #[arg(value_name = "FILE.opml")]
    file: PathBuf,
}

/// What became of one subscription.
enum Done {
    Written { feed: String, file: String, url: String },
    Skipped { url: String, title: Option<String>, reason: String },
}

pub(super) fn run(import: &Import, global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    let path = environment.current().join(&import.file);
    let at = import.file.display().to_string();
    let unreadable = |error: std::io::Error| Failure::new(format!("`{at}` cannot be read: {error}"));
    if std::fs::metadata(&path).map_err(unreadable)?.len() > LARGEST {
        return Err(Failure::new(format!("`{at}` cannot be read: it is larger than 16 MiB")));
    }
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    let list = subscriptions(&bytes, &at).map_err(|why| Failure::new(format!("{at}: {why}")))?;
    let mut folder = Folder::look(&config.feeds, environment.current(), &config.defaults);
    let mut done = Vec::new();
    for feed in &list.feeds {
        done.push(write(&mut folder, feed, &config.base_url)?);
    }
    match global.format {
        Output::Json => say!("{}", as_json(&done, &list.problems)),
        Output::Text => tell(&done, &list.problems),
    }
    Ok(ExitCode::SUCCESS)
}

fn write(folder: &mut Folder, feed: &Subscription, base_url: &str) -> Result<Done, Failure> {
    let skipped = |reason: String| Done::Skipped { url: shown(&feed.url), title: feed.title.clone(), reason };
    let url = match usable(&feed.url) {
        Ok(url) => url,
        Err(reason) => return Ok(skipped(reason)),
    };
    if is_own(&url, base_url) {
        return Ok(skipped("it is our own address, which is never fetched".to_owned()));
    }
    if let Some(file) = folder.collects(&url) {
        return Ok(skipped(format!("it is collected already, in {file}")));
    }
    let host = host(&url).unwrap_or_default();
    let id = folder.make_up(&[feed.title.as_deref().unwrap_or_default(), &host]);
    let file = folder.write(&groups(&feed.groups), &id, &text(feed, &url))?;
    folder.note(&url, &file);
    Ok(Done::Written { feed: id, file: folder.shown(&file), url })
}

/// An address without its user and password.
fn shown(written: &str) -> String {
    match (written.split_once("://"), written.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => written.to_owned(),
    }
}

/// The address as a feed file may have it: `feed:` stands for http.
fn usable(written: &str) -> Result<String, String> {
    let lower = written.to_ascii_lowercase();
    let plain = match lower.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("http") => written.get("feed:".len()..).unwrap_or(written).to_owned(),
        Some(rest) if rest.starts_with("//") => {
            format!("http:{}", written.get("feed:".len()..).unwrap_or_default())
        }
        _ => written.to_owned(),
    };
    let mut url = parse_web_url(&plain)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its address has a user and a password in it, which `auth` takes from a file".to_owned());
    }
    url.set_fragment(None);
    Ok(url.into())
}

/// Folders for the groups around a feed.
fn groups(names: &[String]) -> Vec<String> {
    let mut groups: Vec<String> = names.iter().filter_map(|name| folder_name(name)).collect();
    groups.truncate(DEEPEST_GROUP);
    groups
}

/// A group as a folder: a name that stays in its place and isn't hidden.
fn folder_name(name: &str) -> Option<String> {
    let plain: String = name
        .chars()
        .map(|letter| if letter == '/' || letter == '\\' || letter.is_control() { '-' } else { letter })
        .collect();
    let plain = plain.trim().trim_start_matches('.').trim();
    let end = plain.floor_char_boundary(LONGEST_GROUP);
    let name = plain.get(..end).unwrap_or(plain).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn text(feed: &Subscription, url: &str) -> String {
    let title = feed.title.as_deref().unwrap_or(url);
    let mut text = format!("# {}, from a list of subscriptions.\ntitle: {}\n", comment(title), scalar(title));
    if let Some(link) = feed.link.as_deref().filter(|link| parse_web_url(link).is_ok()) {
        text.extend(["link: ", &scalar(link.trim()), "\n"]);
    }
    if let Some(description) = &feed.description {
        text.extend(["description: ", &scalar(description), "\n"]);
    }
    text.extend(["sources:\n  - feed: ", &scalar(url), "\n"]);
    text
}

fn counts(done: &[Done]) -> (usize, usize) {
    let written = done.iter().filter(|done| matches!(done, Done::Written { .. })).count();
    (written, done.len() - written)
}

fn tell(done: &[Done], problems: &[Problem]) {
    for problem in problems {
        say!("{problem}");
    }
    for done in done {
        match done {
            Done::Written { file, url, .. } => say!("wrote {file}: {url}"),
            Done::Skipped { url, reason, .. } => say!("skipped {url}: {reason}"),
        }
    }
    let (written, skipped) = counts(done);
    say!("{written} written, {skipped} skipped");
}

fn as_json(done: &[Done], problems: &[Problem]) -> Value {
    let mut written = Vec::new();
    let mut skipped = Vec::new();
    for done in done {
        match done {
            Done::Written { feed, file, url } => {
                written.push(json!({ "feed": feed, "file": file, "url": url }));
            }
            Done::Skipped { url, title: Some(title), reason } => {
                skipped.push(json!({ "url": url, "title": title, "reason": reason }));
            }
            Done::Skipped { url, title: None, reason } => {
                skipped.push(json!({ "url": url, "reason": reason }));
            }
        }
    }
    let problems: Vec<Value> =
        problems.iter().map(|problem| json!({ "at": problem.at, "message": problem.message })).collect();
    json!({ "written": written, "skipped": skipped, "problems": problems })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_readers_write_them() {
        for (written, usable_as) in [
            ("https://x.example/f#top", "https://x.example/f"),
            ("feed://x.example/f", "http://x.example/f"),
            ("FEED:https://x.example/f", "https://x.example/f"),
        ] {
            assert_eq!(usable(written).as_deref(), Ok(usable_as));
        }
        assert_eq!(
            usable("https://ann:secret@x.example/f").unwrap_err(),
            "its address has a user and a password in it, which `auth` takes from a file"
        );
    }

    #[test]
    fn a_group_stays_in_its_place() {
        for (name, folder) in [
            ("Tech/News", Some("Tech-News")),
            ("../../etc", Some("-..-etc")),
            ("..", None),
            (" 金融 ", Some("金融")),
            (".hidden", Some("hidden")),
        ] {
            assert_eq!(folder_name(name).as_deref(), folder, "{name}");
        }
        assert!(folder_name(&"金".repeat(100)).unwrap().len() <= LONGEST_GROUP);
    }
}
