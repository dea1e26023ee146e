//! Subscriptions ↔ rows.

use crate::store::sqlite::{codec, sum};
use crate::store::{Stage, Subscription};
use rusqlite::{Connection, params};

/// Every one; a damaged row is left out, and subscribed to anew when its feed is next read.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Subscription>> {
    let sound = sum::SUBSCRIPTION.columns;
    let mut statement = connection
        .prepare_cached(&format!("SELECT * FROM subscription WHERE checksum IS row_sum({sound})"))?;
    let rows = statement.query_map([], |row| {
        let time = |column: &str| row.get::<_, Option<i64>>(column).map(|millis| millis.map(codec::time));
        Ok(Subscription {
            request: row.get("request")?,
            hub: row.get("hub")?,
            topic: row.get("topic")?,
            callback: row.get("callback")?,
            secret: row.get("secret")?,
            stage: Stage::from_word(&row.get::<_, String>("stage")?),
            lease_ends: time("lease_ends")?,
            next: time("next")?,
            failures: row.get("failures")?,
            problem: row.get("problem")?,
        })
    })?;
    rows.collect()
}

/// Stores one as it is now.
pub(super) fn keep(connection: &Connection, subscription: &Subscription) -> rusqlite::Result<()> {
    let Subscription { request, hub, topic, callback, secret, stage, failures, problem, .. } = subscription;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO subscription
                 (request, hub, topic, callback, secret, stage, lease_ends, next, failures, problem, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))",
        )?
        .execute(params![
            request,
            hub,
            topic,
            callback,
            secret,
            stage.word(),
            subscription.lease_ends.map(codec::millis),
            subscription.next.map(codec::millis),
            failures,
            problem,
        ])?;
    Ok(())
}

/// Forgets one.
pub(super) fn forget(connection: &Connection, request: [u8; 32]) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM subscription WHERE request = ?1", [request])?;
    Ok(())
}
