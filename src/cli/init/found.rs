//! A site as it is found in its folder: generator, config, entries, and the settings
//! under which these are what the old feed had.

use crate::cli::Failure;
use crate::cli::feed_file;
use crate::cli::init::Surroundings;
use crate::cli::init::clues;
use crate::cli::init::compare;
use crate::cli::init::compare::Comparison;
use crate::cli::init::feed_text::SiteFeed;
use crate::cli::init::generators::Clues;
use crate::cli::init::generators::OwnFeed;
use crate::cli::init::lookup::Read;
use crate::cli::init::old_feed::OldFeed;
use crate::cli::init::zone;
use crate::cli::preview;
use crate::cli::progress;
use crate::collect::files;
use crate::definition::Compat;
use crate::definition::PostsSource;
use crate::map::feed::date_of;
use crate::model::Alias;
use crate::model::Channel;
use crate::model::ContentMode;
use crate::model::Entry;
use crate::model::Problem;
use crate::model::show_path;
use crate::parse::data;
use crate::parse::data::Format;
use crate::yaml::Node;
use std::path::Path;
use std::path::PathBuf;
use url::Url;

/// Larger posts are not read.
const LARGEST: u64 = 16 << 20;
/// A site and what is found out about it on the way.
pub(super) struct Site {
    /// What `--from` names, without links.
    named: PathBuf,
    pub(super) root: PathBuf,
    pub(super) generator: &'static str,
    pub(super) because: String,
    pub(super) config: Option<Node>,
    config_name: Option<String>,
    pub(super) channel: Channel,
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<Problem>,
    pub(super) comparison: Option<Comparison>,
    /// What else is worth knowing.
    pub(super) notes: Vec<String>,
    pub(super) posts: PostsSource,
    /// The site's address and where it is from, where the config has none.
    url: Option<(String, String)>,
    /// The zone that is to be written, and why.
    timezone: Option<(chrono_tz::Tz, String)>,
    ids_from: Option<String>,
    /// Entries in a document, and why so many.
    limit: Option<(usize, String)>,
    /// The old feed has whole texts, whatever the generator's own has.
    has_whole_texts: bool,
}

