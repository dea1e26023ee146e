-- Version 2: filters, twins, feeds made of feeds.

-- What the source or the post says of its span of time; `visible_from` and `visible_until`
-- are what holds now, 0 in the latter for an entry that is not shown at all.
ALTER TABLE entry ADD COLUMN own_from INTEGER;
ALTER TABLE entry ADD COLUMN own_until INTEGER;
UPDATE entry SET own_from = visible_from, own_until = visible_until;
ALTER TABLE entry ADD COLUMN windows TEXT;          -- when filters let it through, JSON; NULL: they have nothing to say
ALTER TABLE entry ADD COLUMN placed_at INTEGER;     -- the date that its rows in `place` have
ALTER TABLE entry ADD COLUMN twin_key TEXT;         -- what makes it one with others of its feed
ALTER TABLE entry ADD COLUMN face INTEGER;          -- the twin whose id and date it is shown under
ALTER TABLE entry ADD COLUMN united TEXT;           -- shown for several twins: where all of them are filed, JSON
ALTER TABLE entry ADD COLUMN lent_by INTEGER;       -- the entry of another feed that this one stands for
CREATE INDEX entry_by_twin ON entry (feed, twin_key) WHERE twin_key IS NOT NULL;
CREATE INDEX entry_twin_expires ON entry (visible_until) WHERE twin_key IS NOT NULL AND visible_until > 0;
CREATE INDEX entry_by_lender ON entry (lent_by) WHERE lent_by IS NOT NULL;

ALTER TABLE source ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;     -- its place in the file
ALTER TABLE facet ADD COLUMN lent INTEGER NOT NULL DEFAULT 0;      -- of those in `place`, how many stand for other feeds' entries

-- The first of several twins to be shown: they keep its id and its date.
CREATE TABLE twins (
    feed INTEGER NOT NULL,
    key  TEXT    NOT NULL,
    face INTEGER NOT NULL,
    PRIMARY KEY (feed, key)
) STRICT, WITHOUT ROWID;

-- A post's metadata, for filters.
CREATE TABLE meta (
    entry  INTEGER PRIMARY KEY,
    fields TEXT    NOT NULL                         -- JSON
) STRICT;
