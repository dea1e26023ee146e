//! A list of feeds as OPML 2.0.
//!
//! In: outlines. Out: a document that importers and the W3C validator take. Never an
//! attribute outside the specification, or a date: the same list gives the same bytes.

use crate::publish::{address, text};
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::io;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outline {
    /// A folder; one without feeds isn't written.
    Group {
        /// Plain text.
        name: String,
        /// What is in it, in order.
        children: Vec<Outline>,
    },
    /// A feed.
    Feed {
        /// Plain text.
        title: String,
        /// The document to subscribe to, absolute.
        xml_url: String,
        /// The page for people, absolute.
        html_url: Option<String>,
        /// Plain text.
        description: Option<String>,
        /// The category that it is of: `金融/中证网`.
        category: Option<String>,
    },
}

/// The list as a document.
pub fn opml(title: &str, outlines: &[Outline]) -> Vec<u8> {
    let document = write(title, outlines).unwrap_or_default();
    #[cfg(debug_assertions)]
    crate::publish::judged(&document, None);
    document
}

type Writer = quick_xml::Writer<Vec<u8>>;

fn write(title: &str, outlines: &[Outline]) -> io::Result<Vec<u8>> {
    let mut writer = quick_xml::Writer::new_with_indent(Vec::new(), b' ', 2);
    let title = shown(title).unwrap_or_else(|| "Feeds".to_owned());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    writer.write_event(Event::Start(BytesStart::new("opml").with_attributes([("version", "2.0")])))?;
    writer.write_event(Event::Start(BytesStart::new("head")))?;
    writer.write_event(Event::Start(BytesStart::new("title")))?;
    writer.write_event(Event::Text(BytesText::new(&title)))?;
    writer.write_event(Event::End(BytesEnd::new("title")))?;
    writer.write_event(Event::End(BytesEnd::new("head")))?;
    writer.write_event(Event::Start(BytesStart::new("body")))?;
    if outlines.iter().any(has_feed) {
        write_all(&mut writer, outlines)?;
    } else {
        // A body has to hold one outline at least.
        writer.write_event(Event::Empty(outline(&title)))?;
    }
    writer.write_event(Event::End(BytesEnd::new("body")))?;
    writer.write_event(Event::End(BytesEnd::new("opml")))?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn has_feed(outline: &Outline) -> bool {
    match outline {
        Outline::Group { children, .. } => children.iter().any(has_feed),
        Outline::Feed { .. } => true,
    }
}

fn write_all(writer: &mut Writer, outlines: &[Outline]) -> io::Result<()> {
    for one in outlines.iter().filter(|one| has_feed(one)) {
        match one {
            Outline::Group { name, children } => {
                writer.write_event(Event::Start(outline(&shown(name).unwrap_or_else(|| "-".to_owned()))))?;
                write_all(writer, children)?;
                writer.write_event(Event::End(BytesEnd::new("outline")))?;
            }
            Outline::Feed { title, xml_url, html_url, description, category } => {
                let title = shown(title).or_else(|| shown(xml_url)).unwrap_or_default();
                let mut element = outline(&title);
                element.push_attribute(("type", "rss"));
                element.push_attribute(("title", title.as_str()));
                element.push_attribute(("xmlUrl", xml_url.as_str()));
                let rest = [
                    ("htmlUrl", address::maybe(html_url.as_deref())),
                    ("description", description.as_deref().and_then(shown)),
                    ("category", category.as_deref().and_then(text::line)),
                ];
                for (name, value) in rest {
                    if let Some(value) = value {
                        element.push_attribute((name, value.as_str()));
                    }
                }
                writer.write_event(Event::Empty(element))?;
            }
        }
    }
    Ok(())
}

fn outline(text: &str) -> BytesStart<'static> {
    let mut element = BytesStart::new("outline");
    element.push_attribute(("text", text));
    element
}

/// Plain text that reads the same to those who take the attribute for HTML, as
/// OPML 2.0 allows, and to those who take it as it is: `Q&A` becomes `Q & A` and `<`
/// the like-looking `‹`, for an escape would be shown by the latter.
fn shown(plain: &str) -> Option<String> {
    let line = text::line(plain)?;
    let mut shown = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '<' => shown.push('‹'),
            '>' => shown.push('›'),
            '&' if chars.peek().is_some_and(|next| *next != ' ') => {
                shown.push_str(if shown.is_empty() || shown.ends_with(' ') { "& " } else { " & " });
            }
            _ => shown.push(char),
        }
    }
    Some(shown)
}
