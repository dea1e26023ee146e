//! What a site's folder says of its feeds beside its config.
//!
//! In: the folder. Out: [`Clues`]. Small files alone are read; one that can't be says nothing.

use crate::cli::init::generators::Clues;
use crate::parse::data::Format;
use crate::parse::front_matter::Fences;
use crate::parse::front_matter::read_plain;
use std::path::Path;

/// Where generators' packages are named, and the packages that make feeds.
const PACKAGES: [(&str, &[&str]); 3] = [
    ("package.json", &["hexo-generator-feed"]),
    ("Gemfile", &["jekyll-feed", "github-pages"]),
    ("Gemfile.lock", &["jekyll-feed", "github-pages"]),
];

/// Looks for them; `config` is the config's name below the folder.
pub(super) fn of(root: &Path, generator: &str, config: Option<&str>) -> Clues {
    let text = |file: &str| text_of(&root.join(file));
    let is_script = |name: &&str| Format::of(name) == Format::Script;
    let is_zola = generator == "zola";
    Clues {
        has_plugin: PACKAGES.iter().any(|(file, names)| {
            let text = text(file);
            names.iter().any(|name| text.contains(name))
        }),
        script: config.filter(is_script).map(text).unwrap_or_default(),
        sections: if is_zola { sections_with_feeds(root) } else { Vec::new() },
        templates: if is_zola { names_in(&root.join("templates")) } else { Vec::new() },
    }
}

/// Zola's sections whose `_index.md` asks for a feed of their own.
fn sections_with_feeds(root: &Path) -> Vec<String> {
    let content = root.join("content");
    let asks = |name: &String| {
        let text = text_of(&content.join(name).join("_index.md"));
        let found = read_plain(&text, Fences::Zola);
        let key = |key| found.data.as_ref()?.get(key)?.boolean();
        key("generate_feeds").or_else(|| key("generate_feed")) == Some(true)
    };
    names_in(&content).into_iter().filter(asks).collect()
}

/// The names in a folder, in order.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// A file's text; nothing of what can't be read, or is a pipe that would be waited for.
pub(super) fn text_of(path: &Path) -> String {
    if path.is_file() { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() }
}
