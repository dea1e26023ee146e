//! The port that is listened on, and threads that do nothing but serve.
//!
//! In: an address; the listener, the site, the signal to stop. Out: whether serving has ended. A runtime of
//! one thread wakes nobody else and hands nothing round, and polling can't keep readers waiting.

use crate::serve::Listener;
use crate::serve::Site;
use crate::serve::serve;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use tokio::net::TcpListener;
use tokio::net::TcpSocket;
use tokio::net::UnixListener;
use tokio::net::lookup_host;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// So many connections may wait to be accepted, as far as the system lets them
/// (`net.core.somaxconn`): of a crowd that finds no room each waits a second to try again.
const WAITING: u32 = 4096;

/// Listens on the first of the host's addresses that can be had.
pub(super) async fn bind(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut refused = None;
    for address in lookup_host((host, port)).await? {
        match bind_at(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address")))
}

fn bind_at(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart need not wait for the last connections' ends.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// A listener that belongs to no runtime yet.
enum Bare {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

impl Bare {
    fn of(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Tcp(listener) => Self::Tcp(listener.into_std()?),
            Listener::Unix(listener) => Self::Unix(listener.into_std()?),
        })
    }

    fn twin(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(listener) => Self::Tcp(listener.try_clone()?),
            Self::Unix(listener) => Self::Unix(listener.try_clone()?),
        })
    }

    /// Taken by the runtime that this runs on.
    fn taken(self) -> io::Result<Listener> {
        Ok(match self {
            Self::Tcp(listener) => Listener::Tcp(TcpListener::from_std(listener)?),
            Self::Unix(listener) => Listener::Unix(UnixListener::from_std(listener)?),
        })
    }
}

/// Serves on a thread for every two cores until `stopped` resolves; connections go to
/// whichever takes them first.
pub(super) async fn serving<F>(listener: Listener, site: Arc<Site>, stopped: impl Fn() -> F) -> io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let bare = Bare::of(listener)?;
    let mut threads = Vec::new();
    for _ in 0..(cores / 2).max(1) {
        threads.push(one(bare.twin()?, Arc::clone(&site), stopped())?);
    }
    drop(bare);
    for ended in threads {
        // A thread that ended without a word has panicked, and that was told of.
        ended.await.unwrap_or(Ok(()))?;
    }
    Ok(())
}

/// One of the threads; what it hands back resolves when it has ended.
fn one(
    listener: Bare,
    site: Arc<Site>,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<oneshot::Receiver<io::Result<()>>> {
    let (over, ended) = oneshot::channel();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let work = async move { serve(listener.taken()?, site, stopped).await };
    thread::Builder::new().name("serve".to_owned()).spawn(move || {
        // Who waits for it has gone where the daemon ends in a hurry.
        let _ = over.send(runtime.block_on(work));
        // What still blocks (a look-up on a dead disk) must not hold up the end.
        runtime.shutdown_background();
    })?;
    Ok(ended)
}
