//! New entries → rows, in the caller's transaction.
//!
//! What the statements are is looked up once for all of them: a poll brings dozens.

use crate::model::Window;
use crate::store::sqlite::body::{META, PackedEntry};
use crate::store::sqlite::fresh;
use crate::store::sqlite::scope::Scope;
use crate::store::sqlite::{codec, lend, turn};
use crate::store::{Commit, EntryRow, Flood, Written};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use uuid::Uuid;

/// Remembers a key: it leads to one entry, the one that had it last.
pub(super) const KEY: &str =
    "INSERT INTO entry_key (source, key, entry, checksum) VALUES (?1, ?2, ?3, row_sum(?1, ?2, ?3))
     ON CONFLICT (source, key) DO UPDATE SET entry = excluded.entry, checksum = excluded.checksum
     WHERE entry <> excluded.entry";

/// Keeps what is not in the narrow row.
pub(super) const BODY: &str =
    "INSERT OR REPLACE INTO body (entry, fields, checksum) VALUES (?1, ?2, row_sum(?1, ?2))";

const ENTRY: &str =
    "INSERT INTO entry (feed, source, id, urn, iri, twin, at, raw_hash, served_hash, first_seen, stands_at,
                        twin_key, lent_by, state, filed, shown, placed_at, arrived, checksum)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15, ?14, ?16 IS NOT NULL,
             CASE WHEN ?16 IS NOT NULL THEN ?11 END, ?16,
             row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, NULL, ?15, ?14,
                     NULL, NULL, NULL, ?12, NULL, NULL, ?13, NULL, NULL))";

/// Who has an id in a feed: one of a source that is defined, else one that nobody sees.
const TAKEN: &str =
    "SELECT source.defined, entry.twin, entry.urn, first_seen, stands_at FROM entry JOIN source ON source.row = entry.source
     WHERE entry.feed = ?1 AND entry.id = ?2 ORDER BY source.defined DESC, entry.twin, entry.row LIMIT 1";

/// Stores new entries; where they are `shown` at once, in their facets too.
pub(super) fn entries(
    scope: &Scope<'_>,
    commit: &Commit,
    packed: &[PackedEntry],
    shown: bool,
) -> rusqlite::Result<()> {
    let inserts = &commit.inserts;
    if inserts.is_empty() {
        return Ok(());
    }
    let mut arrivals = if shown { fresh::arrivals(scope, inserts)? } else { Vec::new() };
    let mut rows = Rows::prepare(scope)?;
    for (place, (insert, packed)) in inserts.iter().zip(packed).enumerate() {
        if !insert.placing.lent_by.map_or(Ok(true), |lender| scope.is_there(lender))? {
            continue;
        }
        let arrived = arrivals.get_mut(place);
        let stands = i64::from(commit.flood == Flood::Hold && !commit.holds(insert));
        let begins_as = stands.max(scope.begins_as);
        let row = rows.put(insert, packed, begins_as, arrived.as_ref().map(|arrived| arrived.number))?;
        if let Some(arrived) = arrived {
            arrived.row = row;
        }
    }
    note_last_entry(scope.connection)?;
    fresh::place(scope, inserts, arrivals)
}

/// The number of the last row that was made is known twice, so that it is never used again.
fn note_last_entry(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE instance SET entries = made.seq,
                 checksum = iif(checksum IS row_sum(id, arrivals, entries), row_sum(id, arrivals, made.seq), -1)
             FROM sqlite_sequence AS made WHERE made.name = 'entry'",
        )?
        .execute([])?;
    Ok(())
}

struct Rows<'a> {
    scope: &'a Scope<'a>,
    space: Uuid,
    taken: CachedStatement<'a>,
    entry: CachedStatement<'a>,
    key: CachedStatement<'a>,
    body: CachedStatement<'a>,
    meta: CachedStatement<'a>,
}

impl<'a> Rows<'a> {
    fn prepare(scope: &'a Scope<'a>) -> rusqlite::Result<Self> {
        let prepare = |sql| scope.connection.prepare_cached(sql);
        Ok(Self {
            scope,
            space: codec::space(&scope.atom_id),
            taken: prepare(TAKEN)?,
            entry: prepare(ENTRY)?,
            key: prepare(KEY)?,
            body: prepare(BODY)?,
            meta: prepare(META)?,
        })
    }

