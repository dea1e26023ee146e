//! The XML that RSS and Atom documents are written in, one element a line.
//!
//! In: elements in the order in which they stand. Out: the document's bytes. Escapes
//! everything on the way, once; never looks at what an element means. Plain text has
//! `<` and `&` as `&#x3C;` and `&#x26;`: the only form that the W3C validator takes
//! in a title, and one that quick-xml's writer, and so the crates', can't write.

use memchr::memchr3;

/// How deep elements are set in, in steps of two spaces; the outermost two are not.
const DEEPEST: usize = 3;

/// A document while it is written.
pub(super) struct Document {
    out: String,
    depth: usize,
}

impl Document {
    /// A document that will be about this long, in bytes.
    pub(super) fn new(length: usize) -> Self {
        let mut out = String::with_capacity(length);
        out.push_str(r#"<?xml version="1.0" encoding="utf-8"?>"#);
        Self { out, depth: 0 }
    }

    /// Begins an element on a line of its own; what is made of the [`Tag`] says what is in it.
    pub(super) fn tag<'d>(&'d mut self, name: &'d str) -> Tag<'d> {
        self.new_line();
        self.out.push('<');
        self.out.push_str(name);
        Tag { document: self, name }
    }

    /// An element of plain text, where there is one.
    pub(super) fn plain(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.tag(name).plain(text);
        }
    }

    /// An element of HTML, an address or a date, where there is one.
    pub(super) fn body(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.tag(name).body(text);
        }
    }

    /// Ends an element that holds others.
    pub(super) fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.new_line();
        self.end(name);
    }

    /// The document's bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.push('\n');
        self.out.into_bytes()
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth.saturating_sub(1).min(DEEPEST) {
            self.out.push_str("  ");
        }
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}

/// An element whose start tag is being written.
pub(super) struct Tag<'d> {
    document: &'d mut Document,
    name: &'d str,
}

impl Tag<'_> {
    /// An attribute.
    pub(super) fn with(self, name: &str, value: &str) -> Self {
        let out = &mut self.document.out;
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        for char in value.chars() {
            match char {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                _ => out.push(char),
            }
        }
        out.push('"');
        self
    }

    /// An attribute, where there is a value for it.
    pub(super) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Nothing is in it.
    pub(super) fn empty(self) {
        self.document.out.push_str("/>");
    }

    /// Others are in it, up to [`Document::close`].
    pub(super) fn open(self) {
        self.document.out.push('>');
        self.document.depth += 1;
    }

    /// Plain text is in it.
    pub(super) fn plain(self, text: &str) {
        self.leaf(text, ["&#x26;", "&#x3C;"]);
    }

    /// HTML, an address or a date is in it.
    pub(super) fn body(self, text: &str) {
        self.leaf(text, ["&amp;", "&lt;"]);
    }

    fn leaf(self, text: &str, [and, less]: [&str; 2]) {
        if text.is_empty() {
            return self.empty();
        }
        let out = &mut self.document.out;
        out.push('>');
        let mut rest = text;
        while let Some((before, after)) =
            memchr3(b'<', b'>', b'&', rest.as_bytes()).and_then(|place| rest.split_at_checked(place))
        {
            out.push_str(before);
            out.push_str(match after.as_bytes().first() {
                Some(b'<') => less,
                Some(b'&') => and,
                _ => "&gt;",
            });
            rest = after.get(1..).unwrap_or_default();
        }
        out.push_str(rest);
        self.document.end(self.name);
    }
}
