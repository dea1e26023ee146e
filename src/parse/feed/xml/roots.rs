//! What a document's elements are in its format, which the root decides.

use super::Builder;
use crate::parse::feed::names::Field;
use crate::parse::feed::spaces::Space;
use crate::parse::feed::{attributes, format_of};

impl<'a> Builder<'a, '_> {
    /// What an element is: `a` is a link in CDF alone, elsewhere something that an error
    /// message of the server's has brought along.
    pub(super) fn field(&self, space: Space, local: &str) -> Field {
        match Field::of(space, local) {
            Field::Link if local.eq_ignore_ascii_case("a") && self.document.format != "cdf" => Field::Unknown,
            field => field,
        }
    }

    /// The root decides the format; anything before it is junk.
    pub(super) fn root(&mut self, name: &'a str, raw: &str) -> bool {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if ["rss", "feed", "rdf"].iter().any(|known| local.eq_ignore_ascii_case(known)) {
            let (space, local) = self.spaces.of(name);
            if Field::of(space, local) == Field::Unknown {
                // It says what it is, whatever vocabulary it claims.
                self.spaces.declare(prefix, "");
            }
        }
        let (space, local) = self.spaces.of(name);
        let field = self.field(space, local);
        let version = attributes::get(raw, "version", &self.context.declared);
        let version = version.as_deref().unwrap_or_default().trim();
        let Some((format, atom)) = format_of(field, name, version, raw) else {
            return false;
        };
        if format == "cdf" {
            self.learn_base(raw);
        }
        self.document.format = format;
        self.context.atom = atom;
        true
    }
}
