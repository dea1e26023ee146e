//! Who may read a feed: everybody, or whoever has a token out of a file.

use crate::definition::address::warn_if_open;
use crate::model::Access;
use crate::model::Pass;
use crate::model::resolve_path;
use crate::model::show_path;
use crate::yaml::Node;
use crate::yaml::Section;
use std::path::Path;

/// A token that can be guessed is none.
const SHORTEST: usize = 16;
const LONGEST: usize = 200;

/// `access` and `token_file`, whose path counts from `base`.
pub(super) fn access(root: &mut Section<'_, '_>, base: &Path) -> Access {
    let by_token =
        root.value("access", |node| node.as_word(&[("public", false), ("token", true)])).unwrap_or(false);
    let file = root.written("token_file");
    match (by_token, file) {
        (false, None) => Access::Public,
        (false, Some((key, _))) => {
            root.faults.add_at_key(key, "`token_file` is for `access: token`");
            Access::Public
        }
        (true, None) => {
            if let Some((key, _)) = root.written("access") {
                root.faults.add_at_key(key, "`access: token` needs a `token_file`").help =
                    Some("name a file with a line `name: token` for each reader".into());
            }
            Access::Token(Vec::new())
        }
        (true, Some((_, node))) => {
            warn_if_open(root.faults, "token_file", node, base);
            Access::Token(root.value("token_file", |node| passes(node, base)).unwrap_or_default())
        }
    }
}

/// `name: token` lines; empty ones and those that begin with `#` say nothing. A
/// problem names the line and never what stands in it.
fn passes(node: &Node, base: &Path) -> Result<Vec<Pass>, String> {
    let path = resolve_path(base, &node.as_line()?);
    let shown = show_path(&path, &std::env::current_dir().unwrap_or_default());
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    let mut passes: Vec<Pass> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let refuse = |why: &str| Err(format!("`{shown}`, line {}: {why}", number + 1));
        let Some((name, token)) = line.split_once(':') else {
            return refuse("expected `name: token`");
        };
        let (name, token) = (name.trim(), token.trim().trim_matches(['"', '\'']));
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if name.is_empty() || !name.bytes().all(fine) {
            return refuse("expected a name of letters, digits, `-`, `_`, `.` and `~`");
        }
        if !token.bytes().all(fine) || !(SHORTEST..=LONGEST).contains(&token.len()) {
            return refuse(&format!(
                "expected a token of {SHORTEST} to {LONGEST} letters, digits, `-`, `_`, `.` and `~`"
            ));
        }
        if passes.iter().any(|pass| pass.name == name) {
            return refuse("this name stands in a line above");
        }
        if passes.iter().any(|pass| pass.token == token) {
            return refuse("this token stands in a line above");
        }
        passes.push(Pass { name: name.to_owned(), token: token.to_owned() });
    }
    Ok(passes)
}
