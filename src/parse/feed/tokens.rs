//! XML text → tokens, whatever is wrong with it.
//!
//! quick-xml finds where each piece ends. Where it gives up, or where what it found
//! can't be a tag, the fault is noted, what stands there is taken for what its
//! author meant, and reading goes on behind it. Bounded: after so many faults the
//! rest is not read.

mod faults;
mod sections;

use crate::model::Problem;
use faults::Faults;
use quick_xml::{events::Event, reader::Reader};

/// Faults after which the rest of a document is not read.
const MAX_FAULTS: usize = 100_000;
/// So often, on average, each byte may be read again after a fault.
const MAX_AGAIN: usize = 32;

/// How a section of literal text begins.
const CDATA: &str = "<![CDATA[";

/// A piece of XML; names and values are slices of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open {
        name: &'a str,
        attributes: &'a str,
        empty: bool,
    },
    Close {
        name: &'a str,
    },
    /// Without references.
    Text(&'a str),
    /// The name in `&name;`.
    Reference(&'a str),
    Cdata(&'a str),
    Doctype(&'a str),
}

/// A reader that never gives up before it has to.
pub(super) struct Tokens<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Where in `text` the reader began.
    offset: usize,
    faults: Faults,
    /// Bytes that were read again after faults.
    again: usize,
    finished: bool,
    /// Where what follows an inner CDATA section is still the outer one's.
    outer: Option<usize>,
    /// Whether the end came where a tag, comment or CDATA was still open.
    cut: bool,
}

/// What to do about a piece that can't be read as it stands.
enum Mend<'a> {
    /// Take this, go on at that place.
    Take(Token<'a>, usize),
    /// Leave it out, go on at that place.
    Skip(usize),
    /// Nothing can follow.
    Stop,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            reader: reader(text),
            offset: 0,
            faults: Faults::default(),
            again: 0,
            finished: false,
            outer: None,
            cut: false,
        }
    }

    /// The next piece; `inside` is the name of the element that is open.
    pub(super) fn next(&mut self, inside: Option<&str>) -> Option<Token<'a>> {
        while !self.finished {
            let start = self.position();
            if self.outer == Some(start) {
                let mend = self.rest_of_outer(start);
                if let Some(token) = self.mend(&mend) {
                    return Some(token);
                }
                continue;
            }
            let rest = self.rest(start);
            // All else is short: quick-xml looks at every byte once more.
            let found = match rest.as_bytes().first() {
                Some(b'<') if rest.starts_with(CDATA) => Some(self.section(start, inside)),
                Some(b'<') | None => match self.reader.read_event() {
                    Ok(event) => self.token(&event, start),
                    Err(_) => Some(Err(self.unreadable(start, inside))),
                },
                Some(b'&') => Some(Ok(self.reference(rest))),
                Some(_) => Some(Ok(self.words(rest))),
            };
            let token = match found {
                Some(Ok(token)) => Some(token),
                Some(Err(mend)) => self.mend(&mend),
                None => None,
            };
            if token.is_some() {
                return token;
            }
        }
        None
    }

    /// Whether the text ended inside a tag, or was not read to its end.
    pub(super) fn was_cut(&self) -> bool {
        self.cut
    }

    /// What has not been read yet, no more than `most` bytes of it.
    pub(super) fn behind(&self, most: usize) -> &'a str {
        crate::parse::feed::markup::cut(self.rest(self.position()), most)
    }

    /// Notes something wrong at the place last read.
    pub(super) fn fault(&mut self, message: &'static str) {
        self.fault_at(message, self.position());
    }

    /// What was wrong, once a kind, with the first place and how often.
    pub(super) fn problems(&self, url: &str) -> Vec<Problem> {
        self.faults.problems(self.text, url)
    }

    fn fault_at(&mut self, message: &'static str, at: usize) {
        self.faults.add(message, at);
    }

    /// What stands up to the next tag or reference.
    fn words(&mut self, rest: &'a str) -> Token<'a> {
        let end = memchr::memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
        self.skip(end);
        Token::Text(rest.get(..end).unwrap_or_default())
    }

    /// `&name;`, or text where no name ends.
    fn reference(&mut self, rest: &'a str) -> Token<'a> {
        let inner = rest.get(1..).unwrap_or_default();
        let end = memchr::memchr3(b';', b'&', b'<', inner.as_bytes()).unwrap_or(inner.len());
        let name = inner.get(..end).unwrap_or_default();
        if inner.as_bytes().get(end) == Some(&b';') {
            self.skip(end + 2);
            Token::Reference(name)
        } else {
            self.skip(end + 1);
            Token::Text(rest.get(..=end).unwrap_or_default())
        }
    }

    /// Goes on behind so many bytes that quick-xml never sees.
    fn skip(&mut self, bytes: usize) {
        let bytes = bytes.min(self.reader.get_ref().len());
        let rest = self.reader.get_ref().get(bytes..).unwrap_or_default();
        *self.reader.get_mut() = rest;
        self.offset += bytes;
    }

    fn position(&self) -> usize {
        self.offset + usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }

    fn mend(&mut self, mend: &Mend<'a>) -> Option<Token<'a>> {
        let (token, at) = match *mend {
            Mend::Take(token, at) => (Some(token), at),
            Mend::Skip(at) => (None, at),
            Mend::Stop => {
                self.finished = true;
                return None;
            }
        };
        let budget = MAX_AGAIN * self.text.len() + (1 << 22);
        self.again += self.position().saturating_sub(at);
        if self.faults.count() > MAX_FAULTS || self.again > budget {
            self.fault_at("too many faults, the rest was not read", at);
            self.finished = true;
            self.cut = true;
        } else {
            self.offset = at;
            self.reader = reader(self.rest(at));
        }
        token
    }

    fn token(&mut self, event: &Event<'a>, start: usize) -> Option<Result<Token<'a>, Mend<'a>>> {
        let whole = self.text.get(start..self.position()).unwrap_or_default();
        Some(Ok(match event {
            Event::Start(_) => return Some(self.tag(whole, start, false)),
            Event::Empty(_) => return Some(self.tag(whole, start, true)),
            Event::End(_) => return Some(self.end(whole, start)),
            Event::Text(_) => Token::Text(whole),
            Event::GeneralRef(_) => Token::Reference(trimmed(whole, "&", ";")),
            Event::DocType(_) => Token::Doctype(whole),
            Event::Comment(_) | Event::CData(_) | Event::Decl(_) | Event::PI(_) => return None,
            Event::Eof => {
                self.finished = true;
                return None;
            }
        }))
    }

    /// An end tag, up to the next one where its own end is missing.
    fn end(&mut self, whole: &'a str, start: usize) -> Result<Token<'a>, Mend<'a>> {
        let name = trimmed(whole, "</", ">");
        let Some(next) = name.find('<') else {
            return Ok(Token::Close { name: name.trim() });
        };
        self.fault_at("an end tag without its `>` was closed", start);
        let at = start + "</".len() + next;
        let name = name.get(..next).unwrap_or_default().trim();
        Err(if name.is_empty() { Mend::Skip(at) } else { Mend::Take(Token::Close { name }, at) })
    }

    /// A tag, unless it can't be one.
    fn tag(&mut self, whole: &'a str, start: usize, empty: bool) -> Result<Token<'a>, Mend<'a>> {
        let inner = trimmed(whole, "<", if empty { "/>" } else { ">" });
        let end =
            inner.find(|letter: char| letter.is_ascii_whitespace() || letter == '/').unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(end);
        // `<ann@example.org>` and `<https://example.org>` are what they look like.
        let is_name =
            name.chars().next().is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | ':'))
                && !name.contains('@')
                && !(name.ends_with(':') && attributes.starts_with("//"));
        if !is_name {
            self.fault_at("`<` that begins no tag was read as text", start);
            let end = start + next_tag(self.rest(start));
            return Err(Mend::Take(Token::Text(self.text.get(start..end).unwrap_or_default()), end));
        }
        match inner.find('<') {
            Some(next) => self.tag_with_bracket(inner, (name, attributes, empty), start, next),
            None => Ok(Token::Open { name, attributes, empty }),
        }
    }

    /// A tag with a `<` inside: in a quoted value, or because its own end is missing.
    fn tag_with_bracket(
        &mut self,
        inner: &'a str,
        (name, attributes, empty): (&'a str, &'a str, bool),
        start: usize,
        next: usize,
    ) -> Result<Token<'a>, Mend<'a>> {
        let before = inner.get(..next).unwrap_or_default();
        if let Some(end) = before.find('>') {
            // A quote that nobody closed ran on into the next tags.
            self.fault_at("a tag with an unclosed quote was cut short", start);
            let own = before.get(..end).unwrap_or_default();
            let attributes = own.get(name.len()..).unwrap_or_default();
            let token = Token::Open {
                name,
                attributes: attributes.trim_end_matches('/'),
                empty: attributes.ends_with('/'),
            };
            return Err(Mend::Take(token, start + 1 + end + 1));
        }
        let quotes = before.matches('"').count() % 2 + before.matches('\'').count() % 2;
        if quotes > 0 {
            return Ok(Token::Open { name, attributes, empty });
        }
        if name.len() < next && before.get(name.len()..).is_some_and(|gap| gap.trim().is_empty()) {
            self.fault_at("a tag without its `>` was closed", start);
            let token = Token::Open { name, attributes: "", empty: false };
            return Err(Mend::Take(token, start + 1 + next));
        }
        self.fault_at("`<` that begins no tag was read as text", start);
        let end = start + 1 + before.find('&').unwrap_or(next);
        Err(Mend::Take(Token::Text(self.text.get(start..end).unwrap_or_default()), end))
    }

    /// A tag whose last quote nobody closed, up to its `>`.
    fn unclosed_quote(&mut self, start: usize, rest: &'a str) -> Option<Mend<'a>> {
        let inner = rest.strip_prefix('<')?;
        let own = inner
            .get(..inner.find(['<', '>'])?)
            .filter(|own| inner.get(own.len()..).is_some_and(|next| next.starts_with('>')))?;
        let (name, attributes) = own.split_at(own.find(|letter: char| letter.is_ascii_whitespace())?);
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_-".contains(&byte));
        if !is_name || name.is_empty() || !attributes.contains('=') {
            return None;
        }
        self.fault_at("a tag with an unclosed quote was cut short", start);
        let token = Token::Open {
            name,
            attributes: attributes.trim_end_matches('/'),
            empty: attributes.ends_with('/'),
        };
        Some(Mend::Take(token, start + 1 + own.len() + 1))
    }

    /// What quick-xml could not read, by how it begins.
    fn unreadable(&mut self, start: usize, inside: Option<&str>) -> Mend<'a> {
        let rest = self.rest(start);
        self.again += rest.len();
        if rest.starts_with("<!--") {
            self.fault_at("a comment that never ends was opened", start);
            return Mend::Skip(start + "<!--".len());
        }
        if let Some(data) = rest.strip_prefix(CDATA) {
            self.fault_at("a CDATA section that never ends was closed", start);
            let end = inside.and_then(|name| data.find(&format!("</{name}"))).unwrap_or_else(|| {
                self.cut = true;
                data.len()
            });
            let (data, _) = data.split_at(end);
            return Mend::Take(Token::Cdata(data), start + CDATA.len() + end);
        }
        if rest.starts_with("<?") {
            self.fault_at("a processing instruction that never ends was left out", start);
            return Mend::Skip(start + "<?".len());
        }
        if let Some(cut) = self.unclosed_quote(start, rest) {
            return cut;
        }
        if rest.starts_with('<') && rest.contains('>') {
            self.fault_at("`<` that begins no tag was read as text", start);
            return Mend::Take(Token::Text(rest.get(..1).unwrap_or_default()), start + 1);
        }
        self.fault_at("the document ends within a tag", start);
        self.cut = true;
        Mend::Stop
    }
}

/// Where, behind the `<` at the start of `text`, the next tag or reference may begin.
fn next_tag(text: &str) -> usize {
    let begins_one = |(at, found): &(usize, &str)| {
        let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
        *found == "&"
            || next.is_some_and(|next| next.is_alphabetic() || matches!(next, '/' | '!' | '?' | '_' | ':'))
    };
    let mut marks = text.match_indices(['<', '&']).skip(1);
    marks.find(begins_one).map_or(text.len(), |(at, _)| at)
}

fn trimmed<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let text = text.strip_prefix(before).unwrap_or(text);
    text.strip_suffix(after).unwrap_or(text)
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.check_comments = false;
    reader
}
