//! How a feed that is too long for one document is cut into archives (RFC 5005 §4).
//!
//! In: the order in which entries arrived. Out: sheets of as many arrivals as a document
//! holds, each with a leaf that says what is in it and in all before it. So nothing at an
//! address ever changes: a new entry goes to the open sheet, an edited one too (what it was
//! stays where it is), and one that is deleted gives its sheet, and all that lead to it,
//! another address. Never renders any.

use crate::model::{EntryOrder, Facet};
use crate::serve::address::Leaf;
use crate::serve::shelf::Shelved;
use crate::serve::{said, scope};
use crate::store::{Arrival, ServeStore, StoreError};

/// Hex digits that tell what is in an archive and before it.
const MARK: usize = 10;

/// What an address says of the archive it means; no mark: whichever it is now.
pub(crate) fn read(segment: &str) -> Option<(usize, Option<&str>)> {
    let (number, mark) = match segment.split_once('-') {
        Some((number, mark)) => (number, Some(mark)),
        None => (segment, None),
    };
    let plain = number == "0" || !number.starts_with('0');
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| plain && digits)?, mark))
}

/// A leaf and what is on it.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) leaf: Leaf,
    pub(crate) arrivals: Vec<Arrival>,
}

/// Every sheet of a part of a feed, oldest first, the open one last where the document
/// itself does not hold all of it. None where the document holds everything.
pub(crate) fn sheets(
    store: &dyn ServeStore,
    shelved: &Shelved,
    facet: &Facet,
) -> Result<Vec<Sheet>, StoreError> {
    let arrivals = scope::arrivals(store, shelved, facet)?;
    if arrivals.is_empty() {
        return Ok(Vec::new());
    }
    // Each archive says what the whole feed says of itself.
    let head = format!("{} {:?}", shelved.hash, said::of(store, shelved)?);
    Ok(cut(shelved, &head, &arrivals))
}

fn cut(shelved: &Shelved, head: &str, arrivals: &[Arrival]) -> Vec<Sheet> {
    let limit = shelved.outlet.limit.max(1);
    let mut chain = blake3::hash(head.as_bytes());
    let mut sheets: Vec<Sheet> = Vec::new();
    for (number, some) in arrivals.chunks(limit).enumerate() {
        let open = some.len() < limit;
        if open && shelved.outlet.order == EntryOrder::Published && are_newest(some, arrivals, limit) {
            break;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(chain.as_bytes());
        for arrival in some {
            hasher.update(&arrival.number.to_le_bytes());
        }
        chain = hasher.finalize();
        let mark = chain.to_hex().get(..MARK).unwrap_or_default().to_owned();
        sheets.push(Sheet { leaf: Leaf { number, mark }, arrivals: some.to_vec() });
    }
    sheets
}

/// Whether a document of the newest holds all of these; ties count against it.
fn are_newest(some: &[Arrival], all: &[Arrival], limit: usize) -> bool {
    let living = |arrival: &&Arrival| !arrival.past;
    let oldest = some.iter().filter(living).map(|arrival| arrival.stands_at).min();
    oldest.is_none_or(|oldest| {
        all.iter().filter(living).filter(|arrival| arrival.stands_at >= oldest).count() <= limit
    })
}

/// Where the newest archive of a part of a feed is, for its document to lead to.
pub(crate) fn newest(
    store: &dyn ServeStore,
    shelved: &Shelved,
    facet: &Facet,
) -> Result<Option<Leaf>, StoreError> {
    Ok(sheets(store, shelved, facet)?.pop().map(|sheet| sheet.leaf))
}
