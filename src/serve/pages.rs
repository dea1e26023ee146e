//! Pages for people: what is put into them, and who may see which.
//!
//! In: the store, the shelf, the status. Out: HTML. How they look is `publish`'s.

use crate::{
    model::Format,
    serve::{address::Address, api::plain, render, shelf::Shelf, site::Site},
    store::{Store, StoreError},
};
use axum::{body::Body, extract::State, response::Response};
use std::sync::Arc;

/// What a page may load: its own style, and entries' pictures.
pub(crate) const POLICY: &str = "default-src 'none'";

/// The page of a part of a feed; `None` where no such feed is on the shelf.
pub fn render_page(
    store: &dyn Store,
    shelf: &Shelf,
    base_url: &str,
    address: &Address,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(shelved) = shelf.get(&address.feed) else {
        return Ok(None);
    };
    let feed = render::gather(store, shelved, &address.facet)?;
    Ok(Some(crate::publish::publish(
        &feed,
        Format::Atom,
        &render::place(base_url, address, Format::Atom),
    )))
}

/// The page of all feeds.
pub(crate) fn render_index(
    _store: &dyn Store,
    shelf: &Shelf,
    base_url: &str,
    title: &str,
) -> Result<Vec<u8>, StoreError> {
    let mut html = format!("{title}\n");
    for shelved in shelf.listed() {
        html.push_str(&format!("{base_url}/{}\n", shelved.outlet.id));
    }
    Ok(html.into_bytes())
}

/// `GET /status`.
pub(crate) async fn status(State(site): State<Arc<Site>>) -> Response {
    plain(
        "text/html; charset=utf-8",
        Body::from(format!("{}\n", site.settings.version)),
    )
}
