//! HTML in a body: balanced, harmless, with absolute addresses.
//!
//! In: the text of an element. Out: findings. Reads tags as a browser does, and builds no
//! tree: of each open element only its name is kept.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::style;
use crate::lint::value;
use crate::lint::xml::Element;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Elements that readers show.
const HARMLESS: &str = "a abbr acronym address area article aside audio b bdi bdo big blockquote br button canvas \
    caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset \
    figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup hr i img input ins kbd label legend li \
    main map mark menu meter nav noscript ol optgroup option output p picture pre progress q rp rt ruby s samp \
    section select small source span strike strong sub summary sup table tbody td template textarea tfoot th \
    thead time tr track tt u ul var video wbr";
/// Elements that run, frame, or change what is around them.
const ACTIVE: &str = "applet base basefont body comment embed frame frameset head html iframe isindex link listing \
    meta noframes object param plaintext script style svg math title xmp slot marquee";
const VOID: &str = "area base br col embed frame hr img input link meta param source track wbr";
/// Elements that need no end tag.
const OPEN_ENDED: &str = "p li dd dt option optgroup rp rt tbody td tfoot th thead tr colgroup";
/// Elements that end an open paragraph.
const BLOCKS: &str = "address article aside blockquote center details dir div dl fieldset figcaption figure footer \
    form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre section summary table ul";

fn is_in(list: &str, name: &str) -> bool {
    list.split(' ').any(|word| word == name)
}

/// The names that HTML gives to characters, without `&` and `;`, and those characters.
static NAMES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let known = entities::ENTITIES.iter();
    known.map(|known| (known.entity.trim_matches(['&', ';']), known.characters)).collect()
});

/// What readers do with an element.
pub(super) enum Weight {
    Harmless,
    Active,
    Unknown,
}

/// What readers do with an element of this name.
pub(super) fn weight(name: &str) -> Weight {
    let lower = name.to_ascii_lowercase();
    match () {
        () if is_in(ACTIVE, &lower) => Weight::Active,
        () if is_in(HARMLESS, &lower) => Weight::Harmless,
        () => Weight::Unknown,
    }
}

/// Judges the HTML that an element holds as text.
pub(super) fn judge(element: &Element<'_>, found: &mut Found<'_>) {
    let text = element.text.as_str();
    let mut open = Open::default();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('<')).map(|next| at + next) {
        references(text.get(at..start).unwrap_or_default(), element, at, found);
        at = match read_tag(text, start) {
            Part::Text => start + 1,
            Part::Comment(end) => end,
            Part::Unclosed => {
                broken(element, start, "a tag or comment never ends", found);
                return;
            }
            Part::End(name, end) => {
                close(name, &mut open, element, start, found);
                end
            }
            Part::Start(name, attributes, end) => {
                begin((name, attributes), &mut open, element, start, found);
                end
            }
        };
    }
    references(text.get(at..).unwrap_or_default(), element, at, found);
    let left = open.stack.iter().find(|(name, _)| !is_in(OPEN_ENDED, &name.to_ascii_lowercase()));
    if let Some((name, start)) = left {
        broken(element, *start, &format!("`<{name}>` never ends"), found);
    }
}

/// The elements that are open, the innermost last, and how many of each name.
#[derive(Default)]
struct Open<'t> {
    stack: Vec<(&'t str, usize)>,
    names: HashMap<String, usize>,
}

impl<'t> Open<'t> {
    fn push(&mut self, name: &'t str, at: usize) {
        self.stack.push((name, at));
        *self.names.entry(name.to_ascii_lowercase()).or_default() += 1;
    }

    fn pop(&mut self) -> Option<&'t str> {
        let (name, _) = self.stack.pop()?;
        if let Some(count) = self.names.get_mut(&name.to_ascii_lowercase()) {
            *count = count.saturating_sub(1);
        }
        Some(name)
    }

    fn holds(&self, name: &str) -> bool {
        self.names.get(&name.to_ascii_lowercase()).is_some_and(|count| *count > 0)
    }
}

/// What begins with a `<`.
enum Part<'t> {
    Text,
    Comment(usize),
    Unclosed,
    End(&'t str, usize),
    Start(&'t str, &'t str, usize),
}

