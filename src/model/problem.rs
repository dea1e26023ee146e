//! Something wrong with what came in, as a value: where, what, and the step that mends it.

use std::fmt;

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
        Self { at: at.into(), severity: Severity::Error, message: message.into(), help: None }
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
        self.help = Some(help.into());
        self
    }
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
