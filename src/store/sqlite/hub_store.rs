//! [`HubStore`] on `SQLite`.

use crate::store::sqlite::{SqliteStore, hub};
use crate::store::{HubStore, StoreError, Subscriber};
use chrono::{DateTime, Utc};

impl HubStore for SqliteStore {
    fn announced(&self, topic: &str) -> Result<Option<String>, StoreError> {
        self.read("reading what hubs were told", |connection| hub::announced(connection, topic))
    }

    fn keep_announced(&self, topic: &str, etag: &str) -> Result<(), StoreError> {
        let (topic, etag) = (topic.to_owned(), etag.to_owned());
        self.writer.write("keeping what hubs were told", false, move |connection| {
            hub::keep_announced(connection, &topic, &etag)
        })
    }

    fn documents(&self, feed: &str) -> Result<Vec<String>, StoreError> {
        self.read("listing rendered documents", |connection| hub::documents(connection, feed))
    }

    fn subscribers(&self, topic: &str, now: DateTime<Utc>) -> Result<Vec<Subscriber>, StoreError> {
        self.read("reading subscribers", |connection| hub::subscribers(connection, topic, now))
    }

    fn callbacks(&self, origin: &str, now: DateTime<Utc>) -> Result<usize, StoreError> {
        self.read("counting subscribers", |connection| hub::callbacks(connection, origin, now))
    }

    fn subscribe(&self, subscription: &Subscriber, now: DateTime<Utc>) -> Result<(), StoreError> {
        let subscription = subscription.clone();
        self.writer.write("keeping a subscription", true, move |connection| {
            hub::subscribe(connection, &subscription, now)
        })
    }

    fn unsubscribe(&self, topic: &str, callback: &str) -> Result<(), StoreError> {
        let (topic, callback) = (topic.to_owned(), callback.to_owned());
        self.writer.write("ending a subscription", true, move |connection| {
            hub::unsubscribe(connection, &topic, &callback)
        })
    }

    fn delivered(&self, topic: &str, callback: &str, etag: &str) -> Result<(), StoreError> {
        let (topic, callback, etag) = (topic.to_owned(), callback.to_owned(), etag.to_owned());
        self.writer.write("keeping what a subscriber was sent", false, move |connection| {
            hub::delivered(connection, &topic, &callback, &etag)
        })
    }
}
