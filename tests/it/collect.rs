//! Fetching, the address policy, folders of posts and watching them.

mod connect;
mod decoys;
mod files;
mod hostile;
mod http;
mod policy;
mod post;
mod redirect;
mod request;
mod watch;
