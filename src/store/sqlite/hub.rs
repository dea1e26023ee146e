//! What hubs were told, and who subscribed to ours.

use crate::store::Subscriber;
use crate::store::sqlite::{codec, sum};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

/// What hubs were told of this topic; where the row is damaged, as if they had been told nothing.
pub(super) fn announced(connection: &Connection, topic: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT etag FROM announced WHERE topic = ?1 AND checksum IS row_sum(topic, etag)")?
        .query_row([topic], |row| row.get(0))
        .optional()
}

pub(super) fn keep_announced(connection: &Connection, topic: &str, etag: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO announced (topic, etag, checksum) VALUES (?1, ?2, row_sum(?1, ?2))",
        )?
        .execute([topic, etag])?;
    Ok(())
}

/// The paths of a feed's documents that were rendered, archives apart.
pub(super) fn documents(connection: &Connection, feed: &str) -> rusqlite::Result<Vec<String>> {
    // A feed's id has nothing in it that `GLOB` takes for a pattern.
    connection
        .prepare_cached(
            "SELECT path FROM document WHERE (path GLOB '/' || ?1 || '.*' OR path GLOB '/' || ?1 || '/*')
               AND path NOT GLOB '/' || ?1 || '/archive/*' ORDER BY path",
        )?
        .query_map([feed], |row| row.get(0))?
        .collect()
}

/// Who is to be sent a topic; a damaged row is left out: it could name another address.
pub(super) fn subscribers(
    connection: &Connection,
    topic: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<Vec<Subscriber>> {
    connection
        .prepare_cached(&format!(
            "SELECT topic, callback, secret, expires, delivered FROM subscriber
             WHERE topic = ?1 AND expires > ?2 AND checksum IS row_sum({}) ORDER BY callback",
            sum::SUBSCRIBER.columns
        ))?
        .query_map(params![topic, codec::millis(now)], |row| {
            Ok(Subscriber {
                topic: row.get(0)?,
                callback: row.get(1)?,
                secret: row.get(2)?,
                expires: codec::time(row.get(3)?),
                delivered: row.get(4)?,
            })
        })?
        .collect()
}

/// How many subscribers lead to callbacks that begin so.
pub(super) fn callbacks(
    connection: &Connection,
    origin: &str,
    now: DateTime<Utc>,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM subscriber WHERE substr(callback, 1, length(?1)) = ?1 AND expires > ?2",
        )?
        .query_row(params![origin, codec::millis(now)], |row| row.get::<_, i64>(0))
        .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
}

/// Keeps a subscription in place of what was there, and lets go of all that have ended. Of a damaged
/// row nothing is kept.
pub(super) fn subscribe(
    connection: &Connection,
    subscription: &Subscriber,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM subscriber WHERE expires <= ?1", [codec::millis(now)])?;
    connection
        .prepare_cached(
            "INSERT INTO subscriber (topic, callback, secret, expires, delivered, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, row_sum(?1, ?2, ?3, ?4, ?5))
             ON CONFLICT (topic, callback) DO UPDATE SET secret = excluded.secret, expires = excluded.expires,
                 delivered = iif(checksum IS row_sum(topic, callback, secret, expires, delivered),
                     delivered, excluded.delivered),
                 checksum = row_sum(topic, callback, excluded.secret, excluded.expires,
                     iif(checksum IS row_sum(topic, callback, secret, expires, delivered),
                         delivered, excluded.delivered))",
        )?
        .execute(params![
            subscription.topic,
            subscription.callback,
            subscription.secret,
            codec::millis(subscription.expires),
            subscription.delivered,
        ])?;
    Ok(())
}

pub(super) fn unsubscribe(connection: &Connection, topic: &str, callback: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM subscriber WHERE topic = ?1 AND callback = ?2")?
        .execute([topic, callback])?;
    Ok(())
}

pub(super) fn delivered(
    connection: &Connection,
    topic: &str,
    callback: &str,
    etag: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE subscriber SET delivered = ?3,
                 checksum = iif(checksum IS row_sum(topic, callback, secret, expires, delivered),
                     row_sum(topic, callback, secret, expires, ?3), -1)
             WHERE topic = ?1 AND callback = ?2",
        )?
        .execute([topic, callback, etag])?;
    Ok(())
}
