//! Subscriptions: asked for, verified, renewed before their end, given up.
//!
//! In: what feeds offer, what hubs answer and send. Out: requests to hubs through
//! [`crate::collect::Post`], see [`super::delivery`] for what they bring. Each step is
//! stored before the hub hears of it, since a hub may verify before it answers. A hub
//! that fails costs nothing: polling goes on as without it.

use crate::collect::Post;
use crate::model::{Intent, Verdict};
use crate::schedule::handle::Order;
use crate::schedule::subscription::{ahead, begin, cut, fail, hold, is_reachable, message, put_back};
use crate::schedule::task::Task;
use crate::schedule::{Gate, Scheduler};
use crate::store::{SourceRow, Stage, Store, Subscription};
use crate::update::{self, Offer, Offered};
use chrono::{DateTime, TimeDelta, Utc};
use std::{sync::Arc, time::Duration};

/// A hub that said yes has so long to verify.
const VERIFIED_WITHIN: TimeDelta = TimeDelta::hours(1);
/// A hub that said no for good is asked again after so long.
const AFTER_DENIAL: TimeDelta = TimeDelta::days(7);
/// A hub that does not hear of an unsubscription is told so often.
const FAREWELLS: u32 = 3;

/// What subscribing needs.
pub(super) struct Subscribing {
    /// Sends.
    pub(super) post: Arc<dyn Post>,
    /// Where hubs reach us, without a slash at the end.
    pub(super) callbacks: String,
    /// Whether they do: else nothing new is subscribed to.
    pub(super) reachable: bool,
}

/// A hub's answer to a request.
pub(super) struct HubAnswer {
    request: [u8; 32],
    callback: String,
    hub_host: String,
    /// Why it came to nothing, and when the hub wants to be asked again.
    refusal: Option<(String, Option<Duration>)>,
}

impl Scheduler {
    /// Subscribes to what offers it, with this to speak to hubs.
    #[must_use]
    pub fn subscribing(self, post: Arc<dyn Post>) -> Self {
        Self { subscribing: Some(Subscribing { post, callbacks: String::new(), reachable: false }), ..self }
    }

    /// What an earlier run of the daemon was subscribed to.
    pub(super) fn recall_subscriptions(&mut self, stored: Vec<Subscription>, now: DateTime<Utc>) {
        for mut subscription in stored.into_iter().filter(|_| self.subscribing.is_some()) {
            if let Some(ahead) = ahead(&subscription, now) {
                put_back(&mut subscription, ahead);
            }
            self.subscriptions.entry(subscription.request).or_insert(subscription);
        }
    }

    /// The clock was put back by so much.
    pub(super) fn put_back_subscriptions(&mut self, by: TimeDelta) {
        self.lapses_seen = None;
        self.subscriptions.values_mut().for_each(|subscription| put_back(subscription, by));
        let requests: Vec<[u8; 32]> = self.subscriptions.keys().copied().collect();
        for request in requests {
            self.keep(request);
        }
    }

    /// Where hubs reach us from now on, and which subscriptions are still wanted.
    pub(super) fn resubscribe(&mut self, base_url: &str, now: DateTime<Utc>) {
        let Some(subscribing) = &mut self.subscribing else { return };
        subscribing.callbacks = format!("{}/hub/callback", base_url.trim_end_matches('/'));
        subscribing.reachable = is_reachable(base_url) && !self.on_request;
        let requests: Vec<[u8; 32]> = self.subscriptions.keys().copied().collect();
        for request in requests {
            let wanted = self.is_wanted(request);
            let Some(subscription) = self.subscriptions.get(&request) else { continue };
            match (wanted, subscription.stage) {
                (false, _) => self.leave_hub(request, now),
                (true, Stage::Wanted | Stage::Asked | Stage::Held) => {}
                // A callback that the hub may have been told to forget is not used again.
                (true, Stage::Leaving) => {
                    let (hub, topic) = (subscription.hub.clone(), subscription.topic.clone());
                    self.subscriptions
                        .extend(begin(request, Offer { hub, topic }, now).map(|new| (request, new)));
                }
            }
        }
    }

