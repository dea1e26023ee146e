//! Eleventy's global data: `_data/<name>.json` and the like, and `package.json` as `pkg`.

use crate::map::posts::SiteFiles;
use crate::map::posts::basis::read;
use crate::parse::data::{Format, script};
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What templates may ask of the whole site, by the file's name; nothing where a program says it.
#[derive(Debug, Clone, Default)]
pub(super) struct Global(Arc<BTreeMap<String, Option<Node>>>);

impl Global {
    pub(super) fn new(found: &SiteFiles) -> Self {
        let mut all = BTreeMap::new();
        for (path, text) in &found.data {
            let name = path.split_once("_data/").map(|(_, name)| name).filter(|name| !name.contains('/'));
            let name = name.or_else(|| (path == "package.json").then_some("pkg.json"));
            let Some((stem, _)) = name.and_then(|name| name.rsplit_once('.')) else { continue };
            let node = match Format::of(path) {
                Format::Script => {
                    let found = script(text);
                    found.worked_out.is_empty().then_some(found.data)
                }
                _ => read(path, text, &mut Vec::new()),
            };
            all.insert(stem.to_owned(), node);
        }
        Self(Arc::new(all))
    }

    /// Whether there is data of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The data of a name, where it is known.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.0.get(name)?.as_ref()
    }
}
