//! Whether an id may stand in Atom as it is.

use uuid::Uuid;

/// Whether Atom may carry this id as it is (RFC 4287 §4.2.6): a scheme, and nothing that no IRI has in it.
pub(super) fn is_absolute(id: &str) -> bool {
    let Some((scheme, rest)) = id.split_once(':') else {
        return false;
    };
    let scheme_fits = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let rest_fits = !rest.is_empty()
        && !rest.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c));
    let well_formed = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            url::Url::parse(id).is_ok_and(|url| url.has_host() && url.path() != "/" || id.ends_with('/'))
        }
        "urn" => {
            rest.split_once(':').is_some_and(|(space, name)| !space.is_empty() && !name.is_empty())
                && !is_bad_uuid(rest)
        }
        // A tag URI's date is checked by validators; a made-up one gets an urn.
        "tag" => is_tag(rest),
        // What a reader that takes the id for a link would run.
        "javascript" | "vbscript" | "data" => false,
        _ => true,
    };
    scheme_fits && rest_fits && well_formed
}

fn is_bad_uuid(rest: &str) -> bool {
    rest.get(..5).is_some_and(|space| space.eq_ignore_ascii_case("uuid:"))
        && Uuid::parse_str(&rest[5..]).is_err()
}

/// RFC 4151: `authority,date:specific`, the date a year, a month or a day.
fn is_tag(rest: &str) -> bool {
    let Some((authority, rest)) = rest.split_once(',') else {
        return false;
    };
    let Some((date, _)) = rest.split_once(':') else {
        return false;
    };
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let dated = match parts.as_slice() {
        [year] => digits(year, 4),
        [year, month] => digits(year, 4) && digits(month, 2),
        [year, month, day] => digits(year, 4) && digits(month, 2) && digits(day, 2),
        _ => false,
    };
    !authority.is_empty() && dated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_atom_may_carry() {
        for id in [
            "https://example.org/",
            "https://example.org/a?b=c",
            "https://example.org/金融",
            "urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6",
            "tag:example.org,2003:3.2397",
        ] {
            assert!(is_absolute(id), "{id}");
        }
        for id in [
            "",
            "42",
            "a b",
            "https://example.org",
            "urn:uuid:1",
            "tag:example.org,03:1",
            "C:\\x",
            "JavaScript:alert(1)",
            "https:///x",
            ":x",
        ] {
            assert!(!is_absolute(id), "{id}");
        }
    }
}
