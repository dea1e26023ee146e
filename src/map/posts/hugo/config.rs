//! Hugo's config: the file itself, the folders that it may be spread over, and what it says
//! for one language.

use super::languages;
use crate::map::posts::SiteFiles;
use crate::map::posts::basis::read;
use crate::map::posts::config::{at, below, joined, lower, scalar, text, with};
use crate::model::Problem;
use crate::yaml::{Node, Value};

/// Keys that a language may say for itself in place of the site.
const OF_LANGUAGE: [&str; 5] = ["permalinks", "taxonomies", "uglyurls", "disablepathtolower", "params"];

/// The site's config with the files of `config/_default` and `config/production` in it and what it
/// says for the language of the feed; keys in lower case.
pub(in crate::map::posts) fn config(
    own: Option<&Node>,
    found: &SiteFiles,
    problems: &mut Vec<Problem>,
) -> Node {
    let nothing = Node { value: Value::Map(Vec::new()), line: 1, column: 1 };
    let mut whole = own.map(lower).filter(|node| node.map().is_some()).unwrap_or(nothing);
    for (path, said) in &found.data {
        let Some(keys) = keys(path) else { continue };
        if let Some(node) = read(path, said, problems) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            whole = joined(whole, below(&keys, lower(&node)));
        }
    }
    let language = languages::chosen(&whole, found);
    let of_language = at(Some(&whole), &["languages", &language]).cloned();
    let own = |key: &'static str| (key, of_language.as_ref().and_then(|node| node.get(key)).cloned());
    let whole = with(Some(&whole), OF_LANGUAGE.into_iter().map(own).collect());
    let whole = Some(&whole);
    let of_language = |key: &str| text(whole, &["languages", &language, key]).or(text(whole, &[key]));
    let author = at(whole, &["params", "author"]).or(at(whole, &["author"])).cloned();
    let description = text(whole, &["params", "description"]).map(scalar);
    let written = ["locale", "languagecode"].iter().find_map(|key| of_language(key));
    let over = vec![
        ("url", of_language("baseurl").map(scalar)),
        ("title", of_language("title").map(scalar)),
        ("lang", Some(scalar(written.unwrap_or(&language)))),
        ("timezone", Some(scalar(of_language("timezone").unwrap_or("UTC")))),
        ("description", description),
        ("author", author),
    ];
    with(whole, over)
}

/// Where in the config a file of its folders belongs, by its name: `params.en.toml` is said for
/// one language, `hugo.toml` is all of it.
fn keys(path: &str) -> Option<Vec<String>> {
    let (folder, name) = path.rsplit_once('/')?;
    if !matches!(folder, "config/_default" | "config/production") {
        return None;
    }
    let (stem, _) = name.rsplit_once('.')?;
    let stem = stem.to_lowercase();
    Some(match stem.split_once('.') {
        None if matches!(stem.as_str(), "hugo" | "config") => Vec::new(),
        None => vec![stem],
        Some(("languages" | "hugo" | "config", language)) => vec!["languages".into(), language.into()],
        Some(("params", language)) => vec!["languages".into(), language.into(), "params".into()],
        Some(_) => return None,
    })
}
