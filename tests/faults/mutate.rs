//! Good feeds and posts made bad, by chance that a seed repeats.

use crate::chance::Chance;

const PIECES: [&str; 24] = [
    "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>",
    "<!ENTITY x SYSTEM \"file:///etc/passwd\">",
    "&c;&x;&nbsp;&#xD800;&#0;&#x110000;",
    "]]>",
    "<![CDATA[",
    "<!--",
    "--",
    "<?xml version=\"1.0\" encoding=\"utf-7\"?>",
    "\u{feff}",
    "\0\0\0",
    "\u{202e}",
    "<item><item><item>",
    "</channel></rss>",
    "<entry xmlns=\"http://www.w3.org/2005/Atom\"><id/></entry>",
    "<guid isPermaLink=\"true\"></guid>",
    "<pubDate>Thu, 32 Foo 99999 25:61:61 +9999</pubDate>",
    "<enclosure url=\"javascript:alert(1)\" length=\"-99999999999999999999\"/>",
    "<script>alert(1)</script><svg/onload=alert(1)>",
    "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [[[[",
    "---\n---\n---\n",
    "{% raw %}{{ x | y }}",
    "a: &a [*a, *a]\n? !!python/object x\n",
    "+++\nd = 9999999999999999999999\n+++\n",
    "[](((((((((((((((((((((",
];

/// One document made bad in one to four ways.
pub(crate) fn mutate(good: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len());
        match chance.below(10) {
            0 => bytes.truncate(at),
            1 => (0..20).for_each(|_| flip(&mut bytes, chance)),
            2 => flip(&mut bytes, chance),
            3 => {
                // A piece of it stands again and again.
                let end = (at + chance.below(200)).min(bytes.len());
                let piece = bytes[at..end].repeat(1 + chance.below(60));
                insert(&mut bytes, at, &piece);
            }
            4 => {
                let end = (at + chance.below(400)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let from = chance.below(other.len());
                insert(&mut bytes, at, &other[from..(from + 600).min(other.len())]);
            }
            6 => {
                let deep = ["<b>", "<div>", "> ", "[", "<item>", "- "][chance.below(6)];
                insert(&mut bytes, at, deep.repeat(1 + chance.below(20_000)).as_bytes());
            }
            7 => {
                let attributes: String =
                    (0..chance.below(3000)).map(|number| format!(" a{number}=\"\"")).collect();
                insert(&mut bytes, at, format!("<x{attributes}>").as_bytes());
            }
            _ => insert(&mut bytes, at, PIECES[chance.below(PIECES.len())].as_bytes()),
        }
    }
    bytes
}

fn flip(bytes: &mut [u8], chance: &mut Chance) {
    if !bytes.is_empty() {
        let at = chance.below(bytes.len());
        bytes[at] ^= 1 << chance.below(8);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let at = at.min(bytes.len());
    bytes.splice(at..at, piece.iter().copied());
}
