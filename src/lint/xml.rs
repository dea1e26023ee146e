//! XML → a tree that knows where each thing stands, or its first fault.
//!
//! Strict, as readers' parsers are: nothing is mended. Opens nothing that a document names.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::spaces;
use quick_xml::Reader;
use quick_xml::events::attributes::Attribute as RawAttribute;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;

/// Elements within elements beyond this are a fault.
const MAX_DEPTH: usize = 200;
/// What a document's own entities may stand for, all references together, in bytes.
const MOST_EXPANDED: usize = 8 << 20;

/// An attribute; `xmlns` is none.
#[derive(Debug)]
pub(super) struct Attribute<'t> {
    /// The short name of its namespace, `""` without one.
    pub(super) space: &'t str,
    pub(super) local: &'t str,
    pub(super) value: String,
    pub(super) at: usize,
}

/// An element with all that is in it.
#[derive(Debug, Default)]
pub(super) struct Element<'t> {
    /// The short name of its namespace (`atom`, `dc`), the namespace itself where it
    /// has none, `""` without one.
    pub(super) space: &'t str,
    pub(super) local: &'t str,
    pub(super) attributes: Vec<Attribute<'t>>,
    pub(super) children: Vec<Element<'t>>,
    /// Its own text, with references resolved.
    pub(super) text: String,
    /// What is between its tags, as it is written.
    pub(super) raw: &'t str,
    pub(super) at: usize,
    /// Where pieces of the text stand: (in the text, in the source).
    pieces: Vec<(usize, usize)>,
}

impl<'t> Element<'t> {
    /// Text that stands in no element of XML.
    pub(super) fn of_text(name: &'t str, text: &str, at: usize) -> Self {
        Self { local: name, text: text.to_owned(), at, ..Self::default() }
    }

    /// The name as it is known: `atom:link`.
    pub(super) fn name(&self) -> String {
        if self.space.is_empty() { self.local.to_owned() } else { format!("{}:{}", self.space, self.local) }
    }

    pub(super) fn is(&self, space: &str, local: &str) -> bool {
        self.space == space && self.local == local
    }

    /// Its children of this name.
    pub(super) fn all<'a>(&'a self, space: &'a str, local: &'a str) -> impl Iterator<Item = &'a Element<'t>> {
        self.children.iter().filter(move |child| child.is(space, local))
    }

    /// Its first child of this name.
    pub(super) fn child(&self, space: &str, local: &str) -> Option<&Element<'t>> {
        self.children.iter().find(|child| child.is(space, local))
    }

    /// The value of an attribute without a namespace.
    pub(super) fn attribute(&self, local: &str) -> Option<&str> {
        self.attribute_in("", local)
    }

    pub(super) fn attribute_in(&self, space: &str, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|each| each.space == space && each.local == local)
            .map(|each| each.value.as_str())
    }

    /// Its text without the white space around.
    pub(super) fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// Where a byte of its text stands in the source.
    pub(super) fn place(&self, at: usize) -> usize {
        let next = self.pieces.partition_point(|(start, _)| *start <= at);
        match next.checked_sub(1).and_then(|piece| self.pieces.get(piece)) {
            Some((start, source)) => source + (at - start),
            None => self.at,
        }
    }

    fn push(&mut self, text: &str, source: usize) {
        self.pieces.push((self.text.len(), source));
        self.text.push_str(text);
    }
}

/// The root, or nothing where the document ends at a fault; that is told.
pub(super) fn read<'t>(text: &'t str, found: &mut Found<'_>) -> Option<Element<'t>> {
    let mut tree = Tree {
        text,
        open: Vec::new(),
        root: None,
        bound: Vec::new(),
        declared: HashMap::new(),
        expanded: 0,
        found,
    };
    match tree.read() {
        Ok(()) => tree.root,
        Err((at, message)) => {
            tree.found.add(Rule::NotWellFormed, at, message);
            None
        }
    }
}

/// Where a document ends, and why.
type Fault = (usize, String);

struct Tree<'t, 'f, 'd> {
    text: &'t str,
    open: Vec<(Element<'t>, usize, usize)>,
    root: Option<Element<'t>>,
    /// Prefixes and their namespaces, the innermost last.
    bound: Vec<(&'t str, &'t str)>,
    /// Entities of the document type.
    declared: HashMap<String, String>,
    /// Bytes that those stood for so far.
    expanded: usize,
    found: &'f mut Found<'d>,
}

