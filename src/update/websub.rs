//! WebSub: what a feed's hub brings.
//!
//! In: a signed delivery. Out: the same as a poll brings. A delivery may hold the whole feed or only what
//! is new, so nothing is ever missing from it, and it says nothing of validators,
//! due times or how the origin is.

use crate::map::feed::{MappedFeed, Reading};
use crate::model::{Delivery, Outcome, Problem};
use crate::store::SourceState;
use crate::store::StoreError;
use crate::update::{Counts, Offered, flood};
use crate::update::{Done, Job, Stages, feed, put, report};
use ring::hmac;
use std::sync::Arc;

/// Whether a body is signed with this secret: `X-Hub-Signature: METHOD=HEX` with one
/// of the methods of W3C WebSub §7.1. Compared in constant time.
pub fn is_signed(secret: &str, signature: &str, body: &[u8]) -> bool {
    let Some((method, hex)) = signature.trim().split_once('=') else { return false };
    let method = match method.to_ascii_lowercase().as_str() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return false,
    };
    let nibble = |digit: &u8| char::from(*digit).to_digit(16);
    let pairs = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(nibble(high)? * 16 + nibble(low)?).ok(),
            _ => None,
        })
        .collect();
    bytes.is_some_and(|tag| hmac::verify(&hmac::Key::new(method, secret.as_bytes()), body, &tag).is_ok())
}

/// Stores what a hub brought for the source of this job; its signature was checked.
pub async fn deliver(stages: &Arc<Stages>, job: Job, delivery: &Arc<Delivery>) -> Done {
    // Never closed: there is always a place in the end.
    let _place = stages.places.acquire().await.ok();
    let (all, asked, delivery) = (Arc::clone(stages), job.clone(), Arc::clone(delivery));
    let store = move || bring(&all, &job, &delivery).unwrap_or_else(|error| untaken(&job, &error));
    let done = tokio::task::spawn_blocking(store).await;
    done.unwrap_or_else(|_| left(&asked, "what a hub brought broke the reader"))
}

fn bring(stages: &Stages, job: &Job, delivery: &Delivery) -> Result<Done, StoreError> {
    // Its addresses count from where the feed is, wherever the hub stands.
    let base = job.state.current_location.clone().unwrap_or_default();
    let content_type = delivery.content_type.as_deref();
    let document = match crate::parse::feed::parse(&delivery.body, content_type, &base) {
        Ok(document) => document,
        Err(not_a_feed) => {
            return Ok(left(job, &format!("a hub brought no feed: {}", not_a_feed.message)));
        }
    };
    if let Some(problem) = job.outlets.refuse(&document, &base) {
        return Ok(left(job, &format!("what a hub brought: {}", problem.message)));
    }
    let mapped = crate::map::feed::map(&document, &base, Reading::of(&job.source));
    let (mut commit, mut counts, _) =
        feed::decide(stages, job, MappedFeed { complete: false, ..mapped }, &base)?;
    let outcome = if counts == Counts::default() { Outcome::Unchanged } else { Outcome::Updated };
    let mut state = SourceState::clone(&job.state);
    state.outcome = state.outcome.filter(|outcome| *outcome == Outcome::Failed).or(Some(outcome));
    flood::note(stages, job, &mut state, (&mut commit, &mut counts))?;
    let done = put(&*stages.store, job, state, (commit, counts))?;
    // How the polls go is another matter, and stays in the state.
    let report = crate::model::SourceReport { outcome, ..done.report };
    Ok(Done { report, kept: job.kept.clone(), ..done })
}

fn untaken(job: &Job, error: &StoreError) -> Done {
    left(job, &format!("what a hub brought could not be stored: {}", error.cause))
}

/// Nothing came of it, and nothing is changed by it.
fn left(job: &Job, why: &str) -> Done {
    let state = SourceState::clone(&job.state);
    let mut report = report(&job.feed, &job.source, &state, Outcome::Failed, Counts::default());
    report.problems = vec![Problem::warning(job.source.id.clone(), why)];
    Done { report, state, offer: Offered::Unknown, kept: job.kept.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_every_method_and_none_that_is_off() {
        // RFC 2202 and RFC 4231, test case 2: key `Jefe`.
        let body = b"what do ya want for nothing?";
        let sha1 = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        let sha256 = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let sha384 = "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
                      8e2240ca5e69e2c78b3239ecfab21649";
        let sha512 = "SHA512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                      9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        for good in [sha1, sha256, sha384, sha512] {
            assert!(is_signed("Jefe", good, body), "{good}");
            assert!(!is_signed("jefe", good, body), "{good}");
            assert!(!is_signed("Jefe", good, b"what do ya want for nothing!"), "{good}");
            assert!(!is_signed("Jefe", &good[..good.len() - 1], body), "{good}");
            assert!(!is_signed("Jefe", &good[..good.len() - 2], body), "{good}");
        }
        for bad in ["", "sha1", "sha1=", "sha256=zz", "md5=effcdf6ae5eb2fa2d27416d5f184df9c", "sha1=é1"] {
            assert!(!is_signed("Jefe", bad, body), "{bad}");
        }
    }
}
