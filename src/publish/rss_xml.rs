//! An RSS channel as the `rss` crate knows it → bytes.
//!
//! In: a [`Channel`] and about how long it will be. Out: its document. Writes what [`super::rss`] fills in, in the
//! order of the crate's own writer, which can't write `<` in a title as validators
//! want it and puts bodies into CDATA. Never decides what is in a document.

use crate::publish::xml::{Document, Tag};
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Image, Item};

/// The document.
pub(super) fn write(channel: &Channel, length: usize) -> Vec<u8> {
    let mut document = Document::new(length);
    let mut root = document.tag("rss").with("version", "2.0");
    for (prefix, uri) in &channel.namespaces {
        root = root.with(&format!("xmlns:{prefix}"), uri);
    }
    root.open();
    document.tag("channel").open();
    document.plain("title", Some(&channel.title));
    document.body("link", Some(&channel.link));
    document.plain("description", Some(&channel.description));
    document.body("language", channel.language.as_deref());
    document.plain("copyright", channel.copyright.as_deref());
    document.body("lastBuildDate", channel.last_build_date.as_deref());
    categories(&mut document, &channel.categories);
    document.plain("generator", channel.generator.as_deref());
    if let Some(image) = &channel.image {
        picture(&mut document, image);
    }
    extensions(&mut document, &channel.extensions);
    dublin_core(&mut document, channel.dublin_core_ext.as_ref());
    for entry in &channel.items {
        item(&mut document, entry);
    }
    document.close("channel");
    document.close("rss");
    document.finish()
}

fn item(document: &mut Document, item: &Item) {
    document.tag("item").open();
    document.plain("title", item.title.as_deref());
    document.body("link", item.link.as_deref());
    document.body("description", item.description.as_deref());
    categories(document, &item.categories);
    document.body("comments", item.comments.as_deref());
    if let Some(enclosure) = &item.enclosure {
        document
            .tag("enclosure")
            .with("url", &enclosure.url)
            .with("length", &enclosure.length)
            .with("type", &enclosure.mime_type)
            .empty();
    }
    if let Some(guid) = &item.guid {
        document.tag("guid").maybe("isPermaLink", (!guid.permalink).then_some("false")).body(&guid.value);
    }
    document.body("pubDate", item.pub_date.as_deref());
    if let Some(source) = &item.source {
        document.tag("source").with("url", &source.url).plain(source.title.as_deref().unwrap_or_default());
    }
    document.body("content:encoded", item.content.as_deref());
    extensions(document, &item.extensions);
    dublin_core(document, item.dublin_core_ext.as_ref());
    document.close("item");
}

fn picture(document: &mut Document, image: &Image) {
    document.tag("image").open();
    document.body("url", Some(&image.url));
    document.plain("title", Some(&image.title));
    document.body("link", Some(&image.link));
    document.close("image");
}

fn categories(document: &mut Document, categories: &[Category]) {
    for category in categories {
        document.tag("category").maybe("domain", category.domain.as_deref()).plain(&category.name);
    }
}

fn dublin_core(document: &mut Document, extension: Option<&DublinCoreExtension>) {
    let Some(extension) = extension else {
        return;
    };
    for creator in &extension.creators {
        document.tag("dc:creator").plain(creator);
    }
    for rights in &extension.rights {
        document.tag("dc:rights").plain(rights);
    }
}

fn extensions(document: &mut Document, extensions: &ExtensionMap) {
    for extension in extensions.values().flat_map(|named| named.values()).flatten() {
        element(document, extension);
    }
}

fn element(document: &mut Document, extension: &Extension) {
    let attributes = extension.attrs.iter();
    let tag =
        attributes.fold(document.tag(&extension.name), |tag: Tag<'_>, (name, value)| tag.with(name, value));
    if extension.children.is_empty() {
        return tag.plain(extension.value.as_deref().unwrap_or_default());
    }
    tag.open();
    for child in extension.children.values().flatten() {
        element(document, child);
    }
    document.close(&extension.name);
}
