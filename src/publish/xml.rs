//! The last hand on what the `rss` and `atom_syndication` crates write.
//!
//! In: their XML. Out: the same document, one element a line, with what they can't
//! write: `<` and `&` of plain text as `&#x3C;` and `&#x26;` (the only form that the
//! W3C validator takes in a title), bodies escaped instead of in CDATA, a language on
//! each Atom entry. Never changes what a parser reads, that language apart.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements that hold plain text, beside those of other vocabularies: the rest are
/// bodies in HTML, addresses and dates.
const PLAIN_TEXT: [&str; 8] =
    ["title", "subtitle", "rights", "name", "category", "copyright", "source", "generator"];

/// The document as we serve it. `entry_languages` holds a tag for each Atom entry, in
/// their order; for RSS it is empty.
pub(super) fn polish(written: &[u8], entry_languages: &[Option<String>]) -> Vec<u8> {
    let mut writer = Writer {
        out: String::with_capacity(written.len() + written.len() / 8),
        open: Vec::new(),
        closed_a_child: false,
        languages: entry_languages.iter(),
    };
    let mut reader = Reader::from_reader(written);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => writer.write(&event),
            // What the crates write is well-formed; should it ever not be, it is at
            // least what they wrote.
            Err(_) => return written.to_vec(),
        }
    }
    writer.out.push('\n');
    writer.out.into_bytes()
}

struct Writer<'a> {
    out: String,
    /// Names of the elements that are open, outermost first.
    open: Vec<String>,
    /// Whether the last thing written was an end tag: the next one stands on its own line.
    closed_a_child: bool,
    languages: std::slice::Iter<'a, Option<String>>,
}

impl Writer<'_> {
    fn write(&mut self, event: &Event<'_>) {
        match event {
            Event::Decl(_) => self.out.push_str(r#"<?xml version="1.0" encoding="utf-8"?>"#),
            Event::Start(tag) => {
                self.start(tag, ">");
                self.open.push(tag.name().as_ref().to_owned());
                self.closed_a_child = false;
            }
            Event::Empty(tag) => {
                self.start(tag, "/>");
                self.closed_a_child = true;
            }
            Event::End(tag) => {
                self.open.pop();
                if self.closed_a_child {
                    self.new_line();
                }
                self.end(tag.name().as_ref());
                self.closed_a_child = true;
            }
            Event::Text(run) if self.in_leaf() => self.out.push_str(run),
            Event::GeneralRef(name) => self.reference(name),
            Event::CData(run) => {
                let escaped = run.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                self.out.push_str(&escaped);
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, end: &str) {
        self.new_line();
        self.out.push('<');
        self.out.push_str(tag);
        if tag.name().as_ref() == "entry"
            && let Some(Some(language)) = self.languages.next()
        {
            self.out.push_str(" xml:lang=\"");
            self.out.push_str(language);
            self.out.push('"');
        }
        self.out.push_str(end);
    }

    /// An element without anything in it is one tag.
    fn end(&mut self, name: &str) {
        if self.out.ends_with('>') && self.is_just_opened(name) {
            self.out.pop();
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    /// Text never holds a `<`, so the last one begins the last tag.
    fn is_just_opened(&self, name: &str) -> bool {
        self.out
            .rfind('<')
            .and_then(|start| self.out.get(start + 1..))
            .is_some_and(|tag| tag.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '>'])))
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.out.push_str(&"  ".repeat(self.open.len().saturating_sub(1).min(3)));
    }

    /// The crates indent nothing, so text outside a leaf is the line end after the declaration.
    fn in_leaf(&self) -> bool {
        !self.open.is_empty()
    }

    fn reference(&mut self, name: &str) {
        let plain = self.open.last().is_some_and(|element| {
            PLAIN_TEXT.contains(&element.as_str())
                || (element.contains(':') && element != "content:encoded")
                || (element == "description" && self.open.len() == 3)
        });
        match (plain, name) {
            (true, "lt") => self.out.push_str("&#x3C;"),
            (true, "amp") => self.out.push_str("&#x26;"),
            (_, "quot") => self.out.push('"'),
            (_, "apos") => self.out.push('\''),
            _ => {
                self.out.push('&');
                self.out.push_str(name);
                self.out.push(';');
            }
        }
    }
}
