//! An entry as its source wrote it ↔ one compressed column.

use crate::model::{CategoryPath, Date, Enclosure, Entry, Extension, Origin, Person};
use crate::store::sqlite::codec::Filing;
use crate::store::sqlite::sum::{self, Damaged};
use crate::store::sqlite::{codec, iri, lend};
use crate::store::{Commit, EntryRow, Placing};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io;

/// Keeps a post's metadata.
pub(super) const META: &str =
    "INSERT OR REPLACE INTO meta (entry, fields, checksum) VALUES (?1, ?2, row_sum(?1, ?2))";

/// The entry's fields by short names; times and ids that have columns are not in it.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Date>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<[Option<Cow<'a, str>>; 3]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<Cow<'a, [String]>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: Cow<'a, [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enclosures: Vec<WireEnclosure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<[Option<String>; 4]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extensions: Vec<codec::WireExtension>,
}

#[derive(Default, Serialize, Deserialize)]
struct WireEnclosure {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<u64>,
}

/// What takes time to be made, as it is stored: made before the one writer has it.
pub(super) struct PackedEntry {
    /// Its compressed column; nothing of a lent one.
    pub(super) body: Vec<u8>,
    /// Its metadata, if it has any.
    pub(super) meta: Option<String>,
    /// Where it is filed.
    pub(super) filed: String,
    /// Whether Atom may carry its id as it is.
    pub(super) iri: bool,
    /// It has a text of its own, and that says nothing.
    pub(super) textless: bool,
}

/// The entries of a commit, in order.
pub(super) struct Packed {
    pub(super) inserts: Vec<PackedEntry>,
    pub(super) replaces: Vec<PackedEntry>,
}

impl Packed {
    /// Takes the contents out of the commit.
    pub(super) fn of(commit: &mut Commit) -> rusqlite::Result<Self> {
        let inserts = commit.inserts.iter_mut();
        let inserts = inserts.map(|new| PackedEntry::of(&mut new.entry, &new.placing, &new.filed));
        let inserts = inserts.collect::<Result<_, _>>()?;
        let replaces = commit.replaces.iter_mut();
        let replaces = replaces.map(|(_, new)| PackedEntry::of(&mut new.entry, &new.placing, &new.filed));
        Ok(Self { inserts, replaces: replaces.collect::<Result<_, _>>()? })
    }
}

impl PackedEntry {
    fn of(
        entry: &mut Entry,
        placing: &Placing,
        (categories, tags): &(Vec<CategoryPath>, Vec<String>),
    ) -> rusqlite::Result<Self> {
        let body = if placing.lent_by.is_some() { Vec::new() } else { pack(entry)? };
        let textless = placing.lent_by.is_none() && entry.content.is_none() && entry.summary.is_none();
        entry.content = None;
        Ok(Self {
            body,
            textless,
            meta: if entry.meta.is_empty() { None } else { Some(meta_column(&entry.meta)?) },
            filed: Filing::write(categories, tags, entry.author_labels()),
            iri: iri::is_absolute(&entry.id),
        })
    }
}

fn meta_column(meta: &[(String, String)]) -> rusqlite::Result<String> {
    serde_json::to_string(meta).map_err(|error| unwritable(error.into()))
}

/// The fields as JSON, on one line; then the content as it is, which has most of the
/// bytes and no need to be escaped and read again letter by letter.
fn pack(entry: &Entry) -> rusqlite::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(&Fields::from(entry)).map_err(|error| unwritable(error.into()))?;
    if let Some(content) = &entry.content {
        text.push(b'\n');
        text.extend_from_slice(content.as_bytes());
    }
    Ok(lz4_flex::compress_prepend_size(&text))
}

pub(super) fn unpack(bytes: &[u8]) -> io::Result<Entry> {
    let text = lz4_flex::decompress_size_prepended(bytes).map_err(io::Error::other)?;
    let end = memchr::memchr(b'\n', &text);
    let fields: Fields<'_> =
        serde_json::from_slice(text.get(..end.unwrap_or(text.len())).unwrap_or_default())?;
    let mut entry = Entry::from(fields);
    if let Some(end) = end {
        let content = simdutf8::basic::from_utf8(text.get(end + 1..).unwrap_or_default());
        entry.content = Some(content.map_err(io::Error::other)?.to_owned());
    }
    Ok(entry)
}

