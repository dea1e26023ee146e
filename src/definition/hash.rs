//! A definition → hashes that move when what it means does, and not when it is only
//! written differently.
//!
//! Every field is put in with its name and length, so that no two definitions run
//! into the same bytes. Secrets are in the hash and cannot be read out of it.

use crate::definition::Auth;
use crate::definition::Definition;
use crate::definition::PostsSource;
use crate::definition::Since;
use crate::definition::Source;
use crate::definition::SourceKind;
use crate::definition::Trackers;
use crate::model::CategoryPath;
use crate::model::Outlet;

/// What is hashed: named fields in a fixed order.
struct Fields(blake3::Hasher);

impl Fields {
    fn new(kind: &str) -> Self {
        let mut fields = Self(blake3::Hasher::new());
        fields.put("kind", kind);
        fields
    }

    fn put(&mut self, name: &str, value: impl AsRef<[u8]>) {
        for part in [name.as_bytes(), value.as_ref()] {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            self.0.update(&length.to_le_bytes());
            self.0.update(part);
        }
    }

    fn put_some(&mut self, name: &str, value: Option<impl AsRef<[u8]>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn put_path(&mut self, name: &str, path: &CategoryPath) {
        self.put(name, "");
        for part in path.names() {
            self.put("name", part);
        }
    }

    fn end(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// See [`Definition::hash`].
pub(super) fn definition(definition: &Definition) -> [u8; 32] {
    let mut fields = Fields::new("definition 1");
    fields.put("enabled", [u8::from(definition.enabled)]);
    put_outlet(&mut fields, &definition.outlet);
    for source in &definition.sources {
        fields.put("source", &source.id);
        fields.put("key", &source.key);
        fields.put("enabled", [u8::from(source.enabled)]);
        fields.put("collect", source.collect_hash);
        fields.put("take", format!("{:?}", source.take));
        fields.put("on_delete", format!("{:?}", source.on_delete));
        fields.put("own", format!("{:?}", source.filing.own));
        // The debug form names every part of a condition.
        fields.put("filters", format!("{:?}", source.filing.filters));
        fields.put("dedupe", format!("{:?}", source.filing.dedupe));
        for path in &source.filing.categories {
            fields.put_path("category", path);
        }
        for tag in &source.filing.tags {
            fields.put("tag", tag);
        }
        for (from, into) in &source.filing.into {
            fields.put_path("from", from);
            fields.put_path("into", into);
        }
    }
    fields.end()
}

fn put_outlet(fields: &mut Fields, outlet: &Outlet) {
    fields.put("id", &outlet.id);
    fields.put("title", &outlet.title);
    for group in &outlet.group {
        fields.put("group", group);
    }
    fields.put_some("description", outlet.description.as_ref());
    fields.put_some("link", outlet.link.as_ref());
    fields.put_some("language", outlet.language.as_ref());
    if let Some(author) = &outlet.author {
        fields.put("author", "");
        fields.put_some("name", author.name.as_ref());
        fields.put_some("email", author.email.as_ref());
        fields.put_some("url", author.url.as_ref());
    }
    fields.put_some("icon", outlet.icon.as_ref());
    fields.put_some("rights", outlet.rights.as_ref());
    fields.put("limit", outlet.limit.to_string());
    fields.put("order", format!("{:?}", outlet.order));
    fields.put("content", format!("{:?}", outlet.content));
    fields.put("listed", [u8::from(outlet.listed)]);
    fields.put("in_all", [u8::from(outlet.in_all)]);
    fields.put_some("feed id", outlet.feed_id.as_ref());
    for alias in &outlet.aliases {
        fields.put("alias", &alias.path);
        fields.put("format", alias.format.extension());
    }
    fields.put("was", format!("{:?}", outlet.was));
    fields.put("fate", format!("{:?}", outlet.fate));
    fields.put("access", format!("{:?}", outlet.access));
    if !outlet.hubs.is_empty() {
        fields.put("hubs", format!("{:?}", outlet.hubs));
    }
    for (path, info) in &outlet.categories {
        fields.put_path("category", path);
        fields.put_some("title", info.title.as_ref());
        fields.put_some("description", info.description.as_ref());
        fields.put_some("slug", info.slug.as_ref());
        info.former_slugs.iter().for_each(|slug| fields.put("former slug", slug));
        if let Some(into) = &info.into {
            fields.put_path("into", into);
        }
    }
}

/// See [`Source::collect_hash`].
pub(super) fn collect(source: &Source) -> [u8; 32] {
    let mut fields = Fields::new("source 1");
    match &source.kind {
        SourceKind::Posts(posts) => put_posts(&mut fields, posts),
        SourceKind::From(feeds) => feeds.iter().for_each(|feed| fields.put("from", feed)),
        SourceKind::Feed(feed) => {
            fields.put("feed", &feed.url);
            if let Some(post) = &feed.post {
                put_posts(&mut fields, post);
            }
            fields.put("timezone", feed.timezone.name());
            if source.websub {
                // Its hub has to be looked for once.
                fields.put("websub", "");
            }
            for (name, value) in &feed.headers {
                fields.put("header", name.to_ascii_lowercase());
                fields.put("value", value);
            }
            match &feed.auth {
                None => {}
                Some(Auth::Basic(secret)) => fields.put("basic", secret),
                Some(Auth::Bearer(secret)) => fields.put("bearer", secret),
            }
        }
    }
    for (field, keys) in &source.map {
        fields.put("map", field);
        for key in keys {
            fields.put("key", key.to_string());
        }
    }
    if source.trackers == Trackers::Drop {
        fields.put("trackers", "drop");
    }
    // What was left out has to be looked at again when this changes.
    fields.put(
        "since",
        match source.since {
            Since::All => "all".to_owned(),
            Since::Now => "now".to_owned(),
            Since::Date(date) => date.to_utc().to_rfc3339(),
        },
    );
    fields.put("take", format!("{:?}", source.take));
    fields.end()
}

fn put_posts(fields: &mut Fields, posts: &PostsSource) {
    for path in &posts.paths {
        fields.put("posts", path.as_os_str().as_encoded_bytes());
    }
    fields.put("site", format!("{:?}", posts.site));
    fields.put("compat", format!("{:?}", posts.compat));
    fields.put_some("url", posts.url.as_ref());
    fields.put_some("permalink", posts.permalink.as_ref());
    fields.put_some("permalink timezone", posts.permalink_timezone.map(chrono_tz::Tz::name));
    fields.put_some("timezone", posts.timezone.map(chrono_tz::Tz::name));
    fields.put("fallback timezone", posts.fallback_timezone.name());
    fields.put_some("fallback url", posts.fallback_url.as_ref());
    fields.put("generator config", format!("{:?}", posts.generator_config));
    fields.put_some("ids from", posts.ids_from.as_ref());
}
