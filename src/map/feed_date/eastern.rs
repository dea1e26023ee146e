//! What Chinese, Japanese and Korean dates say in words of their own: units behind numbers,
//! numerals, halves of the day and eras.

use super::reading::{Reading, century};
use super::tokens::Token;

/// Numerals of Chinese and Japanese, one by one; `十` counts tens.
const NUMERALS: [char; 11] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '零'];

/// The text with digits for numerals: `二〇二六年十一月` is `2026年11月`. Those that name a
/// day of the week (`星期三`, `週一`) are none.
pub(super) fn with_digits(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let is_numeral = |letter: &char| *letter == '十' || NUMERALS.contains(letter);
    for piece in letters.chunk_by(|left, right| is_numeral(left) == is_numeral(right)) {
        let is_weekday = out.ends_with(['周', '週', '期', '拜']);
        if piece.first().is_some_and(is_numeral) && !is_weekday {
            out.push_str(&number(piece));
        } else if piece.first().is_some_and(is_numeral) {
            out.push(' ');
        } else {
            out.extend(piece);
        }
    }
    out
}

/// `二十三` is 23, `十` is 10, `二〇二六` is 2026.
fn number(numerals: &[char]) -> String {
    let digit = |numeral: &char| NUMERALS.iter().position(|known| known == numeral).unwrap_or(0) % 10;
    match numerals.iter().position(|numeral| *numeral == '十') {
        None => numerals.iter().map(|numeral| digit(numeral).to_string()).collect(),
        Some(ten) => {
            let (tens, ones) = numerals.split_at(ten);
            let tens = tens.last().map_or(1, digit);
            let ones = ones.get(1).map_or(0, digit);
            (tens * 10 + ones).to_string()
        }
    }
}

impl Reading {
    /// `年 月 日 时 分 秒` and their Korean and Japanese kin behind a number.
    pub(super) fn ideographic(&mut self, rest: &[Token]) -> Option<usize> {
        let (value, unit, length) = match rest {
            [Token::Number(value, _), Token::Word(unit), ..] => (*value, unit, 2),
            [Token::Number(value, _), Token::Space, Token::Word(unit), ..] => (*value, unit, 3),
            _ => return None,
        };
        let value = u32::try_from(value).ok()?;
        match unit.as_str() {
            "年" | "년" => {
                let year = i32::try_from(value).ok()?;
                self.year =
                    Some(self.era.map_or_else(|| century(year), |before| before.saturating_add(year)));
            }
            "月" | "월" => self.month = Some(value),
            "日" | "일" | "号" | "號" => self.day = Some(value),
            "时" | "時" | "시" | "点" | "點" => self.hour = Some(value),
            "分" | "분" => self.minute = value,
            "秒" | "초" => self.second = value,
            _ => return None,
        }
        Some(length)
    }

    /// Whether a word is one of these; a character each.
    pub(super) fn eastern(&mut self, word: &str, rest: &[Token]) -> bool {
        let next = match rest {
            [Token::Word(next), ..] => next.as_str(),
            _ => "",
        };
        match (word, next) {
            ("令", "和") => self.era = Some(2018),
            ("平", "成") => self.era = Some(1988),
            ("昭", "和") => self.era = Some(1925),
            ("民", "国" | "國") => self.era = Some(1911),
            // The first year of an era.
            ("元", "年") => self.year = self.era.map(|before| before + 1),
            // 上午 午前 오전 凌晨 早上, and 下午 午後 오후 傍晚 晚上: the first says it.
            ("上" | "前" | "전" | "凌" | "早", _) => self.afternoon = self.afternoon.or(Some(false)),
            ("下" | "后" | "後" | "후" | "晚" | "夜", _) => {
                self.afternoon = self.afternoon.or(Some(true));
            }
            _ => return false,
        }
        true
    }
}
