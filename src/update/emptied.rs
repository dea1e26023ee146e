//! A feed whose document has no entries any more, where its entries go when they leave it.
//!
//! In: a document and what is stored. Out: the failure that keeps what is stored, as a folder
//! that is empty is one: until `feedmill accept`, or until another document says the same.

use crate::definition::{FeedSource, OnDelete, SourceKind};
use crate::map::feed::MappedFeed;
use crate::model::{Outcome, Problem};
use crate::store::{SourceState, StoreError};
use crate::update::{Job, Stages, after};

/// How its problem ends.
const STAY: &str = "no entries any more: what it had stays until that is accepted, or said again";

/// Whether a source was left as it was since its document is empty.
pub fn is_emptied(state: &SourceState) -> bool {
    state.failures > 0 && state.problems.iter().any(|problem| problem.message.ends_with(STAY))
}

/// The state of a source whose document, of this hash, takes away all that is stored.
pub(super) fn held(
    stages: &Stages,
    job: &Job,
    mapped: &MappedFeed,
    hash: [u8; 32],
) -> Result<Option<SourceState>, StoreError> {
    // A post by its URL says of itself that it is a draft.
    let is_post = matches!(&job.source.kind, SourceKind::Feed(FeedSource { post: Some(_), .. }));
    let keeps = job.source.on_delete == OnDelete::Keep;
    if is_post || keeps || job.accept || !mapped.complete || !mapped.entries.is_empty() {
        return Ok(None);
    }
    let is_said_again = is_emptied(&job.state) && job.state.body_hash != Some(hash);
    let is_deleted = |keys: &[String]| keys.iter().any(|key| mapped.deleted.contains(key));
    let stored = stages.store.recall(job.state.row)?;
    let lost = stored.iter().filter(|row| !row.gone && !row.held && !is_deleted(&row.keys)).count();
    if is_said_again || lost == 0 {
        return Ok(None);
    }
    let id = &job.source.id;
    let problem = Problem::error(id.clone(), format!("has lost {lost} entries and has {STAY}"));
    let help = format!("`feedmill accept {}/{id}` lets them go", job.feed);
    let mut state = after(job, Outcome::Failed, vec![problem.with_help(help)]);
    state.body_hash = Some(hash);
    state.busy = false;
    Ok(Some(state))
}
