use super::{PATHS, hold, post};

fn bodies(body: &str) -> Vec<(&'static str, Vec<u8>)> {
    PATHS.map(|(site, _)| (site, post(site, "2024-01-02", "", body).into_bytes())).into()
}

#[test]
fn markdown_is_answered() {
    let notes: String = (0..5_000).map(|n| format!("[^{n}]: x\n")).collect();
    let references: String = (0..5_000).map(|n| format!("[^{n}]")).collect();
    let ticks: String = (1..800).map(|n| "`".repeat(n) + "a").collect();
    let lists: Vec<String> = (0..1_000).map(|depth| "  ".repeat(depth) + "- a").collect();
    let sparse = format!("|{}\n|{}\n{}", "a|".repeat(10_000), "-|".repeat(10_000), "|x\n".repeat(10_000));
    let row = format!("|{}\n", "x|".repeat(1_000));
    let full = format!("{row}|{}\n{}", "-|".repeat(1_000), row.repeat(1_000));
    let cases = [
        ("M1 emphasis", "_a* ".repeat(40_000)),
        ("M1 stars", "**a *b ".repeat(20_000)),
        ("M1 brackets", "[".repeat(50_000)),
        ("M1 images", "![".repeat(50_000)),
        ("M1 links", "[a](".repeat(40_000)),
        ("M1 CDATA", "a <![CDATA[".repeat(40_000)),
        ("M1 comments", "<!-- ".repeat(40_000)),
        ("M1 instructions", "<?".repeat(40_000)),
        ("M1 tags", "<a ".repeat(40_000)),
        ("M1 quotes", "\"'".repeat(40_000)),
        ("M1 code", ticks),
        ("M1 addresses", "www.a_".repeat(20_000)),
        ("M1 mail", "a.".repeat(40_000) + "@"),
        ("M1 footnotes", notes + &references),
        ("M1 one footnote", format!("[^a]: x\n\n{}", "[^a]".repeat(5_000))),
        ("M1 definitions", "a\n: b\n".repeat(10_000)),
        ("M1 attributes", "a{:".repeat(40_000)),
        ("M1 Liquid", "{% a ".repeat(40_000)),
        ("M1 Liquid's values", "{{ ".repeat(40_000)),
        ("M1 Liquid's blocks", "{% raw %}".repeat(20_000)),
        ("M1 shortcodes", "{{< highlight >}}".repeat(20_000)),
        ("M4 quotes", "> ".repeat(100_000)),
        ("M4 lists in a line", "- ".repeat(100_000)),
        ("M4 lists", lists.join("\n")),
        ("M4 elements", "<div>".repeat(100_000)),
        ("M4 formatting", "<b>".repeat(100_000)),
        ("M5 a wide table with short rows", sparse),
        ("M5 a wide table", full),
        ("M5 paragraphs", "a\n\n".repeat(1_000_000)),
    ];
    // One renderer serves them all, so each has one generator in turn; templates have theirs.
    let each = cases.iter().enumerate().map(|(place, (name, body))| {
        let all = bodies(body);
        let chosen: &[usize] = match *name {
            "M1 attributes" => &[0],
            name if name.starts_with("M1 Liquid") => &[0, 1, 5],
            name if name.starts_with("M1 shortcodes") => &[2, 3],
            _ => &[[0, 1, 2, 3, 4, 5][place % 6]],
        };
        (*name, chosen.iter().map(|place| all[*place].clone()).collect())
    });
    hold("markdown", each);
}

#[test]
fn what_markdown_makes_is_clean_and_absolute() {
    let cases = [
        ("M2 raw HTML", "<script>alert(1)</script><img src=x.png onerror=alert(1)><p onclick=x>ok</p>"),
        (
            "M3 addresses",
            "[x](javascript:alert(1)) [y](JaVaScript&#58;alert(1)) [z][r] <javascript:alert(1)>\n\n[r]: data:text/html,x",
        ),
        ("M6 relative", "![a](b.png) ![c](/d.png) [e](../f)"),
    ];
    hold("clean", cases.map(|(name, body)| (name, bodies(body))));
}
