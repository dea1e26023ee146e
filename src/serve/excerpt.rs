//! The beginning of an entry's text, for a feed of summaries whose source gave one text alone.
//!
//! In: clean HTML. Out: its first paragraphs, whole. Never cuts within an element.

/// So many words are enough: Hugo's `summaryLength`, whose rule for automatic summaries this is.
const ENOUGH: usize = 70;

/// Elements without an end tag.
const VOID: [&str; 9] = ["area", "br", "col", "hr", "img", "input", "source", "track", "wbr"];

/// The text up to the end of the paragraph with its seventieth word; all of it where it has
/// fewer words, or no paragraph that ends after them. Han, kana and hangul count by character.
pub(super) fn excerpt(html: &str) -> &str {
    let (mut rest, mut depth, mut words) = (html, 0_usize, 0);
    while let Some(start) = rest.find('<') {
        let (text, from_tag) = rest.split_at(start);
        words += count(text);
        let (tag, after) = from_tag.split_at(end_of_tag(from_tag));
        rest = after;
        let is_end = tag.starts_with("</");
        let name = tag.trim_start_matches(['<', '/']);
        let name = name.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
        if is_end {
            depth = depth.saturating_sub(1);
            if depth == 0 && name == "p" && words >= ENOUGH {
                return html.get(..html.len() - rest.len()).unwrap_or(html);
            }
        } else if !name.is_empty() && !VOID.contains(&name) && !tag.ends_with("/>") {
            depth += 1;
        }
    }
    html
}

/// Where the tag ends that this begins with: a `>` in a quoted value is none.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    for (place, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return place + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn count(text: &str) -> usize {
    let of_word = |word: &str| word.chars().filter(|letter| is_a_word(*letter)).count().max(1);
    text.split_whitespace().map(of_word).sum()
}

/// Whether a character is written without spaces around words.
fn is_a_word(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    fn words(count: usize) -> String {
        vec!["word"; count].join(" ")
    }

    #[test]
    fn whole_paragraphs_until_there_are_words_enough() {
        let (some, enough) = (words(30), words(70));
        let han = "字".repeat(70);
        for (html, left) in [
            ("plain".to_owned(), None),
            ("<p>short</p>\n<p>and sweet</p>".to_owned(), None),
            (format!("<p>{enough}</p>\n<p>more</p>"), Some(format!("<p>{enough}</p>"))),
            (format!("<p>{han}</p><p>more</p>"), Some(format!("<p>{han}</p>"))),
            (
                format!("<p>{some}<br></p><ul><li><p>{enough}</p></li></ul><p>end</p><p>more</p>"),
                Some(format!("<p>{some}<br></p><ul><li><p>{enough}</p></li></ul><p>end</p>")),
            ),
            (format!("<div><p>{enough}</p><p>more</p></div>"), None),
            (
                format!("<p><img src=\"a.png\" alt=\"a > b </p>\">{enough}</p>more"),
                Some(format!("<p><img src=\"a.png\" alt=\"a > b </p>\">{enough}</p>")),
            ),
            ("<p>a < b".to_owned(), None),
        ] {
            assert_eq!(excerpt(&html), left.as_deref().unwrap_or(&html));
        }
    }
}
