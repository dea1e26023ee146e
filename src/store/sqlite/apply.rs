//! A collection's changes → rows, in the caller's transaction.

use crate::model::{Entry, Window};
use crate::store::sqlite::body::{Packed, PackedEntry};
use crate::store::sqlite::codec::{self, Filing};
use crate::store::sqlite::scope::{Scope, is_there};
use crate::store::sqlite::{arrive, body, bury, forget, fresh, insert, show, sight, turn, visit};
use crate::store::{
    Commit, DocumentFacts, EntryRow, Filed, Flood, Placing, SourceRow, SourceState, Touch, Written,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use std::path::Path;

/// Stores everything that one collection, or one batch of it, changes.
pub(super) fn apply(connection: &Connection, commit: &Commit, packed: &Packed) -> rusqlite::Result<()> {
    let source = commit.source.0;
    let (feed, atom_id, source_key, defined): (i64, String, String, bool) = connection
        .prepare_cached(
            "SELECT feed.row, feed.atom_id, source.key, source.defined FROM source
             JOIN feed ON feed.row = source.feed WHERE source.row = ?1",
        )?
        .query_row([source], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let at_once = commit.settle.is_some()
        && commit.flood == Flood::None
        && commit.forgotten.is_empty()
        && commit.withdrawn.is_empty();
    let begins_as = i64::from(at_once);
    let scope = Scope { connection, feed, atom_id, source, source_key, now: commit.now, begins_as };
    let mut moved = false;
    // Retention of a feed that lends may have taken what this commit speaks of.
    let there = |row: EntryRow| is_there(connection, row);
    for entry in &commit.gone {
        if !there(*entry)? {
            continue;
        }
        moved |= sight::hide(connection, &show::standing(connection, entry.0)?, commit.now)?;
        connection.prepare_cached("UPDATE entry SET state = 2 WHERE row = ?1")?.execute([entry.0])?;
        moved |= bury::note(connection, entry.0, commit.buries.then_some(commit.now))?;
    }
    scope.wear_out(&commit.outworn)?;
    for ((row, written), packed) in commit.replaces.iter().zip(&packed.replaces) {
        if !there(*row)? || !written.placing.lent_by.map_or(Ok(true), there)? {
            continue;
        }
        moved |= scope.replace(*row, written, packed, defined)?;
    }
    for touch in &commit.touches {
        moved |= scope.touch(touch, defined)?;
    }
    for touch in &commit.returns {
        if !there(touch.row)? || !touch.placing.lent_by.map_or(Ok(true), there)? {
            continue;
        }
        moved |= scope.touch(touch, defined)?;
        connection.prepare_cached("UPDATE entry SET state = 1 WHERE row = ?1")?.execute([touch.row.0])?;
        moved |= bury::unearth(connection, touch.row.0)?;
        moved |= defined && sight::show(connection, &show::standing(connection, touch.row.0)?, commit.now)?;
    }
    // What batches before this one brought is shown together with what is new.
    let waits = commit.settle.is_some() && fresh::waits(connection, source)?;
    let shown = at_once && defined && !waits && commit.inserts.iter().all(insert::is_plain);
    insert::entries(&scope, commit, &packed.inserts, shown)?;
    moved |= scope.let_go(commit)?;
    scope.files(commit)?;
    if let Some(settle) = &commit.settle {
        let stands = forget::let_through(connection, source, commit.flood)?;
        // Without anything new, entries that filters hide are not all looked at again.
        if shown {
            moved |= !commit.inserts.is_empty();
        } else if defined && (stands || !commit.inserts.is_empty()) {
            moved |= fresh::show_fresh(connection, feed, source, commit.now)?;
        }
        settle_source(connection, source, settle)?;
        commit.visit.as_ref().map_or(Ok(()), |visit| visit::keep(connection, visit))?;
    }
    show::moved(connection, feed, moved, commit.now)
}

impl Scope<'_> {
    /// What is not in the narrow row; a lent entry's stays with its lender.
    fn body(&self, row: i64, written: &Written, packed: &PackedEntry) -> rusqlite::Result<()> {
        if written.placing.lent_by.is_none() {
            self.connection.prepare_cached(insert::BODY)?.execute(params![row, packed.body])?;
            body::keep_meta(self.connection, row, &written.entry.meta)?;
        }
        Ok(())
    }

    fn turn(&self, row: i64, entry: &Entry, placing: &Placing) -> rusqlite::Result<()> {
        let own = Window { from: entry.visible_from, until: entry.visible_until };
        turn::set(self.connection, row, own, placing.windows.as_deref(), self.now)
    }

    fn replace(
        &self,
        row: EntryRow,
        written: &Written,
        packed: &PackedEntry,
        defined: bool,
    ) -> rusqlite::Result<bool> {
        let (row, entry) = (row.0, &written.entry);
        let was_told = bury::unearth(self.connection, row)?
            | sight::hide(self.connection, &show::standing(self.connection, row)?, self.now)?;
        if packed.textless {
            // Its text was taken back, as that of a post that has a password now.
            arrive::forget_past(self.connection, row)?;
            arrive::anew(self.connection, row)?;
        } else {
            arrive::again(self.connection, row)?;
        }
        self.connection
            .prepare_cached(
                "UPDATE entry SET at = ?2, raw_hash = ?3, served_hash = ?4, stands_at = ?5, twin_key = ?6,
                                  lent_by = ?7, state = CASE state WHEN 3 THEN 3 ELSE 1 END, filed = ?8
                 WHERE row = ?1",
            )?
            .execute(params![
                row,
                entry.at,
                written.raw_hash,
                written.served_hash,
                codec::millis(written.stands_at),
                written.placing.twin_key,
                written.placing.lent_by.map(|row| row.0),
                packed.filed,
            ])?;
        self.keys(row, &entry.keys)?;
        self.body(row, written, packed)?;
        self.turn(row, entry, &written.placing)?;
        let shown =
            defined && sight::show(self.connection, &show::standing(self.connection, row)?, self.now)?;
        Ok(was_told || shown)
    }

    /// What isn't served: hash, place, metadata; a filter may see the latter otherwise now.
    fn touch(&self, touch: &Touch, defined: bool) -> rusqlite::Result<bool> {
        let row = touch.row.0;
        self.connection
            .prepare_cached("UPDATE entry SET raw_hash = ?2, at = ?3 WHERE row = ?1")?
            .execute(params![row, touch.raw_hash, touch.at])?;
        self.keys(row, &touch.keys)?;
        if touch.placing.lent_by.is_none() {
            body::keep_meta(self.connection, row, &touch.meta)?;
        }
        let place = Place { connection: self.connection, row, now: self.now, defined };
        place.anew(&touch.placing, None)
    }

    /// A key leads to one entry: the one that had it last.
    fn keys(&self, entry: i64, keys: &[String]) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(insert::KEY)?;
        for key in keys {
            statement.execute(params![self.source, key, entry])?;
        }
        Ok(())
    }

    /// Keys that lead to these entries no longer.
    fn wear_out(&self, keys: &[(EntryRow, String)]) -> rusqlite::Result<()> {
        for (entry, key) in keys {
            self.connection
                .prepare_cached("DELETE FROM entry_key WHERE source = ?1 AND key = ?2 AND entry = ?3")?
                .execute(params![self.source, key, entry.0])?;
        }
        Ok(())
    }

    /// What retention and the flood guard let go; whether any of it was shown.
    fn let_go(&self, commit: &Commit) -> rusqlite::Result<bool> {
        let mut shown = false;
        for (entries, remembered) in [(&commit.forgotten, true), (&commit.withdrawn, false)] {
            for entry in entries {
                shown |= forget::entry(self.connection, self.source, *entry, remembered, self.now)?;
            }
        }
        let departed = commit.departed.as_deref();
        departed.map_or(Ok(()), |departed| forget::depart(self.connection, self.source, departed))?;
        Ok(shown)
    }

    fn files(&self, commit: &Commit) -> rusqlite::Result<()> {
        let mut keep = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO file (source, path, modified_ns, size, inode, hash, entry_key, problems, asked, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))",
        )?;
        for file in &commit.files {
            keep.execute(params![
                self.source,
                file.path,
                file.modified_ns,
                file.size.cast_signed(),
                file.inode.cast_signed(),
                file.hash,
                file.key,
                codec::write_problems(&file.problems),
                codec::write_names(&file.asked),
            ])?;
        }
        let mut forget =
            self.connection.prepare_cached("DELETE FROM file WHERE source = ?1 AND path = ?2")?;
        for path in &commit.forgotten_files {
            forget.execute(params![self.source, path])?;
        }
        Ok(())
    }
}

