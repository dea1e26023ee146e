//! `WebSub`: which documents name hubs, what of them changed, who wants to be told.
//!
//! In: the shelf, the store, requests to our own hub. Out: changes and requests, handed to
//! a [`HubDesk`]; links for documents and answers. Never sends anything itself, and
//! never tells of a feed that needs a token.

use crate::model::{Change, Content, Facet, Format, Hub, HubDesk, HubRequest};
use crate::serve::address::Address;
use crate::serve::cache::Kept;
use crate::serve::conditional::Conditions;
use crate::serve::document;
use crate::serve::error;
use crate::serve::hubs::{hubs, link};
use crate::serve::piece::Piece;
use crate::serve::resolve::{self, Found};
use crate::serve::shelf::{Shelf, Shelved};
use crate::serve::site::Site;
use crate::store::StoreError;
use axum::{
    body::to_bytes,
    extract::{Request, State},
    response::Response,
};
use http::StatusCode;
use std::{borrow::Cow, collections::HashMap, future::Future, pin::pin, sync::Arc, time::Duration};
use url::{Url, form_urlencoded};

/// How often it is looked whether anything changed: what changes meanwhile is told once.
const LOOK: Duration = Duration::from_secs(1);

/// The largest request to our hub, the longest callback and secret, in bytes.
const MOST_FORM: usize = 8 * 1024;
const LONGEST_CALLBACK: usize = 2048;
const LONGEST_SECRET: usize = 199;

/// Subscriptions to one document, and to callbacks on one server.
const MOST_OF_TOPIC: usize = 1000;
const MOST_OF_SERVER: usize = 200;

/// How long a subscription lasts: where nothing is asked, at least, at most.
const LEASE: Duration = Duration::from_hours(10 * 24);
const LEAST_LEASE: Duration = Duration::from_mins(5);
const MOST_LEASE: Duration = Duration::from_hours(30 * 24);

/// Tells of changes until `shutdown` resolves.
pub async fn announce(site: Arc<Site>, desk: Arc<dyn HubDesk>, shutdown: impl Future<Output = ()>) {
    let mut shutdown = pin!(shutdown);
    let (seen, told, trouble) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut announcer = Announcer { site, desk, seen, told, trouble };
    loop {
        announcer.look().await;
        tokio::select! {
            () = &mut shutdown => return,
            () = announcer.site.clock.sleep(LOOK) => {}
        }
    }
}

struct Announcer {
    site: Arc<Site>,
    desk: Arc<dyn HubDesk>,
    /// Where each feed stood when it was last looked at.
    seen: HashMap<String, (u64, String)>,
    /// What was handed on, by address.
    told: HashMap<String, String>,
    /// Why a feed could not be looked at the last time.
    trouble: HashMap<String, String>,
}

impl Announcer {
    async fn look(&mut self) {
        let now = self.site.shelf();
        let with_hubs: Vec<&Arc<Shelved>> =
            now.iter().filter(|shelved| !shelved.outlet.hubs.is_empty()).collect();
        for shelved in with_hubs {
            let (feed, looked) = (shelved.outlet.id.clone(), self.look_at(&now, shelved).await);
            match looked {
                Ok(()) => {
                    self.trouble.remove(&feed);
                }
                // The same second after second is said once.
                Err(error) => {
                    let error = error.to_string();
                    if self.trouble.get(&feed) != Some(&error) {
                        tracing::warn!(feed, "cannot see what changed for hubs: {error}");
                    }
                    self.trouble.insert(feed, error);
                }
            }
        }
    }

    async fn look_at(&mut self, now: &Arc<Shelf>, shelved: &Arc<Shelved>) -> Result<(), StoreError> {
        let feed = shelved.outlet.id.clone();
        let site = Arc::clone(&self.site);
        let of = feed.clone();
        let facts = site.blocking(move |site| site.store.feed(&of)).await?;
        let Some(facts) = facts else { return Ok(()) };
        let stands = (facts.sequence, shelved.hash.clone());
        if self.seen.get(&feed) == Some(&stands) {
            return Ok(());
        }
        let first = !self.seen.contains_key(&feed);
        let (among, whose) = (Arc::clone(now), Arc::clone(shelved));
        for (address, format) in site.blocking(move |site| topics(site, &among, &whose)).await? {
            self.tell(shelved, address, format, first).await?;
        }
        self.seen.insert(feed, stands);
        Ok(())
    }

