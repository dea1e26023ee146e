//! A post's bytes → text without a byte order mark.

use crate::model::Problem;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;
use std::borrow::Cow;

/// Decodes; what isn't UTF-8 is read in the encoding it most likely is, with a problem.
pub(super) fn text<'a>(path: &str, bytes: &'a [u8], problems: &mut Vec<Problem>) -> Cow<'a, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let mut rest = bytes.get(length..).unwrap_or_default();
        // A script that puts one in front puts another there each time.
        while let Some(after) = rest.strip_prefix(b"\xef\xbb\xbf") {
            rest = after;
        }
        return encoding.decode_without_bom_handling(rest).0;
    }
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Allow);
    let message = format!("not UTF-8, read as {}", encoding.name());
    let help = "save the file as UTF-8, or its generator skips it or garbles it";
    problems.push(Problem::warning(format!("{path}:1:1"), message).with_help(help));
    encoding.decode_without_bom_handling(bytes).0
}
