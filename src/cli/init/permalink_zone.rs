//! The zone of the machine that a Hexo site was built on, by the addresses in its old feed.

use crate::cli::Failure;
use crate::cli::init::Surroundings;
use crate::cli::init::found::{Site, map};
use crate::cli::init::lookup::Read;
use crate::cli::init::zone::COMMON;
use crate::definition::PostsSource;

impl Site {
    /// Hexo makes addresses in the zone of the machine that it runs on: where entries of the old feed
    /// stand at other addresses, the zone in which they don't.
    pub(super) fn choose_permalink_zone(
        &mut self,
        old: &Read,
        with: &Surroundings<'_>,
    ) -> Result<(), Failure> {
        if self.generator != "hexo" {
            return Ok(());
        }
        let ours = self.compared(&self.entries, old, with);
        let mut moved = ours.new.iter().filter(|new| new.was.is_some()).count();
        let mut best = None;
        for zone in COMMON {
            if moved == 0 {
                break;
            }
            let posts = PostsSource { permalink_timezone: Some(zone), ..self.posts.clone() };
            let there = map(&posts, with)?;
            let found = self.compared(&there.entries, old, with);
            let left = found.new.iter().filter(|new| new.was.is_some()).count();
            if left < moved && found.noticed() < ours.noticed() {
                moved = left;
                best = Some((posts, there));
            }
        }
        if let Some((posts, there)) = best {
            self.posts = posts;
            self.take(there);
        }
        Ok(())
    }
}
