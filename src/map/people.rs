//! Authors in every form that feeds write them in.

use crate::map::{links, plain};
use crate::model::Person;
use crate::parse::feed::{RawPerson, Text};
use url::Url;

/// Everyone once, in the feed's order.
pub(crate) fn all(written: &[RawPerson], base: Option<&Url>) -> Vec<Person> {
    let mut found: Vec<Person> = Vec::new();
    for person in written.iter().flat_map(|raw| each(raw, base)) {
        if found.contains(&person) {
            continue;
        }
        match found.iter_mut().find(|known| known.name.is_some() && known.name == person.name) {
            Some(known) => {
                known.email = known.email.take().or(person.email);
                known.url = known.url.take().or(person.url);
            }
            None => found.push(person),
        }
    }
    found
}

/// Whoever one element speaks of: several where each of its parts has an address.
fn each(raw: &RawPerson, base: Option<&Url>) -> Vec<Person> {
    let name = raw.name.as_deref().unwrap_or_default();
    if raw.email.is_none() && name.matches('@').count() > 1 {
        let line = plain::line(&Text { value: name.to_owned(), html: true, base: None });
        let parts: Vec<_> = parts(line.as_deref().unwrap_or_default()).into_iter().map(split).collect();
        if parts.len() > 1 && parts.iter().all(|(_, email)| email.is_some()) {
            let person = |(name, email)| Person { name, email, url: None };
            return parts.into_iter().map(person).collect();
        }
    }
    one(raw, base).into_iter().collect()
}

/// The parts of a list, cut outside of brackets.
fn parts(line: &str) -> Vec<&str> {
    const BETWEEN: [&str; 5] = [", ", "; ", " and ", " & ", " / "];
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, letter) in line.char_indices() {
        match letter {
            '(' | '<' => depth += 1,
            ')' | '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= start => {
                let rest = line.get(at..).unwrap_or_default();
                if let Some(mark) = BETWEEN.iter().find(|mark| rest.starts_with(**mark)) {
                    parts.push(line.get(start..at).unwrap_or_default());
                    start = at + mark.len();
                }
            }
            _ => {}
        }
    }
    parts.push(line.get(start..).unwrap_or_default());
    parts
}

fn one(raw: &RawPerson, base: Option<&Url>) -> Option<Person> {
    let line = raw
        .name
        .as_deref()
        .and_then(|name| plain::line(&Text { value: name.to_owned(), html: true, base: None }));
    let (name, email) = line.as_deref().map_or((None, None), split);
    let person = Person {
        name,
        email: raw.email.as_deref().and_then(address).or(email),
        url: raw.url.as_deref().and_then(|url| links::web(url, base)),
    };
    (person != Person::default()).then_some(person)
}

/// `mail (name)`, `name <mail>`, `name (mail)`, `mail name`, `mailto:mail`, a name, a mail.
fn split(line: &str) -> (Option<String>, Option<String>) {
    let line = line.trim();
    if let Some(mail) = address(line) {
        return (None, Some(mail));
    }
    for (open, close) in [('<', '>'), ('(', ')'), ('[', ']')] {
        let Some((before, inside)) = line.split_once(open) else {
            continue;
        };
        let inside = inside.trim_end().strip_suffix(close).unwrap_or(inside).trim();
        if let Some(mail) = address(before) {
            return (name(inside), Some(mail));
        }
        if let Some(mail) = address(inside) {
            return (name(before), Some(mail));
        }
    }
    let mail = line.split_whitespace().find_map(|word| address(word).map(|mail| (word, mail)));
    match mail {
        Some((word, mail)) => (name(&line.replacen(word, "", 1)), Some(mail)),
        None => (name(line), None),
    }
}

fn name(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', ',']).trim();
    plain::one_line(text)
}

/// An e-mail address, without `mailto:`.
fn address(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['<', '>', '(', ')', ',', ';', '"']);
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, host) = text.split_once('@')?;
    let is_address = !local.is_empty()
        && !text
            .contains(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '<' | '>' | '(' | ')'))
        && !host.contains('@')
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.');
    is_address.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_read_in_every_form() {
        for (line, name, email) in [
            ("a@example.org (Ann Author)", Some("Ann Author"), Some("a@example.org")),
            ("Ann Author <a@example.org>", Some("Ann Author"), Some("a@example.org")),
            ("Ann Author (a@example.org)", Some("Ann Author"), Some("a@example.org")),
            ("a@example.org", None, Some("a@example.org")),
            ("mailto:a@example.org", None, Some("a@example.org")),
            ("a@example.org Ann", Some("Ann"), Some("a@example.org")),
            ("Ann (the first)", Some("Ann (the first)"), None),
            ("@ann", Some("@ann"), None),
            ("\"Ann\" &lt;a@example.org&gt;", Some("Ann"), Some("a@example.org")),
        ] {
            let raw = RawPerson { name: Some(line.to_owned()), ..RawPerson::default() };
            let person = one(&raw, None).unwrap();
            assert_eq!((person.name.as_deref(), person.email.as_deref()), (name, email), "{line}");
        }
    }

    #[test]
    fn several_stand_in_one_element() {
        for line in [
            "a@example.org (Ann), b@example.org (Bob)",
            "Ann (a@example.org) and Bob (b@example.org)",
            "Ann &lt;a@example.org&gt;; Bob &lt;b@example.org&gt;",
        ] {
            let found = all(&[RawPerson { name: Some(line.to_owned()), ..RawPerson::default() }], None);
            let person = |name: &str, email: &str| Person {
                name: Some(name.to_owned()),
                email: Some(email.to_owned()),
                url: None,
            };
            assert_eq!(found, [person("Ann", "a@example.org"), person("Bob", "b@example.org")], "{line}");
        }
    }

    #[test]
    fn everyone_stands_once() {
        let named = |name: &str, url: Option<&str>| RawPerson {
            name: Some(name.to_owned()),
            email: None,
            url: url.map(str::to_owned),
        };
        let found =
            all(&[named("Ann", None), named("Ann", Some("https://example.org/")), named(" ", None)], None);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].url.as_deref(), Some("https://example.org/"));
    }
}
