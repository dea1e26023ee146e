//! The short way: requests for what is ready are read and answered on the connection itself.
//!
//! In: a connection. Out: answers, for as long as nothing else is asked for; then what was
//! read and not answered, for the server proper (hyper), which the connection stays with.
//! Never answers anything but a plain GET or HEAD: whatever is odd, refused or has to be
//! made is the server's.

use crate::serve::every;
use crate::serve::ready;
use crate::serve::site::Site;
use bytes::{Buf, BytesMut};
use http::{
    HeaderName, HeaderValue, Method, Request, Uri,
    header::{CONNECTION, EXPECT, UPGRADE},
};
use std::{future::Future, pin::pin};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep},
};

/// A longer head, or one of more fields, is no plain request.
const MOST_HEAD: usize = 8 * 1024;
const MOST_FIELDS: usize = 32;

/// What is read at once at first: most requests are shorter.
const READ: usize = 1024;

/// What is left to the server.
struct Odd;

/// Answers until something else is asked for. What was read of that; `None` where the
/// connection is at its end. `over` resolves when we stop.
pub(crate) async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    site: &Site,
    over: impl Future,
) -> Option<BytesMut> {
    let limit = site.settings.limits.header;
    let mut read = BytesMut::new();
    let (mut over, mut patience) = (pin!(over), pin!(sleep(limit)));
    loop {
        match begun(&read) {
            Ok(Some((request, length))) => {
                let Some(ready) = ready::ready(site, &request) else {
                    return Some(read);
                };
                let (head, body) = ready.bytes(site);
                stream.write_all_buf(&mut head.chain(body)).await.ok()?;
                stream.flush().await.ok()?;
                read.advance(length);
                patience.as_mut().reset(Instant::now() + limit);
                continue;
            }
            Ok(None) if read.len() < MOST_HEAD => {}
            Ok(None) | Err(Odd) => return Some(read),
        }
        read.reserve(READ);
        tokio::select! {
            biased;
            got = stream.read_buf(&mut read) => if got.ok()? == 0 { return None },
            () = patience.as_mut() => return None,
            _ = over.as_mut() => return (!read.is_empty()).then_some(read),
        }
    }
}

/// The request that stands at the beginning, and its length; `None` while not all of its
/// head is there.
fn begun(bytes: &[u8]) -> Result<Option<(Request<()>, usize)>, Odd> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut head = httparse::Request::new(&mut fields);
    match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => Ok(Some((plain(&head).ok_or(Odd)?, length))),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_) => Err(Odd),
    }
}

/// The request, where it is one that may be answered here.
fn plain(head: &httparse::Request<'_, '_>) -> Option<Request<()>> {
    let method = match (head.version?, head.method?) {
        (1, "GET") => Method::GET,
        (1, "HEAD") => Method::HEAD,
        _ => return None,
    };
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = head.path?.parse::<Uri>().ok()?;
    let headers = request.headers_mut();
    headers.reserve(head.headers.len());
    for field in head.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        let ends = name == CONNECTION && !field.value.eq_ignore_ascii_case(b"keep-alive");
        if ends || name == EXPECT || name == UPGRADE {
            return None;
        }
        headers.append(name, HeaderValue::from_bytes(field.value).ok()?);
    }
    every::names_one_host(request.headers()).then_some(request)
}
