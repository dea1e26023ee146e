//! Namespaces: what readers call them, and which they know.

use crate::lint::Rule;
use crate::lint::found::Found;

/// Namespaces and the prefixes that are usual for them.
const KNOWN: &[(&str, &str)] = &[
    ("http://www.w3.org/2005/Atom", "atom"),
    ("http://www.w3.org/1999/xhtml", "xhtml"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/dc/terms/", "dcterms"),
    ("http://purl.org/rss/1.0/modules/content/", "content"),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://search.yahoo.com/mrss/", "media"),
    ("http://purl.org/syndication/history/1.0", "fh"),
    ("http://purl.org/syndication/thread/1.0", "thr"),
    ("http://purl.org/atompub/tombstones/1.0", "at"),
    ("http://purl.org/rss/1.0/modules/slash/", "slash"),
    ("http://purl.org/rss/1.0/modules/syndication/", "sy"),
    ("http://wellformedweb.org/CommentAPI/", "wfw"),
    ("http://www.georss.org/georss", "georss"),
    ("http://www.w3.org/2003/01/geo/wgs84_pos#", "geo"),
    ("http://www.opengis.net/gml", "gml"),
    ("http://a9.com/-/spec/opensearch/1.1/", "opensearch"),
    ("http://a9.com/-/spec/opensearchrss/1.0/", "opensearch10"),
    ("http://backend.userland.com/creativeCommonsRssModule", "creativeCommons"),
    ("http://web.resource.org/cc/", "cc"),
    ("http://webns.net/mvcb/", "admin"),
    ("http://backend.userland.com/blogChannelModule", "blogChannel"),
    ("http://www.bloglines.com/about/specs/fac-1.0", "access"),
    ("http://purl.org/rss/1.0/modules/aggregation/", "ag"),
    ("http://purl.org/rss/1.0/modules/annotate/", "annotate"),
    ("http://www.w3.org/2007/app", "app"),
    ("http://media.tangent.org/rss/1.0/", "audio"),
    ("http://www.microsoft.com/schemas/rss/core/2005", "cf"),
    ("http://purl.org/rss/1.0/modules/company", "company"),
    ("http://conversationsnetwork.org/rssNamespace-1.0/", "conversationsNetwork"),
    ("http://my.theinfo.org/changed/1.0/rss/", "cp"),
    ("http://purl.org/rss/1.0/modules/email/", "email"),
    ("http://purl.org/rss/1.0/modules/event/", "ev"),
    ("http://geourl.org/rss/module/", "geourl"),
    ("http://postneo.com/icbm", "icbm"),
    ("http://purl.org/rss/1.0/modules/image/", "image"),
    ("urn:atom-extension:indexing", "indexing"),
    ("http://rssnamespace.org/feedburner/ext/1.0", "feedburner"),
    ("http://xmlns.com/foaf/0.1/", "foaf"),
    ("http://purl.org/rss/1.0/modules/link/", "l"),
    ("http://www.w3.org/1998/Math/MathML", "mathml"),
    ("http://www.opml.org/spec2", "opml"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/2000/01/rdf-schema#", "rdfs"),
    ("http://purl.org/rss/1.0/modules/reference/", "ref"),
    ("http://purl.org/rss/1.0/modules/richequiv/", "reqv"),
    ("http://purl.org/rss/1.0/modules/rss091#", "rss091"),
    ("http://purl.org/rss/1.0/modules/search/", "search"),
    ("http://purl.org/rss/1.0/modules/servicestatus/", "ss"),
    ("http://hacks.benhammersley.com/rss/streaming/", "str"),
    ("http://purl.org/rss/1.0/modules/subscription/", "sub"),
    ("http://feedsync.org/2007/feedsync", "sx"),
    ("http://www.w3.org/2000/svg", "svg"),
    ("http://purl.org/rss/1.0/modules/taxonomy/", "taxo"),
    ("http://madskills.com/public/xml/rss/module/trackback/", "trackback"),
    ("http://purl.org/rss/1.0/modules/wiki/", "wiki"),
    ("http://schemas.xmlsoap.org/soap/envelope/", "soap"),
    ("http://my.netscape.com/rdf/simple/0.9/", "rss090"),
    ("http://purl.org/rss/1.0/", "rss1"),
    ("http://purl.org/net/rss1.1#", "rss11"),
    ("http://base.google.com/ns/1.0", "g"),
    ("http://openid.net/xmlns/1.0", "openid"),
    ("http://www.w3.org/1999/xlink", "xlink"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
];

/// Namespaces in use that no prefix is reserved for.
const USED: &[(&str, &str)] = &[
    ("https://podcastindex.org/namespace/1.0", "podcast"),
    ("https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md", "podcast"),
    ("http://schemas.google.com/g/2005", "gd"),
    ("http://www.rawvoice.com/rawvoiceRssModule/", "rawvoice"),
    ("https://schema.org/", "schema"),
    ("http://schema.org/", "schema"),
    ("http://purl.org/rss/1.0/modules/threading/", "threading"),
    ("http://www.usemod.com/cgi-bin/mb.pl?ModWiki", "usemod"),
];

/// What the media namespace is often written as.
const MEDIA_WITHOUT_SLASH: &str = "http://search.yahoo.com/mrss";

/// A namespace's short name; itself where it has none.
pub(super) fn short(space: &str) -> &str {
    if space == MEDIA_WITHOUT_SLASH {
        return "media";
    }
    KNOWN.iter().chain(USED).find(|(known, _)| *known == space).map_or(space, |(_, name)| name)
}

/// Judges one `xmlns`; `root` is the namespace of the document's element.
pub(super) fn judge(prefix: &str, space: &str, root: &str, at: usize, found: &mut Found<'_>) {
    if space == MEDIA_WITHOUT_SLASH {
        return found.add(Rule::WrongNamespace, at, format!("`{space}` is no namespace"));
    }
    let own = KNOWN.iter().find(|(_, name)| *name == prefix && !prefix.is_empty());
    let usual = KNOWN.iter().find(|(known, _)| *known == space).map(|(_, name)| *name);
    if own.is_some_and(|(known, _)| *known != space) && !(prefix == "thr" || prefix == "wiki") {
        found.add(Rule::ReservedPrefix, at, format!("the prefix `{prefix}` stands for another namespace"));
    } else if space.is_empty() || usual.is_some() || USED.iter().any(|(known, _)| *known == space) {
        let is_ours = usual.is_some_and(|usual| usual == "atom" || usual == "xhtml") && !prefix.is_empty();
        if is_ours && (root == "atom" || usual != Some(prefix)) {
            found.add(Rule::AvoidPrefix, at, format!("many readers don't know the prefix `{prefix}`"));
        }
    } else {
        found.add(Rule::UnknownNamespace, at, format!("the namespace `{space}` is known to no reader"));
    }
}
