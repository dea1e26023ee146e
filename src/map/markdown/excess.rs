//! Whether a text holds more than a page that anybody reads: told from the text alone, in one pass.

/// Cells of tables beyond this make the text too much: each costs some hundred bytes.
const MOST_CELLS: usize = 200_000;
/// The same for everything that may begin something of its own.
const MOST_MARKS: usize = 400_000;

/// Whether a text holds so much that no page is meant by it; then tables, or all of
/// its Markdown, stay text. Each is told from the text alone, in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Tables with too many cells.
    Tables,
    /// Too many marks of any kind.
    Marks,
}

impl Excess {
    /// What there is too much of in a text.
    pub fn of(text: &str) -> Option<Self> {
        if text.len() < MOST_CELLS / 4 {
            return None;
        }
        let is_mark = |byte: &u8| {
            matches!(
                byte,
                b'\n' | b'*' | b'_' | b'`' | b'[' | b'!' | b'<' | b'&' | b'~' | b'>' | b'"' | b'\''
            )
        };
        if text.bytes().filter(is_mark).count() > MOST_MARKS {
            return Some(Self::Marks);
        }
        let pipes = |line: &str| line.bytes().filter(|byte| *byte == b'|').count();
        // The widest row times the rows: short ones are filled up with empty cells.
        let (rows, widest) = text
            .lines()
            .map(pipes)
            .filter(|pipes| *pipes > 0)
            .fold((0_usize, 0_usize), |(rows, widest), pipes| (rows + 1, widest.max(pipes)));
        (rows.saturating_mul(widest) > MOST_CELLS).then_some(Self::Tables)
    }

    /// What becomes of it, lower case.
    pub fn message(self) -> &'static str {
        match self {
            Self::Tables => "its tables have too many cells to be rendered; they are shown as text",
            Self::Marks => "it has too much in it to be rendered; it is shown as plain text",
        }
    }
}
