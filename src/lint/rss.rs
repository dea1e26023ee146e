//! RSS 2.0 and its older forms.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{atom, extensions, podcast, rss_item, text, value};

/// Elements of a channel that may stand more than once.
const MANY: &[&str] = &["item", "category", "atom:link", "atom:author", "atom:contributor", "atom:category"];
/// What RSS 2.0 knows in a channel.
const KNOWN: &[&str] = &[
    "title",
    "link",
    "description",
    "language",
    "copyright",
    "managingEditor",
    "webMaster",
    "pubDate",
    "lastBuildDate",
    "category",
    "generator",
    "docs",
    "cloud",
    "ttl",
    "image",
    "rating",
    "textInput",
    "skipHours",
    "skipDays",
    "item",
];
const DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Judges `<rss>`.
pub(super) fn judge(root: &Element<'_>, found: &mut Found<'_>) -> String {
    let version = root.attribute("version").unwrap_or_default();
    text::attributes(root, &["version"], found);
    if !root.space.is_empty() {
        found.add(Rule::WrongNamespace, root.at, "`rss` stands in a namespace");
    }
    match version {
        "2.0" => {}
        "0.91" | "0.92" | "0.93" | "0.94" => {
            found.add(Rule::OldVersion, root.at, format!("this is RSS {version}"));
        }
        "" => found.add(Rule::MissingAttribute, root.at, "`rss` has no `version`"),
        other => found.add(Rule::BadVersion, root.at, format!("there is no RSS {}", quoted(other))),
    }
    text::no_text(root, found);
    for child in &root.children {
        if child.space.is_empty() && child.local != "channel" {
            found.add(Rule::UnknownElement, child.at, format!("`{}` may not stand in `rss`", child.name()));
        }
    }
    text::once(root, &[], found);
    match root.child("", "channel") {
        Some(one) => channel(one, version, found),
        None => found.add(Rule::MissingElement, root.at, "`rss` has no `channel`"),
    }
    format!("rss {version}")
}

fn channel(channel: &Element<'_>, version: &str, found: &mut Found<'_>) {
    text::no_text(channel, found);
    text::attributes(channel, &[], found);
    for name in ["title", "link", "description"] {
        if channel.child("", name).is_none() {
            found.add(Rule::MissingElement, channel.at, format!("`channel` has no `{name}`"));
        }
    }
    let many: Vec<&str> = MANY.iter().copied().chain(extensions::MANY.iter().copied()).collect();
    text::once(channel, &many, found);
    for child in &channel.children {
        match child.space {
            "" => own(child, channel, found),
            "atom" => atom::in_channel(child, found),
            _ => extensions::judge(child, found),
        }
    }
    if version == "2.0" {
        atom::self_link(channel, found);
    }
    said_twice(channel, found);
    for item in channel.all("", "item") {
        rss_item::judge(item, version, found);
    }
    rss_item::unique(channel, found);
    podcast::judge(channel, "item", channel.child("", "language").is_some(), found);
}

/// An element of RSS itself.
fn own(child: &Element<'_>, channel: &Element<'_>, found: &mut Found<'_>) {
    let (at, content) = (child.place(0), child.trimmed());
    if !KNOWN.contains(&child.local) {
        let message = format!("`{}` may not stand in `channel`", child.name());
        return found.add(Rule::UnknownElement, child.at, message);
    }
    if !matches!(child.local, "item" | "image" | "textInput" | "skipHours" | "skipDays") {
        text::no_children(child, found);
    }
    if !matches!(child.local, "category" | "cloud" | "item") {
        text::attributes(child, &[], found);
    }
    match child.local {
        "title" => {
            text::not_blank(child, found);
            text::plain_in_rss(child, found);
        }
        "description" | "copyright" => text::plain_in_rss(child, found),
        "category" => {
            text::attributes(child, &["domain"], found);
            text::plain_in_rss(child, found);
        }
        "link" | "docs" => value::full_url(content, at, found),
        "language" => value::language(content, at, found),
        "managingEditor" | "webMaster" => value::contact(content, at, found),
        "pubDate" | "lastBuildDate" => value::rfc822(content, at, found),
        "ttl" if content == "0" => found.add(Rule::BadNumber, at, "a `ttl` of 0 says nothing"),
        "ttl" => value::number(content, at, found),
        "image" => image(child, channel, found),
        "textInput" => {
            found.add(Rule::Obsolete, child.at, "no reader shows a `textInput`");
            text_input(child, found);
        }
        "skipHours" => skip_hours(child, found),
        "skipDays" => skip_days(child, found),
        "cloud" => cloud(child, found),
        _ => {}
    }
}

