//! A source → bytes.
//!
//! In: a URL with the validators of the last time, or a folder of posts. Out: a
//! body or "not modified", a listing and the bytes of files, and word of folders
//! that changed; or an error that says what failed, where and why. `http.rs` is the
//! only place that opens a connection out, `policy.rs` says which addresses it may
//! reach, `files.rs` (with `read.rs`, `site.rs` and `includes.rs` beside it) is
//! the only place that reads posts. Never parses what it brings.

mod answer;
mod body;
mod coding;
mod error;
mod failure;
mod fetch;
pub mod files;
mod folder;
mod folder_problem;
mod http;
mod includes;
mod policy;
mod post;
mod read;
mod redirect;
mod request;
mod resolve;
mod settings;
mod site;
mod stamp;
pub mod touched;
mod tree;
pub mod watch;

pub use answer::{Facts, Fetched};
pub use error::{FetchError, FetchErrorKind};
pub use fetch::{Fetch, Fetching, LookingUp};
pub use http::Fetcher;
pub use policy::{Allowed, Policy, Refusal, is_own, is_public};
pub use post::{Post, PostRequest, Posted, Posting};
pub use request::{FetchRequest, check_header};
pub use settings::FetchSettings;
