//! A category: a path of names, `金融/中证网/资讯`.

use std::fmt;

/// A path of one or more names, outermost first. An entry filed under a path
/// is also in every path above it.
///
/// Names are trimmed and never empty; they may hold a `/` (written as a list,
/// `[CI/CD]`, where the definition needs it).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryPath(Vec<String>);

impl CategoryPath {
    /// Reads `a/b/c`; empty names fall away, and none left is no path.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_names(text.split('/'))
    }

    /// A path of these names; empty names fall away, and none left is no path.
    pub fn from_names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Option<Self> {
        let names: Vec<String> = names
            .into_iter()
            .map(|name| name.as_ref().trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        (!names.is_empty()).then_some(Self(names))
    }

    /// The names, outermost first; never empty.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The innermost name.
    pub fn leaf(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// The path itself and each path above it, outermost first.
    pub fn and_above(&self) -> impl Iterator<Item = Self> + '_ {
        (1..=self.0.len()).filter_map(|length| self.0.get(..length).map(|names| Self(names.to_vec())))
    }

    /// Whether this path is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for CategoryPath {
    /// Names joined by `/`, each as it is written; only addresses write a `/` inside one as `-`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("/"))
    }
}
