//! `fetch`: the tree → the limits on outgoing requests.

use crate::config::Fetch;
use crate::config::HostLimits;
use crate::config::address::parse_host_key;
use crate::config::value::{count, duration, expected_from, replace, some_time};
use crate::model::Allow;
use crate::model::{parse_size, parse_web_url};
use crate::yaml::{Faults, Node, Section, expected};
use std::collections::BTreeMap;
use std::time::Duration;

fn default_fetch(base_url: &str) -> Fetch {
    Fetch {
        user_agent: user_agent("feedmill/VERSION (+URL)", base_url),
        timeout: Duration::from_secs(30),
        max_body_bytes: 10 << 20,
        concurrency: 64,
        per_host: 1,
        host_interval: Duration::from_secs(1),
        min_interval: Duration::from_mins(5),
        hosts: BTreeMap::new(),
        allow: Vec::new(),
        proxy: None,
    }
}

/// Reads `fetch`; `base_url` goes into the user agent.
pub(super) fn fetch(root: &mut Section<'_, '_>, base_url: &str) -> Fetch {
    let mut fetch = default_fetch(base_url);
    let Some(mut section) = root.section("fetch") else {
        return fetch;
    };
    let set = &mut fetch;
    replace(
        &mut set.user_agent,
        section.value("user_agent", |node| {
            let text = node.as_line()?;
            if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return Err(expected("printable ASCII, as a header needs it", node));
            }
            Ok(user_agent(&text, base_url))
        }),
    );
    replace(&mut set.timeout, section.value("timeout", some_time));
    replace(
        &mut set.max_body_bytes,
        section.value("max_body", |node| {
            let bytes = parse_size(node.as_text()?).map_err(|reason| expected_from(&reason, node))?;
            if bytes == 0 { Err(expected("a size above 0", node)) } else { Ok(bytes) }
        }),
    );
    replace(&mut set.concurrency, section.value("concurrency", |node| count(node, 1, 10_000)));
    replace(&mut set.per_host, section.value("per_host", |node| count(node, 1, 10_000)));
    replace(&mut set.host_interval, section.value("host_interval", duration));
    replace(&mut set.min_interval, section.value("min_interval", duration));
    for (key, node) in section.pairs("hosts") {
        match parse_host_key(&key.text) {
            Ok(host) => {
                set.hosts.insert(host, host_limits(node, &key.text, section.faults));
            }
            Err(reason) => {
                section.faults.add_at_key(key, format!("`fetch.hosts`: {reason}"));
            }
        }
    }
    replace(
        &mut set.allow,
        section
            .one_or_more("allow", |node| node.as_text()?.parse::<Allow>().map_err(|error| error.to_string())),
    );
    set.proxy = section.value("proxy", |node| Ok(parse_web_url(node.as_text()?)?.into()));
    section.finish();
    fetch
}

fn host_limits(node: &Node, host: &str, faults: &mut Faults) -> HostLimits {
    let mut section = Section::new(node, &format!("fetch.hosts.{host}"), faults);
    let limits = HostLimits {
        per_host: section.value("per_host", |node| count(node, 1, 10_000)),
        host_interval: section.value("host_interval", duration),
        min_interval: section.value("min_interval", duration),
        timeout: section.value("timeout", some_time),
    };
    section.finish();
    limits
}

fn user_agent(written: &str, base_url: &str) -> String {
    written.replace("VERSION", env!("CARGO_PKG_VERSION")).replace("URL", &format!("{base_url}/about/bot"))
}
