//! Python's assignments of plain values at the margin → a mapping; the rest is passed over.
//!
//! Strings, numbers, `True`, `False`, `None`, and tuples, lists and dicts of these; a
//! name stands for what was assigned to it before. Nothing is run.

use super::Places;
use crate::yaml::{Key, Node, Value};
use std::collections::HashMap;

/// Values nested deeper are not plain.
const MAX_DEPTH: usize = 64;
/// What all names may stand for together, in values and characters; each that comes to
/// more is unknown, or a few lines would double one another without an end.
const MAX_NAMED: usize = 100_000;
/// What is no larger than this costs nothing: it takes hardly more room than its name.
const SMALL: usize = 16;

/// The assignments of a module, in order.
pub fn python(text: &str) -> Node {
    let places = Places::of(text);
    let mut reader = Reader { text, at: 0, found: Vec::new(), known: HashMap::new(), left: MAX_NAMED };
    while reader.at < text.len() {
        let start = reader.at;
        let name = reader.assigned();
        let value_at = reader.at;
        let value = name.and_then(|_| reader.whole_value()).filter(|_| reader.ends());
        if let (Some(name), Some(value)) = (name, value) {
            let (line, column) = places.of_byte(text, start);
            let key = Key { text: name.to_owned(), names: None, line, column };
            let (line, column) = places.of_byte(text, value_at);
            reader.known.insert(name, (reader.found.len(), weight(&value)));
            reader.found.push((key, Node { value, line, column }));
        }
        reader.skip_statement();
    }
    Node { value: Value::Map(reader.found), line: 1, column: 1 }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    found: Vec<(Key, Node)>,
    /// Each name's last place among these, and what it weighs.
    known: HashMap<&'a str, (usize, usize)>,
    /// What names may still stand for.
    left: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        self.at += if is_there { token.len() } else { 0 };
        is_there
    }

    /// Blanks, and within brackets line breaks and comments too.
    fn blanks(&mut self, within: bool) {
        loop {
            let rest = self.rest();
            let blank = |c: char| matches!(c, ' ' | '\t' | '\u{c}') || (within && matches!(c, '\n' | '\r'));
            self.at += rest.len() - rest.trim_start_matches(blank).len();
            if within && self.rest().starts_with('#') {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if !(self.eat("\\\n") || self.eat("\\\r\n")) {
                return;
            }
        }
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..length)?;
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        self.at += if is_name { length } else { 0 };
        is_name.then_some(name)
    }

    /// `NAME =`.
    fn assigned(&mut self) -> Option<&'a str> {
        let name = self.name()?;
        self.blanks(false);
        let is_assignment = self.rest().starts_with('=') && !self.rest().starts_with("==");
        self.at += usize::from(is_assignment);
        self.blanks(false);
        is_assignment.then_some(name)
    }

    /// Whether the statement is over here.
    fn ends(&mut self) -> bool {
        self.blanks(false);
        self.rest().is_empty() || self.rest().starts_with(['\n', '\r', ';', '#'])
    }

    /// To the beginning of the next statement at the margin.
    fn skip_statement(&mut self) {
        let mut open = 0_usize;
        while let Some(next) = self.rest().chars().next() {
            match next {
                '"' | '\'' => {
                    if self.string(false).is_none() {
                        self.at += 1;
                    }
                    continue;
                }
                '#' => {
                    self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                    continue;
                }
                '\\' => self.at += self.rest().chars().nth(1).map_or(0, char::len_utf8),
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.saturating_sub(1),
                ';' if open == 0 => {
                    self.at += 1;
                    self.blanks(false);
                    return;
                }
                '\n' if open == 0 => {
                    self.at += 1;
                    if !self.rest().starts_with([' ', '\t']) {
                        return;
                    }
                    continue;
                }
                _ => {}
            }
            self.at += next.len_utf8();
        }
    }

    /// A value, or `A if [not] NAME else B` where the name is known as a truth.
    fn whole_value(&mut self) -> Option<Value> {
        let mut chosen = None;
        loop {
            let first = self.value(0)?;
            self.blanks(false);
            if !self.word("if") {
                return Some(chosen.unwrap_or(first));
            }
            let is_turned = self.word("not");
            let Value::Scalar { text, quoted: false } = self.value(0)? else {
                return None;
            };
            let truth = match text.as_str() {
                "true" => true,
                "false" | "" => false,
                _ => return None,
            };
            self.blanks(false);
            if !self.word("else") {
                return None;
            }
            chosen = chosen.or((truth != is_turned).then_some(first));
        }
    }

    /// A word with a blank behind it.
    fn word(&mut self, word: &str) -> bool {
        let is_there = self.rest().strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t']));
        if is_there {
            self.at += word.len();
            self.blanks(false);
        }
        is_there
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let first = self.rest().chars().next()?;
        match first {
            '(' => self.items(')', depth),
            '[' => self.items(']', depth),
            '{' => self.pairs(depth),
            '"' | '\'' => self.strings(),
            '0'..='9' | '-' | '+' | '.' => self.number(),
            _ => {
                let start = self.at;
                let name = self.name()?;
                let plain = |text: &str| Some(Value::Scalar { text: text.to_owned(), quoted: false });
                match name {
                    "True" => plain("true"),
                    "False" => plain("false"),
                    "None" => plain(""),
                    "r" | "u" | "R" | "U" if self.rest().starts_with(['"', '\'']) => {
                        self.at = start;
                        self.strings()
                    }
                    _ => self.named(name),
                }
            }
        }
    }

    /// What a name stands for.
    fn named(&mut self, name: &str) -> Option<Value> {
        let (place, weight) = *self.known.get(name)?;
        self.left = self.left.checked_sub(if weight > SMALL { weight } else { 0 })?;
        self.found.get(place).map(|(_, node)| node.value.clone())
    }

    /// Strings that stand side by side are one.
    fn strings(&mut self) -> Option<Value> {
        let mut whole = String::new();
        loop {
            let is_raw = self.rest().starts_with(['r', 'R']);
            if self.rest().starts_with(['r', 'R', 'u', 'U']) {
                self.at += 1;
            }
            whole.push_str(&self.string(is_raw)?);
            let end = self.at;
            self.blanks(false);
            let rest = self.rest().trim_start_matches(['r', 'R', 'u', 'U']);
            if !rest.starts_with(['"', '\'']) || self.rest().len() > rest.len() + 1 {
                self.at = end;
                return Some(Value::Scalar { text: whole, quoted: true });
            }
        }
    }

    fn string(&mut self, is_raw: bool) -> Option<String> {
        let rest = self.rest();
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest.starts_with(quote))?;
        let inner = rest.get(quote.len()..)?;
        let mut out = String::new();
        let mut place = 0;
        while let Some(next) = inner.get(place..)?.chars().next() {
            let here = inner.get(place..)?;
            if here.starts_with(quote) {
                self.at += quote.len() * 2 + place;
                return Some(out);
            }
            if next == '\n' && quote.len() == 1 {
                return None;
            }
            place += next.len_utf8();
            if next != '\\' {
                out.push(next);
                continue;
            }
            let escaped = inner.get(place..)?.chars().next()?;
            if is_raw {
                out.extend([next, escaped]);
                place += escaped.len_utf8();
            } else {
                place += escape(inner.get(place..)?, &mut out)?;
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
        let length = rest.find(|c: char| !part(c)).unwrap_or(rest.len());
        let text = rest.get(..length)?.replace('_', "");
        text.parse::<f64>().ok()?;
        self.at += length;
        Some(Value::Scalar { text, quoted: false })
    }

    /// A tuple or a list; what stands alone in parentheses is itself.
    fn items(&mut self, close: char, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        let mut is_list = close == ']';
        loop {
            self.blanks(true);
            if self.rest().starts_with(close) {
                self.at += 1;
                let is_one = !is_list && items.len() == 1;
                return if is_one {
                    items.pop().map(|node: Node| node.value)
                } else {
                    Some(Value::List(items))
                };
            }
            let value = self.element(depth)?;
            items.push(Node { value, line: 1, column: 1 });
            self.blanks(true);
            if self.eat(",") {
                is_list = true;
            } else if !self.rest().starts_with(close) {
                return None;
            }
        }
    }

    /// A value within brackets, where strings may stand one below the other.
    fn element(&mut self, depth: usize) -> Option<Value> {
        let mut value = self.value(depth + 1)?;
        loop {
            self.blanks(true);
            let Value::Scalar { text, quoted: true } = &mut value else { break };
            if !self.rest().starts_with(['"', '\'']) {
                break;
            }
            text.push_str(&self.string(false)?);
        }
        Some(value)
    }

    fn pairs(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut pairs = Vec::new();
        loop {
            self.blanks(true);
            if self.eat("}") {
                return Some(Value::Map(pairs));
            }
            let Value::Scalar { text, .. } = self.element(depth)? else { return None };
            if !self.eat(":") {
                return None;
            }
            self.blanks(true);
            let value = self.element(depth)?;
            pairs.push((Key { text, names: None, line: 1, column: 1 }, Node { value, line: 1, column: 1 }));
            if !self.eat(",") && !self.rest().starts_with('}') {
                return None;
            }
        }
    }
}

/// How many values and characters these are.
fn weight(value: &Value) -> usize {
    1 + match value {
        Value::Scalar { text, .. } => text.len(),
        Value::List(items) => items.iter().map(|item| weight(&item.value)).sum(),
        Value::Map(pairs) => pairs.iter().map(|(key, item)| key.text.len() + weight(&item.value)).sum(),
    }
}

/// Puts out what stands behind a backslash; returns its length in bytes.
fn escape(text: &str, out: &mut String) -> Option<usize> {
    let first = text.chars().next()?;
    let digits = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = u32::from_str_radix(text.get(1..=digits)?, 16).ok()?;
        out.push(char::from_u32(code)?);
        return Some(digits + 1);
    }
    match first {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        'r' => out.push('\r'),
        '\n' => {}
        '\\' | '\'' | '"' => out.push(first),
        other => out.extend(['\\', other]),
    }
    Some(first.len_utf8())
}