    /// Every row of one entry; `arrived` where it is shown at once. The row that it got.
    fn put(
        &mut self,
        insert: &Written,
        packed: &PackedEntry,
        begins_as: i64,
        arrived: Option<i64>,
    ) -> rusqlite::Result<i64> {
        let Scope { connection, feed, source, now, .. } = *self.scope;
        let (entry, placing) = (&insert.entry, &insert.placing);
        let holder = self.holder(&entry.id)?;
        let twin = holder == Holder::Shown;
        let (urn, first_seen, stands_at) = match holder {
            // The source was moved, or is called otherwise.
            Holder::Former(urn, seen, stood) if entry.published.is_none() => (urn, seen, stood),
            Holder::Former(urn, seen, _) => (urn, seen, codec::millis(insert.stands_at)),
            Holder::Shown | Holder::Nobody => {
                let urn = self.urn(insert, placing.lent_by.filter(|_| !twin))?;
                (urn, codec::millis(now), codec::millis(insert.stands_at))
            }
        };
        self.entry.execute(params![
            feed,
            source,
            entry.id,
            urn,
            packed.iri,
            twin,
            entry.at,
            insert.raw_hash,
            insert.served_hash,
            first_seen,
            stands_at,
            placing.twin_key,
            placing.lent_by.map(|row| row.0),
            packed.filed,
            begins_as,
            arrived,
        ])?;
        let row = connection.last_insert_rowid();
        for key in &entry.keys {
            self.key.execute(params![source, key, row])?;
        }
        // A lent entry's text stays with its lender.
        if placing.lent_by.is_none() {
            self.body.execute(params![row, packed.body])?;
            // No row is used twice: what isn't written is not there.
            if let Some(meta) = &packed.meta {
                self.meta.execute(params![row, meta])?;
            }
        }
        // Nearly none has any, and that is what a new row says.
        if is_timed(insert) {
            let own = Window { from: entry.visible_from, until: entry.visible_until };
            turn::set(connection, row, own, placing.windows.as_deref(), now)?;
        }
        Ok(row)
    }

    fn holder(&mut self, id: &str) -> rusqlite::Result<Holder> {
        let holder = self.taken.query_row(params![self.scope.feed, id], |row| {
            let (defined, twin) = (row.get(0)?, row.get(1)?);
            Ok(match (defined, twin) {
                (true, _) => Holder::Shown,
                (false, true) => Holder::Nobody,
                (false, false) => Holder::Former(row.get(2)?, row.get(3)?, row.get(4)?),
            })
        });
        Ok(holder.optional()?.unwrap_or(Holder::Nobody))
    }

    /// Version 5 of feed, source and id, so that it comes out the same wherever it
    /// is made; a twin within one source is told apart by its first key.
    fn urn(&self, insert: &Written, lender: Option<EntryRow>) -> rusqlite::Result<String> {
        if let Some(lender) = lender {
            return lend::urn(self.scope.connection, lender.0);
        }
        let key = insert.entry.keys.first().map_or("", String::as_str);
        let name = format!("{}\n{}\n{key}", self.scope.source_key, insert.entry.id);
        Ok(Uuid::new_v5(&self.space, name.as_bytes()).urn().to_string())
    }
}

/// Which other entry of the feed has an id.
#[derive(Debug, PartialEq, Eq)]
enum Holder {
    Nobody,
    /// One of a source that is defined: the latecomer goes by its urn.
    Shown,
    /// One of a source that isn't defined any more: the new one takes its id over, this urn, and
    /// when it was seen first; the date that it stood at, where it has none of its own.
    Former(String, i64, i64),
}

/// Whether it is not always to be seen.
fn is_timed(insert: &Written) -> bool {
    insert.entry.visible_from.is_some()
        || insert.entry.visible_until.is_some()
        || insert.placing.windows.is_some()
}

/// Whether it is shown from now on, as it is, and no other entry has to do with that.
pub(super) fn is_plain(insert: &Written) -> bool {
    let may_stand_elsewhere = insert.entry.published.is_none();
    insert.placing.twin_key.is_none()
        && insert.placing.lent_by.is_none()
        && !may_stand_elsewhere
        && !is_timed(insert)
}
