//! Cases on disk: an output beside what was expected.

use std::path::Path;

/// Compares with the file; with `UPDATE=1` the file is written instead, and the
/// difference is for review.
#[track_caller]
pub(crate) fn same(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    #[allow(clippy::disallowed_methods, reason = "the switch that rewrites expectations")]
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, wanted, "{file} (UPDATE=1 rewrites it)");
}
