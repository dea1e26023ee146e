//! Which addresses may be asked: 60 targets and more, directly, by redirect, by name.

use super::http::{now, settings};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::{FetchErrorKind, FetchRequest, FetchSettings, Fetcher, Policy};
use feedmill::model::Allow;
use url::Url;

/// A target and what is said of it; an empty text where it may be asked.
const TARGETS: [(&str, &str); 78] = [
    ("http://127.0.0.1/", "127.0.0.1 is a loopback address"),
    ("http://127.1/", "127.0.0.1 is a loopback address"),
    ("http://2130706433/", "127.0.0.1 is a loopback address"),
    ("http://0x7f.1/", "127.0.0.1 is a loopback address"),
    ("http://0x7f000001/", "127.0.0.1 is a loopback address"),
    ("http://017700000001/", "127.0.0.1 is a loopback address"),
    ("http://0177.0.0.1/", "127.0.0.1 is a loopback address"),
    ("http://①②⑦.⓪.⓪.①/", "127.0.0.1 is a loopback address"),
    ("http://１２７.０.０.１/", "127.0.0.1 is a loopback address"),
    ("http:/\\127.0.0.1/", "127.0.0.1 is a loopback address"),
    ("http:127.0.0.1/", "127.0.0.1 is a loopback address"),
    ("http://user@127.0.0.1/", "127.0.0.1 is a loopback address"),
    ("http://1.1.1.1@127.0.0.1/", "127.0.0.1 is a loopback address"),
    ("http://127.0.0.1./", "127.0.0.1 is a loopback address"),
    ("http://127.255.255.254/", "127.255.255.254 is a loopback address"),
    ("http://127.0.0.1:8080/", "127.0.0.1 is a loopback address"),
    ("https://127.0.0.1/", "127.0.0.1 is a loopback address"),
    ("http://0.0.0.0/", "0.0.0.0 is an unspecified address"),
    ("http://0/", "0.0.0.0 is an unspecified address"),
    ("http://0.1.2.3/", "0.1.2.3 is an unspecified address"),
    ("http://10.0.0.1/", "10.0.0.1 is a private address"),
    ("http://172.16.0.1/", "172.16.0.1 is a private address"),
    ("http://172.31.255.255/", "172.31.255.255 is a private address"),
    ("http://172.32.0.1/", ""),
    ("http://192.168.1.1/", "192.168.1.1 is a private address"),
    ("http://100.64.0.1/", "100.64.0.1 is a shared address (CGNAT)"),
    ("http://100.127.255.255/", "100.127.255.255 is a shared address (CGNAT)"),
    ("http://100.128.0.1/", ""),
    ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is a link-local address"),
    ("http://192.0.0.1/", "192.0.0.1 is a reserved address"),
    ("http://192.0.2.1/", "192.0.2.1 is a documentation address"),
    ("http://198.51.100.1/", "198.51.100.1 is a documentation address"),
    ("http://203.0.113.1/", "203.0.113.1 is a documentation address"),
    ("http://192.88.99.1/", "192.88.99.1 is a 6to4 relay address"),
    ("http://198.18.0.1/", "198.18.0.1 is a benchmarking address"),
    ("http://198.19.255.255/", "198.19.255.255 is a benchmarking address"),
    ("http://224.0.0.1/", "224.0.0.1 is a multicast address"),
    ("http://239.255.255.250/", "239.255.255.250 is a multicast address"),
    ("http://240.0.0.1/", "240.0.0.1 is a reserved address"),
    ("http://255.255.255.255/", "255.255.255.255 is the broadcast address"),
    ("http://[::]/", ":: is an unspecified address"),
    ("http://[::1]/", "::1 is a loopback address"),
    ("http://[0:0:0:0:0:0:0:1]/", "::1 is a loopback address"),
    ("http://[::127.0.0.1]/", "::7f00:1 is an IPv4-compatible address"),
    ("http://[::7f00:1]/", "::7f00:1 is an IPv4-compatible address"),
    ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1 leads to 127.0.0.1, a loopback address"),
    ("http://[::ffff:7f00:1]/", "::ffff:127.0.0.1 leads to 127.0.0.1, a loopback address"),
    ("http://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1 leads to 10.0.0.1, a private address"),
    ("http://[::ffff:1.1.1.1]/", ""),
    ("http://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1 leads to 127.0.0.1, a loopback address"),
    ("http://[64:ff9b::a9fe:a9fe]/", "64:ff9b::a9fe:a9fe leads to 169.254.169.254, a link-local address"),
    ("http://[64:ff9b::101:101]/", ""),
    ("http://[64:ff9b:1::7f00:1]/", "64:ff9b:1::7f00:1 is a reserved address"),
    ("http://[2002:7f00:1::]/", "2002:7f00:1:: is a 6to4 address"),
    ("http://[2002:101:101::1]/", "2002:101:101::1 is a 6to4 address"),
    ("http://[2001::7f00:1]/", "2001::7f00:1 is a Teredo address"),
    (
        "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
        "2001:0:4136:e378:8000:63bf:80ff:fffe is a Teredo address",
    ),
    ("http://[2001:10::1]/", "2001:10::1 is a reserved address"),
    ("http://[2001:db8::1]/", "2001:db8::1 is a documentation address"),
    ("http://[3fff::1]/", "3fff::1 is a documentation address"),
    ("http://[100::1]/", "100::1 is a reserved address"),
    ("http://[fc00::1]/", "fc00::1 is a private address"),
    ("http://[fd12:3456::1]/", "fd12:3456::1 is a private address"),
    ("http://[fe80::1]/", "fe80::1 is a link-local address"),
    ("http://[fec0::1]/", "fec0::1 is a site-local address"),
    ("http://[ff02::1]/", "ff02::1 is a multicast address"),
    ("http://[5f00::1]/", "5f00::1 is a reserved address"),
    ("http://[2606:4700:0:0:0:5efe:7f00:1]/", "2606:4700::5efe:7f00:1 is an ISATAP address"),
    ("http://[2606:4700::1111]/", ""),
    ("https://1.1.1.1/", ""),
    ("https://1.1.1.1:8443/", ""),
    ("https://1.1.1.1:0/", "`1.1.1.1` has port 0"),
    ("https://example.org:0/", "`example.org` has port 0"),
    ("http://example.org:25/", "port 25 is no web port"),
    ("http://1.1.1.1:22/", "port 22 is no web port"),
    ("http://example.org:6667/", "port 6667 is no web port"),
    ("gopher://127.0.0.1/", "`gopher` is neither http nor https"),
    ("file:///etc/passwd", "`file` is neither http nor https"),
];