fn read_tag(text: &str, start: usize) -> Part<'_> {
    let rest = text.get(start + 1..).unwrap_or_default();
    if let Some(comment) = rest.strip_prefix("!--") {
        return comment.find("-->").map_or(Part::Unclosed, |end| Part::Comment(start + 4 + end + 3));
    }
    if rest.starts_with(['!', '?']) {
        return rest.find('>').map_or(Part::Unclosed, |end| Part::Comment(start + 1 + end + 1));
    }
    let (closes, inner) = match rest.strip_prefix('/') {
        Some(inner) => (true, inner),
        None => (false, rest),
    };
    if !inner.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Part::Text;
    }
    let length =
        inner.find(|each: char| each.is_whitespace() || each == '/' || each == '>').unwrap_or(inner.len());
    let (name, attributes) = inner.split_at(length);
    let mut quote = None;
    for (place, letter) in attributes.char_indices() {
        match quote {
            None if letter == '>' => {
                let end = text.len() - attributes.len() + place + 1;
                let inside = attributes.get(..place).unwrap_or_default();
                return if closes { Part::End(name, end) } else { Part::Start(name, inside, end) };
            }
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            Some(open) if open == letter => quote = None,
            _ => {}
        }
    }
    Part::Unclosed
}

fn broken(element: &Element<'_>, at: usize, what: &str, found: &mut Found<'_>) {
    found.add(Rule::BrokenHtml, element.place(at), format!("in `{}`: {what}", element.name()));
}

fn begin<'t>(
    (name, attributes): (&'t str, &str),
    open: &mut Open<'t>,
    element: &Element<'_>,
    at: usize,
    found: &mut Found<'_>,
) {
    let lower = name.to_ascii_lowercase();
    if is_in(ACTIVE, &lower) {
        let message = format!("in `{}`: `<{name}>`", element.name());
        found.add(Rule::ActiveHtml, element.place(at), message);
    } else if !is_in(HARMLESS, &lower) {
        broken(element, at, &format!("`<{}>` is no element of HTML", quoted(name)), found);
    }
    attribute_values(&lower, attributes, element, at, found);
    if is_in(VOID, &lower) {
        return;
    }
    if is_self_closed(attributes) {
        broken(element, at, &format!("`<{name}/>` is not empty in HTML"), found);
    }
    if is_in(BLOCKS, &lower) && open.stack.last().is_some_and(|(last, _)| last.eq_ignore_ascii_case("p")) {
        open.pop();
    }
    open.push(name, at);
}

/// Whether a tag ends in a slash of its own: at the end of a value without quotes it is the value's.
fn is_self_closed(attributes: &str) -> bool {
    let Some(before) = attributes.strip_suffix('/') else { return false };
    let ends_word = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'');
    let start = before.rfind(ends_word).map_or(0, |at| before.ceil_char_boundary(at + 1));
    let (lead, word) = before.split_at(start);
    !word.contains('=') && !lead.trim_end().ends_with('=')
}

fn close(name: &str, open: &mut Open<'_>, element: &Element<'_>, at: usize, found: &mut Found<'_>) {
    if !open.holds(name) {
        broken(element, at, &format!("`</{}>` ends nothing", quoted(name)), found);
        return;
    }
    let mut kept = None;
    while let Some(other) = open.pop().filter(|other| !other.eq_ignore_ascii_case(name)) {
        kept = kept.or((!is_in(OPEN_ENDED, &other.to_ascii_lowercase())).then_some(other));
    }
    if let Some(other) = kept {
        broken(element, at, &format!("`</{name}>` ends while `<{other}>` is open"), found);
    }
}

/// Each attribute's name and raw value.
fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|each: char| each.is_whitespace() || each == '/');
        let end = rest.find(|each: char| each.is_whitespace() || each == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if name.is_empty() {
            return None;
        }
        let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
            rest = after;
            return Some((name, ""));
        };
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => value.get(1..).unwrap_or_default().split_once(quote)?,
            None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        rest = after;
        Some((name, value))
    })
}

fn attribute_values(tag: &str, text: &str, element: &Element<'_>, at: usize, found: &mut Found<'_>) {
    let mut names = HashSet::new();
    for (name, value) in attributes(text) {
        let name = name.to_ascii_lowercase();
        if !names.insert(name.clone()) {
            broken(element, at, &format!("`<{tag}>` has `{name}` twice"), found);
        }
        references(value, element, at, found);
        if name.starts_with("on") {
            let message = format!("in `{}`: `<{tag} {name}>`", element.name());
            found.add(Rule::ActiveHtml, element.place(at), message);
        }
        if name == "style"
            && let Some(unsafe_part) = style::unsafe_part(&decoded(value))
        {
            let message = format!("in `{}`: the style `{}`", element.name(), quoted(&unsafe_part));
            found.add(Rule::ActiveHtml, element.place(at), message);
        }
        if is_address(tag, &name) {
            address(&decoded(value), element, at, found);
        }
    }
}

