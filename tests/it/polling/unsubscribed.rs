//! Subscriptions that end: feeds that name their hub no more, sources that are gone, and
//! what polls teach meanwhile.

use super::daemon::{hours, minutes, rss};
use super::hub::{Hub, TOPIC, empty, intent, name, signature, subscribed};
use crate::origin::{bare, ok};
use feedmill::model::Verdict;
use std::time::Duration;

const DAY: u64 = 24;

#[tokio::test]
async fn a_feed_that_names_its_hub_no_more_is_unsubscribed_and_polled_as_before() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    let callback = name(&hub.asked()[0]);
    // A 304 says nothing of hubs, nor does what was cut off.
    hub.origin.answer_from_now("/feed", bare(304, ""));
    daemon.pass(hours(DAY + 1)).await;
    let cut = rss("", &["one"]).replace("</channel></rss>", "<item><title>c");
    hub.origin.answer_from_now("/feed", ok("ETag: \"c\"\r\n", cut));
    daemon.pass(hours(DAY + 1)).await;
    assert_eq!((hub.asked().len(), daemon.source().next_because.as_str()), (1, "websub"));
    hub.origin.answer_from_now("/feed", ok("ETag: \"b\"\r\n", rss("", &["one", "two", "three"])));
    daemon.pass(hours(DAY + 1)).await;
    assert_eq!(daemon.source().next_because, "schedule");
    assert!(daemon.wait() <= chrono::TimeDelta::minutes(66), "{:?}", daemon.wait());
    daemon.pass(Duration::from_secs(2)).await;
    let asked = hub.asked();
    assert_eq!((asked.len(), asked[1]["hub.mode"].as_str()), (2, "unsubscribe"));
    assert_eq!(name(&asked[1]), callback);
    assert_eq!(daemon.verify(&callback, intent("unsubscribe", TOPIC, 0)).await, Verdict::Confirmed);
    daemon.settled().await;
    assert_eq!(daemon.store.subscriptions().unwrap(), []);
    // Named again, it is asked for again.
    hub.publish(&["one", "two", "three", "four"]);
    daemon.pass(minutes(70)).await;
    daemon.pass(Duration::from_secs(2)).await;
    assert_eq!((hub.asked().len(), hub.asked()[2]["hub.mode"].as_str()), (3, "subscribe"));
}

#[tokio::test]
async fn a_hub_that_is_named_again_before_it_heard_the_farewell_is_asked_anew() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    hub.origin.answer_from_now("/feed", ok("ETag: \"b\"\r\n", rss("", &["one", "two", "three"])));
    hub.origin.answer_from_now("/hub", bare(500, ""));
    daemon.pass(hours(DAY + 1)).await;
    hub.publish(&["one", "two"]);
    hub.origin.answer_from_now("/hub", bare(202, ""));
    daemon.pass(minutes(70)).await;
    daemon.pass(Duration::from_secs(2)).await;
    let asked = hub.asked();
    let last = asked.last().unwrap();
    assert_eq!(last["hub.mode"], "subscribe");
    assert_ne!(name(last), name(&asked[0]), "a callback that it may have been told to forget");
}

#[tokio::test]
async fn a_source_that_is_gone_is_unsubscribed_and_takes_nothing_more() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    let (callback, secret) = (name(&hub.asked()[0]), hub.asked()[0]["hub.secret"].clone());
    hub.origin.answer_from_now("/feed", bare(410, ""));
    daemon.pass(hours(DAY + 1)).await;
    daemon.pass(Duration::from_secs(2)).await;
    assert_eq!(daemon.source().next_because, "gone");
    assert_eq!(hub.asked().last().unwrap()["hub.mode"], "unsubscribe");
    let body = rss("", &["three"]);
    daemon.brought(&callback, Some(signature(&secret, &body)), &body).await;
    assert_eq!(daemon.entries("f"), 2);
    daemon.pass_in_steps(hours(12 * DAY), hours(6)).await;
    assert!(hub.asked().iter().skip(1).all(|asked| asked["hub.mode"] == "unsubscribe"));
}

#[tokio::test]
async fn polls_that_find_nothing_because_the_hub_brought_it_teach_nothing() {
    let hub = Hub::start();
    let daemon = empty().await;
    daemon.write("f", &format!("websub: true\nsources: [{{{}}}]\n", hub.source())).await;
    daemon.pass(Duration::from_secs(2)).await;
    let asked = hub.asked().remove(0);
    let (callback, secret) = (name(&asked), asked["hub.secret"].clone());
    assert_eq!(daemon.verify(&callback, intent("subscribe", TOPIC, 864_000)).await, Verdict::Confirmed);
    let mut entries = vec!["one".to_owned(), "two".to_owned()];
    for day in 0..9 {
        entries.push(format!("day {day}"));
        let body = rss(&hub.links(), &entries.iter().map(String::as_str).collect::<Vec<_>>());
        daemon.brought(&callback, Some(signature(&secret, &body)), &body).await;
        hub.origin.answer_from_now("/feed", ok("ETag: \"a\"\r\n", body));
        daemon.pass(hours(DAY)).await;
    }
    assert!(hub.polls() >= 5);
    // The hub never renews: the feed is polled as a new one is.
    daemon.pass_in_steps(hours(2 * DAY), hours(1)).await;
    let before = hub.polls();
    daemon.pass_in_steps(hours(10), minutes(10)).await;
    assert!(hub.polls() > before, "{} polls, {:?}", hub.polls() - before, daemon.source());
}