fn image(image: &Element<'_>, channel: &Element<'_>, found: &mut Found<'_>) {
    text::no_text(image, found);
    for name in ["url", "title", "link"] {
        if image.child("", name).is_none() {
            found.add(Rule::MissingElement, image.at, format!("`image` has no `{name}`"));
        }
    }
    text::once(image, &[], found);
    for child in &image.children {
        let (at, content) = (child.place(0), child.trimmed());
        match child.name().as_str() {
            "url" => {
                value::full_url(content, at, found);
                let ending = content.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
                let is_ending = ending.chars().all(|letter| letter.is_ascii_alphanumeric());
                if is_ending && !matches!(ending.as_str(), "gif" | "jpg" | "jpeg" | "png") {
                    let message = format!("`{}` is no GIF, JPEG or PNG by its name", quoted(content));
                    found.add(Rule::ImageFormat, at, message);
                }
            }
            "link" => value::full_url(content, at, found),
            "title" => {
                text::not_blank(child, found);
                text::plain_in_rss(child, found);
            }
            "description" => text::plain_in_rss(child, found),
            "width" => size(content, 144, at, found),
            "height" => size(content, 400, at, found),
            _ if child.space.is_empty() => {
                let message = format!("`{}` may not stand in `image`", child.name());
                found.add(Rule::UnknownElement, child.at, message);
            }
            _ => extensions::judge(child, found),
        }
    }
    for name in ["title", "link"] {
        let [own, theirs] = [image, channel].map(|of| of.child("", name).map(Element::trimmed));
        if let (Some(own), Some(theirs), Some(element)) = (own, theirs, image.child("", name))
            && own != theirs
        {
            let message = format!("the image's {name} is `{}`, the channel's another", quoted(own));
            found.add(Rule::ImageDiffers, element.at, message);
        }
    }
}

fn size(content: &str, most: u32, at: usize, found: &mut Found<'_>) {
    if !content.parse::<u32>().is_ok_and(|size| (1..=most).contains(&size)) {
        found.add(Rule::BadNumber, at, format!("`{}` is no size up to {most}", quoted(content)));
    }
}

fn text_input(input: &Element<'_>, found: &mut Found<'_>) {
    text::no_text(input, found);
    text::once(input, &[], found);
    for name in ["title", "link", "description", "name"] {
        if input.child("", name).is_none() {
            found.add(Rule::MissingElement, input.at, format!("`textInput` has no `{name}`"));
        }
    }
    for child in &input.children {
        match child.name().as_str() {
            "link" => value::full_url(child.trimmed(), child.place(0), found),
            "title" | "description" => {
                text::not_blank(child, found);
                text::plain_in_rss(child, found);
            }
            "name" => {
                let first = child.trimmed().chars().next();
                if !first.is_some_and(|letter| letter.is_ascii_alphabetic()) {
                    let message = format!("`{}` is no name of a field", quoted(child.trimmed()));
                    found.add(Rule::BadWord, child.at, message);
                }
            }
            _ if child.space.is_empty() => {
                let message = format!("`{}` may not stand in `textInput`", child.name());
                found.add(Rule::UnknownElement, child.at, message);
            }
            _ => extensions::judge(child, found),
        }
    }
}

fn skip_hours(skip: &Element<'_>, found: &mut Found<'_>) {
    text::no_text(skip, found);
    let mut seen = Vec::new();
    for hour in &skip.children {
        let number = hour.trimmed().parse::<u32>().ok().filter(|hour| *hour <= 24);
        if hour.local != "hour" {
            let message = format!("`{}` may not stand in `skipHours`", hour.name());
            found.add(Rule::UnknownElement, hour.at, message);
        } else if number.is_none() || seen.contains(&number.map(|hour| hour % 24)) {
            found.add(Rule::BadNumber, hour.at, format!("`{}` is no further hour", quoted(hour.trimmed())));
        }
        if number == Some(24) {
            found.add(Rule::Obsolete, hour.at, "midnight is hour 0");
        }
        seen.push(number.map(|hour| hour % 24));
    }
    if skip.children.is_empty() {
        found.add(Rule::MissingElement, skip.at, "`skipHours` has no `hour`");
    }
}

fn skip_days(skip: &Element<'_>, found: &mut Found<'_>) {
    text::no_text(skip, found);
    let mut seen = Vec::new();
    for day in &skip.children {
        if day.local != "day" {
            let message = format!("`{}` may not stand in `skipDays`", day.name());
            found.add(Rule::UnknownElement, day.at, message);
        } else if !DAYS.contains(&day.trimmed()) || seen.contains(&day.trimmed()) {
            found.add(Rule::BadWord, day.at, format!("`{}` is no further day", quoted(day.trimmed())));
        }
        seen.push(day.trimmed());
    }
    if skip.children.is_empty() {
        found.add(Rule::MissingElement, skip.at, "`skipDays` has no `day`");
    }
}

fn cloud(cloud: &Element<'_>, found: &mut Found<'_>) {
    let names = ["domain", "path", "registerProcedure", "protocol", "port"];
    text::attributes(cloud, &names, found);
    for name in names {
        if let Some(value) = text::required(cloud, name, found)
            && name == "port"
            && !value.parse::<u16>().is_ok_and(|port| port > 0)
        {
            found.add(Rule::BadNumber, cloud.at, format!("`{}` is no port", quoted(value)));
        }
    }
}

/// Pairs of elements of which readers take one: RSS's own, and another namespace's.
const PAIRS: &[(&str, (&str, &str))] = &[
    ("managingEditor", ("dc", "creator")),
    ("webMaster", ("dc", "publisher")),
    ("language", ("dc", "language")),
    ("copyright", ("dc", "rights")),
    ("pubDate", ("dc", "date")),
    ("lastBuildDate", ("dcterms", "modified")),
    ("generator", ("admin", "generatorAgent")),
    ("category", ("dc", "subject")),
];

fn said_twice(channel: &Element<'_>, found: &mut Found<'_>) {
    for (own, (space, local)) in PAIRS {
        if let (Some(_), Some(other)) = (channel.child("", own), channel.child(space, local)) {
            let message = format!("`{own}` and `{}` say the same", other.name());
            found.add(Rule::SaidTwice, other.at, message);
        }
    }
}
