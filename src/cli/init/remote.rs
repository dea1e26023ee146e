//! A feed somewhere else, or a page that announces one → a feed file that collects it.

use crate::cli::Failure;
use crate::cli::feed_file::comment;
use crate::cli::feed_file::host;
use crate::cli::feed_file::scalar;
use crate::cli::init::Init;
use crate::cli::init::Surroundings;
use crate::cli::init::folder;
use crate::cli::init::lookup;
use crate::cli::init::lookup::Read;
use crate::cli::init::report::Report;
use crate::model::Channel;

pub(super) async fn init(init: &Init, with: &Surroundings<'_>) -> Result<Report, Failure> {
    let mut folder = folder(with);
    let asked_for = init.id.as_deref().map(|id| folder.take(id)).transpose()?;
    let read = lookup::fetch(&init.from, with).await?;
    let url = read.url.clone().unwrap_or_else(|| init.from.clone());
    if let Some(file) = folder.collects(&url) {
        return Err(Failure::new(format!("{url} is collected already, in {file}; nothing was written")));
    }
    let host = host(&url).unwrap_or_default();
    let id = asked_for.unwrap_or_else(|| folder.make_up(&[&host]));
    let file = folder.write(&[], &id, &text(&id, &url, &read))?;
    let channel = read.feed.channel;
    Ok(Report {
        file: folder.shown(&file),
        feed: id,
        source: url,
        format: read.feed.format,
        title: channel.title,
        url: channel.link,
        entries: read.feed.entries.len(),
        announced: read.announced,
        problems: folder.problems(&file, &with.config.defaults),
        ..Report::default()
    })
}

fn text(id: &str, url: &str, read: &Read) -> String {
    let Channel { title, description, link, language, .. } = &read.feed.channel;
    let name = if title.is_empty() { url } else { title };
    let mut lines = vec![
        format!("# {}, a feed that somebody else publishes ({}).", comment(name), read.feed.format),
        format!("# Served as /{id}.atom, /{id}.rss, /{id}.json and as a page, /{id}."),
    ];
    if let Some((page, _)) = &read.announced {
        lines.push(format!("# Announced by {}", comment(page)));
    }
    lines.push(format!("title: {}", scalar(name)));
    lines.extend(description.as_ref().map(|text| format!("description: {}", scalar(text))));
    lines.extend(link.as_ref().map(|link| format!("link: {}", scalar(link))));
    lines.extend(language.as_ref().map(|tag| format!("language: {}", scalar(tag))));
    lines.push("sources:".to_owned());
    lines.push(format!("  - feed: {}", scalar(url)));
    lines.push("    # categories: [news/local]   # added to what the feed says".to_owned());
    lines.push(
        "    # schedule: every 1h         # default: as often as it really changes, and as its origin asks"
            .to_owned(),
    );
    lines.join("\n") + "\n"
}
