//! reStructuredText's two ways to draw a table → HTML.

/// `+---+---+` between rows, `+===+===+` below the head.
pub(super) fn grid(block: &str, marked: &dyn Fn(&str) -> String) -> Option<String> {
    let is_border = |line: &str| {
        line.len() > 2
            && line.starts_with('+')
            && line.ends_with('+')
            && line.bytes().all(|byte| b"+-=".contains(&byte))
    };
    let first = block.lines().next().filter(|line| is_border(line))?;
    let columns = first.matches('+').count() - 1;
    let mut rows: Vec<(bool, Vec<String>)> = Vec::new();
    let mut row: Vec<String> = Vec::new();
    for line in block.lines().skip(1) {
        if is_border(line) {
            rows.push((line.contains('='), std::mem::take(&mut row)));
            continue;
        }
        let inner = line.trim().strip_prefix('|')?;
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        // Cells over several columns, and a stroke in a text, leave one cell of what there is.
        let cells: Vec<&str> = inner.split('|').collect();
        let cells = if cells.len() == columns { cells } else { vec![inner] };
        join(&mut row, &cells);
    }
    rows.retain(|(_, cells)| !cells.is_empty());
    let head = rows.iter().position(|(is_head, _)| *is_head).map_or(0, |place| place + 1);
    (!rows.is_empty()).then(|| {
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, cells)| cells).collect();
        table(&rows, head, marked)
    })
}

/// `=====  =====` above, below the head and at the end; cells stand below those.
pub(super) fn simple(block: &str, marked: &dyn Fn(&str) -> String) -> Option<String> {
    let is_border =
        |line: &str| line.starts_with("==") && line.trim().bytes().all(|byte| b"= ".contains(&byte));
    let first = block.lines().next().filter(|line| is_border(line) && line.trim().contains(' '))?;
    let starts: Vec<usize> = (0..first.len())
        .filter(|at| first.as_bytes().get(*at) == Some(&b'='))
        .filter(|at| *at == 0 || first.as_bytes().get(*at - 1) == Some(&b' '))
        .collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut head = 0;
    let last = block.lines().count().checked_sub(1)?;
    for (place, line) in block.lines().enumerate().skip(1) {
        if is_border(line) {
            head = if place < last { rows.len() } else { head };
            continue;
        }
        let cells = cut(line, &starts);
        let goes_on = cells.first().is_none_or(|first| first.trim().is_empty());
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        if let Some(row) = rows.last_mut().filter(|_| goes_on) {
            join(row, &cells);
        } else {
            let mut row = Vec::new();
            join(&mut row, &cells);
            rows.push(row);
        }
    }
    (!rows.is_empty()).then(|| table(&rows, head, marked))
}

/// A line cut where columns begin, as wide as letters are shown: Chinese ones take two.
fn cut(line: &str, starts: &[usize]) -> Vec<String> {
    let mut cells = vec![String::new(); starts.len()];
    let mut at = 0;
    for letter in line.chars() {
        let column = starts.partition_point(|start| *start <= at).saturating_sub(1);
        if let Some(cell) = cells.get_mut(column) {
            cell.push(letter);
        }
        at += if letter >= '\u{1100}' { 2 } else { 1 };
    }
    cells
}

fn join(row: &mut Vec<String>, cells: &[&str]) {
    for (place, cell) in cells.iter().enumerate() {
        match row.get_mut(place) {
            Some(known) if cell.trim().is_empty() => known.truncate(known.trim_end().len()),
            Some(known) => {
                known.push(' ');
                known.push_str(cell.trim());
            }
            None => row.push(cell.trim().to_owned()),
        }
    }
}

fn table(rows: &[Vec<String>], head: usize, marked: &dyn Fn(&str) -> String) -> String {
    let mut out = String::from("<table>\n");
    for (place, cells) in rows.iter().enumerate() {
        let tag = if place < head { "th" } else { "td" };
        let cells: Vec<String> =
            cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", marked(cell.trim()))).collect();
        for piece in ["<tr>", &cells.concat(), "</tr>\n"] {
            out.push_str(piece);
        }
    }
    out + "</table>\n"
}
