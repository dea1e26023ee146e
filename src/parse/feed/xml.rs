//! Tokens → the elements of each entry and of the channel, one pass.
//!
//! An entry is read as soon as it closes. End tags that close nothing are passed
//! over; what was left open is closed by whatever closes around it; a new entry
//! closes the one before.

mod bases;
mod content;
mod missing_ends;
mod nested;
mod roots;

use super::caps::{Cuts, MAX_TEXT};
use super::document::FeedDocument;
use super::elements::{Context, Element};
use super::entities::Declared;
use super::names::Field;
use super::spaces::{Space, Spaces};
use super::tokens::{Token, Tokens};
use super::{channel, entry, markup};
use crate::model::Problem;
use url::Url;

/// Elements within elements beyond this are passed over.
const MAX_DEPTH: usize = 256;
/// Entries beyond this are not read; the map stage keeps the newest of them.
pub(super) const MAX_ENTRIES: usize = 20_000;
/// Elements of one entry or channel beyond this are passed over.
const MAX_ELEMENTS: usize = 20_000;
/// End tags that close nothing beyond this are looked for less far.
const MAX_STRAYS: usize = 10_000;
/// Elements looked through then.
const MAX_LOOKED: usize = 16;

/// Reads a document from where its prologue or root begins.
pub(super) fn read(text: &str, url: &str) -> FeedDocument {
    let mut builder = Builder::new(url);
    let mut tokens = Tokens::new(text);
    while let Some(token) = tokens.next(builder.open.last().map(|open| open.name)) {
        builder.take(token, &mut tokens);
        if builder.ended {
            break;
        }
    }
    builder.finish(&tokens, url)
}

/// What an open element is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// `rss`, `feed`, `channel`: its children are the channel's.
    Frame,
    /// An entry.
    Entry,
    /// An element of the list, by its place.
    Element(usize),
    /// Markup within a text; whether its tags were written.
    Markup(bool),
}

#[derive(Debug)]
struct Open<'a> {
    name: &'a str,
    role: Role,
    /// How many namespaces were in force outside.
    spaces: usize,
    base: usize,
    lang: Option<&'a str>,
}

struct Builder<'a, 'u> {
    context: Context,
    spaces: Spaces<'a>,
    open: Vec<Open<'a>>,
    /// Depth of elements that are passed over.
    skipped: usize,
    entry: Option<entry::Open<'a>>,
    entry_elements: Vec<Element<'a>>,
    /// The entry that was closed since another began within it.
    around: Option<nested::Around<'a>>,
    /// Bytes that were looked through for the end of an entry within a text.
    ahead: usize,
    /// Which entry goes on, of those that were read.
    resumed: Option<usize>,
    channel: Vec<Element<'a>>,
    /// The attributes of the channel's own tag.
    channel_tag: &'a str,
    document: FeedDocument,
    cuts: Cuts<'u>,
    capped: bool,
    /// End tags so far that closed nothing.
    strays: usize,
    ended: bool,
}

impl<'a, 'u> Builder<'a, 'u> {
    fn new(url: &'u str) -> Self {
        Self {
            context: Context {
                atom: false,
                declared: Declared::default(),
                bases: vec![Url::parse(url).ok()],
                page: 0,
            },
            spaces: Spaces::default(),
            open: Vec::new(),
            skipped: 0,
            entry: None,
            entry_elements: Vec::new(),
            around: None,
            ahead: 0,
            resumed: None,
            channel: Vec::new(),
            channel_tag: "",
            document: FeedDocument::default(),
            cuts: Cuts::new(url),
            capped: false,
            strays: 0,
            ended: false,
        }
    }

    fn take(&mut self, token: Token<'a>, tokens: &mut Tokens<'a>) {
        match token {
            Token::Open { name, attributes, empty } => self.open(name, attributes, empty, tokens),
            Token::Close { name } => self.close(name, tokens),
            Token::Text(text) => self.text(text),
            Token::Reference(name) => self.reference(name),
            Token::Cdata(data) => self.cdata(data),
            Token::Doctype(doctype) => self.context.declared.read(doctype),
        }
    }

    fn open(&mut self, name: &'a str, raw: &'a str, empty: bool, tokens: &mut Tokens<'a>) {
        if self.skipped > 0 || self.open.len() >= MAX_DEPTH {
            if self.skipped == 0 {
                tokens.fault("elements nested too deep were passed over");
            }
            self.skipped += usize::from(!empty);
            return;
        }
        if self.entry.is_some() {
            self.close_entry_before(name, raw, tokens);
        }
        let outside = self.spaces.len();
        let (mut base, mut lang) = self.open.last().map_or((0, None), |open| (open.base, open.lang));
        if raw.contains("xml") {
            self.declare(raw, &mut base, &mut lang);
        }
        let (space, local) = self.spaces.of(name);
        let field = self.field(space, local);
        if field == Field::Entry && base == 0 {
            base = self.context.page;
        }
        if self.document.format.is_empty() && !self.root(name, raw) {
            self.spaces.truncate(outside);
            return;
        }
        if empty && field == Field::Unknown && space == Space::Other && self.is_before_text() {
            self.spaces.truncate(outside);
            return;
        }
        if self.is_beside_text(field, (space, local), raw) {
            tokens.fault("a text without its end tag was closed");
            while self.text_element().is_some() {
                self.pop();
            }
        }
        if self.is_in_another(field) {
            tokens.fault("an element without its end tag was closed");
            self.pop();
        }
        let role = match self.text_element() {
            Some(text) => self.open_markup(text, (space, local), (raw, base), empty),
            None => self.open_field(field, raw, (space, local), (base, lang)),
        };
        self.open.push(Open { name, role, spaces: outside, base, lang });
        if empty {
            self.pop();
        }
    }

