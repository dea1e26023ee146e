//! JSON → what a feed says in it, read as it comes: what nobody asks for, and what is too
//! much of anything, is passed over and never stored.

use crate::parse::feed::caps::{MAX_AUTHORS, MAX_CATEGORIES, MAX_ENCLOSURES, MAX_LINKS, MAX_TEXT};
use crate::parse::feed::markup;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Extensions within extensions beyond this are not read.
pub(super) const MAX_DEPTH: usize = 4;
/// Extensions of one list.
const MAX_EXTENSIONS: usize = 100;
/// Attributes of one extension.
const MAX_ATTRIBUTES: usize = 100;

pub(super) type Object = Map<String, Value>;

/// What is read at a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Head,
    Item,
    Scalar,
    /// A scalar, or an object that holds a `message`.
    Said,
    Author,
    Authors,
    Tags,
    Attachment,
    Attachments,
    Hub,
    Hubs,
    Extension(usize),
    Extensions(usize),
    Attributes,
}

impl Shape {
    /// What stands under a key; `None` for what nobody asks for.
    fn of_key(self, key: &str) -> Option<Self> {
        match (self, key) {
            (Self::Head, "title" | "error" | "message" | "detail") => Some(Self::Said),
            (
                Self::Head,
                "version" | "description" | "home_page_url" | "feed_url" | "next_url" | "icon" | "favicon"
                | "language",
            )
            | (
                Self::Item,
                "id" | "title" | "url" | "external_url" | "date_published" | "date_modified" | "summary"
                | "content_html" | "content_text" | "image" | "banner_image" | "language",
            )
            | (Self::Said, "message")
            | (Self::Author, "name" | "url" | "email")
            | (Self::Attachment, "url" | "mime_type" | "size_in_bytes" | "title" | "duration_in_seconds")
            | (Self::Hub, "url")
            | (Self::Extension(_), "name" | "text")
            | (Self::Attributes, _) => Some(Self::Scalar),
            (Self::Head, "hubs") => Some(Self::Hubs),
            (Self::Head | Self::Item, "author") => Some(Self::Author),
            (Self::Head | Self::Item, "authors") => Some(Self::Authors),
            (Self::Head | Self::Item, "_extensions") => Some(Self::Extensions(MAX_DEPTH)),
            (Self::Item, "tags") => Some(Self::Tags),
            (Self::Item, "attachments") => Some(Self::Attachments),
            (Self::Extension(_), "attributes") => Some(Self::Attributes),
            (Self::Extension(depth), "children") if depth > 0 => Some(Self::Extensions(depth - 1)),
            _ => None,
        }
    }

    /// What a list holds, and how much of it is read: one more than is kept, so that whoever
    /// cuts it sees that it was too long.
    fn of_list(self) -> Option<(Self, usize)> {
        match self {
            Self::Authors => Some((Self::Author, MAX_AUTHORS + 1)),
            Self::Tags => Some((Self::Scalar, MAX_CATEGORIES + 1)),
            Self::Attachments => Some((Self::Attachment, MAX_ENCLOSURES + 1)),
            Self::Hubs => Some((Self::Hub, MAX_LINKS + 1)),
            Self::Extensions(depth) => Some((Self::Extension(depth), MAX_EXTENSIONS)),
            _ => None,
        }
    }

    fn is_object(self) -> bool {
        !matches!(self, Self::Scalar) && self.of_list().is_none()
    }

    /// What stands alone where a list should: one of the list.
    fn alone(self) -> Self {
        self.of_list().map_or(self, |(one, _)| one)
    }
}

/// Takes the items of a feed, one by one.
pub(super) trait Items {
    /// A list of items begins; of two the last one holds.
    fn begin(&mut self);
    /// Whether one more is wanted; asked once for each.
    fn wants(&mut self) -> bool;
    /// The next one.
    fn take(&mut self, item: &Object);
}

/// Reads a document: its head, its items to whoever takes them. The head is filled as it is
/// read, so that it holds what stood before a fault.
pub(super) struct Document<'d, I> {
    pub(super) head: &'d mut Object,
    pub(super) items: &'d mut I,
}

impl<'de, I: Items> DeserializeSeed<'de> for Document<'_, I> {
    /// Whether it is an object.
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, I: Items> Visitor<'de> for Document<'_, I> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key_seed(Key)? {
            if key == "items" {
                map.next_value_seed(List { items: &mut *self.items })?;
            } else if let Some(shape) = Shape::Head.of_key(&key) {
                let value = map.next_value_seed(shape)?;
                self.head.insert(key, value);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<bool, A::Error> {
        pass_over(seq).map(|()| false)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }
}

/// The list of items.
struct List<'d, I> {
    items: &'d mut I,
}

impl<'de, I: Items> DeserializeSeed<'de> for List<'_, I> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, I: Items> Visitor<'de> for List<'_, I> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.items.begin();
        loop {
            if !self.items.wants() {
                return pass_over(seq);
            }
            match seq.next_element_seed(Shape::Item)? {
                Some(Value::Object(item)) => self.items.take(&item),
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }

    /// A list that has lost its first items is an object to PHP: its keys are their places.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.items.begin();
        while let Some(key) = map.next_key_seed(Key)? {
            let is_place = key.bytes().all(|byte| byte.is_ascii_digit());
            if !is_place || !self.items.wants() {
                map.next_value::<IgnoredAny>()?;
            } else if let Value::Object(item) = map.next_value_seed(Shape::Item)? {
                self.items.take(&item);
            }
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

fn pass_over<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// A key, no longer than any that is asked for need be.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<String, E> {
        Ok(markup::cut(key, 256).to_owned())
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A value of another kind than is asked for is none.
impl<'de> Visitor<'de> for Shape {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Object::new();
        while let Some(key) = map.next_key_seed(Key)? {
            let one = self.alone();
            let shape = one.of_key(&key).filter(|_| one.is_object() && object.len() <= MAX_ATTRIBUTES);
            match shape {
                Some(shape) => {
                    let value = map.next_value_seed(shape)?;
                    object.insert(key, value);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(if self.alone().is_object() { Value::Object(object) } else { Value::Null })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let Some((shape, most)) = self.of_list() else {
            return pass_over(seq).map(|()| Value::Null);
        };
        let mut list = Vec::new();
        while list.len() < most {
            match seq.next_element_seed(shape)? {
                Some(value) => list.push(value),
                None => return Ok(Value::Array(list)),
            }
        }
        pass_over(seq)?;
        Ok(Value::Array(list))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(markup::cut(text, MAX_TEXT).to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}
