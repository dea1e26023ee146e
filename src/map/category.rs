//! Where an entry is filed: its own categories and tags and what its definition says → paths and tags.
//!
//! Pure, and done again whenever the definition changes: the store keeps an
//! entry's own categories, this decides where they stand.

use crate::definition::{Filing, OwnCategories};
use crate::model::{CategoryPath, Distinct};

/// The paths and tags that an entry stands under, each once, in a lasting order:
/// its own first.
pub fn file(own: &[CategoryPath], own_tags: &[String], filing: &Filing) -> (Vec<CategoryPath>, Vec<String>) {
    let mut paths = Distinct::default();
    let mut tags = Distinct::default();
    match filing.own {
        OwnCategories::Keep => paths.extend(own.iter().cloned()),
        OwnCategories::Tags => tags.extend(own.iter().flat_map(CategoryPath::names).cloned()),
        OwnCategories::Drop => {}
    }
    paths.extend(filing.categories.iter().cloned());
    tags.extend(own_tags.iter().chain(&filing.tags).cloned());
    let filed: Distinct<_> = paths.into_list().into_iter().map(|path| moved(path, &filing.into)).collect();
    (filed.into_list(), tags.into_list())
}

/// How far `into` is followed: rules that lead in a circle are refused with the definition.
const MOST_MOVES: usize = 16;

/// The path after the feed's `into`, as addresses follow it: by the longest rule that it
/// lies within, as long as there is one.
fn moved(mut path: CategoryPath, rules: &[(CategoryPath, CategoryPath)]) -> CategoryPath {
    for _ in 0..MOST_MOVES {
        let rule =
            rules.iter().filter(|(from, _)| path.is_within(from)).max_by_key(|(from, _)| from.names().len());
        let Some((from, to)) = rule else { break };
        let below = path.names().iter().skip(from.names().len());
        match CategoryPath::from_names(to.names().iter().chain(below)) {
            Some(next) if next != path => path = next,
            _ => break,
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> CategoryPath {
        CategoryPath::parse(text).unwrap()
    }

    #[test]
    fn added_categories_come_after_the_own_ones() {
        let filing =
            Filing {
                categories: vec![path("金融/中证网")], tags: vec!["news".into()], ..Filing::default()
            };
        let filed = file(&[path("a")], &["t".into()], &filing);
        assert_eq!(filed, (vec![path("a"), path("金融/中证网")], vec!["t".into(), "news".into()]));
    }

    #[test]
    fn own_categories_can_become_tags_or_fall_away() {
        let own = [path("a/b"), path("a/c")];
        let filing = Filing { own: OwnCategories::Tags, ..Filing::default() };
        assert_eq!(file(&own, &[], &filing), (vec![], vec!["a".into(), "b".into(), "c".into()]));
        let filing = Filing { own: OwnCategories::Drop, ..Filing::default() };
        assert_eq!(file(&own, &[], &filing), (vec![], vec![]));
    }

    #[test]
    fn a_target_that_moves_itself_is_followed() {
        let into = vec![(path("News"), path("Foo/Bar")), (path("Foo"), path("Zed"))];
        let filing = Filing { into, ..Filing::default() };
        assert_eq!(file(&[path("News/a"), path("Foo")], &[], &filing).0, [path("Zed/Bar/a"), path("Zed")]);
    }

    #[test]
    fn a_subtree_moves_by_its_longest_rule() {
        let into = vec![(path("a"), path("x/y")), (path("a/b"), path("z"))];
        let filing = Filing { into, ..Filing::default() };
        let (filed, _) =
            file(&[path("a"), path("a/c"), path("a/b/d"), path("z/d"), path("ab")], &[], &filing);
        assert_eq!(filed, [path("x/y"), path("x/y/c"), path("z/d"), path("ab")]);
    }
}
