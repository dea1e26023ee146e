//! What a source says beside the formats' own elements: podcasts, media, places, replies.

/// An element of a vocabulary beside the formats' own (itunes, podcast, media, georss …),
/// under its usual prefix, as it may be put out again: only names and values that
/// `map::extensions` knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extension {
    /// With its usual prefix: `itunes:episode`.
    pub name: String,
    /// By name, in the order of their names.
    pub attributes: Vec<(String, String)>,
    /// Plain text, one line.
    pub text: Option<String>,
    /// What stands in it, in the order of their names.
    pub children: Vec<Extension>,
}

impl Extension {
    /// The prefix: `itunes` of `itunes:episode`.
    pub fn prefix(&self) -> &str {
        self.name.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Itself and all that stands in it.
    pub fn tree(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(extension) = all.get(next) {
            let children: Vec<&Self> = extension.children.iter().collect();
            all.extend(children);
            next += 1;
        }
        all
    }
}
