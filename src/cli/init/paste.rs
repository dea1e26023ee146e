//! Lines to paste: the proxy's, so that old addresses and new ones lead here, and the
//! links by which a site's pages announce the feed.

use crate::config::Config;
use crate::config::Listen;
use crate::map::plain::escaped;
use crate::model::Alias;
use crate::model::Format;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write;
use url::Url;

/// What stands for a name in an alias.
const SLUG: &str = ":slug";

/// Lines to paste.
#[derive(Debug, Default)]
pub(super) struct Paste {
    /// The public address that the lines are made for.
    base_url: String,
    /// It isn't the configured one, which is this machine's alone.
    is_suggested: bool,
    /// Whose server block the lines belong to.
    host: String,
    nginx: String,
    caddy: String,
    links: String,
}

/// What the lines are about.
pub(super) struct About<'a> {
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// The site's address.
    pub(super) site: Option<&'a Url>,
    /// Old addresses that are served here.
    pub(super) aliases: &'a [Alias],
    /// Old addresses that another feed has.
    pub(super) taken: &'a [Alias],
}

impl Paste {
    /// `None` where neither the site's address nor a public one of ours is known.
    pub(super) fn new(about: &About<'_>, config: &Config) -> Option<Self> {
        let configured = Url::parse(&config.base_url).ok();
        let is_local = configured.as_ref().is_none_or(crate::model::is_loopback);
        let own = configured.as_ref().filter(|_| !is_local);
        let site_host = about.site.or(own)?.host_str()?.to_owned();
        let base_url = if is_local {
            format!("{}/feeds", about.site?.origin().ascii_serialization())
        } else {
            config.base_url.trim_end_matches('/').to_owned()
        };
        let mut paste = Self { is_suggested: is_local, host: site_host, base_url, ..Self::default() };
        let target = Target::new(&config.listen);
        paste.nginx = paste.nginx_lines(about, &target);
        paste.caddy = paste.caddy_lines(about, &target);
        paste.links = paste.link_lines(about);
        Some(paste)
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        if self.is_suggested {
            let _ = writeln!(
                text,
                "The lines below are for `base_url: {}` in the configuration, where it is this machine's alone now.\n",
                self.base_url
            );
        }
        let _ = writeln!(text, "nginx, in the server block of {}:\n{}", self.host, self.nginx);
        let _ = writeln!(text, "Caddy, in the site block of {}:\n{}", self.host, self.caddy);
        let _ = write!(text, "In the <head> of the site's pages:\n{}", self.links);
        text
    }

    pub(super) fn as_json(&self) -> Value {
        json!({ "base_url": self.base_url, "nginx": self.nginx, "caddy": self.caddy, "links": self.links })
    }

    /// The path below which everything of ours is, where that is on the site's own host.
    fn own_path(&self) -> Option<String> {
        let base = Url::parse(&self.base_url).ok()?;
        let path = base.path().trim_end_matches('/');
        (base.host_str() == Some(self.host.as_str()) && !path.is_empty()).then(|| path.to_owned())
    }

    /// On the site's own host without a path, the feed's own addresses are led here one by one.
    fn is_at_root(&self) -> bool {
        Url::parse(&self.base_url)
            .is_ok_and(|base| base.host_str() == Some(self.host.as_str()) && base.path() == "/")
    }

    fn nginx_lines(&self, about: &About<'_>, target: &Target) -> String {
        let pass = format!("{{ proxy_pass {}; }}", target.nginx);
        let mut lines = String::new();
        let mut line = |text: String| {
            let _ = writeln!(lines, "    {text}");
        };
        if let Some(path) = self.own_path() {
            line(format!("location {path}/ {pass}"));
        } else if self.is_at_root() {
            line(format!("location ~ \"^/{}([./]|$)\" {pass}", regex::escape(about.id)));
        }
        for alias in about.aliases {
            let place = match alias.path.split_once(SLUG) {
                Some((before, after)) => {
                    format!("~ \"^{}.+{}$\"", regex::escape(&decoded(before)), regex::escape(&decoded(after)))
                }
                None => format!("= \"{}\"", decoded(&alias.path)),
            };
            line(format!("location {place} {pass}"));
        }
        for alias in about.taken.iter().filter(|alias| !alias.path.contains(SLUG)) {
            let new = self.address(about.id, alias.format);
            line(format!("location = \"{}\" {{ return 301 {new}; }}", decoded(&alias.path)));
        }
        // By itself nginx doesn't say who asks.
        let client = "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n";
        if lines.contains(&pass) { format!("{client}{lines}") } else { lines }
    }

    fn caddy_lines(&self, about: &About<'_>, target: &Target) -> String {
        let mut paths: Vec<String> = Vec::new();
        paths.extend(self.own_path().map(|path| format!("{path}/*")));
        if self.is_at_root() {
            let id = about.id;
            paths.extend([format!("/{id}"), format!("/{id}.*"), format!("/{id}/*")]);
        }
        paths.extend(about.aliases.iter().map(|alias| decoded(&alias.path.replace(SLUG, "*"))));
        let mut lines = String::new();
        if !paths.is_empty() {
            let paths: Vec<String> = paths.iter().map(|path| argument(path)).collect();
            let _ = writeln!(lines, "    @feedmill path {}", paths.join(" "));
            let _ = writeln!(lines, "    reverse_proxy @feedmill {}", target.caddy);
        }
        for alias in about.taken.iter().filter(|alias| !alias.path.contains(SLUG)) {
            let new = self.address(about.id, alias.format);
            let _ = writeln!(lines, "    redir {} {new} permanent", argument(&decoded(&alias.path)));
        }
        lines
    }

    fn link_lines(&self, about: &About<'_>) -> String {
        let mut lines = String::new();
        for format in Format::ALL {
            let _ = writeln!(
                lines,
                "    <link rel=\"alternate\" type=\"{}\" title=\"{}\" href=\"{}\">",
                format.media_type(),
                escaped(&format!("{} ({format})", about.title)),
                escaped(&self.address(about.id, format))
            );
        }
        lines
    }

    fn address(&self, id: &str, format: Format) -> String {
        format!("{}/{id}.{}", self.base_url, format.extension())
    }
}

/// Where a proxy finds the daemon.
struct Target {
    nginx: String,
    caddy: String,
}

impl Target {
    fn new(listen: &Listen) -> Self {
        match listen {
            Listen::Tcp { host, port } => {
                let host = match host.as_str() {
                    "0.0.0.0" | "::" | "localhost" => "127.0.0.1".to_owned(),
                    host if host.contains(':') => format!("[{host}]"),
                    host => host.to_owned(),
                };
                Self { nginx: format!("http://{host}:{port}"), caddy: format!("{host}:{port}") }
            }
            Listen::Unix(socket) => {
                let path = socket.path.display();
                Self { nginx: format!("http://unix:{path}:"), caddy: format!("unix/{path}") }
            }
        }
    }
}

/// A path as a proxy compares it.
fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().replace('"', "%22")
}

/// One argument of a Caddyfile.
fn argument(path: &str) -> String {
    if path.contains([' ', '{', '}']) { format!("\"{path}\"") } else { path.to_owned() }
}
