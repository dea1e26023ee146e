//! SIGTERM while thousands read and many fetches are under way.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::until::until;
use crate::world::World;
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Barrier, mpsc},
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(5);

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    let (clients, fetches) = (scale.of(3000, 60), scale.of(100, 10));
    let mut world = World::with(fetches, 400, "schedule: every 1s");
    let mut daemon = world.app.start();
    world.refresh();
    world.press.delay(Duration::from_secs(60));
    until(Duration::from_secs(20), || world.press.waiting() >= fetches.min(64));
    let waiting = world.press.waiting();
    let barrier = Arc::new(Barrier::new(clients + 1));
    let (tell, told) = mpsc::channel();
    for client in 0..clients {
        let (address, barrier, tell) = (daemon.address.clone(), Arc::clone(&barrier), tell.clone());
        let wait = Duration::from_micros(chance.below(300_000) as u64);
        thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(move || {
                let stream = TcpStream::connect(&address);
                barrier.wait();
                thread::sleep(wait);
                let path = ["/news.atom", "/news.json", "/all.rss"][client % 3];
                let _ = tell.send(stream.map_or(Ended::Refused, |stream| read(stream, path)));
            })
            .unwrap();
    }
    drop(tell);
    barrier.wait();
    thread::sleep(Duration::from_millis(150));
    let asked = Instant::now();
    daemon.signal("TERM");
    let code = daemon.end(Duration::from_secs(20));
    let took = asked.elapsed();
    let ended: Vec<Ended> = told.iter().collect();
    let count = |wanted: Ended| ended.iter().filter(|ended| **ended == wanted).count();
    let (whole, closed, cut) = (count(Ended::Whole), count(Ended::Closed), count(Ended::Cut));
    let daemon = world.app.start();
    world.press.delay(Duration::ZERO);
    drop(daemon);
    let daemon = world.app.start();
    let tally = world.survey(&daemon);
    let found = format!(
        "{clients} clients, {waiting} fetches under way: exit {code:?} after {:.1} s; {whole} answers whole, \
         {closed} connections closed before one began, {cut} answers cut; {}",
        took.as_secs_f64(),
        tally.told()
    );
    let passed = code == Some(0) && took <= LIMIT && cut == 0 && whole > 0 && tally.is_clean();
    vec![Row::new("SIGTERM with clients and fetches", "exit in 5 s, no answer cut", found, passed)]
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Whole,
    /// Nothing was answered: the client knows that it has to ask again.
    Closed,
    Cut,
    Refused,
}

fn read(mut stream: TcpStream, path: &str) -> Ended {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    if stream.write_all(request.as_bytes()).is_err() {
        return Ended::Closed;
    }
    let mut bytes = Vec::new();
    // A reset after everything was read is as good as an end.
    let _ = stream.read_to_end(&mut bytes);
    if bytes.is_empty() {
        return Ended::Closed;
    }
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ended::Cut };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    if length == Some(bytes.len() - end - 4) { Ended::Whole } else { Ended::Cut }
}
