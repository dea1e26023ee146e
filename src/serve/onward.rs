//! Handing requests on to the process that collects, where serving is one of its own.
//!
//! In: requests that only a scheduler can answer, the socket that it listens on. Out: its
//! answers, or 503 while it is away. Never opens a connection that leaves the machine.

use crate::serve::api::LONGEST_WAIT;
use crate::serve::client::{self, Peer};
use crate::serve::error;
use crate::serve::hubs::HUB;
use crate::serve::site::Site;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::Response,
    routing::any,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONNECTION, FORWARDED, HOST, RETRY_AFTER, TE, TRANSFER_ENCODING, UPGRADE},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::{io, net::Ipv4Addr, path::Path, sync::Arc, time::Duration};
use tokio::net::UnixStream;

/// What belongs to one connection and not to the request, beside what `Connection` names
/// (RFC 9110, section 7.6.1).
const OF_THE_CONNECTION: [HeaderName; 6] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// What collects has so long to begin its answer: a little more than a request may ask it to wait.
const LONGEST: Duration = LONGEST_WAIT.saturating_add(Duration::from_secs(30));

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The routes that are handed on.
pub(crate) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/metrics", any(hand_on))
        .route("/status", any(hand_on))
        .route("/status.atom", any(hand_on))
        .route("/api/{*rest}", any(hand_on))
        .route("/hub/callback/{name}", any(hand_on))
        .route(HUB, any(hand_on))
}

async fn hand_on(State(site): State<Arc<Site>>, mut request: Request) -> Response {
    let Some(socket) = site.onward.get() else { return error::not_found() };
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer(Ipv4Addr::LOCALHOST.into()));
    let asker = client::client(peer, request.headers(), &site.settings.trusted_proxy);
    let headers = request.headers_mut();
    without_those_of_the_connection(headers);
    headers.remove(FORWARDED);
    // One of HTTP/1.0 need not have it.
    headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
    // An address is plain ASCII.
    if let Ok(asker) = HeaderValue::from_str(&asker.to_string()) {
        headers.insert(FORWARDED_FOR, asker);
    }
    let answered = tokio::select! {
        answered = answer(socket, request) => answered,
        () = site.clock.sleep(LONGEST) => Err(io::ErrorKind::TimedOut.into()),
    };
    match answered {
        Ok(response) => response,
        Err(cause) => {
            tracing::warn!("what collects does not answer on `{}`: {cause}", socket.display());
            let mut response =
                error::refuse(StatusCode::SERVICE_UNAVAILABLE, "nothing is collected just now");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
            response
        }
    }
}

async fn answer(socket: &Path, request: Request) -> io::Result<Response> {
    let stream = UnixStream::connect(socket).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // It ends with the answer, or with whoever waited for it; there is nobody to tell.
    tokio::spawn(async move { connection.await.ok() });
    let mut response = sender.send_request(request).await.map_err(io::Error::other)?.map(Body::new);
    without_those_of_the_connection(response.headers_mut());
    Ok(response)
}

fn without_those_of_the_connection(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named = named.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok());
    let named: Vec<HeaderName> = named.collect();
    for name in named.into_iter().chain(OF_THE_CONNECTION) {
        headers.remove(name);
    }
}
