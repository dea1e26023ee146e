//! The program, an origin and a folder of posts, and the two questions asked after every
//! fault: is everything that was published there, exactly once, as its source has it now and
//! otherwise unchanged; and does something fresh appear.

use crate::app::{App, Daemon};
use crate::chance::Chance;
use crate::press::{self, Press, WINDOW};
use crate::story::{self, Story};
use crate::tally::Tally;
use crate::until::until;
use feedmill::store::SqliteStore;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) press: Press,
    pub(crate) feeds: usize,
    posts: Vec<Post>,
    changes: usize,
    /// Posts that have left since they were looked at last: many at once would be held.
    removed: usize,
    /// Every entry by its feed and number, as it was served last.
    seen: BTreeMap<(String, u32), Seen>,
    /// Every row by its feed and id: when it was first seen.
    rows: BTreeMap<(String, String), i64>,
}

#[derive(Default)]
struct Post {
    story: Story,
    deleted: bool,
}

struct Seen {
    revision: usize,
    item: Value,
}

/// What is to be shown of an entry in the end.
enum Wanted {
    /// As its source has it now.
    Latest,
    /// In any form that it had.
    Some,
    Nothing,
    Any,
}

impl World {
    pub(crate) fn new(feeds: usize, posts: usize) -> Self {
        Self::with(feeds, posts, "schedule: every 1s")
    }

