//! Subscribing to feeds that name a hub, on a made-up clock and over real sockets.

use super::daemon::{hours, minutes, rss};
use super::hub::{Hub, TOPIC, empty, intent, name, signature, subscribed, wanting};
use crate::app::App;
use crate::origin::bare;
use feedmill::model::{Intent, Outcome, Verdict};
use feedmill::store::Stage;
use std::time::Duration;

const DAY: u64 = 24;

#[tokio::test]
async fn a_feed_that_names_hub_and_itself_is_subscribed_to_and_polled_once_a_day() {
    let hub = Hub::start();
    let daemon = wanting(&hub).await;
    let [asked] = &hub.asked()[..] else { panic!("{:?}", hub.asked()) };
    let fields = ["hub.mode", "hub.topic", "hub.lease_seconds"].map(|field| asked[field].as_str());
    assert_eq!(fields, ["subscribe", TOPIC, "864000"]);
    assert_eq!((name(asked).len(), asked["hub.secret"].len()), (32, 64), "nobody guesses them");
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert!(daemon.wait() <= chrono::TimeDelta::minutes(66), "not verified: polled as ever");
    assert_eq!(daemon.told(), Some(format!("asks {} for a subscription", hub.origin.url("/hub"))));

    let callback = name(asked);
    for (callback, mode, topic) in [
        ("0123456789abcdef0123456789abcdef", "subscribe", TOPIC),
        (callback.as_str(), "subscribe", "https://news.example.org/other.xml"),
        (&callback, "unsubscribe", TOPIC),
        (&callback, "publish", TOPIC),
    ] {
        let verdict = daemon.verify(callback, intent(mode, topic, 864_000)).await;
        assert_eq!(verdict, Verdict::Unknown, "{callback} {mode} {topic}");
    }
    assert_eq!(daemon.verify(&callback, intent("subscribe", TOPIC, 864_000)).await, Verdict::Confirmed);
    let source = daemon.source();
    assert_eq!(source.next_because, "websub");
    let told = format!("subscribed at {} until 2026-03-14T09:17:25Z", hub.origin.url("/hub"));
    assert_eq!(daemon.told(), Some(told));
    assert!(daemon.wait() >= chrono::TimeDelta::hours(24), "{:?}", daemon.wait());

    daemon.pass_in_steps(hours(5 * DAY), hours(1)).await;
    assert!((5..=6).contains(&hub.polls()), "{} polls in five days", hub.polls());
    assert_eq!(source.location, hub.origin.url("/feed"), "the topic is not asked in its stead");
}

#[tokio::test]
async fn what_is_signed_is_taken_in_as_a_poll_would_and_what_is_not_is_ignored() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    let (callback, secret) = (name(&hub.asked()[0]), hub.asked()[0]["hub.secret"].clone());
    let state = || daemon.store.source(feedmill::store::SourceRow(1)).unwrap();
    let (before, due) = (state(), daemon.source().next);
    // A hub may send what is new alone: the others stay.
    let body = rss("", &["three"]);
    for bad in [None, Some("sha256=00".to_owned()), Some(signature("another", &body))] {
        assert!(daemon.brought(&callback, bad.clone(), &body).await, "{bad:?} is not told apart");
        assert_eq!(daemon.entries("f"), 2, "{bad:?}");
    }
    assert!(
        !daemon.brought("0123456789abcdef0123456789abcdef", Some(signature(&secret, &body)), &body).await
    );
    assert!(daemon.brought(&callback, Some(signature(&secret, &body)), &body).await);
    assert_eq!(daemon.entries("f"), 3);
    // Again, and with one that is known: nothing is there twice.
    let both = rss("", &["three", "two", "four"]);
    for _ in 0..2 {
        assert!(daemon.brought(&callback, Some(signature(&secret, &both)), &both).await);
        assert_eq!(daemon.entries("f"), 4);
    }
    let page = "<!doctype html><title>Hub</title>";
    assert!(daemon.brought(&callback, Some(signature(&secret, page)), page).await);
    let after = state();
    assert_eq!(after.validators, before.validators);
    assert_eq!((after.last, after.body_hash), (before.last, before.body_hash));
    assert_eq!((after.due, daemon.source().next), (due, due));
    // The next poll is conditional, and finds nothing that is not there.
    hub.publish(&["one", "two", "three", "four"]);
    daemon.pass(hours(DAY + 1)).await;
    assert_eq!(hub.origin.last_field("if-none-match").as_deref(), Some("\"a\""));
    assert_eq!((daemon.entries("f"), daemon.source().outcome), (4, Some(Outcome::Unchanged)));
}

