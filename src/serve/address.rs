//! Where a part of a feed is published: the one canonical address of each facet.
//!
//! In: a feed's id, a facet, the slugs of its categories. Out: the path in URLs, the
//! key in the store, the path of a file. Never asks whether anything is there.

use crate::model::{Access, CategoryPath, Facet, Format, Outlet, Pass};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{
    collections::BTreeSet,
    fmt::Write,
    path::{Path, PathBuf},
};
use unicode_normalization::UnicodeNormalization;

/// What a path segment must not hold as it is: all but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest name that common file systems take, less room for an extension and a mark.
const LONGEST_NAME: usize = 200;

/// One archive document's place in the row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Leaf {
    /// Counts from 0, the oldest.
    pub(crate) number: usize,
    /// Stands for all that is in it and before it.
    pub(crate) mark: String,
}

impl Leaf {
    /// As it stands in an address: `12-9f3a1c0b22`.
    pub(crate) fn segment(&self) -> String {
        format!("{}-{}", self.number, self.mark)
    }
}

/// A published part of a feed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The feed's id, or `all`.
    pub feed: String,
    /// Which part of it.
    pub facet: Facet,
    /// The path below the feed, decoded, a name a segment.
    segments: Vec<String>,
    /// The token that opens it, where it needs one.
    pass: Option<Pass>,
    /// Which archive of it; `None` for the newest, the document to subscribe to.
    leaf: Option<Leaf>,
}

impl Address {
    /// The address of this part of this feed.
    pub fn new(outlet: &Outlet, facet: Facet) -> Self {
        let segments = match &facet {
            Facet::Whole => Vec::new(),
            Facet::Category(path) => with_kind("category", category_segments(outlet, path)),
            Facet::Tag(tag) => with_kind("tag", [written(tag)]),
            Facet::Author(name) => with_kind("author", [written(name)]),
            // Below `all` a source goes by feed and id.
            Facet::Source(id) => with_kind("source", id.split('/').map(str::to_owned)),
        };
        // The shelf has a feed that needs a token once for each.
        let pass = match &outlet.access {
            Access::Token(passes) => passes.first().cloned(),
            Access::Public => None,
        };
        Self { feed: outlet.id.clone(), facet, segments, pass, leaf: None }
    }

    /// The same part of the feed, at this archive or, without one, at its newest.
    pub(crate) fn at(&self, leaf: Option<Leaf>) -> Self {
        Self { leaf, ..self.clone() }
    }

    /// Which archive of it.
    pub(crate) fn leaf(&self) -> Option<&Leaf> {
        self.leaf.as_ref()
    }

    /// An archive's path in a URL by its number alone: leads to where it is now.
    pub(crate) fn number_path(&self, number: usize, format: Format) -> String {
        let way = ["archive".to_owned(), number.to_string()];
        format!("{}.{}", self.path(way.iter()), format.extension())
    }

    /// The names below `category`, `tag` and so on, as addresses write them.
    pub(crate) fn names(&self) -> &[String] {
        self.segments.get(1..).unwrap_or_default()
    }

    /// The segments that name an archive: before those of the part, so that no
    /// category's name is in the way.
    fn way(&self) -> Vec<String> {
        self.leaf.as_ref().map_or_else(Vec::new, |leaf| vec!["archive".to_owned(), leaf.segment()])
    }

    /// The token that opens it.
    pub(crate) fn pass(&self) -> Option<&Pass> {
        self.pass.as_ref()
    }

    /// The path as text, decoded, without extension: `/finance/category/金融`. What
    /// the store and the cache know it by. With a token it begins with its owner's name
    /// and no slash, so that no request's path is the same.
    pub fn key(&self) -> String {
        let owner = self.pass.as_ref().map(|pass| format!("t/{}", pass.name));
        let mut key = format!("{}/{}", owner.unwrap_or_default(), self.feed);
        for segment in self.way().iter().chain(&self.segments) {
            key.push('/');
            key.push_str(segment);
        }
        key
    }

