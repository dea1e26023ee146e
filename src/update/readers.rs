//! The threads that documents are read on: few, and always the same ones.
//!
//! In: work that parses, cleans and stores one document. Out: what it returns, or that
//! it broke off. Whoever finds no thread free waits with the bytes as they came, many
//! times smaller than what is made of them. On the runtime's own threads, of which there
//! may be hundreds, each would keep the memory of the largest document that it ever read.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// A few threads; they end with it, after the work that they have.
#[derive(Debug)]
pub struct Readers {
    queue: mpsc::Sender<Work>,
}

impl Readers {
    /// Starts so many threads.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn new(threads: usize) -> io::Result<Self> {
        let (queue, work) = mpsc::channel::<Work>();
        let work = Arc::new(Mutex::new(work));
        for _ in 0..threads.max(1) {
            let work = Arc::clone(&work);
            thread::Builder::new().name("reader".into()).spawn(move || serve(&work))?;
        }
        Ok(Self { queue })
    }

    /// Runs this on one of the threads as soon as one is free; `None` when it broke off.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, done) = oneshot::channel();
        // Nobody listens any more when the caller was given up; what is stored stays.
        let work = Box::new(move || drop(reply.send(work())));
        self.queue.send(work).ok()?;
        done.await.ok()
    }
}

fn serve(work: &Mutex<mpsc::Receiver<Work>>) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(next) = next else { return };
        // Told by the reply that never comes, and on stderr by the panic itself.
        let _ = catch_unwind(AssertUnwindSafe(next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_breaks_off_takes_no_thread_with_it() {
        let readers = Readers::new(1).unwrap();
        assert_eq!(readers.run(|| -> usize { panic!("a bug") }).await, None);
        assert_eq!(readers.run(|| 7).await, Some(7));
    }

    #[tokio::test]
    async fn no_more_run_at_once_than_there_are_threads() {
        let readers = Readers::new(2).unwrap();
        let running = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = || {
            let running = Arc::clone(&running);
            move || {
                let now = running.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                thread::yield_now();
                running.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                now
            }
        };
        let most = futures_util::future::join_all((0..200).map(|_| readers.run(count()))).await;
        assert!(most.into_iter().all(|now| matches!(now, Some(1 | 2))));
    }
}