    fn elements(&mut self) -> &mut Vec<Element<'a>> {
        if self.entry.is_some() { &mut self.entry_elements } else { &mut self.channel }
    }

    /// The text that is being read: its own element, or the one around the markup.
    fn text_element(&mut self) -> Option<usize> {
        let place = self.open.iter().rev().find_map(|open| match open.role {
            Role::Markup(_) => None,
            role => Some(role),
        })?;
        let Role::Element(place) = place else {
            return None;
        };
        let element = self.elements().get(place)?;
        element.field.holds_markup().then_some(place)
    }

    fn open_field(
        &mut self,
        field: Field,
        raw: &'a str,
        (space, local): (Space, &'a str),
        (base, lang): (usize, Option<&'a str>),
    ) -> Role {
        match field {
            Field::Root | Field::Feed | Field::Channel => {
                if field == Field::Channel && self.channel_tag.is_empty() {
                    self.channel_tag = raw;
                }
                return Role::Frame;
            }
            Field::Entry => {
                self.entry = Some(entry::Open { attributes: raw, base, lang });
                return Role::Entry;
            }
            _ => {}
        }
        let parent = self.open.last().and_then(|open| match open.role {
            Role::Element(place) => Some(place),
            _ => None,
        });
        let xhtml =
            field.holds_markup() && (space == Space::Xhtml || markup::is_xhtml(raw, &self.context.declared));
        let elements = self.elements();
        if elements.len() >= MAX_ELEMENTS {
            return Role::Markup(false);
        }
        elements.push(Element {
            field,
            space,
            local,
            parent,
            attributes: raw,
            text: "".into(),
            markup: false,
            xhtml,
            base,
            lang,
        });
        Role::Element(elements.len() - 1)
    }

    /// A tag within a text is written into it as it stands.
    fn open_markup(
        &mut self,
        place: usize,
        (space, local): (Space, &'a str),
        (raw, base): (&'a str, usize),
        empty: bool,
    ) -> Role {
        let direct = self.open.last().is_some_and(|open| matches!(open.role, Role::Element(_)));
        // Where the markup names another base than its text has.
        let around = self.elements().get(place).map(|element| element.base);
        let own = self.context.bases.get(base).filter(|_| around != Some(base)).cloned().flatten();
        let Some(element) = self.elements().get_mut(place) else {
            return Role::Markup(false);
        };
        // Atom's XHTML stands in a `div` that is no part of it (RFC 4287 §3.1.1.3).
        let wrapper =
            direct && element.xhtml && local.eq_ignore_ascii_case("div") && element.text.trim().is_empty();
        element.markup = true;
        if wrapper || space == Space::Other && local.is_empty() || element.text.len() > MAX_TEXT {
            return Role::Markup(false);
        }
        markup::open_tag(element.text.to_mut(), local, raw, own.as_ref());
        Role::Markup(!(empty && markup::is_void(local)))
    }

    fn close(&mut self, name: &'a str, tokens: &mut Tokens<'a>) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        // Where so many were wrong, no more than the innermost are looked through for one;
        // but an entry that is open is ended.
        let (space, local) = self.spaces.of(name);
        let ends_entry = self.entry.is_some() && Field::of(space, local) == Field::Entry;
        let few = self.strays > MAX_STRAYS && !ends_entry;
        let skipped = if few { self.open.len().saturating_sub(MAX_LOOKED) } else { 0 };
        let looked = self.open.get(skipped..).unwrap_or_default();
        let place = looked
            .iter()
            .rposition(|open| open.name == name)
            .or_else(|| looked.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)))
            .map(|place| skipped + place);
        let Some(place) = place else {
            self.strays += 1;
            if !self.open.is_empty() {
                tokens.fault("an end tag that closes nothing was passed over");
            }
            return;
        };
        if place + 1 < self.open.len() {
            tokens.fault("an element without its end tag was closed");
        }
        while self.open.len() > place {
            self.pop();
        }
        if ends_entry {
            self.resume(name, tokens);
        }
        self.ended = self.open.is_empty() && !self.document.format.is_empty();
    }

    fn pop(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.spaces.truncate(open.spaces);
        match open.role {
            Role::Entry => self.close_entry(),
            Role::Markup(true) => {
                let local = open.name.rsplit(':').next().unwrap_or(open.name);
                if let Some(place) = self.text_element()
                    && let Some(element) = self.elements().get_mut(place)
                    && !markup::is_void(local)
                {
                    markup::close_tag(element.text.to_mut(), local);
                }
            }
            Role::Element(place) => {
                if let Some(element) = self.elements().get_mut(place) {
                    markup::finish(element);
                }
                self.learn_page(place);
            }
            Role::Frame | Role::Markup(false) => {}
        }
    }

    fn finish(mut self, tokens: &Tokens<'a>, url: &str) -> FeedDocument {
        let cut_short = self.entry.is_some();
        if cut_short {
            let place = self.document.entries.len() + 1;
            let problem =
                Problem::warning(url, format!("the feed ends within entry {place}, which was left out"));
            self.document.problems.push(problem);
            self.entry = None;
        }
        while !self.open.is_empty() {
            self.pop();
        }
        self.document.complete = self.ended && !tokens.was_cut();
        channel::read(&mut self.document, self.channel_tag, &self.channel, &self.context);
        self.cuts.head(&mut self.document.channel, &mut self.document.hints);
        self.document.problems.extend(self.cuts.problems());
        if self.capped {
            let message =
                format!("the feed has more than {MAX_ENTRIES} entries, the first {MAX_ENTRIES} were taken");
            self.document.problems.push(Problem::warning(url, message));
        }
        self.document.problems.extend(tokens.problems(url));
        self.document
    }
}
