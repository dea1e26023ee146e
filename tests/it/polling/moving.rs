//! Redirects and endings over days: what is adopted, what is given up, what stays.

use super::daemon::{Daemon, Kept, feed, hours, politeness, rss};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::{Facts, Fetch, FetchError, FetchErrorKind, FetchRequest, Fetched, Fetching};
use feedmill::model::{Outcome, Validators};
use std::sync::{Arc, Mutex};

const OLD: &str = "https://old.example/feed";
const NEW: &str = "https://new.example/feed";

/// Origins on https without a network: what a URL answers, and who was asked with what.
#[derive(Default)]
struct Web {
    answers: Mutex<Vec<(String, Answer)>>,
    asked: Mutex<Vec<String>>,
}

#[derive(Clone)]
enum Answer {
    Feed,
    /// Every hop was a 301 or 308, or one was not.
    Moved {
        to: &'static str,
        permanent: bool,
    },
    Page,
    Failed(FetchErrorKind),
}

impl Web {
    fn answers(&self, url: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap();
        answers.retain(|(known, _)| known != url);
        answers.push((url.to_owned(), answer));
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Fetch for Web {
    fn fetch<'a>(&'a self, request: &'a FetchRequest) -> Fetching<'a> {
        let conditional = if request.validators.is_empty() { "" } else { " with validators" };
        self.asked.lock().unwrap().push(format!("{}{conditional}", request.url));
        let answers = self.answers.lock().unwrap();
        let answer = answers.iter().find(|(url, _)| *url == request.url).map(|(_, answer)| answer.clone());
        let url = request.url.clone();
        let body = |final_url: &str, permanent: bool, body: String| {
            let facts = Facts {
                validators: Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None },
                final_url: final_url.to_owned(),
                permanent_url: permanent.then(|| final_url.to_owned()),
                ..Facts::default()
            };
            Ok(Fetched::Body { body: body.into_bytes(), content_type: None, facts })
        };
        let answer = match answer.expect("an answer") {
            Answer::Feed => body(&url, false, rss("", &["a"])),
            Answer::Moved { to, permanent } => body(to, permanent, rss("", &["a"])),
            Answer::Page => body(&url, false, "<!DOCTYPE html><html><body>This domain is for sale".into()),
            Answer::Failed(kind) => Err(FetchError {
                url,
                status: None,
                retry_after: None,
                kind,
                message: "failed".into(),
                help: None,
            }),
        };
        Box::pin(async move { answer })
    }
}

async fn on(web: &Arc<Web>, keys: &str) -> Daemon {
    let daemon = Kept::new(Arc::clone(web) as Arc<dyn Fetch>, politeness()).start().await;
    daemon.define("f", &[keys]).await;
    daemon.settled().await;
    daemon
}

fn defined() -> String {
    format!("feed: \"{OLD}\", schedule: 1d")
}

fn moved(permanent: bool) -> Answer {
    Answer::Moved { to: NEW, permanent }
}

#[tokio::test]
async fn a_permanent_redirect_is_adopted_after_three_polls_over_seven_days() {
    let web = Arc::new(Web::default());
    web.answers(OLD, moved(true));
    web.answers(NEW, Answer::Feed);
    let mut daemon = on(&web, &defined()).await;
    for day in 1..=7 {
        assert_eq!(web.asked().last().unwrap().split(' ').next().unwrap(), OLD, "day {day}");
        assert_eq!(daemon.source().current_location, NEW, "followed at once");
        daemon = daemon.restart(hours(25)).await;
    }
    // Seven days and seven hours after the first: believed with this poll.
    assert_eq!(web.asked(), [format!("{OLD} with validators")]);
    daemon.pass(hours(25)).await;
    assert_eq!(web.asked(), [format!("{NEW} with validators")]);
    let source = daemon.source();
    assert_eq!((source.location.as_str(), source.current_location.as_str()), (OLD, NEW));
    assert_eq!(daemon.entries("f"), 1);
}

#[tokio::test]
async fn three_polls_in_a_day_are_not_enough_nor_two_over_a_month() {
    for (schedule, step, polls) in [("6h", 7, 20), ("15d", 15 * 24 + 1, 1)] {
        let web = Arc::new(Web::default());
        web.answers(OLD, moved(true));
        web.answers(NEW, Answer::Feed);
        let daemon = on(&web, &format!("feed: \"{OLD}\", schedule: {schedule}")).await;
        for _ in 0..polls {
            daemon.pass(hours(step)).await;
        }
        daemon.pass(hours(step)).await;
        assert_eq!(web.asked().last().unwrap(), &format!("{OLD} with validators"), "{schedule}");
    }
}

#[tokio::test]
async fn what_is_temporary_or_changes_or_is_no_feed_or_no_https_is_never_adopted() {
    let plain = Answer::Moved { to: "http://new.example/feed", permanent: true };
    let other = Answer::Moved { to: "https://other.example/feed", permanent: true };
    for story in [
        vec![moved(false)],
        vec![plain],
        vec![moved(true), moved(false)],
        vec![moved(true), other],
        vec![moved(true), Answer::Feed],
    ] {
        let web = Arc::new(Web::default());
        web.answers(OLD, story[0].clone());
        let daemon = on(&web, &defined()).await;
        for day in 1..30 {
            web.answers(OLD, story[day % story.len()].clone());
            daemon.pass(hours(25)).await;
        }
        let asked = web.asked();
        assert_eq!(asked.len(), 30);
        assert!(asked.iter().all(|asked| asked.starts_with(OLD)), "{asked:?}");
    }
}

#[tokio::test]
async fn credentials_are_not_carried_to_another_origin_by_adopting_it() {
    let web = Arc::new(Web::default());
    web.answers(OLD, moved(true));
    let daemon = on(&web, &format!("feed: \"{OLD}\", schedule: 1d, headers: {{X-Key: secret}}")).await;
    for _ in 0..30 {
        daemon.pass(hours(25)).await;
    }
    assert!(web.asked().iter().all(|asked| asked.starts_with(OLD)));
}

#[tokio::test]
async fn an_adopted_address_that_ends_is_given_up_for_the_defined_one() {
    for (answer, polls) in [
        (Answer::Failed(FetchErrorKind::Gone), 1),
        (Answer::Failed(FetchErrorKind::Unresolved), 3),
        (Answer::Page, 3),
    ] {
        let web = Arc::new(Web::default());
        web.answers(OLD, moved(true));
        web.answers(NEW, Answer::Feed);
        let daemon = on(&web, &defined()).await;
        for _ in 0..10 {
            daemon.pass(hours(25)).await;
        }
        web.asked();
        web.answers(NEW, answer);
        for _ in 0..polls {
            daemon.pass(hours(25)).await;
        }
        assert_eq!(web.asked(), vec![format!("{NEW} with validators"); polls]);
        web.answers(OLD, Answer::Feed);
        daemon.pass(hours(25)).await;
        assert_eq!(web.asked(), [format!("{OLD} with validators")]);
        assert_eq!((daemon.source().failures, daemon.entries("f")), (0, 1));
    }
}

#[tokio::test]
async fn errors_of_every_kind_back_off_to_a_day_and_keep_the_entries() {
    for kind in [
        FetchErrorKind::Unresolved,
        FetchErrorKind::Unreachable,
        FetchErrorKind::Untrusted,
        FetchErrorKind::TimedOut,
        FetchErrorKind::TooLarge,
        FetchErrorKind::CutShort,
        FetchErrorKind::BadRedirect,
        FetchErrorKind::Blocked,
        FetchErrorKind::Status,
    ] {
        let web = Arc::new(Web::default());
        web.answers(OLD, Answer::Feed);
        let daemon = on(&web, &format!("feed: \"{OLD}\"")).await;
        web.answers(OLD, Answer::Failed(kind));
        for _ in 0..9 {
            daemon.pass(hours(25)).await;
        }
        let source = daemon.source();
        assert_eq!((source.failures, daemon.entries("f")), (9, 1), "{kind:?}");
        assert_eq!(source.next_because, "back-off");
        assert!((24 * 60..=24 * 60 + 10).contains(&daemon.wait().num_minutes()), "{kind:?}");
    }
}

#[tokio::test]
async fn redirects_on_the_wire_are_followed_and_plain_http_is_never_adopted() {
    for (status, location) in
        [(301, "/new"), (308, "/new#top"), (302, "/new"), (303, "new"), (307, "//HOST/new")]
    {
        let origin = Origin::start();
        let location = location.replace("HOST", &origin.address().to_string());
        origin.answer("/feed", bare(status, &format!("Location: {location}\r\n")));
        feed(&origin, "/new", "ETag: \"1\"\r\n", &["a"]);
        origin.answer("/new", bare(304, ""));
        let daemon = Daemon::with(&format!("feed: {}, schedule: 1d", origin.url("/feed"))).await;
        for _ in 0..9 {
            daemon.pass(hours(25)).await;
        }
        let requests = origin.requests();
        let paths: Vec<&str> = requests.iter().map(|request| request.split(' ').nth(1).unwrap()).collect();
        assert_eq!(paths, ["/feed", "/new"].repeat(10), "{status}");
        // The redirect itself gave no validators; what answered is asked with its own.
        assert!(requests.iter().step_by(2).all(|request| !request.contains("if-none-match")));
        assert!(requests.iter().skip(3).step_by(2).all(|request| request.contains("if-none-match: \"1\"")));
        assert_eq!(daemon.source().current_location, origin.url("/new"));
    }
}

#[tokio::test]
async fn loops_long_chains_and_locations_that_lead_nowhere_are_errors_with_back_off() {
    for (location, message) in [
        ("Location: /feed\r\n", "redirects in a loop, back to `URL`"),
        ("", "answered 301 without a `Location`"),
        ("Location: http://\r\n", "redirects to `http://`: empty host"),
        ("Location: file:///etc/passwd\r\n", "blocked by policy: `file` is neither http nor https"),
    ] {
        let origin = Origin::start();
        origin.answer("/feed", bare(301, location));
        let daemon = Daemon::on(&origin, "/feed").await;
        assert_eq!(daemon.problem(), message.replace("URL", &origin.url("/feed")));
        assert_eq!(daemon.source().failures, 1);
    }
    let origin = Origin::start();
    for hop in 0..9 {
        origin.answer(&format!("/{hop}"), bare(301, &format!("Location: /{}\r\n", hop + 1)));
    }
    let daemon = Daemon::on(&origin, "/0").await;
    assert_eq!((daemon.problem().as_str(), origin.requests().len()), ("redirects more than 5 times", 6));
}

#[tokio::test]
async fn gone_is_gone_and_what_it_gave_stays() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a", "b"]);
    origin.answer("/feed", bare(410, ""));
    let mut daemon = Daemon::on(&origin, "/feed").await;
    daemon.pass(hours(2)).await;
    for _ in 0..5 {
        daemon = daemon.restart(hours(24 * 40)).await;
    }
    let source = daemon.source();
    assert_eq!((origin.requests().len(), daemon.entries("f")), (2, 2));
    assert_eq!(
        (source.next, source.next_because.as_str(), source.outcome),
        (None, "gone", Some(Outcome::Failed))
    );
    // Another address is another matter.
    feed(&origin, "/again", "", &["c"]);
    daemon.define("f", &[&format!("feed: {}", origin.url("/again"))]).await;
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 3);
}

