//! feedmill keeps a set of feeds: it collects folders of posts and feed URLs on a
//! schedule, maps what it finds to entries, files them under categories, and serves
//! every feed and every category as RSS, Atom and JSON Feed.
//!
//! The modules are the words of one sentence, in reading order; `ARCHITECTURE.md`
//! tells it with two walks.
//!
//! - [`model`]: what a feed is: entries, categories, problems; plain data for every room.
//! - [`config`]: how this daemon runs; the only reader of the environment.
//! - [`definition`]: `feeds/*.yaml` → definitions, and every problem with its place.
//! - [`collect`]: a source → bytes; the only room that opens a connection out or reads a post.
//! - [`parse`]: bytes → a document: feeds, front matter, charsets.
//! - [`map`]: a document → entries: generators' rules, dates, links, ids, clean HTML.
//! - [`update`]: the order of the stages, and the pure decision what has changed.
//! - [`store`]: what is known, kept in SQLite.
//! - [`lint`]: a feed's judge: bytes → what validators and readers would say of them.
//! - [`publish`]: a feed → bytes in one of its formats.
//! - [`schedule`]: who is due, and how politely.
//! - [`serve`]: HTTP: documents, status, refresh.
//! - [`cli`]: one file a command.
//! - [`yaml`]: YAML text → a tree that keeps text, quoting and place.
//! - [`clock`]: the only place that knows what time it is.

pub mod model;
pub mod config;
pub mod definition;
pub mod collect;
pub mod parse;
pub mod map;
pub mod update;
pub mod store;
pub mod lint;
pub mod publish;
pub mod schedule;
pub mod serve;
pub mod cli;
pub mod yaml;
pub mod clock;