    fn is_wanted(&self, request: [u8; 32]) -> bool {
        let reachable = self.subscribing.as_ref().is_some_and(|subscribing| subscribing.reachable);
        let rows = self.sharing.get(&request).into_iter().flatten();
        let wants = |task: &Task| task.source.websub && task.source.enabled && !task.state.gone;
        reachable && rows.filter_map(|row| self.tasks.get(row)).any(wants)
    }

    /// A collection is over: what its feed offers now.
    pub(super) fn note_offer(&mut self, row: SourceRow, offered: &Offered) {
        let Some(request) = self.tasks.get(&row).and_then(|task| task.request) else { return };
        let now = self.clock.now();
        let known = self.subscriptions.get(&request);
        match offered {
            _ if !self.is_wanted(request) => self.leave_hub(request, now),
            Offered::Nothing => self.leave_hub(request, now),
            Offered::Unknown => {}
            Offered::Hub(offer) => {
                let same = known.filter(|known| known.stage != Stage::Leaving);
                if !same.is_some_and(|known| known.hub == offer.hub && known.topic == offer.topic) {
                    let begun = begin(request, offer.clone(), now);
                    self.subscriptions.extend(begun.map(|subscription| (request, subscription)));
                }
            }
        }
    }

    /// A subscription that nobody wants, or that its feed names no hub for, is given up.
    fn leave_hub(&mut self, request: [u8; 32], now: DateTime<Utc>) {
        let Some(subscription) = self.subscriptions.get_mut(&request) else { return };
        match subscription.stage {
            Stage::Leaving => {}
            Stage::Wanted if !subscription.holds(now) => self.forget(request),
            Stage::Wanted | Stage::Asked | Stage::Held => {
                subscription.stage = Stage::Leaving;
                subscription.failures = 0;
                subscription.next = Some(now);
                self.pace_anew(request, now);
            }
        }
    }

    /// Sends what is to be sent to hubs now; when there is something to do next.
    pub(super) fn tend_subscriptions(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.subscribing.as_ref()?;
        let is_due = |subscription: &&Subscription| subscription.next.is_some_and(|next| next <= now);
        let due: Vec<[u8; 32]> =
            self.subscriptions.values().filter(is_due).map(|subscription| subscription.request).collect();
        for request in due {
            self.tend(request, now);
        }
        let mut ends = self.subscriptions.values().filter_map(|known| known.lease_ends);
        let lapsed = self.lapses_seen.is_none_or(|seen| ends.any(|end| end > seen && end <= now));
        self.lapses_seen = Some(now);
        if lapsed {
            let requests: Vec<[u8; 32]> = self.subscriptions.keys().copied().collect();
            for request in requests {
                self.pace_anew(request, now);
            }
        }
        self.subscriptions.values().filter_map(|subscription| subscription.next).min()
    }

    /// The next step of one subscription whose time has come.
    fn tend(&mut self, request: [u8; 32], now: DateTime<Utc>) {
        let Some(subscription) = self.subscriptions.get_mut(&request) else { return };
        let over = subscription.lease_ends.is_none_or(|end| end <= now);
        match subscription.stage {
            Stage::Asked => {
                fail(subscription, "the hub did not verify the subscription".to_owned(), None, now);
                return self.keep(request);
            }
            Stage::Leaving if subscription.failures >= FAREWELLS || (over && subscription.failures > 0) => {
                return self.forget(request);
            }
            Stage::Wanted | Stage::Held | Stage::Leaving => {}
        }
        let (host, rules) = self.politeness.of(&subscription.hub);
        match self.gate.enter(&[(host.clone(), rules.limits)], now) {
            Gate::Open => {}
            Gate::NotBefore(at) => return subscription.next = Some(at),
            Gate::Full(_) => return subscription.next = Some(now + TimeDelta::seconds(1)),
        }
        let subscribes = subscription.stage != Stage::Leaving;
        if subscribes {
            subscription.stage = Stage::Asked;
            subscription.next = Some(now + VERIFIED_WITHIN);
        } else {
            subscription.failures += 1;
            subscription.next = Some(now + VERIFIED_WITHIN);
        }
        self.send(request, host, now);
    }