#[tokio::test]
async fn what_a_hub_brings_says_nothing_of_how_the_origin_is() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    let asked = hub.asked().remove(0);
    let (callback, secret) = (name(&asked), asked["hub.secret"].clone());
    let page = "<!doctype html><title>Hub</title>";
    for _ in 0..2 {
        assert!(daemon.brought(&callback, Some(signature(&secret, page)), page).await);
    }
    assert_eq!(daemon.health(), [], "its polls go well");
    hub.origin.answer_from_now("/feed", bare(500, ""));
    daemon.pass(hours(DAY + 2)).await;
    assert_eq!(daemon.health(), [Outcome::Failed]);
    let body = rss("", &["three"]);
    assert!(daemon.brought(&callback, Some(signature(&secret, &body)), &body).await);
    assert_eq!((daemon.entries("f"), daemon.health()), (3, vec![]), "they go on failing");
    hub.publish(&["one", "two", "three"]);
    daemon.pass(hours(DAY + 2)).await;
    assert_eq!(daemon.health(), [Outcome::Unchanged]);
}

#[tokio::test]
async fn a_lease_is_renewed_before_its_end_with_the_same_callback() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 10 * 24 * 3600).await;
    daemon.pass_in_steps(hours(9 * DAY - 1), hours(1)).await;
    assert_eq!(hub.asked().len(), 1);
    daemon.pass(hours(2)).await;
    let asked = hub.asked();
    assert_eq!(asked.len(), 2, "renewed with a tenth of it left");
    assert_eq!(asked[1], asked[0]);
    assert_eq!(
        daemon.verify(&name(&asked[1]), intent("subscribe", TOPIC, 864_000)).await,
        Verdict::Confirmed
    );
    let before = hub.polls();
    daemon.pass_in_steps(hours(2 * DAY), hours(4)).await;
    assert!(hub.polls() - before <= 3, "the old lease is over, the new one holds");
    assert_eq!(daemon.source().next_because, "websub");
}

#[tokio::test]
async fn a_lease_that_lapses_brings_the_schedule_back() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 10 * 24 * 3600).await;
    // The hub never verifies again.
    hub.origin.answer_from_now("/hub", "HTTP/1.1 503 Busy\r\nContent-Length: 12\r\n\r\ntoo\r\nmany x\n");
    daemon.pass_in_steps(hours(10 * DAY), hours(2)).await;
    let source = daemon.source();
    assert_eq!(source.next_because, "schedule");
    assert!(daemon.wait() <= chrono::TimeDelta::minutes(66));
    let told = format!("not subscribed at {}: the hub answered 503: too  many x", hub.origin.url("/hub"));
    assert_eq!(daemon.told(), Some(told));
    let asked = hub.asked().len();
    assert!((2..=6).contains(&asked), "backs off: {asked}");
    let before = hub.polls();
    daemon.pass_in_steps(hours(6), minutes(10)).await;
    assert!(hub.polls() - before >= 5);
}

