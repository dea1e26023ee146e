//! An origin on a raw socket: answers scripted bytes and keeps every request byte for byte.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// What is done once a request's head is in.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Writes these bytes.
    Send(Vec<u8>),
    /// Writes these bytes again and again until the other side goes.
    Forever(Vec<u8>),
    /// Says nothing for this long, or until the other side goes.
    Wait(Duration),
    /// Closes the connection.
    Close,
}

/// A server that knows nothing of HTTP but where a head ends.
pub(crate) struct Origin {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// By path: scripts in order; the last one stays.
    scripts: HashMap<String, Vec<Vec<Step>>>,
    requests: Vec<Vec<u8>>,
    connections: usize,
    closed: usize,
}

impl Origin {
    /// Listens on a port of its own on 127.0.0.1.
    pub(crate) fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// Another one on the same port, at 127.0.0.2.
    pub(crate) fn beside(&self) -> Self {
        Self::on(TcpListener::bind(("127.0.0.2", self.address.port())).unwrap())
    }

    fn on(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                shared.lock().unwrap().connections += 1;
                thread::spawn(move || {
                    talk(&stream, &shared);
                    shared.lock().unwrap().closed += 1;
                });
            }
        });
        Self { address, shared }
    }

    /// The address of a path, by number.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers this path with these bytes; called again, with these the next time.
    pub(crate) fn answer(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.script(path, vec![Step::Send(bytes.as_ref().to_vec())]);
    }

    /// From now on this path answers with these bytes, whatever was to come.
    pub(crate) fn answer_from_now(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let steps = vec![Step::Send(bytes.as_ref().to_vec())];
        self.shared.lock().unwrap().scripts.insert(path.to_owned(), [steps].into());
    }

    /// The same with all the steps of a script.
    pub(crate) fn script(&self, path: &str, steps: Vec<Step>) {
        let mut shared = self.shared.lock().unwrap();
        shared.scripts.entry(path.to_owned()).or_default().push(steps);
    }

    /// Every request so far, byte for byte.
    pub(crate) fn requests(&self) -> Vec<String> {
        let shared = self.shared.lock().unwrap();
        // One char a byte, so that nothing is lost.
        shared.requests.iter().map(|bytes| bytes.iter().map(|&byte| char::from(byte)).collect()).collect()
    }

    /// The value of a field in the last request, byte for byte.
    pub(crate) fn last_field(&self, name: &str) -> Option<String> {
        let request = self.requests().pop()?;
        request.split("\r\n").skip(1).find_map(|line| {
            let (field, value) = line.split_once(": ")?;
            field.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }

    /// Connections that are open now.
    pub(crate) fn open(&self) -> usize {
        let shared = self.shared.lock().unwrap();
        shared.connections - shared.closed
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.lock().unwrap().connections
    }
}

/// A 200 with these fields (each ending in CRLF), a length and a body.
pub(crate) fn ok(fields: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut answer =
        format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// An answer without a body.
pub(crate) fn bare(status: u16, fields: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{fields}Content-Length: 0\r\n\r\n")
}

fn talk(mut stream: &TcpStream, shared: &Mutex<Shared>) {
    let mut bytes = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            let mut piece = [0; 4096];
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(read) => bytes.extend_from_slice(&piece[..read]),
            }
        };
        let mut head: Vec<u8> = bytes.drain(..end).collect();
        let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
        while bytes.len() < body_length(&head) {
            let mut piece = [0; 4096];
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(read) => bytes.extend_from_slice(&piece[..read]),
            }
        }
        head.extend(bytes.drain(..body_length(&head)));
        let steps = {
            let mut shared = shared.lock().unwrap();
            shared.requests.push(head);
            match shared.scripts.get_mut(&path) {
                Some(scripts) if scripts.len() > 1 => scripts.remove(0),
                Some(scripts) => scripts[0].clone(),
                None => vec![Step::Send(bare(404, "").into_bytes())],
            }
        };
        for step in steps {
            if !play(step, stream) {
                return;
            }
        }
    }
}

/// What a head says of the body after it.
fn body_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.split("\r\ncontent-length: ")
        .nth(1)
        .map_or(0, |rest| rest.split('\r').next().unwrap().parse().unwrap())
}

/// Whether the connection goes on.
fn play(step: Step, mut stream: &TcpStream) -> bool {
    match step {
        Step::Send(bytes) => stream.write_all(&bytes).is_ok(),
        Step::Forever(bytes) => {
            while stream.write_all(&bytes).is_ok() {}
            false
        }
        Step::Wait(limit) => {
            stream.set_read_timeout(Some(limit)).unwrap();
            // Ends at once when the other side goes.
            let gone = matches!(stream.read(&mut [0; 1]), Ok(0));
            stream.set_read_timeout(None).unwrap();
            !gone
        }
        Step::Close => false,
    }
}
