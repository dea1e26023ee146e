//! feedmill keeps a set of feeds: it collects folders of posts and feed URLs on a
//! schedule, maps what it finds to entries, files them under categories, and serves
//! every feed and every category as RSS, Atom and JSON Feed.
//!
//! The modules are the words of one sentence, in reading order; `ARCHITECTURE.md`
//! tells it with two walks.

/// One file a command.
pub mod cli;
/// YAML text → a tree that keeps each scalar's own text, quoting and place.
pub mod yaml;
/// The only place that knows what time it is.
pub mod clock;
/// A source → bytes: the only room that opens a connection out or reads a post.
pub mod collect;
/// How this daemon runs; the only reader of the environment.
pub mod config;
/// `feeds/*.yaml` → definitions, and every problem with file, line and column.
pub mod definition;
/// A document → entries: generators' rules, dates, links, ids, clean HTML.
pub mod map;
/// What a feed is: entries, categories, problems; plain data for every room.
pub mod model;
/// Bytes → a document: feeds, front matter, HTML, charsets.
pub mod parse;
/// A feed → bytes in one of its formats.
pub mod publish;
/// Who is due, and how politely.
pub mod schedule;
/// HTTP: documents, status, refresh.
pub mod serve;
/// What is known, kept in SQLite: entries, validators and due times in one commit.
pub mod store;
/// The order of the stages, and the pure decision what has changed.
pub mod update;
