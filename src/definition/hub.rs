//! `hub`: who tells subscribers of a feed's changes.

use crate::definition::word;
use crate::model::Access;
use crate::model::Hub;
use crate::yaml::Node;
use crate::yaml::Section;

/// Addresses of hubs, or `builtin`; several as a list. A feed that needs a token has none:
/// what is told to a hub is told to everybody.
pub(super) fn hubs(root: &mut Section<'_, '_>, access: &Access) -> Vec<Hub> {
    let read = |node: &Node| {
        if node.as_text()? == "builtin" { Ok(Hub::Builtin) } else { word::web_url(node).map(Hub::At) }
    };
    let hubs: Vec<Hub> = root.one_or_more("hub", read).unwrap_or_default();
    if *access == Access::Public || hubs.is_empty() {
        return hubs;
    }
    if let Some((key, _)) = root.written("hub") {
        root.faults.add_at_key(key, "`hub` is for feeds that everybody may read").help =
            Some("take `hub` out, or `access: token`".into());
    }
    Vec::new()
}
