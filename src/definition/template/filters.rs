//! The engine's filters, but for those that make much of little, and those again with a bound.
//!
//! What is left gives no more than it takes, a few times over at most. Then no value is
//! larger than what a post has and a template of [`LONGEST`](super::LONGEST_TEMPLATE) bytes
//! can name.

use minijinja::value::Kwargs;
use minijinja::value::Rest;
use minijinja::{Environment, Error, ErrorKind, State, Value};
use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

/// Bytes of a text that a filter makes, and of each text that a template is shown.
pub const LONGEST_TEXT: usize = 256 * 1024;
/// Filters that widen, fill, double or run another filter over a list.
const UNBOUNDED: [&str; 8] = ["batch", "chain", "format", "indent", "pprint", "slice", "sum", "zip"];

/// Filters that `map` runs over a list: none makes more of an item than it is.
const MAPPED: [&str; 8] = ["capitalize", "first", "last", "length", "lower", "title", "trim", "upper"];

/// Takes out what has no bound, and puts in what has.
pub(super) fn bound(engine: &mut Environment<'_>) {
    for name in UNBOUNDED {
        engine.remove_filter(name);
    }
    engine.add_filter("join", join);
    engine.add_filter("map", map);
    engine.add_filter("replace", replace);
    engine.add_filter("string", |value: &Value| text(value).map(Cow::into_owned));
}

/// `text | replace(from, to)`.
fn replace(value: &Value, from: &Value, to: &Value) -> Result<String, Error> {
    let (value, from, to) = (text(value)?, text(from)?, text(to)?);
    let longest = value.len().saturating_add(value.matches(&*from).count().saturating_mul(to.len()));
    if longest > LONGEST_TEXT { Err(too_long()) } else { Ok(value.replace(&*from, &to)) }
}

/// `list | join(between, attribute)`; both may be named, `d` and `attribute`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands these over by value")]
fn join(value: &Value, arguments: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let argument = |place: usize, name: &str| match arguments.get(place) {
        Some(argument) => Ok(Some(argument.clone())),
        None => named.get::<Option<Value>>(name),
    };
    let between = argument(0, "d")?.unwrap_or_else(|| Value::from(""));
    let between = text(&between)?;
    let attribute = argument(1, "attribute")?;
    named.assert_all_used()?;
    let mut out = Bounded::default();
    for (place, item) in items(value)?.enumerate() {
        let item = part(item, attribute.as_ref())?;
        let written = if place == 0 { Ok(()) } else { out.write_str(&between) };
        written.and_then(|()| write!(out, "{item}")).map_err(|_| too_long())?;
    }
    Ok(out.0)
}

/// `list | map(attribute='name')`, with a `default`, or `list | map('trim')` with one of
/// [`MAPPED`]; other filters aren't run.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands these over by value")]
fn map(
    state: &mut State<'_, '_>,
    value: &Value,
    filter: Option<&str>,
    named: Kwargs,
) -> Result<Vec<Value>, Error> {
    if let Some(name) = filter {
        named.assert_all_used()?;
        if !MAPPED.contains(&name) {
            let message = format!("`map` takes {} here, and no `{name}`", MAPPED.join(", "));
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
        return items(value)?.map(|item| state.apply_filter(name, &[item])).collect();
    }
    let attribute: Value = named.get("attribute")?;
    let default: Option<Value> = named.get("default")?;
    named.assert_all_used()?;
    let with_default = |found: Value| match &default {
        Some(default) if found.is_undefined() => default.clone(),
        _ => found,
    };
    items(value)?.map(|item| part(item, Some(&attribute)).map(with_default)).collect()
}

/// The items of a list; of what isn't there none.
fn items(value: &Value) -> Result<minijinja::value::ValueIter, Error> {
    if value.is_undefined() { Value::from(Vec::<Value>::new()).try_iter() } else { value.try_iter() }
}

/// An attribute of an item, `name` or `name.first`; without one the item.
fn part(item: Value, attribute: Option<&Value>) -> Result<Value, Error> {
    let Some(attribute) = attribute.filter(|attribute| !attribute.is_none()) else { return Ok(item) };
    match attribute.as_str() {
        Some(path) => path.split('.').try_fold(item, |item, name| item.get_attr(name)),
        None => item.get_item(attribute),
    }
}

/// A value as text.
fn text(value: &Value) -> Result<Cow<'_, str>, Error> {
    if let Some(text) = value.as_str() {
        return if text.len() > LONGEST_TEXT { Err(too_long()) } else { Ok(Cow::Borrowed(text)) };
    }
    let mut out = Bounded::default();
    write!(out, "{value}").map_err(|_| too_long())?;
    Ok(Cow::Owned(out.0))
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("a text in it has more than {LONGEST_TEXT} bytes"))
}

/// Text that ends at [`LONGEST_TEXT`].
#[derive(Default)]
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LONGEST_TEXT {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}
