//! The plugins of markdown-it that a site's config names: its text → what they add to Markdown.

/// What plugins add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plugins(u16);

/// One thing that a plugin adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugin {
    /// `*[HTML]: …`.
    Abbreviations,
    /// `{.class}`.
    Attributes,
    /// `::: info`.
    Containers,
    /// `: what it means`.
    Definitions,
    /// `[^1]`.
    Footnotes,
    /// `++new++`.
    Insertions,
    /// `==said==`.
    Marks,
    /// `H~2~O`.
    Subscripts,
    /// `x^2^`.
    Superscripts,
}

/// Packages by the end of their names, behind `markdown-it-`.
const NAMES: [(&str, Plugin); 11] = [
    ("abbr", Plugin::Abbreviations),
    ("attrs", Plugin::Attributes),
    ("attributes", Plugin::Attributes),
    ("bracketedspans", Plugin::Attributes),
    ("container", Plugin::Containers),
    ("deflist", Plugin::Definitions),
    ("footnote", Plugin::Footnotes),
    ("ins", Plugin::Insertions),
    ("mark", Plugin::Marks),
    ("sub", Plugin::Subscripts),
    ("sup", Plugin::Superscripts),
];

impl Plugins {
    /// Those that a config names, as packages or as the names that programs give them.
    pub fn named(config: &str) -> Self {
        let config = config.to_ascii_lowercase().replace(['-', '_'], "");
        let mut found = Self::default();
        for rest in config.split("markdownit").skip(1) {
            let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default();
            let plugin =
                NAMES.iter().find(|(known, _)| name.strip_suffix("plugin").unwrap_or(name) == *known);
            found.0 |= plugin.map_or(0, |(_, plugin)| 1 << *plugin as u16);
        }
        found
    }

    /// Whether one is among them.
    pub fn has(self, plugin: Plugin) -> bool {
        self.0 & 1 << plugin as u16 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_known_however_they_are_named() {
        let found = Plugins::named(
            "import markdownItFootnote from \"x\"; md.use(require('markdown-it-container'), 'info'); markdownItInstance",
        );
        assert!(found.has(Plugin::Footnotes) && found.has(Plugin::Containers));
        assert!(!found.has(Plugin::Insertions) && !found.has(Plugin::Attributes));
    }
}
