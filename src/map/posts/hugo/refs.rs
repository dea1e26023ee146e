//! `ref` and `relref`, Hugo's links to the site's own pages → their addresses.

use super::Settings;
use crate::map::posts::others::Linked;
use crate::map::posts::{PostFile, Site};

/// The address of what a page names: counted from its own folder, from the content, or by name alone.
pub(super) fn address(
    site: &Site,
    settings: &Settings,
    file: &PostFile<'_>,
    folders: &[&str],
    named: &str,
) -> Option<String> {
    let (name, fragment) = named.split_once('#').map_or((named, None), |(name, rest)| (name, Some(rest)));
    let tail = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    let name = name.trim_end_matches('/').to_lowercase();
    if name.is_empty() {
        return Some(tail);
    }
    let beside = joined(folders, &name);
    let root = format!("/{}", name.trim_start_matches('/'));
    let bare = name.rsplit('/').next().unwrap_or_default().to_owned();
    let tries = if name.starts_with('/') { vec![root] } else { vec![beside, root, bare] };
    let whole = tries.iter().find_map(|name| settings.post_named(name))?;
    file.others.ask(&name);
    let link = site.linked(whole, file, || found(site, settings, file, whole))?.link;
    Some(link + &tail)
}

/// A relative path below folders, from the content on.
fn joined(folders: &[&str], name: &str) -> String {
    let mut parts: Vec<String> = folders.iter().map(|folder| folder.to_lowercase()).collect();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part.to_owned()),
        }
    }
    format!("/{}", parts.join("/"))
}

fn found(site: &Site, settings: &Settings, from: &PostFile<'_>, whole: &str) -> Option<Linked> {
    let text = site.other(whole, from)?;
    let (others, now) = (&from.others.as_known(), from.now);
    let file = PostFile { path: whole, whole, text: &text, read: None, others, now };
    super::read(site, settings, &file, &mut Vec::new(), |post, _, _, problems| {
        Some(Linked { link: super::url::address(&post, &file, problems), title: None })
    })
}
