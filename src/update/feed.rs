//! A feed by URL through the stages: one fetch for every source that asks the same.
//!
//! What an origin says belongs to the URL, headers and credentials that it was asked
//! with. A failure changes nothing that is stored of it but how long to stay away.

use crate::collect::{Facts, FetchError, FetchErrorKind, FetchRequest, Fetched};
use crate::definition::{Auth, FeedSource, OnDelete, Source, SourceKind};
use crate::map::feed::{MappedFeed, Reading};
use crate::model::{Channel, Entry, Outcome, Problem, Validators};
use crate::parse::feed::Hints;
use crate::store::{Asked, Commit, Said, SourceState, StoreError, visited};
use crate::update::alike::{self, Whole};
use crate::update::flood::{self, Arrivals};
use crate::update::offer::{Offer, offer};
use crate::update::post::Answer;
use crate::update::{Counts, Decider, Done, Job, Kept, Offered, Rules, Stages, after, pace, settle};
use crate::update::{emptied, gap, moved, retain};
use chrono::{DateTime, Utc, Weekday};
use std::{sync::Arc, time::Duration};
use url::Url;

/// So many failures in a row, the last a 400, are the condition's.
const REFUSALS: u32 = 3;

/// Collects, with one fetch, every source of these jobs: their URL, headers and
/// credentials are the same. An answer that the store could not take is kept. `None` is
/// a bug that broke it off.
pub(super) async fn update(stages: &Arc<Stages>, jobs: Vec<Job>) -> Option<(Outcomes, Option<Arc<Kept>>)> {
    let kept = jobs.iter().find_map(|job| job.kept.clone());
    let default = stages.fetcher.timeout();
    let fetched = match (&kept, request(&jobs, default)) {
        (None, Some(request)) => Some(stages.fetcher.fetch(&request).await),
        _ => None,
    };
    // Never closed: there is always a place in the end.
    let _place = stages.places.acquire().await.ok();
    let all = Arc::clone(stages);
    let settle_all = move || {
        let answer = kept.as_ref().map(|kept| &kept.answer).or(fetched.as_ref());
        let settle_one = |job: &Job| match answer {
            Some(Ok(Fetched::NotModified(facts))) => unchanged(&all, job, facts, true),
            Some(Ok(Fetched::Body { body, content_type, facts })) => {
                read(&all, job, body, content_type.as_deref(), facts)
            }
            Some(Err(error)) => refused(&all, job, error),
            None => fail(&all, job, Problem::error(job.source.id.clone(), "is no feed by URL"), None),
        };
        let outcomes: Outcomes = jobs.iter().map(settle_one).collect();
        // Where a row is damaged, the next answer is as good as this one.
        let lost = outcomes.iter().any(|outcome| outcome.as_ref().is_err_and(|error| !error.damaged));
        (outcomes, if lost { kept.or_else(|| Kept::new(fetched?)) } else { None })
    };
    tokio::task::spawn_blocking(settle_all).await.ok()
}

type Outcomes = Vec<Result<Done, StoreError>>;

/// What sources share that ask the same: URL without its fragment, headers and credentials.
pub fn request_hash(feed: &FeedSource) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut put = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    };
    match Url::parse(&feed.url) {
        Ok(mut url) => {
            url.set_fragment(None);
            put(url.as_str());
        }
        Err(_) => put(&feed.url),
    }
    for (name, value) in &feed.headers {
        put(&name.to_ascii_lowercase());
        put(value);
    }
    match &feed.auth {
        None => {}
        Some(Auth::Basic(secret)) => put(&format!("basic {secret}")),
        Some(Auth::Bearer(secret)) => put(&format!("bearer {secret}")),
    }
    hasher.finalize().into()
}

