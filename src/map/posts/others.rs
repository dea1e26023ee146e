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
    pub(super) heads: OnceCell<Rc<Vec<Head>>>,
    /// What the post that is mapped has asked for.
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Others<'a> {
    /// Reads them with `read`, which gives none for a path that it can't read.
    pub fn new(read: impl Fn(&str) -> Option<Vec<u8>> + 'a) -> Self {
        Self { read: Box::new(read), heads: OnceCell::new(), asked: RefCell::default() }
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

    /// The text of another post.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.ask(path);
        let bytes = (self.read)(path)?;
        Some(decode::text(path, &bytes, &mut Vec::new()).into_owned())
    }
}

/// What another post's front matter says.
pub(super) struct Head {
    /// Below the root.
    pub(super) path: String,
    pub(super) title: String,
    /// The number in its address, as written or made from its title.
    pub(super) number: Option<String>,
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
