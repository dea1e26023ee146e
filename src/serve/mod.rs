//! HTTP: documents, pages, status, refresh.
//!
//! In: a listener, a [`Site`] (store, clock, outlets, the handle that asks for a
//! refresh), the signal to stop. Out: answers. The only room with status codes.
//! Never collects, never takes an address, a host or a template from a request, and
//! never renders where stored facts or kept bytes answer.

mod accept;
mod address;
mod alias;
mod aliased;
mod answer;
mod announce;
mod api;
mod archive;
mod auth;
mod base;
mod basis;
mod cache;
mod callback;
mod chosen;
mod client;
mod coding;
mod conditional;
pub mod control;
mod document;
mod error;
mod every;
mod excerpt;
mod export;
mod flights;
mod health;
mod hubs;
mod metrics;
mod onward;
mod opml;
mod pages;
mod piece;
mod plain;
mod policy;
mod quick;
mod ready;
mod refusal;
mod render;
mod resolve;
mod routes;
mod said;
mod scope;
mod secret;
mod sheets;
mod shelf;
mod site;
mod spelling;
mod stall;
mod tongue;
mod wire;

pub use crate::publish::page::Manners;
pub use accept::{Listener, serve};
pub use address::{Address, file_paths};
pub use aliased::alias_files;
pub use announce::announce;
pub use archive::{archives, render_archive};
pub use export::Export;
pub use opml::{render_categories_opml, render_opml};
pub(crate) use pages::render_index;
pub use pages::render_page;
pub use piece::addresses;
pub use render::render;
pub(crate) use render::shorten;
pub use secret::Secret;
pub use shelf::{AllSettings, Shelf, Shelved};
pub use site::{Limits, Parts, Settings, Site};
pub use wire::{run_json, status_json};
