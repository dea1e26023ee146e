//! What every answer carries, on the refusals that the HTTP library writes by itself.
//!
//! In: a stream that it writes to. Out: the same, where a head without a body that says what
//! is wrong with a request gets the fields that say that no browser may do anything with
//! it. Changes no other answer: ours have them.

use crate::serve::policy;
use bytes::{Buf, Bytes};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const FIELD: &str = "x-content-type-options: nosniff\r\n";

/// A stream on which refusals are completed.
pub(crate) struct Completed<S> {
    inner: S,
    /// What is left to be written of a refusal, and how long it was before.
    refusal: Option<(Bytes, usize)>,
}

impl<S> Completed<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self { inner, refusal: None }
    }
}

/// A refusal with what it lacks; `None` for anything else.
fn completed(bytes: &[u8]) -> Option<Bytes> {
    let rest = bytes.strip_prefix(b"HTTP/1.1 4")?;
    let head = std::str::from_utf8(rest).ok()?.strip_suffix("\r\n\r\n")?;
    let bare = head.contains("\r\ncontent-length: 0\r\n") && !head.contains(FIELD);
    bare.then(|| {
        let more = format!("{FIELD}content-security-policy: {}", policy::BARE);
        Bytes::from(format!("HTTP/1.1 4{head}\r\n{more}\r\n\r\n"))
    })
}

impl<S: AsyncRead + Unpin> AsyncRead for Completed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Completed<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.refusal.is_none() {
            this.refusal = completed(bytes).map(|refusal| (refusal, bytes.len()));
        }
        let Some((left, length)) = &mut this.refusal else {
            return Pin::new(&mut this.inner).poll_write(context, bytes);
        };
        while left.has_remaining() {
            let written = ready!(Pin::new(&mut this.inner).poll_write(context, left))?;
            if written == 0 {
                return Poll::Ready(Ok(0));
            }
            left.advance(written);
        }
        let length = *length;
        this.refusal = None;
        Poll::Ready(Ok(length))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match slices {
            [only] => self.poll_write(context, only),
            _ => Pin::new(&mut self.get_mut().inner).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::Completed;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    async fn written(bytes: &str) -> String {
        // So narrow that it takes several writes.
        let (ours, mut theirs) = duplex(16);
        let reader = tokio::spawn(async move {
            let mut all = String::new();
            theirs.read_to_string(&mut all).await.unwrap();
            all
        });
        let mut stream = Completed::new(ours);
        stream.write_all(bytes.as_bytes()).await.unwrap();
        drop(stream);
        reader.await.unwrap()
    }

    #[tokio::test]
    async fn a_refusal_is_completed_and_nothing_else() {
        let refusal = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: x";
        assert_eq!(
            written(&format!("{refusal}\r\n\r\n")).await,
            format!(
                "{refusal}\r\nx-content-type-options: nosniff\r\ncontent-security-policy: default-src 'none'; sandbox\r\n\r\n"
            )
        );
        for other in [
            "HTTP/1.1 404 Not Found\r\nx-content-type-options: nosniff\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nallow: x\r\ncontent-length: 0\r\ndate: x\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nbad",
        ] {
            assert_eq!(written(other).await, other);
        }
    }
}
