//! Addresses on the web as files write them.

use url::Host;
use url::Url;

/// Reads an absolute http or https address; the error says what was expected.
pub fn parse_web_url(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|error| {
        format!("expected an address that begins with `https://` or `http://`, found `{text}` ({error})")
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "expected an address that begins with `https://` or `http://`, found the scheme `{}`",
            url.scheme()
        ));
    }
    Ok(url)
}

/// Whether an address names this machine alone.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => false,
    }
}
