//! What a feed is, in the terms of Atom (RFC 4287) with RSS 2.0 and JSON Feed 1.1 mapped on.
//!
//! Plain data that every other room shares. Nothing here is serialised, read or
//! written: rows and documents have wire structs of their own beside their code.
//!
//! | ours | RSS 2.0 | Atom 1.0 | JSON Feed 1.1 |
//! |---|---|---|---|
//! | [`Feed`] | `rss/channel` | `feed` | the whole object |
//! | [`Channel::title`] | `title` | `title` | `title` |
//! | [`Channel::description`] | `description` | `subtitle` | `description` |
//! | [`Channel::link`] | `link` | `link@alternate` | `home_page_url` |
//! | [`Channel::language`] | `language` | `xml:lang` | `language` |
//! | [`Channel::authors`] | `dc:creator`, `managingEditor` | `author` | `authors` |
//! | [`Channel::icon`] | `image` | `icon` | `icon` |
//! | [`Channel::rights`] | `copyright` | `rights` | – |
//! | [`Channel::updated`] | `lastBuildDate` | `updated` | – |
//! | [`Entry`] | `item` | `entry` | `items[]` |
//! | [`Entry::id`] | `guid` | `id` | `id` |
//! | [`Entry::title`] | `title` | `title` | `title` |
//! | [`Entry::link`] | `link` | `link@alternate` | `url` |
//! | [`Entry::summary`] | `description` | `summary` | `summary` |
//! | [`Entry::content`] | `content:encoded` | `content` | `content_html` |
//! | [`Entry::published`] | `pubDate` | `published` | `date_published` |
//! | [`Entry::updated`] | `atom:updated` | `updated` | `date_modified` |
//! | [`Entry::authors`] | `author`, `dc:creator` | `author` | `authors` |
//! | [`Entry::categories`] | `category` | `category` | `tags` |
//! | [`Entry::tags`] | `category` | `category` | `tags` |
//! | [`Entry::image`] | `media:thumbnail` | `media:thumbnail` | `image` |
//! | [`Entry::enclosures`] | `enclosure`, `media:content` | `link@enclosure` | `attachments` |
//! | [`Entry::comments`] | `comments` | `link@replies` | – |
//! | [`Entry::rights`] | `dc:rights` | `rights` | – |
//! | [`Entry::origin`] | `source` | `source` | – |
//! | [`Entry::extensions`] | `itunes:…`, `podcast:…`, `media:…` … | `media:…` … | `_extensions` |

mod address;
mod allow;
mod category;
mod choice;
mod crontab;
mod defaults;
mod distinct;
mod entry;
mod extension;
mod feed;
mod hub;
mod language;
mod location;
mod measure;
mod network;
mod outcome;
mod outlet;
mod podcast_category;
mod problem;
mod refresh;
mod status;
mod timetable;
mod validators;
mod websub;
mod window;

pub use address::{is_loopback, parse_web_url};
pub use allow::{Allow, BadAllow};
pub use category::CategoryPath;
pub use choice::Choice;
pub use crontab::Crontab;
pub use defaults::Defaults;
pub use distinct::Distinct;
pub use entry::{Date, Enclosure, Entry, Origin, Person};
pub use extension::Extension;
pub use feed::{Channel, Deleted, Facet, Feed, FeedEntry, Format};
pub use hub::{Change, Content, Hub, HubDesk, HubRequest};
pub use language::{is_language_tag, language_tag, widely_known_tag};
pub use location::{resolve_path, show_path};
pub use measure::{parse_duration, parse_size, show_duration};
pub use network::{BadNetwork, Network};
pub use outcome::Outcome;
pub use outlet::{Access, Alias, CategoryInfo, ContentMode, EntryOrder, Fate, Outlet, Pass};
pub use podcast_category::{below_podcast_category, podcast_category};
pub use problem::{Problem, Severity, printable};
pub use refresh::{NoSuchFeed, Pulse, Refresher, RunReport, SourceReport, Waiting};
pub use status::{FeedStatus, Ran, SourceStatus, Spell, Status};
pub use timetable::Timetable;
pub use validators::Validators;
pub use websub::{Answering, Delivery, Intent, Subscriber, Verdict};
pub use window::Window;
