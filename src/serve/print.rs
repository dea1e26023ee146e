//! Stands in for `publish` until it is there.

use crate::model::{Feed, Format};

pub(crate) struct Place {
    pub(crate) self_url: String,
    pub(crate) page_url: String,
}

pub(crate) fn publish(feed: &Feed, format: Format, place: &Place) -> Vec<u8> {
    let mut text = format!(
        "{format}\nself {}\npage {}\nid {}\ntitle {}\nupdated {:?}\n",
        place.self_url, place.page_url, feed.channel.id, feed.channel.title, feed.channel.updated
    );
    for entry in &feed.entries {
        text.push_str(&format!(
            "entry {} {:?} {:?} {:?}\n",
            entry.entry.id, entry.entry.title, entry.entry.summary, entry.entry.content
        ));
    }
    text.into_bytes()
}

#[derive(Debug)]
pub(crate) enum Outline {
    Group {
        name: String,
        children: Vec<Outline>,
    },
    Feed {
        title: String,
        xml_url: String,
        html_url: Option<String>,
        description: Option<String>,
        category: Option<String>,
    },
}

pub(crate) fn opml(title: &str, outlines: &[Outline]) -> Vec<u8> {
    format!("{title}\n{outlines:?}\n").into_bytes()
}
