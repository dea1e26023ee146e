//! How much of one entry, and of a feed's head, is kept: the first of each kind.
//!
//! In: what was read of it. Out: the same within bounds that no honest feed comes near,
//! and a problem that names what was cut.

use super::document::{Hints, RawChannel, RawEntry};
use crate::model::Problem;

/// Categories, tags and keywords of one entry.
pub(super) const MAX_CATEGORIES: usize = 500;
/// Authors of one entry or feed.
pub(super) const MAX_AUTHORS: usize = 200;
/// Files that go with one entry.
pub(super) const MAX_ENCLOSURES: usize = 500;
/// Links, and pictures, of one entry or feed; hubs.
pub(super) const MAX_LINKS: usize = 500;
/// Bytes of one text beyond this are cut off.
pub(super) const MAX_TEXT: usize = 4 * 1024 * 1024;
/// Bytes of a title, and of an address: of a longer title the beginning is kept, a longer
/// address leads nowhere.
const MAX_LINE: usize = 16 * 1024;
/// Bytes of what a category or a person is called; a longer one is a text in the wrong place.
const MAX_NAME: usize = 2 * 1024;
/// Cuts that are told one by one.
const MAX_TOLD: usize = 20;
/// Entries that say nothing.
const MAX_SILENT: usize = 20;

/// What parts a list of keywords.
pub const KEYWORD_ENDS: [char; 4] = [',', ';', '、', '，'];

/// What was cut of a document.
#[derive(Debug)]
pub(super) struct Cuts<'u> {
    url: &'u str,
    problems: Vec<Problem>,
    /// Entries that say nothing.
    silent: usize,
}

impl<'u> Cuts<'u> {
    /// Of the document from this address.
    pub(super) fn new(url: &'u str) -> Self {
        Self { url, problems: Vec::new(), silent: 0 }
    }

    /// Cuts the entry at this place, counted from 1.
    pub(super) fn entry(&mut self, entry: &mut RawEntry, place: usize) {
        let whose = format_args!("entry {place}");
        self.list(&mut entry.categories, MAX_CATEGORIES, "categories", whose);
        self.keywords(entry, whose);
        self.list(&mut entry.authors, MAX_AUTHORS, "authors", whose);
        self.list(&mut entry.enclosures, MAX_ENCLOSURES, "enclosures", whose);
        self.list(&mut entry.links, MAX_LINKS, "links", whose);
        self.list(&mut entry.images, MAX_LINKS, "images", whose);
        if let Some(title) = entry.title.as_mut().filter(|title| title.value.len() > MAX_LINE) {
            title.value.truncate(title.value.floor_char_boundary(MAX_LINE));
            self.told(format!("the title of {whose} has more than {MAX_LINE} bytes and was cut"));
        }
        let is_short = |name: &Option<String>| name.as_ref().is_none_or(|name| name.len() <= MAX_NAME);
        self.names(&mut entry.categories, "categories", whose, |category| {
            category.term.len() <= MAX_NAME && is_short(&category.label)
        });
        self.names(&mut entry.authors, "authors", whose, |author| is_short(&author.name));
        self.names(&mut entry.links, "links", whose, |link| link.href.len() <= MAX_LINE);
        self.names(&mut entry.enclosures, "enclosures", whose, |file| file.url.len() <= MAX_LINE);
        self.names(&mut entry.images, "images", whose, |image| image.len() <= MAX_LINE);
    }

    /// Leaves out what is too long for what it is.
    fn names<T>(
        &mut self,
        list: &mut Vec<T>,
        what: &str,
        whose: std::fmt::Arguments<'_>,
        fits: impl Fn(&T) -> bool,
    ) {
        let all = list.len();
        list.retain(fits);
        if list.len() < all {
            self.told(format!("a name or address among the {what} of {whose} is too long, and was left out"));
        }
    }

    fn told(&mut self, message: String) {
        if self.problems.len() < MAX_TOLD {
            self.problems.push(Problem::warning(self.url, message));
        }
    }

    /// Whether an entry is to be taken: of those that say nothing at all a few are. One start
    /// tag that is written again and again leaves thousands of them.
    pub(super) fn takes(&mut self, entry: &RawEntry) -> bool {
        let (id_is_link, language) = (entry.id_is_link, entry.language.clone());
        let silent = *entry == RawEntry { id_is_link, language, ..RawEntry::default() };
        self.silent += usize::from(silent);
        !silent || self.silent <= MAX_SILENT
    }

    /// Cuts what the feed says of itself.
    pub(super) fn head(&mut self, channel: &mut RawChannel, hints: &mut Hints) {
        let whose = format_args!("the feed");
        self.list(&mut channel.authors, MAX_AUTHORS, "authors", whose);
        self.list(&mut channel.links, MAX_LINKS, "links", whose);
        self.list(&mut hints.hubs, MAX_LINKS, "hubs", whose);
    }

    /// What was told of.
    pub(super) fn problems(mut self) -> Vec<Problem> {
        if self.silent > MAX_SILENT {
            let silent = self.silent;
            let message =
                format!("{silent} entries say nothing at all, the first {MAX_SILENT} of them were taken");
            self.problems.push(Problem::warning(self.url, message));
        }
        self.problems
    }

    /// Names what has more than `most` of these.
    pub(super) fn tell(&mut self, whose: std::fmt::Arguments<'_>, most: usize, what: &str) {
        self.told(format!("{whose} has more than {most} {what}, the first {most} were taken"));
    }

    fn list<T>(&mut self, list: &mut Vec<T>, most: usize, what: &str, whose: std::fmt::Arguments<'_>) {
        if list.len() > most {
            list.truncate(most);
            self.tell(whose, most, what);
        }
    }

    /// Keywords take the room that categories leave.
    fn keywords(&mut self, entry: &mut RawEntry, whose: std::fmt::Arguments<'_>) {
        let mut room = MAX_CATEGORIES.saturating_sub(entry.categories.len());
        let mut was_cut = false;
        for words in &mut entry.keywords {
            let end = words.match_indices(KEYWORD_ENDS).nth(room.saturating_sub(1)).map(|(at, _)| at);
            match (room, end) {
                (0, _) => {
                    was_cut |= !words.is_empty();
                    words.clear();
                }
                (_, Some(end)) => {
                    words.truncate(end);
                    (room, was_cut) = (0, true);
                }
                (_, None) => room -= words.matches(KEYWORD_ENDS).count() + 1,
            }
        }
        entry.keywords.retain(|words| !words.is_empty());
        if was_cut {
            self.tell(whose, MAX_CATEGORIES, "categories and keywords");
        }
    }
}
