//! Whether the text of a config ends where its author ended it, as far as that shows.
//!
//! In: a text and the format it is written in. Out: whether it says anything and nothing in
//! it is left open. TOML and JSON tell that when they are read; the others are read as far
//! as they go. Never says what a text means.

use super::Format;

/// Whether nothing of a text seems cut off.
pub fn is_whole(text: &str, format: Format) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
    let last = text.lines().next_back().unwrap_or_default();
    let is_name = last.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    match format {
        _ if text.trim().is_empty() => false,
        Format::Toml | Format::Json => true,
        Format::Yaml => !last.starts_with(char::is_alphanumeric) || last.contains(':'),
        Format::Python => !is_name && !text.ends_with(['=', '.', ',']) && is_closed(text, format),
        Format::Script => text.contains("export") && !text.ends_with(['=', '.']) && is_closed(text, format),
    }
}

/// Whether every bracket and text that is opened is closed.
fn is_closed(text: &str, format: Format) -> bool {
    let is_python = format == Format::Python;
    let (mut rest, mut open) = (text, 0_usize);
    while let Some(letter) = rest.chars().next() {
        let comment = [("#", "\n", is_python), ("//", "\n", !is_python), ("/*", "*/", !is_python)];
        let begun = comment.iter().find(|(begin, _, counts)| *counts && rest.starts_with(begin));
        if let Some((_, end, _)) = begun {
            rest = rest.split_once(end).map_or("", |(_, after)| after);
            continue;
        }
        rest = match letter {
            '"' | '\'' | '`' => match behind_text(rest, letter, is_python) {
                Some(after) => after,
                None => return false,
            },
            _ => rest.get(letter.len_utf8()..).unwrap_or_default(),
        };
        match letter {
            '{' | '[' | '(' => open += 1,
            '}' | ']' | ')' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    open == 0
}

/// What follows a quoted text; `None` where it isn't closed. One that would end with its line is a
/// quote in a regular expression, where there are such.
fn behind_text(rest: &str, quote: char, is_python: bool) -> Option<&str> {
    let triple = quote.to_string().repeat(3);
    if is_python && rest.starts_with(&triple) {
        return rest.get(3..)?.split_once(&triple).map(|(_, after)| after);
    }
    let mut letters = rest.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '\n' if quote != '`' => return rest.get(1..).filter(|_| !is_python),
            _ if letter == quote => return rest.get(place + 1..),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_not_whole() {
        let python = "SITENAME = 'It\\'s P'  # don't\nTHEMES = ['a',\n  \"b\"]\nX = '''\n'\n'''\n";
        let script =
            "// it's\nmodule.exports = (c) => {\n  c.add(/[\"']/);\n  return {dir: {input: `a\n'`}};\n};\n";
        let yaml = "title: J\nexclude: [a,\n  b]\nplugins:\n- x\n";
        for (text, format) in [
            (python, Format::Python),
            (script, Format::Script),
            (yaml, Format::Yaml),
            ("a = 1", Format::Toml),
        ] {
            assert!(is_whole(text, format), "{text}");
            assert!(is_whole(text.trim_end(), format), "{text}");
        }
        let cut = [
            ("", Format::Yaml),
            (" \n", Format::Toml),
            ("title: J\nu", Format::Yaml),
            ("titl", Format::Yaml),
            ("SITENAME", Format::Python),
            ("SITENAME =", Format::Python),
            ("SITENAME = 'It", Format::Python),
            ("SITENAME = 'It\nX = 1", Format::Python),
            ("X = ['a',", Format::Python),
            ("X = '''a\n", Format::Python),
            ("module.exp", Format::Script),
            ("module.exports =", Format::Script),
            ("module.exports = (c) => {\n  c.a();", Format::Script),
            ("export default {a: 'b", Format::Script),
        ];
        for (text, format) in cut {
            assert!(!is_whole(text, format), "{text}");
        }
    }
}
