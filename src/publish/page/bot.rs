//! For publishers: who asks for their feeds, how often, and how to stop it.

use crate::publish::page::{Head, page};
use serde::Serialize;

/// The page; `home` is the index page, `agent` the `User-Agent` that requests carry.
pub fn bot_page(home: &str, agent: &str) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        agent: &'a str,
    }
    let head = Head { title: "Who asks for your feed", noindex: true, home: Some(home), ..Head::default() };
    page(&head, "bot.html", &View { agent })
}
