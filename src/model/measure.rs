//! Times and sizes as people write them: `15m`, `10MiB`.

use std::time::Duration;

const SECOND: u64 = 1;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Ten years: longer is a slip of the pen, and stays clear of every overflow.
const LONGEST: u64 = 3660 * DAY;

/// Reads `90s`, `15m`, `6h`, `1d`, `0s`; the error says what was expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a duration such as `90s`, `15m`, `6h` or `1d`".to_owned();
    let text = text.trim();
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = match text.strip_prefix(digits).unwrap_or_default() {
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return Err(expected()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected());
    }
    let seconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    match seconds {
        Some(seconds) if seconds <= LONGEST => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a duration of at most `3660d`".into()),
    }
}

/// Writes a duration as it is read, in its largest whole unit: `15m`, `90s`.
pub fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    for (unit, letter) in [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm')] {
        if seconds > 0 && seconds.is_multiple_of(unit) {
            return format!("{}{letter}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

/// Reads `10MiB`, `512KiB`, `1MB` or plain bytes; the error says what was expected.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let expected = || "expected a size such as `10MiB`, `512KiB`, `1MB` or a number of bytes".to_owned();
    let text = text.trim();
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit: u64 = match text.strip_prefix(digits).unwrap_or_default().trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(expected()),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(expected());
    }
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .filter(|bytes| *bytes <= 1 << 40)
        .ok_or_else(|| "expected a size of at most `1024GiB`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_written() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("15m", 900), ("6h", 21_600), ("1d", 86_400)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)));
            assert_eq!(show_duration(Duration::from_secs(seconds)), text);
        }
        for text in ["", "s", "15", "15 m", "-1s", "1.5h", "１s", "1w", "99999999999999999999s", "4000d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("0", 0), ("17", 17), ("10MiB", 10 << 20), ("512 KiB", 512 << 10), ("1MB", 1_000_000)]
        {
            assert_eq!(parse_size(text), Ok(bytes));
        }
        for text in ["", "MiB", "10 mib", "-1", "1e6", "99999999999GiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
