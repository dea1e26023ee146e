//! HTML → where its tags stand, as a tokenizer finds them (HTML §13.2.5).
//!
//! Never allocates, never looks at a byte twice: what stands in comments, in quoted values
//! and in raw text is no tag.

/// Attributes of one tag beyond this fall away: a tree builder compares each with all before it.
const MAX_ATTRIBUTES: usize = 256;

/// Elements whose content is text up to their end tag.
const RAW: [&str; 10] =
    ["script", "style", "textarea", "title", "iframe", "noscript", "noembed", "noframes", "xmp", "plaintext"];

/// A tag, or what is none and is passed over with all that is in it.
pub(super) struct Tag<'t> {
    /// As written.
    pub(super) name: &'t str,
    /// Whether it is an end tag.
    pub(super) closes: bool,
    /// A comment, a declaration, or an element of raw text up to its end.
    pub(super) is_aside: bool,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the attributes begin that are too many.
    pub(super) cut: Option<usize>,
}

/// Every tag of a text, in its order.
pub(super) fn of(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memchr::memchr(b'<', html.as_bytes().get(at..)?)?;
            at = start + 1;
            if let Some(tag) = at_bracket(html, start) {
                at = tag.end;
                return Some(tag);
            }
        }
    })
}

/// What begins at this bracket; `None` for one that is text.
fn at_bracket(html: &str, start: usize) -> Option<Tag<'_>> {
    let inner = html.get(start + 1..)?;
    let (closes, named) = inner.strip_prefix('/').map_or((false, inner), |named| (true, named));
    if named.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Some(named_tag(html, start, closes));
    }
    let length = match inner.as_bytes().first()? {
        b'!' => inner.strip_prefix("!--").map_or_else(|| behind(inner, ">"), |text| 3 + comment(text)),
        b'?' | b'/' => behind(inner, ">"),
        _ => return None,
    };
    Some(Tag { name: "", closes: false, is_aside: true, start, end: start + 1 + length, cut: None })
}

fn named_tag(html: &str, start: usize, closes: bool) -> Tag<'_> {
    let from = start + 1 + usize::from(closes);
    let rest = html.get(from..).unwrap_or_default();
    let length = rest
        .bytes()
        .position(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 0xc | b'/' | b'>'))
        .unwrap_or(rest.len());
    let name = rest.get(..length).unwrap_or_default();
    let (mut end, cut) = attributes(html.as_bytes(), from + length);
    let raw = RAW.iter().find(|raw| !closes && raw.eq_ignore_ascii_case(name));
    if let Some(raw) = raw {
        end = raw_end(html, end, raw);
    }
    Tag { name, closes, is_aside: raw.is_some(), start, end, cut }
}

/// Where a tag ends, from behind its name on, and where its attributes become too many.
fn attributes(bytes: &[u8], mut at: usize) -> (usize, Option<usize>) {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 0xc);
    let skip = |mut at: usize, stays: &dyn Fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|byte| stays(*byte)) {
            at += 1;
        }
        at
    };
    let (mut count, mut cut) = (0, None);
    loop {
        at = skip(at, &|byte| is_space(byte) || byte == b'/');
        match bytes.get(at) {
            None => return (bytes.len(), cut),
            Some(b'>') => return (at + 1, cut),
            Some(_) => {}
        }
        count += 1;
        if count > MAX_ATTRIBUTES {
            cut = cut.or(Some(at));
        }
        // The first byte of a name may be an equals sign.
        at = skip(at + 1, &|byte| !is_space(byte) && !matches!(byte, b'/' | b'>' | b'='));
        let equals = skip(at, &is_space);
        if bytes.get(equals) != Some(&b'=') {
            continue;
        }
        at = skip(equals + 1, &is_space);
        at = match bytes.get(at) {
            Some(quote @ (b'"' | b'\'')) => {
                let value = bytes.get(at + 1..).unwrap_or_default();
                memchr::memchr(*quote, value).map_or(bytes.len(), |length| at + length + 2)
            }
            _ => skip(at, &|byte| !is_space(byte) && byte != b'>'),
        };
    }
}

/// The length of a comment from behind its opening to behind its end.
fn comment(text: &str) -> usize {
    if text.starts_with('>') {
        return 1;
    }
    if text.starts_with("->") {
        return 2;
    }
    let ends = memchr::memmem::find_iter(text.as_bytes(), "--").find_map(|at| {
        let after = text.get(at + 2..)?;
        if after.starts_with('>') { Some(at + 3) } else { after.starts_with("!>").then_some(at + 4) }
    });
    // Of three dashes the last two may be the end.
    let before = text.get(..ends.unwrap_or(text.len())).unwrap_or_default();
    let third = before.find("--->").map(|at| at + 4);
    match (ends, third) {
        (Some(end), Some(third)) => end.min(third),
        (end, third) => end.or(third).unwrap_or(text.len()),
    }
}

fn behind(text: &str, end: &str) -> usize {
    text.find(end).map_or(text.len(), |at| at + end.len())
}

/// Where raw text ends that begins here: behind its end tag.
fn raw_end(html: &str, from: usize, name: &str) -> usize {
    let text = html.get(from..).unwrap_or_default();
    let end = memchr::memmem::find_iter(text.as_bytes(), "</").find(|at| {
        let found = text.as_bytes().get(at + 2..at + 2 + name.len());
        let after = text.as_bytes().get(at + 2 + name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            && after.is_some_and(|after| matches!(after, b' ' | b'\n' | b'\t' | b'\r' | 0xc | b'/' | b'>'))
    });
    end.map_or(html.len(), |at| attributes(html.as_bytes(), from + at + 2 + name.len()).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(html: &str) -> String {
        let tags = of(html).map(|tag| {
            let text = &html[tag.start..tag.end];
            if tag.is_aside {
                format!("({text})")
            } else {
                format!("[{}{}]", tag.name, if tag.closes { "/" } else { "" })
            }
        });
        tags.collect()
    }

    #[test]
    fn what_is_no_tag_is_passed_over() {
        for (html, meant) in [
            ("a<b>c</b>", "[b][b/]"),
            ("<div><!--</div>--></div>", "[div](<!--</div>-->)[div/]"),
            (
                "<!--><p><!---><p><!-- a --!><p><!--a---><p>",
                "(<!-->)[p](<!--->)[p](<!-- a --!>)[p](<!--a--->)[p]",
            ),
            ("<div a=\"</div>\" b='>' c = > d></div x>", "[div][div/]"),
            ("<a =\"x>\">b</a>", "[a][a/]"),
            ("<style></div></styles></STYLE ><p>", "(<style></div></styles></STYLE >)[p]"),
            ("<!doctype x><?y z?></ a></>1 < 2 <<i>", "(<!doctype x>)(<?y z?>)(</ a>)(</>)[i]"),
            ("<p <b>x", "[p]"),
            ("<p title=\"x", "[p]"),
            ("<script>x<p>", "(<script>x<p>)"),
        ] {
            assert_eq!(told(html), meant, "{html}");
        }
    }

    #[test]
    fn attributes_that_are_too_many_are_told_of() {
        let tag = |count: usize| format!("<p{}>x", " a=1".repeat(count));
        assert_eq!(of(&tag(MAX_ATTRIBUTES)).next().unwrap().cut, None);
        let many = tag(MAX_ATTRIBUTES + 5);
        let found = of(&many).next().unwrap();
        assert_eq!((found.cut, found.end), (Some(2 + 1 + 4 * MAX_ATTRIBUTES), many.len() - 1));
    }
}
