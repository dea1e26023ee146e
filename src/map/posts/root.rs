//! Where a site's root may be, seen from what `posts` names.

use std::path::{Component, Path, PathBuf};

/// Folders above what `posts` names that may hold the site's config.
const LEVELS: usize = 4;

/// A place that may be the site's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder.
    pub root: PathBuf,
    /// From it to what `posts` names, `/` between the names.
    pub prefix: String,
}

/// The places where the site's root may be, for a folder that `posts` names: the
/// first that holds the site's config is it. Where none does, it is the one that
/// stands last: the folder that holds `_posts` (or `source/_posts`), else the folder itself.
pub fn places(folder: &Path) -> Vec<Place> {
    let names: Vec<String> = folder
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let up = |levels: usize| {
        let root = folder.ancestors().nth(levels)?;
        let prefix = names.get(names.len().checked_sub(levels)?..)?.join("/");
        let root = root.to_path_buf();
        Some(Place { root, prefix })
    };
    let mut found: Vec<Place> = (0..=LEVELS).filter_map(up).collect();
    let above = |name: &String| names.iter().rev().position(|other| other == name).map(|place| place + 1);
    let posts = above(&"_posts".to_owned()).map_or(0, |levels| {
        let is_source =
            names.len() > levels && names.get(names.len() - levels - 1).is_some_and(|name| name == "source");
        levels + usize::from(is_source)
    });
    found.extend(up(posts));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(path: &str) -> (String, String) {
        let place = places(Path::new(path)).pop().unwrap();
        (place.root.to_string_lossy().into_owned(), place.prefix)
    }

    #[test]
    fn without_a_config_the_folder_above_the_posts_is_the_root() {
        assert_eq!(last("/srv/blog"), ("/srv/blog".into(), String::new()));
        assert_eq!(last("/srv/blog/_posts"), ("/srv/blog".into(), "_posts".into()));
        assert_eq!(last("/srv/blog/_posts/2022"), ("/srv/blog".into(), "_posts/2022".into()));
        assert_eq!(last("/srv/blog/source/_posts"), ("/srv/blog".into(), "source/_posts".into()));
    }

    #[test]
    fn the_nearest_folder_is_asked_first() {
        let places = places(Path::new("/srv/blog/source/_posts"));
        let prefixes: Vec<_> = places.iter().map(|place| place.prefix.as_str()).collect();
        assert_eq!(
            prefixes,
            ["", "_posts", "source/_posts", "blog/source/_posts", "srv/blog/source/_posts", "source/_posts"]
        );
    }
}
