//! What a post needs of the site's others: the post that `post_link` means, and numbers
//! that no two titles share.

use super::plugins::Target;
use super::{Post, abbrlink, map};
use crate::map::posts::entry::scalar_or_list;
use crate::map::posts::others::Head;
use crate::map::posts::{PostFile, Site};
use crate::parse::front_matter::{Fences, read_plain};
use crate::yaml::Node;
use std::collections::HashSet;
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
    let by_title = || heads(post, site).iter().find(|head| head.title == name).map(|head| head.path.as_str());
    let Some(whole) = settings.post_named(name).or_else(by_title) else {
        return Found::Nowhere;
    };
    let Some(text) = site.other(whole, post.file) else {
        return Found::Unknown;
    };
    if settings.abbrlink.is_some_and(|options| !options.is_hex) {
        heads(post, site);
    }
    let (others, now) = (&post.file.others.as_known(), post.file.now);
    let file = PostFile { path: whole, whole, text: &text, others, now };
    let target = map(site, settings, &file, &mut Vec::new());
    let target = target.and_then(|entry| {
        let title = entry.title.unwrap_or_else(|| name.to_owned());
        Some(Target { link: entry.link?, title })
    });
    target.map_or(Found::Unknown, Found::Post)
}

/// The number of a post that doesn't say its own: its title's sum or, where another has
/// that, the next that is free. Among hexadecimal ones the plugin doesn't look for others.
pub(super) fn number(post: &Post<'_>, site: &Site) -> Option<String> {
    let options = post.settings.abbrlink?;
    if options.is_hex {
        return Some(format!("{:x}", sum(options, &post.title)));
    }
    let known = heads(post, site).iter().find(|head| head.path == post.file.whole);
    known.map_or_else(|| Some(sum(options, &post.title).to_string()), |head| head.number.clone())
}

fn sum(options: super::settings::Abbrlink, title: &str) -> u32 {
    if options.is_long { abbrlink::crc32(title) } else { u32::from(abbrlink::crc16(title)) }
}

/// The site's posts in the order in which the plugin comes to them.
fn heads<'a>(post: &Post<'a>, site: &Site) -> &'a [Head] {
    post.file.others.ask("");
    post.file.others.heads.get_or_init(|| {
        let mut taken: HashSet<u32> = HashSet::new();
        let each = post.settings.posts().iter().filter_map(|path| {
            let text = site.other(path, post.file)?;
            let found = read_plain(&text, Fences::Hexo);
            let get = |key| found.data.as_ref().and_then(|node: &Node| node.get(key));
            let title = get("title").map(scalar_or_list).unwrap_or_default();
            let own = get("abbrlink").and_then(Node::text).filter(|text| !text.trim().is_empty());
            let number = own.map(str::to_owned).or_else(|| {
                let options = post.settings.abbrlink.filter(|options| !options.is_hex)?;
                let free = (sum(options, &title)..=u32::MAX).find(|number| !taken.contains(number))?;
                Some(free.to_string())
            });
            taken.extend(number.as_ref().and_then(|number| number.parse::<u32>().ok()));
            Some(Head { path: path.clone(), title, number })
        });
        Rc::new(each.collect())
    })
}
