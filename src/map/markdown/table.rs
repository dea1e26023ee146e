//! kramdown's tables where GFM has none: without a line below the head, with more or fewer dashes than
//! columns, with a pipe in code (kramdown, "Tables").

use std::fmt::Write as _;

/// A longer one is left to GFM: each cell is rendered by itself.
const MOST_ROWS: usize = 2_000;

/// The HTML of the table at the start of a text, and how much of the text it takes; `None` where
/// there is none, or GFM reads the same. `cell` renders what stands in one.
pub(super) fn read(text: &str, cell: &dyn Fn(&str) -> String) -> Option<(String, usize)> {
    let lines: Vec<&str> =
        text.split_inclusive('\n').take_while(|line| is_row(line)).take(MOST_ROWS + 1).collect();
    if lines.len() > MOST_ROWS {
        return None;
    }
    let (first, second) = (lines.first()?, lines.get(1));
    let starts = |line: &&str| line.trim_start().starts_with('|');
    let is_ruled = second.is_some_and(|line| is_rule(line));
    if !is_ruled && !lines.iter().all(starts) {
        return None;
    }
    let columns = |line: &&str| cells(line).len();
    let has_code = |line: &&str| line.contains('`') && columns(line) < plain_columns(line);
    if is_ruled && second.map(columns) == Some(columns(first)) && !lines.iter().any(has_code) {
        return None;
    }
    let head_ends = lines.iter().position(|line| is_rule(line)).filter(|at| *at > 0).unwrap_or(0);
    let mut out = String::from("<table>\n");
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !is_rule(line)) {
        let kind = if at < head_ends { "th" } else { "td" };
        out.push_str("<tr>\n");
        for text in cells(line) {
            let html = cell(text.trim());
            let html = html.trim();
            let html = html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>")).unwrap_or(html);
            let _ = writeln!(out, "<{kind}>{html}</{kind}>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>");
    Some((out, lines.iter().map(|line| line.len()).sum()))
}

/// A line with a pipe that means something.
fn is_row(line: &str) -> bool {
    let indent = line.len() - line.trim_start_matches(' ').len();
    indent < 4 && (cells(line).len() > 1 || line.trim_start().starts_with('|'))
}

/// A line that only rules rows off: `|---|:-:|`, `===`.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains(['-', '='])
        && line.bytes().all(|byte| matches!(byte, b'|' | b':' | b'-' | b'+' | b'=' | b' ' | b'\t'))
}

/// The cells of a row: parted by pipes that are neither escaped nor in code.
fn cells(line: &str) -> Vec<&str> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let (mut cells, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.chars().next().map_or(1, char::len_utf8);
        match rest.as_bytes().first() {
            Some(b'\\') => at += 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            Some(b'`') => at += span(rest),
            Some(b'|') => {
                cells.push(line.get(start..at).unwrap_or_default());
                at += 1;
                start = at;
            }
            _ => at += length,
        }
    }
    let last = line.get(start..).unwrap_or_default();
    if !last.trim().is_empty() {
        cells.push(last);
    }
    cells
}

/// As many as there are where code has no say.
fn plain_columns(line: &str) -> usize {
    let line = line.trim();
    line.strip_prefix('|').unwrap_or(line).trim_end_matches('|').matches('|').count() + 1
}

/// The length of a code span, or of the backticks where it isn't ended.
fn span(text: &str) -> usize {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let mark = text.get(..ticks).unwrap_or_default();
    let inside = text.get(ticks..).unwrap_or_default();
    let end = inside.match_indices(mark).find(|(at, _)| {
        let after = inside.get(at + ticks..).unwrap_or_default();
        !after.starts_with('`') && !inside.get(..*at).unwrap_or_default().ends_with('`')
    });
    end.map_or(ticks, |(at, _)| ticks + at + ticks)
}
