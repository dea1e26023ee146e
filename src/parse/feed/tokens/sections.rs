//! Sections of literal text: CDATA, also within CDATA and without its end.

use super::{CDATA, Mend, Token, Tokens};
use memchr::memmem;

/// How a section ends.
const END: &str = "]]>";

impl<'a> Tokens<'a> {
    /// A CDATA section; one that holds another, behind its element's end tag, lost its own end.
    pub(super) fn section(&mut self, start: usize, inside: Option<&str>) -> Result<Token<'a>, Mend<'a>> {
        let rest = self.rest(start);
        let inner = rest.get(CDATA.len()..).unwrap_or_default();
        let Some(end) = memmem::find(inner.as_bytes(), END.as_bytes()) else {
            return Err(self.unreadable(start, inside));
        };
        let data = inner.get(..end).unwrap_or_default();
        self.skip(CDATA.len() + end + END.len());
        let next = memmem::find(data.as_bytes(), CDATA.as_bytes());
        if let Some(next) = next
            && let Some(name) = inside
            && let Some(end) = data.get(..next).and_then(|data| data.find(&format!("</{name}>")))
        {
            self.fault_at("a CDATA section that never ends was closed", start);
            return Err(Mend::Take(
                Token::Cdata(data.get(..end).unwrap_or_default()),
                start + CDATA.len() + end,
            ));
        }
        match next.filter(|_| self.outer.is_none()) {
            Some(next) if self.holds_sections(start, inside) => {
                self.fault_at("a CDATA section that holds another was read as one", start);
                self.outer = Some(self.position());
                let before = data.get(..next).unwrap_or_default();
                Err(Mend::Take(Token::Cdata(before), start + CDATA.len() + next))
            }
            _ => Ok(Token::Cdata(data)),
        }
    }

    /// Whether sections stand within the one that begins here, and each has its end before the
    /// element that is open has.
    fn holds_sections(&mut self, start: usize, inside: Option<&str>) -> bool {
        let rest = self.rest(start);
        let end = inside.and_then(|name| rest.find(&format!("</{name}>"))).unwrap_or(rest.len());
        self.again += end;
        let text = rest.get(..end).unwrap_or_default();
        text.matches(CDATA).count() == text.matches(END).count()
    }

    /// What stands in the outer section behind an inner one.
    pub(super) fn rest_of_outer(&mut self, start: usize) -> Mend<'a> {
        let rest = self.rest(start);
        let end = rest.find(END).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default();
        let (text, next) = match text.find(CDATA) {
            Some(next) => (text.get(..next).unwrap_or_default(), start + next),
            None => (text, (start + end + END.len()).min(self.text.len())),
        };
        // The next inner one ends where the first `]]>` behind it does.
        self.outer = (next < start + end).then_some(start + end + END.len());
        Mend::Take(Token::Cdata(text), next)
    }
}
