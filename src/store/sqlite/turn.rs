//! The moments at which an entry appears or goes: those of the source or the post
//! itself, and those that a filter makes of its age.

use crate::model::Window;
use crate::store::sqlite::show::{Standing, moved, standing};
use crate::store::sqlite::sight::{hide, show};
use crate::store::sqlite::{bury, codec, show as showing};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

/// Stands for the end of an entry that is not shown at all.
const NEVER: i64 = 0;

/// What is ripe to be shown by `?1`.
const RIPE: &str = "entry.shown = 0 AND entry.state = 1 AND entry.visible_from <= ?1
     AND (entry.visible_until IS NULL OR entry.visible_until > ?1) AND source.defined = 1";

/// What has expired by `?1`: what is shown, and twins that are not, whose categories go.
const EXPIRED: [&str; 2] = [
    "entry.shown = 1 AND entry.visible_until IS NOT NULL AND entry.visible_until <= ?1",
    "entry.twin_key IS NOT NULL AND entry.visible_until > 0 AND entry.shown = 0 AND entry.state = 1
     AND entry.visible_until <= ?1",
];

/// Writes when an entry may be seen: by its own span, or by what filters made of that.
pub(super) fn set(
    connection: &Connection,
    row: i64,
    own: Window,
    windows: Option<&[Window]>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let now = codec::millis(now);
    let own = (own.from.map(codec::millis), own.until.map(codec::millis));
    let spans = windows.map(spans);
    let holds = spans.as_ref().map_or(own, |spans| current(spans, now));
    connection
        .prepare_cached(
            "UPDATE entry SET own_from = ?2, own_until = ?3, windows = ?4, visible_from = ?5, visible_until = ?6
             WHERE row = ?1 AND (own_from, own_until, windows, visible_from, visible_until)
                                IS NOT (?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![row, own.0, own.1, spans.as_deref().map(write), holds.0, holds.1])?;
    Ok(())
}

/// The span that the source or the post itself gives the entry.
pub(super) fn own(connection: &Connection, row: i64) -> rusqlite::Result<Window> {
    connection.prepare_cached("SELECT own_from, own_until FROM entry WHERE row = ?1")?.query_row(
        [row],
        |row| {
            let time = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(codec::time));
            Ok(Window { from: time(0)?, until: time(1)? })
        },
    )
}

/// Whether this is what filters made of it already.
pub(super) fn is_set(
    connection: &Connection,
    row: i64,
    windows: Option<&[Window]>,
) -> rusqlite::Result<bool> {
    let known: Option<String> = connection
        .prepare_cached("SELECT windows FROM entry WHERE row = ?1")?
        .query_row([row], |row| row.get(0))?;
    Ok(known == windows.map(|windows| write(&spans(windows))))
}

fn spans(windows: &[Window]) -> Vec<Span> {
    windows.iter().map(|window| (window.from.map(codec::millis), window.until.map(codec::millis))).collect()
}

type Span = (Option<i64>, Option<i64>);

/// The span that holds now or comes next.
fn current(spans: &[Span], now: i64) -> Span {
    let open = spans.iter().find(|(_, until)| until.is_none_or(|until| until > now));
    open.copied().unwrap_or((None, Some(NEVER)))
}

fn write(spans: &[Span]) -> String {
    serde_json::to_string(spans).unwrap_or_default()
}

/// An entry whose span has ended waits for its next, where it has one.
fn advance(connection: &Connection, row: i64, now: i64) -> rusqlite::Result<()> {
    let (windows, twin): (Option<String>, bool) = connection
        .prepare_cached("SELECT windows, twin_key IS NOT NULL FROM entry WHERE row = ?1")?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let spans: Option<Vec<Span>> = windows.and_then(|windows| serde_json::from_str(&windows).ok());
    let next = match spans {
        Some(spans) => current(&spans, now),
        None if twin => (None, Some(NEVER)),
        None => return Ok(()),
    };
    connection
        .prepare_cached("UPDATE entry SET visible_from = ?2, visible_until = ?3 WHERE row = ?1")?
        .execute(params![row, next.0, next.1])?;
    Ok(())
}

