-- Version 1. Times are milliseconds since 1970; hashes are 16 bytes in `file` and `entry`, else 32. `checksum` is
-- `row_sum` over the columns that `sum.rs` lists; `store check` compares them all, and what is shown is
-- compared when it is read.

-- One row: sets this daemon's pace apart from that of others with the same feeds.
CREATE TABLE instance (
    id       BLOB    NOT NULL,
    arrivals INTEGER NOT NULL DEFAULT 0,          -- entries shown for the first time, or again after an edit
    entries  INTEGER NOT NULL DEFAULT 0,          -- the number of the last row in `entry` that there ever was
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO instance (id) VALUES (randomblob(16));
UPDATE instance SET checksum = row_sum(id, arrivals, entries);

CREATE TABLE feed (
    row             INTEGER PRIMARY KEY,
    id              TEXT    NOT NULL UNIQUE,
    atom_id         TEXT    NOT NULL,
    sequence        INTEGER NOT NULL DEFAULT 0,   -- counts up with every change of what is shown
    changed_at      INTEGER NOT NULL,
    definition_hash BLOB    NOT NULL,
    defined         INTEGER NOT NULL DEFAULT 1,
    checksum        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE source (
    row             INTEGER PRIMARY KEY,
    feed            INTEGER NOT NULL REFERENCES feed (row),
    key             TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    location        TEXT    NOT NULL,
    defined         INTEGER NOT NULL DEFAULT 1,
    due             INTEGER,
    due_because     TEXT    NOT NULL DEFAULT '',
    last            INTEGER,
    outcome         TEXT,
    problems        TEXT    NOT NULL DEFAULT '[]',
    failures        INTEGER NOT NULL DEFAULT 0,
    since           INTEGER,                      -- when its health last changed
    spells          TEXT    NOT NULL DEFAULT '[]',    -- how it stood before, JSON
    succeeded       INTEGER,                      -- the last collection that did not fail
    bytes           INTEGER,                      -- of its last body, on the wire
    collected       INTEGER NOT NULL DEFAULT 0,
    first_collected INTEGER,
    etag            BLOB,
    last_modified   BLOB,
    validators_from TEXT,                         -- the address that gave these two
    body_hash       BLOB,
    current_location TEXT,
    request_hash    BLOB,                         -- what validators and wishes of the origin belong to
    moving          TEXT,                         -- a permanent redirect on trial, JSON
    adopted         TEXT,                         -- the address it moved to for good
    not_before      INTEGER,
    busy            INTEGER NOT NULL DEFAULT 0,   -- the last answer was 429 or 503
    asked           TEXT    NOT NULL DEFAULT '{}',    -- what its origin asks of pollers, JSON
    said            TEXT    NOT NULL DEFAULT '{}',    -- what it says of itself that is put out again, JSON
    gone            INTEGER NOT NULL DEFAULT 0,
    change_interval INTEGER,
    collect_hash    BLOB,
    filing_hash     BLOB,
    held_since      INTEGER,                      -- when the flood guard began to hold new entries
    most_new        INTEGER NOT NULL DEFAULT 0,   -- the most new entries that one collection brought after the first
    site_config     TEXT,                         -- the config of its posts' site that was read last
    rank            INTEGER NOT NULL DEFAULT 0,   -- its place in the file
    checksum        INTEGER NOT NULL DEFAULT 0,
    UNIQUE (feed, key)
) STRICT;

-- The files read for a source; they say only whether a file has to be read again.
CREATE TABLE file (
    source      INTEGER NOT NULL,
    path        TEXT    NOT NULL,
    modified_ns INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    inode       INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    entry_key   TEXT,
    problems    TEXT    NOT NULL DEFAULT '[]',
    asked       TEXT,                             -- what it asked of the site's other posts, JSON
    checksum    INTEGER NOT NULL,
    PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_asking ON file (source) WHERE asked IS NOT NULL;

-- Narrow: what deciding and choosing need. Bodies live apart. No row number is used
-- twice: what still names one that is gone must not lead to another entry.
CREATE TABLE entry (
    row           INTEGER PRIMARY KEY AUTOINCREMENT,
    feed          INTEGER NOT NULL,
    source        INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    urn           TEXT    NOT NULL,               -- stands for `id` in Atom where that is no IRI, everywhere for a twin
    iri           INTEGER NOT NULL,               -- 1: `id` is an absolute IRI
    twin          INTEGER NOT NULL,               -- 1: another entry of the feed had the id first
    at            TEXT    NOT NULL,
    raw_hash      BLOB    NOT NULL,
    served_hash   BLOB    NOT NULL,
    first_seen    INTEGER NOT NULL,
    stands_at     INTEGER NOT NULL,
    visible_from  INTEGER,
    visible_until INTEGER,                        -- what holds now; 0: it is not shown at all
    own_from      INTEGER,                        -- the span that the source or the post gives it
    own_until     INTEGER,
    windows       TEXT,                           -- when filters let it through, JSON; NULL: they have nothing to say
    state         INTEGER NOT NULL,               -- 0 waits for its collection to end, 1 stands, 2 has left, 3 is held
    shown         INTEGER NOT NULL DEFAULT 0,     -- 1: its places are in `place`
    placed_at     INTEGER,                        -- the date that its rows in `place` have, while it is shown
    arrived       INTEGER,                        -- when it was first shown as it is, counted over all feeds; while it is shown
    had_arrived   INTEGER,                        -- the same, of one that was hidden
    filed         TEXT    NOT NULL,               -- categories, tags and authors it is filed under, JSON
    twin_key      TEXT,                           -- what makes it one with others of its feed
    face          INTEGER,                        -- the twin whose id and date it is shown under
    united        TEXT,                           -- shown for several twins: where all of them are filed, JSON
    lent_by       INTEGER,                        -- the entry of another feed that this one stands for
    buried        INTEGER,                        -- when it left, while readers are told of it
    checksum      INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_by_source ON entry (source, state);
CREATE INDEX entry_by_id ON entry (id, feed);
CREATE INDEX entry_by_urn ON entry (urn) WHERE iri = 0 OR twin = 1;
CREATE INDEX entry_appears ON entry (visible_from) WHERE shown = 0 AND state = 1 AND visible_from IS NOT NULL;
CREATE INDEX entry_expires ON entry (visible_until) WHERE shown = 1 AND visible_until IS NOT NULL;
CREATE INDEX entry_by_twin ON entry (feed, twin_key) WHERE twin_key IS NOT NULL;
CREATE INDEX entry_twin_expires ON entry (visible_until) WHERE twin_key IS NOT NULL AND visible_until > 0;
CREATE INDEX entry_buried ON entry (feed, buried) WHERE buried IS NOT NULL;
CREATE INDEX entry_by_lender ON entry (lent_by) WHERE lent_by IS NOT NULL;

CREATE TABLE entry_key (
    source INTEGER NOT NULL,
    key    TEXT    NOT NULL,
    entry  INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_key_by_entry ON entry_key (entry);

CREATE TABLE body (
    entry  INTEGER PRIMARY KEY,
    fields BLOB NOT NULL,                         -- the entry as its source wrote it: JSON, the content, LZ4
    checksum INTEGER NOT NULL
) STRICT;

-- A post's metadata, for filters.
CREATE TABLE meta (
    entry    INTEGER PRIMARY KEY,
    fields   TEXT    NOT NULL,                    -- JSON
    checksum INTEGER NOT NULL
) STRICT;

-- The first of several twins to be shown: they keep its id and its date.
CREATE TABLE twins (
    feed INTEGER NOT NULL,
    key  TEXT    NOT NULL,
    face INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (feed, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX twins_by_face ON twins (face);

-- Keys of entries that retention has let go, hashed: they don't come back.
CREATE TABLE forgotten (
    source INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;

-- Entries that their origin no longer has, as its last whole document says, and that are kept until
-- they are too old or too many; empty where retention has no limit.
CREATE TABLE departed (
    source    INTEGER NOT NULL,
    stands_at INTEGER NOT NULL,
    entry     INTEGER NOT NULL,
    checksum  INTEGER NOT NULL,
    PRIMARY KEY (source, stands_at, entry)
) STRICT, WITHOUT ROWID;

-- Every facet that was ever used.
CREATE TABLE facet (
    row    INTEGER PRIMARY KEY,
    feed   INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    value  TEXT    NOT NULL,
    folded TEXT    NOT NULL,                      -- lower case, NFC: finds what differs in these alone
    shown  INTEGER NOT NULL DEFAULT 0,            -- entries in `place`
    lent   INTEGER NOT NULL DEFAULT 0,            -- of those, how many stand for other feeds' entries
    checksum INTEGER NOT NULL,
    UNIQUE (feed, kind, value)
) STRICT;
CREATE INDEX facet_by_folded ON facet (feed, kind, folded);

-- The newest fifty of a facet are fifty rows of this, in order.
CREATE TABLE place (
    facet     INTEGER NOT NULL,
    stands_at INTEGER NOT NULL,
    entry     INTEGER NOT NULL,
    arrived   INTEGER NOT NULL,                   -- as the entry's: archives are cut by it
    checksum  INTEGER NOT NULL,
    PRIMARY KEY (facet, stands_at, entry)
) STRICT, WITHOUT ROWID;

-- What edited entries were before, for the archives that hold them.
CREATE TABLE past (
    entry     INTEGER NOT NULL,
    arrived   INTEGER NOT NULL,
    stands_at INTEGER NOT NULL,                   -- the date that it was shown with
    fields    BLOB    NOT NULL,                   -- as in `body`
    filed     TEXT    NOT NULL,                   -- as in `entry`, of all its twins
    checksum  INTEGER NOT NULL,
    PRIMARY KEY (entry, arrived)
) STRICT;

-- When each URL was last asked, by whichever source and with whatever headers, and until when it is left alone.
CREATE TABLE visit (
    url        BLOB PRIMARY KEY,                  -- its hash: without fragment and credentials
    last       INTEGER NOT NULL,
    not_before INTEGER,
    busy       INTEGER NOT NULL,                  -- the answer was 429 or 503
    checksum   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What hubs were asked to send: one row a URL that is asked, with its headers and credentials.
CREATE TABLE subscription (
    request    BLOB PRIMARY KEY,
    hub        TEXT    NOT NULL,
    topic      TEXT    NOT NULL,
    callback   TEXT    NOT NULL UNIQUE,           -- the last part of its address, made by chance
    secret     TEXT    NOT NULL,
    stage      TEXT    NOT NULL,                  -- wanted, asked, held, leaving
    lease_ends INTEGER,
    next       INTEGER,                           -- when something has to be done about it
    failures   INTEGER NOT NULL,
    problem    TEXT,
    checksum   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was last rendered at an address.
CREATE TABLE document (
    path          TEXT PRIMARY KEY,
    rendered_from TEXT    NOT NULL,
    etag          TEXT    NOT NULL,
    last_modified INTEGER NOT NULL,
    checksum      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- WebSub: what hubs were last told of, and who subscribed to ours.
CREATE TABLE announced (
    topic    TEXT PRIMARY KEY,
    etag     TEXT    NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE subscriber (
    topic     TEXT    NOT NULL,
    callback  TEXT    NOT NULL,
    secret    TEXT,
    expires   INTEGER NOT NULL,
    delivered TEXT,                               -- etag of what they were sent last
    checksum  INTEGER NOT NULL,
    PRIMARY KEY (topic, callback)
) STRICT, WITHOUT ROWID;

-- Rows that change in many places are summed anew by themselves. One that was damaged before stays so:
-- -1 is no row's checksum.
CREATE TRIGGER feed_made AFTER INSERT ON feed BEGIN
    UPDATE feed SET checksum = row_sum(
        id, atom_id, sequence, changed_at, definition_hash, defined)
    WHERE row = NEW.row;
END;
CREATE TRIGGER feed_changed AFTER UPDATE OF
        id, atom_id, sequence, changed_at, definition_hash, defined
ON feed BEGIN
    UPDATE feed SET checksum = iif(OLD.checksum IS row_sum(
        OLD.id, OLD.atom_id, OLD.sequence, OLD.changed_at, OLD.definition_hash, OLD.defined), row_sum(
        id, atom_id, sequence, changed_at, definition_hash, defined), -1)
    WHERE row = NEW.row;
END;
CREATE TRIGGER source_made AFTER INSERT ON source BEGIN
    UPDATE source SET checksum = row_sum(
        feed, key, id, kind, location, defined, due, due_because, last, outcome, problems, failures,
        since, spells, succeeded, bytes, collected, first_collected, etag, last_modified, validators_from, body_hash,
        current_location, request_hash, moving, adopted, not_before, busy, asked, said, gone, change_interval, collect_hash,
        filing_hash, held_since, most_new, site_config, rank)
    WHERE row = NEW.row;
END;
CREATE TRIGGER source_changed AFTER UPDATE OF
        feed, key, id, kind, location, defined, due, due_because, last, outcome, problems, failures,
        since, spells, succeeded, bytes, collected, first_collected, etag, last_modified, validators_from, body_hash,
        current_location, request_hash, moving, adopted, not_before, busy, asked, said, gone, change_interval, collect_hash,
        filing_hash, held_since, most_new, site_config, rank
ON source BEGIN
    UPDATE source SET checksum = iif(OLD.checksum IS row_sum(
        OLD.feed, OLD.key, OLD.id, OLD.kind, OLD.location, OLD.defined, OLD.due, OLD.due_because, OLD.last,
        OLD.outcome, OLD.problems, OLD.failures, OLD.since, OLD.spells, OLD.succeeded, OLD.bytes, OLD.collected,
        OLD.first_collected, OLD.etag, OLD.last_modified, OLD.validators_from, OLD.body_hash, OLD.current_location,
        OLD.request_hash, OLD.moving, OLD.adopted, OLD.not_before, OLD.busy, OLD.asked, OLD.said, OLD.gone,
        OLD.change_interval, OLD.collect_hash, OLD.filing_hash, OLD.held_since, OLD.most_new, OLD.site_config,
        OLD.rank), row_sum(
        feed, key, id, kind, location, defined, due, due_because, last, outcome, problems, failures,
        since, spells, succeeded, bytes, collected, first_collected, etag, last_modified, validators_from, body_hash,
        current_location, request_hash, moving, adopted, not_before, busy, asked, said, gone, change_interval, collect_hash,
        filing_hash, held_since, most_new, site_config, rank), -1)
    WHERE row = NEW.row;
END;
CREATE TRIGGER entry_changed AFTER UPDATE OF
        feed, source, id, urn, iri, twin, at, raw_hash, served_hash, first_seen, stands_at,
        visible_from, visible_until, state, filed, own_from, own_until, windows, twin_key, face, united,
        lent_by, had_arrived, buried
ON entry BEGIN
    UPDATE entry SET checksum = iif(OLD.checksum IS row_sum(
        OLD.feed, OLD.source, OLD.id, OLD.urn, OLD.iri, OLD.twin, OLD.at, OLD.raw_hash, OLD.served_hash,
        OLD.first_seen, OLD.stands_at, OLD.visible_from, OLD.visible_until, OLD.state, OLD.filed, OLD.own_from,
        OLD.own_until, OLD.windows, OLD.twin_key, OLD.face, OLD.united, OLD.lent_by, OLD.had_arrived,
        OLD.buried), row_sum(
        feed, source, id, urn, iri, twin, at, raw_hash, served_hash, first_seen, stands_at,
        visible_from, visible_until, state, filed, own_from, own_until, windows, twin_key, face, united,
        lent_by, had_arrived, buried), -1)
    WHERE row = NEW.row;
END;