    /// Asks a hub, once what it may verify is stored.
    fn send(&mut self, request: [u8; 32], hub_host: String, now: DateTime<Utc>) {
        let (Some(subscribing), Some(subscription)) = (&self.subscribing, self.subscriptions.get(&request))
        else {
            return;
        };
        let (post, store) = (Arc::clone(&subscribing.post), Arc::clone(&self.store));
        let (subscription, callback) = (subscription.clone(), subscription.callback.clone());
        self.tell(request, now);
        let message = message(&subscription, &format!("{}/{callback}", subscribing.callbacks), now);
        self.hub_talk.spawn(async move {
            let stored = stored(store, subscription).await;
            let refusal = match stored {
                Err(why) => Some((why, None)),
                Ok(()) => match post.post(&message).await {
                    Ok(answer) if (200..300).contains(&answer.status) => None,
                    Ok(answer) => {
                        let said = if answer.text.is_empty() {
                            String::new()
                        } else {
                            format!(": {}", cut(&answer.text))
                        };
                        Some((format!("the hub answered {}{said}", answer.status), answer.retry_after))
                    }
                    Err(error) => {
                        Some((format!("the hub can't be asked: {}", error.message), error.retry_after))
                    }
                },
            };
            HubAnswer { request, callback, hub_host, refusal }
        });
    }

    /// A hub has answered: yes means that it verifies now, or already has.
    pub(super) fn hear(&mut self, answer: HubAnswer) {
        let now = self.clock.now();
        self.gate.leave(&answer.hub_host);
        self.parked.remove(&answer.hub_host).into_iter().flatten().for_each(|row| self.unpark(row));
        let Some(subscription) = self.subscriptions.get_mut(&answer.request) else { return };
        let Some((why, wait)) = answer.refusal.filter(|_| subscription.callback == answer.callback) else {
            return;
        };
        tracing::warn!(hub = subscription.hub, topic = subscription.topic, "no subscription: {why}");
        if subscription.stage == Stage::Leaving {
            subscription.next = Some(now + update::back_off(subscription.failures));
        } else {
            fail(subscription, why, wait, now);
        }
        self.keep(answer.request);
    }

    /// A hub asks whether a request was meant, or denies one.
    pub(super) async fn verify(&mut self, callback: &str, intent: Intent) -> Verdict {
        let now = self.clock.now();
        let known = self.subscriptions.values_mut().find(|known| known.callback == callback);
        let Some(subscription) = known.filter(|known| known.topic == intent.topic) else {
            return Verdict::Unknown;
        };
        let request = subscription.request;
        // It was asked for once, however late the hub is.
        let asked = subscription.failures > 0 || subscription.stage != Stage::Wanted;
        let verdict = match (intent.mode.as_str(), subscription.stage) {
            ("subscribe", Stage::Wanted | Stage::Asked | Stage::Held) if asked => {
                hold(subscription, intent.lease_seconds, now);
                Verdict::Confirmed
            }
            ("unsubscribe", Stage::Leaving) => {
                self.forget(request);
                return Verdict::Confirmed;
            }
            ("denied", Stage::Asked | Stage::Held) => {
                let reason = intent.reason.as_deref().map(cut).filter(|reason| !reason.is_empty());
                let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
                subscription.stage = Stage::Wanted;
                subscription.lease_ends = None;
                subscription.next = Some(now + AFTER_DENIAL);
                subscription.problem = Some(format!("the hub denied the subscription{why}"));
                Verdict::Noted
            }
            _ => return Verdict::Unknown,
        };
        let kept = subscription.clone();
        self.pace_anew(request, now);
        if let Err(why) = stored(Arc::clone(&self.store), kept).await {
            tracing::error!("a subscription could not be stored: {why}");
        }
        verdict
    }

