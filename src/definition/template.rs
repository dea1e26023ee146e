//! A template of `map`: `{{ … }}` over a post's metadata, its path and its text.
//!
//! In: the text as written, later what stands for its names. Out: a template whose syntax
//! is right, or why it isn't; a text or a list, or nothing. It includes nothing, opens
//! nothing, and ends: steps and output are counted. No step makes much of little: what
//! would repeat, fill or double is refused ([`rules`]) or has a bound ([`filters`]).

mod code;
mod filters;
mod rules;

pub use filters::LONGEST_TEXT;

use code::Word;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::fmt;
use std::io;
use std::sync::LazyLock;

/// Steps of one rendering, as the engine counts them.
const FUEL: u64 = 100_000;
/// Bytes of one rendering's output.
const LONGEST: usize = 64 * 1024;
/// Bytes of a template.
const LONGEST_TEMPLATE: usize = 2000;
/// Names of the post's text, which is known only when the entry is nearly done.
const OF_THE_TEXT: [&str; 3] = ["content", "images", "text"];

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Chainable);
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    engine.set_fuel(Some(FUEL));
    for name in ["namespace", "debug", "dict"] {
        engine.remove_global(name);
    }
    filters::bound(&mut engine);
    engine
});

/// Where an entry field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// A key of the post's metadata, dotted below a mapping.
    Key(String),
    /// What a template gives.
    Template(Template),
}

/// A template that the engine could read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    asks_for_text: bool,
}

/// What a template gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// A text that says something.
    Text(String),
    /// The items of a list: the template is one `{{ … }}` whose value is a list.
    List(Vec<String>),
}

impl Pick {
    /// A text with `{{` or `{%` in it is a template, any other a key.
    ///
    /// # Errors
    /// What the engine can't read, in words that follow the key's name.
    pub fn read(text: String) -> Result<Self, String> {
        if text.contains("{{") || text.contains("{%") {
            Template::read(text).map(Self::Template)
        } else {
            Ok(Self::Key(text))
        }
    }

    /// Whether it asks for what is known only when the entry is nearly done.
    pub fn asks_for_text(&self) -> bool {
        matches!(self, Self::Template(template) if template.asks_for_text)
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(text) | Self::Template(Template { text, .. }) => into.write_str(text),
        }
    }
}

impl Template {
    fn read(text: String) -> Result<Self, String> {
        if text.len() > LONGEST_TEMPLATE {
            return Err(format!("a template can't have more than {LONGEST_TEMPLATE} bytes"));
        }
        let words = code::words(&text);
        if let Some(reason) = rules::refused(&words) {
            return Err(reason);
        }
        match expression(&text) {
            Some(inner) => ENGINE.compile_expression(inner).map(drop),
            None => ENGINE.template_from_str(&text).map(drop),
        }
        .map_err(|error| said(&error))?;
        let asks_for_text = OF_THE_TEXT.iter().any(|name| ask_for(&words, name));
        let template = Self { text, asks_for_text };
        // Filters and tests are looked up when they are reached: a misspelt one shows here.
        match template.run(&Value::from(())) {
            Err(error) if is_unknown(&error) => Err(said(&error)),
            _ => Ok(template),
        }
    }

    /// What it gives for a post; `None` where that is nothing or blank.
    ///
    /// # Errors
    /// What went wrong, in words that follow the field's name.
    pub fn render(&self, names: &Value) -> Result<Option<Made>, String> {
        self.run(names).map_err(|error| said(&error))
    }

    fn run(&self, names: &Value) -> Result<Option<Made>, Error> {
        let Some(inner) = expression(&self.text) else {
            let mut out = Bounded(Vec::new());
            ENGINE.template_from_str(&self.text)?.render_captured_to(names.clone(), &mut out)?;
            return Ok(made(&String::from_utf8_lossy(&out.0)));
        };
        let value = ENGINE.compile_expression(inner)?.eval(names.clone())?;
        if value.is_undefined() || value.is_none() {
            return Ok(None);
        }
        if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
            return bounded(value.to_string()).map(|text| made(&text));
        }
        let mut items = Vec::new();
        for item in value.try_iter()? {
            let text = bounded(item.to_string())?;
            if !item.is_none() && !text.trim().is_empty() {
                items.push(text.trim().to_owned());
            }
        }
        Ok((!items.is_empty()).then_some(Made::List(items)))
    }
}

