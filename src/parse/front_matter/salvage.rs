//! Broken YAML, key by key: what each line plainly says.

use crate::parse::data;
use crate::yaml;
use crate::yaml::{Key, Node, Value};

/// The pairs that could be read, `first_line` being the line that `data` begins on.
pub(super) fn pairs(data: &str, first_line: usize) -> Vec<(Key, Node)> {
    let mut groups: Vec<(usize, String)> = Vec::new();
    for (place, line) in data.lines().enumerate() {
        match groups.last_mut() {
            Some((_, group)) if key_of(line).is_none() => {
                group.push('\n');
                group.push_str(line);
            }
            _ => groups.push((first_line + place, line.to_owned())),
        }
    }
    groups.into_iter().filter_map(|(line, group)| pair(&group, line)).collect()
}

/// YAML forgives what people do wrong in JSON: a last comma, a comment, a bare word.
pub(super) fn json_pairs(text: &str, first_line: usize) -> Vec<(Key, Node)> {
    let Ok(Some(mut node)) = yaml::read(text) else {
        return Vec::new();
    };
    data::move_down(&mut node, first_line - 1);
    match node.value {
        Value::Map(pairs) => pairs,
        _ => Vec::new(),
    }
}

/// Each line's leading tabs as two spaces.
pub(super) fn tabs_to_spaces(data: &str) -> String {
    data.split_inclusive('\n')
        .map(|line| {
            let rest = line.trim_start_matches(['\t', ' ']);
            let blank = line.get(..line.len() - rest.len()).unwrap_or_default();
            blank.replace('\t', "  ") + rest
        })
        .collect()
}

/// The key of a line that begins a pair at the margin, and what follows its colon.
fn key_of(line: &str) -> Option<(&str, &str)> {
    let first = line.chars().next()?;
    if first.is_whitespace() || matches!(first, '-' | '#') {
        return None;
    }
    let (key, value) = line.split_once(':').or_else(|| line.split_once('：'))?;
    let name = key.trim().trim_matches(['"', '\'']);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c));
    is_name.then_some((name, value))
}

fn pair(group: &str, line: usize) -> Option<(Key, Node)> {
    let (name, value) = key_of(group.lines().next()?)?;
    let key = Key { text: name.to_owned(), names: None, line, column: 1 };
    let value = read(group).or_else(|| read(&tabs_to_spaces(group))).unwrap_or_else(|| raw(value, group));
    Some((key, Node { value, line, column: 1 }))
}

/// The value where the group alone is good YAML.
fn read(group: &str) -> Option<Value> {
    let Value::Map(mut pairs) = yaml::read(group).ok()??.value else {
        return None;
    };
    (pairs.len() == 1).then(|| pairs.pop()).flatten().map(|(_, node)| node.value)
}

/// The text as it stands: a list where each further line is an item.
fn raw(value: &str, group: &str) -> Value {
    let value = value.trim().trim_end_matches(',');
    let below: Vec<&str> = group.lines().skip(1).map(str::trim).filter(|line| !line.is_empty()).collect();
    if value.is_empty() && below.iter().any(|line| line.starts_with('-')) {
        let items = below.iter().filter_map(|line| line.strip_prefix('-'));
        return Value::List(items.map(|item| scalar(item.trim())).collect());
    }
    if let Some(inner) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Value::List(inner.split(',').map(|item| scalar(item.trim())).collect());
    }
    scalar(value).value
}

fn scalar(text: &str) -> Node {
    let inner = |quote: char| {
        text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).filter(|_| text.len() > 1)
    };
    let (text, quoted) = if let Some(inner) = inner('"') {
        (inner.replace("\\\"", "\""), true)
    } else if let Some(inner) = inner('\'') {
        (inner.replace("''", "'"), true)
    } else {
        (text.to_owned(), false)
    };
    Node { value: Value::Scalar { text, quoted }, line: 1, column: 1 }
}

/// Broken TOML: the keys before the first table, then each table that has any.
pub(super) fn toml_pairs(data: &str, first_line: usize) -> Vec<(Key, Node)> {
    let mut sections = vec![(first_line, None, Vec::<(usize, String)>::new())];
    for (place, line) in data.lines().enumerate() {
        let line_number = first_line + place;
        if let Some(name) = table_of(line) {
            sections.push((line_number, Some(name), Vec::new()));
            continue;
        }
        let Some((_, _, groups)) = sections.last_mut() else { continue };
        match groups.last_mut() {
            Some((_, group)) if toml_key(line).is_none() => {
                group.push('\n');
                group.push_str(line);
            }
            _ => groups.push((line_number, line.to_owned())),
        }
    }
    let mut found = Vec::new();
    for (line, name, groups) in sections {
        let pairs: Vec<_> = groups.into_iter().filter_map(|(line, group)| toml_pair(&group, line)).collect();
        match name {
            None => found.extend(pairs),
            Some(name) if !pairs.is_empty() => {
                let key = Key { text: name.to_owned(), names: None, line, column: 1 };
                found.push((key, Node { value: Value::Map(pairs), line, column: 1 }));
            }
            Some(_) => {}
        }
    }
    found
}

/// `[taxonomies]`.
fn table_of(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.strip_suffix(']')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    is_name.then_some(name)
}

fn toml_key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    let name = key.trim().trim_matches('"');
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    is_name.then_some((name, value))
}

fn toml_pair(group: &str, line: usize) -> Option<(Key, Node)> {
    let (name, value) = toml_key(group.lines().next()?)?;
    let key = Key { text: name.to_owned(), names: None, line, column: 1 };
    let read = || match data::toml(group).ok()?.value {
        Value::Map(mut pairs) if pairs.len() == 1 => pairs.pop().map(|(_, node)| node.value),
        _ => None,
    };
    let value = read().unwrap_or_else(|| raw(value, group));
    Some((key, Node { value, line, column: 1 }))
}
