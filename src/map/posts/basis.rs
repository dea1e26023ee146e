//! What a generator's own settings are made from: the source, its site's config, its address.
//!
//! In: a source, the text of a config. Out: a tree of it, and what is said of the address. Never
//! knows which generator it is.

use crate::definition::PostsSource;
use crate::model::Problem;
use crate::parse::data;
use crate::parse::data::Format;
use crate::yaml::Node;

/// What a generator's own settings are made from.
pub(super) struct Basis<'a> {
    pub(super) source: &'a PostsSource,
    pub(super) config: Option<&'a Node>,
    /// The address from the source, the config or the feed, as written.
    pub(super) url: String,
    /// It stands in the site's config: then the generator adds its base path, and keeps a last slash.
    pub(super) url_is_configs: bool,
    /// The path to name in problems.
    pub(super) at: String,
}

impl<'a> Basis<'a> {
    /// A text of the config that says something.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.node(key)?.text().map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        self.config?.get(key)
    }

    pub(super) fn is(&self, key: &str, truth: bool) -> bool {
        self.node(key).and_then(Node::boolean) == Some(truth)
    }
}

/// What the source and the site's config say of where it is; tells of an address that won't do.
pub(super) fn basis<'a>(
    source: &'a PostsSource,
    config: Option<&'a Node>,
    at: String,
    problems: &mut Vec<Problem>,
) -> Basis<'a> {
    let own = config.and_then(|node| node.get("url")?.text()).filter(|url| !url.trim().is_empty());
    let url = source.url.as_deref().or(own).or(source.fallback_url.as_deref());
    let url = url.unwrap_or_default().trim();
    let message = if url.is_empty() {
        Some("the site's address isn't known, so its entries have no links".to_owned())
    } else if !url.starts_with("http://") && !url.starts_with("https://") {
        Some(format!("the site's address `{url}` is neither http nor https, so its entries have no links"))
    } else {
        None
    };
    problems
        .extend(message.map(|message| Problem::warning(&at, message).with_help("add `url:` to the source")));
    Basis { source, config, url: url.to_owned(), url_is_configs: source.url.is_none() && own.is_some(), at }
}

/// The site's config, or a file of data, as a tree; `None` and a problem where it can't be read.
pub(super) fn read(at: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let format = Format::of(at);
    let error = match data::read(text, format) {
        Ok(node) => return node,
        Err(error) => error,
    };
    let place = format!("{at}:{}:{}", error.line, error.column);
    // Hexo reads a tab in front of a line as two spaces.
    let spaced = matches!(format, Format::Yaml).then(|| without_tabs(text));
    if let Some(Ok(node)) = spaced.map(|spaced| data::read(&spaced, format)) {
        problems
            .push(Problem::warning(place, "tabs are read as two spaces each here").with_help("use spaces"));
        return node;
    }
    problems.push(Problem::error(place, format!("the site's config can't be read: {}", error.message)));
    None
}

/// The tabs that lines begin with, as two spaces each.
fn without_tabs(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let rest = line.trim_start_matches([' ', '\t']);
        let margin = line.get(..line.len() - rest.len()).unwrap_or_default();
        margin.replace('\t', "  ") + rest
    });
    lines.collect()
}
