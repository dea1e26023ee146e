//! What a template may not have, so that nothing in it grows without an end.
//!
//! In: its words. Out: nothing, or why it is refused. A loop's names stand for parts of
//! what the post has, never for what the template puts together: else each loop within a
//! loop could double what the one around it made.

use super::code::Word;

/// Statements that a template may have; what keeps or repeats text isn't among them.
const STATEMENTS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];
/// Brackets within brackets.
const DEEPEST: usize = 8;
/// Words that are no names: a bracket behind one of them begins a list or a group.
const BETWEEN: [&str; 7] = ["and", "else", "if", "in", "is", "not", "or"];

/// Why a template can't be used, in words that follow the key's name.
pub(super) fn refused(words: &[Word<'_>]) -> Option<String> {
    if words.contains(&Word::Sign('*')) {
        return Some("a template can't have `*`".to_owned());
    }
    let mut depth = 0_usize;
    for word in words {
        depth = match word {
            Word::Sign('(' | '[' | '{') => depth + 1,
            Word::Sign(')' | ']' | '}') => depth.saturating_sub(1),
            Word::End => 0,
            _ => depth,
        };
        if depth > DEEPEST {
            return Some(format!("a template can't have more than {DEEPEST} brackets within brackets"));
        }
    }
    words.split(|word| *word == Word::Statement).skip(1).find_map(of_statement)
}

fn of_statement(words: &[Word<'_>]) -> Option<String> {
    let words = words.split(|word| *word == Word::End).next().unwrap_or_default();
    let words =
        words.strip_prefix(&[Word::Sign('-')]).or(words.strip_prefix(&[Word::Sign('+')])).unwrap_or(words);
    let name = match words.first() {
        Some(Word::Name(name)) => name,
        _ => "",
    };
    if !STATEMENTS.contains(&name) {
        return Some(format!("a template can't have `{{% {name} %}}`, only `if` and `for`"));
    }
    let place = words.iter().position(|word| *word == Word::Name("in")).filter(|_| name == "for")?;
    let over = words.get(place..)?;
    let end = over.iter().position(|word| *word == Word::Name("if")).unwrap_or(over.len());
    if words.contains(&Word::Name("recursive")) {
        return Some("a template's loops can't be `recursive`".to_owned());
    }
    makes_something(over.get(..end)?).then(|| {
        "a template's loop can go over a name, its parts and its filters, not over what it puts together"
            .to_owned()
    })
}

/// Whether texts or lists are put together here.
fn makes_something(words: &[Word<'_>]) -> bool {
    let mut calls = 0_usize;
    words.windows(2).any(|pair| {
        let [before, word] = pair else { return false };
        let is_behind_value = match before {
            Word::Name(name) => !BETWEEN.contains(name),
            Word::Text | Word::Sign(')' | ']') => true,
            _ => false,
        };
        match word {
            Word::Sign('~' | '+' | '{') => true,
            Word::Sign('(' | '[') if !is_behind_value => true,
            Word::Sign('(' | '[') => {
                calls += 1;
                false
            }
            Word::Sign(')' | ']') => {
                calls = calls.saturating_sub(1);
                false
            }
            Word::Sign(',') => calls == 0,
            _ => false,
        }
    })
}
