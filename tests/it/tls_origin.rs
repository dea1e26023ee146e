//! Origins over TLS, under a root that tests alone trust: a good one that speaks HTTP/2,
//! and one on which a script writes whatever bytes it likes.

use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{
    convert::Infallible,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// A connection as a script sees it, decrypted.
pub(crate) type Stream = StreamOwned<ServerConnection, TcpStream>;
/// What an origin does with each connection once it is trusted.
pub(crate) type Script = Arc<dyn Fn(&mut Stream) + Send + Sync>;
/// Head and fields of an answer, and its body.
type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// A file of `tests/collect/tls`.
pub(crate) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/collect/tls").join(name)
}

/// The root that vouches for the others, in DER.
pub(crate) fn root() -> Vec<u8> {
    CertificateDer::from_pem_file(file("root.crt")).unwrap().to_vec()
}

/// What a server shows of itself; the certificate stands `times` times in its chain.
fn config(certificate: &str, times: usize, protocols: &[&str]) -> Arc<ServerConfig> {
    // The first to install one wins; the fetcher may have been there before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let chain = vec![CertificateDer::from_pem_file(file(&format!("{certificate}.crt"))).unwrap(); times];
    let key = PrivateKeyDer::from_pem_file(file("leaf.key")).unwrap();
    let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// An origin that runs a script on every connection whose client trusts it.
pub(crate) struct Scripted {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    trusted: Arc<AtomicUsize>,
}

impl Scripted {
    /// Speaks HTTP/2, if the client likes, and shows a good certificate.
    pub(crate) fn h2(script: impl Fn(&mut Stream) + Send + Sync + 'static) -> Self {
        Self::start(config("good", 1, &["h2"]), Arc::new(script))
    }

    /// Shows this certificate of `tests/collect/tls`, so many times over.
    pub(crate) fn showing(certificate: &str, times: usize) -> Self {
        let answer = |stream: &mut Stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        };
        Self::start(config(certificate, times, &[]), Arc::new(answer))
    }

    fn start(config: Arc<ServerConfig>, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let [connections, trusted] = [0, 0].map(|none| Arc::new(AtomicUsize::new(none)));
        let (counted, trusting) = (Arc::clone(&connections), Arc::clone(&trusted));
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let (config, script) = (Arc::clone(&config), Arc::clone(&script));
                let trusting = Arc::clone(&trusting);
                thread::spawn(move || {
                    let Some(mut stream) = shake_hands(socket, config) else { return };
                    trusting.fetch_add(1, Ordering::SeqCst);
                    script(&mut stream);
                });
            }
        });
        Self { address, connections, trusted }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    /// Connections so far, and those of them that were trusted.
    pub(crate) fn connections(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.trusted.load(Ordering::SeqCst))
    }
}

/// A connection whose client trusts us.
fn shake_hands(socket: TcpStream, config: Arc<ServerConfig>) -> Option<Stream> {
    // However it goes, the thread ends.
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).ok()?;
    }
    Some(stream)
}

/// A well-behaved origin over HTTP/2; answers by path.
pub(crate) struct H2Origin {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    connections: AtomicUsize,
    requests: Mutex<Vec<http::Request<()>>>,
    answers: Mutex<Vec<(String, Answer)>>,
}

impl H2Origin {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(listener, serving));
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on this path is answered so; a request with the `ETag` among the fields as
    /// its `If-None-Match` is answered 304.
    pub(crate) fn answer(&self, path: &str, fields: &[(&'static str, &str)], body: impl AsRef<[u8]>) {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let mut answers = self.shared.answers.lock().unwrap();
        answers.retain(|(known, _)| known != path);
        answers.push((path.to_owned(), (200, fields, body.as_ref().to_vec())));
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Every request so far: version, method, path and fields.
    pub(crate) fn requests(&self) -> Vec<http::Request<()>> {
        self.shared.requests.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(config("good", 1, &["h2", "http/1.1"]));
    while let Ok((socket, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(socket).await else { return };
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
            let service = service_fn(|request| {
                let answer = answer(&shared, request);
                async move { Ok::<_, Infallible>(answer) }
            });
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            // Ends when the other side goes.
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(shared: &Shared, request: http::Request<Incoming>) -> http::Response<axum::body::Body> {
    let request = request.map(|_| ());
    let answers = shared.answers.lock().unwrap();
    let found = answers.iter().find(|(path, _)| path == request.uri().path());
    let known = request.headers().get("if-none-match").and_then(|tag| tag.to_str().ok());
    let (mut status, fields, mut body) =
        found.map_or((404, Vec::new(), Vec::new()), |(_, answer)| answer.clone());
    if known.is_some() && fields.iter().any(|(name, value)| *name == "etag" && Some(value.as_str()) == known)
    {
        (status, body) = (304, Vec::new());
    }
    let mut response = http::Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(name, value);
    }
    shared.requests.lock().unwrap().push(request);
    response.body(axum::body::Body::from(body)).unwrap()
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Writes our settings, and reads what the client sends until it has asked for something
/// (a HEADERS frame, which is small).
pub(crate) fn meet(stream: &mut Stream) {
    let _ = stream.write_all(&frame(4, 0, 0, b""));
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(read) if read > 0 => seen.extend_from_slice(&piece[..read]),
            _ => return,
        }
        // After the preface of 24 bytes come frames.
        let mut at = 24;
        while let Some(head) = seen.get(at..at + 9) {
            if head[3] == 1 {
                return;
            }
            at += 9 + u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        }
    }
}