    /// So many feeds under this schedule, of which the last removes what its origin has no
    /// more, and a folder with so many posts.
    pub(crate) fn with(feeds: usize, posts: usize, schedule: &str) -> Self {
        let press = Press::start();
        let app = App::new(
            "fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s, per_host: 64, timeout: 10s}\n",
        );
        let mut world = Self {
            app,
            press,
            feeds,
            posts: Vec::new(),
            changes: 0,
            removed: 0,
            seen: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        for feed in 0..feeds {
            let url = world.press.url(&path(feed));
            let removes = if world.removes(feed) { "    on_delete: remove\n" } else { "" };
            let text = format!("limit: 10000\nsources:\n  - feed: {url}\n    {schedule}\n{removes}");
            world.app.write(&format!("feeds/f{feed}.yaml"), &text);
            world.press.publish(&path(feed), 3);
        }
        world.app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: UTC\n");
        world
            .app
            .write("feeds/news.yaml", "limit: 10000\nsources:\n  - posts: ../site\n    schedule: every 1h\n");
        for _ in 0..posts {
            world.post();
        }
        world
    }

    /// Whether this feed lets go of what its origin has no more.
    fn removes(&self, feed: usize) -> bool {
        self.feeds > 2 && feed + 1 == self.feeds
    }

    /// One more post in the folder.
    pub(crate) fn post(&mut self) {
        self.posts.push(Post::default());
        self.write(self.posts.len() - 1);
    }

    /// Something becomes of an entry of a feed, and of a post.
    pub(crate) fn change(&mut self, chance: &mut Chance) {
        self.change_entry(chance);
        self.change_post(chance);
    }

    fn change_entry(&mut self, chance: &mut Chance) {
        let feed = chance.below(self.feeds);
        let path = path(feed);
        let newest = self.press.published(&path);
        // Not the newest, by which it is seen that a feed goes on.
        let number = newest.saturating_sub(1 + chance.below(25) as u32);
        if number == 0 || self.press.story(&path, number).taken {
            return;
        }
        let (what, days) = (chance.below(4), chance.below(20));
        let known = self.seen.contains_key(&(format!("f{feed}"), number));
        let few = self.press.taken(&path) * 4 < newest as usize;
        self.press.change(&path, number, |story| match what {
            0 | 1 => story.edit(),
            2 if known && few => story.taken = true,
            _ => story.redate(days),
        });
        self.changes += 1;
    }

    fn change_post(&mut self, chance: &mut Chance) {
        if self.posts.is_empty() {
            return;
        }
        let number = chance.below(self.posts.len());
        let there = self.posts.iter().filter(|post| !post.story.taken).count();
        let (what, days) = (chance.below(6), chance.below(20));
        let may_leave = self.seen.contains_key(&("news".to_owned(), number as u32))
            && (self.removed + 1) * 4 < there
            && !self.posts[number].story.taken;
        let post = &mut self.posts[number];
        if post.deleted {
            return;
        }
        match what {
            // A draft again, and no draft any more.
            0 if may_leave => post.story.taken = true,
            0 | 1 if post.story.taken => post.story.taken = false,
            2 if may_leave => (post.story.taken, post.deleted) = (true, true),
            3 => post.story.redate(days),
            _ => post.story.edit(),
        }
        self.removed += usize::from(may_leave && post.story.taken);
        self.changes += 1;
        self.write(number);
    }

    fn write(&self, number: usize) {
        let path = format!("site/_posts/2026-03-01-{number:05}.md");
        let Post { story, deleted } = &self.posts[number];
        if *deleted {
            fs::remove_file(self.app.path(&path)).unwrap();
            return;
        }
        let (number, revision) = (number as u32, story.revision());
        let mut head = format!(
            "title: \"{}\"\ndate: {}\ncategories: news\n",
            story::title("Post", number, revision),
            story.date(number, revision).format("%Y-%m-%d %H:%M:%S +0000"),
        );
        if let Some(updated) = story.updated() {
            head += &format!("last_modified_at: {}\n", updated.format("%Y-%m-%d %H:%M:%S +0000"));
        }
        if story.taken {
            head += "published: false\n";
        }
        let text = story::text(number, revision);
        self.app.write(&path, &format!("---\nlayout: post\n{head}---\n{text}\n"));
    }

    /// Makes what was published differ from what this world says of it, in one of several ways:
    /// which, and what is to be found then.
    pub(crate) fn lie(&mut self, which: usize) -> Option<(&'static str, &'static str)> {
        Some(match which {
            0 => {
                self.posts[1].story.edit();
                ("an edit that nobody wrote", "1 stale")
            }
            1 => {
                self.posts[1].story.taken = true;
                ("a draft that is none", "1 stale")
            }
            2 => {
                self.posts.push(Post::default());
                ("a post that nobody wrote", "1 lost")
            }
            3 => {
                let path = "site/_posts/2026-03-01-00001.md";
                let text = fs::read_to_string(self.app.path(path)).unwrap();
                self.posts[1].story.edit();
                self.app.write(path, &text.replace("1, r0, and", "1, r1, and"));
                ("half an edit", "1 torn")
            }
            4 => {
                self.press.change("/0", 2, |story| story.edit());
                self.refresh();
                self.press.change("/0", 2, |story| *story = Story::default());
                let seen = self.seen.get_mut(&("f0".to_owned(), 2)).unwrap();
                seen.revision = 1;
                ("an edit that was taken back", "1 torn")
            }
            5 => {
                self.seen.get_mut(&("f0".to_owned(), 2)).unwrap().item["url"] = "other".into();
                ("an entry that was served otherwise", "1 changed")
            }
            6 => {
                *self.rows.values_mut().next().unwrap() += 1;
                ("an entry that was first seen at another time", "1 changed")
            }
            7 => {
                self.rows.insert(("news".to_owned(), "urn:none".to_owned()), 0);
                ("an entry that is no more", "1 lost")
            }
            _ => return None,
        })
    }

    /// Asks for everything now, and waits.
    pub(crate) fn refresh(&self) {
        self.app.run(&["refresh", "--wait"]);
    }

    /// What is served in the midst of it all: whole entries, none of them older than they were.
    pub(crate) fn glance(&mut self, daemon: &Daemon, feed: usize) -> Tally {
        let mut tally = Tally::default();
        for feed in ["news".to_owned(), format!("f{feed}")] {
            self.served(daemon, &feed, &mut tally);
        }
        tally
    }

    /// Everything published by now is collected, served and compared.
    pub(crate) fn survey(&mut self, daemon: &Daemon) -> Tally {
        let before: Vec<u32> = (0..self.feeds).map(|feed| self.press.published(&path(feed))).collect();
        self.refresh();
        let mut tally = Tally { published: self.posts.len(), changes: self.changes, ..Tally::default() };
        for (feed, newest) in before.into_iter().enumerate() {
            let there = self.served(daemon, &format!("f{feed}"), &mut tally);
            let after = self.press.published(&path(feed));
            tally.published += newest as usize;
            for number in 1..=newest {
                let wanted = self.wanted(feed, number, [newest, after]);
                self.compare((&format!("f{feed}"), number), &wanted, &there, &mut tally);
            }
        }
        let there = self.served(daemon, "news", &mut tally);
        for number in 0..self.posts.len() {
            let taken = self.posts[number].story.taken;
            let wanted = if taken { Wanted::Nothing } else { Wanted::Latest };
            self.compare(("news", number as u32), &wanted, &there, &mut tally);
        }
        self.removed = 0;
        self.compare_rows(&mut tally);
        tally.damage = self.check();
        tally
    }

    /// What is wanted of an entry of a feed that had so many before it was collected, and so
    /// many after.
    fn wanted(&self, feed: usize, number: u32, [before, after]: [u32; 2]) -> Wanted {
        let taken = self.press.story(&path(feed), number).taken;
        let (stood, stands) = (number + WINDOW > before, number + WINDOW > after);
        match (self.removes(feed), taken) {
            (_, false) if stands => Wanted::Latest,
            (true, true) => Wanted::Nothing,
            (true, false) if !stood => Wanted::Nothing,
            (true, false) => Wanted::Any,
            (false, _) => Wanted::Some,
        }
    }

    fn compare(
        &self,
        (feed, number): (&str, u32),
        wanted: &Wanted,
        there: &BTreeMap<u32, usize>,
        tally: &mut Tally,
    ) {
        let what = || format!("number {number} of {feed}");
        match (wanted, there.get(&number)) {
            (Wanted::Latest | Wanted::Some, None) => tally.note(|tally| &mut tally.lost, what()),
            (Wanted::Latest, Some(revision)) if *revision != self.story(feed, number).revision() => {
                tally.note(|tally| &mut tally.stale, what());
            }
            (Wanted::Nothing, Some(_)) => tally.note(|tally| &mut tally.stale, what()),
            _ => {}
        }
    }

    fn story(&self, feed: &str, number: u32) -> Story {
        match feed.strip_prefix('f') {
            Some(feed) => self.press.story(&format!("/{feed}"), number),
            None => self.posts.get(number as usize).map(|post| post.story.clone()).unwrap_or_default(),
        }
    }

    /// The revision of every entry that a feed serves, by number; each is compared with how
    /// it was served before.
    fn served(&mut self, daemon: &Daemon, feed: &str, tally: &mut Tally) -> BTreeMap<u32, usize> {
        let items = daemon.get(&format!("/{feed}.json")).json()["items"].as_array().unwrap().clone();
        let (mut there, mut ids) = (BTreeMap::new(), BTreeSet::new());
        for item in items {
            let Some((number, revision)) = story::read(&item, |number| self.story(feed, number)) else {
                tally.note(|tally| &mut tally.torn, format!("in {feed} {item}"));
                continue;
            };
            let what = format!("number {number} of {feed}, r{revision}");
            let id = item["id"].as_str().unwrap().to_owned();
            if there.insert(number, revision).is_some() || !ids.insert(id) {
                tally.note(|tally| &mut tally.twice, what);
                continue;
            }
            match self.seen.get(&(feed.to_owned(), number)) {
                Some(seen) if seen.revision > revision => {
                    tally.note(|tally| &mut tally.torn, format!("{what} after r{}", seen.revision));
                }
                Some(seen) if seen.item["id"] != item["id"] => {
                    tally.note(|tally| &mut tally.changed, format!("{what}: its id"));
                }
                Some(seen) if seen.revision == revision && seen.item != item => {
                    tally.note(|tally| &mut tally.changed, format!("{what}: {item} for {}", seen.item));
                }
                _ => {}
            }
            self.seen.insert((feed.to_owned(), number), Seen { revision, item });
        }
        there
    }

    /// Every row that was there is there once, first seen when it was: those of entries that
    /// have left too.
    fn compare_rows(&mut self, tally: &mut Tally) {
        let connection = rusqlite::Connection::open(self.app.path("state/feedmill.db")).unwrap();
        let sql = "SELECT feed.id, entry.id, first_seen FROM entry JOIN feed ON feed.row = entry.feed";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).unwrap();
        let mut found = BTreeMap::new();
        for (key, first_seen) in rows.map(Result::unwrap) {
            if found.insert(key, first_seen).is_some() {
                tally.note(|tally| &mut tally.twice, "a row".to_owned());
            }
        }
        for (key, first_seen) in &self.rows {
            match found.get(key) {
                None => tally.note(|tally| &mut tally.lost, format!("the row of {key:?}")),
                Some(now) if now != first_seen => {
                    tally.note(|tally| &mut tally.changed, format!("when {key:?} was first seen"));
                }
                Some(_) => {}
            }
        }
        self.rows = found;
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