/// The clock was put back: what it had run past holds again, and what is hidden for that
/// is ripe again. [`turn_over`] then shows it.
pub(super) fn turn_back(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let now = codec::millis(now);
    let mut statement = connection.prepare_cached(
        "SELECT row, own_from, own_until, windows, shown, visible_from, visible_until FROM entry
         WHERE state = 1 AND (windows IS NOT NULL OR own_from IS NOT NULL OR own_until IS NOT NULL)",
    )?;
    let mut rows = statement.query([])?;
    let mut moved: Vec<(i64, Span)> = Vec::new();
    while let Some(row) = rows.next()? {
        let windows: Option<String> = row.get(3)?;
        let spans: Option<Vec<Span>> = windows.and_then(|windows| serde_json::from_str(&windows).ok());
        let own = (row.get(1)?, row.get(2)?);
        let (mut from, until) = spans.map_or(own, |spans| current(&spans, now));
        if !row.get::<_, bool>(4)? && until.is_none_or(|until| until > now) {
            // What was always to be seen has been hidden: it is ripe from the beginning of time.
            from = from.or(Some(0));
        }
        if (from, until) != (row.get(5)?, row.get(6)?) {
            moved.push((row.get(0)?, (from, until)));
        }
    }
    let mut set =
        connection.prepare_cached("UPDATE entry SET visible_from = ?2, visible_until = ?3 WHERE row = ?1")?;
    for (row, (from, until)) in moved {
        set.execute(params![row, from, until])?;
    }
    Ok(())
}

/// When the store was last written by a clock that may have been ahead.
pub(super) fn latest(connection: &Connection) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let last: Option<i64> = connection.query_row("SELECT max(last) FROM source", [], |row| row.get(0))?;
    Ok(last.map(codec::time))
}

/// Whether anything appears or expires by `now`, and the next moment after it at which something does.
pub(super) fn next(
    connection: &Connection,
    now: DateTime<Utc>,
) -> rusqlite::Result<(bool, Option<DateTime<Utc>>)> {
    let now = codec::millis(now);
    let number =
        |sql: &str| connection.prepare_cached(sql)?.query_row([now], |row| row.get::<_, Option<i64>>(0));
    let mut ripe =
        number(&format!("SELECT count(*) FROM entry JOIN source ON source.row = entry.source WHERE {RIPE}"))?;
    for expired in EXPIRED {
        ripe = ripe.max(number(&format!("SELECT count(*) FROM entry WHERE {expired}"))?);
    }
    ripe = ripe.max(bury::expired(connection, now)?);
    let moments = [
        "SELECT min(visible_from) FROM entry WHERE shown = 0 AND state = 1 AND visible_from > ?1",
        "SELECT min(visible_until) FROM entry WHERE shown = 1 AND visible_until IS NOT NULL AND visible_until > ?1",
        "SELECT min(visible_until) FROM entry
         WHERE twin_key IS NOT NULL AND visible_until > 0 AND shown = 0 AND state = 1 AND visible_until > ?1",
    ];
    let mut moments = moments.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
    moments.push(bury::next(connection)?);
    Ok((ripe > Some(0), moments.into_iter().flatten().min().map(codec::time)))
}

/// Shows what has become visible, hides what has expired; the next such moment.
pub(super) fn turn_over(
    connection: &Connection,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let millis = codec::millis(now);
    for expired in EXPIRED {
        for entry in showing::such(connection, expired, millis)? {
            let entry = standing(connection, entry.row)?;
            let hidden = hide(connection, &entry, now)?;
            moved(connection, entry.feed, hidden, now)?;
            advance(connection, entry.row, millis)?;
        }
    }
    for entry in showing::such(connection, RIPE, millis)? {
        let entry: Standing = standing(connection, entry.row)?;
        let shown = show(connection, &entry, now)?;
        moved(connection, entry.feed, shown, now)?;
    }
    bury::forget(connection, now)?;
    next(connection, now).map(|(_, next)| next)
}
