//! Language tags that every reader takes.
//!
//! In: what a source calls its language. Out: a BCP 47 tag, or nothing. Never guesses
//! from text.

/// The tag as feeds carry it: `zh_CN` becomes `zh-CN`; what isn't a well-formed tag, or
/// begins with a language that nobody registered (`cn`, `english`), is left out, since
/// validators refuse it.
pub fn language_tag(tag: Option<&str>) -> Option<String> {
    let tag = tag?.trim().replace('_', "-");
    let mut parts = tag.split('-');
    let primary = parts.next()?.to_ascii_lowercase();
    let is_long = primary.len() == 3 && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    let known = is_long || KNOWN.split_ascii_whitespace().any(|code| code == primary);
    let well_formed = parts
        .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (known && well_formed).then_some(tag)
}

/// The same in a form that validators of ISO 639-1 and 639-2 know too: Chinese languages by
/// their macrolanguage, `yue-Hant` as `zh-yue-Hant` (RFC 5646 §2.2.2).
pub fn widely_known_tag(tag: Option<&str>) -> Option<String> {
    let tag = language_tag(tag)?;
    let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    Some(if CHINESE.contains(&primary.as_str()) { format!("zh-{tag}") } else { tag })
}

/// Extended languages of `zh`, as they are registered.
const CHINESE: [&str; 16] = [
    "cdo", "cjy", "cmn", "cnp", "cpx", "csp", "czh", "czo", "gan", "hak", "hsn", "lzh", "mnp", "nan", "wuu",
    "yue",
];

/// Whether this is a tag that begins with a registered language.
pub fn is_language_tag(tag: &str) -> bool {
    language_tag(Some(tag)).is_some_and(|mended| mended == tag)
}

/// ISO 639-1; of three letters there are thousands (`yue`, `cmn`), and hardly a wrong one is met.
const KNOWN: &str = "\
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id \
    ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu \
    lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt \
    qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn \
    to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh xx yi yo za zh zu";

#[cfg(test)]
mod tests {
    use super::{language_tag, widely_known_tag};

    #[test]
    fn a_chinese_language_goes_by_its_macrolanguage() {
        for (tag, kept, known) in [
            ("yue-Hant", Some("yue-Hant"), Some("zh-yue-Hant")),
            ("cmn_Hans_CN", Some("cmn-Hans-CN"), Some("zh-cmn-Hans-CN")),
            ("zh-CN", Some("zh-CN"), Some("zh-CN")),
            ("gsw", Some("gsw"), Some("gsw")),
            ("cn", None, None),
        ] {
            assert_eq!(language_tag(Some(tag)).as_deref(), kept, "{tag}");
            assert_eq!(widely_known_tag(Some(tag)).as_deref(), known, "{tag}");
        }
    }
}