    /// Hands on a document whose bytes are others than hubs know; after a start our own
    /// hub looks anew who lacks what.
    async fn tell(
        &mut self,
        shelved: &Shelved,
        address: Address,
        format: Format,
        first: bool,
    ) -> Result<(), StoreError> {
        let base = &self.site.base.url;
        let topic = format!("{base}{}", address.url_path(format));
        let Some(kept) = whole(&self.site, address, format).await? else { return Ok(()) };
        let etag = kept.facts.etag.clone();
        let (of, bytes) = (topic.clone(), etag.clone());
        let look_up = move |site: &Site| {
            let announced = site.store.announced(&of)?;
            if announced.is_none() && first {
                // Nobody was told of it before.
                site.store.keep_announced(&of, &bytes)?;
            }
            Ok(announced)
        };
        let announced = self.site.blocking(look_up).await?;
        let ours = shelved.outlet.hubs.contains(&Hub::Builtin);
        let other = announced.as_ref().map_or(!first, |announced| *announced != etag);
        let news = other && self.told.get(&topic) != Some(&etag);
        if !(news || (first && ours)) {
            return Ok(());
        }
        let hubs = hubs(shelved, base);
        let others = shelved.outlet.hubs.iter().filter_map(|hub| match hub {
            Hub::At(url) => Some(url.clone()),
            Hub::Builtin => None,
        });
        let ping = if news { others.collect() } else { Vec::new() };
        let content = kept.body.as_ref().filter(|_| ours).map(|body| Content {
            bytes: body.identity.clone(),
            media_type: format!("{}; charset=utf-8", format.media_type()),
            link: link(&hubs, &topic).unwrap_or_default(),
        });
        self.told.insert(topic.clone(), etag.clone());
        self.desk.changed(Change { topic, etag, ping, content });
        Ok(())
    }
}

/// The documents of a feed that somebody may be subscribed to: those of the whole, and
/// what was ever asked for.
fn topics(site: &Site, now: &Shelf, shelved: &Shelved) -> Result<Vec<(Address, Format)>, StoreError> {
    let whole = Address::new(&shelved.outlet, Facet::Whole);
    let mut topics: Vec<(Address, Format)> =
        Format::ALL.into_iter().map(|format| (whole.clone(), format)).collect();
    for path in site.store.documents(&shelved.outlet.id)? {
        if let Found::Here(address, Some(format)) = resolve::find(&*site.store, now, &path)?
            && address.leaf().is_none()
            && !topics.contains(&(address.clone(), format))
        {
            topics.push((address, format));
        }
    }
    Ok(topics)
}

/// A document with its bytes; none of a feed that is not served any more.
///
/// # Errors
/// It could not be rendered now: it is looked at again.
async fn whole(site: &Arc<Site>, address: Address, format: Format) -> Result<Option<Arc<Kept>>, StoreError> {
    let now = site.stamp(&site.shelf()).generation;
    match document::obtain(site, Piece::Document(address, format), &Conditions::default()).await {
        // Readers are given the last good one where the store can't be read; hubs are not.
        Ok(kept) if kept.stamp.generation >= now => Ok(Some(kept)),
        Err(document::Failure::Gone) => Ok(None),
        Ok(_) | Err(document::Failure::Unreadable | document::Failure::Busy) => Err(StoreError {
            doing: "rendering for hubs".into(),
            cause: "the store can't be read".into(),
            help: None,
            damaged: false,
        }),
    }
}

/// `POST /hub`: subscribe or unsubscribe, to be verified.
pub(crate) async fn hub(State(site): State<Arc<Site>>, request: Request) -> Response {
    let Some(desk) = site.desk.get() else {
        return error::not_found();
    };
    let patience = site.settings.limits.header;
    let read = tokio::time::timeout(patience, to_bytes(request.into_body(), MOST_FORM)).await;
    let Ok(Ok(body)) = read else {
        return error::refuse(StatusCode::PAYLOAD_TOO_LARGE, "a request to a hub is short");
    };
    match ask(&site, &**desk, &body).await {
        Ok(()) => error::refuse(StatusCode::ACCEPTED, "it will be verified"),
        Err((status, why)) => error::refuse(status, why),
    }
}