fn unwritable(error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error)
}

/// Remembers a post's metadata, or that there is none.
pub(super) fn keep_meta(
    connection: &Connection,
    entry: i64,
    meta: &[(String, String)],
) -> rusqlite::Result<()> {
    if meta.is_empty() {
        connection.prepare_cached("DELETE FROM meta WHERE entry = ?1")?.execute([entry])?;
    } else {
        let fields = meta_column(meta)?;
        connection.prepare_cached(META)?.execute(rusqlite::params![entry, fields])?;
    }
    Ok(())
}

/// One entry whole; one that is lent has the text of its lender. An error that names it
/// where its row, its body or its metadata are not as they were written.
pub(super) fn load(connection: &Connection, row: EntryRow) -> rusqlite::Result<Entry> {
    let lender: Option<i64> = connection
        .prepare_cached("SELECT lent_by FROM entry WHERE row = ?1")?
        .query_row([row.0], |row| row.get(0))?;
    let mut entry = load_own(connection, row, lender.is_some())?;
    if let Some(lender) = lender
        && let Some(whole) = lend(connection, lender).optional()?
    {
        let Entry { id, at, keys, .. } = entry;
        entry = Entry { id, at, keys, visible_from: None, visible_until: None, ..whole };
    }
    Ok(entry)
}

/// An entry as its feed shows it: the id that it is served by, filed where it stands there.
pub(super) fn lend(connection: &Connection, entry: i64) -> rusqlite::Result<Entry> {
    let shown_as = lend::face(connection, entry)?;
    let id: String = connection
        .prepare_cached("SELECT CASE WHEN twin THEN urn ELSE id END FROM entry WHERE row = ?1")?
        .query_row([shown_as], |row| row.get(0))?;
    let filed: String = connection
        .prepare_cached("SELECT coalesce(united, filed) FROM entry WHERE row = ?1")?
        .query_row([entry], |row| row.get(0))?;
    let filing = Filing::read(&filed);
    let categories = filing.paths();
    Ok(Entry { id, categories, tags: filing.tags, ..load(connection, EntryRow(entry))? })
}

/// What an entry was before an edit: the text that arrived under this number, filed as it was.
pub(super) fn load_past(connection: &Connection, row: EntryRow, number: u64) -> rusqlite::Result<Entry> {
    let mut statement = connection.prepare_cached(
        "SELECT fields, filed, checksum IS row_sum(entry, arrived, stands_at, fields, filed) FROM past
         WHERE entry = ?1 AND arrived = ?2",
    )?;
    let fields = statement.query_row(rusqlite::params![row.0, number.cast_signed()], |row| {
        let (fields, filed): (Vec<u8>, String) = (row.get(0)?, row.get(1)?);
        let filing = Filing::read(&filed);
        let entry = if row.get(2)? { unpack(&fields).ok() } else { None };
        Ok(entry.map(|entry| Entry { categories: filing.paths(), tags: filing.tags, ..entry }))
    });
    match fields.optional()?.flatten() {
        Some(entry) => Ok(entry),
        None => Err(Damaged::entry(&load(connection, row)?.id)),
    }
}

/// A post's metadata; `None` where they are damaged.
fn load_meta(connection: &Connection, entry: i64) -> rusqlite::Result<Option<Vec<(String, String)>>> {
    let mut statement = connection
        .prepare_cached("SELECT fields, checksum IS row_sum(entry, fields) FROM meta WHERE entry = ?1")?;
    let found = statement.query_row([entry], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)));
    Ok(match found.optional()? {
        None => Some(Vec::new()),
        Some((fields, sound)) => serde_json::from_str(&fields).ok().filter(|_| sound),
    })
}

