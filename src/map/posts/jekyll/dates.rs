//! A date of front matter → the moment that its author meant, and the one that Jekyll reads.

use crate::map::date::{self, Stamp, Style, Zone};
use crate::map::posts::Site;
use crate::model::Date;
use crate::yaml::{Node, Value};
use chrono::Datelike;

/// A date as its author wrote it, and as Jekyll reads it.
pub(super) fn read(node: &Node, site: &Site) -> (Option<Date>, Option<Date>) {
    let Value::Scalar { text, quoted } = &node.value else {
        return (None, None);
    };
    let Some(stamp) = date::read_day_first(text) else {
        return (None, None);
    };
    let local = || date::in_zone(stamp.when, site.zone);
    // YAML's own timestamps are UTC where they name no zone.
    let is_timestamp = !quoted && is_yaml_timestamp(&stamp);
    let utc = || stamp.when.and_utc().with_timezone(&site.zone).fixed_offset();
    let plain = match stamp.instant() {
        Some(date) if stamp.zone == Zone::Epoch => date.with_timezone(&site.zone).fixed_offset(),
        Some(date) => date,
        None if is_timestamp => utc(),
        None => local(),
    };
    let theirs = match stamp.zone {
        _ if matches!(stamp.style, Style::Count | Style::Chinese | Style::IsoMonth | Style::Year) => None,
        Zone::Abbreviation(_) | Zone::Name(_) => Some(local()),
        _ => Some(plain),
    };
    (Some(plain), theirs)
}

/// Whether a date names a day's month or year and nothing more.
pub(super) fn is_within(node: &Node, day: Date) -> bool {
    let stamp = node.text().and_then(date::read_day_first);
    stamp.is_some_and(|stamp| match stamp.style {
        Style::IsoMonth | Style::Month => {
            (stamp.when.year(), stamp.when.month()) == (day.year(), day.month())
        }
        Style::Year => stamp.when.year() == day.year(),
        _ => false,
    })
}

fn is_yaml_timestamp(stamp: &Stamp) -> bool {
    let is_day = matches!(stamp.style, Style::Iso | Style::Dashes);
    is_day && stamp.has_time && stamp.has_seconds && !stamp.has_strays
}
