//! Eleventy's filters that make slugs: `slugify`, and the older `slug`.
//!
//! Rules from the packages that they stand for, `@sindresorhus/slugify` without its
//! splitting of camel case, and `slugify` in lower case.

use deunicode::deunicode_char;

/// Letters that `slugify` writes otherwise than is usual.
const SLUGIFY: [(&str, &str); 24] = [
    ("ä", "ae"),
    ("ö", "oe"),
    ("ü", "ue"),
    ("ή", "i"),
    ("η", "i"),
    ("β", "v"),
    ("ξ", "ks"),
    ("υ", "y"),
    ("ύ", "y"),
    ("ϋ", "y"),
    ("ΰ", "y"),
    ("φ", "f"),
    ("χ", "x"),
    ("ё", "yo"),
    ("є", "ye"),
    ("й", "y"),
    ("щ", "sch"),
    ("ю", "yu"),
    ("я", "ya"),
    ("ґ", "g"),
    ("ъ", ""),
    ("ь", ""),
    ("&", " and "),
    ("♥", " love "),
];
/// What `slug` writes otherwise.
const SLUG: [(&str, &str); 31] = [
    ("$", "dollar"),
    ("%", "percent"),
    ("&", "and"),
    ("<", "less"),
    (">", "greater"),
    ("|", "or"),
    ("-", " "),
    ("–", " "),
    ("—", " "),
    ("đ", "dj"),
    ("ή", "h"),
    ("η", "h"),
    ("θ", "8"),
    ("ξ", "3"),
    ("υ", "y"),
    ("ύ", "y"),
    ("φ", "f"),
    ("χ", "x"),
    ("ω", "w"),
    ("ώ", "w"),
    ("ё", "yo"),
    ("й", "j"),
    ("х", "h"),
    ("ц", "c"),
    ("щ", "sh"),
    ("ъ", "u"),
    ("ь", ""),
    ("ю", "yu"),
    ("я", "ya"),
    ("€", "euro"),
    ("♥", "love"),
];

/// ASCII, lower case, runs of anything else one `-`; the apostrophe of `it's` falls away.
pub(super) fn slugify(text: &str) -> String {
    let written: String = in_latin(text, &SLUGIFY);
    let letters: Vec<char> = written.chars().map(|letter| letter.to_ascii_lowercase()).collect();
    let at = |place: usize| letters.get(place).copied().unwrap_or(' ');
    let mut out = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let is_contraction = *letter == '\''
            && place > 0
            && at(place - 1).is_ascii_alphanumeric()
            && matches!(at(place + 1), 't' | 's')
            && at(place + 2).is_ascii_whitespace();
        if letter.is_ascii_alphanumeric() {
            out.push(*letter);
        } else if !is_contraction && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// Words joined by `-` in lower case; most signs stay.
pub(super) fn slug(text: &str) -> String {
    let written = in_latin(text, &SLUG);
    let is_kept =
        |c: &char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "_$*+~.()'\"!-:@".contains(*c);
    let kept: String = written.chars().filter(is_kept).collect();
    kept.split_ascii_whitespace().collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// Latin, Greek and Cyrillic letters and punctuation in ASCII; other scripts and signs
/// become a `^`, which no slug keeps.
fn in_latin(text: &str, own: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        let mut buffer = [0; 4];
        let shown: &str = letter.encode_utf8(&mut buffer);
        if let Some((_, written)) = own.iter().find(|(known, _)| *known == shown) {
            out.push_str(written);
            continue;
        }
        match letter {
            '\0'..='\u{7f}' => out.push(letter),
            '\u{2b0}'..='\u{36f}' | '\u{a8}' | '\u{af}' | '\u{b4}' | '\u{b7}' | '\u{b8}' => {}
            '\u{c0}'..='\u{24f}'
            | '\u{370}'..='\u{3ff}'
            | '\u{400}'..='\u{4ff}'
            | '\u{531}'..='\u{58f}'
            | '\u{620}'..='\u{6ff}'
            | '\u{10d0}'..='\u{10ff}'
            | '\u{1e00}'..='\u{1fff}'
            | '\u{2013}'..='\u{2026}' => out.push_str(deunicode_char(letter).unwrap_or("^")),
            _ if letter.is_whitespace() => out.push(' '),
            _ => out.push('^'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_the_packages_own() {
        for (text, of_slugify, of_slug) in [
            (
                "Java's GC & Kubernetes's OOM",
                "javas-gc-and-kubernetess-oom",
                "java's-gc-and-kubernetes's-oom",
            ),
            ("O'Brien don't “Guava’s” x", "o-brien-dont-guava-s-x", "o'brien-don't-\"guava's\"-x"),
            ("fooBar FOO360 API", "foobar-foo360-api", "foobar-foo360-api"),
            ("C++ and C# .NET", "c-and-c-net", "c++-and-c-.net"),
            ("a_b.c~d!e", "a-b-c-d-e", "a_b.c~d!e"),
            ("日本語 のテスト", "", ""),
            ("中文 标题 2", "2", "2"),
            ("Straße Ünï", "strasse-ueni", "strasse-uni"),
            ("100% of $5 <b>", "100-of-5-b", "100percent-of-dollar5-lessbgreater"),
            ("a/b: c|d", "a-b-c-d", "ab:-cord"),
            ("emoji 🎉 party", "emoji-party", "emoji-party"),
            ("ño ñ Ελλάδα Привет", "no-n-ellada-privet", "no-n-ellada-privet"),
            ("--x--y--", "x-y", "x-y"),
            ("I ♥ Dogs", "i-love-dogs", "i-love-dogs"),
            ("a&b", "a-and-b", "aandb"),
            ("trailing. ", "trailing", "trailing."),
            ("@me #tag *", "me-tag", "@me-tag-*"),
            ("“q” – dash — em…", "q-dash-em", "\"q\"-dash-em..."),
            ("\"a\" 'b' '90s rock'n'roll", "a-b-90s-rock-n-roll", "\"a\"-'b'-'90s-rock'n'roll"),
            ("Fran\u{e7}ois l'été", "francois-l-ete", "francois-l'ete"),
        ] {
            assert_eq!((slugify(text).as_str(), slug(text).as_str()), (of_slugify, of_slug), "{text}");
        }
    }
}
