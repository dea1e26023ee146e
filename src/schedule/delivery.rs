//! What hubs bring: taken in one by one for each source, within bounds.
//!
//! In: signed content for a callback. Out: collections of place [`Place::Delivery`]. What is
//! too much is left out, and found by the next poll.

use crate::model::Delivery;
use crate::schedule::clocks::is_unset;
use crate::schedule::task::{Delivered, Task};
use crate::schedule::{Finished, Place, Scheduler};
use crate::store::{SourceRow, Stage};
use crate::update;
use std::sync::Arc;

/// Deliveries that wait for one source, and kilobytes of all that wait or are taken in;
/// what is more is found by the next poll.
const MOST_WAITING: usize = 8;
pub(super) const MOST_KILOBYTES: usize = 32 << 10;

impl Scheduler {
    /// Takes content for the sources of a callback; whether it is known.
    pub(super) fn take_delivery(&mut self, callback: &str, delivery: Delivery) -> bool {
        let Some(subscription) = self.subscriptions.values().find(|known| known.callback == callback) else {
            return false;
        };
        let signature = delivery.signature.as_deref().unwrap_or_default();
        let genuine = update::is_signed(&subscription.secret, signature, &delivery.body);
        let request = subscription.request;
        if !genuine {
            tracing::warn!(topic = subscription.topic, "content without the agreed signature was ignored");
        } else if subscription.stage != Stage::Leaving {
            let kilobytes = u32::try_from(delivery.body.len() / 1024 + 1).unwrap_or(u32::MAX);
            let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(kilobytes) else {
                tracing::warn!(topic = subscription.topic, "content was left out: too much of it waits");
                return true;
            };
            let delivery = Arc::new(Delivered { delivery: Arc::new(delivery), _room: room });
            for row in self.sharing.get(&request).cloned().unwrap_or_default() {
                let Some(task) = self.tasks.get_mut(&row).filter(|task| task.takes_deliveries()) else {
                    continue;
                };
                if task.deliveries.len() < MOST_WAITING {
                    task.deliveries.push_back(Arc::clone(&delivery));
                }
                self.start_delivery(row);
            }
        }
        true
    }

    /// Takes in the first delivery that waits for a source, unless it is being collected.
    pub(super) fn start_delivery(&mut self, row: SourceRow) {
        let now = self.clock.now();
        let can_begin = |task: &&Task| !task.running && !is_unset(now);
        let Some(task) = self.tasks.get(&row).filter(can_begin) else { return };
        let terms = self.terms(&task.source.clone(), now);
        let Some(task) = self.tasks.get_mut(&row) else { return };
        let Some(delivery) = task.deliveries.pop_front() else { return };
        let job = task.begin_delivery(terms);
        self.enqueue(row, None);
        let stages = Arc::clone(&self.stages);
        self.running.spawn(async move {
            let done = update::deliver(&stages, job, &delivery.delivery).await;
            let (place, done) = (Place::Delivery, vec![(row, done)]);
            Finished { place, hosts: Vec::new(), asked: None, done, looked_up: None }
        });
    }
}
