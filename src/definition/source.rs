//! One source of a feed, from its keys.

use crate::definition::Filing;
use crate::definition::OnDelete;
use crate::definition::OwnCategories;
use crate::definition::Pick;
use crate::definition::Since;
use crate::definition::Source;
use crate::definition::SourceKind;
use crate::definition::Trackers;
use crate::definition::category;
use crate::definition::filter;
use crate::definition::filter::NamedSource;
use crate::definition::hash;
use crate::definition::id::is_id;
use crate::definition::inherited::Inherited;
use crate::definition::kind;
use crate::definition::known::{OF_CONFIG, OF_FEED};
use crate::definition::word;
use crate::model::Date;
use crate::yaml::Faults;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::expected;
use chrono::DateTime;
use chrono::NaiveDate;
use chrono::NaiveTime;
use chrono::TimeZone;
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// Entry fields that `map` may fill.
const MAPPED: [&str; 11] = [
    "author",
    "categories",
    "id",
    "image",
    "language",
    "link",
    "published",
    "summary",
    "tags",
    "title",
    "updated",
];

/// Those that the text is made with.
const BEFORE_THE_TEXT: [&str; 4] = ["id", "link", "published", "updated"];

/// A source and what is found out about it on the way.
pub(super) struct Read {
    /// Its `id` is empty where the file gives none: `suggestion` says what it may be.
    pub(super) source: Source,
    /// A slug of host or folder.
    pub(super) suggestion: String,
    /// Its dates lean on a zone that nobody wrote down.
    pub(super) timezone_assumed: bool,
}

/// Reads one source; `None` where it cannot be told what it is.
pub(super) fn read<'tree>(
    node: &'tree Node,
    name: &str,
    inherited: &Inherited<'_>,
    named: &mut Vec<NamedSource<'tree>>,
    faults: &mut Faults,
) -> Option<Read> {
    let mut section = Section::new(node, name, faults);
    let id = section.value("id", id);
    let timezone = section.value("timezone", Node::as_timezone);
    let zone = timezone.or(inherited.timezone).unwrap_or(inherited.defaults.timezone);
    let kind = kind::kind(&mut section, node, timezone, inherited);
    let posts = match &kind {
        Some((SourceKind::Feed(feed), _)) => feed.post.is_some(),
        Some((SourceKind::From(_), _)) => false,
        Some((SourceKind::Posts(_), _)) | None => true,
    };
    let mixed = matches!(kind, Some((SourceKind::From(_), _)));
    let map = whole_map(&mut section, posts, inherited);
    let filing = filing(&mut section, inherited, named);
    let schedule = section.value("schedule", word::schedule).or_else(|| inherited.schedule.clone());
    let enabled = section.value("enabled", Node::as_boolean);
    let timeout = section.value("timeout", word::duration);
    let take = section.value("take", |node| word::count(node, 1_000_000));
    let since = section.value("since", |node| since(node, zone));
    let on_delete = section.value("on_delete", |node| {
        node.as_word(&[
            ("remove", OnDelete::Remove),
            ("keep", OnDelete::Keep),
            ("tombstone", OnDelete::Tombstone),
        ])
    });
    let trackers =
        section.value("trackers", |node| node.as_word(&[("keep", Trackers::Keep), ("drop", Trackers::Drop)]));
    section.finish_beside(&[OF_FEED, OF_CONFIG]);
    let (kind, suggestion) = kind?;
    let mut source = Source {
        key: key(id.as_deref(), &kind),
        id: id.unwrap_or_default(),
        enabled: enabled.unwrap_or(true),
        timetable: schedule.unwrap_or_else(|| inherited.defaults.schedule.clone()),
        timezone: zone,
        timeout,
        map,
        filing,
        take,
        since: since.unwrap_or_default(),
        on_delete: on_delete.unwrap_or(if posts || mixed { OnDelete::Remove } else { OnDelete::Keep }),
        trackers: trackers.unwrap_or_default(),
        websub: inherited.websub && may_subscribe(&kind),
        collect_hash: [0; 32],
        kind,
    };
    source.collect_hash = hash::collect(&source);
    let written = timezone.is_some() || inherited.timezone.is_some();
    Some(Read {
        source,
        suggestion,
        timezone_assumed: posts && !written && inherited.defaults.timezone_assumed,
    })
}

