//! Org's markup → Markdown, as far as posts commonly use it.

use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Headings, blocks of code and quotes, links; other keyword lines fall away.
pub(super) fn markdown(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut in_code = false;
    let mut quote = "";
    for line in body.lines() {
        let trimmed = line.trim();
        let keyword = trimmed.strip_prefix("#+").map(str::to_ascii_lowercase);
        let keyword = keyword.as_deref().unwrap_or_default();
        if in_code {
            in_code = !(keyword.starts_with("end_src") || keyword.starts_with("end_example"));
            out.push_str(if in_code { line } else { "~~~~~" });
        } else if keyword.starts_with("begin_src") || keyword.starts_with("begin_example") {
            in_code = true;
            let language = trimmed.split_whitespace().nth(1).unwrap_or_default();
            out.push_str("~~~~~ ");
            out.push_str(language);
        } else if keyword.starts_with("begin_quote") {
            quote = "> ";
        } else if keyword.starts_with("end_quote") {
            quote = "";
        } else if keyword.is_empty() {
            let stars = line.bytes().take_while(|byte| *byte == b'*').count();
            let heading = line.get(stars..).and_then(|rest| rest.strip_prefix(' ')).filter(|_| stars > 0);
            out.push_str(quote);
            match heading {
                Some(heading) => {
                    out.extend(std::iter::repeat_n('#', stars.min(6)));
                    out.push(' ');
                    out.push_str(&inline(heading));
                }
                None => out.push_str(&inline(line)),
            }
        }
        out.push('\n');
    }
    out
}

/// `[[address][text]]`, `=code=`, `~code~`.
fn inline(text: &str) -> String {
    static LINK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\[\[([^\]\[]+)\](?:\[([^\]\[]+)\])?\]").ok());
    static CODE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(^|[\s(])(?:=([^\s=][^=]*)=|~([^\s~][^~]*)~)").ok());
    let (Some(link), Some(code)) = (LINK.as_ref(), CODE.as_ref()) else {
        return text.to_owned();
    };
    let part = |found: &Captures<'_>, index| found.get(index).map(|part| part.as_str().to_owned());
    let text = code.replace_all(text, |found: &Captures<'_>| {
        let inner = part(found, 2).or_else(|| part(found, 3)).unwrap_or_default();
        format!("{}`{inner}`", part(found, 1).unwrap_or_default())
    });
    let linked = link.replace_all(&text, |found: &Captures<'_>| {
        let address = part(found, 1).unwrap_or_default();
        let address = address.strip_prefix("file:").unwrap_or(&address).to_owned();
        let is_picture =
            [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"].iter().any(|end| address.ends_with(end));
        match part(found, 2) {
            Some(shown) => format!("[{shown}](<{address}>)"),
            None if is_picture => format!("![](<{address}>)"),
            None => format!("[{address}](<{address}>)"),
        }
    });
    linked.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_markup_becomes_markdown() {
        let body = "* One\nsee [[https://a.example/b][there]] and =x=\n#+BEGIN_SRC go\n* not a heading\n#+END_SRC\n\
                    #+begin_quote\nq\n#+end_quote\n** Two\n[[file:a.png]]\n#+OPTIONS: toc:nil\n";
        assert_eq!(
            markdown(body),
            "# One\nsee [there](<https://a.example/b>) and `x`\n~~~~~ go\n* not a heading\n~~~~~\n\n> q\n\n\
             ## Two\n![](<a.png>)\n\n"
        );
    }
}
