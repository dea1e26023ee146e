//! What fetching is to the rest of the program.
//!
//! In: a [`FetchRequest`]. Out: [`Fetched`] or a [`FetchError`]. Does nothing itself.

use super::answer::Fetched;
use super::error::FetchError;
use super::request::FetchRequest;
use std::{net::SocketAddr, pin::Pin, time::Duration};

/// What fetches. The daemon's is [`super::Fetcher`]; a simulated day has one without a network.
pub trait Fetch: Send + Sync {
    /// Asks once, redirects followed.
    fn fetch<'a>(&'a self, request: &'a FetchRequest) -> Fetching<'a>;

    /// The limit of a fetch whose request names none.
    fn timeout(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// The addresses that a URL's host led to when it was last resolved; none where
    /// nobody here knows (a proxy resolves it, there is no such name). `None` asks for
    /// [`Fetch::look_up`], after which it is known.
    fn addresses(&self, _url: &str) -> Option<Vec<SocketAddr>> {
        Some(Vec::new())
    }

    /// Resolves a URL's host, so that [`Fetch::addresses`] knows it. Connects to nothing.
    fn look_up<'a>(&'a self, _url: &'a str) -> LookingUp<'a> {
        Box::pin(std::future::ready(()))
    }
}

/// A name that is being resolved.
pub type LookingUp<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A fetch under way; its error is everything but a whole document or a 304 that was asked for.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send + 'a>>;
