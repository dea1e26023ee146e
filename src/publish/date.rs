//! How dates are written: RFC 3339 and RFC 822.
//!
//! In: an instant with the offset it was written in. Out: text. Never reads a clock, so
//! a date that lies ahead is for others to hold back.

use crate::model::Date;
use chrono::{DateTime, Datelike, Offset, Utc};

/// Where a format must have a date and there is none that a reader would believe.
///
/// The first instant that the W3C validator finds plausible; a fixed one, so that no
/// byte depends on when a document was made.
pub(super) fn unknown() -> Date {
    DateTime::<Utc>::from_timestamp(631_152_000, 0).unwrap_or_default().fixed_offset()
}

/// The date unless it is one that readers take for a mistake: before 1990, as a clock
/// that was never set writes it, or with a year that the formats can't write.
pub(super) fn plausible(date: Option<&Date>) -> Option<Date> {
    let date = date?;
    (date.to_utc() >= unknown() && (1990..=9998).contains(&date.year())).then_some(*date)
}

/// RFC 3339, with a capital `T`, `Z` for an offset of nothing, and as many digits of a
/// second as there are; `None` for a year that it can't write.
pub fn rfc3339(date: &Date) -> Option<String> {
    let date = offset_in_minutes(date, 1);
    let (plain, utc) = ("%Y-%m-%dT%H:%M:%S%.f", date.offset().fix().local_minus_utc() == 0);
    (0..=9999).contains(&date.year()).then(|| {
        format!("{}{}", date.format(plain), if utc { "Z".to_owned() } else { date.format("%:z").to_string() })
    })
}

/// RFC 822 with a year of four digits and a numeric offset, as RSS wants it:
/// `Mon, 18 Apr 2022 23:09:20 +0800`. An offset that isn't of whole or half hours
/// becomes `+0000`: the W3C validator refuses it.
pub fn rfc822(date: &Date) -> String {
    offset_in_minutes(date, 30).format("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// The same instant, in UTC where its offset isn't a multiple of so many minutes.
pub(super) fn offset_in_minutes(date: &Date, minutes: i32) -> Date {
    if date.offset().fix().local_minus_utc() % (minutes * 60) == 0 {
        *date
    } else {
        date.to_utc().fixed_offset()
    }
}
