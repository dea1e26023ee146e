//! What conservation found.

/// Each kind of thing that must not be, counted; and what it was looked for in.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) published: usize,
    /// Edits, other dates, and entries taken back or shown again.
    pub(crate) changes: usize,
    /// Not there though it stands at its source, or no longer known under its id.
    pub(crate) lost: usize,
    pub(crate) twice: usize,
    /// Other bytes, another id or another time of being seen first, though nothing became of it.
    pub(crate) changed: usize,
    /// Half of an edit, or one that was served and is so no more.
    pub(crate) torn: usize,
    /// What its source has changed or taken back, and is as it was.
    pub(crate) stale: usize,
    pub(crate) damage: Vec<String>,
    /// The first that was wrong, in words.
    pub(crate) first: Option<String>,
}

impl Tally {
    pub(crate) fn is_clean(&self) -> bool {
        self.lost + self.twice + self.changed + self.torn + self.stale + self.damage.len() == 0
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.published = self.published.max(other.published);
        self.changes = self.changes.max(other.changes);
        self.lost += other.lost;
        self.twice += other.twice;
        self.changed += other.changed;
        self.torn += other.torn;
        self.stale += other.stale;
        self.damage.extend(other.damage);
        self.first = self.first.take().or(other.first);
    }

    /// Notes what is wrong with an entry.
    pub(crate) fn note(&mut self, kind: impl FnOnce(&mut Self) -> &mut usize, what: String) {
        *kind(self) += 1;
        self.first.get_or_insert(what);
    }

    pub(crate) fn told(&self) -> String {
        let Self { published, changes, lost, twice, changed, torn, stale, damage, first } = self;
        let store = damage.first().map_or("the store sound", String::as_str);
        let first = first.as_ref().map_or(String::new(), |first| format!(" ({first})"));
        let edits = match changes {
            0 => String::new(),
            _ => format!(" with {changes} changes"),
        };
        format!(
            "of {published} entries{edits} {lost} lost, {twice} twice, {changed} changed, {torn} torn, {stale} stale{first}, {store}"
        )
    }
}
