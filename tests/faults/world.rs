//! The program, an origin and a folder of posts, and the two questions asked after every
//! fault: is everything that was published there, exactly once and unchanged; and does
//! something fresh appear.

use crate::app::{App, Daemon};
use crate::press::{self, Press};
use crate::until::until;
use feedmill::store::SqliteStore;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) press: Press,
    pub(crate) feeds: usize,
    posts: usize,
    /// Every entry as it was first served.
    seen: BTreeMap<(String, String), Value>,
}

/// What conservation found.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) published: usize,
    pub(crate) lost: usize,
    pub(crate) twice: usize,
    pub(crate) changed: usize,
    pub(crate) damage: Vec<String>,
}

impl Tally {
    pub(crate) fn is_clean(&self) -> bool {
        self.lost + self.twice + self.changed + self.damage.len() == 0
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.published = self.published.max(other.published);
        self.lost += other.lost;
        self.twice += other.twice;
        self.changed += other.changed;
        self.damage.extend(other.damage);
    }

    pub(crate) fn told(&self) -> String {
        let Self { published, lost, twice, changed, damage } = self;
        let store = damage.first().map_or("the store sound", String::as_str);
        format!("of {published} entries {lost} lost, {twice} twice, {changed} changed, {store}")
    }
}

impl World {
    pub(crate) fn new(feeds: usize, posts: usize) -> Self {
        Self::with(feeds, posts, "schedule: every 1s")
    }

    /// So many feeds under this schedule, and a folder with so many posts.
    pub(crate) fn with(feeds: usize, posts: usize, schedule: &str) -> Self {
        let press = Press::start();
        let app = App::new(
            "fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s, per_host: 64, timeout: 10s}\n",
        );
        for feed in 0..feeds {
            let url = press.url(&path(feed));
            let text = format!("limit: 10000\nsources:\n  - feed: {url}\n    {schedule}\n");
            app.write(&format!("feeds/f{feed}.yaml"), &text);
            press.publish(&path(feed), 3);
        }
        app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: UTC\n");
        app.write("feeds/news.yaml", "limit: 10000\nsources:\n  - posts: ../site\n    schedule: every 1h\n");
        let mut world = Self { app, press, feeds, posts: 0, seen: BTreeMap::new() };
        for _ in 0..posts {
            world.post();
        }
        world
    }

    /// One more post in the folder.
    pub(crate) fn post(&mut self) {
        self.app.post(self.posts, &format!("Post {}", self.posts));
        self.posts += 1;
    }

    /// Asks for everything now, and waits.
    pub(crate) fn refresh(&self) {
        self.app.run(&["refresh", "--wait"]);
    }

    /// Everything published by now is collected, served and compared.
    pub(crate) fn survey(&mut self, daemon: &Daemon) -> Tally {
        let published: Vec<u32> = (0..self.feeds).map(|feed| self.press.published(&path(feed))).collect();
        self.refresh();
        let mut tally = Tally { published: self.posts, ..Tally::default() };
        for (feed, newest) in published.into_iter().enumerate() {
            let ids = self.served(daemon, &format!("f{feed}"), &mut tally);
            tally.published += newest as usize;
            let there = |number: &u32| ids.contains(&press::id(&path(feed), *number));
            tally.lost += (1..=newest).filter(|number| !there(number)).count();
        }
        let posts = self.served(daemon, "news", &mut tally);
        tally.lost += self.posts.saturating_sub(posts.len());
        tally.damage = self.check();
        tally
    }

    fn served(&mut self, daemon: &Daemon, feed: &str, tally: &mut Tally) -> BTreeSet<String> {
        let items = daemon.get(&format!("/{feed}.json")).json()["items"].as_array().unwrap().clone();
        let mut ids = BTreeSet::new();
        for item in items {
            let id = item["id"].as_str().unwrap().to_owned();
            tally.twice += usize::from(!ids.insert(id.clone()));
            let before = self.seen.entry((feed.to_owned(), id)).or_insert_with(|| item.clone());
            tally.changed += usize::from(*before != item);
        }
        ids
    }

    /// What `store check` finds.
    pub(crate) fn check(&self) -> Vec<String> {
        match SqliteStore::check(&self.app.path("state")) {
            Ok(checked) => checked.damage,
            Err(error) => vec![error.to_string()],
        }
    }

    /// How long until something fresh appears, unaided.
    pub(crate) fn fresh(&self, daemon: &Daemon, within: Duration) -> Option<Duration> {
        let path = path(0);
        self.press.publish(&path, 1);
        self.appears(daemon, &press::id(&path, self.press.published(&path)), within)
    }

    /// How long until feed 0 serves this entry.
    pub(crate) fn appears(&self, daemon: &Daemon, id: &str, within: Duration) -> Option<Duration> {
        let quoted = format!("\"{id}\"");
        until(within, || daemon.get("/f0.json").body.contains(&quoted))
    }
}

/// The path of a feed at the origin.
pub(crate) fn path(feed: usize) -> String {
    format!("/{feed}")
}