async fn ask(site: &Arc<Site>, desk: &dyn HubDesk, body: &[u8]) -> Result<(), (StatusCode, &'static str)> {
    let bad = |why| (StatusCode::BAD_REQUEST, why);
    let request = read(body).map_err(bad)?;
    let shelf = site.shelf();
    let path =
        request.topic.strip_prefix(site.base.url.as_str()).and_then(resolve::decode).map(Cow::into_owned);
    let path = path.ok_or(bad("`hub.topic` is no document of ours"))?;
    let trouble = |_: StoreError| (StatusCode::SERVICE_UNAVAILABLE, "try again in a moment");
    let among = Arc::clone(&shelf);
    let found = site.blocking(move |site| resolve::find(&*site.store, &among, &path)).await;
    let Found::Here(address, Some(format)) = found.map_err(trouble)? else {
        return Err(bad("`hub.topic` is no document of ours"));
    };
    let ours = shelf.get(&address.feed).is_some_and(|shelved| shelved.outlet.hubs.contains(&Hub::Builtin));
    let canonical = format!("{}{}", site.base.url, address.url_path(format));
    if !ours || address.leaf().is_some() || canonical != request.topic {
        return Err(bad("this hub does not tell of `hub.topic`"));
    }
    let full = (StatusCode::SERVICE_UNAVAILABLE, "there are too many subscriptions already");
    if request.subscribe {
        let asked = request.clone();
        if !site.blocking(move |site| has_room(site, &asked)).await.map_err(trouble)? {
            return Err(full);
        }
        // From now on it is known which bytes they have.
        if let Some(kept) = whole(site, address, format).await.map_err(trouble)? {
            let topic = request.topic.clone();
            let announce = move |site: &Site| match site.store.announced(&topic)? {
                Some(_) => Ok(()),
                None => site.store.keep_announced(&topic, &kept.facts.etag),
            };
            site.blocking(announce).await.map_err(trouble)?;
        }
    }
    if desk.asked(request) { Ok(()) } else { Err(full) }
}

/// Whether one more may subscribe; who is subscribed may always renew.
fn has_room(site: &Site, request: &HubRequest) -> Result<bool, StoreError> {
    let now = site.clock.now();
    let known = site.store.subscribers(&request.topic, now)?;
    let server = Url::parse(&request.callback).map(|url| url.origin().ascii_serialization());
    let of_server = site.store.callbacks(&format!("{}/", server.unwrap_or_default()), now)?;
    let renewed = known.iter().any(|known| known.callback == request.callback);
    Ok(renewed || (known.len() < MOST_OF_TOPIC && of_server < MOST_OF_SERVER))
}

/// Reads a request as the recommendation (§5.1) wants it.
fn read(body: &[u8]) -> Result<HubRequest, &'static str> {
    let fields: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let subscribe = match field("hub.mode") {
        Some("subscribe") => true,
        Some("unsubscribe") => false,
        _ => return Err("`hub.mode` is `subscribe` or `unsubscribe`"),
    };
    let callback = field("hub.callback").filter(|callback| callback.len() <= LONGEST_CALLBACK);
    let callback = callback.and_then(|callback| Url::parse(callback).ok());
    let callback =
        callback.filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
    let callback = callback.filter(|url| url.username().is_empty() && url.password().is_none());
    let callback = callback.ok_or("`hub.callback` is an http or https address of at most 2048 bytes")?;
    let topic = field("hub.topic").ok_or("`hub.topic` is missing")?;
    let secret = field("hub.secret").map(str::to_owned);
    if secret.as_ref().is_some_and(|secret| secret.len() > LONGEST_SECRET) {
        return Err("`hub.secret` has less than 200 bytes");
    }
    let lease = match field("hub.lease_seconds").map(str::parse::<u64>) {
        None => LEASE,
        Some(Ok(seconds)) => Duration::from_secs(seconds).clamp(LEAST_LEASE, MOST_LEASE),
        Some(Err(_)) => return Err("`hub.lease_seconds` is a whole number"),
    };
    Ok(HubRequest { subscribe, topic: topic.to_owned(), callback: callback.into(), lease, secret })
}
