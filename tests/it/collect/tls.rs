//! TLS that can't be trusted, HTTP/2 as it should be, and HTTP/2 that means harm.

use super::hostile::short;
use super::http::{body, now};
use crate::tls_origin::{H2Origin, Scripted, Stream, frame, meet, root};
use feedmill::collect::{FetchErrorKind, FetchRequest, FetchSettings, Fetched, Fetcher};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    time::Duration,
};

fn trusting(settings: FetchSettings) -> Fetcher {
    Fetcher::new(settings).unwrap().trusting(&root()).unwrap()
}

/// A handshake and its cryptography take their time on a busy machine.
fn patient() -> FetchSettings {
    let (timeout, idle_timeout) = (Duration::from_secs(8), Duration::from_millis(1500));
    FetchSettings { timeout, idle_timeout, ..short() }
}

async fn failure(url: &str) -> (FetchErrorKind, String) {
    let error = trusting(patient()).fetch(&FetchRequest::new(url, now())).await.unwrap_err();
    (error.kind, error.message)
}

#[tokio::test]
async fn http_2_with_validators_over_one_connection() {
    let origin = H2Origin::start();
    origin.answer("/feed", &[("etag", "\"a\""), ("content-type", "text/xml")], "<rss/>");
    let fetcher = trusting(patient());
    let mut request = FetchRequest::new(origin.url("/feed"), now());
    let fetched = fetcher.fetch(&request).await.unwrap();
    assert_eq!(body(&fetched), "<rss/>");
    request.validators = fetched.facts().validators.clone();
    assert!(matches!(fetcher.fetch(&request).await.unwrap(), Fetched::NotModified(_)));
    let seen = origin.requests();
    assert_eq!((seen.len(), origin.connections()), (2, 1));
    assert!(seen.iter().all(|request| request.version() == http::Version::HTTP_2));
    assert_eq!(seen[1].headers()["if-none-match"], "\"a\"");
    let names: Vec<&str> = seen[1].headers().keys().map(http::HeaderName::as_str).collect();
    assert_eq!(names, ["accept", "accept-encoding", "if-none-match", "user-agent"]);
}

#[tokio::test]
async fn one_over_http_2_can_be_asked_again_after_the_connection_ended() {
    // An origin that says goodbye after each answer, as large sites do now and then.
    let origin = Scripted::h2(|stream| {
        meet(stream);
        let bytes = [frame(1, 4, 1, STATUS_200), frame(0, 1, 1, b"<rss/>"), frame(7, 0, 0, &goodbye(1, 0))];
        let _ = stream.write_all(&bytes.concat());
    });
    let fetcher = trusting(patient());
    for asked in 1..=3 {
        let fetched = fetcher.fetch(&FetchRequest::new(origin.url("/"), now())).await.unwrap();
        assert_eq!((body(&fetched).as_str(), origin.connections().0), ("<rss/>", asked));
    }
}

/// `:status: 200` by its place in the static table (RFC 7541, appendix A).
const STATUS_200: &[u8] = &[0x88];

/// What a GOAWAY says: the last stream that was looked at, and an error.
fn goodbye(last: u32, error: u32) -> Vec<u8> {
    [last.to_be_bytes(), error.to_be_bytes()].concat()
}

/// A field that is not to be indexed.
fn field(name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, u8::try_from(name.len()).unwrap()];
    bytes.extend(name.as_bytes());
    // A length of 127 or more goes on in bytes of seven bits (RFC 7541 §5.1).
    if value.len() < 127 {
        bytes.push(u8::try_from(value.len()).unwrap());
    } else {
        bytes.push(127);
        let mut rest = value.len() - 127;
        while rest >= 128 {
            bytes.push(u8::try_from(rest % 128).unwrap() | 128);
            rest /= 128;
        }
        bytes.push(u8::try_from(rest).unwrap());
    }
    bytes.extend(value);
    bytes
}

/// Says this once somebody has asked, then that again and again until the other side goes.
fn flood(first: Vec<u8>, again: Vec<u8>) -> impl Fn(&mut Stream) + Send + Sync + 'static {
    // Some thousand small frames at once, so that it is a flood.
    let many = again.repeat((64 * 1024 / again.len().max(1)).max(1));
    move |stream: &mut Stream| {
        meet(stream);
        let _ = stream.write_all(&first);
        while !many.is_empty() && stream.write_all(&many).is_ok() {}
    }
}

/// Says this once, and then nothing until the other side goes.
fn silent_after(first: Vec<u8>) -> impl Fn(&mut Stream) + Send + Sync + 'static {
    move |stream: &mut Stream| {
        meet(stream);
        let _ = stream.write_all(&first);
        while matches!(stream.read(&mut [0; 4096]), Ok(read) if read > 0) {}
    }
}

