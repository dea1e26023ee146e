//! Elements of other vocabularies as they are written → those that may be put out again.
//!
//! Names and values are checked against one table; what it doesn't know is left out.
//! What comes out is in the order of names, so that the same feed read from any of our
//! formats says the same.

mod table;
mod value;

use crate::map::links;
use crate::model::{Extension, below_podcast_category};
use crate::parse::feed::RawExtension;
use std::collections::HashMap;
use std::sync::LazyLock;
use table::{Place, Rule};
use url::Url;

/// Elements of one place beyond this are left out.
const MAX_IN_PLACE: usize = 256;

static BY_NAME: LazyLock<HashMap<String, &'static Rule>> =
    LazyLock::new(|| table::rules().map(|rule| (rule.name.to_ascii_lowercase(), rule)).collect());

/// What an entry says beside the formats' own elements; addresses count from `base`.
pub(crate) fn of_entry(written: &[RawExtension], base: Option<&Url>) -> Vec<Extension> {
    let mut found = all(written, base, |rule| matches!(rule.place, Place::Entry | Place::Both));
    let counted = found.iter().position(|extension| extension.name == "slash:comments");
    if let Some(counted) = counted.map(|place| found.remove(place))
        && !found.iter().any(|extension| extension.name == "thr:total")
    {
        add(&mut found, Extension { name: "thr:total".to_owned(), ..counted });
    }
    found
}

/// The same of a feed's head.
pub(crate) fn of_head(written: &[RawExtension], base: Option<&Url>) -> Vec<Extension> {
    let mut found = all(written, base, |rule| matches!(rule.place, Place::Head | Place::Both));
    // What stands under a category can't stand alone.
    found.retain(|extension| {
        extension.name != "itunes:category"
            || extension.attribute("text").and_then(below_podcast_category).is_some()
    });
    found
}

/// Adds the licences that links name.
pub(crate) fn add_licenses<'u>(found: &mut Vec<Extension>, urls: impl Iterator<Item = &'u str>) {
    for url in urls.filter_map(|url| links::web(url, None)).take(MAX_IN_PLACE) {
        let name = "creativeCommons:license".to_owned();
        let license = Extension { name, text: Some(url), ..Extension::default() };
        if !found.contains(&license) {
            add(found, license);
        }
    }
}

/// In the order of names, behind its like.
fn add(found: &mut Vec<Extension>, extension: Extension) {
    let place = found.partition_point(|known| known.name <= extension.name);
    found.insert(place, extension);
}

fn all(written: &[RawExtension], base: Option<&Url>, fits: impl Fn(&Rule) -> bool) -> Vec<Extension> {
    if written.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Extension> = Vec::new();
    for (name, raw) in written.iter().flat_map(alternatives) {
        let Some(rule) = BY_NAME.get(&name.to_ascii_lowercase()).filter(|rule| fits(rule)) else {
            continue;
        };
        let Some(extension) = one(raw, rule, base) else { continue };
        let is_new = if rule.many {
            !found.contains(&extension)
        } else {
            found.iter().all(|known| known.name != extension.name)
        };
        if is_new && found.len() < MAX_IN_PLACE {
            found.push(extension);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// What an element is kept as: a group of fewer than two files is what stands in it, and a
/// place in GML the same in the simple words of `GeoRSS`.
fn alternatives(raw: &RawExtension) -> Vec<(&str, &RawExtension)> {
    if raw.name.eq_ignore_ascii_case("georss:where") {
        return raw.children.iter().filter_map(in_simple_words).collect();
    }
    let files = |raw: &RawExtension| {
        let file = |child: &&RawExtension| {
            child.name.eq_ignore_ascii_case("media:content")
                && child.attributes.iter().any(|(name, value)| name == "url" && value.starts_with("http"))
        };
        raw.children.iter().filter(file).count()
    };
    if raw.name.eq_ignore_ascii_case("media:group") && files(raw) < 2 {
        raw.children.iter().map(|child| (child.name.as_str(), child)).collect()
    } else {
        vec![(raw.name.as_str(), raw)]
    }
}

fn in_simple_words(geometry: &RawExtension) -> Option<(&'static str, &RawExtension)> {
    let name = match geometry.name.as_str() {
        "gml:Point" => "georss:point",
        "gml:LineString" => "georss:line",
        "gml:Polygon" => "georss:polygon",
        _ => return None,
    };
    Some((name, positions(geometry, 0)?))
}

/// The positions of a geometry, however deep they stand (a polygon has an outer ring).
fn positions(around: &RawExtension, depth: usize) -> Option<&RawExtension> {
    const DEEPEST: usize = 3;
    let found = around.children.iter().find(|child| matches!(child.name.as_str(), "gml:pos" | "gml:posList"));
    let deeper = || around.children.iter().find_map(|child| positions(child, depth + 1));
    found.or_else(|| if depth < DEEPEST { deeper() } else { None })
}

fn one(raw: &RawExtension, rule: &Rule, base: Option<&Url>) -> Option<Extension> {
    let mut attributes: Vec<(String, String)> = Vec::new();
    for (name, kind) in rule.attributes {
        let written = raw.attributes.iter().find(|(written, _)| written.eq_ignore_ascii_case(name));
        if let Some(value) = written.and_then(|(_, written)| kind.read(written, base)) {
            attributes.push(((*name).to_owned(), value));
        }
    }
    attributes.sort();
    let mut extension = Extension {
        name: rule.name.to_owned(),
        attributes,
        text: rule.text.read(&text(raw), base),
        children: all(&raw.children, base, |child| rule.inside.contains(&child.name)),
    };
    settle(&mut extension);
    let has = |need: &&str| match *need {
        "text" if rule.attributes.iter().any(|(name, _)| name == need) => extension.attribute(need).is_some(),
        "text" => extension.text.is_some(),
        need if need.contains(':') => extension.children.iter().any(|child| child.name == need),
        need => extension.attribute(need).is_some(),
    };
    rule.needs.iter().all(has).then_some(extension)
}

/// Its text; a licence may be named by an attribute.
fn text(raw: &RawExtension) -> std::borrow::Cow<'_, str> {
    let named = |name: &str| raw.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    match raw.name.as_str() {
        "creativeCommons:license" if raw.text.is_empty() => {
            named("rdf:resource").map_or("".into(), |url| url.as_str().into())
        }
        _ => raw.text.as_str().into(),
    }
}

/// What the table can't say: parts that depend on one another.
fn settle(extension: &mut Extension) {
    match extension.name.as_str() {
        "itunes:category" => {
            let under = extension.attribute("text").and_then(below_podcast_category).unwrap_or_default();
            extension
                .children
                .retain(|child| child.attribute("text").is_some_and(|name| under.contains(&name)));
            extension.children.iter_mut().for_each(|child| child.children.clear());
        }
        "media:rating" => {
            let scheme = extension.attribute("scheme").unwrap_or("urn:simple");
            let known: &[&str] = match scheme {
                "urn:mpaa" => &["g", "m", "nc-17", "pg", "pg-13", "r", "x"],
                "urn:v-chip" => &[
                    "14+", "18+", "c", "c8", "g", "pg", "tv-14", "tv-g", "tv-ma", "tv-pg", "tv-y", "tv-y7",
                    "tv-y7-fv",
                ],
                _ => &["adult", "nonadult"],
            };
            if !extension.text.as_deref().is_some_and(|text| known.contains(&text)) {
                extension.text = None;
            }
        }
        _ => {}
    }
}
