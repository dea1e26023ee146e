//! The only place that knows what time it is.
//!
//! Out: the time, and sleeping until later. Everything else takes `now` as an
//! argument or a [`Clock`] when it runs on.

use chrono::{DateTime, Utc};
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

/// A clock that can be waited on.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
    /// Resolves when this much time has passed on this clock.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that stands still until it is told to go on: for tests and `make soak`.
#[derive(Debug, Clone)]
pub struct MadeUpClock {
    now: Arc<tokio::sync::watch::Sender<DateTime<Utc>>>,
}

impl MadeUpClock {
    /// A clock that stands at this time.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now: Arc::new(tokio::sync::watch::Sender::new(now)) }
    }

    /// Goes on by this much and wakes whoever's time has come.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += by);
    }

    /// Is put back by this much, as a clock is that was wrong.
    pub fn turn_back(&self, by: Duration) {
        self.now.send_modify(|now| *now -= by);
    }
}

impl Clock for MadeUpClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let until = self.now() + duration;
        let mut ticks = self.now.subscribe();
        Box::pin(async move {
            // The sender lives as long as the clock; without it nobody's time comes any more.
            if ticks.wait_for(|now| *now >= until).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
