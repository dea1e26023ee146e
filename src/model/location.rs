//! Paths as files write them and as problems show them. Text alone: nothing is looked up.

use std::path::{Component, Path, PathBuf};

/// What a path written in a file means: itself where it is absolute, else counted
/// from `base` (the folder of that file, absolute). `.` and `..` are resolved by
/// their text.
pub fn resolve_path(base: &Path, written: &str) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in base.join(written).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                resolved.pop();
            }
            part => resolved.push(part),
        }
    }
    resolved
}

/// How a path is shown: relative where it lies below the current folder, else whole.
pub fn show_path(path: &Path, current: &Path) -> String {
    let below = path.strip_prefix(current).ok().filter(|rest| !rest.as_os_str().is_empty());
    let shown = below.unwrap_or(path).to_string_lossy().into_owned();
    shown.strip_prefix("./").map_or(shown.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_counts_from_its_file() {
        let base = Path::new("/etc/feedmill/feeds");
        for (written, meant) in [
            ("../posts", "/etc/feedmill/posts"),
            ("./a/./b/", "/etc/feedmill/feeds/a/b"),
            ("/srv/blog", "/srv/blog"),
            ("../../../../..", "/"),
        ] {
            assert_eq!(resolve_path(base, written), Path::new(meant));
        }
    }

    #[test]
    fn shown_from_where_one_stands() {
        let shown = |path: &str| show_path(Path::new(path), Path::new("/srv/mill"));
        assert_eq!(shown("/srv/mill/feeds/a.yaml"), "feeds/a.yaml");
        assert_eq!(shown("./feeds/a.yaml"), "feeds/a.yaml");
        assert_eq!(shown("/srv/mill"), "/srv/mill");
        assert_eq!(shown("/srv/millstone"), "/srv/millstone");
    }
}