/// A hub is somebody else: what is asked with headers or credentials is not told to it.
fn may_subscribe(kind: &SourceKind) -> bool {
    matches!(kind, SourceKind::Feed(feed) if feed.post.is_none() && feed.auth.is_none() && feed.headers.is_empty() && !feed.url.contains('@'))
}

fn id(node: &Node) -> Result<String, String> {
    let id = node.as_text()?;
    if is_id(id) {
        Ok(id.to_owned())
    } else {
        Err(expected("letters a-z, digits, `-` and `_`, no `-` or `_` in front", node))
    }
}

/// The source's own `map` over its feed's; feeds have no metadata to map.
fn whole_map(
    section: &mut Section<'_, '_>,
    posts: bool,
    inherited: &Inherited<'_>,
) -> BTreeMap<String, Vec<Pick>> {
    if posts {
        let mut whole = inherited.map.clone();
        whole.extend(map(section));
        return whole;
    }
    section.not_built("map", "only posts have metadata to map");
    BTreeMap::new()
}

fn filing<'tree>(
    section: &mut Section<'tree, '_>,
    inherited: &Inherited<'_>,
    named: &mut Vec<NamedSource<'tree>>,
) -> Filing {
    let own = section.value("source_categories", |node| {
        node.as_word(&[
            ("keep", OwnCategories::Keep),
            ("tags", OwnCategories::Tags),
            ("drop", OwnCategories::Drop),
        ])
    });
    Filing {
        categories: category::paths(section, "categories"),
        tags: section.one_or_more("tags", Node::as_line).unwrap_or_default(),
        own: own.unwrap_or_default(),
        into: inherited.into.clone(),
        filters: filter::filter(section, named).into_iter().chain(inherited.filter.clone()).collect(),
        dedupe: inherited.dedupe,
        source: String::new(),
    }
}

/// What the store knows the source by.
fn key(id: Option<&str>, kind: &SourceKind) -> String {
    match (id, kind) {
        (Some(id), _) => format!("id:{id}"),
        (None, SourceKind::Feed(feed)) if feed.post.is_some() => format!("posts:{}", feed.url),
        (None, SourceKind::Feed(feed)) => format!("feed:{}", feed.url),
        (None, SourceKind::From(feeds)) => {
            let mut feeds = feeds.clone();
            feeds.sort();
            format!("from:{}", feeds.join("|"))
        }
        (None, SourceKind::Posts(posts)) => {
            let mut paths: Vec<_> = posts.paths.iter().map(|path| path.to_string_lossy()).collect();
            paths.sort();
            format!("posts:{}", paths.join("|"))
        }
    }
}

/// A `map`: entry field → metadata keys and templates, the first that has a value wins.
pub(super) fn map(section: &mut Section<'_, '_>) -> BTreeMap<String, Vec<Pick>> {
    let full = section.full("map");
    let mut map = BTreeMap::new();
    for (key, node) in section.pairs("map") {
        let field = key.text.as_str();
        if field.starts_with("x-") {
            continue;
        }
        if !MAPPED.contains(&field) {
            let near = crate::yaml::nearest(field, MAPPED).unwrap_or_default();
            let message = format!("`{full}`: unknown field `{field}`, the nearest known field is `{near}`");
            section.faults.add_at_key(key, message);
            continue;
        }
        let picks = section.faults.one_or_more(&format!("{full}.{field}"), node, |node| {
            let pick = Pick::read(node.as_line()?)?;
            if pick.asks_for_text() && BEFORE_THE_TEXT.contains(&field) {
                return Err(
                    "its template can't ask for `content`, `text` or `images`, which come later".into()
                );
            }
            Ok(pick)
        });
        map.insert(key.text.clone(), picks);
    }
    map
}

/// `all`, `now`, or a date: midnight of it in the source's zone, or a time with its offset.
fn since(node: &Node, zone: Tz) -> Result<Since, String> {
    match node.as_text()? {
        "all" => Ok(Since::All),
        "now" => Ok(Since::Now),
        text => DateTime::parse_from_rfc3339(text)
            .ok()
            .or_else(|| midnight(text, zone))
            .map(Since::Date)
            .ok_or_else(|| expected("`all`, `now` or a date such as `2026-01-31`", node)),
    }
}

fn midnight(text: &str, zone: Tz) -> Option<Date> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let time = zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
    time.earliest().map(|time| time.fixed_offset())
}
