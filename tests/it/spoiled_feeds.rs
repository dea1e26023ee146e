//! Feeds that a server spoilt keep their entries: the same ids, links and titles as
//! the same feed written right, for every kind of fault and every feed of our own.

mod faults;

use faults::{FAULTS, Spoiled};
use feedmill::map::feed::Reading;
use feedmill::{map, parse::feed};
use std::{fs, path::Path};

const URL: &str = "https://feeds.example.org/news/feed.xml";

/// What finds an entry again, and what a reader sees first.
fn entries(body: &[u8]) -> Vec<[String; 3]> {
    let Ok(document) = feed::parse(body, None, URL) else {
        return Vec::new();
    };
    let mapped = map::feed::map(&document, URL, Reading::default());
    mapped
        .entries
        .into_iter()
        .map(|entry| [entry.id, entry.link.unwrap_or_default(), entry.title.unwrap_or_default()])
        .collect()
}

/// What is wrong with what was read.
fn judge(spoiled: &Spoiled) -> Result<(), String> {
    let (right, wrong) = (entries(&spoiled.right), entries(&spoiled.wrong));
    if let Some(closed) = spoiled.cut {
        let kept = right.get(..wrong.len()) == Some(wrong.as_slice()) && wrong.len() >= closed;
        return if kept { Ok(()) } else { Err(format!("{} of {} entries", wrong.len(), right.len())) };
    }
    match right.iter().zip(&wrong).find(|(right, wrong)| right != wrong) {
        _ if right.len() != wrong.len() => Err(format!("{} of {} entries", wrong.len(), right.len())),
        Some((right, wrong)) => Err(format!("{wrong:?} is not {right:?}")),
        None => Ok(()),
    }
}

#[test]
fn a_spoilt_feed_keeps_its_entries() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = ["blog", "releases", "wire", "show"].map(|name| format!("tests/spoiled_feeds/{name}.xml"));
    let others =
        ["rss-2.0", "atom-1.0", "atom-0.3", "podcast"].map(|name| format!("tests/read_feed/{name}.xml"));
    let (mut tried, mut lost) = (0, Vec::new());
    for path in own.iter().chain(&others) {
        let feed = fs::read_to_string(root.join(path)).unwrap();
        assert!(entries(feed.as_bytes()).len() >= 2, "{path}");
        for (fault, spoil) in FAULTS {
            let Some(spoiled) = spoil(&feed) else { continue };
            tried += 1;
            if let Err(why) = judge(&spoiled) {
                lost.push(format!("{path}, {fault}: {why}"));
            }
        }
    }
    assert!(tried >= 8 * 25, "only {tried} cases");
    assert!(lost.is_empty(), "{} of {tried} lost something:\n{}", lost.len(), lost.join("\n"));
}
