//! What stands behind two dots in reStructuredText: directives, footnotes, targets, comments.

use super::{Inner, Page, dedented};
use crate::map::plain::escaped;
use std::fmt::Write as _;

/// Directives whose own line is text too.
const OF_TEXT: [&str; 21] = [
    "admonition",
    "attention",
    "caution",
    "centered",
    "compound",
    "danger",
    "epigraph",
    "error",
    "highlights",
    "hint",
    "important",
    "line-block",
    "note",
    "parsed-literal",
    "pull-quote",
    "rubric",
    "seealso",
    "sidebar",
    "tip",
    "topic",
    "warning",
];

/// Directives whose text is shown as it stands.
const OF_CODE: [&str; 5] = ["code", "code-block", "highlight", "math", "sourcecode"];

/// Directives whose text is for the program that reads it.
const WITHOUT_TEXT: [&str; 9] =
    ["contents", "date", "include", "meta", "raw", "replace", "role", "toctree", "unicode"];

/// Boxes that are named by what they are.
const BOXES: [(&str, &str); 10] = [
    ("attention", "Attention"),
    ("caution", "Caution"),
    ("danger", "Danger"),
    ("error", "Error"),
    ("hint", "Hint"),
    ("important", "Important"),
    ("note", "Note"),
    ("seealso", "See also"),
    ("tip", "Tip"),
    ("warning", "Warning"),
];

impl Page<'_> {
    /// What stands behind `..`: a directive, a footnote, or a comment.
    pub(super) fn put_explicit(&mut self, explicit: &str) {
        let (line, rest) = explicit.split_once('\n').unwrap_or((explicit, ""));
        if explicit.is_empty() {
            // Two dots alone end what stands above and hide nothing.
            return;
        }
        if let Some((note, text)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            let lines = [text, rest].join("\n");
            let number = self.names.number(note);
            return self.paragraph(&format!("[{number}] {}", lines.trim()));
        }
        if line.starts_with('_') {
            // A link's target, which what stands below is no part of.
            return;
        }
        // What is given a name is shown where it is named.
        let Some((name, argument)) = directive(line).filter(|_| !line.starts_with('|')) else {
            self.above.1 = Inner::Hidden;
            return;
        };
        let name = name.to_ascii_lowercase();
        let name = name.as_str();
        let body = without_options(rest);
        if OF_TEXT.contains(&name) {
            self.put_box(name, &format!("{argument}\n{body}"));
        } else if OF_CODE.contains(&name) {
            self.above.1 = Inner::Literal;
            if name == "math" && !argument.trim().is_empty() {
                self.put_inner(argument.trim());
            }
        } else if name == "raw" && argument.split_whitespace().any(|format| format == "html") {
            self.above.1 = Inner::Html;
        } else if let ("youtube" | "vimeo", Some(id)) = (name, argument.split_whitespace().next()) {
            let host =
                if name == "vimeo" { "https://vimeo.com/" } else { "https://www.youtube.com/watch?v=" };
            let _ = writeln!(self.out, "<p><a href=\"{host}{}\">{name}</a></p>", escaped(id));
            self.above.1 = Inner::Hidden;
        } else if WITHOUT_TEXT.contains(&name) {
            self.above.1 = Inner::Hidden;
        } else if matches!(name, "image" | "figure") {
            let _ = writeln!(self.out, "<p>{}</p>", picture(argument, rest));
        }
        if !body.trim().is_empty() {
            self.put_inner(&dedented(&body));
        }
    }

    fn put_box(&mut self, name: &str, text: &str) {
        if let Some((_, word)) = BOXES.iter().find(|(known, _)| *known == name) {
            let _ = writeln!(self.out, "<p><strong>{word}</strong></p>");
        }
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if !lines.is_empty() {
            self.paragraph(&lines.join(" "));
        }
    }
}

/// An image by its address and its options.
fn picture(argument: &str, options: &str) -> String {
    let option = |name: &str| {
        let found = options.lines().find_map(|line| line.trim_start().strip_prefix(name));
        found.map(|value| escaped(value.trim()))
    };
    let alt = option(":alt:").map(|alt| format!(" alt=\"{alt}\"")).unwrap_or_default();
    let picture = format!("<img src=\"{}\"{alt}>", escaped(argument.trim()));
    match option(":target:") {
        Some(target) => format!("<a href=\"{target}\">{picture}</a>"),
        None => picture,
    }
}

/// `name:: argument`; a name has no blanks, or the line is a comment's.
fn directive(line: &str) -> Option<(&str, &str)> {
    let (name, argument) = line.split_once("::")?;
    let name = name.strip_suffix(' ').unwrap_or(name);
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-._+:".contains(c));
    (is_name && (argument.is_empty() || argument.starts_with(' '))).then_some((name, argument))
}

/// The lines below a directive that aren't its `:option:` lines.
fn without_options(text: &str) -> String {
    text.lines().skip_while(|line| line.trim_start().starts_with(':')).collect::<Vec<_>>().join("\n")
}
