//! Whole documents, compared with those under `tests/publish/`; `UPDATE=1` rewrites them.

use super::{awkward, cases};
use feedmill::model::{Feed, Format};
use feedmill::publish::publish;
use std::path::Path;

#[track_caller]
fn case(name: &str, feed: &Feed) {
    for format in Format::ALL {
        let place = cases::place(name, format.extension());
        let document = String::from_utf8(publish(feed, format, &place)).unwrap();
        assert_eq!(
            document.as_bytes(),
            publish(feed, format, &place),
            "{name}: the same feed, the same bytes"
        );
        same_as_file(&format!("{name}/feed.{}", format.extension()), &document);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is told to rewrite what it expects")]
#[track_caller]
pub(super) fn same_as_file(name: &str, document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/publish").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, document).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(document == expected, "{} differs; with UPDATE=1 it is rewritten\n{document}", path.display());
}

#[test]
fn ordinary() {
    case("ordinary", &cases::ordinary());
}

#[test]
fn empty() {
    case("empty", &cases::empty());
}

#[test]
fn podcast() {
    case("podcast", &cases::podcast());
}

#[test]
fn awkward() {
    case("awkward", &awkward::feed());
}
