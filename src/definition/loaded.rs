//! What reading a folder of feeds gives.

use crate::definition::Definition;
use crate::model::Problem;

/// What a folder of feeds holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// Every feed whose file is sound, by id.
    pub definitions: Vec<Definition>,
    /// Everything wrong, and what is worth a look, by file and place.
    pub problems: Vec<Problem>,
    /// Ids whose file is there and cannot be used: they go on under their last good definition.
    pub broken: Vec<String>,
    /// Posts sources, as feed and source, whose file and feed name no time zone and for
    /// which this machine's would hold. Worth a warning where the site's own
    /// configuration names none either.
    pub timezone_assumed: Vec<(String, String)>,
    /// A folder could not be read: a feed that is missing here may stand in it.
    pub incomplete: bool,
}
