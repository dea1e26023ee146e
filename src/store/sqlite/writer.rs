//! The one thread that writes.
//!
//! In: closures over a connection. Out: their results, once they are committed.
//! Those that wait together share one transaction, so that a thousand unchanged polls
//! are not a thousand fsyncs. Where one of them fails, all is taken back and they run
//! once more, each in a savepoint of its own, so that it takes no other with it:
//! savepoints cost a copy of each page that several of them write.

use crate::store::StoreError;
use crate::store::sqlite::failure::{failure_to_write, is_for_want_of_room};
use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// At most so many jobs in one transaction.
const BATCH: usize = 256;
/// Who waits so long for a job rests.
const REST: Duration = Duration::from_secs(1);
/// Pages of the log: 16 MiB, and half a MiB where less than `SMALL` bytes are free.
const MANY_PAGES: u32 = 4000;
const FEW_PAGES: u32 = 128;
const SMALL: u64 = 64 << 20;
const CLOSED: &str = "the store is closed";

pub(super) struct Writer {
    /// Counts up with every commit.
    commits: Arc<AtomicU64>,
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel();
        let commits = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&commits);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || work(&connection, &queue, &counter))
            .map_err(|error| refusal("starting the store's writer", &error.to_string()))?;
        Ok(Self { commits, jobs: Some(jobs), thread: Some(thread) })
    }

    /// How often something was committed; counted before the writer's callers hear of it.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Runs `run` in a transaction and returns once that is committed. `lasting`:
    /// it has to survive a power cut. May run twice, the first time in vain.
    pub(super) fn write<T: Send + 'static>(
        &self,
        doing: &'static str,
        lasting: bool,
        run: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = mpsc::sync_channel(1);
        // Nobody listens any more when the caller was given up; what is committed stays.
        let done = move |outcome, run| drop(reply.send((outcome, run)));
        self.send(doing, Waiting { doing, lasting, run, outcome: None, done })?;
        // With the answer comes what the closure holds, to be let go here and not by the one writer.
        let (outcome, _run) = answer.recv().map_err(|_| refusal(doing, CLOSED))?;
        outcome
    }

    /// The same for what nobody waits for: `done` is told by the writer itself, and so has to
    /// be quick.
    pub(super) fn write_later<T: Send + 'static>(
        &self,
        doing: &'static str,
        run: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
        done: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Result<(), StoreError> {
        let done = move |outcome, _| done(outcome);
        self.send(doing, Waiting { doing, lasting: false, run, outcome: None, done })
    }

    fn send(&self, doing: &str, job: impl Job + 'static) -> Result<(), StoreError> {
        let closed = || refusal(doing, CLOSED);
        self.jobs.as_ref().ok_or_else(closed)?.send(Box::new(job)).map_err(|_| closed())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the writer was reported where it happened.
            let _ = thread.join();
        }
    }
}

trait Job: Send {
    fn lasting(&self) -> bool;
    /// Whether that went well.
    fn run(&mut self, connection: &Connection) -> bool;
    fn run_apart(&mut self, connection: &Connection);
    /// Why it failed, if it did.
    fn failure(&self) -> Option<&StoreError>;
    fn tell(self: Box<Self>, not_committed: Option<&StoreError>);
}

struct Waiting<T, F, D> {
    doing: &'static str,
    lasting: bool,
    run: F,
    outcome: Option<Result<T, StoreError>>,
    done: D,
}

impl<T, F, D> Job for Waiting<T, F, D>
where
    T: Send,
    F: Fn(&Connection) -> rusqlite::Result<T> + Send,
    D: FnOnce(Result<T, StoreError>, F) + Send,
{
    fn lasting(&self) -> bool {
        self.lasting
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let outcome =
            (self.run)(connection).map_err(|error| failure_to_write(connection, self.doing, &error));
        self.outcome.insert(outcome).is_ok()
    }

    fn run_apart(&mut self, connection: &Connection) {
        let outcome = in_savepoint(connection, &self.run);
        self.outcome = Some(outcome.map_err(|error| failure_to_write(connection, self.doing, &error)));
    }

    fn failure(&self) -> Option<&StoreError> {
        self.outcome.as_ref()?.as_ref().err()
    }

    fn tell(self: Box<Self>, not_committed: Option<&StoreError>) {
        let outcome = match (not_committed, self.outcome) {
            // Its own failure says more than that nothing was committed after it.
            (None, Some(outcome)) | (Some(_), Some(outcome @ Err(_))) => outcome,
            (None, None) => Err(refusal(self.doing, "it was not run")),
            (Some(error), _) => Err(StoreError { doing: self.doing.into(), ..error.clone() }),
        };
        (self.done)(outcome, self.run);
    }
}

fn work(connection: &Connection, queue: &mpsc::Receiver<Box<dyn Job>>, commits: &AtomicU64) {
    let mut durable = true;
    let mut log = fitting_log(connection);
    let _ = connection.pragma_update(None, "wal_autocheckpoint", log);
    while let Some(first) = next(connection, queue) {
        let mut batch: Vec<Box<dyn Job>> =
            std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)).collect();
        let lasting = batch.iter().any(|job| job.lasting());
        let level = if lasting { "FULL" } else { "NORMAL" };
        if lasting != durable && connection.pragma_update(None, "synchronous", level).is_ok() {
            durable = lasting;
        }
        let outcome = commit(connection, &mut batch);
        if outcome.as_ref().is_err_and(is_for_want_of_room) {
            make_room(connection);
        }
        commits.fetch_add(1, Ordering::Release);
        let fits = fitting_log(connection);
        if fits != log && connection.pragma_update(None, "wal_autocheckpoint", fits).is_ok() {
            log = fits;
        }
        for job in batch {
            job.tell(outcome.as_ref().err());
        }
    }
}

