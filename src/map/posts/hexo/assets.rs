//! Pictures that lie in a post's own folder: where that is, whatever the page is called.

use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// HTML in which a picture that is named by its file alone, or by that folder and the file,
/// has its whole address; `folder` ends in a slash.
pub(super) fn placed<'t>(html: &'t str, folder: &str) -> Cow<'t, str> {
    static PICTURE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(<img\b[^>]*?\bsrc=["'])([^"'/:?#][^"':?#]*)(["'?#])"#).ok());
    let Some(picture) = PICTURE.as_ref().filter(|_| html.contains("<img")) else {
        return Cow::Borrowed(html);
    };
    let own = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    picture.replace_all(html, |found: &Captures<'_>| {
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let file = part(2).trim_start_matches("./");
        let file = file.strip_prefix(own).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file);
        if file.contains('/') {
            return part(0).to_owned();
        }
        format!("{}{folder}{file}{}", part(1), part(3))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_the_post_are_in_its_folder() {
        let folder = "https://x.org/2023/t12/";
        for (html, wanted) in [
            ("<img src=\"pic.png\" alt=\"a\">", "<img src=\"https://x.org/2023/t12/pic.png\" alt=\"a\">"),
            ("<img alt='a' src='./t12/pic.png'>", "<img alt='a' src='https://x.org/2023/t12/pic.png'>"),
            ("<img src=\"/pic.png\">", "<img src=\"/pic.png\">"),
            ("<img src=\"https://y.org/p.png\">", "<img src=\"https://y.org/p.png\">"),
            ("<img src=\"../img/p.png\">", "<img src=\"../img/p.png\">"),
            ("<a href=\"f.pdf\">", "<a href=\"f.pdf\">"),
        ] {
            assert_eq!(placed(html, folder), wanted);
        }
    }
}
