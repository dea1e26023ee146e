//! Connections that can't be made or can't be trusted.

use super::hostile::short;
use super::http::{get, now, settings};
use crate::origin::{Origin, bare};
use feedmill::collect::{FetchErrorKind, FetchRequest, FetchSettings, Fetcher};

#[tokio::test]
async fn nobody_there_and_no_tls() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let error = get(&format!("http://{gone}/")).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (FetchErrorKind::Unreachable, "could not connect: connection refused")
    );
    // An origin that speaks plain HTTP where TLS is due; it sees no end of a head.
    let origin = Origin::start();
    origin.answer("/", bare(200, ""));
    let request = FetchRequest::new(origin.url("/").replace("http://", "https://"), now());
    let error = Fetcher::new(short()).unwrap().fetch(&request).await.unwrap_err();
    assert_eq!(error.message, "timed out: nothing came for 300 ms");
    assert_eq!(origin.requests(), Vec::<String>::new());
    let error = get("not a url").await.unwrap_err();
    assert_eq!(error.to_string(), "not a url: is no URL that can be fetched: relative URL without a base");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let problem = |settings| Fetcher::new(settings).unwrap_err().to_string();
    let user_agent = "a\nb".to_owned();
    assert_eq!(
        problem(FetchSettings { user_agent, ..settings() }),
        "fetch.user_agent: error: has characters that no header can have"
    );
    let proxy = Some("proxy:3128:1".to_owned());
    assert_eq!(problem(FetchSettings { proxy, ..settings() }), "fetch.proxy: error: is no proxy's URL");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for() {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    let certificate =
        CertificateDer::from_pem_slice(include_bytes!("../../collect/self-signed.crt")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../collect/self-signed.key")).unwrap();
    let fetcher = Fetcher::new(short()).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let seen = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut session = rustls::ServerConnection::new(config.into()).unwrap();
        // Fails when the other side turns away; no request is read before that.
        let handshake = session.complete_io(&mut stream);
        handshake.is_err() || session.is_handshaking()
    });
    let error = fetcher.fetch(&FetchRequest::new(url, now())).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (
            FetchErrorKind::Untrusted,
            "no trusted connection: nobody that we trust vouches for the certificate"
        )
    );
    assert!(seen.join().unwrap());
}
