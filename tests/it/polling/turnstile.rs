//! A fetcher that can be shut: what is asked meanwhile is under way until it is opened.

use super::daemon::{Daemon, Kept, politeness, settings};
use feedmill::collect::{Fetch, FetchRequest, Fetcher, Fetching};
use feedmill::model::{Refresher, SourceReport};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

pub(super) struct Turnstile {
    through: Fetcher,
    shut: watch::Sender<bool>,
    begun: watch::Sender<usize>,
}

impl Turnstile {
    pub(super) fn shut(&self) {
        self.shut.send_replace(true);
    }

    pub(super) fn open(&self) {
        self.shut.send_replace(false);
    }

    /// So many fetches have begun since the beginning.
    pub(super) async fn reached(&self, count: usize) {
        let mut begun = self.begun.subscribe();
        let reached = begun.wait_for(|begun| *begun >= count);
        tokio::time::timeout(Duration::from_secs(30), reached).await.expect("no such fetch begins").unwrap();
    }
}

impl Fetch for Turnstile {
    fn fetch<'a>(&'a self, request: &'a FetchRequest) -> Fetching<'a> {
        self.begun.send_modify(|begun| *begun += 1);
        let mut shut = self.shut.subscribe();
        Box::pin(async move {
            shut.wait_for(|shut| !shut).await.unwrap();
            self.through.fetch(request).await
        })
    }
}

/// A daemon without feeds that fetches through a turnstile, which is open.
pub(super) async fn daemon() -> (Arc<Turnstile>, Daemon) {
    let turnstile = Arc::new(Turnstile {
        through: Fetcher::new(settings()).unwrap(),
        shut: watch::Sender::new(false),
        begun: watch::Sender::new(0),
    });
    let fetch: Arc<dyn Fetch> = Arc::clone(&turnstile) as Arc<dyn Fetch>;
    let daemon = Kept::new(fetch, politeness()).start().await;
    (turnstile, daemon)
}

/// A poll of feed `f` is asked for and is under way, behind the turnstile; its run.
pub(super) async fn poll_under_way(turnstile: &Turnstile, daemon: &Daemon) -> String {
    let begun = *turnstile.begun.borrow();
    turnstile.shut();
    let run = daemon.handle.refresh(&["f".to_owned()]).unwrap();
    turnstile.reached(begun + 1).await;
    run
}

/// What came of a run.
pub(super) async fn end(turnstile: &Turnstile, daemon: &Daemon, run: &str) -> SourceReport {
    turnstile.open();
    daemon.handle.wait(run).await;
    daemon.settled().await;
    daemon.handle.run(run).unwrap().sources.remove(0)
}
