//! What was found of a site → its feed file, each key with why it is there.

use crate::cli::feed_file::comment;
use crate::cli::feed_file::scalar;
use crate::model::Alias;
use crate::model::Channel;

/// What a site's feed file says.
#[derive(Debug, Clone, Default)]
pub(super) struct SiteFeed {
    pub(super) id: String,
    pub(super) generator: &'static str,
    pub(super) because: String,
    /// The old feed's title, where the site's config says none.
    pub(super) title: Option<String>,
    /// What the site says of itself.
    pub(super) channel: Channel,
    /// The file name of the site's config.
    pub(super) config: Option<String>,
    /// What `posts` names, as it is to be written.
    pub(super) posts: String,
    /// The site's address and where it is from, where its config says none.
    pub(super) url: Option<(String, String)>,
    /// The time zone and why, where the config says none.
    pub(super) timezone: Option<(String, String)>,
    /// The zone of the day in addresses, where that isn't the site's.
    pub(super) permalink_timezone: Option<String>,
    /// What the old feed's ids begin with.
    pub(super) ids_from: Option<String>,
    pub(super) limit: Option<(usize, String)>,
    pub(super) summary: Option<String>,
    pub(super) feed_id: Option<String>,
    pub(super) aliases: Vec<Alias>,
}

impl SiteFeed {
    /// The file.
    pub(super) fn text(&self) -> String {
        let mut lines = self.head();
        lines.push("sources:".to_owned());
        lines.push(noted(
            &format!("  - posts: {}", scalar(&self.posts)),
            "the site's folder, or its folder of posts",
        ));
        lines.push(noted(&format!("    site: {}", self.generator), "could be left out: it is recognised"));
        match &self.url {
            Some((url, from)) => lines.push(noted(&format!("    url: {}", scalar(url)), from)),
            None if self.channel.link.is_none() => {
                lines.push("    # url: https://example.org      # nothing says the site's address, and without it there are no links".to_owned());
            }
            None => {}
        }
        if let Some((zone, why)) = &self.timezone {
            lines.push(noted(&format!("    timezone: {zone}"), why));
        }
        if let Some(zone) = &self.permalink_timezone {
            lines.push(noted(
                &format!("    permalink_timezone: {zone}"),
                "the old feed's addresses were made on a machine in this zone",
            ));
        }
        if let Some(address) = &self.ids_from {
            lines.push(noted(
                &format!("    ids_from: {}", scalar(address)),
                "what the old feed's ids begin with",
            ));
        }
        lines.extend(self.own_feed());
        lines.join("\n") + "\n"
    }

    fn head(&self) -> Vec<String> {
        let Self { id, channel, .. } = self;
        let old = self.title.as_deref();
        let name = if channel.title.is_empty() { old.unwrap_or(id) } else { channel.title.as_str() };
        let place = channel.link.as_ref().map(|link| format!(" at {link}")).unwrap_or_default();
        let because = comment(&self.because);
        let mut lines = vec![
            format!(
                "# {}: posts of a {} site{} ({because}).",
                comment(name),
                self.generator,
                comment(&place)
            ),
            format!("# Served as /{id}.atom, /{id}.rss, /{id}.json and as a page, /{id}."),
        ];
        if channel.title.is_empty() {
            lines.push(match old {
                Some(title) => {
                    let line = format!("title: {}", scalar(title));
                    noted(&line, "as the old feed has it; the site's config says none")
                }
                None => noted(&format!("title: {id}"), "the site's config says none"),
            });
            return lines;
        }
        if let Some(config) = &self.config {
            lines.push(format!("# From {}; written here, a key goes before it:", comment(config)));
        }
        let author = channel.authors.first().and_then(|author| author.label());
        for (key, value) in [
            ("title", Some(channel.title.as_str())),
            ("description", channel.description.as_deref()),
            ("language", channel.language.as_deref()),
            ("author", author),
        ] {
            lines.extend(value.map(|value| format!("# {key}: {}", comment(&scalar(value)))));
        }
        lines
    }

    /// What goes on as the site's own feed had it.
    fn own_feed(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((limit, why)) = &self.limit {
            lines.push(noted(&format!("limit: {limit}"), why));
        }
        if let Some(why) = &self.summary {
            lines.push(noted("content: summary", why));
        }
        if let Some(id) = &self.feed_id {
            lines.push(noted(
                &format!("feed_id: {}", scalar(id)),
                "the site's feed's own, so that readers know it again",
            ));
        }
        if !self.aliases.is_empty() {
            lines.push(noted("aliases:", "the old addresses, which are served here, too"));
        }
        for alias in &self.aliases {
            let path =
                if alias.path.contains([':', ' ']) { quoted(&alias.path) } else { scalar(&alias.path) };
            lines.push(format!("  {path}: {}", alias.format.extension()));
        }
        lines
    }
}

fn quoted(path: &str) -> String {
    format!("\"{path}\"")
}

/// A line and, beyond it, why.
fn noted(line: &str, why: &str) -> String {
    format!("{line:<34}  # {}", comment(why))
}
