//! The only place that opens a connection out.
//!
//! In: a [`FetchRequest`] (or from `post.rs` a message). Out: [`Fetched`] or a
//! [`FetchError`], within a time, a size and a rate. Redirects are followed here, each hop through the policy again.
//! Never keeps a cookie, never sends a referrer, never reads the environment's
//! proxies, never decides when to ask again.

use super::answer::{Fetched, content_type, facts, retry_after};
use super::body::whole;
use super::error::{FetchError, FetchErrorKind};
use super::failure::{blocked, no_answer, silent, span};
use super::fetch::{Fetch, Fetching, LookingUp};
use super::policy::{Allowed, Policy};
use super::redirect::{Route, is_redirect};
use super::request::FetchRequest;
use super::resolve::{Filtered, Names};
use super::settings::FetchSettings;
use crate::model::{Problem, Validators};
use reqwest::header::HeaderValue;
use reqwest::{Certificate, Client, RequestBuilder, Response};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout};
use url::{Host, Url};

/// Bytes of an answer's fields over HTTP/2, somewhat more than servers take of ours; what
/// goes on for longer ends the connection.
const LONGEST_HEAD: u32 = 64 * 1024;
/// Clients that are kept, one a scheme and port.
const MOST_CLIENTS: usize = 64;
/// Hosts of which it is known that they answered.
const MOST_ANSWERED: usize = 4096;

/// Fetches URLs; one for the whole daemon, so that connections are used again.
pub struct Fetcher {
    settings: FetchSettings,
    policy: Arc<Policy>,
    proxy: Option<Url>,
    names: Arc<Names>,
    /// Trusted instead of the system's.
    roots: Vec<Certificate>,
    /// By scheme (https?) and port: a resolver that knows its port can judge
    /// `10.0.0.5:8080` at the very connection.
    clients: Mutex<HashMap<(bool, u16), Client>>,
    /// When each host last answered: a connection to it may still be open.
    answered: Mutex<HashMap<String, Instant>>,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

impl Fetch for Fetcher {
    fn fetch<'a>(&'a self, request: &'a FetchRequest) -> Fetching<'a> {
        Box::pin(self.fetch(request))
    }

    fn timeout(&self) -> Duration {
        self.settings.timeout
    }

    fn addresses(&self, url: &str) -> Option<Vec<SocketAddr>> {
        match self.name_in(url) {
            Ok((name, port)) => self.names.last(&name, port),
            Err(address) => Some(address.into_iter().collect()),
        }
    }

    fn look_up<'a>(&'a self, url: &'a str) -> LookingUp<'a> {
        Box::pin(async move {
            let Ok((name, port)) = self.name_in(url) else { return };
            let finding = self.names.resolve(&self.policy, &name, port);
            if timeout(self.settings.connect_timeout, finding).await.is_err() {
                self.names.note(&name, port, Vec::new());
            }
        })
    }
}

impl Fetcher {
    /// Opens nothing yet.
    ///
    /// # Errors
    /// A setting that can't be used, named by its key.
    pub fn new(settings: FetchSettings) -> Result<Self, Problem> {
        // The first to install one wins; another part of the process may have.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if HeaderValue::from_str(&settings.user_agent).is_err() {
            return Err(Problem::error("fetch.user_agent", "has characters that no header can have"));
        }
        let url = |at: &str, text: Option<&str>| {
            text.map(Url::parse)
                .transpose()
                .map_err(|error| Problem::error(at, format!("is no URL: {error}")))
        };
        let proxy = url("fetch.proxy", settings.proxy.as_deref())?;
        if let Some(proxy) = &proxy {
            reqwest::Proxy::all(proxy.clone())
                .map_err(|_| Problem::error("fetch.proxy", "is no proxy's URL"))?;
        }
        let policy = Policy {
            allow: settings.allow.clone().into(),
            own_listeners: settings.own_listeners.clone(),
            own_url: url("base_url", settings.own_url.as_deref())?,
        };
        let (policy, names) = (Arc::new(policy), Arc::default());
        Ok(Self {
            settings,
            policy,
            proxy,
            names,
            roots: Vec::new(),
            clients: Mutex::default(),
            answered: Mutex::default(),
        })
    }

    /// Names are resolved by this instead of the system; what it says is judged all the
    /// same. It may block.
    #[must_use]
    pub fn resolving(self, lookup: impl Fn(&str, u16) -> Vec<SocketAddr> + Send + Sync + 'static) -> Self {
        Self { names: Arc::new(Names::asking(Arc::new(lookup))), ..self }
    }