#[tokio::test]
async fn a_parked_domain_and_a_bridge_in_trouble_change_nothing_stored() {
    let page = "<!DOCTYPE html><html><body>This domain is for sale</body></html>";
    let bridge = rss("", &["Bridge returned error 500! (20516)"]);
    for (bad, message) in [
        (page, "this is a page, not a feed"),
        (bridge.as_str(), "an entry of it is the server's own error: `Bridge returned error 500! (20516)`"),
    ] {
        let origin = Origin::start();
        feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a", "b"]);
        origin.answer("/feed", ok("ETag: \"2\"\r\nContent-Type: text/html\r\n", bad));
        feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a", "b"]);
        let daemon = Daemon::on(&origin, "/feed").await;
        daemon.pass(hours(2)).await;
        assert!(daemon.problem().starts_with(message), "{}", daemon.problem());
        assert_eq!(daemon.entries("f"), 2);
        daemon.pass(hours(2)).await;
        assert_eq!(origin.last_field("if-none-match").unwrap(), "\"1\"");
        assert_eq!((daemon.source().outcome, daemon.source().failures), (Some(Outcome::Unchanged), 0));
    }
}

#[tokio::test]
async fn what_lies_behind_a_redirect_ends_no_source() {
    for status in [301, 302, 307, 308] {
        let origin = Origin::start();
        let elsewhere = format!("Location: {}\r\n", origin.url("/elsewhere"));
        origin.answer("/feed", bare(status, &elsewhere));
        origin.answer("/elsewhere", bare(410, ""));
        let daemon = Daemon::on(&origin, "/feed").await;
        assert_eq!(daemon.problem(), "answered 410", "{status}");
        assert!(daemon.source().next.is_some(), "{status}");
        let moved = bare(status, &format!("Location: {}\r\n", origin.url("/back")));
        origin.answer_from_now("/feed", moved);
        feed(&origin, "/back", "", &["a"]);
        daemon.pass(hours(25)).await;
        assert_eq!(daemon.entries("f"), 1, "{status}");
    }
}

#[tokio::test]
async fn an_adopted_address_that_ends_ends_no_source_that_never_adopted_it() {
    let web = Arc::new(Web::default());
    web.answers(OLD, moved(true));
    web.answers(NEW, Answer::Feed);
    let daemon = on(&web, &defined()).await;
    for _ in 0..9 {
        daemon.pass(hours(25)).await;
    }
    web.answers(NEW, Answer::Failed(FetchErrorKind::Gone));
    daemon.define("g", &[&defined()]).await;
    web.asked();
    daemon.pass(hours(25)).await;
    assert!(web.asked().iter().all(|asked| asked.starts_with(NEW)));
    assert!(daemon.source_of("g").next.is_some());
    web.answers(OLD, Answer::Feed);
    daemon.pass(hours(25)).await;
    assert_eq!((daemon.entries("f"), daemon.entries("g")), (1, 1));
}
