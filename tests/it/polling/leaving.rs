//! Sources that leave the definitions while somebody waits for them.

use super::daemon::{Daemon, rss};
use crate::origin::{Origin, ok};
use feedmill::model::Refresher as _;
use std::{fs, time::Duration};

/// A refresh names the sources of the definitions that stand; new ones that are on their way
/// hold before it is obeyed.
#[tokio::test]
async fn a_refresh_that_new_definitions_overtake_ends() {
    let origin = Origin::start();
    origin.answer_from_now("/old", ok("", rss("", &["a"])));
    origin.answer_from_now("/new", ok("", rss("", &["b"])));
    let daemon = Daemon::on(&origin, "/old").await;
    let text = format!("sources:\n  - feed: {}\n", origin.url("/new"));
    fs::write(daemon.file("f"), text).unwrap();
    let asking = async {
        let run = daemon.handle.refresh(&["f".to_owned()]).unwrap();
        daemon.handle.wait(&run).await;
        daemon.handle.run(&run).unwrap()
    };
    // Polled in this order: the definitions are sent first.
    let both = async { tokio::join!(biased; daemon.handle.redefine(daemon.redefinition()), asking) };
    let (redefined, report) = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
    redefined.unwrap();
    assert!(report.done && report.sources.is_empty(), "{report:?}");
}