    /// Until when a hub sends, or sent, what is new of this request.
    pub(super) fn lease_ends(&self, request: Option<[u8; 32]>) -> Option<DateTime<Utc>> {
        let subscription = self.subscriptions.get(&request?)?;
        subscription.lease_ends.filter(|_| subscription.stage != Stage::Leaving)
    }

    /// A lease has begun, or ended: its sources are due at other times.
    fn pace_anew(&mut self, request: [u8; 32], now: DateTime<Utc>) {
        self.tell(request, now);
        for row in self.sharing.get(&request).cloned().unwrap_or_default() {
            let Some(source) = self.tasks.get(&row).map(|task| Arc::clone(&task.source)) else { continue };
            let terms = self.terms(&source, now);
            let Some(task) = self.tasks.get_mut(&row) else { continue };
            if !task.pace_anew(terms) {
                continue;
            }
            let (due, state) = (task.due().filter(|_| !task.ready), Arc::clone(&task.state));
            if due.is_some() {
                self.enqueue(row, due.filter(|_| !self.on_request));
            }
            self.show(row, state);
        }
    }

    /// Stores a subscription as it is now, in the background.
    fn keep(&mut self, request: [u8; 32]) {
        self.tell(request, self.clock.now());
        if let Some(subscription) = self.subscriptions.get(&request).cloned() {
            let store = Arc::clone(&self.store);
            self.write(move || store.keep_subscription(&subscription));
        }
    }

    fn forget(&mut self, request: [u8; 32]) {
        self.subscriptions.remove(&request);
        let store = Arc::clone(&self.store);
        self.write(move || store.forget_subscription(request));
    }

    /// Writes that nobody waits for; what is lost with them is asked of the hub again.
    fn write(&mut self, write: impl FnOnce() -> Result<(), crate::store::StoreError> + Send + 'static) {
        self.writes.spawn_blocking(move || {
            if let Err(error) = write() {
                tracing::error!(%error, "a subscription could not be stored");
            }
        });
    }

    /// How the subscription of a source stands, for the status.
    fn subscription_told(&self, request: [u8; 32], now: DateTime<Utc>) -> Option<String> {
        let known = self.subscriptions.get(&request)?;
        Some(match (known.lease_ends.filter(|_| known.holds(now)), &known.problem) {
            (Some(end), _) => {
                format!("subscribed at {} until {}", known.hub, end.format("%Y-%m-%dT%H:%M:%SZ"))
            }
            (None, Some(problem)) => format!("not subscribed at {}: {problem}", known.hub),
            (None, None) => format!("asks {} for a subscription", known.hub),
        })
    }

    /// Puts how a subscription stands on the board.
    fn tell(&self, request: [u8; 32], now: DateTime<Utc>) {
        let told = self.subscription_told(request, now);
        let rows = self.sharing.get(&request).into_iter().flatten();
        let Ok(mut board) = self.board.write() else { return };
        for row in rows {
            let subscribes = self.tasks.get(row).is_some_and(|task| task.source.websub);
            match told.clone().filter(|_| subscribes) {
                Some(told) => board.subscriptions.insert(*row, told),
                None => board.subscriptions.remove(row),
            };
        }
    }

    /// Obeys what comes from a hub.
    pub(super) async fn obey_hub(&mut self, order: Order) {
        match order {
            Order::Verify(callback, intent, reply) => {
                let verdict = self.verify(&callback, intent).await;
                // Whoever asked may have gone.
                let _ = reply.send(verdict);
            }
            Order::Deliver(callback, delivery, reply) => {
                let known = self.take_delivery(&callback, delivery);
                let _ = reply.send(known);
            }
            Order::Knows(callback, reply) => {
                let _ = reply.send(self.subscriptions.values().any(|known| known.callback == callback));
            }
            _ => {}
        }
    }
}

async fn stored(store: Arc<dyn Store>, subscription: Subscription) -> Result<(), String> {
    let kept = tokio::task::spawn_blocking(move || store.keep_subscription(&subscription)).await;
    match kept {
        Ok(kept) => kept.map_err(|error| error.to_string()),
        Err(_) => Err("storing it broke off".to_owned()),
    }
}
