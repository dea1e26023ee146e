//! The table of faults: a part's run replaces what that part found, and nothing else.

#[path = "../faults/report.rs"]
mod report;

const HEAD: &str = "# Faults\n\nWritten.\n";

#[test]
fn a_part_replaces_its_own_section() {
    let old = "# Old head\n\n## kills\n\nof a1\n\n| 5 kills | a1 |\n\n## away\n\nno part any more\n\n## disk\n\n| full | a1 |\n";
    let new =
        report::renewed(old, HEAD, &["oracle", "kills", "disk"], "kills", "of b2\n\n| 6 kills | b2 |\n");
    let wanted = "# Faults\n\nWritten.\n\n## oracle\n\nnot run yet\n\n## kills\n\nof b2\n\n| 6 kills | b2 |\n\n\
                  ## disk\n\n| full | a1 |\n";
    assert_eq!(new, wanted);
    let again =
        report::renewed(&new, HEAD, &["oracle", "kills", "disk"], "kills", "of b2\n\n| 6 kills | b2 |\n");
    assert_eq!(again, wanted);
}

#[test]
fn the_first_run_begins_the_file() {
    let new = report::renewed("", HEAD, &["kills", "disk"], "disk", "| full |");
    assert_eq!(new, "# Faults\n\nWritten.\n\n## kills\n\nnot run yet\n\n## disk\n\n| full |\n");
}
