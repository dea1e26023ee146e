//! The elements that the scan knows: where each may stand, and what ends without an end tag.
//!
//! The rules are HTML's own (§13.2.6.4, "in body" to "in cell"), for what is nested as
//! people write it.

/// Elements in text within one another beyond this are for the tree.
const MAX_INLINE: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In text.
    Inline,
    /// Formatting that a tree reopens where it was left open: strictly nested, it never is.
    Link,
    /// `p`: any block ends it.
    Paragraph,
    Block,
    Heading,
    List,
    ListItem,
    Table,
    /// `tbody` and its like.
    Section,
    Row,
    Cell,
    Void,
}

/// Name and kind.
pub(super) type Tag = (&'static str, Kind);

const TAGS: [Tag; 55] = [
    ("p", Kind::Paragraph),
    ("a", Kind::Link),
    ("br", Kind::Void),
    ("img", Kind::Void),
    ("hr", Kind::Void),
    ("em", Kind::Inline),
    ("strong", Kind::Inline),
    ("b", Kind::Inline),
    ("i", Kind::Inline),
    ("u", Kind::Inline),
    ("s", Kind::Inline),
    ("code", Kind::Inline),
    ("span", Kind::Inline),
    ("sub", Kind::Inline),
    ("sup", Kind::Inline),
    ("small", Kind::Inline),
    ("cite", Kind::Inline),
    ("kbd", Kind::Inline),
    ("mark", Kind::Inline),
    ("abbr", Kind::Inline),
    ("time", Kind::Inline),
    ("del", Kind::Inline),
    ("ins", Kind::Inline),
    ("q", Kind::Inline),
    ("tt", Kind::Inline),
    ("big", Kind::Inline),
    ("font", Kind::Inline),
    ("strike", Kind::Inline),
    ("ul", Kind::List),
    ("ol", Kind::List),
    ("li", Kind::ListItem),
    ("blockquote", Kind::Block),
    ("div", Kind::Block),
    ("figure", Kind::Block),
    ("figcaption", Kind::Block),
    ("section", Kind::Block),
    ("article", Kind::Block),
    ("header", Kind::Block),
    ("footer", Kind::Block),
    ("center", Kind::Block),
    ("pre", Kind::Block),
    ("h1", Kind::Heading),
    ("h2", Kind::Heading),
    ("h3", Kind::Heading),
    ("h4", Kind::Heading),
    ("h5", Kind::Heading),
    ("h6", Kind::Heading),
    ("table", Kind::Table),
    ("thead", Kind::Section),
    ("tbody", Kind::Section),
    ("tfoot", Kind::Section),
    ("tr", Kind::Row),
    ("td", Kind::Cell),
    ("th", Kind::Cell),
    ("aside", Kind::Block),
];

/// An element by its name, which is written in lower case.
pub(super) fn known(name: &str) -> Option<Tag> {
    TAGS.iter().find(|(known, _)| *known == name).copied()
}

/// Whether text and elements would be moved out of here, before the table.
pub(super) fn is_between_cells(open: &[Tag]) -> bool {
    open.last().is_some_and(|(_, kind)| matches!(kind, Kind::Table | Kind::Section | Kind::Row))
}

/// Whether the element that was opened last ends where this one begins.
pub(super) fn ends_before((_, open): Tag, (name, begins): Tag) -> bool {
    match begins {
        Kind::Paragraph | Kind::Block | Kind::Heading | Kind::List => open == Kind::Paragraph,
        Kind::Void => name == "hr" && open == Kind::Paragraph,
        Kind::ListItem => matches!(open, Kind::Paragraph | Kind::ListItem),
        Kind::Cell => matches!(open, Kind::Paragraph | Kind::ListItem | Kind::Cell),
        Kind::Row => matches!(open, Kind::Paragraph | Kind::ListItem | Kind::Cell | Kind::Row),
        Kind::Section => {
            matches!(open, Kind::Paragraph | Kind::ListItem | Kind::Cell | Kind::Row | Kind::Section)
        }
        // Whether a table ends a paragraph depends on the page around it.
        Kind::Table | Kind::Inline | Kind::Link => false,
    }
}

/// Whether the element that was opened last ends with the one around it, of this kind.
pub(super) fn ends_with((_, open): Tag, closes: Kind) -> bool {
    match closes {
        Kind::Block | Kind::List | Kind::Heading | Kind::Cell => {
            matches!(open, Kind::Paragraph | Kind::ListItem)
        }
        Kind::ListItem => open == Kind::Paragraph,
        Kind::Row => matches!(open, Kind::Paragraph | Kind::ListItem | Kind::Cell),
        Kind::Section => matches!(open, Kind::Paragraph | Kind::ListItem | Kind::Cell | Kind::Row),
        Kind::Table => {
            matches!(open, Kind::Paragraph | Kind::ListItem | Kind::Cell | Kind::Row | Kind::Section)
        }
        Kind::Paragraph | Kind::Inline | Kind::Link | Kind::Void => false,
    }
}

/// Whether a tree would put the element where it stands.
pub(super) fn fits((name, kind): Tag, open: &[Tag]) -> bool {
    let parent = open.last().map(|(_, kind)| *kind);
    let inside = |wanted: Kind| open.iter().any(|(_, kind)| *kind == wanted);
    let in_text = || open.iter().any(|(_, kind)| matches!(kind, Kind::Inline | Kind::Link));
    let in_block = || !inside(Kind::Paragraph) && !inside(Kind::Heading) && !in_text();
    match kind {
        Kind::Section => parent == Some(Kind::Table),
        Kind::Row => parent == Some(Kind::Section),
        Kind::Cell => parent == Some(Kind::Row),
        _ if is_between_cells(open) => false,
        Kind::Link => !inside(Kind::Link),
        Kind::ListItem => parent == Some(Kind::List),
        Kind::Paragraph | Kind::Block | Kind::Heading | Kind::List | Kind::Table => in_block(),
        Kind::Void if name == "hr" => in_block(),
        Kind::Inline => {
            parent != Some(Kind::List)
                && open.iter().filter(|(_, kind)| *kind == Kind::Inline).count() < MAX_INLINE
                && (name == "span" || !open.iter().any(|(known, _)| *known == name))
        }
        Kind::Void => parent != Some(Kind::List),
    }
}
