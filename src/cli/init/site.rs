//! A site's folder → its feed file, compared with the feed that it has.

use crate::cli::Failure;
use crate::cli::feed_file::Folder;
use crate::cli::init::Init;
use crate::cli::init::Surroundings;
use crate::cli::init::feed_text::SiteFeed;
use crate::cli::init::folder;
use crate::cli::init::found::Site;
use crate::cli::init::generators;
use crate::cli::init::old_feed;
use crate::cli::init::paste::About;
use crate::cli::init::paste::Paste;
use crate::cli::init::report::Report;
use crate::model::Alias;

pub(super) async fn init(init: &Init, with: &Surroundings<'_>) -> Result<Report, Failure> {
    let mut folder = folder(with);
    let asked_for = init.id.as_deref().map(|id| folder.take(id)).transpose()?;
    let mut site = Site::look(&init.from, with)?;
    if let Some(file) = folder.collects_posts(site.named()) {
        let message = format!("{} is collected already, in {file}; nothing was written", init.from);
        return Err(Failure::new(message));
    }
    let own = generators::own_feed(site.generator, site.config.as_ref(), &site.clues());
    let old = old_feed::find(init, (&site.root, &site.base_path()), &own, with).await?;
    site.settle(&old, &own, with)?;
    let id = asked_for.unwrap_or_else(|| folder.make_up(&site.names()));
    let mut feed = site.feed(&id, &own, &old);
    let taken = leave_out_taken(&mut feed, &folder);
    let mut notes: Vec<String> = taken.iter().map(|(_, why)| why.clone()).collect();
    let partly = folder.collects_below(site.named());
    if !partly.is_empty() {
        notes.push(format!("some of its posts are collected already, in {}", partly.join(", ")));
    }
    if old.read.is_none() {
        let message = "no feed of the site's own was found to compare with; name it with `--feed URL|FILE`";
        notes.push(message.to_owned());
    }
    notes.extend(own.left_out);
    notes.extend(old.notes);
    notes.append(&mut site.notes);
    // Relative paths count from the real folder of the file, which has to be there for that.
    std::fs::create_dir_all(folder.path())
        .map_err(|error| Failure::new(format!("`{}` could not be made: {error}", folder.path().display())))?;
    feed.posts = site.written_path(&init.from, folder.path());
    let file = folder.write(&[], &id, &feed.text())?;
    let taken: Vec<Alias> = taken.into_iter().map(|(alias, _)| alias).collect();
    let paste = paste(&site, &feed, &taken, with);
    if paste.is_none() {
        notes.push(
            "the site's address isn't known: with `url:` in the file, and `base_url` in the config, its entries have links".to_owned(),
        );
    }
    let mut problems = folder.problems(&file, &with.config.defaults);
    problems.extend(site.problems);
    Ok(Report {
        file: folder.shown(&file),
        feed: id,
        source: init.from.clone(),
        format: site.generator.to_owned(),
        because: Some(site.because),
        title: feed.title.unwrap_or(site.channel.title),
        url: site.channel.link,
        entries: site.entries.len(),
        comparison: site.comparison,
        notes,
        problems,
        paste,
        announced: None,
    })
}

/// Takes out the aliases that are in use already, each with the reason.
fn leave_out_taken(feed: &mut SiteFeed, folder: &Folder) -> Vec<(Alias, String)> {
    let mut taken = Vec::new();
    feed.aliases.retain(|alias| {
        let Some(owner) = folder.owner_of(&alias.path) else {
            return true;
        };
        let why = format!("`{}` is the feed `{owner}`'s already, so it is left out of `aliases`", alias.path);
        taken.push((alias.clone(), why));
        false
    });
    taken
}

fn paste(site: &Site, feed: &SiteFeed, taken: &[Alias], with: &Surroundings<'_>) -> Option<Paste> {
    let title = if site.channel.title.is_empty() { feed.title.as_ref() } else { Some(&site.channel.title) };
    let title = title.unwrap_or(&feed.id);
    let address = site.address();
    let about = About { id: &feed.id, title, site: address.as_ref(), aliases: &feed.aliases, taken };
    Paste::new(&about, with.config)
}
