//! The one table of what is answered where.
//!
//! In: requests. Out: the handler's answer. Never looks into either: that is `every`'s.

use crate::serve::announce;
use crate::serve::answer::{by_path, options, piece_as_asked};
use crate::serve::api;
use crate::serve::auth;
use crate::serve::callback;
use crate::serve::conditional::Conditions;
use crate::serve::error;
use crate::serve::health;
use crate::serve::hubs::HUB;
use crate::serve::onward;
use crate::serve::pages;
use crate::serve::piece::Piece;
use crate::serve::site::Site;
use crate::serve::tongue;
use axum::{
    Router,
    extract::{RawQuery, State},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, Method, StatusCode, Uri};
use std::sync::Arc;

/// Every route.
pub(crate) fn table(site: &Arc<Site>) -> Router {
    let of_the_scheduler =
        if site.onward.get().is_some() { onward::routes() } else { routes_of_the_scheduler(site) };
    Router::new()
        .route("/", get(index).options(preflight))
        .route("/about/bot", get(pages::bot).options(preflight))
        .route("/feeds.opml", get(feeds_opml).options(preflight))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .merge(of_the_scheduler)
        .fallback(by_path)
        .method_not_allowed_fallback(not_allowed)
        .with_state(Arc::clone(site))
}

/// What only the process that collects can answer.
fn routes_of_the_scheduler(site: &Arc<Site>) -> Router<Arc<Site>> {
    let for_the_operator = Router::new()
        .route("/metrics", get(api::metrics))
        .route("/status", get(pages::status))
        .route("/status.atom", get(health::status_feed))
        .route("/api/status", get(api::status))
        .route("/api/runs/{run}", get(api::run))
        .route("/api/refresh", post(api::refresh_all))
        .route("/api/feeds/{feed}/refresh", post(api::refresh_feed))
        .route_layer(middleware::from_fn_with_state(Arc::clone(site), auth::want_token));
    Router::new()
        .route("/hub/callback/{name}", get(callback::verify).post(callback::deliver))
        .route(HUB, post(announce::hub))
        .merge(for_the_operator)
}

/// 405, or what `OPTIONS` asks; the router adds what is allowed.
async fn not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    error::refuse(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method")
}

async fn preflight(uri: Uri) -> Response {
    options(uri.path())
}

async fn index(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    piece_as_asked(&site, Piece::Index(tongue::asked(&headers)), &Conditions::read(&headers), &headers).await
}

async fn feeds_opml(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match api::list_format(query.as_deref()) {
        Ok(format) => {
            piece_as_asked(&site, Piece::Feeds(format), &Conditions::read(&headers), &headers).await
        }
        Err(refusal) => *refusal,
    }
}