impl<'t> Tree<'t, '_, '_> {
    fn read(&mut self) -> Result<(), Fault> {
        let mut reader = Reader::from_str(self.text);
        let config = reader.config_mut();
        config.check_comments = true;
        config.allow_dangling_amp = false;
        loop {
            let at = place(reader.buffer_position());
            let event = reader.read_event().map_err(|error| {
                (place(reader.error_position()), error.to_string().trim_end_matches('.').to_owned())
            })?;
            let after = place(reader.buffer_position());
            match event {
                Event::Start(tag) => self.begin(&tag, at, after)?,
                Event::Empty(tag) => {
                    self.begin(&tag, at, after)?;
                    self.end(after);
                }
                Event::End(_) => self.end(at),
                Event::Text(_) => self.characters(at, after)?,
                Event::CData(_) => {
                    let inner = self.text.get(at + "<![CDATA[".len()..after - "]]>".len());
                    self.push(inner.unwrap_or_default(), at + "<![CDATA[".len(), at)?;
                }
                Event::GeneralRef(reference) => {
                    let resolved = self.resolved(&reference).map_err(|message| (at, message))?;
                    self.push(&resolved, at, at)?;
                }
                Event::DocType(_) => self.declare(at, after),
                Event::Eof => break,
                Event::Decl(_) if at > 0 => {
                    return Err((at, "the XML declaration isn't at the start".into()));
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            }
        }
        match self.open.last() {
            Some((element, ..)) => Err((element.at, format!("`<{}>` never ends", element.name()))),
            None if self.root.is_none() => Err((0, "there is no element in it".into())),
            None => Ok(()),
        }
    }

    fn begin(&mut self, tag: &BytesStart<'_>, at: usize, after: usize) -> Result<(), Fault> {
        if self.open.is_empty() && self.root.is_some() {
            return Err((at, "a second element stands after the first".into()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err((at, format!("elements stand in more than {MAX_DEPTH} others")));
        }
        let outside = self.bound.len();
        let source = self.text.get(at..after).unwrap_or_default();
        let mut raw = Vec::new();
        let mut behind = 1 + tag.name().as_ref().len();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| (at, format!("an attribute is broken: {error}")))?;
            let (start, end) = attributes_place(source, behind, &attribute);
            behind = end;
            raw.push(self.attribute(&attribute, source, (at, start))?);
        }
        let mut bindings = Vec::new();
        let tag_at = at;
        for (name, value, at) in &raw {
            let prefix = match *name {
                "xmlns" => "",
                other => match other.strip_prefix("xmlns:") {
                    Some(prefix) => prefix,
                    None => continue,
                },
            };
            // A namespace is compared as text: the written one serves where nothing is escaped.
            let start = at - tag_at + name.len();
            let rest = source.get(start..).unwrap_or_default();
            let start = start + rest.find(['"', '\'']).map_or(0, |quote| quote + 1);
            let space = source.get(start..start + value.len()).unwrap_or_default();
            self.bound.push((prefix, spaces::short(space)));
            bindings.push((prefix, value.clone(), *at));
        }
        let name = source.get(1..1 + tag.name().as_ref().len()).unwrap_or_default();
        let (space, local) = self.resolve(name, true, at)?;
        let root = self.open.first().map_or(space, |(root, ..)| root.space);
        for (prefix, space, at) in bindings {
            spaces::judge(prefix, &space, root, at, self.found);
        }
        let mut element = Element { space, local, at, ..Element::default() };
        for (name, value, at) in raw {
            if name != "xmlns" && !name.starts_with("xmlns:") {
                let (space, local) = self.resolve(name, false, at)?;
                element.attributes.push(Attribute { space, local, value, at });
            }
        }
        self.open.push((element, outside, after));
        Ok(())
    }

    /// A raw attribute's name, value and place.
    fn attribute(
        &mut self,
        attribute: &RawAttribute<'_>,
        source: &'t str,
        (at, within): (usize, usize),
    ) -> Result<(&'t str, String, usize), Fault> {
        let name = attribute.key.as_ref();
        let written = attribute.value.as_ref();
        let name = source.get(within..within + name.len()).unwrap_or_default();
        let at = at + within;
        if written.contains('<') {
            return Err((at, format!("`<` stands in the value of `{name}`")));
        }
        let mut value = String::with_capacity(written.len());
        let mut rest = written;
        while let Some((before, after)) = rest.split_once('&') {
            value.push_str(before);
            let Some((reference, after)) = after.split_once(';') else {
                return Err((at, format!("`&` in the value of `{name}` begins no reference")));
            };
            value.push_str(&self.resolved(reference).map_err(|message| (at, message))?);
            rest = after;
        }
        value.push_str(rest);
        if let Some(letter) = value.chars().find(|letter| is_odd(*letter)) {
            check(letter, at)?;
            let message =
                format!("U+{:04X} in `{name}` is a character that shows nothing", u32::from(letter));
            self.found.add(Rule::BadCharacter, at, message);
        }
        Ok((name, value.replace(['\t', '\n', '\r'], " "), at))
    }

    fn resolve(&self, name: &'t str, is_element: bool, at: usize) -> Result<(&'t str, &'t str), Fault> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if prefix == "xml" {
            return Ok(("xml", local));
        }
        if prefix.is_empty() && !is_element {
            return Ok(("", local));
        }
        match self.bound.iter().rev().find(|(bound, _)| *bound == prefix) {
            Some((_, space)) => Ok((space, local)),
            None if prefix.is_empty() => Ok(("", local)),
            None => Err((at, format!("the prefix of `{}` is bound to no namespace", quoted(name)))),
        }
    }

