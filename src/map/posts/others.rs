//! The site's other posts, for what a post says of them: links by name, numbers that
//! no two posts share. They are read through whoever collects, and only when asked for.

use super::decode;
use std::cell::OnceCell;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

/// A post that asks for more is taken to ask for all.
const MOST_ASKED: usize = 200;

type Read<'a> = dyn Fn(&str) -> Option<Vec<u8>> + 'a;

/// How the bytes of another post are had, by its path below what `posts` names.
pub struct Others<'a> {
    read: Box<Read<'a>>,
    /// What each post says of itself, once all of them had to be read.
    pub(super) heads: OnceCell<Rc<Heads>>,
    /// Where those are that were linked to, by path: one that is linked to often is read once.
    linked: RefCell<HashMap<String, Option<Linked>>>,
    /// What the post that is mapped has asked for.
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Others<'a> {
    /// Reads them with `read`, which gives none for a path that it can't read.
    pub fn new(read: impl Fn(&str) -> Option<Vec<u8>> + 'a) -> Self {
        Self {
            read: Box::new(read),
            heads: OnceCell::new(),
            linked: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// A post that stands alone.
    pub fn none() -> Others<'static> {
        Others::new(|_| None)
    }

    /// What is known by now, and nothing more is read: two posts may name each other.
    pub(super) fn as_known(&self) -> Others<'static> {
        Others { heads: self.heads.clone(), ..Others::none() }
    }

    /// Takes note of what is asked for: a path, a name, or nothing for all posts.
    pub(super) fn ask(&self, what: &str) {
        self.asked.borrow_mut().insert(what.to_owned());
    }

    /// What was asked for since this was called last.
    pub(super) fn take_asked(&self) -> Vec<String> {
        let asked = self.asked.take();
        if asked.contains("") || asked.len() > MOST_ASKED {
            return vec![String::new()];
        }
        asked.into_iter().collect()
    }

    /// Where another post is: found once, by `find`.
    pub(super) fn linked(&self, path: &str, find: impl FnOnce() -> Option<Linked>) -> Option<Linked> {
        self.ask(path);
        if let Some(known) = self.linked.borrow().get(path) {
            return known.clone();
        }
        let found = find();
        self.linked.borrow_mut().insert(path.to_owned(), found.clone());
        found
    }

    /// The text of another post.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.ask(path);
        let bytes = (self.read)(path)?;
        Some(decode::text(path, &bytes, &mut Vec::new()).into_owned())
    }
}

/// Where another post is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Linked {
    pub(super) link: String,
    pub(super) title: Option<String>,
}

/// What the posts' front matter says.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// The numbers in their addresses, as written or made from their titles, by path below
    /// the root; none where a post has none.
    pub(super) numbers: HashMap<String, Option<String>>,
    /// The path of the first post with a title.
    pub(super) by_title: HashMap<String, String>,
}

/// The paths of a site's posts, and what tags call them.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    paths: Arc<Vec<String>>,
    by_name: Arc<OnceLock<HashMap<String, usize>>>,
}

impl Known {
    /// The posts among these paths, which count from the site's root.
    pub(super) fn new(paths: impl Iterator<Item = String>) -> Self {
        Self { paths: Arc::new(paths.collect()), by_name: Arc::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The path of the post that is called so; `names` are a path's names, the weightiest first.
    pub(super) fn named<const N: usize>(
        &self,
        name: &str,
        names: impl Fn(&str) -> [Option<String>; N],
    ) -> Option<&str> {
        let by_name = self.by_name.get_or_init(|| {
            let mut found = HashMap::new();
            let each: Vec<[Option<String>; N]> = self.paths.iter().map(|path| names(path)).collect();
            for rank in 0..N {
                let called = each.iter().map(|names| names.get(rank).cloned().flatten());
                for (place, name) in called.enumerate().filter_map(|(place, name)| Some((place, name?))) {
                    found.entry(name).or_insert(place);
                }
            }
            found
        });
        self.paths.get(*by_name.get(name)?).map(String::as_str)
    }
}
