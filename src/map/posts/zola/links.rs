//! `@/blog/a.md`, Zola's links to its own pages and sections → their addresses.

use super::Settings;
use super::place;
use crate::map::posts::meta::Meta;
use crate::map::posts::others::Linked;
use crate::map::posts::{PostFile, Site, entry};
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The body with addresses for what `find` finds, by its path below the content.
pub(super) fn resolved<'t>(body: &'t str, find: &dyn Fn(&str) -> Option<String>) -> Cow<'t, str> {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(\]\(\s*<?|(?m:^)[ \t]*\[[^\]\n]+\]:\s*<?|href=["'])@/([^\s"'<>()#]+)"#).ok()
    });
    let Some(link) = LINK.as_ref().filter(|_| body.contains("@/")) else {
        return Cow::Borrowed(body);
    };
    link.replace_all(body, |found: &Captures<'_>| {
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let address = find(part(2)).unwrap_or_else(|| format!("@/{}", part(2)));
        format!("{}{address}", part(1))
    })
}

/// Where a page or section is: as its front matter says or, where that can't be read here, as
/// its file's name does.
pub(super) fn address(site: &Site, settings: &Settings, file: &PostFile<'_>, named: &str) -> Option<String> {
    if let Some(folder) = named.strip_suffix("_index.md") {
        return Some(format!("{}/{folder}", settings.base));
    }
    let whole = format!("{}/{named}", super::FOLDER);
    let find = || {
        let text = site.other(&whole, file).unwrap_or_default();
        let (others, now) = (&file.others.as_known(), file.now);
        let other = PostFile { path: &whole, whole: &whole, text: &text, read: None, others, now };
        let mut problems = Vec::new();
        let found = entry::front_matter(site, &other, &mut problems);
        let meta = Meta::new(found.data.iter().collect(), site, &other, &mut problems);
        let link = super::address(settings, &place(settings, &whole)?, &meta);
        Some(Linked { link, title: None })
    };
    // What stands elsewhere in the site can't be read from here.
    site.linked(&whole, file, find).or_else(find).map(|found| found.link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_pages_become_addresses() {
        let find = |named: &str| (named != "no.md").then(|| format!("https://z.example/{}/", named.len()));
        let body = "[a](@/b/c.md#x) [n](@/no.md) mail@/x.md\n\n[r]: @/r.md \"T\"\n<a href=\"@/q.md\">";
        assert_eq!(
            resolved(body, &find),
            "[a](https://z.example/6/#x) [n](@/no.md) mail@/x.md\n\n[r]: https://z.example/4/ \"T\"\n<a href=\"https://z.example/4/\">"
        );
    }
}