    fn end(&mut self, at: usize) {
        let Some((mut element, outside, inside)) = self.open.pop() else { return };
        self.bound.truncate(outside);
        element.raw = self.text.get(inside..at.max(inside)).unwrap_or_default();
        match self.open.last_mut() {
            Some((parent, ..)) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn characters(&mut self, at: usize, after: usize) -> Result<(), Fault> {
        let text = self.text.get(at..after).unwrap_or_default();
        if let Some(end) = text.find("]]>") {
            return Err((at + end, "`]]>` stands outside a CDATA section".into()));
        }
        self.push(text, at, at)
    }

    fn push(&mut self, text: &str, source: usize, at: usize) -> Result<(), Fault> {
        let odd = text.char_indices().find(|(_, letter)| is_odd(*letter));
        if let Some((place, letter)) = odd {
            check(letter, source + place)?;
            let name = format!("U+{:04X} is a character that shows nothing", u32::from(letter));
            self.found.add(Rule::BadCharacter, source + place, name);
        }
        match self.open.last_mut() {
            Some((element, ..)) => element.push(text, source),
            None if text.trim_matches([' ', '\t', '\n', '\r', '\u{feff}']).is_empty() => {}
            None => return Err((at, "text stands outside the document's element".into())),
        }
        Ok(())
    }

    fn resolved(&mut self, name: &str) -> Result<String, String> {
        let number = name.strip_prefix('#').map(|number| match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        });
        if let Some(number) = number {
            let letter = number.ok().and_then(char::from_u32);
            return match letter {
                Some(letter) if is_legal(letter) => Ok(letter.to_string()),
                _ => Err(format!("`&{};` is no character", quoted(name))),
            };
        }
        match name {
            "lt" => Ok("<".into()),
            "gt" => Ok(">".into()),
            "amp" => Ok("&".into()),
            "quot" => Ok("\"".into()),
            "apos" => Ok("'".into()),
            other => self.expand(other),
        }
    }

    /// What the document type says that a name stands for.
    fn expand(&mut self, name: &str) -> Result<String, String> {
        let Some(value) = self.declared.get(name) else {
            return Err(format!("`&{};` names nothing that XML knows", quoted(name)));
        };
        self.expanded = self.expanded.saturating_add(value.len());
        if self.expanded > MOST_EXPANDED {
            return Err(format!("entities stand for more than {MOST_EXPANDED} bytes"));
        }
        Ok(value.clone())
    }

    /// The entities that a document type declares, which hold no others.
    fn declare(&mut self, at: usize, after: usize) {
        let doctype = self.text.get(at..after).unwrap_or_default();
        for declaration in doctype.split("<!ENTITY").skip(1) {
            let mut words = declaration.splitn(2, ['"', '\'']);
            let name = words.next().unwrap_or_default().trim();
            let value = words.next().and_then(|rest| rest.split(['"', '\'']).next()).unwrap_or_default();
            if !name.contains(char::is_whitespace) {
                let value = if value.contains('&') { "?" } else { value };
                self.declared.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// Where an attribute begins in its tag and where it ends; the one before it ends at `from`.
fn attributes_place(tag: &str, from: usize, attribute: &RawAttribute<'_>) -> (usize, usize) {
    let rest = tag.get(from..).unwrap_or_default().trim_start();
    let start = tag.len() - rest.len();
    let value = rest.get(attribute.key.as_ref().len()..).unwrap_or_default();
    let value = value.trim_start().trim_start_matches('=').trim_start();
    // Its quotes.
    (start, tag.len() - value.len() + attribute.value.len() + 2)
}

/// Whether a character has to be looked at: what XML has no place for, and what shows nothing.
fn is_odd(letter: char) -> bool {
    matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{80}'..='\u{9f}' | '\u{fffd}'..='\u{ffff}')
}

/// XML 1.0 §2.2, `Char`.
fn is_legal(letter: char) -> bool {
    !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn check(letter: char, at: usize) -> Result<(), Fault> {
    if is_legal(letter) {
        return Ok(());
    }
    Err((at, format!("U+{:04X} is a character that XML has no place for", u32::from(letter))))
}
