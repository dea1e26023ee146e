//! A connection that is cut when its other end does not take what is sent.
//!
//! In: a stream. Out: the same stream, whose writes fail when too little of them got
//! through within the limit. Reading has its limits in hyper.

use bytes::BytesMut;
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What has to get through within each limit once a write had to wait: a client that
/// takes a byte now and then is as good as one that takes none.
const LEAST: usize = 16 * 1024;

/// A stream with a limit on how slowly it may be read from at the other end.
pub(crate) struct Unstalled<S> {
    inner: S,
    limit: Duration,
    /// Runs while a write waits.
    patience: Option<Pin<Box<Sleep>>>,
    /// What got through since it began to run.
    through: usize,
    /// What is read before anything else.
    ahead: BytesMut,
}

impl<S> Unstalled<S> {
    pub(crate) fn new(inner: S, limit: Duration) -> Self {
        Self { inner, limit, patience: None, through: 0, ahead: BytesMut::new() }
    }

    /// The same, with what was read already read once more.
    pub(crate) fn again(self, ahead: BytesMut) -> Self {
        Self { ahead, ..self }
    }

    /// Counts what got through; a write that waits wakes when patience ends.
    fn watch(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            if let Ok(bytes) = &written {
                self.through = self.through.saturating_add(*bytes);
            }
            return Poll::Ready(written);
        }
        loop {
            let limit = self.limit;
            if self.patience.is_none() {
                // What filled the system's buffer before was taken by nobody.
                self.through = 0;
            }
            let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(limit)));
            ready!(patience.as_mut().poll(context));
            if self.through < LEAST {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the client does not take what is sent",
                )));
            }
            self.through = 0;
            self.patience = None;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unstalled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let length = buffer.remaining().min(self.ahead.len());
            buffer.put_slice(&self.ahead.split_to(length));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unstalled<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        // All that was to be sent is with the system: nothing waits any more.
        if flushed.is_ready() {
            self.patience = None;
            self.through = 0;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::Unstalled;
    use std::{io, time::Duration};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_cut() {
        let (ours, _theirs) = duplex(1024);
        let mut stream = Unstalled::new(ours, Duration::from_millis(20));
        let error = stream.write_all(&[0; 4096]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_takes_it_all_is_not() {
        let (ours, mut theirs) = duplex(1024);
        let reader = tokio::spawn(async move {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).await.unwrap();
            all.len()
        });
        let mut stream = Unstalled::new(ours, Duration::from_millis(500));
        for _ in 0..50 {
            stream.write_all(&[0; 10_000]).await.unwrap();
            stream.flush().await.unwrap();
        }
        drop(stream);
        assert_eq!(reader.await.unwrap(), 500_000);
    }
}
