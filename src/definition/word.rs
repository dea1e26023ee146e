//! Values that several keys share: names, zones, durations, people, languages.

use crate::model::Person;
use crate::model::Timetable;
use crate::model::parse_duration;
use crate::model::parse_web_url;
use crate::yaml::Faults;
use crate::yaml::Node;
use crate::yaml::Section;
use crate::yaml::describe;
use crate::yaml::expected;
use std::time::Duration;

/// A duration above zero.
pub(super) fn duration(node: &Node) -> Result<Duration, String> {
    let duration =
        parse_duration(node.as_text()?).map_err(|reason| format!("{reason}, found {}", describe(node)))?;
    if duration.is_zero() {
        return Err("expected a duration above `0s`".into());
    }
    Ok(duration)
}

/// As [`duration`], `0s` among them.
pub(super) fn age(node: &Node) -> Result<Duration, String> {
    parse_duration(node.as_text()?).map_err(|reason| format!("{reason}, found {}", describe(node)))
}

/// A whole number from 1.
pub(super) fn count(node: &Node, most: u64) -> Result<usize, String> {
    usize::try_from(node.as_number(1, most)?).map_err(|error| error.to_string())
}

pub(super) fn schedule(node: &Node) -> Result<Timetable, String> {
    Timetable::parse(node.as_text()?)
}

/// An http or https address as it is written: ids and links are made from it byte for byte.
pub(super) fn web_url(node: &Node) -> Result<String, String> {
    let text = node.as_line()?;
    parse_web_url(&text)?;
    Ok(text)
}

/// An address to fetch, in its normal form; credentials in it are refused, since addresses are shown.
pub(super) fn fetched_url(node: &Node) -> Result<String, String> {
    let mut url = parse_web_url(node.as_text()?)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "expected an address without a user and a password, which `auth` takes from a file".into()
        );
    }
    url.set_fragment(None);
    Ok(url.into())
}

/// An absolute IRI as Atom wants it for an id (RFC 4287, section 4.2.6): a scheme, and
/// nothing that no IRI has in it.
pub(super) fn iri(node: &Node) -> Result<String, String> {
    let text = node.as_line()?;
    let good = text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.len() > 1
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
            && !rest.contains(|letter: char| letter.is_whitespace() || "<>\"{}|\\^`".contains(letter))
    });
    if good {
        Ok(text)
    } else {
        Err(expected("an id such as `https://example.org/feed.xml` or `urn:uuid:…`", node))
    }
}

/// A tag by the shape of BCP 47: letters, then groups of up to eight letters and digits.
pub(super) fn language(node: &Node) -> Result<String, String> {
    let text = node.as_line()?;
    let mut subtags = text.split('-');
    let first = subtags.next().unwrap_or_default();
    let good = (2..=8).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    if good { Ok(text) } else { Err(expected("a language tag such as `en` or `zh-CN`", node)) }
}

/// A plain name, or `{name, email, url}`.
pub(super) fn person(node: &Node, name: &str, faults: &mut Faults) -> Option<Person> {
    if node.map().is_none() {
        return faults.value(name, node, |node| {
            let name = node.as_line().map_err(|_| expected("a name or `{name, email, url}`", node))?;
            Ok(Person::named(name))
        });
    }
    let mut section = Section::new(node, name, faults);
    let person = Person {
        name: section.value("name", Node::as_line),
        email: section.value("email", |node| {
            let text = node.as_line()?;
            if text.contains('@') && !text.contains(char::is_whitespace) {
                Ok(text)
            } else {
                Err(expected("an e-mail address", node))
            }
        }),
        url: section.value("url", web_url),
    };
    section.finish();
    person.label().is_some().then_some(person)
}