/// One request for them all. Validators go only with what they belong to, and only
/// where every source has them: one that newly names a URL, or whose definition
/// changed, needs the whole document, and the others have no harm of it. It may take as
/// long as the most patient of them gives it; `default` is what one gives that says nothing.
fn request(jobs: &[Job], default: Duration) -> Option<FetchRequest> {
    let first = jobs.first()?;
    let SourceKind::Feed(feed) = &first.source.kind else { return None };
    let known = |job: &Job| job.state.collect_hash == Some(job.source.collect_hash);
    let agree = |job: &Job| {
        job.state.validators == first.state.validators
            && job.state.validators_from == first.state.validators_from
    };
    let conditional = jobs.iter().all(|job| known(job) && agree(job));
    let timeouts = jobs.iter().map(|job| job.source.timeout.or(job.timeout));
    Some(FetchRequest {
        validators: if conditional { first.state.validators.clone() } else { Validators::default() },
        validators_from: first.state.validators_from.clone(),
        headers: feed.headers.clone(),
        auth: feed.auth.clone(),
        timeout: timeouts.max_by_key(|timeout| timeout.unwrap_or(default)).flatten(),
        ..FetchRequest::new(first.asks.clone().unwrap_or_else(|| feed.url.clone()), first.now)
    })
}

fn read(
    stages: &Stages,
    job: &Job,
    body: &[u8],
    content_type: Option<&str>,
    facts: &Facts,
) -> Result<Done, StoreError> {
    let hash: [u8; 32] = blake3::hash(body).into();
    let same_definition = job.state.collect_hash == Some(job.source.collect_hash);
    if same_definition && job.state.body_hash == Some(hash) && !emptied::is_emptied(&job.state) {
        return unchanged(stages, job, facts, false);
    }
    let (mapped, offer) = match brought(job, body, content_type, facts) {
        Ok(brought) => brought,
        // What could not be read keeps the old validators, so that the next poll asks for it again.
        Err(problem) => return fail(stages, job, problem, facts.retry_after),
    };
    if let Some(mut state) = emptied::held(stages, job, &mapped, hash)? {
        state.request_hash = hash_of(job);
        state.not_before = facts.retry_after.map(|wait| pace::patience(job.now, wait));
        return settle(stages, job, state, (Commit::default(), Counts::default()));
    }
    let (mut problems, hints, complete) = (mapped.problems.clone(), mapped.hints.clone(), mapped.complete);
    let channel = mapped.channel.clone();
    let base = base_of_post(job, &channel).unwrap_or(&facts.final_url);
    let (commit, counts, gap) = decide(stages, job, mapped, base)?;
    problems.extend(gap);
    let outcome = if counts == Counts::default() { Outcome::Unchanged } else { Outcome::Updated };
    let mut state = answered(job, outcome, problems, facts);
    state.asked = asked(&hints, facts);
    state.bytes = Some(facts.wire_bytes);
    if outcome == Outcome::Updated || !job.state.collected {
        // Documents are made anew when entries change, never for this alone.
        state.said = Said { language: channel.language, extensions: channel.extensions };
    }
    if complete {
        state.validators = facts.validators.clone();
        state.body_hash = Some(hash);
    } else {
        state.validators = job.state.validators.clone();
        state.validators_from.clone_from(&job.state.validators_from);
    }
    let offer = match offer {
        Some(offer) => Offered::Hub(offer),
        // What was cut off may have named one.
        None if complete && job.source.websub => Offered::Nothing,
        None => Offered::Unknown,
    };
    Ok(Done { offer, ..settle(stages, job, state, (commit, counts))? })
}

/// What addresses in a post are relative to, where its site is known.
fn base_of_post<'a>(job: &Job, channel: &'a Channel) -> Option<&'a str> {
    let is_post = matches!(&job.source.kind, SourceKind::Feed(feed) if feed.post.is_some());
    channel.link.as_deref().filter(|_| is_post)
}

/// What an answer says, and the hub that it offers.
fn brought(
    job: &Job,
    body: &[u8],
    content_type: Option<&str>,
    facts: &Facts,
) -> Result<(MappedFeed, Option<Offer>), Problem> {
    if let SourceKind::Feed(FeedSource { url, post: Some(post), .. }) = &job.source.kind {
        let answer = Answer { body, content_type, address: url };
        return Ok((super::post::post(&job.source, post, answer, job.now)?.mapped, None));
    }
    let address = &*facts.final_url;
    let document = crate::parse::feed::parse(body, content_type, address)
        .map_err(|not_a_feed| Problem::error(address, not_a_feed.message))?;
    if let Some(problem) = job.outlets.refuse(&document, address) {
        return Err(problem);
    }
    let offered = offer(facts, &document.hints).filter(|_| job.source.websub);
    Ok((crate::map::feed::map(&document, address, Reading::of(&job.source)), offered))
}

