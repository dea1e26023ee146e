//! The newest entries that an address asks for by several facets at once, or by words.

use crate::model::{CategoryPath, Choice, Entry, Facet, FeedEntry, Person};
use crate::store::sqlite::codec::Filing;
use crate::store::sqlite::select::{self, Candidate};
use crate::store::sqlite::sum::Damaged;
use crate::store::{EntryRow, Selection, sqlite::body};
use rusqlite::Connection;
use unicode_normalization::UnicodeNormalization;

/// Words are looked for in so many entries.
const NEWEST: usize = 1000;

/// The newest of a selection's feeds that fit; its facet is not looked at.
pub(super) fn choose(
    connection: &Connection,
    selection: &Selection<'_>,
    choice: &Choice,
) -> rusqlite::Result<(Vec<FeedEntry>, Vec<Damaged>)> {
    let limit = if choice.words.is_empty() { selection.limit } else { NEWEST };
    let wide = Selection { limit, ..selection.clone() };
    let (mut found, mut torn) = (Vec::new(), Vec::new());
    for facet in narrowest(choice) {
        for row in select::facet_rows(connection, selection.feeds, &facet)? {
            torn.extend(select::newest(connection, row, &wide, &mut found, |filed| {
                fits(choice, &Filing::read(filed))
            })?);
        }
    }
    let mut found = select::in_order(found, limit);
    if !choice.words.is_empty() {
        let words: Vec<String> = choice.words.iter().map(|word| fold(word)).collect();
        let mut with_words = Vec::new();
        for candidate in found {
            if with_words.len() == selection.limit {
                break;
            }
            if has_words(connection, &candidate, &words)? {
                with_words.push(candidate);
            }
        }
        found = with_words;
    }
    let (sound, mut damaged) = select::sound(connection, selection, found)?;
    damaged.extend(torn);
    Ok((sound, damaged))
}

/// The facets that everything chosen stands in, one or the other.
fn narrowest(choice: &Choice) -> Vec<Facet> {
    let facets: Vec<Facet> = if !choice.categories.is_empty() {
        choice.categories.iter().cloned().map(Facet::Category).collect()
    } else if !choice.tags.is_empty() {
        choice.tags.iter().cloned().map(Facet::Tag).collect()
    } else {
        choice.authors.iter().cloned().map(Facet::Author).collect()
    };
    if facets.is_empty() { vec![Facet::Whole] } else { facets }
}

fn fits(choice: &Choice, filed: &Filing) -> bool {
    let paths = filed.paths();
    let is_in = |wanted: &CategoryPath| paths.iter().any(|path| path.is_within(wanted));
    let any = |wanted: &[String], has: &[String]| {
        wanted.is_empty() || wanted.iter().any(|wanted| has.contains(wanted))
    };
    (choice.categories.is_empty() || choice.categories.iter().any(is_in))
        && any(&choice.tags, &filed.tags)
        && any(&choice.authors, &filed.authors)
        && !choice.not.iter().any(|not| is_in(not) || filed.tags.contains(&not.to_string()))
}

fn has_words(connection: &Connection, candidate: &Candidate, words: &[String]) -> rusqlite::Result<bool> {
    let entry: Entry = body::load(connection, EntryRow(candidate.row))?;
    let filed = Filing::read(&candidate.filed);
    let mut text = String::new();
    let plain = [&entry.title].into_iter().flatten().map(String::as_str);
    let names = entry.authors.iter().filter_map(Person::label);
    let filed = filed.categories.iter().flatten().chain(&filed.tags).map(String::as_str);
    for part in plain.chain(names).chain(filed) {
        text.push_str(part);
        text.push('\n');
    }
    for html in [&entry.summary, &entry.content].into_iter().flatten() {
        push_text(html, &mut text);
    }
    let text = fold(&text);
    Ok(words.iter().all(|word| text.contains(word.as_str())))
}

/// What stands outside of tags; what is stored is clean, so that every `<` is one.
fn push_text(html: &str, text: &mut String) {
    for part in html.split('<') {
        let shown = part.split_once('>').map_or(part, |(_, shown)| shown);
        text.push_str(shown);
    }
    text.push('\n');
}

fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}
