//! Waits for files that were written just now to stand still.
//!
//! In: a file that isn't as it was read. Out: the same once nothing was written to it for a
//! moment, or nothing where that takes too long: it is left as it was, and looked at again.
//! What a watch names has settled already and comes not by here.

use crate::collect::files::FileStamp;
use chrono::{DateTime, Utc};
use std::thread;
use std::time::Duration;
use tokio::time::Instant;

/// Nothing was written for so long.
const STILL: Duration = Duration::from_millis(500);
/// One collection waits no longer than this in all: someone may wait for it.
const LONGEST: Duration = Duration::from_secs(1);
/// A file that was written no further ahead of us was written while we collect.
const AHEAD: Duration = Duration::from_secs(2);
/// Until what was left is looked at again.
pub(super) const AGAIN: Duration = Duration::from_secs(2);

/// The waiting of one collection.
pub(super) struct Still {
    now: DateTime<Utc>,
    began: Instant,
    waited: Duration,
    /// Whether a file was left.
    pub(super) has_left: bool,
}

impl Still {
    /// Of a collection that begins at this time.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { now, began: Instant::now(), waited: Duration::ZERO, has_left: false }
    }

    /// The file as it stands still. Blocks.
    pub(super) fn wait_for(&mut self, stamp: &FileStamp) -> Option<FileStamp> {
        let mut stamp = stamp.clone();
        while let Some(wait) = self.left_of(&stamp) {
            if self.waited + wait > LONGEST {
                self.has_left = true;
                return None;
            }
            thread::sleep(wait);
            self.waited += wait;
            // One that is gone meanwhile is looked at again as well.
            let anew = stamp.anew();
            self.has_left |= anew.is_none();
            stamp = anew?;
        }
        Some(stamp)
    }

    /// How long a file has still to stand; none by a clock that isn't that of its files.
    fn left_of(&self, stamp: &FileStamp) -> Option<Duration> {
        let written = DateTime::from_timestamp_nanos(stamp.modified_ns);
        let elapsed = self.began.elapsed();
        let age = match ((self.now - written).to_std(), (written - self.now).to_std()) {
            (Ok(age), _) => age + elapsed,
            (Err(_), Ok(ahead)) if ahead <= elapsed + AHEAD => elapsed.saturating_sub(ahead),
            (Err(_), _) => return None,
        };
        STILL.checked_sub(age).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    fn stamp(path: &std::path::Path) -> FileStamp {
        let kind = fs::metadata(path).unwrap();
        FileStamp {
            path: "a.md".to_owned(),
            absolute: path.to_path_buf(),
            root: 0,
            modified_ns: kind.mtime() * 1_000_000_000 + kind.mtime_nsec(),
            size: kind.len(),
            inode: kind.ino(),
        }
    }

    #[test]
    fn a_file_written_just_now_is_waited_for_and_another_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        fs::write(&path, "a").unwrap();
        let written = DateTime::from_timestamp_nanos(stamp(&path).modified_ns);
        let mut still = Still::new(written + Duration::from_millis(450));
        assert_eq!(still.wait_for(&stamp(&path)), Some(stamp(&path)));
        assert!(still.waited > Duration::ZERO && still.waited <= Duration::from_millis(50));
        // Of an hour ago, or of a clock that isn't ours.
        for now in [written + Duration::from_hours(1), written - Duration::from_hours(1)] {
            let mut still = Still::new(now);
            assert_eq!(still.wait_for(&stamp(&path)), Some(stamp(&path)));
            assert_eq!((still.waited, still.has_left), (Duration::ZERO, false));
        }
        // While we collect.
        let mut still = Still::new(written - Duration::from_millis(100));
        assert_eq!((still.wait_for(&stamp(&path)), still.has_left), (Some(stamp(&path)), false));
        assert!(still.waited >= STILL);
        // No time left to wait.
        let mut still = Still { waited: LONGEST, ..Still::new(written) };
        assert_eq!((still.wait_for(&stamp(&path)), still.has_left), (None, true));
    }
}
