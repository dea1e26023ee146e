//! JavaScript's literals → values.

use super::scan;
use crate::parse::data::Places;
use crate::yaml::{Key, Node, Value};

/// Values nested deeper are not plain.
const MAX_DEPTH: usize = 64;
/// Names that stand for names, followed so far.
const MAX_NAMES: usize = 8;

pub(super) struct Reader<'a> {
    text: &'a str,
    places: &'a Places,
    at: usize,
    depth: usize,
    /// Keys above what is read.
    path: Vec<String>,
    pub(super) worked_out: Vec<Key>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, places: &'a Places) -> Self {
        Self { text, places, at: 0, depth: 0, path: Vec::new(), worked_out: Vec::new() }
    }

    /// The value that begins here, or that the name here stands for.
    pub(super) fn exported(&mut self, at: usize) -> Option<Value> {
        self.at = at;
        for _ in 0..MAX_NAMES {
            let start = self.at;
            if let Some(value) = self.value() {
                return Some(value);
            }
            self.at = start;
            self.blanks();
            let name = self.name()?;
            self.at = scan::defined(self.text, name)?;
        }
        None
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        self.at += scan::blanks(self.rest());
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let is_there = self.rest().starts_with(token);
        self.at += if is_there { token.len() } else { 0 };
        is_there
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let length = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).filter(|name| !name.is_empty())
    }

    fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let behind = self.rest().strip_prefix(word);
        let is_there = behind.is_some_and(|behind| !behind.starts_with(is_of_name));
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// A value, where nothing is done with it: `A || 'b'` is `b` where `A` isn't plain.
    fn value(&mut self) -> Option<Value> {
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let told = self.worked_out.len();
        let start = self.at;
        let found = self.primary().filter(|_| self.ends());
        self.depth -= 1;
        if found.is_none() {
            self.worked_out.truncate(told);
            self.at = start;
            let whole = self.rest().get(..scan::expression(self.rest()))?;
            let (name, _) = whole.split_once("||").or_else(|| whole.split_once("??"))?;
            let is_name = |c: char| is_of_name(c) || c == ' ' || matches!(c, '.' | '[' | ']' | '"' | '\'');
            if !name.chars().all(is_name) {
                return None;
            }
            self.at += name.len() + 2;
            self.depth += 1;
            let found = self.primary().filter(|_| self.ends());
            self.depth -= 1;
            return found;
        }
        found
    }

    /// Whether the expression is over here.
    fn ends(&mut self) -> bool {
        let start = self.at;
        self.blanks();
        let rest = self.rest();
        let is_new_line = self.text.get(start..self.at).is_some_and(|blank| blank.contains('\n'));
        rest.is_empty()
            || rest.starts_with([',', ';', '}', ']', ')'])
            || is_new_line && !rest.starts_with(['.', '+', '?', '|', '&', '(', '[', '-', '*', '='])
    }

    fn primary(&mut self) -> Option<Value> {
        self.blanks();
        let plain = |text: &str| Some(Value::Scalar { text: text.to_owned(), quoted: false });
        match self.rest().chars().next()? {
            '"' | '\'' => self.string(),
            '`' => self.template(&Parameters::default()),
            '[' => self.list(),
            '{' => self.object(),
            '0'..='9' | '-' | '.' => self.number(),
            '(' => {
                let start = self.at;
                self.arrow().or_else(|| {
                    self.at = start;
                    self.in_parentheses()
                })
            }
            _ => match self.rest().split(|c| !is_of_name(c)).next()? {
                word @ ("true" | "false") => {
                    self.at += word.len();
                    plain(word)
                }
                word @ ("null" | "undefined") => {
                    self.at += word.len();
                    plain("")
                }
                "function" | "async" => self.function(),
                _ => self.arrow(),
            },
        }
    }

    fn in_parentheses(&mut self) -> Option<Value> {
        self.at += 1;
        let value = self.value()?;
        self.eat(")").then_some(value)
    }

    fn string(&mut self) -> Option<Value> {
        let whole = self.rest().get(..scan::quoted(self.rest()))?;
        let inner = whole.get(1..whole.len().checked_sub(1)?)?;
        if whole.len() < 2 || whole.as_bytes().first() != whole.as_bytes().last() {
            return None;
        }
        self.at += whole.len();
        Some(Value::Scalar { text: unescaped(inner)?, quoted: true })
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
        let text = rest.get(..rest.find(|c: char| !part(c)).unwrap_or(rest.len()))?;
        self.at += text.len();
        let text = text.replace('_', "");
        text.parse::<f64>().ok()?;
        Some(Value::Scalar { text, quoted: false })
    }

    /// A template literal; what stands in its `${…}` has to name data.
    fn template(&mut self, of: &Parameters<'a>) -> Option<Value> {
        let whole = self.rest().get(..scan::quoted(self.rest()))?;
        let mut rest = whole.strip_prefix('`')?.strip_suffix('`')?;
        let mut text = String::new();
        while let Some((before, inner)) = rest.split_once("${") {
            let (expression, after) = inner.split_once('}')?;
            text.push_str(&unescaped(before)?);
            text.push_str("{{ ");
            text.push_str(&of.named(expression)?);
            text.push_str(" }}");
            rest = after;
        }
        text.push_str(&unescaped(rest)?);
        self.at += whole.len();
        Some(Value::Scalar { text, quoted: true })
    }

    fn list(&mut self) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.eat("]") {
            let (line, column) = self.places.of_byte(self.text, self.at);
            let start = self.at;
            match self.value() {
                Some(value) => items.push(Node { value, line, column }),
                None => self.pass_over(start)?,
            }
            if !self.eat(",") && !self.rest().starts_with(']') {
                return None;
            }
        }
        Some(Value::List(items))
    }

    fn object(&mut self) -> Option<Value> {
        self.at += 1;
        let mut pairs = Vec::new();
        while !self.eat("}") {
            let start = self.at;
            let (line, column) = self.places.of_byte(self.text, start);
            let found = self.key();
            self.path.push(found.clone().unwrap_or_default());
            let value_at = self.at;
            let value = if found.is_none() {
                None
            } else if self.eat(":") {
                self.value()
            } else if self.rest().starts_with('(') {
                self.body_of_function()
            } else {
                None
            };
            match (found, value) {
                (Some(text), Some(value)) => {
                    let (of_line, of_column) = self.places.of_byte(self.text, value_at);
                    let node = Node { value, line: of_line, column: of_column };
                    pairs.push((Key { text, names: None, line, column }, node));
                }
                _ => self.pass_over(start)?,
            }
            self.path.pop();
            if !self.eat(",") && !self.rest().starts_with('}') {
                return None;
            }
        }
        Some(Value::Map(pairs))
    }

    /// Goes to the end of what began at `start` and takes note of its name.
    fn pass_over(&mut self, start: usize) -> Option<()> {
        let (line, column) = self.places.of_byte(self.text, start);
        self.worked_out.push(Key { text: self.path.join("."), names: None, line, column });
        self.at = start;
        self.at += scan::expression(self.rest());
        (!self.rest().is_empty()).then_some(())
    }

    fn key(&mut self) -> Option<String> {
        if self.rest().starts_with(['"', '\'']) {
            let Value::Scalar { text, .. } = self.string()? else { return None };
            return Some(text);
        }
        let name = self.name()?;
        let is_prefix = matches!(name, "async" | "get" | "static");
        self.blanks();
        if is_prefix && self.rest().starts_with(is_of_name) {
            return self.name().map(str::to_owned);
        }
        Some(name.to_owned())
    }

    /// `(data) => …`, `data => …`.
    fn arrow(&mut self) -> Option<Value> {
        let of = self.parameters()?;
        if !self.eat("=>") {
            return None;
        }
        if self.eat("{") { self.returned(&of) } else { self.result(&of) }
    }

    /// `function (data) {…}`, `async (data) => …`.
    fn function(&mut self) -> Option<Value> {
        self.word("async");
        if !self.word("function") {
            return self.arrow();
        }
        self.blanks();
        if !self.rest().starts_with('(') {
            self.name()?;
        }
        self.body_of_function()
    }

    fn body_of_function(&mut self) -> Option<Value> {
        let of = self.parameters()?;
        if self.eat("{") { self.returned(&of) } else { None }
    }

    /// What a block that is open returns; an object may have statements before it.
    fn returned(&mut self, of: &Parameters<'a>) -> Option<Value> {
        let end = self.at + scan::block(self.rest());
        self.blanks();
        let start = self.at;
        while !self.word("return") {
            self.at += scan::statement(self.rest()).max(1);
            self.blanks();
            if self.at >= end {
                return None;
            }
        }
        let is_at_once = self.at == start + "return".len();
        let told = self.worked_out.len();
        let value = self.result(of)?;
        if !is_at_once && !matches!(value, Value::Map(_)) {
            self.worked_out.truncate(told);
            return None;
        }
        self.at = end + 1;
        Some(value)
    }

    fn result(&mut self, of: &Parameters<'a>) -> Option<Value> {
        self.blanks();
        let whole = self.rest().get(..scan::expression(self.rest()))?;
        let first = whole.split(|c: char| !is_of_name(c)).next().unwrap_or_default();
        let is_given = !first.is_empty() && (first == of.whole || of.parts.contains(&first));
        if is_given && (whole.contains("||") || whole.contains("??")) {
            // What an entry has goes before what it falls back on: that is not plain.
            return None;
        }
        if self.rest().starts_with('`') { self.template(of).filter(|_| self.ends()) } else { self.value() }
    }

    fn parameters(&mut self) -> Option<Parameters<'a>> {
        self.blanks();
        if !self.rest().starts_with('(') {
            let whole = self.name()?;
            return Some(Parameters { whole, parts: Vec::new() });
        }
        self.at += 1;
        let inner = self.rest().get(..scan::block(self.rest()))?;
        self.at += inner.len() + 1;
        let inner = inner.trim();
        Some(match inner.strip_prefix('{').and_then(|parts| parts.strip_suffix('}')) {
            Some(parts) => Parameters { whole: "", parts: parts.split(',').map(str::trim).collect() },
            None => Parameters { whole: inner, parts: Vec::new() },
        })
    }
}

/// What a function calls the data that it is given.
#[derive(Default)]
struct Parameters<'a> {
    whole: &'a str,
    parts: Vec<&'a str>,
}

impl Parameters<'_> {
    /// `data.page.fileSlug`, `this.slugify(data.title)` in a template's words.
    fn named(&self, expression: &str) -> Option<String> {
        let expression = expression.trim();
        if let Some((function, argument)) = expression.split_once('(') {
            let argument = self.named(argument.strip_suffix(')')?)?;
            let function = function.strip_prefix("this.").unwrap_or(function);
            return matches!(function, "slugify" | "slug").then(|| format!("{argument} | {function}"));
        }
        if !expression.chars().all(|c| is_of_name(c) || matches!(c, '.' | '?')) {
            return None;
        }
        let path = expression.replace("?.", ".");
        let (first, below) = path.split_once('.').unwrap_or((&path, ""));
        if first == self.whole && !below.is_empty() {
            return Some(below.to_owned());
        }
        self.parts.contains(&first).then(|| path.clone())
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn unescaped(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next()? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '\n' => {}
            'u' | 'x' => return None,
            other => out.push(other),
        }
    }
    Some(out)
}
