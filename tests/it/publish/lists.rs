//! OPML.

use super::documents::same_as_file;
use feedmill::publish::opml::{Outline, opml};

fn feed(title: &str) -> Outline {
    Outline::Feed {
        title: title.to_owned(),
        xml_url: "https://feeds.example.org/x.atom".to_owned(),
        html_url: Some("https://feeds.example.org/x".to_owned()),
        description: Some("市场要闻".to_owned()),
        category: None,
    }
}

fn group(name: &str, children: Vec<Outline>) -> Outline {
    Outline::Group { name: name.to_owned(), children }
}

#[test]
fn groups_and_awkward_names() {
    let list = [
        feed("Everything"),
        group(
            "新闻 & <more>",
            vec![
                feed("Q&A"),
                group("inner", vec![feed("Vec<u8> & a < b"), feed("</b> \"x\" 'y' \u{1}\u{85}\u{fffd}")]),
                group("nothing in it", vec![group("nor here", Vec::new())]),
            ],
        ),
        Outline::Feed {
            title: " ".to_owned(),
            xml_url: "https://feeds.example.org/%E9%87%91.rss?a=1&b=2".to_owned(),
            html_url: Some("https://例え.example/金融".to_owned()),
            description: Some("AT&T &amp; <b>".to_owned()),
            category: Some("金融/中证网".to_owned()),
        },
    ];
    let document = opml("Feeds of R&D", &list);
    same_as_file("lists/awkward.opml", &String::from_utf8(document).unwrap());
}

#[test]
fn none() {
    let document = opml("Feeds", &[group("empty", Vec::new())]);
    same_as_file("lists/none.opml", &String::from_utf8(document).unwrap());
}
