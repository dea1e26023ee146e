//! That the scheduler lives, said while it waits for long work.
//!
//! The service manager is told that all is well as long as the scheduler ticks; filing a
//! hundred thousand entries anew is one step of it, and longer than that patience.

use crate::schedule::{Scheduler, TICK};
use chrono::TimeDelta;
use std::sync::atomic::Ordering;
use tokio::task::{JoinError, JoinHandle};

/// Work that the scheduler waits for, and that takes longer, has hung.
const LONGEST_WORK: TimeDelta = TimeDelta::minutes(10);

impl Scheduler {
    /// Waits for work that blocks, and says every second meanwhile that all is well: a
    /// hundred thousand entries are not filed anew in one. Work without an end says it no more.
    pub(super) async fn alive_beside<T>(&self, mut work: JoinHandle<T>) -> Result<T, JoinError> {
        let began = self.clock.now();
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = self.clock.sleep(TICK) => {
                    let now = self.clock.now();
                    if now - began < LONGEST_WORK {
                        self.ticked.store(now.timestamp_millis(), Ordering::Relaxed);
                    }
                }
            }
        }
    }
}
