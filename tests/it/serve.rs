//! The server over real sockets, on a store and a scheduler in memory.

mod addresses;
mod aliases;
mod archives;
mod client;
mod conditions;
mod documents;
mod fake;
mod hostile;
mod hubs;
mod limits;
mod onward;
mod operator;
mod private;
mod quick;
mod tongues;
