//! For publishers: who asks for their feeds, how often, and how to stop it.

use crate::publish::page::{Head, page};
use serde::Serialize;
use std::time::Duration;

/// How hosts are treated, as this instance is configured.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// The shortest time between two requests to one URL.
    pub floor: Duration,
    /// The time between two starts at one host.
    pub gap: Duration,
    /// Requests to one host at once.
    pub at_once: usize,
    /// Some hosts have limits of their own.
    pub exceptions: bool,
}

/// The page; `home` is the index page, `agent` the `User-Agent` that requests carry.
pub fn bot_page(home: &str, agent: &str, manners: &Manners) -> String {
    #[derive(Serialize)]
    struct View<'a> {
        agent: &'a str,
        floor: Option<String>,
        gap: Option<String>,
        at_once: usize,
        exceptions: bool,
    }
    let head = Head { title: "Who asks for your feed", noindex: true, home: Some(home), ..Head::default() };
    let view = View {
        agent,
        floor: in_words(manners.floor),
        gap: in_words(manners.gap),
        at_once: manners.at_once,
        exceptions: manners.exceptions,
    };
    page(&head, "bot.html", &view)
}

/// `5 minutes`, `1 second`; `None` for none at all.
fn in_words(time: Duration) -> Option<String> {
    let seconds = time.as_secs();
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (length, unit) =
        units.into_iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length))?;
    let count = seconds / length;
    Some(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
}

#[cfg(test)]
mod tests {
    use super::{Manners, bot_page};
    use std::time::Duration;

    #[test]
    fn the_page_says_what_is_configured() {
        let page = |floor, gap, at_once, exceptions| {
            let (floor, gap) = (Duration::from_secs(floor), Duration::from_secs(gap));
            let page = bot_page("/", "feedmill", &Manners { floor, gap, at_once, exceptions });
            let line = page.lines().find(|line| line.contains("once an hour")).unwrap().to_owned();
            line.split("gave another schedule").nth(1).unwrap().to_owned()
        };
        assert_eq!(
            page(300, 1, 1, false),
            ". Never twice in 5 minutes, never more than one request at once to one host or IP address, and those 1 second apart.</li>"
        );
        assert_eq!(
            page(0, 0, 8, true),
            ". Never more than 8 requests at once to one host or IP address. For some hosts its operator has set other limits.</li>"
        );
    }
}
