//! All listed feeds on one page.

use crate::publish::page::words::say;
use crate::publish::page::{
    Document, DocumentView, Head, Part, PartView, Tongue, When, documents, page, parts,
};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What the place is called where its operator gave it no name.
const OUR_TITLE: &str = "All feeds";

/// The index page.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexPage {
    /// The name of the place, plain text.
    pub title: String,
    /// The feeds in their groups, in the order to be shown.
    pub groups: Vec<IndexGroup>,
    /// The list of all of them as OPML.
    pub opml: String,
    /// What the page itself speaks.
    pub tongue: Tongue,
}

/// Feeds that stand together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexGroup {
    /// The group's folders, outermost first; none for feeds outside of any.
    pub name: Vec<String>,
    /// Its feeds.
    pub feeds: Vec<IndexFeed>,
}

/// One feed of the index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexFeed {
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub description: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// The feed's page.
    pub page: String,
    /// The feed in each format.
    pub documents: Vec<Document>,
    /// Its categories, in the order to be shown.
    pub categories: Vec<Part>,
    /// Entries that are shown now.
    pub entries: usize,
    /// Its newest change.
    pub updated: Option<DateTime<Utc>>,
    /// When one of its sources was collected last.
    pub last: Option<DateTime<Utc>>,
    /// When the next is due.
    pub next: Option<DateTime<Utc>>,
    /// What is wrong.
    pub trouble: Vec<Trouble>,
}

/// What is wrong with a feed, as everybody may know it: without a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Its file has an error.
    File,
    /// So many of its sources can't be read.
    Failing(usize, usize),
    /// So many of its sources wait to be let through.
    Held(usize, usize),
}

impl Trouble {
    fn told(self, tongue: Tongue) -> String {
        let (english, some, all) = match self {
            Self::File => ("Its feed file has an error; it goes on as it was before.", 0, 0),
            Self::Failing(_, 1) => ("Its source can't be read just now; what came before stays.", 0, 0),
            Self::Failing(some, all) => {
                ("{} of its {} sources can't be read just now; what came before stays.", some, all)
            }
            Self::Held(_, 1) => {
                ("Its source changed so much at once that it waits for somebody to look.", 0, 0)
            }
            Self::Held(some, all) => (
                "{} of its {} sources changed so much at once that they wait for somebody to look.",
                some,
                all,
            ),
        };
        let said = say(tongue, english);
        said.replacen("{}", &some.to_string(), 1).replacen("{}", &all.to_string(), 1)
    }
}

#[derive(Serialize)]
struct View<'a> {
    title: &'a str,
    opml: &'a str,
    feeds: usize,
    groups: Vec<GroupView<'a>>,
}

#[derive(Serialize)]
struct GroupView<'a> {
    name: String,
    feeds: Vec<FeedView<'a>>,
}

#[derive(Serialize)]
struct FeedView<'a> {
    title: &'a str,
    description: Option<&'a str>,
    language: Option<&'a str>,
    page: &'a str,
    documents: Vec<DocumentView<'a>>,
    categories: Vec<PartView<'a>>,
    entries: usize,
    updated: Option<When>,
    last: Option<When>,
    next: Option<When>,
    trouble: Vec<String>,
}

/// The page.
pub fn index_page(input: &IndexPage) -> String {
    let groups: Vec<GroupView<'_>> = input
        .groups
        .iter()
        .filter(|group| !group.feeds.is_empty())
        .map(|group| GroupView {
            name: group.name.join(" / "),
            feeds: group.feeds.iter().map(|feed| feed_view(feed, input.tongue)).collect(),
        })
        .collect();
    let tongue = input.tongue;
    // An operator's own title is in the operator's language.
    let title = if input.title == OUR_TITLE { say(tongue, OUR_TITLE) } else { &input.title };
    let view =
        View { title, opml: &input.opml, feeds: groups.iter().map(|group| group.feeds.len()).sum(), groups };
    let head = Head { title, tongue, opml: Some(&input.opml), ..Head::default() };
    page(&head, "index.html", &view)
}

fn feed_view(feed: &IndexFeed, tongue: Tongue) -> FeedView<'_> {
    FeedView {
        title: &feed.title,
        description: feed.description.as_deref(),
        language: feed.language.as_deref(),
        page: &feed.page,
        documents: documents(&feed.documents),
        categories: parts(&feed.categories),
        entries: feed.entries,
        updated: feed.updated.map(When::at_utc),
        last: feed.last.map(When::at_utc),
        next: feed.next.map(When::at_utc),
        trouble: feed.trouble.iter().map(|trouble| trouble.told(tongue)).collect(),
    }
}
