//! A site of one feed, `main`, that nothing is collected for.

use chrono::{DateTime, Utc};
use feedmill::clock::SystemClock;
use feedmill::model::{
    Access, ContentMode, EntryOrder, Fate, NoSuchFeed, Outlet, Refresher, RunReport, Status, Waiting,
};
use feedmill::serve::{AllSettings, Limits, Manners, Parts, Secret, Settings, Site};
use feedmill::store::ServeStore;
use std::{sync::Arc, time::Duration};

struct Idle;

impl Refresher for Idle {
    fn refresh(&self, _: &[String]) -> Result<String, NoSuchFeed> {
        Ok(String::new())
    }
    fn run(&self, _: &str) -> Option<RunReport> {
        None
    }
    fn wait(&self, _: &str) -> Waiting {
        Box::pin(async {})
    }
    fn status(&self) -> Status {
        Status::default()
    }
    fn next_due(&self, _: Option<&str>) -> Option<DateTime<Utc>> {
        None
    }
}

/// The site on what is stored; the token is `token`.
pub(crate) fn site(store: Arc<dyn ServeStore>) -> Arc<Site> {
    Site::new(Parts {
        store,
        clock: Arc::new(SystemClock),
        refresher: Arc::new(Idle),
        outlets: vec![Arc::new(outlet())],
        settings: settings(),
    })
}

fn outlet() -> Outlet {
    Outlet {
        id: "main".into(),
        group: Vec::new(),
        title: "main".into(),
        description: None,
        link: None,
        language: None,
        author: None,
        icon: None,
        rights: None,
        limit: 50,
        order: EntryOrder::Published,
        content: ContentMode::Full,
        listed: true,
        in_all: true,
        categories: std::collections::BTreeMap::new(),
        sources: vec!["a".into()],
        aliases: Vec::new(),
        feed_id: None,
        was: Vec::new(),
        fate: Fate::Here,
        access: Access::Public,
        hubs: Vec::new(),
    }
}

fn settings() -> Settings {
    Settings {
        base_url: "http://127.0.0.1:8787".into(),
        max_age: Duration::from_mins(5),
        max_connections: 10_000,
        version: "0".into(),
        all: AllSettings { publish: false, title: "All".into(), limit: 50 },
        token: Secret::new("token"),
        token_place: "nowhere".into(),
        metrics_token: None,
        trusted_proxy: Vec::new(),
        limits: Limits::default(),
        cache_bytes: 64 << 20,
        manners: Manners {
            floor: Duration::from_mins(5),
            gap: Duration::from_secs(1),
            at_once: 1,
            exceptions: false,
        },
    }
}