    /// Certificates are trusted that this one (in DER) vouches for, and no others.
    ///
    /// # Errors
    /// It is no certificate.
    pub fn trusting(mut self, root: &[u8]) -> Result<Self, Problem> {
        let root = Certificate::from_der(root);
        self.roots.push(root.map_err(|error| Problem::error("root", format!("is no certificate: {error}")))?);
        Ok(self)
    }

    /// What the operator lets through, for who may set it.
    pub fn allowed(&self) -> Allowed {
        self.policy.allow.clone()
    }

    pub(super) fn settings(&self) -> &FetchSettings {
        &self.settings
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Asks once, redirects followed. An origin that finds the condition of a request wrong
    /// (412, RFC 9110 §15.5.13) is asked again without one, and its validators are not kept.
    ///
    /// # Errors
    /// Everything but a whole document or a 304 that was asked for.
    pub async fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        match self.fetch_once(request).await {
            Err(error) if error.status == Some(412) && !request.validators.is_empty() => {
                let unconditional = FetchRequest { validators: Validators::default(), ..request.clone() };
                self.fetch_once(&unconditional).await.map(Fetched::without_validators)
            }
            outcome => outcome,
        }
    }

    async fn fetch_once(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let url = request.parsed()?;
        let limit = request.timeout.unwrap_or(self.settings.timeout);
        let mut route = Route::from(&url);
        let outcome = timeout(limit, self.follow(request, &url, &mut route)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            Err(FetchError::new(
                route.url().as_str(),
                FetchErrorKind::TimedOut,
                format!("timed out after {}", span(limit)),
            ))
        });
        outcome
            .map_err(|error| FetchError { retry_after: error.retry_after.max(route.retry_after()), ..error })
    }

    async fn follow(
        &self,
        request: &FetchRequest,
        url: &Url,
        route: &mut Route,
    ) -> Result<Fetched, FetchError> {
        loop {
            let response = self.ask(request, url, route).await?;
            let status = response.status().as_u16();
            // Whatever becomes of its body.
            route.wait(retry_after(response.headers(), request.now));
            if !is_redirect(status) {
                return self.read(request, route, response).await;
            }
            route.along(status, response.headers(), request.now)?;
        }
    }

    /// Whether a host answered so shortly ago that its connection may have been used again;
    /// asked once for each answer.
    fn has_answered(&self, hop: &Url) -> bool {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let last = answered.remove(hop.authority());
        last.is_some_and(|last| last.elapsed() <= self.settings.idle_timeout)
    }

    fn note_answer(&self, hop: &Url) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if answered.len() >= MOST_ANSWERED {
            answered.clear();
        }
        answered.insert(hop.authority().to_owned(), Instant::now());
    }

    /// One hop up to its head. A connection that was used again and ends before an answer is
    /// the other side's that it was closing already: a GET is sent once more over a new one
    /// (RFC 9112 §9.3.1). A 421 came over a connection that was meant for
    /// another host, and is asked once more over a new one (RFC 9110 §15.5.20).
    async fn ask(&self, request: &FetchRequest, url: &Url, route: &Route) -> Result<Response, FetchError> {
        let hop = route.url();
        self.policy.check_url(hop).map_err(|refusal| blocked(hop.as_str(), &refusal))?;
        let was_open = self.has_answered(hop);
        let response = match self.send(request, url, route, self.client(hop)?).await {
            Err(error) if was_open && error.is_closed() => {
                self.send(request, url, route, self.build_client(hop)?).await?
            }
            answer => answer?,
        };
        self.note_answer(hop);
        if response.status().as_u16() == 421 {
            return self.send(request, url, route, self.build_client(hop)?).await;
        }
        Ok(response)
    }

    async fn send(
        &self,
        request: &FetchRequest,
        url: &Url,
        route: &Route,
        client: Client,
    ) -> Result<Response, FetchError> {
        let hop = route.url();
        let patience = self.settings.idle_timeout.max(request.timeout.unwrap_or_default());
        let message = client.get(hop.clone()).headers(request.fields(route, url)?);
        self.head(hop, message, patience).await
    }

    /// Sends a message and waits for the head of its answer; the target was judged.
    pub(super) async fn head(
        &self,
        hop: &Url,
        message: RequestBuilder,
        patience: Duration,
    ) -> Result<Response, FetchError> {
        let response = match timeout(patience, message.send()).await {
            Ok(answer) => {
                answer.map_err(|error| no_answer(hop.as_str(), &error, self.settings.connect_timeout))?
            }
            Err(_) => return Err(silent(hop.as_str(), patience)),
        };
        // The resolver let only good addresses through; should the client ever have
        // found another way, its answer is not used.
        if let (None, Some(address)) = (&self.proxy, response.remote_addr()) {
            let name = match hop.host() {
                Some(Host::Domain(name)) => Some(name),
                _ => None,
            };
            self.policy.check_address(name, address).map_err(|refusal| blocked(hop.as_str(), &refusal))?;
        }
        Ok(response)
    }

    /// Judges a head, and reads the body of a good one.
    async fn read(
        &self,
        request: &FetchRequest,
        route: &Route,
        response: Response,
    ) -> Result<Fetched, FetchError> {
        let hop = route.url();
        let status = response.status().as_u16();
        let asked_with = request.validators_for(hop);
        let mut facts = facts(response.headers(), asked_with.filter(|_| status == 304), request.now);
        facts.retry_after = facts.retry_after.max(route.retry_after());
        facts.final_url = hop.to_string();
        facts.permanent_url = route.moved_to();
        match (status, asked_with) {
            (304, Some(_)) => Ok(Fetched::NotModified(facts)),
            (200 | 203, _) => {
                let content_type = content_type(response.headers());
                let (body, wire_bytes) = whole(&self.settings, hop, response)
                    .await
                    .map_err(|error| FetchError { status: Some(status), ..error })?;
                facts.wire_bytes = wire_bytes;
                Ok(Fetched::Body { body, content_type, facts })
            }
            _ => {
                let error = FetchError::answered(hop.as_str(), status, response.headers(), request.now);
                Err(match status {
                    304 => FetchError {
                        message: "answered 304 to an unconditional request".to_owned(),
                        ..error
                    },
                    401 if !route.at_home() && (request.auth.is_some() || !request.headers.is_empty()) => {
                        error.with_help("credentials and headers go to the source's own origin alone: give this address as its URL")
                    }
                    // A redirect is believed only after days: until then what it leads to
                    // does not speak for the URL that was asked.
                    410 if route.has_moved() => FetchError { kind: FetchErrorKind::Status, ..error },
                    _ => error,
                })
            }
        }
    }

    /// The name and port that a URL is to be resolved by; else the address that it names,
    /// none where a proxy resolves or it can't be asked.
    fn name_in(&self, url: &str) -> Result<(String, u16), Option<SocketAddr>> {
        let url = Url::parse(url).ok().filter(|_| self.proxy.is_none());
        let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or(0);
        match url.as_ref().and_then(Url::host) {
            Some(Host::Domain(name)) => Ok((name.to_owned(), port)),
            Some(Host::Ipv4(address)) => Err(Some(SocketAddr::new(address.into(), port))),
            Some(Host::Ipv6(address)) => Err(Some(SocketAddr::new(address.into(), port))),
            None => Err(None),
        }
    }

    pub(super) fn client(&self, hop: &Url) -> Result<Client, FetchError> {
        let key = (hop.scheme() == "https", hop.port_or_known_default().unwrap_or(0));
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.build_client(hop)?;
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn build_client(&self, hop: &Url) -> Result<Client, FetchError> {
        let mut builder = Client::builder()
            .user_agent(&self.settings.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(self.settings.connect_timeout)
            // What a script prints among its fields is passed over, as browsers do.
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .http2_max_header_list_size(LONGEST_HEAD)
            .pool_idle_timeout(self.settings.idle_timeout)
            .dns_resolver(Arc::new(Filtered {
                policy: Arc::clone(&self.policy),
                port: hop.port_or_known_default().unwrap_or(0),
                names: Arc::clone(&self.names),
                proxy_host: self.proxy.as_ref().and_then(Url::host_str).map(str::to_owned),
            }));
        if let Some(proxy) = self.proxy.clone().and_then(|proxy| reqwest::Proxy::all(proxy).ok()) {
            builder = builder.proxy(proxy);
        } else if hop.scheme() == "http" {
            // No TLS here, so the system's certificates need not be there.
            builder = builder.tls_certs_only([]);
        }
        if !self.roots.is_empty() {
            builder = builder.tls_certs_only(self.roots.clone());
        }
        builder.build().map_err(|error| {
            FetchError::new(
                hop.as_str(),
                FetchErrorKind::Unusable,
                format!("no connection can be made: {error:#}"),
            )
            .with_help("install the system's certificates (`ca-certificates`)")
        })
    }
}
