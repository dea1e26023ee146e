//! Every hostile case and every kind of fault has a proof that exists: `catalogue.txt` says which.

use std::{fs, path::Path};

/// Each group's letter and how many cases it has.
const GROUPS: [(char, usize); 11] = [
    ('X', 22),
    ('E', 10),
    ('H', 14),
    ('Y', 16),
    ('F', 12),
    ('M', 6),
    ('D', 7),
    ('N', 15),
    ('S', 11),
    ('C', 17),
    ('R', 24),
];

/// Files in which cases stand by their number beside what is expected of them.
const BY_NUMBER: [&str; 6] = [
    "it/hostile_feeds",
    "it/hostile_posts/fields",
    "it/hostile_posts/files",
    "it/hostile_posts/markdown",
    "it/hostile_posts/dates",
    "it/serve/hostile",
];

#[test]
fn every_case_has_proofs_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let text = fs::read_to_string(root.join("it/catalogue.txt")).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    for (letter, count) in GROUPS {
        for number in 1..=count {
            let case = format!("{letter}{number}");
            let line = lines.next().unwrap_or_else(|| panic!("{case} is missing"));
            let (name, proofs) = line.split_once(": ").unwrap();
            assert!(name.starts_with(&format!("{case} ")), "{case} is missing before `{line}`");
            for proof in proofs.split(' ') {
                let (file, test) = proof.split_once("::").unwrap();
                let text = fs::read_to_string(root.join(format!("{file}.rs"))).unwrap();
                assert!(text.contains(&format!("fn {test}(")), "{case}: there is no `{proof}`");
                let told =
                    [format!("\"{case} "), format!("// {case}"), format!("fn {}_", case.to_lowercase())];
                let by_number = BY_NUMBER.contains(&file) && letter != 'R';
                assert!(
                    !by_number || told.iter().any(|told| text.contains(told)),
                    "{case} is not in `{file}`"
                );
            }
        }
    }
    assert_eq!(lines.next(), None);
}
