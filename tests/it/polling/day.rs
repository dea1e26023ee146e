//! A small day of the bench `polite_day`.

use super::simulated_day::poll;
use chrono::TimeDelta;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_simulated_day_has_no_early_poll_no_crowded_host_and_is_on_time() {
    let figures = poll(300, Duration::from_hours(24), false).await;
    assert_eq!((figures.early, figures.crowding), (0, 0), "{figures}");
    // Those that fail wait for tarpits at their own address.
    assert!(figures.failing.1[1] < TimeDelta::minutes(1), "{figures}");
    assert!(figures.requests > 300 * 12 && figures.at_once <= 64, "{figures}");
    assert!(figures.well.1[1] < TimeDelta::seconds(5), "{figures}");
}

#[tokio::test(start_paused = true)]
async fn with_half_of_a_thousand_feeds_tarpits_the_others_are_on_time() {
    let figures = poll(1000, Duration::from_hours(6), true).await;
    assert_eq!((figures.early, figures.crowding), (0, 0), "{figures}");
    assert!(figures.well.0 > 500 * 4 && figures.at_once <= 64, "{figures}");
    assert!(figures.well.1[1] < TimeDelta::seconds(5), "{figures}");
}
