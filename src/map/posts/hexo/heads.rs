//! What a post needs of the site's others: the post that `post_link` means, and numbers
//! that no two titles share.

use super::names::FileName;
use super::plugins::Target;
use super::{Post, Settings, abbrlink, below_posts, names, read};
use crate::map::posts::meta::scalar_or_list;
use crate::map::posts::others::{Heads, Linked};
use crate::map::posts::{PostFile, Site};
use crate::parse::front_matter::{Fences, read_plain, read_strict};
use crate::yaml::Node;
use std::collections::HashMap;
use std::rc::Rc;

/// What a name in a tag led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A post.
    Post(Target),
    /// Something that can't be known here.
    Unknown,
    /// No post.
    Nowhere,
}

impl Found {
    pub(super) fn link(self) -> Option<Target> {
        match self {
            Self::Post(target) => Some(target),
            Self::Unknown | Self::Nowhere => None,
        }
    }
}

/// The post that is called so: by its slug, by its file's name, by its title.
pub(super) fn named(post: &Post<'_>, site: &Site, name: &str) -> Found {
    let settings = post.settings;
    if settings.posts().is_empty() || name.is_empty() {
        return Found::Unknown;
    }
    post.file.others.ask(name);
    let by_title = || heads(post, site).by_title.get(name).map(String::as_str);
    let Some(whole) = settings.post_named(name).or_else(by_title) else {
        return Found::Nowhere;
    };
    if settings.abbrlink.is_some_and(|options| !options.is_hex) {
        heads(post, site);
    }
    let Some(Linked { link, title }) = site.linked(whole, post.file, || linked(post, site, whole)) else {
        return Found::Unknown;
    };
    Found::Post(Target { link, title: title.unwrap_or_else(|| name.to_owned()) })
}

fn linked(post: &Post<'_>, site: &Site, whole: &str) -> Option<Linked> {
    let text = site.other(whole, post.file)?;
    let (others, now) = (&post.file.others.as_known(), post.file.now);
    let file = PostFile { path: whole, whole, text: &text, read: None, others, now };
    read(site, post.settings, &file, &mut Vec::new(), |post, _, _| {
        Some(Linked { link: post.link(site)?, title: post.shown_title(site.strict) })
    })
}

/// A post's title as it is written, or its file's name where that stands for it.
pub(super) fn title(settings: &Settings, written: Option<&Node>, name: &FileName) -> String {
    match written.filter(|node| !node.is_null()) {
        Some(node) => scalar_or_list(node),
        None if settings.title_from_name => name.slug.clone(),
        None => String::new(),
    }
}

/// Whether the plugin gives a post with this `layout` a number.
pub(super) fn is_numbered(layout: Option<&Node>) -> bool {
    layout.is_none_or(|layout| layout.is_null() || layout.text() == Some("post"))
}

/// The number of a post that doesn't say its own: its title's sum or, where another has
/// that, the next that is free. Among hexadecimal ones the plugin doesn't look for others.
pub(super) fn number(post: &Post<'_>, site: &Site) -> Option<String> {
    let options = post.settings.abbrlink?;
    if options.is_hex {
        return Some(format!("{:x}", sum(options, &post.title)));
    }
    let known = heads(post, site).numbers.get(post.file.whole);
    known.map_or_else(|| Some(sum(options, &post.title).to_string()), Clone::clone)
}

fn sum(options: super::settings::Abbrlink, title: &str) -> u32 {
    if options.is_long { abbrlink::crc32(title) } else { u32::from(abbrlink::crc16(title)) }
}

/// What the site's posts say, in the order in which the plugin comes to them.
fn heads<'a>(post: &Post<'a>, site: &Site) -> &'a Heads {
    post.file.others.ask("");
    post.file.others.heads.get_or_init(|| {
        let settings = post.settings;
        let mut taken = Taken::default();
        let mut heads = Heads::default();
        for path in settings.posts() {
            let Some(text) = site.other(path, post.file) else { continue };
            let found =
                if site.strict { read_strict(&text, Fences::Hexo) } else { read_plain(&text, Fences::Hexo) };
            let get = |key| found.data.as_ref().and_then(|node: &Node| node.get(key));
            let name = names::read(&settings.new_post_name, below_posts(settings, path).unwrap_or(path));
            let title = title(settings, get("title"), &name);
            if is_numbered(get("layout")) {
                let own = get("abbrlink").and_then(Node::text).filter(|text| !text.trim().is_empty());
                let options = settings.abbrlink.filter(|options| !options.is_hex);
                let number = match own {
                    Some(own) => {
                        taken.note(own);
                        Some(own.to_owned())
                    }
                    None => options.and_then(|options| taken.next(sum(options, &title))),
                };
                heads.numbers.insert(path.clone(), number);
            }
            heads.by_title.entry(title).or_insert_with(|| path.clone());
        }
        Rc::new(heads)
    })
}

/// Numbers that are taken, each with one from which on the next free one is to be looked for.
#[derive(Default)]
struct Taken {
    next: HashMap<u32, u32>,
}

impl Taken {
    /// Notes a number that a post says itself.
    fn note(&mut self, own: &str) {
        if let Some((number, next)) = own.parse::<u32>().ok().and_then(|own| Some((own, own.checked_add(1)?)))
        {
            self.next.entry(number).or_insert(next);
        }
    }

    /// The first number from here that is free; it is taken then.
    fn next(&mut self, sum: u32) -> Option<String> {
        let mut free = sum;
        while let Some(next) = self.next.get(&free) {
            free = *next;
        }
        let behind = free.checked_add(1)?;
        self.next.extend([(sum, behind), (free, behind)]);
        Some(free.to_string())
    }
}
