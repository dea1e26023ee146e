//! The API: how things stand, and collecting now.
//!
//! In: requests that showed the token. Out: JSON as the interface fixes it.

use crate::model::{Format, parse_duration};
use crate::serve::error;
use crate::serve::every;
use crate::serve::plain::plain;
use crate::serve::site::Site;
use crate::serve::wire;
use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The longest that a request may wait for a refresh.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// `GET /api/status`.
pub(crate) async fn status(State(site): State<Arc<Site>>) -> Response {
    json_answer(StatusCode::OK, &wire::status_json(&site.status().await))
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(site): State<Arc<Site>>) -> Response {
    let text = site.metrics.text(
        (&site.status().await, site.refresher.pulse()),
        site.cache.size(),
        site.clock.now(),
    );
    plain(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", Body::from(text))
}

/// `GET /api/runs/<ID>`: 202 with what came in so far while it runs, then 200.
pub(crate) async fn run(State(site): State<Arc<Site>>, Path(run): Path<String>) -> Response {
    match site.refresher.run(&run) {
        Some(report) => {
            let status = if report.done { StatusCode::OK } else { StatusCode::ACCEPTED };
            json_answer(status, &wire::run_json(&report))
        }
        None => trouble(StatusCode::NOT_FOUND, "no run has this id; the last hundred are remembered"),
    }
}

/// `POST /api/refresh`.
pub(crate) async fn refresh_all(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    refresh(&site, &[], query.as_deref(), &headers).await
}

/// `POST /api/feeds/<feed>/refresh`.
pub(crate) async fn refresh_feed(
    State(site): State<Arc<Site>>,
    Path(feed): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    refresh(&site, &[feed], query.as_deref(), &headers).await
}

async fn refresh(site: &Site, feeds: &[String], query: Option<&str>, headers: &HeaderMap) -> Response {
    let wait = match wait(query) {
        Ok(wait) => wait,
        Err(why) => return trouble(StatusCode::BAD_REQUEST, why),
    };
    let run = match site.refresher.refresh(feeds) {
        Ok(run) => run,
        Err(unknown) if unknown.problems.is_empty() => {
            return trouble(StatusCode::NOT_FOUND, "no feed has this id");
        }
        Err(unusable) => return trouble(StatusCode::CONFLICT, &unusable.to_string()),
    };
    // A form of the status page: whoever pressed its button wants to see it again.
    if every::wants_page(headers) {
        return error::redirect(StatusCode::SEE_OTHER, &format!("{}/status", site.base.path), "no-store");
    }
    if let Some(wait) = wait {
        tokio::select! {
            () = site.refresher.wait(&run) => {}
            () = site.clock.sleep(wait) => {}
            () = site.stopping() => {}
        }
        if let Some(report) = site.refresher.run(&run).filter(|report| report.done) {
            return json_answer(StatusCode::OK, &wire::run_json(&report));
        }
    }
    json_answer(StatusCode::ACCEPTED, &json!({ "run": run }))
}

/// The `wait` of a query, where there is one.
fn wait(query: Option<&str>) -> Result<Option<Duration>, &'static str> {
    let mut wait = None;
    for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if key != "wait" {
            return Err("the one parameter here is `wait`");
        }
        wait = Some(parse_duration(&value).map_err(|_| "`wait` is a duration, as in `wait=30s`")?);
    }
    match wait {
        Some(wait) if wait > LONGEST_WAIT => Err("`wait` is `10m` at most"),
        wait => Ok(wait),
    }
}

/// The `format` of the documents that a list names.
pub(crate) fn list_format(query: Option<&str>) -> Result<Format, Box<Response>> {
    for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if key != "format" {
            continue;
        }
        return match &*value {
            "atom" => Ok(Format::Atom),
            "rss" => Ok(Format::Rss),
            _ => Err(Box::new(error::refuse(StatusCode::BAD_REQUEST, "`format` is `atom` or `rss`"))),
        };
    }
    Ok(Format::Atom)
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    plain(status, "application/json", format!("{value}\n"))
}

fn trouble(status: StatusCode, why: &str) -> Response {
    json_answer(status, &json!({ "error": why }))
}

#[cfg(test)]
mod tests {
    use super::wait;
    use std::time::Duration;

    #[test]
    fn waits_are_durations_up_to_ten_minutes() {
        let wrong = "`wait` is a duration, as in `wait=30s`";
        for (query, expected) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some("wait=30s"), Ok(Some(Duration::from_secs(30)))),
            (Some("wait=10m"), Ok(Some(Duration::from_mins(10)))),
            (Some("wait=0s"), Ok(Some(Duration::ZERO))),
            (Some("wait=11m"), Err("`wait` is `10m` at most")),
            (Some("wait=99999999999999999999d"), Err(wrong)),
            (Some("wait=213503982334602d"), Err(wrong)),
            (Some("wait=30"), Err(wrong)),
            (Some("wait=s"), Err(wrong)),
            (Some("wait=-1s"), Err(wrong)),
            (Some("wait="), Err(wrong)),
            (Some("wait=%E9%87%91s"), Err(wrong)),
            (Some("until=30s"), Err("the one parameter here is `wait`")),
        ] {
            assert_eq!(wait(query), expected, "{query:?}");
        }
    }
}