/// A field that is indexed, then meant again by one byte, 12,000 times.
fn header_bomb() -> Vec<u8> {
    let mut block = STATUS_200.to_vec();
    block.extend([0x40, 1, b'x', 127, 0x80 | 1, 30]);
    block.extend(vec![b'y'; 127 + 1 + 30 * 128]);
    block.extend(vec![0xbe; 12_000]);
    frame(1, 4, 1, &block)
}

/// A head with so many fields of 1,000 bytes, in as many frames as it needs.
fn long_head(fields: usize) -> Vec<u8> {
    let mut list = STATUS_200.to_vec();
    list.extend((0..fields).flat_map(|number| field(&format!("x-{number}"), &[b'v'; 1000])));
    let pieces: Vec<&[u8]> = list.chunks(16_000).collect();
    let last = pieces.len() - 1;
    let frames = pieces.iter().enumerate().map(|(place, piece)| {
        let (kind, flags) = (if place == 0 { 1 } else { 9 }, if place == last { 4 } else { 0 });
        frame(kind, flags, 1, piece)
    });
    frames.collect::<Vec<_>>().concat()
}

/// Origins that misbehave in HTTP/2, with the failure that each has to end in.
pub(crate) fn h2_harm() -> Vec<(&'static str, Scripted, &'static str)> {
    let head = || frame(1, 4, 1, STATUS_200);
    let leave = |last, error| frame(7, 0, 0, &goodbye(last, error));
    let reset = |stream: u32, error: u32| frame(3, 0, stream, &error.to_be_bytes());
    let resets: Vec<u8> = (0..1000).flat_map(|number| reset(2 * number + 3, 8)).collect();
    // A table of 4 GB and a window of 2 GB.
    let large = [[0, 1, 0xff, 0xff, 0xff, 0xff], [0, 4, 0x7f, 0xff, 0xff, 0xff]].concat();
    let padded = [&[254_u8, b'x'][..], &[0; 254]].concat();
    let push = [&2_u32.to_be_bytes(), STATUS_200].concat();
    let plain = |stream: &mut Stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        while matches!(stream.read(&mut [0; 4096]), Ok(read) if read > 0) {}
    };
    let silence = "timed out: nothing came for 1500 ms";
    let once = |bytes| Scripted::h2(silent_after(bytes));
    let ever = |first, again| Scripted::h2(flood(first, again));
    let now = Vec::new;
    vec![
        ("goodbye", once(leave(0, 0)), "the origin ended the connection: `NO_ERROR`"),
        (
            "goodbye 1,000 times",
            once(leave(0, 0).repeat(1000)),
            "the origin ended the connection: `NO_ERROR`",
        ),
        ("calm down", once(leave(0, 11)), "the origin ended the connection: `ENHANCE_YOUR_CALM`"),
        ("refused", once(reset(1, 7)), "the origin broke off the answer: `REFUSED_STREAM`"),
        ("reset flood", ever(now(), resets), "the answer is not HTTP/2: `PROTOCOL_ERROR`"),
        (
            "reset body",
            once([head(), reset(1, 2)].concat()),
            "the origin broke off the body: `INTERNAL_ERROR`",
        ),
        ("push flood", ever(now(), frame(5, 4, 1, &push)), "the answer is not HTTP/2: `PROTOCOL_ERROR`"),
        (
            "continuation flood",
            ever(frame(1, 0, 1, STATUS_200), frame(9, 0, 1, &field("x", b"y"))),
            "the answer is not HTTP/2: `ENHANCE_YOUR_CALM`",
        ),
        (
            "empty continuation flood",
            ever(frame(1, 0, 1, STATUS_200), frame(9, 0, 1, b"")),
            "the answer is not HTTP/2: `ENHANCE_YOUR_CALM`",
        ),
        ("head of 800 KB", once(long_head(800)), "the answer is not HTTP/2: `ENHANCE_YOUR_CALM`"),
        ("header bomb", once(header_bomb()), "the answer is not HTTP/2: `ENHANCE_YOUR_CALM`"),
        ("settings flood", ever(now(), frame(4, 0, 0, &large)), silence),
        ("ping flood", ever(now(), frame(6, 0, 0, &[0; 8])), silence),
        ("interim flood", ever(now(), frame(1, 4, 1, &[8, 3, b'1', b'0', b'3'])), silence),
        ("window flood", ever(now(), frame(8, 0, 0, &1_u32.to_be_bytes())), silence),
        ("frames of no kind", ever(now(), frame(200, 0, 1, &[0; 100])), silence),
        (
            "empty data flood",
            ever(head(), frame(0, 0, 1, b"")),
            "the body is not HTTP/2: `ENHANCE_YOUR_CALM`",
        ),
        (
            "padded data flood",
            ever(head(), frame(0, 8, 1, &padded)),
            "the body is not HTTP/2: `FLOW_CONTROL_ERROR`",
        ),
        (
            "endless body",
            ever(head(), frame(0, 0, 1, &[b'x'; 16_000])),
            "the body is not HTTP/2: `FLOW_CONTROL_ERROR`",
        ),
        (
            "a frame of 16 MB",
            ever(vec![0xff, 0xff, 0xff, 1, 4, 0, 0, 0, 1], vec![0; 1000]),
            "the answer is not HTTP/2: `FRAME_SIZE_ERROR`",
        ),
        ("silence", once(now()), silence),
        ("a head and silence", once(head()), silence),
        ("not HTTP/2", Scripted::h2(plain), "the answer is not HTTP/2: `FRAME_SIZE_ERROR`"),
        ("closed", Scripted::h2(meet), "the connection was closed before an answer"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn harm_over_http_2_ends_in_its_own_failure() {
    let minute = Duration::from_mins(1);
    let (hurried, unhurried) =
        (patient(), FetchSettings { timeout: minute, idle_timeout: minute, ..patient() });
    let [hurried, unhurried] = [hurried, unhurried].map(trusting);
    for (name, origin, expected) in h2_harm() {
        let fetcher = if expected.starts_with("timed out") { &hurried } else { &unhurried };
        let request = FetchRequest::new(origin.url("/"), now());
        let error = fetcher.fetch(&request).await.unwrap_err();
        // It hangs up after what it said, and which of the two comes first is chance.
        let hung_up = name == "not HTTP/2" && error.message == "the connection was closed before an answer";
        assert!(hung_up || error.message == expected, "{name}: {:?} {}", error.kind, error.message);
        assert_eq!(origin.connections(), (1, 1), "{name}: asked once");
    }
}

#[tokio::test]
async fn a_head_of_60_kb_is_read_over_http_2() {
    let origin = Scripted::h2(silent_after([long_head(60), frame(0, 1, 1, b"<rss/>")].concat()));
    let fetched = trusting(patient()).fetch(&FetchRequest::new(origin.url("/"), now())).await.unwrap();
    assert_eq!(body(&fetched), "<rss/>");
}

/// Origins whose certificate can't be trusted, with the failure that each has to end in.
pub(crate) fn untrusted() -> Vec<(Scripted, &'static str)> {
    vec![
        (Scripted::showing("expired", 1), "no trusted connection: the certificate has expired"),
        (Scripted::showing("not-yet", 1), "no trusted connection: the certificate is not valid yet"),
        (Scripted::showing("other-host", 1), "no trusted connection: the certificate is for another host"),
        (
            Scripted::showing("sha1", 1),
            "no trusted connection: the certificate is signed in a way that is no longer safe",
        ),
        // 10 MB of certificates.
        (Scripted::showing("good", 25_000), "no trusted connection: its certificates are too large"),
    ]
}

#[tokio::test]
async fn certificates_that_cannot_be_trusted() {
    for (origin, expected) in untrusted() {
        let outcome = failure(&origin.url("/")).await;
        assert_eq!(outcome, (FetchErrorKind::Untrusted, expected.to_owned()));
        // Not once more without TLS, nor without looking.
        assert_eq!(origin.connections(), (1, 0), "{expected}");
    }
    // Without the root nobody vouches for the good one either.
    let origin = Scripted::showing("good", 1);
    assert!(trusting(patient()).fetch(&FetchRequest::new(origin.url("/"), now())).await.is_ok());
    let error = Fetcher::new(short()).unwrap().fetch(&FetchRequest::new(origin.url("/"), now())).await;
    assert_eq!(
        error.unwrap_err().message,
        "no trusted connection: nobody that we trust vouches for the certificate"
    );
}

#[tokio::test]
async fn handshakes_that_stall_end_or_are_none() {
    let silence = "timed out: nothing came for 1500 ms";
    for (first, stays, expected) in [
        (&b""[..], true, silence),
        (b"\x16\x03\x03", true, silence),
        (b"", false, "could not connect: the connection was closed during the TLS handshake"),
        (b"\x16\x03\x03", false, "could not connect: the connection was closed during the TLS handshake"),
        (&[21, 3, 3, 0, 2, 2, 80], true, "no trusted connection: received fatal alert: InternalError"),
        (b"HTTP/1.1 400 Bad\r\n\r\n", true, "no trusted connection: it does not speak TLS"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let first = first.to_vec();
        let seen = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut hello = [0; 4096];
            let read = socket.read(&mut hello).unwrap();
            let _ = socket.write_all(&first);
            while stays && matches!(socket.read(&mut [0; 4096]), Ok(read) if read > 0) {}
            hello[..read].to_vec()
        });
        assert_eq!(failure(&url).await.1, expected);
        // All that it saw was a ClientHello: nothing of the request, nothing in plain text.
        let hello = seen.join().unwrap();
        assert_eq!(hello[0], 22);
        assert!(!hello.windows(3).any(|three| three == b"GET"));
    }
}
