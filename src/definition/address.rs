//! What goes along with a request for a source: extra headers and credentials.

use crate::definition::Auth;
use crate::model::resolve_path;
use crate::model::show_path;
use crate::yaml::Faults;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::expected;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Headers that decide who is asked, for whom and how: ours alone.
const OURS: [&str; 38] = [
    "a-im",
    "accept-encoding",
    "authorization",
    "cache-control",
    "cf-connecting-ip",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "origin",
    "pragma",
    "range",
    "referer",
    "remote-email",
    "remote-groups",
    "remote-name",
    "remote-user",
    "te",
    "trailer",
    "transfer-encoding",
    "true-client-ip",
    "upgrade",
    "user-agent",
    "via",
    "x-client-ip",
    "x-forwarded",
    "x-original-url",
    "x-real-ip",
    "x-remote-user",
    "x-rewrite-url",
    "x-webauth-user",
];

/// As [`OURS`], by how they begin.
const OUR_FAMILIES: [&str; 7] =
    ["x-forwarded-", "proxy-", "sec-", "if-", "x-http-method", "x-auth-request-", "tailscale-"];

/// Whether a header is ours alone: what frames the message, what we say of ourselves and of
/// what we know, what a proxy before the origin would trust, and what would get round caches.
/// A cookie is none of an operator's either: credentials are given by `auth`, out of a file.
pub fn is_ours(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    OURS.contains(&lower.as_str()) || OUR_FAMILIES.iter().any(|start| lower.starts_with(start))
}

/// `headers`: name → value.
pub(super) fn headers(section: &mut Section<'_, '_>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for (key, node) in section.pairs("headers") {
        let lower = key.text.to_ascii_lowercase();
        if is_ours(&lower) {
            let full = section.full("headers");
            let fault = section
                .faults
                .add_at_key(key, format!("`{full}`: the header `{}` cannot be set here", key.text));
            fault.help = match lower.as_str() {
                "authorization" => Some("use `auth: {bearer_file: …}` or `auth: {basic_file: …}`".into()),
                "user-agent" => Some("use `fetch.user_agent` in the configuration".into()),
                _ => None,
            };
            continue;
        }
        let name = format!("{}.{}", section.full("headers"), key.text);
        if http::HeaderName::from_bytes(key.text.as_bytes()).is_err() {
            section.faults.add_at_key(key, format!("`{name}`: not a header's name"));
            continue;
        }
        let value = section.faults.value(&name, node, |node| {
            let value = node.as_line()?;
            if http::HeaderValue::from_str(&value).is_err() || !value.is_ascii() {
                return Err("expected printable ASCII, as a header needs it".into());
            }
            Ok(value)
        });
        headers.extend(value.map(|value| (key.text.clone(), value)));
    }
    headers
}

/// `auth`: the secret out of a file, whose path counts from `base`.
pub(super) fn auth(section: &mut Section<'_, '_>, base: &Path) -> Option<Auth> {
    let node = section.node("auth")?;
    let mut auth = section.section("auth")?;
    let basic = auth.value("basic_file", |node| {
        let secret = secret(node, base)?;
        if !secret.contains(':') {
            return Err("expected `user:password` in that file".into());
        }
        Ok(Auth::Basic(secret))
    });
    let bearer = auth.value("bearer_file", |node| secret(node, base).map(Auth::Bearer));
    let written = [auth.node("basic_file"), auth.node("bearer_file")];
    for (name, node) in ["basic_file", "bearer_file"].iter().zip(written) {
        if let Some(node) = node {
            let name = auth.full(name);
            warn_if_open(auth.faults, &name, node, base);
        }
    }
    if written.iter().flatten().count() != 1 && node.map().is_some() {
        let name = auth.full("");
        let message =
            format!("`{}`: expected one of `basic_file`, `bearer_file`", name.trim_end_matches('.'));
        auth.faults.add(node, message);
    }
    auth.finish();
    basic.or(bearer)
}

/// Warns where everybody on the machine can read a file of secrets.
pub(super) fn warn_if_open(faults: &mut Faults, name: &str, node: &Node, base: &Path) {
    let Ok(written) = node.as_line() else { return };
    let path = resolve_path(base, &written);
    if std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o004 != 0) {
        let fault = faults.add(node, format!("`{name}`: everybody on this machine can read that file"));
        fault.warning = true;
        fault.help = Some(format!("chmod o-r {written}"));
    }
}

/// The one line of a file; never shown.
fn secret(node: &Node, base: &Path) -> Result<String, String> {
    let written = node.as_line()?;
    let path = resolve_path(base, &written);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let current = std::env::current_dir().unwrap_or_default();
        format!("`{}` cannot be read: {error}", show_path(&path, &current))
    })?;
    let text = text.trim();
    if text.is_empty() || text.contains(['\n', '\r', '\0']) {
        return Err(expected("a file that holds one line", node));
    }
    Ok(text.to_owned())
}
