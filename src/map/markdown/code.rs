//! Lines of a text, in their order → which of them are code, so that nothing in them is Markdown.

/// Where in a text a reader of its lines stands.
#[derive(Default)]
pub(super) struct Code<'a> {
    /// The fence that is open.
    fence: Option<&'a str>,
}

impl<'a> Code<'a> {
    /// Whether the next line is code, or the fence of some; what is indented counts.
    pub(super) fn holds(&mut self, line: &'a str) -> bool {
        let trimmed = line.trim();
        let length = |mark| trimmed.bytes().take_while(|byte| *byte == mark).count();
        let fence = [b'`', b'~'].into_iter().map(length).max().filter(|length| *length > 2);
        let fence = fence.and_then(|length| trimmed.split_at_checked(length));
        match (self.fence, fence) {
            (None, Some((mark, rest))) if !(mark.starts_with('`') && rest.contains('`')) => {
                self.fence = Some(mark);
                true
            }
            (Some(open), Some((mark, ""))) if mark.starts_with(open) => {
                self.fence = None;
                true
            }
            (Some(_), _) => true,
            (None, _) => line.starts_with("    ") || line.starts_with('\t'),
        }
    }
}

/// Whether this place in a line is within a code span, as far as the line says.
pub(super) fn is_in_span(line: &str, at: usize) -> bool {
    line.get(..at).is_some_and(|before| before.matches('`').count() % 2 == 1)
}