/// How many pages the log may have before it is carried into the database. Many, since a page that
/// many commits change is copied once then; few where the log would take a small disk's room,
/// which carrying it over needs as well.
fn fitting_log(connection: &Connection) -> u32 {
    let room = connection.path().and_then(|path| rustix::fs::statvfs(path).ok());
    let room = room.map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    if room < SMALL { FEW_PAGES } else { MANY_PAGES }
}

/// The next job; `None` at the end. Before a longer rest the pages at hand are let go:
/// the system has them too.
fn next(connection: &Connection, queue: &mpsc::Receiver<Box<dyn Job>>) -> Option<Box<dyn Job>> {
    match queue.recv_timeout(REST) {
        Err(mpsc::RecvTimeoutError::Timeout) => {
            // Not a step of any job: what fails here is met again by the next that fails.
            let _ = connection.execute_batch("PRAGMA shrink_memory");
            queue.recv().ok()
        }
        next => next.ok(),
    }
}

fn commit(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let told = |error| failure_to_write(connection, "committing", &error);
    begin(connection).map_err(told)?;
    if !batch.iter_mut().all(|job| job.run(connection)) {
        take_back(connection).and_then(|()| begin(connection)).map_err(told)?;
        for job in batch {
            job.run_apart(connection);
            // A full disk or a failed write ends the whole transaction, the earlier jobs' share too.
            if let Some(why) = job.failure().filter(|_| connection.is_autocommit()) {
                return Err(why.clone());
            }
        }
    }
    let committed = connection.execute_batch("COMMIT");
    if committed.is_err() {
        // A failed commit leaves the transaction open; what it held is told as lost.
        take_back(connection).map_err(told)?;
    }
    committed.map_err(told)
}

/// The log holds room that nobody else gets, the more the longer no daemon ended in order: what is
/// in it goes to where it belongs, and the next attempt may have that room.
fn make_room(connection: &Connection) {
    // Without it all is as it was, and the next failure tries again.
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")
}

/// Ends the transaction, unless SQLite has done so.
fn take_back(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() { Ok(()) } else { connection.execute_batch("ROLLBACK") }
}

fn in_savepoint<T>(
    connection: &Connection,
    run: impl Fn(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.execute_batch("SAVEPOINT job")?;
    match run(connection) {
        Ok(value) => connection.execute_batch("RELEASE job").map(|()| value),
        Err(error) => {
            // A full disk has ended the transaction, and the savepoint with it: what went
            // wrong is the error then, not that there is nothing to go back to.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK TO job; RELEASE job")?;
            }
            Err(error)
        }
    }
}

fn refusal(doing: &str, cause: &str) -> StoreError {
    StoreError { doing: doing.into(), cause: cause.into(), help: None, damaged: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(sql: &'static str) -> (Box<dyn Job>, impl FnOnce() -> Result<(), StoreError>) {
        let (reply, answer) = mpsc::sync_channel(1);
        let run = move |connection: &Connection| connection.execute_batch(sql);
        let done = move |outcome, _| reply.send(outcome).unwrap();
        let job = Waiting { doing: "writing", lasting: true, run, outcome: None, done };
        (Box::new(job), move || answer.recv().unwrap())
    }

    #[test]
    fn one_that_fails_takes_no_other_with_it() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE number (n INTEGER PRIMARY KEY)").unwrap();
        let jobs = [
            job("INSERT INTO number VALUES (1)"),
            job("INSERT INTO number VALUES (2); INSERT INTO number VALUES (1)"),
            job("INSERT INTO number VALUES (3)"),
        ];
        let (mut batch, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        let outcome = commit(&connection, &mut batch);
        assert!(outcome.is_ok());
        for job in batch {
            job.tell(None);
        }
        let answers: Vec<_> =
            answers.into_iter().map(|answer| answer().map_err(|error| error.cause)).collect();
        let twice = Err("UNIQUE constraint failed: number.n".to_owned());
        assert_eq!(answers, [Ok(()), twice, Ok(())]);
        let kept = "SELECT group_concat(n) FROM number";
        let kept: String = connection.query_row(kept, [], |row| row.get(0)).unwrap();
        assert_eq!(kept, "1,3");
    }

    #[test]
    fn a_full_disk_is_called_by_its_name_to_all_it_takes_along() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE number (n); PRAGMA max_page_count = 8").unwrap();
        let jobs = [
            job("INSERT INTO number VALUES (1)"),
            job("INSERT INTO number VALUES (zeroblob(1000000))"),
            job("INSERT INTO number VALUES (3)"),
        ];
        let (mut batch, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        let outcome = commit(&connection, &mut batch);
        assert!(connection.is_autocommit(), "SQLite has ended it");
        for job in batch {
            job.tell(outcome.as_ref().err());
        }
        for answer in answers {
            assert_eq!(answer().unwrap_err().cause, "database or disk is full");
        }
        let kept = "SELECT count(*) FROM number";
        assert_eq!(connection.query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    }
}
