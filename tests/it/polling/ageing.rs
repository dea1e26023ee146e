//! Entries that become too old while their origin has nothing new to say: what it still has stays,
//! what left it goes, and doesn't come back.

use super::daemon::{Daemon, Kept, hours, politeness, settings};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::Fetcher;
use feedmill::model::{EntryOrder, Facet};
use feedmill::store::Selection;
use feedmill::update::Retention;
use std::sync::Arc;

const TEN_DAYS: Retention = Retention { entries: 0, days: 10 };

/// Entries by name and day; the clock begins on the fourth of March.
const OLD: (&str, &str) = ("old", "24 Feb");
const MIDDLE: (&str, &str) = ("middle", "01 Mar");
const NEW: (&str, &str) = ("new", "03 Mar");

fn feed(etag: &str, entries: &[(&str, &str)]) -> Vec<u8> {
    ok(&format!("ETag: \"{etag}\"\r\n"), document(entries))
}

fn document(entries: &[(&str, &str)]) -> String {
    let item = |(name, day): &(&str, &str)| {
        format!(
            "<item><guid isPermaLink=\"false\">{name}</guid><title>{name}</title><pubDate>{day} 2026 08:00:00 GMT</pubDate></item>"
        )
    };
    let items: String = entries.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Harbour news</title>{items}</channel></rss>")
}

async fn daemon(origin: &Origin, retention: Retention, keys: &str) -> Daemon {
    let kept = Kept::new(Arc::new(Fetcher::new(settings()).unwrap()), politeness());
    let daemon = kept.retaining(retention).start().await;
    daemon.define("f", &[&format!("feed: {}, schedule: 6h{keys}", origin.url("/feed"))]).await;
    daemon.settled().await;
    daemon
}

async fn days(daemon: &Daemon, days: u64) {
    for _ in 0..days * 2 {
        daemon.pass(hours(12)).await;
    }
}

fn shown(daemon: &Daemon) -> Vec<String> {
    let selection = Selection {
        feeds: &["f"],
        among: &[],
        facet: &Facet::Whole,
        order: EntryOrder::Published,
        limit: 99,
    };
    let entries = daemon.store.select(&selection).unwrap();
    entries.into_iter().map(|entry| entry.entry.title.unwrap()).collect()
}

fn not_modified(origin: &Origin) {
    origin.answer_from_now("/feed", bare(304, ""));
}

#[tokio::test]
async fn what_left_its_origin_goes_by_age_though_that_answers_304_for_long() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", feed("1", &[NEW, MIDDLE, OLD]));
    let daemon = daemon(&origin, TEN_DAYS, "").await;
    origin.answer_from_now("/feed", feed("2", &[NEW, MIDDLE]));
    daemon.pass(hours(7)).await;
    assert_eq!(shown(&daemon), ["new", "middle", "old"], "eight days old: it stays though it has left");
    not_modified(&origin);
    daemon.pass(hours(7)).await;
    assert_eq!(shown(&daemon), ["new", "middle", "old"]);
    days(&daemon, 2).await;
    assert_eq!(shown(&daemon), ["new", "middle"], "ten days old, and it has left");
    days(&daemon, 60).await;
    assert_eq!(shown(&daemon), ["new", "middle"], "what stands at the origin is never too old");
    // What was let go is dug out again, beside something new.
    origin.answer_from_now("/feed", feed("3", &[("newest", "05 May"), NEW, MIDDLE, OLD]));
    daemon.pass(hours(7)).await;
    assert_eq!(shown(&daemon), ["newest", "new", "middle"]);
    // Everything but the newest leaves; both are too old and go with that answer.
    origin.answer_from_now("/feed", feed("4", &[("newest", "05 May")]));
    daemon.pass(hours(7)).await;
    assert_eq!(shown(&daemon), ["newest"]);
}

#[tokio::test]
async fn what_comes_back_to_its_origin_in_time_stays() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", feed("1", &[NEW, OLD]));
    let daemon = daemon(&origin, TEN_DAYS, "").await;
    for (etag, entries) in [("2", &[NEW][..]), ("3", &[NEW, OLD])] {
        origin.answer_from_now("/feed", feed(etag, entries));
        daemon.pass(hours(7)).await;
    }
    not_modified(&origin);
    days(&daemon, 30).await;
    assert_eq!(shown(&daemon), ["new", "old"]);
}

#[tokio::test]
async fn the_same_bytes_again_say_as_much_as_a_304() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", ok("", document(&[NEW, OLD])));
    let daemon = daemon(&origin, TEN_DAYS, "").await;
    origin.answer_from_now("/feed", ok("", document(&[NEW])));
    daemon.pass(hours(25)).await;
    days(&daemon, 9).await;
    assert_eq!(shown(&daemon), ["new"]);
}

#[tokio::test]
async fn a_document_that_is_cut_off_says_nothing_of_what_has_left() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", feed("1", &[NEW, MIDDLE, OLD]));
    let daemon = daemon(&origin, TEN_DAYS, "").await;
    let whole = document(&[NEW, MIDDLE, OLD]);
    let cut = &whole[..whole.find("<guid isPermaLink=\"false\">old").unwrap()];
    origin.answer_from_now("/feed", ok("ETag: \"2\"\r\n", cut));
    days(&daemon, 20).await;
    not_modified(&origin);
    days(&daemon, 20).await;
    assert_eq!(shown(&daemon), ["new", "middle", "old"]);
}

#[tokio::test]
async fn an_origin_that_fails_for_long_loses_nothing() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", feed("1", &[NEW, OLD]));
    let daemon = daemon(&origin, TEN_DAYS, "").await;
    for status in [500, 404, 410] {
        origin.answer_from_now("/feed", bare(status, ""));
        days(&daemon, 20).await;
        assert_eq!(shown(&daemon), ["new", "old"], "{status}");
    }
}

#[tokio::test]
async fn what_is_removed_with_its_origin_leaves_no_row_behind_in_the_end() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", feed("1", &[NEW, OLD]));
    let daemon = daemon(&origin, TEN_DAYS, ", on_delete: remove").await;
    let source = daemon.store.sources("f").unwrap().remove(0).row;
    origin.answer_from_now("/feed", feed("2", &[NEW]));
    daemon.pass(hours(7)).await;
    assert_eq!(shown(&daemon), ["new"]);
    assert_eq!(daemon.store.recall(source).unwrap().len(), 2, "its id is kept for when it comes back");
    not_modified(&origin);
    days(&daemon, 10).await;
    assert_eq!((shown(&daemon), daemon.store.recall(source).unwrap().len()), (vec!["new".to_owned()], 1));
}

#[tokio::test]
async fn without_a_limit_of_age_nothing_goes() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", feed("1", &[NEW, OLD]));
    let daemon = daemon(&origin, Retention { entries: 100, days: 0 }, "").await;
    origin.answer_from_now("/feed", feed("2", &[NEW]));
    daemon.pass(hours(7)).await;
    not_modified(&origin);
    days(&daemon, 60).await;
    assert_eq!(shown(&daemon), ["new", "old"]);
}
