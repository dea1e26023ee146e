//! The accept loop: connections in, within limits, until it is time to stop.
//!
//! In: a bound listener. Out: requests, handed to the routes. Holds every limit on a
//! connection: how many, how slowly a request may come, how slowly an answer may be
//! taken, how long the last ones may take when we stop.

use crate::serve::client::Peer;
use crate::serve::every;
use crate::serve::quick;
use crate::serve::ready;
use crate::serve::refusal::Completed;
use crate::serve::routes;
use crate::serve::site::Site;
use crate::serve::stall::Unstalled;
use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr},
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::watch,
};
use tower::ServiceExt;

/// The largest head of a request that is read.
const MOST_HEAD: usize = 64 * 1024;

/// The first wait when the system has no descriptor left, and the longest.
const ACCEPT_WAIT: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Where connections come in.
#[derive(Debug)]
pub enum Listener {
    /// Host and port.
    Tcp(TcpListener),
    /// A socket in the file system.
    Unix(UnixListener),
}

enum Stream {
    Tcp(TcpStream, IpAddr),
    Unix(UnixStream),
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Open requests may end.
    Draining,
    /// Nothing may.
    Over,
}

/// Serves until `shutdown` resolves; then takes no more connections, lets open requests
/// end within [`Limits::drain`](crate::serve::Limits::drain), and cuts what is left. Connections that were accepted
/// on several listeners of one site count together.
pub async fn serve(
    listener: Listener,
    site: Arc<Site>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let routes = routes::table(&site);
    let (phase, watcher) = watch::channel(Phase::Open);
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            // The cap comes before the accept: what is too many waits in the system's queue.
            let place = Arc::clone(&site.connections).acquire_owned().await;
            (accept(&listener).await, place)
        };
        let (stream, place) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        let Ok(place) = place else { break };
        let connection =
            Connection { site: Arc::clone(&site), routes: routes.clone(), phase: watcher.clone() };
        tokio::spawn(async move {
            let open = connection.site.metrics.connection();
            match stream {
                Stream::Tcp(stream, peer) => connection.run(stream, peer).await,
                // Whoever may use the socket is on this machine.
                Stream::Unix(stream) => connection.run(stream, Ipv4Addr::LOCALHOST.into()).await,
            }
            drop((place, open));
        });
    }
    drop((listener, watcher));
    site.stop_waiting();
    let _ = phase.send(Phase::Draining);
    if tokio::time::timeout(site.settings.limits.drain, phase.closed()).await.is_err() {
        let _ = phase.send(Phase::Over);
        phase.closed().await;
    }
    Ok(())
}

/// The next connection. A system that is out of descriptors is given time to get some
/// back; a connection that was gone before it was taken is no error at all.
async fn accept(listener: &Listener) -> Stream {
    let mut wait = ACCEPT_WAIT.0;
    loop {
        let accepted = match listener {
            Listener::Tcp(listener) => {
                listener.accept().await.map(|(stream, peer)| Stream::Tcp(stream, peer.ip()))
            }
            Listener::Unix(listener) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream)),
        };
        let error = match accepted {
            Ok(stream) => {
                if let Stream::Tcp(stream, _) = &stream {
                    // Answers are written whole, so waiting to fill a packet only delays them.
                    let _ = stream.set_nodelay(true);
                }
                return stream;
            }
            Err(error) => error,
        };
        if matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
        ) {
            continue;
        }
        if wait == ACCEPT_WAIT.0 {
            tracing::warn!("cannot accept connections: {error}; trying again");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(ACCEPT_WAIT.1);
    }
}

struct Connection {
    site: Arc<Site>,
    routes: Router,
    phase: watch::Receiver<Phase>,
}

impl Connection {
    async fn run<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(mut self, stream: S, peer: IpAddr) {
        let limits = self.site.settings.limits;
        let mut stream = Unstalled::new(stream, limits.write_stall);
        let mut over = self.phase.clone();
        let Some(read) = quick::answer(&mut stream, &self.site, over.changed()).await else {
            return;
        };
        let stream = TokioIo::new(Completed::new(stream.again(read)));
        let (site, routes) = (Arc::clone(&self.site), self.routes.clone());
        let service =
            service_fn(move |request| answer(Arc::clone(&site), routes.clone(), request, Peer(peer)));
        let connection = http1::Builder::new()
            // Without a timer hyper's limits do nothing.
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header)
            .max_buf_size(MOST_HEAD)
            .serve_connection(stream, service);
        let mut connection = pin!(connection);
        loop {
            let phase = tokio::select! {
                // A connection ends as its client likes; there is nobody to tell.
                _ = connection.as_mut() => return,
                changed = self.phase.changed() => match changed {
                    Ok(()) => *self.phase.borrow_and_update(),
                    Err(_) => Phase::Over,
                },
            };
            match phase {
                Phase::Open => {}
                Phase::Draining => connection.as_mut().graceful_shutdown(),
                Phase::Over => return,
            }
        }
    }
}

async fn answer(
    site: Arc<Site>,
    routes: Router,
    request: http::Request<Incoming>,
    peer: Peer,
) -> Result<Response, Infallible> {
    if let Some(ready) = ready::ready(&site, &request) {
        return Ok(ready.response(&site));
    }
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(peer);
    let asker = every::asker(&site, &request);
    let response = match every::prepare(&site, &mut request) {
        Ok(()) => {
            let Ok(response) = routes.oneshot(request).await;
            response
        }
        Err(refusal) => *refusal,
    };
    Ok(every::finish(response, asker))
}
