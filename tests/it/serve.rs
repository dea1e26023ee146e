//! The server over real sockets, on a store and a scheduler in memory.

mod client;
mod fake;

use client::{settings, start, start_with};

#[tokio::test]
async fn a_document_and_its_not_modified() {
    let server = start().await;
    let first = server.get("/blog.atom").await;
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(
        first.head(),
        format!(
            "200\n\
             access-control-allow-origin: *\n\
             access-control-expose-headers: ETag, Last-Modified\n\
             cache-control: public, max-age=300\n\
             content-length: {}\n\
             content-security-policy: default-src 'none'; sandbox\n\
             content-type: application/atom+xml; charset=utf-8\n\
             etag: {etag}\n\
             last-modified: Sat, 21 Nov 2026 09:30:00 GMT\n\
             referrer-policy: no-referrer\n\
             vary: Accept-Encoding\n\
             x-content-type-options: nosniff\n",
            first.body.len()
        )
    );
    assert!(first.text().contains("https://feeds.example.org/blog.atom"));
    let second = server.get_with("/blog.atom", &[("If-None-Match", &etag)]).await;
    assert_eq!(
        second.head(),
        format!(
            "304\n\
             access-control-allow-origin: *\n\
             access-control-expose-headers: ETag, Last-Modified\n\
             cache-control: public, max-age=300\n\
             content-security-policy: default-src 'none'; sandbox\n\
             etag: {etag}\n\
             last-modified: Sat, 21 Nov 2026 09:30:00 GMT\n\
             referrer-policy: no-referrer\n\
             vary: Accept-Encoding\n\
             x-content-type-options: nosniff\n"
        )
    );
    assert!(second.header("date").is_some() && second.body.is_empty());
    let again = start_with(server.store.clone(), settings()).await;
    let third = again.get_with("/blog.atom", &[("If-None-Match", &etag)]).await;
    assert_eq!(third.head(), second.head());
    assert_eq!(server.store.selects.load(std::sync::atomic::Ordering::SeqCst), 1);
}
