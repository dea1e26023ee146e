//! Something wrong with what came in, as a value: where, what, and the step that mends it.

use std::fmt;

/// Characters of one part of a problem; what is longer is cut.
const MAX_SAID: usize = 2000;

/// Something wrong with one post, feed, file or key. A problem never stops
/// what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// `path:line:column`, or a URL; as exact as is known.
    pub at: String,
    /// Whether something could not be used, or is merely worth a look.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// The one step that mends it, where there is one.
    pub help: Option<String>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It was used, but its author will want to know.
    Warning,
    /// It could not be used.
    Error,
}

impl Problem {
    /// Something that could not be used.
    pub fn error(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            at: printable(at.into()),
            severity: Severity::Error,
            message: printable(message.into()),
            help: None,
        }
    }

    /// Something that was used, but is worth a look.
    pub fn warning(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(at, message) }
    }

    /// Whether something could not be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same with the step that mends it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(printable(help.into()));
        self
    }
}

/// Words from anywhere as one line that does nothing to a terminal, a log or the order of
/// its letters: white space and controls are folded, and so is what overrides directions.
pub fn printable(text: String) -> String {
    let is_harmless = |letter: char| !letter.is_control() && !turns_letters(letter);
    // No text of so few bytes has more characters.
    let text = if text.len() > MAX_SAID {
        match text.char_indices().nth(MAX_SAID) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    } else {
        text
    };
    if text.chars().all(is_harmless) {
        return text;
    }
    let folded = text.chars().map(|letter| match letter {
        '\t' | '\n' | '\r' => ' ',
        letter if is_harmless(letter) => letter,
        _ => '\u{fffd}',
    });
    folded.collect()
}

/// Whether a character changes the direction of those behind it (UAX #9 §2).
fn turns_letters(letter: char) -> bool {
    matches!(
        letter,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}' | '\u{2029}'
    )
}

impl fmt::Display for Problem {
    /// `at: error: message`, and `  help: …` on a line of its own.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(formatter, "{}: {severity}: {}", self.at, self.message)?;
        if let Some(help) = &self.help {
            write!(formatter, "\n  help: {help}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_outside_move_nothing() {
        let said = "\u{1b}[2J\n2026-11-22 INFO fake\r\u{202e}evil\0 fine, 中文 é";
        let problem = Problem::error(format!("https://a.example/{said}"), said).with_help(said);
        let meant = "\u{fffd}[2J 2026-11-22 INFO fake \u{fffd}evil\u{fffd} fine, 中文 é";
        assert_eq!(problem.message, meant);
        assert_eq!(problem.at, format!("https://a.example/{meant}"));
        assert_eq!(problem.help.as_deref(), Some(meant));
    }

    #[test]
    fn long_words_are_cut() {
        let long = "é".repeat(MAX_SAID + 1);
        assert_eq!(Problem::error("a", &long).message, format!("{}…", "é".repeat(MAX_SAID)));
        let whole = "é".repeat(MAX_SAID);
        assert_eq!(Problem::error("a", &whole).message, whole);
    }
}
