//! `new_post_name`: what a file's name says.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

/// What a path below `_posts` says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct FileName {
    /// `:title` in permalinks.
    pub(super) slug: String,
    /// Where year, month and day stand in it.
    pub(super) day: Option<NaiveDate>,
    /// Other captures: `:lang/:title.md`.
    pub(super) others: Vec<(String, String)>,
}

/// Reads a path by the pattern of `new_post_name`; what doesn't fit gives a slug alone.
pub(super) fn read(pattern: &str, path: &str) -> FileName {
    let pattern = without_extension(pattern);
    let path = without_extension(path);
    if pattern == ":title" {
        return FileName { slug: path.to_owned(), ..FileName::default() };
    }
    let mut captures = Vec::new();
    if !fits(pattern, path, &mut captures) {
        return FileName { slug: slugize(path, 0), ..FileName::default() };
    }
    let number = |keys: [&str; 2]| {
        let found = captures.iter().find(|(key, _)| keys.contains(&key.as_str()))?;
        found.1.parse::<u32>().ok()
    };
    let day = number(["year", "year"]).and_then(|year| {
        let month = number(["month", "i_month"])?;
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, number(["day", "i_day"])?)
    });
    let slug = captures.iter().find(|(key, _)| key == "title").map(|(_, value)| value.clone());
    FileName {
        slug: slug.unwrap_or_else(|| slugize(path, 0)),
        day,
        others: captures
            .into_iter()
            .filter(|(key, _)| {
                !["title", "year", "month", "day", "i_month", "i_day", "hash"].contains(&key.as_str())
            })
            .collect(),
    }
}

fn without_extension(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path.rfind('.') {
        Some(dot) if dot > name => path.get(..dot).unwrap_or(path),
        _ => path,
    }
}

/// Matches from the left, each placeholder as short as it can be.
fn fits(pattern: &str, text: &str, captures: &mut Vec<(String, String)>) -> bool {
    let Some(start) = pattern.find(':') else {
        return pattern == text;
    };
    let (literal, rest) = pattern.split_at(start);
    let Some(text) = text.strip_prefix(literal) else {
        return false;
    };
    let rest = rest.get(1..).unwrap_or_default();
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let (key, rest) = rest.split_at_checked(length).unwrap_or((rest, ""));
    let (fewest, most) = match key {
        "year" => (4, 4),
        "month" | "day" => (2, 2),
        "i_month" | "i_day" => (1, 2),
        "hash" => (12, 12),
        _ => (1, usize::MAX),
    };
    let digits_only = most < 12;
    // What stands between two placeholders names the only places worth trying.
    let next = rest.find(':').map_or(rest, |end| rest.get(..end).unwrap_or_default());
    let ends = text.char_indices().map(|(place, _)| place).chain([text.len()]).filter(|end| {
        let inner = text.get(..*end).unwrap_or_default();
        let length = inner.chars().count();
        (fewest..=most).contains(&length)
            && (!digits_only || inner.bytes().all(|byte| byte.is_ascii_digit()))
            && text.get(*end..).is_some_and(|after| after.starts_with(next))
            && (!rest.is_empty() || *end == text.len())
    });
    for end in ends.take(64) {
        let (value, after) = text.split_at_checked(end).unwrap_or((text, ""));
        captures.push((key.to_owned(), value.to_owned()));
        if fits(rest, after, captures) {
            return true;
        }
        captures.pop();
    }
    false
}

/// hexo-util's `slugize`: blanks and punctuation become `-`; `case` 1 lowers, 2 raises.
pub(super) fn slugize(text: &str, case: u8) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !matches!(character, '\0'..='\x1f')) {
        let is_special = character.is_whitespace()
            || character == '\u{feff}'
            || "~`!@#$%^&*()-_+=[]{}|\\;:\"'<>,.?/".contains(character);
        if !is_special {
            push_plain(character, &mut out);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_matches('-');
    match case {
        1 => trimmed.to_lowercase(),
        2 => trimmed.to_uppercase(),
        _ => trimmed.to_owned(),
    }
}

/// Latin letters lose their accents.
fn push_plain(character: char, out: &mut String) {
    if matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
        && let Some(base) = character.nfd().next().filter(char::is_ascii_alphabetic)
    {
        out.push(base);
    } else {
        out.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_slug_and_day() {
        let found = read(":year-:month-:day-:title.md", "2021-03-04-dated.md");
        assert_eq!((found.slug.as_str(), found.day), ("dated", NaiveDate::from_ymd_opt(2021, 3, 4)));
        assert_eq!(read(":year-:month-:day-:title.md", "sub/dir/deep.md").slug, "sub-dir-deep");
        assert_eq!(read(":title.md", "sub/dir/a-b_c D.md").slug, "sub/dir/a-b_c D");
        let found = read(":lang/:title.md", "en/x/y.md");
        assert_eq!((found.slug.as_str(), found.others), ("x/y", vec![("lang".into(), "en".into())]));
    }
}