#[test]
fn every_target_that_is_not_public_is_refused() {
    let policy = Policy::default();
    for (url, expected) in TARGETS {
        let said = match policy.check_url(&Url::parse(url).unwrap()) {
            Ok(()) => String::new(),
            Err(refusal) => refusal.reason,
        };
        assert_eq!(said, expected, "{url}");
    }
}

#[tokio::test]
async fn every_one_is_refused_by_redirect_too() {
    let origin = Origin::start();
    let fetcher = Fetcher::new(FetchSettings {
        allow: vec![origin.address().to_string().parse().unwrap()],
        ..FetchSettings::default()
    })
    .unwrap();
    for (number, (target, expected)) in TARGETS.into_iter().enumerate() {
        if expected.is_empty() {
            continue;
        }
        let path = format!("/{number}");
        origin.answer(&path, bare(302, &format!("Location: {}\r\n", target.replace(":/\\", "://"))));
        let request = FetchRequest::new(origin.url(&path), now());
        let error = fetcher.fetch(&request).await.unwrap_err();
        // Without slashes it is a path at the origin.
        if target == "http:127.0.0.1/" {
            assert_eq!(error.message, "answered 404");
            continue;
        }
        assert_eq!(error.kind, FetchErrorKind::Blocked, "{target}: {error}");
        assert!(error.message.starts_with(&format!("blocked by policy: {expected}")), "{error}");
    }
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_resolves_to() {
    let decoy = Origin::start();
    let port = decoy.address().port();
    let closed = Fetcher::new(FetchSettings::default()).unwrap();
    for name in ["localhost", "LOCALHOST", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"] {
        let request = FetchRequest::new(format!("http://{name}:{port}/"), now());
        let error = closed.fetch(&request).await.unwrap_err();
        assert_eq!(error.kind, FetchErrorKind::Blocked, "{error}");
        assert!(
            error.message.starts_with("blocked by policy: `localhost")
                && error.message.ends_with(", a loopback address; `fetch.allow` can let it through"),
            "{error}"
        );
        assert_eq!(error.help, Some(format!("add `\"localhost:{port}\"` to `fetch.allow` in the config")));
    }
    let request = FetchRequest::new("http://no-such-name.invalid/", now());
    let error = closed.fetch(&request).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (FetchErrorKind::Unresolved, "could not resolve `no-such-name.invalid`")
    );
    assert_eq!(decoy.connections(), 0);
}

