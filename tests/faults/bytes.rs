//! The same store gives the same bytes: after refreshes that bring nothing and restarts.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::world::World;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::TcpStream,
};

pub(crate) fn run(scale: Scale, _: &mut Chance) -> Vec<Row> {
    let world = World::with(3, 30, "schedule: every 1h");
    let (restarts, refreshes) = (scale.of(20, 2), scale.of(25, 2));
    let mut hashes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut etags: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for _ in 0..restarts {
        let daemon = world.app.start();
        for _ in 0..refreshes {
            world.refresh();
            for (document, coding) in every_document() {
                let name = format!("{document} {coding}");
                let (etag, body) = get(&daemon.address, &format!("/{document}"), coding);
                hashes.entry(name.clone()).or_default().insert(blake3::hash(&body).to_string());
                etags.entry(name).or_default().insert(etag);
            }
        }
    }
    let several = hashes.values().filter(|hashes| hashes.len() > 1).count();
    let moved = etags.values().filter(|etags| etags.len() > 1).count();
    let found = format!(
        "{} refreshes that bring nothing, {restarts} restarts: {several} of {} documents and codings with more than one hash, {moved} with more than one ETag",
        restarts * refreshes,
        hashes.len()
    );
    vec![Row::new("nothing happens", "one hash a feed, format and coding", found, several + moved == 0)]
}

fn get(address: &str, path: &str, coding: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let etag = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("etag").then(|| value.to_owned())
    });
    (etag.unwrap_or_default(), bytes.split_off(end + 4))
}

/// Each document's path in each coding.
fn every_document() -> impl Iterator<Item = (String, &'static str)> {
    let codings = ["identity", "gzip", "br", "zstd"];
    let formats = ["atom", "rss", "json"];
    ["f0", "f1", "f2", "news", "news/category/news", "all"]
        .into_iter()
        .flat_map(move |document| formats.map(|format| format!("{document}.{format}")))
        .flat_map(move |path| codings.map(|coding| (path.clone(), coding)))
}