fn made(text: &str) -> Option<Made> {
    let text = text.trim();
    (!text.is_empty()).then(|| Made::Text(text.to_owned()))
}

/// What stands between the braces, where the whole template is one `{{ … }}`.
fn expression(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix('-').unwrap_or(inner);
    let inner = inner.strip_suffix('-').unwrap_or(inner);
    let is_one = !["{{", "}}", "{%", "{#"].iter().any(|fence| inner.contains(fence));
    is_one.then_some(inner.trim())
}

/// Whether these ask for a name; the engine's own list of names leaves some out.
fn ask_for(words: &[Word<'_>], name: &str) -> bool {
    let is_attribute = |place: usize| place > 0 && words.get(place - 1) == Some(&Word::Sign('.'));
    words.iter().enumerate().any(|(place, word)| *word == Word::Name(name) && !is_attribute(place))
}

fn is_unknown(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction)
}

/// An error of the engine in our words; `line` is counted within the template.
fn said(error: &Error) -> String {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let line = error.line().filter(|line| *line > 1).map(|line| format!(" in its line {line}"));
    match error.kind() {
        ErrorKind::OutOfFuel => format!("the template takes more than {FUEL} steps"),
        ErrorKind::WriteFailure => format!("the template gives more than {LONGEST} bytes"),
        _ => format!("the template can't be used{}: {detail}", line.unwrap_or_default()),
    }
}

fn bounded(text: String) -> Result<String, Error> {
    if text.len() > LONGEST { Err(Error::new(ErrorKind::WriteFailure, "too long")) } else { Ok(text) }
}