/// Stores a state whose times a wrong clock had set, where its source's last collection is
/// still this one.
pub(super) fn put_right(
    connection: &Connection,
    state: &SourceState,
    last: Option<DateTime<Utc>>,
) -> rusqlite::Result<()> {
    let same = connection
        .prepare_cached("SELECT 1 FROM source WHERE row = ?1 AND last IS ?2")?
        .exists(params![state.row.0, last.map(codec::millis)])?;
    if same { settle_source(connection, state.row.0, state) } else { Ok(()) }
}

fn settle_source(connection: &Connection, source: i64, state: &SourceState) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE source SET due = ?2, due_because = ?3, last = ?4, outcome = ?5, problems = ?6, failures = ?7,
                    since = ?8, collected = ?9, first_collected = ?10, etag = ?11, last_modified = ?12, body_hash = ?13,
                    current_location = ?14, not_before = ?15, gone = ?16, change_interval = ?17, collect_hash = ?18,
                    filing_hash = ?19, asked = ?20, request_hash = ?21, moving = ?22, adopted = ?23,
                    busy = ?24, held_since = ?25, most_new = ?26, said = ?27,
                    succeeded = ?28, bytes = ?29, validators_from = ?30, spells = ?31, site_config = ?32
              WHERE row = ?1",
        )?
        .execute(params![
            source,
            state.due.map(codec::millis),
            state.due_because,
            state.last.map(codec::millis),
            state.outcome.map(crate::model::Outcome::word),
            codec::write_problems(&state.problems),
            state.failures,
            state.since.map(codec::millis),
            state.collected,
            state.first_collected.map(codec::millis),
            state.validators.etag,
            state.validators.last_modified,
            state.body_hash,
            state.current_location,
            state.not_before.map(codec::millis),
            state.gone,
            state.change_interval,
            state.collect_hash,
            state.filing_hash,
            codec::write_asked(&state.asked),
            state.request_hash,
            codec::write_moving(state.moving.as_ref()),
            state.adopted,
            state.busy,
            state.held_since.map(codec::millis),
            state.most_new,
            codec::write_said(&state.said),
            state.succeeded.map(codec::millis),
            state.bytes.and_then(|bytes| i64::try_from(bytes).ok()),
            state.validators_from,
            codec::write_spells(&state.before),
            state.site_config.as_deref().map(Path::to_string_lossy),
        ])?;
    Ok(())
}

