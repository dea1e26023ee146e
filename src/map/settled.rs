//! Whether clean HTML stays as it is when it is read again.

use crate::map::elements::{ends_paragraph, is_formatting};
use crate::map::tags;

/// Whether clean HTML, read again, would come to the same tree: nothing stands in it
/// that only repair could put there (a link within a link by way of a table, a
/// paragraph within a paragraph by way of a button).
pub(crate) fn is_settled(clean: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in tags::of(clean) {
        if tag.is_aside {
            continue;
        }
        if tag.closes {
            open.pop();
            continue;
        }
        let is_inline = tag.name == "a" || is_formatting(tag.name);
        if is_inline && open.contains(&tag.name) || ends_what_is_open(tag.name, &open) {
            return false;
        }
        if !["br", "hr", "img", "source", "track", "wbr", "col", "area"].contains(&tag.name) {
            open.push(tag.name);
        }
    }
    true
}

/// Whether an element that begins would end one that it stands in.
fn ends_what_is_open(name: &str, open: &[&str]) -> bool {
    let mut around = open.iter().rev();
    if ends_paragraph(name)
        && around
            .clone()
            .take_while(|outer| !matches!(**outer, "td" | "th" | "caption"))
            .any(|outer| *outer == "p")
    {
        return true;
    }
    match name {
        "li" => around.find(|outer| is_boundary(outer)) == Some(&"li"),
        "dd" | "dt" => {
            around.find(|outer| is_boundary(outer)).is_some_and(|outer| matches!(*outer, "dd" | "dt"))
        }
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
            around.next().is_some_and(|outer| matches!(*outer, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"))
        }
        _ => false,
    }
}

/// Whether looking for an item to end stops at this element.
fn is_boundary(name: &str) -> bool {
    matches!(name, "td" | "th" | "caption")
        || ends_paragraph(name) && !matches!(name, "address" | "div" | "p")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_repair_could_have_put_there_is_not_settled() {
        assert!(!is_settled("<p>a<p></p></p>"));
        assert!(!is_settled("<ul><li><span><li>a</li></span></li></ul>"));
        assert!(!is_settled("<h2><h3>a</h3></h2>"));
        assert!(is_settled(
            "<ul><li>a<ul><li><p>b</p></li></ul></li></ul><dl><dt>a</dt><dd>b</dd></dl><h2>c</h2>"
        ));
        assert!(!is_settled("<a href=\"x\"><table></table><a href=\"y\"></a></a>"));
        assert!(is_settled(
            "<table><tbody><tr><td><a href=\"x\">y</a></td></tr></tbody></table><a href=\"z\"></a>"
        ));
    }
}