/// What is stored with the entry itself; one that is lent has no body.
fn load_own(connection: &Connection, row: EntryRow, lent: bool) -> rusqlite::Result<Entry> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, at, own_from, own_until, checksum IS row_sum({}) FROM entry WHERE row = ?1",
        sum::ENTRY.columns
    ))?;
    let found = statement.query_row([row.0], |row| {
        let entry = Entry {
            at: row.get(1)?,
            visible_from: row.get::<_, Option<i64>>(2)?.map(codec::time),
            visible_until: row.get::<_, Option<i64>>(3)?.map(codec::time),
            ..Entry::default()
        };
        Ok((row.get::<_, String>(0)?, entry, row.get::<_, bool>(4)?))
    });
    let (id, narrow, sound) = found.optional()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let mut body = connection
        .prepare_cached("SELECT fields, checksum IS row_sum(entry, fields) FROM body WHERE entry = ?1")?;
    let fields = body.query_row([row.0], |row| {
        let fields: Vec<u8> = row.get(0)?;
        Ok(if row.get(1)? { unpack(&fields).ok() } else { None })
    });
    let fields = match fields.optional()? {
        None if lent => Some(Entry::default()),
        found => found.flatten(),
    };
    let (Some(fields), Some(meta)) = (fields.filter(|_| sound), load_meta(connection, row.0)?) else {
        return Err(Damaged::entry(&id));
    };
    let Entry { at, visible_from, visible_until, .. } = narrow;
    let mut entry = Entry { id, visible_from, visible_until, at, meta, ..fields };
    let mut keys = connection.prepare_cached(&format!(
        "SELECT key, checksum IS row_sum({}) FROM entry_key WHERE entry = ?1 ORDER BY key",
        sum::KEY.columns
    ))?;
    let mut keys = keys.query([row.0])?;
    while let Some(key) = keys.next()? {
        if !key.get::<_, bool>(1)? {
            return Err(Damaged::entry(&entry.id));
        }
        entry.keys.push(key.get(0)?);
    }
    Ok(entry)
}

impl<'a> From<&'a Entry> for Fields<'a> {
    fn from(entry: &'a Entry) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        Self {
            title: text(&entry.title),
            link: text(&entry.link),
            published: entry.published,
            updated: entry.updated,
            authors: entry
                .authors
                .iter()
                .map(|person| [text(&person.name), text(&person.email), text(&person.url)])
                .collect(),
            categories: entry.categories.iter().map(|path| Cow::Borrowed(path.names())).collect(),
            tags: Cow::Borrowed(&entry.tags),
            summary: text(&entry.summary),
            image: text(&entry.image),
            enclosures: entry.enclosures.iter().map(WireEnclosure::from).collect(),
            language: text(&entry.language),
            rights: text(&entry.rights),
            comments: text(&entry.comments),
            origin: entry.origin.as_ref().map(|origin| {
                [origin.id.clone(), origin.title.clone(), origin.url.clone(), origin.link.clone()]
            }),
            extensions: entry.extensions.iter().map(codec::WireExtension::from).collect(),
        }
    }
}

impl From<Fields<'_>> for Entry {
    fn from(fields: Fields<'_>) -> Self {
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        Self {
            title: text(fields.title),
            link: text(fields.link),
            published: fields.published,
            updated: fields.updated,
            authors: fields
                .authors
                .into_iter()
                .map(|[name, email, url]| Person { name: text(name), email: text(email), url: text(url) })
                .collect(),
            categories: fields
                .categories
                .iter()
                .filter_map(|path| CategoryPath::from_names(&**path))
                .collect(),
            tags: fields.tags.into_owned(),
            summary: text(fields.summary),
            image: text(fields.image),
            enclosures: fields.enclosures.into_iter().map(Enclosure::from).collect(),
            language: text(fields.language),
            rights: text(fields.rights),
            comments: text(fields.comments),
            origin: fields.origin.map(|[id, title, url, link]| Origin { id, title, url, link }),
            extensions: fields.extensions.into_iter().map(Extension::from).collect(),
            ..Self::default()
        }
    }
}

impl From<&Enclosure> for WireEnclosure {
    fn from(enclosure: &Enclosure) -> Self {
        Self {
            url: enclosure.url.clone(),
            media_type: enclosure.media_type.clone(),
            length: enclosure.length,
            title: enclosure.title.clone(),
            duration_seconds: enclosure.duration_seconds,
        }
    }
}

impl From<WireEnclosure> for Enclosure {
    fn from(wire: WireEnclosure) -> Self {
        Self {
            url: wire.url,
            media_type: wire.media_type,
            length: wire.length,
            title: wire.title,
            duration_seconds: wire.duration_seconds,
        }
    }
}
