//! Fetching, the address policy, folders of posts and watching them.

mod http;
mod request;
mod watch;