/// Whether an attribute names an address that readers follow or load.
pub(super) fn is_address(tag: &str, attribute: &str) -> bool {
    matches!((tag, attribute), ("a" | "area", "href") | (_, "src" | "poster" | "cite"))
}

/// Whether an address is a script.
pub(super) fn is_script(address: &str) -> bool {
    let scheme = value::scheme(address.trim()).map(str::to_ascii_lowercase);
    matches!(scheme.as_deref(), Some("javascript" | "vbscript"))
}

fn address(value: &str, element: &Element<'_>, at: usize, found: &mut Found<'_>) {
    let value = value.trim();
    if value::scheme(value).is_none() {
        let message = format!("in `{}`: `{}` is relative", element.name(), quoted(value));
        found.add(Rule::RelativeUrl, element.place(at), message);
    } else if is_script(value) {
        let message = format!("in `{}`: `{}`", element.name(), quoted(value));
        found.add(Rule::ActiveHtml, element.place(at), message);
    }
}

/// A raw attribute value with its references resolved.
fn decoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (letters, length) = resolved(after).unwrap_or(("&".into(), 0));
        out.push_str(&letters);
        rest = after.get(length..).unwrap_or_default();
    }
    out + rest
}

/// What a reference stands for whose text begins here, and how long that is. As browsers read
/// it, a number needs no semicolon.
fn resolved(text: &str) -> Option<(String, usize)> {
    let Some(number) = text.strip_prefix('#') else {
        let name = until(text, ';')?;
        return Some(((*NAMES.get(name)?).to_owned(), name.len() + 1));
    };
    let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |hex| (hex, 16));
    let length = digits.find(|letter: char| !letter.is_digit(radix)).unwrap_or(digits.len());
    let letter = u32::from_str_radix(digits.get(..length)?, radix).ok().and_then(char::from_u32)?;
    let end = text.len() - digits.len() + length;
    let semicolon = text.get(end..).is_some_and(|rest| rest.starts_with(';'));
    Some((letter.to_string(), end + usize::from(semicolon)))
}

/// References in text or in a value: what begins one and is none is a fault of HTML.
fn references(text: &str, element: &Element<'_>, offset: usize, found: &mut Found<'_>) {
    for (at, _) in text.match_indices('&') {
        let rest = text.get(at + 1..).unwrap_or_default();
        let length =
            rest.find(|each: char| !each.is_ascii_alphanumeric() && each != '#').unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        let known = match name.strip_prefix('#') {
            Some(number) => !number.is_empty(),
            None => name.is_empty() || NAMES.contains_key(name),
        };
        if !known || !name.is_empty() && !after.starts_with(';') {
            let message = format!("in `{}`: `&{}` is no reference of HTML", element.name(), quoted(name));
            found.add(Rule::BadReference, element.place(offset + at), message);
        }
    }
}

/// No name of HTML is longer, in bytes.
const LONGEST_NAME: usize = 40;

/// A name, up to the letter that ends it.
fn until(text: &str, end: char) -> Option<&str> {
    text.get(..text.floor_char_boundary(LONGEST_NAME))?.split_once(end).map(|(name, _)| name)
}

/// The first end tag of HTML in plain text.
pub(super) fn end_tag(text: &str) -> Option<(usize, &str)> {
    text.match_indices("</").find_map(|(at, _)| {
        let name = until(text.get(at + 2..)?, '>')?;
        let lower = name.to_ascii_lowercase();
        (is_in(HARMLESS, &lower) || is_in(ACTIVE, &lower)).then_some((at, name))
    })
}

/// The first reference of HTML in plain text.
pub(super) fn reference(text: &str) -> Option<(usize, String)> {
    text.match_indices('&').find_map(|(at, _)| {
        let name = until(text.get(at + 1..)?, ';')?;
        let is_number = name.strip_prefix('#').is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        (is_number || NAMES.contains_key(name)).then(|| (at, format!("&{name};")))
    })
}