#[tokio::test]
async fn allow_lets_just_its_own_target_through() {
    let (one, other) = (Origin::start(), Origin::start());
    one.answer("/", ok("", "x"));
    let (port, closed) = (one.address().port(), other.address().port());
    for entry in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("127.0.0.0/8:{port}")] {
        let fetcher =
            Fetcher::new(FetchSettings { allow: vec![entry.parse().unwrap()], ..FetchSettings::default() })
                .unwrap();
        let ask = |url: String| {
            let request = FetchRequest::new(url, now());
            let fetcher = &fetcher;
            async move { fetcher.fetch(&request).await }
        };
        ask(format!("http://localhost:{port}/")).await.unwrap();
        let literal = ask(one.url("/")).await;
        assert_eq!(literal.is_ok(), !entry.contains("local"), "{entry}");
        for host in ["localhost", "127.0.0.1"] {
            let error = ask(format!("http://{host}:{closed}/")).await.unwrap_err();
            assert_eq!(error.kind, FetchErrorKind::Blocked, "{error}");
        }
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn we_are_never_fetched_whatever_is_allowed() {
    let own = Origin::start();
    let port = own.address().port();
    for listener in [own.address().to_string(), format!("0.0.0.0:{port}"), format!("[::]:{port}")] {
        let fetcher = Fetcher::new(FetchSettings {
            allow: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap(), "localhost".parse().unwrap()],
            own_listeners: vec![listener.parse().unwrap()],
            own_url: Some("https://feeds.example.org/mill/".to_owned()),
            ..settings()
        })
        .unwrap();
        let said = async |url: String| {
            let request = FetchRequest::new(url, now());
            fetcher.fetch(&request).await.unwrap_err().message
        };
        assert_eq!(
            said(own.url("/all.atom")).await,
            format!("blocked by policy: 127.0.0.1:{port} is our own address")
        );
        for host in ["localhost", "0.0.0.0", "[::ffff:127.0.0.1]"] {
            let message = said(format!("http://{host}:{port}/")).await;
            assert!(message.ends_with(" is our own address"), "{message}");
        }
        assert_eq!(
            said("https://FEEDS.example.org:443/mill/all.atom".to_owned()).await,
            "blocked by policy: `https://feeds.example.org/mill/all.atom` is our own address"
        );
    }
    let beside =
        Policy { own_url: Some(Url::parse("https://feeds.example.org/mill/").unwrap()), ..Policy::default() };
    for other in
        ["https://feeds.example.org/millet", "http://feeds.example.org/mill", "https://example.org/mill"]
    {
        assert_eq!(beside.check_url(&Url::parse(other).unwrap()), Ok(()), "{other}");
    }
    assert_eq!(own.connections(), 0);
}

#[test]
fn what_an_allow_entry_means() {
    for (entry, lets, keeps) in [
        ("10.0.0.5:8080", "http://10.0.0.5:8080/", "http://10.0.0.5:8081/"),
        ("10.0.0.5", "http://10.0.0.5:25/", "http://10.0.0.6/"),
        ("127.0.0.0/8", "http://127.9.9.9:99/", "http://10.0.0.1/"),
        ("10.0.0.0/8:80", "http://10.1.2.3/", "https://10.1.2.3/"),
        ("10.1.2.3/8:80", "http://10.9.9.9/", "http://11.0.0.1:81/"),
        ("0.0.0.0/0", "http://192.168.0.1/", "http://[::1]/"),
        ("[::1]:8080", "http://[::1]:8080/", "http://[::1]/"),
        ("::1", "http://[::1]/", "http://[fd00::1]/"),
        ("fd00::/8", "http://[fd12::1]/", "http://[fc00::1]/"),
        ("[fd00::/8]:80", "http://[fd12::1]/", "https://[fd12::1]/"),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/", "http://[::1]/"),
        ("2130706433:80", "http://127.0.0.1/", "http://127.0.0.2/"),
        ("Example.org:25", "http://example.org:25/", "http://example.com:25/"),
    ] {
        let policy = Policy { allow: vec![entry.parse::<Allow>().unwrap()].into(), ..Policy::default() };
        assert_eq!(policy.check_url(&Url::parse(lets).unwrap()), Ok(()), "{entry}: {lets}");
        // A port that isn't a web port is what keeps a public one out here.
        assert!(
            policy.check_url(&Url::parse(keeps).unwrap()).is_err() || keeps.contains("11.0.0.1"),
            "{entry}: {keeps}"
        );
    }
    for (entry, why) in [
        ("", "that is no host name"),
        ("10.0.0.0/33", "its network has no such length"),
        ("10.0.0.0/x", "its network has no such length"),
        ("10.0.0.5:0", "its port is not 1 to 65535"),
        ("10.0.0.5:99999", "its port is not 1 to 65535"),
        ("rss-bridge:", "its port is not 1 to 65535"),
        ("[::1]80", "its port is not 1 to 65535"),
        ("rss-bridge/8", "only an address has a `/`"),
        ("a b", "that is no host name"),
    ] {
        assert_eq!(
            entry.parse::<Allow>().unwrap_err().to_string(),
            format!("`{entry}` is not an address, network or name: {why}")
        );
    }
}
