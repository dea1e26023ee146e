//! Fetching, the address policy, folders of posts and watching them.

mod files;
mod http;
mod request;
mod watch;
