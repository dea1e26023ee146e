//! Eleventy's data files of folders and of single templates: where each holds, what it says.

use crate::map::posts::SiteFiles;
use crate::map::posts::basis::read;
use crate::model::Problem;
use crate::parse::data::{Format, script};
use crate::yaml::{Key, Node, Value};

/// What the site is asked for, and not known where a program works it out.
const ASKED: [&str; 5] = ["permalink", "tags", "title", "draft", "eleventyExcludeFromCollections"];

/// What data files say of posts, the strongest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Data {
    layers: Vec<Layer>,
    /// Keys that programs work out, an empty one where that is all of it; and for which posts.
    worked_out: Vec<(Holds, String)>,
}

#[derive(Debug, Clone)]
struct Layer {
    holds: Holds,
    own: Node,
    computed: Option<Node>,
}

#[derive(Debug, Clone)]
enum Holds {
    /// Everything below it, with a last slash; empty for all.
    Below(String),
    /// The template of this path, without extension.
    At(String),
}

impl Holds {
    /// `posts/posts.json`, `posts/posts.11tydata.js`, `posts/x.11tydata.json`.
    fn of(path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim_end_matches(".11tydata");
        if stem == folder.rsplit('/').next().unwrap_or_default() {
            return Self::Below(format!("{folder}/"));
        }
        let slash = if folder.is_empty() { "" } else { "/" };
        Self::At(format!("{folder}{slash}{stem}"))
    }

    fn for_path(&self, stem: &str) -> bool {
        match self {
            Self::Below(folder) => stem.starts_with(folder.as_str()),
            Self::At(template) => stem == template,
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::At(_) => usize::MAX,
            Self::Below(folder) => folder.len(),
        }
    }
}

impl Data {
    /// Reads the files; single templates' hold over folders', deep folders' over others',
    /// programs' over `.11tydata.json`, and that over plain JSON.
    pub(super) fn new(found: &SiteFiles, has_permalink: bool, problems: &mut Vec<Problem>) -> Self {
        let files = found.data.iter().filter(|(path, _)| is_of_posts(path));
        let mut layers: Vec<(u8, Layer)> = Vec::new();
        let mut worked_out = Vec::new();
        for (path, text) in files {
            let own = data_of((path, text), has_permalink, &mut worked_out, problems);
            let Some(own) = own else { continue };
            let rank = match (Format::of(path), path.contains(".11tydata.")) {
                (Format::Script, _) => 0,
                (_, true) => 1,
                _ => 2,
            };
            let computed = own.get("eleventyComputed").and_then(computed);
            layers.push((rank, Layer { holds: Holds::of(path), own, computed }));
        }
        layers.sort_by_key(|(rank, layer)| (std::cmp::Reverse(layer.holds.weight()), *rank));
        Self { layers: layers.into_iter().map(|(_, layer)| layer).collect(), worked_out }
    }

    /// Whether a program, which is not run, may say what this key of a template is.
    pub(super) fn works_out(&self, path: &str, key: &str) -> bool {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let holds =
            |(holds, known): &(Holds, String)| (known.is_empty() || known == key) && holds.for_path(stem);
        self.worked_out.iter().any(holds)
    }

    /// Whether one does, by that name, for this template.
    pub(super) fn works_out_plainly(&self, path: &str, key: &str) -> bool {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        self.worked_out.iter().any(|(holds, known)| known == key && holds.for_path(stem))
    }

    /// What holds for a template, the strongest first; the path is with extension.
    pub(super) fn of(&self, path: &str) -> impl Iterator<Item = &Node> {
        self.at(path).map(|layer| &layer.own)
    }

    /// What is computed for it, which goes before everything.
    pub(super) fn computed(&self, path: &str) -> impl Iterator<Item = &Node> {
        self.at(path).filter_map(|layer| layer.computed.as_ref())
    }

    fn at(&self, path: &str) -> impl Iterator<Item = &Layer> {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned();
        self.layers.iter().filter(move |layer| layer.holds.for_path(&stem))
    }
}

/// Neither of the whole site nor of its packages.
fn is_of_posts(path: &str) -> bool {
    !path.contains("_data/") && !matches!(path, "package.json" | ".eleventyignore")
}

/// A data file as a tree; of a program what is plain, with a warning for what is worked out.
fn data_of(
    (path, text): (&str, &str),
    has_permalink: bool,
    worked: &mut Vec<(Holds, String)>,
    problems: &mut Vec<Problem>,
) -> Option<Node> {
    if Format::of(path) != Format::Script {
        return read(path, text, problems);
    }
    let found = script(text);
    let name = |key: &Key| (Holds::of(path), key.text.trim_start_matches("eleventyComputed.").to_owned());
    worked.extend(found.worked_out.iter().map(name));
    for key in &found.worked_out {
        problems
            .extend(worked_out(path, key).filter(|_| !(has_permalink && key.text.ends_with("permalink"))));
    }
    Some(found.data)
}

fn worked_out(path: &str, key: &Key) -> Option<Problem> {
    let at = format!("{path}:{}:{}", key.line, key.column);
    let name = key.text.trim_start_matches("eleventyComputed.");
    if name.is_empty() {
        let message = "data in a program is never run here, so what it says of posts isn't known";
        return Some(
            Problem::warning(at, message).with_help("write what is plain in it as `.11tydata.json`"),
        );
    }
    if !ASKED.contains(&name) {
        return None;
    }
    let message = format!("`{name}` is worked out by a program, which is never run here");
    let problem = Problem::warning(at, message);
    Some(match name {
        "permalink" => problem.with_help(
            "write it as `permalink` of the source, like `/{{ page.date | date: '%Y/%m' }}/{{ page.fileSlug }}/`",
        ),
        _ => problem.with_help("write what is plain in it as `.11tydata.json`"),
    })
}

/// `eleventyComputed` without what only a template's run would give; a date is none of it.
pub(super) fn computed(node: &Node) -> Option<Node> {
    let is_template =
        |node: &Node| node.text().is_some_and(|text| text.contains("{{") || text.contains("{%"));
    let pairs = node.map()?.iter();
    let plain =
        pairs.filter(|(key, node)| key.text == "permalink" || key.text != "date" && !is_template(node));
    Some(Node { value: Value::Map(plain.cloned().collect()), ..*node })
}
