//! Files that import each other in a circle can't be read one after the other: there are none.
//! What a file takes from its room's own `mod.rs` is left apart, as Rust has children do.

use crate::architecture::walk;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let arrows = arrows(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 1000, "the imports were not read");
    let circles: BTreeSet<Vec<String>> =
        arrows.keys().filter_map(|module| way_back(&arrows, module)).map(from_its_least).collect();
    let told: Vec<String> = circles.iter().map(|circle| circle.join(" -> ")).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_circle_is_seen() {
    assert_eq!(
        expanded("crate::a::{b::C, d::{self, E}}"),
        ["crate::a::b::C", "crate::a::d", "crate::a::d::E"]
    );
    let arrow = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let arrows = Arrows::from([arrow("a", "b"), arrow("b", "c"), arrow("c", "b")]);
    assert_eq!(way_back(&arrows, "a"), None);
    assert_eq!(way_back(&arrows, "c").map(from_its_least), Some(vec!["b".into(), "c".into()]));
}

/// Which module names which.
fn arrows(root: &Path) -> Arrows {
    let modules: BTreeMap<String, PathBuf> =
        walk(root).into_iter().map(|file| (name(&file, root), file)).collect();
    let own = |module: &str, file: &Path| {
        let text = fs::read_to_string(file).unwrap();
        let named = paths(text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default(), module);
        let found = named.iter().filter_map(|path| longest(&modules, path));
        found.filter(|found| !format!("{module}::").starts_with(&format!("{found}::"))).collect()
    };
    modules.iter().map(|(module, file)| (module.clone(), own(module, file))).collect()
}

fn name(file: &Path, root: &Path) -> String {
    let below = file.strip_prefix(root).unwrap().with_extension("");
    let parts: Vec<&str> = below.iter().map(|part| part.to_str().unwrap()).collect();
    parts.join("::").trim_end_matches("::mod").to_owned()
}

/// The module that a path leads into.
fn longest(modules: &BTreeMap<String, PathBuf>, path: &str) -> Option<String> {
    let mut path = path;
    loop {
        if modules.contains_key(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// The paths that a text imports or spells out, from the root of the crate.
fn paths(text: &str, module: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join(" ");
    let imports = code.split("use ").skip(1).filter_map(|rest| rest.split_once(';')).map(|(tree, _)| tree);
    let spelled = code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter));
        format!("crate::{}", rest.get(..end.unwrap_or(rest.len())).unwrap_or_default())
    });
    let all = imports.flat_map(|tree| expanded(tree.trim())).chain(spelled);
    all.filter_map(|path| from_the_root(path.trim_end_matches(':'), module)).collect()
}

fn from_the_root(path: &str, module: &str) -> Option<String> {
    if let Some(below) = path.strip_prefix("crate::") {
        return Some(below.to_owned());
    }
    let (mut below, mut base) = (path.strip_prefix("super::")?, module.rsplit_once("::")?.0);
    while let Some(further) = below.strip_prefix("super::") {
        (below, base) = (further, base.rsplit_once("::")?.0);
    }
    Some(format!("{base}::{below}"))
}

/// `a::{b, c::{self, d}}` written out.
fn expanded(tree: &str) -> Vec<String> {
    let Some((before, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or(tree).trim().to_owned()];
    };
    let mut depth = 0;
    let parts = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner).split(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty()).flat_map(expanded);
    let whole = |part: String| match part.as_str() {
        "self" => before.trim().trim_end_matches("::").to_owned(),
        part => format!("{}{part}", before.trim()),
    };
    parts.map(whole).collect()
}

/// The shortest way from a module back to itself.
fn way_back(arrows: &Arrows, module: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![module.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in arrows.get(way.last()?).into_iter().flatten() {
                if next == module {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push([way.clone(), vec![next.clone()]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// One circle is told once, wherever it was entered.
fn from_its_least(mut circle: Vec<String>) -> Vec<String> {
    let least = circle.iter().enumerate().min_by_key(|(_, module)| (*module).clone()).map_or(0, |(at, _)| at);
    circle.rotate_left(least);
    circle
}