/// What a document changes: a commit of the entries to be written, of those that leave
/// and those that are held; how many of each there are; what may have been missed.
pub(super) fn decide(
    stages: &Stages,
    job: &Job,
    mapped: MappedFeed,
    base: &str,
) -> Result<(Commit, Counts, Option<Problem>), StoreError> {
    let MappedFeed { entries, deleted, complete, hints, .. } = mapped.with_inherited();
    let stored = stages.store.recall(job.state.row)?;
    let mut decider = Decider::new(&stored);
    let rules = Rules::of(job, base);
    let mut at_origin = retain::keys(&entries);
    let mut entries = newest(entries, &job.source);
    let document = Whole { entries: &mut entries, keys: &mut at_origin, complete, base, now: job.now };
    alike::recognise(&|row| stages.store.entry(row), &stored, &mut decider, document)?;
    let mut changes = decider.decide(entries, &rules);
    let too_old_before = stages.retention.too_old_before(&stored, job.now);
    retain::leave_forgotten(&*stages.store, job.state.row, too_old_before, &mut changes.inserts)?;
    retain::leave_own(&*stages.store, job.state.row, &mut changes.inserts)?;
    // In a feed that was cut short, what is missing may only have been cut off.
    let mut gone = decider.gone(|row| {
        job.source.on_delete != OnDelete::Keep
            && (complete || row.keys.iter().any(|key| deleted.contains(key)))
    });
    let counts = Counts { gone: gone.len(), ..changes.counts() };
    let mut commit = Commit::default();
    let arrivals = Arrivals { stored: &stored, at_origin: &at_origin, inserts: &changes.inserts, complete };
    flood::judge(stages, job, &arrivals, &mut commit)?;
    // In a feed that was cut short, what is missing may still stand at the origin.
    if complete {
        commit.forgotten = stages.retention.outlived(&stored, &at_origin, counts.new, job.now);
        gone.retain(|row| !commit.forgotten.contains(row));
        commit.departed = Some(stages.retention.departed(&stored, &at_origin, &commit.forgotten));
    }
    let gap = gap::told(job, &hints, &arrivals, base);
    commit.gone = gone;
    commit.buries = job.source.on_delete == OnDelete::Tombstone;
    Ok((changes.put_into(commit), counts, gap))
}

/// A 304, or the same bytes again: the new validators all the same. What stood at the origin
/// still does; what had left it may have become too old, or too many.
fn unchanged(stages: &Stages, job: &Job, facts: &Facts, by_304: bool) -> Result<Done, StoreError> {
    let problems = if job.state.failures > 0 { Vec::new() } else { job.state.problems.clone() };
    let mut state = answered(job, Outcome::Unchanged, problems, facts);
    // What a 304 does not say again still holds (RFC 9111 §4.3.4).
    let kept = job.state.asked.fresh_for.filter(|_| by_304);
    state.asked.fresh_for = facts.fresh_for.or(kept);
    let forgotten = stages.retention.lapsed(&*stages.store, job.state.row, job.now)?;
    let commit = Commit { forgotten, ..Commit::default() };
    settle(stages, job, state, (commit, Counts::default()))
}

/// The state after a good answer.
fn answered(job: &Job, outcome: Outcome, problems: Vec<Problem>, facts: &Facts) -> SourceState {
    let mut state = after(job, outcome, problems);
    state.request_hash = hash_of(job);
    state.validators = facts.validators.clone();
    state.validators_from = Some(facts.final_url.clone());
    state.current_location = Some(facts.final_url.clone());
    state.busy = false;
    state.not_before = facts.retry_after.map(|wait| pace::patience(job.now, wait));
    moved::note(&mut state, job, facts);
    state
}

