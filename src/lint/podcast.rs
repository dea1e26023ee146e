//! What podcast directories ask for: Apple's elements.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{text, value};
use crate::model::below_podcast_category;

/// Judges Apple's elements, where there are any.
pub(super) fn judge(channel: &Element<'_>, item: &str, spoken: bool, found: &mut Found<'_>) {
    let items: Vec<&Element<'_>> = channel.children.iter().filter(|child| child.local == item).collect();
    let of_items = items.iter().flat_map(|item| &item.children);
    let mut all = channel.children.iter().chain(of_items).filter(|child| child.space == "itunes");
    let Some(first) = all.next() else { return };
    for (name, is_there) in [
        ("language", spoken || channel.child("dc", "language").is_some()),
        ("itunes:category", channel.child("itunes", "category").is_some()),
        ("itunes:explicit", channel.child("itunes", "explicit").is_some()),
        ("itunes:owner", channel.child("itunes", "owner").is_some()),
    ] {
        if !is_there {
            let message = format!("`{}` stands here, and the feed has no `{name}`", first.name());
            found.add(Rule::ThinPodcast, first.at, message);
        }
    }
    for element in channel.children.iter().filter(|child| child.space == "itunes") {
        if matches!(element.local, "duration" | "episode" | "season" | "episodeType" | "order") {
            let message = format!("`{}` may not stand in a channel", element.name());
            found.add(Rule::BadExtension, element.at, message);
        }
    }
    for element in std::iter::once(first).chain(all) {
        one(element, found);
    }
}

fn one(element: &Element<'_>, found: &mut Found<'_>) {
    let (at, content) = (element.place(0), element.trimmed());
    match element.local {
        "explicit" => value::word(&element.text, &["true", "false"], at, found),
        "block" => value::word(content, &["Yes", "yes", "No", "no"], at, found),
        "type" => value::word(content, &["episodic", "serial"], at, found),
        "episodeType" => value::word(content, &["full", "trailer", "bonus"], at, found),
        "episode" | "season" => value::number(content, at, found),
        "duration" if !is_duration(content) => {
            found.add(Rule::BadExtension, at, format!("`{}` is no duration", quoted(content)));
        }
        "category" => category(element, found),
        "owner" => owner(element, found),
        "author" | "subtitle" | "keywords" if element.text.chars().count() > 255 => {
            found.add(Rule::BadExtension, at, format!("`{}` is longer than 255 characters", element.name()));
        }
        "summary" if element.text.chars().count() > 4000 => {
            found.add(Rule::BadExtension, at, "`itunes:summary` is longer than 4000 characters");
        }
        "pubDate" => value::rfc822(content, at, found),
        "new-feed-url" => value::full_url(content, at, found),
        _ => {}
    }
}

/// Seconds, or `1:02:03`.
fn is_duration(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() <= 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn category(element: &Element<'_>, found: &mut Found<'_>) {
    let Some(name) = text::required(element, "text", found) else { return };
    let Some(below) = below_podcast_category(name) else { return unlisted(element, name, found) };
    for inner in element.all("itunes", "category") {
        match text::required(inner, "text", found) {
            Some(name) if !below.contains(&name) => unlisted(inner, name, found),
            _ => {}
        }
    }
}

fn unlisted(category: &Element<'_>, name: &str, found: &mut Found<'_>) {
    let message = format!("`{}` is no category of Apple's list", quoted(name));
    found.add(Rule::OldCategory, category.at, message);
}

fn owner(owner: &Element<'_>, found: &mut Found<'_>) {
    match owner.child("itunes", "email") {
        None => found.add(Rule::MissingElement, owner.at, "`itunes:owner` has no `itunes:email`"),
        Some(email) if !value::is_email(email.trimmed()) => {
            let message = format!("`{}` is no e-mail address", quoted(email.trimmed()));
            found.add(Rule::BadContact, email.at, message);
        }
        Some(_) => {}
    }
}