#[tokio::test]
async fn a_hub_that_says_no_is_left_alone_and_its_reason_shown() {
    let hub = Hub::start();
    let daemon = wanting(&hub).await;
    let callback = name(&hub.asked()[0]);
    let denied = Intent { reason: Some("not\nhere".to_owned()), ..intent("denied", TOPIC, 0) };
    assert_eq!(daemon.verify(&callback, denied).await, Verdict::Noted);
    let told =
        format!("not subscribed at {}: the hub denied the subscription: not here", hub.origin.url("/hub"));
    assert_eq!(daemon.told(), Some(told));
    daemon.pass_in_steps(hours(6 * DAY), hours(1)).await;
    assert_eq!(hub.asked().len(), 1);
    assert!(hub.polls() > 60, "polled as ever: {}", hub.polls());
    daemon.pass_in_steps(hours(2 * DAY), hours(1)).await;
    assert!(hub.asked().len() >= 2, "asked again after a week");

    let silent = Hub::start();
    let daemon = wanting(&silent).await;
    daemon.pass_in_steps(minutes(70), minutes(10)).await;
    let told =
        format!("not subscribed at {}: the hub did not verify the subscription", silent.origin.url("/hub"));
    assert_eq!((silent.asked().len(), daemon.told()), (1, Some(told)));
    daemon.pass_in_steps(hours(2), minutes(10)).await;
    assert_eq!(silent.asked().len(), 2);
    // What comes late is as good.
    assert_eq!(
        daemon.verify(&name(&silent.asked()[0]), intent("subscribe", TOPIC, 3600)).await,
        Verdict::Confirmed
    );
}

#[tokio::test]
async fn a_source_that_goes_is_unsubscribed() {
    let hub = Hub::start();
    for option_off in [true, false] {
        let daemon = subscribed(&hub, 864_000).await;
        let asked = hub.asked().len();
        let callback = name(&hub.asked()[asked - 1]);
        if option_off {
            daemon.write("f", &format!("sources: [{{{}, schedule: 1h}}]\n", hub.source())).await;
            assert!(daemon.wait() <= chrono::TimeDelta::minutes(66), "the schedule holds again");
        } else {
            daemon.remove("f").await;
        }
        daemon.pass(minutes(1)).await;
        let asked = hub.asked();
        let farewell = asked.last().unwrap();
        assert_eq!((farewell["hub.mode"].as_str(), name(farewell)), ("unsubscribe", callback.clone()));
        assert_eq!(farewell.len(), 3, "no secret: {farewell:?}");
        assert_eq!(daemon.verify(&callback, intent("subscribe", TOPIC, 9)).await, Verdict::Unknown);
        assert_eq!(daemon.verify(&callback, intent("unsubscribe", TOPIC, 0)).await, Verdict::Confirmed);
        daemon.settled().await;
        assert_eq!(daemon.store.subscriptions().unwrap(), []);
        assert!(!daemon.brought(&callback, None, "x").await);
        daemon.stop().await;
        hub.origin.answer_from_now("/hub", bare(202, ""));
    }
}

#[tokio::test]
async fn a_hub_that_does_not_hear_is_told_three_times() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    hub.origin.answer_from_now("/hub", bare(500, ""));
    daemon.remove("f").await;
    daemon.pass_in_steps(hours(2 * DAY), minutes(30)).await;
    assert_eq!(hub.asked().len(), 4);
    assert_eq!(daemon.store.subscriptions().unwrap(), []);
}

#[tokio::test]
async fn a_subscription_survives_a_restart() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    let (callback, secret) = (name(&hub.asked()[0]), hub.asked()[0]["hub.secret"].clone());
    let daemon = daemon.restart(hours(2)).await;
    assert_eq!((hub.asked().len(), hub.polls()), (1, 1));
    assert_eq!(daemon.source().next_because, "websub");
    assert_eq!(daemon.store.subscriptions().unwrap()[0].stage, Stage::Held);
    let body = rss("", &["three"]);
    assert!(daemon.brought(&callback, Some(signature(&secret, &body)), &body).await);
    assert_eq!(daemon.entries("f"), 3);
    // Down for longer than the lease: polled at once, and asked for anew.
    let daemon = daemon.restart(hours(12 * DAY)).await;
    daemon.pass_in_steps(minutes(2), Duration::from_secs(10)).await;
    assert_eq!((hub.asked().len(), hub.polls()), (2, 2));
    assert_eq!(daemon.source().next_because, "schedule");
}

