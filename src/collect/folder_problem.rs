//! Why a folder of posts can't be listed, and what mends it.

use crate::model::Problem;
use std::io;
use std::path::Path;

/// A folder that can't be listed: an alarm, and no sign that its posts are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderProblem {
    /// What kind.
    pub kind: FolderProblemKind,
    /// Which of the paths that were to be listed, from 0.
    pub root: usize,
    /// Where, what and the step that mends it.
    pub problem: Problem,
}

/// Why a folder can't be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderProblemKind {
    /// It isn't there.
    Missing,
    /// It may not be read.
    Denied,
    /// The service's sandbox hides it.
    Sandboxed,
    /// Neither file nor folder, a bad pattern, or an I/O error.
    Unreadable,
    /// More files than a listing holds.
    TooMany,
}

/// An error of the file system at a folder as its problem.
pub(super) fn explain(root: usize, path: &Path, error: &io::Error, sandboxed: bool) -> FolderProblem {
    use io::ErrorKind::{InvalidInput, NotADirectory, NotFound, PermissionDenied};
    let at = path.display().to_string();
    // What `ProtectHome` hides looks absent or forbidden, as it likes.
    let hidden = sandboxed
        && matches!(error.kind(), NotFound | PermissionDenied)
        && ["/home", "/root", "/run/user"].iter().any(|home| path.starts_with(home));
    if hidden {
        let help = format!(
            "run `systemctl edit feedmill` and add the lines `[Service]` and `BindReadOnlyPaths={at}`"
        );
        return FolderProblem {
            kind: FolderProblemKind::Sandboxed,
            root,
            problem: Problem::error(at, "can't be seen from inside the service's sandbox").with_help(help),
        };
    }
    let (kind, problem) = match error.kind() {
        NotFound | NotADirectory => {
            (FolderProblemKind::Missing, Problem::error(at, "there is no such file or folder"))
        }
        PermissionDenied => {
            let help = format!("let feedmill's user read it: `setfacl -R -m u:feedmill:rX {at}`");
            (
                FolderProblemKind::Denied,
                Problem::error(at, "may not be read: permission denied").with_help(help),
            )
        }
        InvalidInput => (FolderProblemKind::Unreadable, Problem::error(at, error.to_string())),
        other => (FolderProblemKind::Unreadable, Problem::error(at, format!("could not be read: {other}"))),
    };
    FolderProblem { kind, root, problem }
}