    /// The path of the feed's list of categories: decoded, as [`Address::key`].
    pub(crate) fn categories_key(&self) -> String {
        format!("{}/categories.opml", self.key())
    }

    /// The same as it stands in a URL.
    pub(crate) fn categories_path(&self) -> String {
        format!("{}/categories.opml", self.page_path())
    }

    /// The page's path in a URL, percent-encoded: `/finance/category/%E9%87%91%E8%9E%8D`.
    pub fn page_path(&self) -> String {
        self.path(self.way().iter())
    }

    fn path<'a>(&'a self, way: impl Iterator<Item = &'a String>) -> String {
        let token = self.pass.as_ref().map(|pass| format!("/t/{}", pass.token));
        let mut path = format!("{}/{}", token.unwrap_or_default(), self.feed);
        for segment in way.chain(&self.segments) {
            // Writing to a string does not fail.
            let _ = write!(path, "/{}", utf8_percent_encode(segment, SEGMENT));
        }
        path
    }

    /// A document's path in a URL, percent-encoded.
    pub fn url_path(&self, format: Format) -> String {
        format!("{}.{}", self.page_path(), format.extension())
    }

    /// A document's path below an output folder: the address decoded, but for names
    /// that a file system refuses (encoded) or finds too long (cut, with a hash).
    pub fn file_path(&self, format: Format) -> PathBuf {
        let mut path = self.file_stem();
        path.add_extension(format.extension());
        path
    }

    /// The same without an extension.
    pub fn file_stem(&self) -> PathBuf {
        let mut path = PathBuf::from(&self.feed);
        path.extend(self.way().iter().chain(&self.segments).map(|segment| file_name(segment)));
        path
    }
}

/// The file of each address, in their order: as [`Address::file_path`], but names
/// that differ in case or normal form alone get a hash, since some file systems
/// hold them for one. The first keeps its plain name.
pub fn file_paths(addresses: &[Address], format: Format) -> Vec<PathBuf> {
    let mut taken = BTreeSet::new();
    addresses
        .iter()
        .map(|address| {
            let plain = address.file_path(format);
            if taken.insert(folded(&plain)) {
                return plain;
            }
            let stem = address.file_stem();
            let name = stem.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let marked =
                stem.with_file_name(format!("{name}-{}.{}", mark(&address.key()), format.extension()));
            taken.insert(folded(&marked));
            marked
        })
        .collect()
}

/// A decoded path as it stands in a URL.
pub(crate) fn encoded(path: &str) -> String {
    path.split('/')
        .map(|segment| utf8_percent_encode(segment, SEGMENT).to_string())
        .collect::<Vec<_>>()
        .join("/")
}

fn with_kind(kind: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    std::iter::once(kind.to_owned()).chain(names).collect()
}

/// A name as addresses write it. A `/` in it would be a segment's end, a control character
/// is in no address of ours, and `..` leads clients elsewhere: these are `-`.
pub(crate) fn written(name: &str) -> String {
    if is_step(name) {
        return "-".repeat(name.len());
    }
    name.replace(|char: char| char == '/' || (char.is_control() && char != '\t'), "-")
}

fn is_step(name: &str) -> bool {
    matches!(name, "." | "..")
}

/// Each name of the path, or the slug that stands for it.
fn category_segments(outlet: &Outlet, path: &CategoryPath) -> Vec<String> {
    path.and_above()
        .map(|above| {
            outlet
                .categories
                .get(&above)
                .and_then(|info| info.slug.clone())
                .unwrap_or_else(|| written(above.leaf()))
        })
        .collect()
}

/// The name itself, where it can be a file's: a static server looks for what an address
/// says, percent-decoded.
pub(crate) fn file_name(segment: &str) -> String {
    let mut name = String::with_capacity(segment.len());
    for character in segment.chars() {
        if character.is_control() && character != '\t' || character == '/' {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(name, "%{byte:02X}");
            }
        } else {
            name.push(character);
        }
    }
    if is_step(&name) {
        name = name.replace('.', "%2E");
    }
    if name.len() > LONGEST_NAME {
        let end = name.floor_char_boundary(LONGEST_NAME);
        name = format!("{}-{}", &name[..end], mark(segment));
    }
    name
}