/// An entry that may have to be shown otherwise, though its text is the same.
struct Place<'a> {
    connection: &'a Connection,
    row: i64,
    now: DateTime<Utc>,
    defined: bool,
}

impl Place<'_> {
    /// Places it by this, and files it there where that is another place; whether that
    /// changed anything that is shown.
    fn anew(&self, placing: &Placing, filed: Option<String>) -> rusqlite::Result<bool> {
        let Self { connection, row, now, defined } = *self;
        let own = turn::own(connection, row)?;
        let before = show::standing(connection, row)?;
        let same_windows = turn::is_set(connection, row, placing.windows.as_deref())?;
        if same_windows && before.twin_key == placing.twin_key && filed.is_none() {
            return Ok(false);
        }
        let was_shown = sight::hide(connection, &before, now)?;
        if let Some(filed) = filed {
            connection
                .prepare_cached("UPDATE entry SET filed = ?2 WHERE row = ?1")?
                .execute(params![row, filed])?;
            // What it was is in no archive any more; what it is arrives now.
            arrive::forget_past(connection, row)?;
            arrive::anew(connection, row)?;
        }
        connection
            .prepare_cached("UPDATE entry SET twin_key = ?2 WHERE row = ?1")?
            .execute(params![row, placing.twin_key])?;
        turn::set(connection, row, own, placing.windows.as_deref(), now)?;
        let shown = defined && sight::show(connection, &show::standing(connection, row)?, now)?;
        Ok(was_shown || shown)
    }
}

/// Those that never arrived come last, so that those that arrive anew do in the order they had.
fn in_order_of_arrival<'a>(connection: &Connection, filed: &'a [Filed]) -> rusqlite::Result<Vec<&'a Filed>> {
    let mut arrived =
        connection.prepare_cached("SELECT coalesce(arrived, had_arrived) FROM entry WHERE row = ?1")?;
    let mut ordered = Vec::with_capacity(filed.len());
    for entry in filed {
        let arrived: Option<i64> = arrived.query_row([entry.row.0], |row| row.get(0))?;
        ordered.push((arrived.unwrap_or(i64::MAX), entry));
    }
    ordered.sort_by_key(|(arrived, _)| *arrived);
    Ok(ordered.into_iter().map(|(_, entry)| entry).collect())
}

/// Files entries anew after a changed definition.
pub(super) fn refile(
    connection: &Connection,
    source: SourceRow,
    filed: &[Filed],
    filing_hash: [u8; 32],
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let feed: i64 =
        connection.query_row("SELECT feed FROM source WHERE row = ?1", [source.0], |row| row.get(0))?;
    let mut moved = false;
    for entry in in_order_of_arrival(connection, filed)? {
        let row = entry.row.0;
        let before: String =
            connection.query_row("SELECT filed FROM entry WHERE row = ?1", [row], |row| row.get(0))?;
        let after = Filing::write(&entry.categories, &entry.tags, Filing::read(&before).authors);
        let place = Place { connection, row, now, defined: true };
        moved |= place.anew(&entry.placing, Some(after).filter(|after| *after != before))?;
    }
    connection
        .execute("UPDATE source SET filing_hash = ?2 WHERE row = ?1", params![source.0, filing_hash])?;
    show::moved(connection, feed, moved, now)
}

pub(super) fn keep_document(
    connection: &Connection,
    path: &str,
    facts: &DocumentFacts,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO document (path, rendered_from, etag, last_modified, checksum)
             VALUES (?1, ?2, ?3, ?4, row_sum(?1, ?2, ?3, ?4))",
        )?
        .execute(params![path, facts.rendered_from, facts.etag, codec::millis(facts.last_modified)])?;
    Ok(())
}
