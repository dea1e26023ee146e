//! Fetching, the address policy, folders of posts and watching them.

mod connect;
mod decoys;
mod files;
mod hostile;
mod http;
mod policy;
mod post;
mod proxy;
mod redirect;
mod request;
pub(crate) mod tls;
mod watch;
