//! Paths beside what they ask for.

use super::{Asked, decode, moved, unslugged};
use crate::model::{CategoryInfo, CategoryPath, Format};
use crate::serve::shelf::plain_outlet;
use crate::store::FacetKind;

#[test]
fn a_path_is_decoded_once() {
    for (path, decoded) in [
        ("/", Some("/")),
        ("/a.atom", Some("/a.atom")),
        ("/a/category/%E9%87%91%E8%9E%8D.atom", Some("/a/category/金融.atom")),
        ("/a/tag/100%2525", Some("/a/tag/100%25")),
        ("/a/tag/x+y", Some("/a/tag/x+y")),
        ("/a/", Some("/a/")),
        ("/a/tag/%2e%2e", Some("/a/tag/..")),
        ("/a/tag/c%2Fd", None),
        ("/a%2ftag/c", None),
        ("/..%2fetc/passwd", None),
        ("/a/tag/%00", None),
        ("/a/tag/x%09y", Some("/a/tag/x\ty")),
        ("/a/tag/x%0d%0ay", None),
        ("/a/tag/%FF", None),
        ("/a/tag/%C0%AF", None),
        ("//a", None),
        ("/a//b", None),
        ("/a//", None),
        ("*", None),
        ("", None),
    ] {
        assert_eq!(decode(path).as_deref(), decoded, "{path}");
    }
}

#[test]
fn every_kind_of_address_is_read() {
    let part = |feed, kind, names: &[&'static str], format| {
        Some(Asked::Part { feed, kind, names: names.to_vec(), format })
    };
    let guess = |format| Some(Asked::Guess { feed: "a", format });
    for (path, asked) in [
        ("/a.atom", part("a", FacetKind::Whole, &[], Some(Format::Atom))),
        ("/a", part("a", FacetKind::Whole, &[], None)),
        ("/a.html", part("a.html", FacetKind::Whole, &[], None)),
        ("/a/category/x/y.json", part("a", FacetKind::Category, &["x", "y"], Some(Format::Json))),
        ("/a/category/.rss", part("a", FacetKind::Category, &[".rss"], None)),
        ("/a/tag/node.js", part("a", FacetKind::Tag, &["node.js"], None)),
        ("/all/source/a/b.rss", part("all", FacetKind::Source, &["a", "b"], Some(Format::Rss))),
        ("/a.xml", guess(Format::Atom)),
        ("/a/feed", guess(Format::Atom)),
        ("/a/rss.xml", guess(Format::Rss)),
        ("/a/atom.xml", guess(Format::Atom)),
        ("/a/categories.opml", Some(Asked::Categories { feed: "a" })),
        ("/a/other", None),
        ("/a/page/x.atom", None),
    ] {
        assert_eq!(Asked::read(path), asked, "{path}");
    }
}

#[test]
fn slugs_and_written_names_are_read_back() {
    let mut outlet = plain_outlet("a");
    for (names, slug) in [(&["金融"][..], Some("finance")), (&["金融", "CI/CD"][..], None)] {
        outlet.categories.insert(
            CategoryPath::from_names(names).unwrap(),
            CategoryInfo { slug: slug.map(str::to_owned), ..CategoryInfo::default() },
        );
    }
    assert_eq!(unslugged(&outlet, &["finance", "CI-CD", "x"]), ["金融", "CI/CD", "x"]);
    assert_eq!(unslugged(&outlet, &["金融", "finance"]), ["金融", "finance"]);
}

#[test]
fn into_moves_a_path_and_all_below_it() {
    let mut outlet = plain_outlet("a");
    for (from, to) in [("a", "x/y"), ("a/b", "z"), ("x/y/c", "w"), ("loop", "loop/1")] {
        outlet.categories.insert(
            CategoryPath::parse(from).unwrap(),
            CategoryInfo { into: CategoryPath::parse(to), ..CategoryInfo::default() },
        );
    }
    for (path, to) in [
        ("a", Some("x/y")),
        ("a/d", Some("x/y/d")),
        ("a/b/q", Some("z/q")),
        ("a/c", Some("w")),
        ("x/y", None),
        ("loop", None),
    ] {
        let now = moved(&outlet, &CategoryPath::parse(path).unwrap());
        assert_eq!(now.map(|path| path.to_string()).as_deref(), to, "{path}");
    }
}
