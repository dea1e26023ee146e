//! The text of a date → numbers, words and marks.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Its value, and how many digits it was written with.
    Number(u64, usize),
    /// Lower case; an ideograph or a syllable is a word of its own.
    Word(String),
    Mark(char),
    Space,
}

/// The tokens of a text; what stands in brackets is a comment (RFC 822).
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    for letter in text.chars().map(narrow) {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ => push(&mut tokens, letter),
        }
    }
    tokens
}

fn push(tokens: &mut Vec<Token>, letter: char) {
    if let Some(digit) = letter.to_digit(10) {
        let is_behind_point = matches!(tokens.as_slice(), [.., Token::Mark('.' | ','), Token::Number(..)]);
        if let Some(Token::Number(value, digits)) = tokens.last_mut() {
            // A fraction is no finer than nanoseconds.
            if is_behind_point && *digits >= 9 {
                return;
            }
            *value = value.saturating_mul(10).saturating_add(u64::from(digit));
            *digits += 1;
        } else {
            tokens.push(Token::Number(u64::from(digit), 1));
        }
    } else if letter.is_whitespace() {
        // `2026. 11. 5.` is one date.
        if tokens.last() != Some(&Token::Mark('.')) {
            tokens.push(Token::Space);
        }
    } else if letter.is_alphabetic() {
        let alone = is_ideograph(letter);
        match tokens.last_mut() {
            Some(Token::Word(word)) if !alone && !word.chars().any(is_ideograph) => {
                word.extend(letter.to_lowercase());
            }
            _ => tokens.push(Token::Word(letter.to_lowercase().collect())),
        }
    } else if !matches!(letter, '\u{301}' | '\u{307}' | '\u{308}' | '\u{200e}' | '\u{200f}') {
        tokens.push(Token::Mark(letter));
    }
}

/// Full-width digits and marks, the digits of Arabic, Persian and Hindi, and the other minus
/// signs, in ASCII.
fn narrow(letter: char) -> char {
    let digit = |zero: u32| char::from_digit(u32::from(letter) - zero, 10).unwrap_or(letter);
    match letter {
        '\u{660}'..='\u{669}' => digit(0x660),
        '\u{6f0}'..='\u{6f9}' => digit(0x6f0),
        '\u{966}'..='\u{96f}' => digit(0x966),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{2212}' | '\u{2010}'..='\u{2015}' => '-',
        other => other,
    }
}

fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}