/// Eight hex digits that tell names apart.
fn mark(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().get(..8).unwrap_or_default().to_owned()
}

pub(crate) fn folded(path: &Path) -> String {
    path.to_string_lossy().nfc().collect::<String>().to_lowercase()
}

/// The token that a decoded path shows, and the path below it.
pub(crate) fn below_token(path: &str) -> (Option<&str>, &str) {
    let shown = path.strip_prefix("/t/").and_then(|rest| rest.split_at_checked(rest.find('/')?));
    shown.map_or((None, path), |(token, rest)| (Some(token), rest))
}

#[cfg(test)]
mod tests {
    use super::{Address, file_name, file_paths};
    use crate::model::{CategoryInfo, CategoryPath, Facet, Format, Outlet};
    use crate::serve::shelf::plain_outlet;
    use std::path::PathBuf;

    fn outlet() -> Outlet {
        let mut outlet = plain_outlet("finance");
        outlet.categories.insert(
            CategoryPath::parse("金融/中证网").unwrap(),
            CategoryInfo { slug: Some("cs".into()), ..CategoryInfo::default() },
        );
        outlet
    }

    #[test]
    fn every_kind_has_its_address() {
        let outlet = outlet();
        let category = |names: &[&str]| Facet::Category(CategoryPath::from_names(names).unwrap());
        for (facet, key, url) in [
            (Facet::Whole, "/finance", "/finance.atom"),
            (
                category(&["金融", "中证网", "资讯"]),
                "/finance/category/金融/cs/资讯",
                "/finance/category/%E9%87%91%E8%9E%8D/cs/%E8%B5%84%E8%AE%AF.atom",
            ),
            (
                category(&["CI/CD", "a b"]),
                "/finance/category/CI-CD/a b",
                "/finance/category/CI-CD/a%20b.atom",
            ),
            (Facet::Tag("c/c++".into()), "/finance/tag/c-c++", "/finance/tag/c-c%2B%2B.atom"),
            (Facet::Tag("a\tb\nc".into()), "/finance/tag/a\tb-c", "/finance/tag/a%09b-c.atom"),
            (category(&["..", "."]), "/finance/category/--/-", "/finance/category/--/-.atom"),
            (Facet::Author("ZNing".into()), "/finance/author/ZNing", "/finance/author/ZNing.atom"),
            (Facet::Source("a/b".into()), "/finance/source/a/b", "/finance/source/a/b.atom"),
        ] {
            let address = Address::new(&outlet, facet);
            assert_eq!(address.key(), key);
            assert_eq!(address.url_path(Format::Atom), url);
        }
    }

    #[test]
    fn files_take_what_a_file_system_takes() {
        for (name, file) in [
            ("金融", "金融"),
            ("a:b?", "a:b?"),
            ("..", "%2E%2E"),
            ("100%", "100%"),
            ("...", "..."),
            ("\0", "%00"),
        ] {
            assert_eq!(file_name(name), file);
        }
        let long = file_name(&"金".repeat(100));
        assert!(long.len() <= 210 && long.starts_with("金金"), "{long}");
        assert_ne!(long, file_name(&"金".repeat(101)));
    }

    #[test]
    fn twins_in_case_get_a_hash() {
        let outlet = outlet();
        let addresses: Vec<Address> = ["Rust", "rust", "go"]
            .into_iter()
            .map(|tag| Address::new(&outlet, Facet::Tag(tag.into())))
            .collect();
        let files = file_paths(&addresses, Format::Rss);
        assert_eq!(files[0], PathBuf::from("finance/tag/Rust.rss"));
        assert_eq!(files[2], PathBuf::from("finance/tag/go.rss"));
        let twin = files[1].to_string_lossy();
        assert!(twin.starts_with("finance/tag/rust-") && twin.ends_with(".rss"), "{twin}");
    }
}
