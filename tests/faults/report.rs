//! `docs/faults.md` as text: a section a part, of which a run replaces its own.

/// The file with this part's section in place of the one that it had. The others stay as they
/// are; one that no part writes any more goes, one that was never run says so. Sections stand in
/// the order of the parts.
pub(crate) fn renewed(old: &str, head: &str, parts: &[&str], part: &str, section: &str) -> String {
    let mut whole = head.to_owned();
    for name in parts {
        let heading = format!("## {name}\n");
        let kept = if *name == part { Some(section.to_owned()) } else { body(old, &heading) };
        let body = kept.unwrap_or_else(|| "not run yet\n".to_owned());
        whole += &format!("\n{heading}\n{}\n", body.trim());
    }
    whole
}

/// What stands below a heading, up to the next.
fn body(old: &str, heading: &str) -> Option<String> {
    let mut lines = old.split_inclusive('\n').skip_while(|line| *line != heading);
    lines.next()?;
    Some(lines.take_while(|line| !line.starts_with("## ")).collect())
}