/// Output that ends at [`LONGEST`].
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &'static str, value: Value) -> Value {
        Value::from_pairs([(name, value)])
    }

    fn rendered(text: &str, names: &Value) -> Result<Option<Made>, String> {
        match Pick::read(text.to_owned())? {
            Pick::Template(template) => template.render(names),
            Pick::Key(_) => panic!("a key"),
        }
    }

    #[test]
    fn one_expression_keeps_its_list_and_any_other_template_is_text() {
        let names = value("folders", Value::from(vec!["a", "", "b"]));
        let list = |items: &[&str]| Some(Made::List(items.iter().map(|item| (*item).to_owned()).collect()));
        assert_eq!(rendered("{{ folders }}", &names), Ok(list(&["a", "b"])));
        assert_eq!(rendered("{{- folders | reverse -}}", &names), Ok(list(&["b", "a"])));
        assert_eq!(rendered("{{ folders[0] }}-x", &names), Ok(Some(Made::Text("a-x".into()))));
        assert_eq!(
            rendered("{% for f in folders %}{{ f | upper }}{% endfor %}", &names),
            Ok(Some(Made::Text("AB".into())))
        );
        assert_eq!(rendered("{{ nothing.at.all[3] }}", &names), Ok(None));
        assert_eq!(rendered("{{ folders[9] | default('') }}", &names), Ok(None));
    }

    #[test]
    fn what_keeps_includes_or_never_ends_is_refused() {
        let none = Value::from(());
        let refused = |text: &str| rendered(text, &none).unwrap_err();
        for statement in ["include 'x'", "import 'x' as y", "set x = 1", "macro m()", "call m()", "raw"] {
            let word = statement.split(' ').next().unwrap();
            assert_eq!(
                refused(&format!("{{%- {statement} %}}")),
                format!("a template can't have `{{% {word} %}}`, only `if` and `for`")
            );
        }
        let loops = "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}";
        assert_eq!(refused(loops), "the template takes more than 100000 steps");
        for template in
            ["{{ range(20000) | join }}", "{{ range(20000) | join }} ", "a{{ range(20000) | join }}"]
        {
            assert_eq!(refused(template), "the template gives more than 65536 bytes");
        }
        assert_eq!(refused("{{ x | nofilter }}"), "the template can't be used: filter nofilter is unknown");
        assert_eq!(refused("{{ namespace() }}"), "the template can't be used: namespace is unknown");
    }

    #[test]
    fn nothing_makes_much_of_little() {
        let long = "x".repeat(200_000);
        let names = Value::from_pairs([
            ("a", Value::from("a b")),
            ("long", Value::from(long)),
            ("tags", Value::from(vec!["x", "y"])),
        ]);
        let refused = |text: &str| rendered(text, &names).unwrap_err();
        for template in
            ["{{ ('x'*100000) | replace('x', 'x'*100000000) }}", "{{ 2 ** 3 }}", "{{ a if tags * 2 }}"]
        {
            assert_eq!(refused(template), "a template can't have `*`");
        }
        for template in [
            "{{ long | replace('x', 'xx') | length }}",
            "{{ tags | join(long ~ long) }}",
            "{{ [long, long] | join(d=a) }}",
        ] {
            assert_eq!(
                refused(template),
                "the template can't be used: a text in it has more than 262144 bytes"
            );
        }
        for filter in
            ["batch(9, 'x')", "chain(a)", "format(a)", "indent(9)", "pprint", "slice(9)", "sum", "zip(a)"]
        {
            let name = filter.split('(').next().unwrap();
            assert_eq!(
                refused(&format!("{{{{ tags | {filter} }}}}")),
                format!("the template can't be used: filter {name} is unknown")
            );
        }
        for over in ["[a, a]", "[a ~ a]", "(a, a)", "a, a", "{'a': a}", "tags + tags", "tags or [a]"] {
            assert_eq!(
                refused(&format!("{{% for b in {over} %}}{{{{ b }}}}{{% endfor %}}")),
                "a template's loop can go over a name, its parts and its filters, not over what it puts together"
            );
        }
        assert_eq!(
            refused("{% for b in tags recursive %}{{ loop(b) }}{% endfor %}"),
            "a template's loops can't be `recursive`"
        );
        assert_eq!(
            refused("{{ [[[[[[[[['\"'] ~ ''] ~ ''] ~ ''] ~ ''] ~ ''] ~ ''] ~ ''] ~ ''] }}"),
            "a template can't have more than 8 brackets within brackets"
        );
        assert_eq!(
            refused(&format!("{{{{ a }}}}{}", "x".repeat(2000))),
            "a template can't have more than 2000 bytes"
        );
    }

    #[test]
    fn what_has_a_bound_is_as_the_engine_has_it() {
        let people = vec![Value::from_pairs([("name", "A")]), Value::from_pairs([("name", "B")])];
        let names = Value::from_pairs([
            ("a", Value::from("a b")),
            ("tags", Value::from(vec!["x", "y"])),
            ("people", Value::from(people)),
        ]);
        for (template, made) in [
            ("{{ a | replace(' ', '-') }}", "a-b"),
            ("{{ a | replace('', '.') }}", ".a. .b."),
            ("{{ 12.5 | replace('.', ',') }}", "12,5"),
            ("{{ tags | join }} {{ tags | join(', ') }} {{ a | join(d='|') }}", "xy x, y a| |b"),
            ("{{ people | join(', ', attribute='name') }}", "A, B"),
            ("{{ people | map(attribute='name') | join('+') }}", "A+B"),
            ("{{ people | map(attribute='age', default=7) | join('+') }}", "7+7"),
            ("{{ nothing | join(',') }}{{ 3 | string | length }}", "1"),
            ("{{ [1, 2] | string }} ", "[1, 2]"),
            ("{% for t in tags | reverse if t != 'x' %}{{ t ~ (1 + 1) }}{% endfor %}", "y2"),
            ("{% for t in tags[1:] %}{% for u in range(1, 3) %}{{ t ~ u }}{% endfor %}{% endfor %}", "y1y2"),
            ("{{ '*' ~ \"it's * }}\" }}{# * {% set %} #}", "*it's * }}"),
        ] {
            assert_eq!(rendered(template, &names), Ok(Some(Made::Text(made.into()))), "{template}");
        }
    }

    #[test]
    fn words_in_quotes_and_outside_ask_for_nothing() {
        for (template, asks) in [
            ("https://example.org/content/{{ slug }}", false),
            ("text-{{ slug }}", false),
            ("{{ slug | replace('content', \"text \\\" images\") }}", false),
            ("{# content #}{{ meta.content }}", false),
            ("{{ content[:3] }}", true),
            ("{{ {'a': {'b': 1}} }}{{ text | upper }}", true),
            ("{% if 'x' in images %}y{% endif %}", true),
        ] {
            assert_eq!(
                Pick::read(template.to_owned()).map(|pick| pick.asks_for_text()),
                Ok(asks),
                "{template}"
            );
        }
    }

    #[test]
    fn what_is_in_the_metadata_is_no_template() {
        let names = value("title", Value::from("{{ secret }}"));
        assert_eq!(rendered("{{ title }}", &names), Ok(Some(Made::Text("{{ secret }}".into()))));
    }
}