/// The origin did not give the feed: what is stored stays, validators too.
fn refused(stages: &Stages, job: &Job, error: &FetchError) -> Result<Done, StoreError> {
    let problem = Problem { help: error.help.clone(), ..Problem::error(&error.url, &error.message) };
    let mut state = after(job, Outcome::Failed, vec![problem]);
    state.request_hash = hash_of(job);
    state.busy = error.kind == FetchErrorKind::Busy;
    // Something on the way takes no condition: the feed is asked for without.
    if error.status == Some(400) && state.failures >= REFUSALS {
        state.validators = Validators::default();
    }
    let failures = state.failures.max(job.url_failures.saturating_add(1));
    let hold = state.busy.then(|| pace::back_off(failures, true));
    let wait = error.retry_after.or(hold);
    state.not_before = wait.map(|wait| pace::patience(job.now, wait));
    // An address that was adopted, by whichever source, and has ended is given up; the
    // defined one is asked again.
    state.gone = error.kind == FetchErrorKind::Gone && asked_as_defined(job);
    moved::failed(&mut state, error.kind);
    settle(stages, job, state, (Commit::default(), Counts::default()))
}

/// What came was no feed; the origin may have asked for patience all the same.
fn fail(
    stages: &Stages,
    job: &Job,
    problem: Problem,
    retry_after: Option<Duration>,
) -> Result<Done, StoreError> {
    let mut state = after(job, Outcome::Failed, vec![problem]);
    state.request_hash = hash_of(job);
    state.busy = false;
    state.not_before = retry_after.map(|wait| pace::patience(job.now, wait));
    moved::failed(&mut state, FetchErrorKind::Status);
    settle(stages, job, state, (Commit::default(), Counts::default()))
}

/// Whether the address that was asked is the one that the definition gives.
fn asked_as_defined(job: &Job) -> bool {
    let SourceKind::Feed(feed) = &job.source.kind else { return false };
    job.asks.as_deref().is_none_or(|asked| visited(asked) == visited(&feed.url))
}

pub(super) fn hash_of(job: &Job) -> Option<[u8; 32]> {
    match &job.source.kind {
        SourceKind::Feed(feed) => Some(request_hash(feed)),
        SourceKind::Posts(_) | SourceKind::From(_) => None,
    }
}

/// The newest so many, in the source's own order.
fn newest(mut entries: Vec<Entry>, source: &Source) -> Vec<Entry> {
    let Some(take) = source.take.filter(|take| *take < entries.len()) else {
        return entries;
    };
    let mut dates: Vec<_> = entries.iter().map(|entry| entry.published).collect();
    // Undated entries come last here: a source that dates nothing is cut by its own order.
    dates.sort_by(|a, b| b.cmp(a));
    let oldest = dates.get(take.saturating_sub(1)).copied().flatten();
    entries.retain(|entry| entry.published >= oldest);
    entries.truncate(take);
    entries
}

fn asked(hints: &Hints, facts: &Facts) -> Asked {
    let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes) * 60);
    let period = hints.update_period.as_deref().and_then(|period| match period {
        "hourly" => Some(60),
        "daily" => Some(24 * 60),
        "weekly" => Some(7 * 24 * 60),
        "monthly" => Some(30 * 24 * 60),
        "yearly" => Some(365 * 24 * 60),
        _ => None,
    });
    let frequency = hints.update_frequency.unwrap_or(1).max(1);
    Asked {
        fresh_for: facts.fresh_for,
        ttl: hints.ttl_minutes.map(minutes),
        period: period.map(|period| minutes(period) / frequency),
        base: hints.update_base.as_deref().and_then(base),
        skip_hours: hints.skip_hours.iter().map(|hour| u32::from(*hour)).collect(),
        skip_days: hints.skip_days.iter().filter_map(|day| Weekday::try_from(*day).ok()).collect(),
    }
}

/// `sy:updateBase`, with seconds or without (W3C-DTF).
fn base(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let whole =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"));
    whole.ok().map(|base| base.to_utc())
}