#[tokio::test]
async fn what_is_private_unasked_or_unreachable_is_not_subscribed_to() {
    let hub = Hub::start();
    let daemon = empty().await;
    let source = hub.source();
    for (feed, head, keys) in [
        ("off", "", ""),
        ("headers", "websub: true\n", ", headers: {X-Key: s3cret}"),
        ("folder", "websub: true\n", ", enabled: false"),
    ] {
        daemon.write(feed, &format!("{head}sources: [{{{source}{keys}}}]\n")).await;
        daemon.pass(minutes(6)).await;
    }
    assert_eq!(hub.asked().len(), 0);
    // Switched on later, its hub is found though nothing changed at the origin.
    daemon.write("off", &format!("websub: true\nsources: [{{{source}}}]\n")).await;
    daemon.pass(minutes(6)).await;
    assert_eq!(hub.asked().len(), 1);
    // Ten feeds of one URL are one subscription.
    daemon.write("more", &format!("websub: true\nsources: [{{{source}}}]\n")).await;
    daemon.pass(minutes(6)).await;
    assert_eq!(hub.asked().len(), 1);
    let asked = &hub.asked()[0];
    assert_eq!(daemon.verify(&name(asked), intent("subscribe", TOPIC, 864_000)).await, Verdict::Confirmed);
    let body = rss("", &["three"]);
    daemon.brought(&name(asked), Some(signature(&asked["hub.secret"], &body)), &body).await;
    assert_eq!((daemon.entries("off"), daemon.entries("more"), daemon.entries("headers")), (3, 3, 2));
}

#[test]
fn over_http_as_a_hub_sees_it() {
    let hub = Hub::start();
    let app = App::new("fetch: {allow: [127.0.0.0/8], host_interval: 0s}\n");
    app.write("feeds/news.yaml", &format!("websub: true\nsources: [{{{}}}]\n", hub.source()));
    let daemon = app.start();
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while hub.asked().is_empty() {
        assert!(std::time::Instant::now() < deadline, "no subscription was asked for");
        std::thread::yield_now();
    }
    let asked = hub.asked().remove(0);
    let path = asked["hub.callback"].strip_prefix("https://feeds.example.org").unwrap().to_owned();
    let topic: String = url::form_urlencoded::byte_serialize(TOPIC.as_bytes()).collect();
    let question =
        |mode: &str, topic: &str, rest: &str| format!("{path}?hub.mode={mode}&hub.topic={topic}{rest}");
    let with_challenge = "&hub.challenge=%3Cb%3E%26x&hub.lease_seconds=864000";
    for refused in [
        path.clone(),
        question("subscribe", "x", with_challenge),
        question("unsubscribe", &topic, with_challenge),
        question("subscribe", &topic, "&hub.lease_seconds=864000"),
        "/hub/callback/0123?hub.mode=subscribe&hub.challenge=1".to_owned(),
        "/hub/callback".to_owned(),
    ] {
        assert_eq!(daemon.get(&refused).status, 404, "{refused}");
    }
    let echo = daemon.get(&question("subscribe", &topic, with_challenge));
    assert_eq!((echo.status, echo.body.as_str()), (200, "<b>&x"));
    assert_eq!(echo.field("content-type").as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(echo.field("x-content-type-options").as_deref(), Some("nosniff"));

    let send = |path: &str, fields: &str, body: &str| {
        let length = body.len();
        daemon.request(&format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/rss+xml\r\n{fields}\
             Content-Length: {length}\r\n\r\n{body}"
        ))
    };
    let body = rss("", &["pushed"]);
    // Larger than any other request may be.
    let body = body.replace(
        "<title>pushed</title>",
        &format!("<title>pushed</title><description>{}</description>", "x".repeat(100_000)),
    );
    let signed = format!("X-Hub-Signature: {}\r\n", signature(&asked["hub.secret"], &body));
    assert_eq!(send("/hub/callback/0123", &signed, &body).status, 404);
    assert_eq!(send(&path, "X-Hub-Signature: sha256=00\r\n", &body).status, 202);
    assert_eq!(send(&path, "", &body).status, 202);
    assert_eq!(send(&path, &format!("{signed}Content-Encoding: gzip\r\n"), &body).status, 415);
    assert!(!daemon.get("/news.atom").body.contains("pushed"));
    let huge =
        daemon.request(&format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"));
    assert_eq!(huge.status, 413);
    assert_eq!(send(&path, &signed, &body).status, 202);
    while !daemon.get("/news.atom").body.contains("pushed") {
        assert!(std::time::Instant::now() < deadline, "what was pushed is not served");
    }
    assert_eq!(hub.polls(), 1);
}
