//! Categories as a feed's file writes them: paths, and what it says of single ones.

use crate::model::CategoryInfo;
use crate::model::CategoryPath;
use crate::yaml::Faults;
use crate::yaml::Key;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::expected;
use std::collections::BTreeMap;

/// A path: `金融/中证网`, or a list of names where one has a `/` in it.
pub(super) fn path(node: &Node) -> Result<CategoryPath, String> {
    let wrong = || expected("a path such as `news/local`, or a list of names", node);
    let path = match node.list() {
        None => CategoryPath::parse(node.text().ok_or_else(wrong)?),
        Some(names) => {
            let names: Option<Vec<&str>> = names.iter().map(Node::text).collect();
            CategoryPath::from_names(names.ok_or_else(wrong)?)
        }
    };
    path.ok_or_else(|| "expected a path with at least one name".into())
}

/// The path that a key of the feed's `categories` names, written as above.
fn path_of(key: &Key) -> Option<CategoryPath> {
    match &key.names {
        Some(names) => CategoryPath::from_names(names),
        None => CategoryPath::parse(&key.text),
    }
}

/// A list of paths, or one written plainly.
pub(super) fn paths(section: &mut Section<'_, '_>, key: &'static str) -> Vec<CategoryPath> {
    section.one_or_more(key, path).unwrap_or_default()
}

/// A feed's `categories`: path → title, description, slug, into.
pub(super) fn infos(root: &mut Section<'_, '_>) -> BTreeMap<CategoryPath, CategoryInfo> {
    let mut infos: BTreeMap<CategoryPath, CategoryInfo> = BTreeMap::new();
    let mut slugs: Vec<(Option<CategoryPath>, String, &Key)> = Vec::new();
    let pairs = root.pairs("categories");
    for (key, node) in pairs {
        let Some(path) = path_of(key) else {
            root.faults.add_at_key(key, "`categories`: expected a path with at least one name");
            continue;
        };
        let mut section = Section::new(node, &format!("categories.{}", key.text), root.faults);
        let mut named = section.one_or_more("slug", slug).unwrap_or_default().into_iter();
        let info = CategoryInfo {
            title: section.value("title", Node::as_line),
            description: section.value("description", Node::as_line),
            slug: named.next(),
            former_slugs: named.collect(),
            into: section.value("into", self::path),
        };
        section.finish();
        if info.into.as_ref().is_some_and(|into| into.is_within(&path)) {
            root.faults.add_at_key(key, format!("category `{}` cannot move into itself", key.text));
            continue;
        }
        for slug in info.slug.iter().chain(&info.former_slugs) {
            let above =
                CategoryPath::from_names(path.names().split_last().map_or(&[][..], |(_, above)| above));
            let twin = slugs.iter().find(|(other, name, _)| *other == above && name == slug);
            if let Some((_, _, first)) = twin {
                let message =
                    format!("slug `{slug}` is that of `{}` already, in line {}", first.text, first.line);
                root.faults.add_at_key(key, message);
            }
            slugs.push((above, slug.clone(), key));
        }
        if infos.insert(path, info).is_some() {
            root.faults.add_at_key(key, format!("category `{}` stands here a second time", key.text));
        }
    }
    refuse_circles(pairs, &infos, root.faults);
    infos
}

/// Every move, as the sources file by them.
pub(super) fn moves(infos: &BTreeMap<CategoryPath, CategoryInfo>) -> Vec<(CategoryPath, CategoryPath)> {
    infos.iter().filter_map(|(path, info)| Some((path.clone(), info.into.clone()?))).collect()
}

/// One name for addresses: it stands between two slashes.
fn slug(node: &Node) -> Result<String, String> {
    let text = node.as_line()?;
    let bad =
        text.chars().any(|letter| letter.is_whitespace() || letter.is_control() || "/?#%\\".contains(letter));
    if bad || text.starts_with('.') {
        return Err(expected("a name without spaces, `/`, `?`, `#`, `%` and without a dot in front", node));
    }
    Ok(text)
}

/// `a` into `b` and `b` into `a` would leave nothing anywhere.
fn refuse_circles(pairs: &[(Key, Node)], infos: &BTreeMap<CategoryPath, CategoryInfo>, faults: &mut Faults) {
    let moves = moves(infos);
    for (key, _) in pairs {
        let Some(start) = path_of(key) else {
            continue;
        };
        let next = |path: &CategoryPath| {
            let step = moves.iter().find(|(from, _)| path.is_within(from));
            step.map(|(_, into)| into.clone())
        };
        let mut path = next(&start);
        let mut steps = 0;
        while let Some(here) = path.filter(|here| *here != start && steps <= moves.len()) {
            path = next(&here);
            steps += 1;
            if path.as_ref() == Some(&start) {
                faults.add_at_key(key, format!("category `{}` moves in a circle", key.text));
            }
        }
    }
}