/// A site's settings and its posts, mapped under them.
pub(super) struct Mapped {
    generator: &'static str,
    because: String,
    channel: Channel,
    pub(super) entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Site {
    /// Looks at a folder.
    pub(super) fn look(from: &str, with: &Surroundings<'_>) -> Result<Self, Failure> {
        let given = with.current.join(from);
        let cannot = |error: std::io::Error| {
            let help = "`--from` takes a site's folder, its folder of posts, or a URL";
            Failure::new(format!("`{from}` cannot be read: {error}\n  help: {help}"))
        };
        let named = std::fs::canonicalize(&given).map_err(cannot)?;
        std::fs::read_dir(&named).map_err(cannot)?;
        let files = files::site_files(&named);
        let config = files.config.as_ref().and_then(|(path, text)| read_config(path, text));
        let mut posts = preview::posts_at(&named)?;
        posts.fallback_timezone = with.config.defaults.timezone;
        posts.timezone_assumed = with.config.defaults.timezone_assumed;
        let mapped = map(&posts, with)?;
        if mapped.entries.is_empty() {
            let mut told: Vec<String> = mapped.problems.iter().map(ToString::to_string).collect();
            told.push(format!(
                "`{from}` has no posts that {} would publish; nothing was written",
                mapped.generator
            ));
            return Err(Failure { code: 1, told });
        }
        let mut site = Self {
            config_name: files.config.as_ref().map(|(path, _)| show_path(path, &files.root)),
            root: files.root,
            named,
            generator: mapped.generator,
            because: String::new(),
            config,
            channel: Channel::default(),
            entries: Vec::new(),
            problems: Vec::new(),
            comparison: None,
            notes: Vec::new(),
            posts,
            url: None,
            timezone: None,
            ids_from: None,
            limit: None,
            has_whole_texts: false,
        };
        site.take(mapped);
        Ok(site)
    }

    /// The folder that was named, its real place.
    pub(super) fn named(&self) -> &Path {
        &self.named
    }

    pub(super) fn take(&mut self, mapped: Mapped) {
        let Mapped { generator, because, channel, entries, problems } = mapped;
        (self.generator, self.because) = (generator, because);
        (self.channel, self.entries, self.problems) = (channel, entries, problems);
    }

    /// What the folder says of the site's feeds beside its config.
    pub(super) fn clues(&self) -> Clues {
        clues::of(&self.root, self.generator, self.config_name.as_deref())
    }

    pub(super) fn address(&self) -> Option<Url> {
        Url::parse(self.channel.link.as_deref()?).ok()
    }

    /// The path of the site's address, without a slash at its end.
    pub(super) fn base_path(&self) -> String {
        self.address().map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default()
    }

    /// What an id may be made of: the host, the folder.
    pub(super) fn names(&self) -> Vec<String> {
        let host = self.channel.link.as_deref().and_then(feed_file::host);
        let folder = self.root.file_name().map(|name| name.to_string_lossy().into_owned());
        host.into_iter().chain(folder).collect()
    }

    /// Chooses address, zone, limit and ids so that what is published is what the old feed
    /// has, and compares the two.
    pub(super) fn settle(
        &mut self,
        old: &OldFeed,
        own: &OwnFeed,
        with: &Surroundings<'_>,
    ) -> Result<(), Failure> {
        if self.channel.link.is_none() {
            self.url = self.address_elsewhere(old);
            if let Some((url, _)) = &self.url {
                self.posts.url = Some(url.clone());
                self.take(map(&self.posts, with)?);
            }
        }
        self.limit.clone_from(&own.limit);
        if let Some(read) = &old.read {
            let found = read.feed.entries.len();
            // A theme's template may have fewer than the generator's own.
            let is_written = self.limit.as_ref().is_some_and(|(_, why)| why.starts_with('`'));
            let had = if self.limit.is_some() { self.posts_then(read) } else { self.entries.len() };
            if !is_written
                && found < had
                && self.has_older(read)
                && self.limit.as_ref().is_none_or(|(limit, _)| found < *limit)
            {
                self.limit = Some((found, format!("as many as {} has", read.at)));
            }
        }
        if !self.has_zone() {
            self.choose_zone(old.read.as_ref(), with)?;
        }
        if let Some(read) = &old.read {
            self.choose_permalink_zone(read, with)?;
            self.choose_ids(read, with)?;
            let mut comparison = self.compared(&self.entries, read, with);
            let ours = compare::shown(&self.entries, self.limit(with), with.now);
            let base = self.channel.link.as_deref().unwrap_or_default();
            let modes =
                [Some(ContentMode::Summary).filter(|_| own.summary.is_some()), Some(ContentMode::Full)];
            self.has_whole_texts = compare::choose_texts(&mut comparison, &ours, &read.feed, (modes, base));
            if comparison.noticed() > 0 {
                self.note_strict(&comparison, read, with)?;
            }
            self.comparison = Some(comparison);
        }
        Ok(())
    }

    /// Whether there are posts from before the old feed's oldest, so that it was cut: a few alone may
    /// be what it leaves out, unless it has a round number.
    fn has_older(&self, old: &Read) -> bool {
        let oldest = old.feed.entries.iter().filter_map(date_of).min();
        let older = |entry: &&Entry| entry.published.is_some() && entry.published < oldest;
        let (older, found) = (self.entries.iter().filter(older).count(), old.feed.entries.len());
        oldest.is_none() || older * 4 >= found || older > 0 && found.is_multiple_of(5)
    }

    /// How many posts there were when the old feed was made.
    fn posts_then(&self, old: &Read) -> usize {
        let youngest = old.feed.entries.iter().filter_map(date_of).max();
        let is_older = |entry: &&Entry| youngest.is_none() || entry.published <= youngest;
        self.entries.iter().filter(is_older).count()
    }

    /// The site's address where its config has none: GitHub Pages' `CNAME`, else what the old feed links to.
    fn address_elsewhere(&self, old: &OldFeed) -> Option<(String, String)> {
        for file in ["CNAME", "source/CNAME", "static/CNAME"] {
            let text = clues::text_of(&self.root.join(file));
            let host = text.trim();
            if !host.is_empty() && Url::parse(&format!("https://{host}/")).is_ok() {
                return Some((format!("https://{host}"), format!("from {file}; the site's config has none")));
            }
        }
        let read = old.read.as_ref()?;
        let link = read.feed.channel.link.as_ref()?;
        Some((
            link.trim_end_matches('/').to_owned(),
            "as the old feed has it; the site's config has none".to_owned(),
        ))
    }

    /// Whether the site says its zone, or has a generator that takes none from the machine.
    fn has_zone(&self) -> bool {
        if !matches!(self.generator, "jekyll" | "hexo") {
            return true;
        }
        let config = self.config.as_ref();
        let zone = ["timezone", "timeZone"].iter().find_map(|key| config?.get(key)?.text());
        zone.is_some_and(|zone| zone.parse::<chrono_tz::Tz>().is_ok())
    }

    /// The zone of dates that name none: ours, or the one that the old feed was made in.
    fn choose_zone(&mut self, old: Option<&Read>, with: &Surroundings<'_>) -> Result<(), Failure> {
        let ours = with.config.defaults.timezone;
        let mut chosen = (
            ours,
            "the site's config names none; this is `defaults.timezone`, else this machine's".to_owned(),
        );
        if let Some(read) = old {
            let there = |zone| map(&PostsSource { timezone: Some(zone), ..self.posts.clone() }, with);
            let differing = |entries: &[Entry]| self.compared(entries, read, with).noticed();
            let in_utc = there(chrono_tz::UTC)?;
            let likely = zone::of(&in_utc.entries, &read.feed.entries).unwrap_or(chrono_tz::UTC);
            let found = if likely == chrono_tz::UTC { in_utc } else { there(likely)? };
            if differing(&found.entries) < differing(&self.entries) {
                chosen = (likely, "the site's config names none; the old feed was made in this".to_owned());
            }
        }
        self.posts.timezone = Some(chosen.0);
        self.timezone = Some(chosen);
        let mapped = map(&self.posts, with)?;
        self.take(mapped);
        Ok(())
    }

    /// Where the old feed's ids come from another address, ids are made from that.
    fn choose_ids(&mut self, old: &Read, with: &Surroundings<'_>) -> Result<(), Failure> {
        let Some(from) = self.address().and_then(|site| compare::other_origin(&old.feed, &site)) else {
            return Ok(());
        };
        let posts = PostsSource { url: Some(from.clone()), ..self.posts.clone() };
        let there = map(&posts, with)?;
        if compare::known_ids(&there.entries, &old.feed) <= compare::known_ids(&self.entries, &old.feed) {
            return Ok(());
        }
        take_ids(&mut self.entries, there.entries);
        self.ids_from = Some(from);
        Ok(())
    }

    /// Where the generator misreads what is written, its own reading differs less.
    fn note_strict(&mut self, ours: &Comparison, old: &Read, with: &Surroundings<'_>) -> Result<(), Failure> {
        let posts = PostsSource { compat: Compat::Strict, ..self.posts.clone() };
        let mut strict = map(&posts, with)?.entries;
        if let Some(from) = &self.ids_from {
            let there = map(&PostsSource { url: Some(from.clone()), ..posts }, with)?;
            take_ids(&mut strict, there.entries);
        }
        let left = self.compared(&strict, old, with);
        // A reading that publishes less has less that is new.
        if left.noticed() < ours.noticed() && left.missing.len() <= ours.missing.len() {
            self.notes.push(format!(
                "{} of the differences are where {} misreads what the posts say; `compat: strict` brings its reading back",
                ours.noticed() - left.noticed(),
                self.generator
            ));
        }
        Ok(())
    }

    pub(super) fn compared(&self, entries: &[Entry], old: &Read, with: &Surroundings<'_>) -> Comparison {
        compare::compare(entries, self.limit(with), (&old.at, &old.feed), with.now)
    }

    /// Entries in a document.
    fn limit(&self, with: &Surroundings<'_>) -> usize {
        self.limit.as_ref().map_or(with.config.defaults.limit, |(limit, _)| *limit)
    }

    /// The feed file's keys.
    pub(super) fn feed(&self, id: &str, own: &OwnFeed, old: &OldFeed) -> SiteFeed {
        let base = self.channel.link.as_deref().map(|link| link.trim_end_matches('/'));
        let config_id = || Some(format!("{}/{}", base?, own.id_below.as_ref()?));
        let path = self.base_path();
        let of_config = own
            .addresses
            .iter()
            .map(|alias| Alias { path: format!("{path}{}", alias.path), format: alias.format });
        let mut aliases: Vec<Alias> = old.addresses.clone();
        for alias in of_config {
            if !aliases.iter().any(|known| known.path == alias.path) {
                aliases.push(alias);
            }
        }
        let title = old.read.as_ref().map(|read| read.feed.channel.title.clone());
        let title = title.filter(|title| self.channel.title.is_empty() && !title.is_empty());
        SiteFeed {
            id: id.to_owned(),
            title,
            generator: self.generator,
            because: self.because.clone(),
            channel: self.channel.clone(),
            config: self.config_name.clone(),
            posts: String::new(),
            url: self.url.clone(),
            timezone: self.timezone.as_ref().map(|(zone, why)| (zone.name().to_owned(), why.clone())),
            permalink_timezone: self.posts.permalink_timezone.map(|zone| zone.name().to_owned()),
            ids_from: self.ids_from.clone(),
            limit: self.limit.clone(),
            summary: own.summary.clone().filter(|_| !self.has_whole_texts),
            feed_id: old.id.clone().or_else(config_id),
            aliases,
        }
    }

    /// `posts` as it is written: absolute where `--from` is, else from the folder of feeds.
    pub(super) fn written_path(&self, from: &str, feeds: &Path) -> String {
        if Path::new(from).is_absolute() {
            return from.to_owned();
        }
        let feeds = std::fs::canonicalize(feeds).unwrap_or_else(|_| feeds.to_owned());
        feed_file::relative(&feeds, &self.named).to_string_lossy().into_owned()
    }
}

/// Takes over the ids of the same posts in the same order.
fn take_ids(entries: &mut [Entry], from: Vec<Entry>) {
    for (entry, other) in entries.iter_mut().zip(from) {
        if entry.at == other.at {
            entry.id = other.id;
        }
    }
}

/// The config as a tree, where it can be read.
fn read_config(path: &Path, text: &str) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    data::read(text, Format::of(&path.to_string_lossy())).ok().flatten()
}

/// Maps every post under these settings.
pub(super) fn map(posts: &PostsSource, with: &Surroundings<'_>) -> Result<Mapped, Failure> {
    let source = preview::plain_source(posts.clone());
    let folder =
        crate::update::look(&source, posts, false).map_err(|problem| Failure::problems(&[problem]))?;
    let others = folder.others(LARGEST);
    let mut mapped = Mapped {
        generator: folder.site.generator(),
        because: folder.site.recognised_because.clone(),
        channel: folder.site.channel(),
        entries: Vec::new(),
        problems: folder.problems.clone(),
    };
    let bar = progress::bar(folder.posts.len(), "reading");
    for stamp in &folder.posts {
        match files::read(stamp, LARGEST) {
            Ok(bytes) => {
                let post = folder.site.map(&stamp.path, &bytes, &others, with.now);
                mapped.problems.extend(post.problems);
                mapped.entries.extend(post.entry);
            }
            Err(error) => mapped.problems.push(error.at(stamp)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(mapped)
}
