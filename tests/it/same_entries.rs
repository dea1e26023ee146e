//! Which entries of a document are those of the last one, through the whole program: every
//! case is a feed with what it holds at each poll.

use crate::app::App;
use crate::origin::{Origin, ok};
use serde_json::Value;
use std::collections::HashMap;

/// An item of the elements that are not empty.
fn item(title: &str, link: &str, guid: &str, date: &str, text: &str) -> String {
    let element = |name: &str, value: &str| match value {
        "" => String::new(),
        _ => format!("<{name}>{value}</{name}>"),
    };
    format!(
        "<item>{}{}{}{}{}</item>",
        element("title", title),
        element("link", link),
        element("guid", guid),
        element("pubDate", date),
        element("description", text)
    )
}

/// So many items, each made of its number.
fn items(numbers: impl IntoIterator<Item = usize>, one: impl Fn(usize) -> String) -> String {
    numbers.into_iter().map(one).collect()
}

fn at(day: usize) -> String {
    format!("Mon, {day:02} Mar 2026 10:00:07 GMT")
}

fn on(day: usize) -> String {
    format!("{day} Mar 2026")
}

const LONG: &str = "A text that is long enough to tell which entry it is, since it goes on and on and \
                    on, as texts of people who write about their gardens do.";

/// A feed, what it holds at each poll, and what each poll counts: new and changed entries.
struct Case {
    name: &'static str,
    polls: Vec<String>,
    counts: Vec<[u64; 2]>,
}

fn case<const N: usize>(name: &'static str, polls: [String; N], counts: [[u64; 2]; N]) -> Case {
    Case { name, polls: polls.into(), counts: counts.into() }
}

/// The same entries at every poll.
fn same(name: &'static str, poll: impl Fn(usize) -> String, new: u64, changed: u64) -> Case {
    case(name, [poll(0), poll(1), poll(2)], [[new, 0], [0, changed], [0, changed]])
}

/// Collects every case poll by poll; what it found otherwise.
fn hold(cases: &[Case]) {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    for Case { name, .. } in cases {
        let source = format!("sources: [{{feed: \"{}\"}}]\n", origin.url(&format!("/{name}")));
        app.write(&format!("feeds/{name}.yaml"), &source);
    }
    let mut wrong = Vec::new();
    let mut ids: HashMap<String, Vec<String>> = HashMap::new();
    for poll in 0..cases.iter().map(|case| case.polls.len()).max().unwrap() {
        for Case { name, polls, .. } in cases {
            let items = &polls[poll.min(polls.len() - 1)];
            let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>");
            origin.answer_from_now(&format!("/{name}"), ok("Content-Type: application/rss+xml\r\n", feed));
        }
        let output = app.run(&["build", "--out", "out", "--format", "json"]);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        for source in said["sources"].as_array().unwrap() {
            let case = cases.iter().find(|case| source["feed"] == case.name).unwrap();
            let expected = case.counts.get(poll).copied().unwrap_or_default();
            let found = ["new", "changed"].map(|key| source[key].as_u64().unwrap());
            let text = std::fs::read(app.path(&format!("out/{}.json", case.name))).unwrap();
            let document: Value = serde_json::from_slice(&text).unwrap();
            let mut now: Vec<String> = document["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| {
                    let date = item["date_published"].as_str().unwrap();
                    let date = chrono::DateTime::parse_from_rfc3339(date).unwrap().timestamp();
                    format!("{} @ {date}", item["id"].as_str().unwrap())
                })
                .collect();
            now.sort();
            let before = ids.insert(case.name.into(), now.clone());
            if found != expected {
                wrong.push(format!("{} at poll {poll}: {found:?}, not {expected:?}", case.name));
            } else if poll > 0 && expected[0] == 0 && before.as_ref() != Some(&now) {
                wrong.push(format!("{} at poll {poll}: {before:?} has become {now:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn addresses_that_are_spelt_otherwise_lead_to_the_same_entries() {
    let linked =
        |link: &dyn Fn(usize) -> String| items(1..4, |n| item(&format!("T{n}"), &link(n), "", &at(n), ""));
    let undated =
        |link: &dyn Fn(usize) -> String| items(1..4, |n| item(&format!("T{n}"), &link(n), &link(n), "", ""));
    hold(&[
        same(
            "utm",
            |p| linked(&|n| format!("https://e.example/{n}?utm_source=rss&amp;utm_campaign=c{p}")),
            3,
            0,
        ),
        same(
            "utm-undated",
            |p| undated(&|n| format!("https://e.example/{n}/?utm_campaign=c{p}#xtor=RSS-{p}")),
            3,
            0,
        ),
        same("jsession", |p| undated(&|n| format!("https://e.example/{n};jsessionid=0A{p}F?id={n}")), 3, 0),
        same("php-session", |p| undated(&|n| format!("https://e.example/?id={n}&amp;PHPSESSID=a{p}")), 3, 0),
        case(
            "percent",
            [
                linked(&|n| format!("https://e.example/{n}/%e4%b8%ad")),
                linked(&|n| format!("https://e.example/{n}/%E4%B8%AD")),
                linked(&|n| format!("https://e.example/{n}/中")),
            ],
            [[3, 0], [0, 3], [0, 0]],
        ),
        case(
            "port",
            [
                linked(&|n| format!("https://e.example/{n}")),
                linked(&|n| format!("https://e.example:443/{n}")),
            ],
            [[3, 0], [0, 3]],
        ),
    ]);
}

#[test]
fn what_says_the_same_under_other_ids_is_the_same_entry() {
    let dated = |link: &dyn Fn(usize) -> String, guid: &dyn Fn(usize) -> String| {
        items(1..4, |n| item(&format!("T{n}"), &link(n), &guid(n), &at(n), ""))
    };
    let many = |link: &dyn Fn(usize) -> String| {
        items(1..8, |n| item(&format!("T{n}"), &link(n), &link(n), &at(n), ""))
    };
    let none = |_: usize| String::new();
    hold(&[
        same("sid", |p| many(&|n| format!("https://e.example/{n}?sid={p}")), 7, 7),
        same("fragment", |p| dated(&|n| format!("https://e.example/{n}#n{p}"), &none), 3, 3),
        same("guids", |p| dated(&none, &|n| format!("poll-{p}-{n}")), 3, 0),
        same("script", |p| dated(&|n| format!("https://e.example/a.php?v={p}&amp;n={n}"), &none), 3, 3),
        case(
            "host",
            [many(&|n| format!("https://old.example/{n}")), many(&|n| format!("https://new.example/{n}"))],
            [[7, 0], [0, 7]],
        ),
        case(
            "host-of-days",
            ["old", "new"].map(|host| {
                items(1..8, |n| {
                    item(&format!("T{n}"), &format!("https://{host}.example/{n}"), "", &on(n), "")
                })
            }),
            [[7, 0], [0, 7]],
        ),
        case(
            "untitled",
            ["old", "new"].map(|host| {
                items(1..8, |n| {
                    let link = format!("https://{host}.example/@me/{host}{n}");
                    item("", &link, "", &at(n), &format!("&lt;p&gt;Hello {n}&lt;/p&gt;"))
                })
            }),
            [[7, 0], [0, 7]],
        ),
        case(
            "guid-gone",
            [
                dated(&|n| format!("https://e.example/{n}?v=1"), &|n| format!("g{n}")),
                dated(&|n| format!("https://e.example/{n}?v=2"), &none),
            ],
            [[3, 0], [0, 3]],
        ),
        case(
            "future",
            [1, 2].map(|p| item("T", &format!("https://e.example/{p}"), "", "1 Jan 2090 10:00:07 GMT", "")),
            [[1, 0], [0, 1]],
        ),
        // A feed that is longer than before: what it had long ago comes back.
        case(
            "longer",
            [
                dated(&|n| format!("https://old.example/{n}"), &none),
                items(4..6, |n| item(&format!("T{n}"), &format!("https://old.example/{n}"), "", &at(n), "")),
                items(1..6, |n| item(&format!("T{n}"), &format!("https://new.example/{n}"), "", &at(n), "")),
            ],
            [[3, 0], [2, 0], [0, 5]],
        ),
    ]);
}

#[test]
fn what_has_neither_guid_nor_link_is_known_by_what_it_means() {
    let dated = |title: &dyn Fn(usize) -> String, date: &dyn Fn(usize) -> String| {
        items(1..4, |n| item(&title(n), "", "", &date(n), "d"))
    };
    let title = |n: usize| format!("T{n}");
    let moment = |p: usize| format!("Mon, 02 Mar 2026 10:00:{p:02} GMT");
    hold(&[
        case(
            "zone",
            [dated(&title, &at), dated(&title, &|n| format!("2026-03-{n:02}T11:00:07+01:00"))],
            [[3, 0], [0, 3]],
        ),
        case(
            "cdata",
            [
                dated(&|n| format!("A &amp;amp; B’s {n}"), &at),
                dated(&|n| format!("<![CDATA[A &amp; B&#8217;s {n} ]]>"), &at),
            ],
            [[3, 0], [0, 0]],
        ),
        case(
            "title-edited",
            ["Old", "New"]
                .map(|t| item(t, "", "", &at(2), "same text") + &item("Other", "", "", &at(2), "d2")),
            [[2, 0], [0, 1]],
        ),
        case(
            "title-edited-with-its-address",
            ["old", "new"].map(|t| item(t, &format!("https://e.example/{t}"), "", &at(2), LONG)),
            [[1, 0], [0, 1]],
        ),
        same("moment", |p| item("T", "", "", &moment(p), "d"), 1, 0),
        same(
            "moment-of-all",
            |p| items(1..4, |n| item(&title(n), "", "", &moment(p), &format!("d{n}"))),
            3,
            0,
        ),
    ]);
}

#[test]
fn what_may_be_another_entry_is_one() {
    let linked = |title: &str, name: &str, date: &str, text: &str| {
        item(title, &format!("https://e.example/{name}"), name, date, text)
    };
    let thread = |name: &str, date: &str| linked("Open thread", name, date, "");
    let log = |days: std::ops::Range<usize>| items(days.rev(), |n| item("Backup", "", "", &at(n), "done"));
    let two = |case_name, one: String, other: String| case(case_name, [one, other], [[1, 0], [1, 0]]);
    hold(&[
        two("one-day", thread("a", "2 Mar 2026 10:00:00 GMT"), thread("b", "2 Mar 2026 18:00:00 GMT")),
        two("mere-days", thread("a", &on(2)), thread("b", &on(2))),
        two("undated", thread("a", ""), thread("b", "")),
        two("phrases", linked("T", "a", &on(2), "Read more"), linked("T", "b", &on(2), "Read more")),
        two("other-words", linked("T", "a", &at(2), "One."), linked("T", "b", &at(2), "Another.")),
        two("other-titles", linked("T", "a", &at(2), "Comments"), linked("U", "b", &at(2), "Comments")),
        two("other-text", item("T", "", "", &at(2), "Sun"), item("T", "", "", &at(3), "Rain")),
        case("stands", [thread("a", &at(2)), thread("b", &at(2)) + &thread("a", &at(2))], [[1, 0], [1, 0]]),
        case(
            "twins",
            [thread("a", &at(2)) + &thread("b", &at(2)), thread("c", &at(2)) + &thread("d", &at(2))],
            [[2, 0], [2, 0]],
        ),
        case(
            "a-twin-stands",
            [thread("a", &at(2)) + &thread("b", &at(2)), thread("a", &at(2)) + &thread("c", &at(2))],
            [[2, 0], [1, 0]],
        ),
        case("log", [log(1..6), log(2..7), log(3..8)], [[5, 0], [1, 0], [1, 0]]),
    ]);
}

#[test]
fn the_order_of_a_document_is_of_no_matter() {
    let one = |name: &str, guid: &str| {
        item(&format!("T{name}"), &format!("https://e.example/{name}"), guid, "", "")
    };
    // `b` has the guid that `a` had; `a` is found by its link.
    let after = [one("a", "new"), one("b", "g"), one("c", "")];
    let mut cases = Vec::new();
    for (name, order) in [("abc", [0, 1, 2]), ("acb", [0, 2, 1]), ("bac", [1, 0, 2]), ("cba", [2, 1, 0])] {
        let after: String = order.iter().map(|place| after[*place].as_str()).collect();
        cases.push(case(
            name,
            [one("a", "g") + &one("c", "c"), after.clone(), after],
            [[2, 0], [1, 1], [0, 0]],
        ));
    }
    // A twin comes, above or below.
    let twin = |name: &str, date: &str| item(name, &format!("https://e.example/{name}"), "same", date, "");
    let [old, new] = [twin("de", &at(2)), twin("en", &at(2))];
    cases.push(case("twin-above", [old.clone(), new.clone() + &old], [[1, 0], [1, 0]]));
    cases.push(case("twin-below", [old.clone(), old + &new], [[1, 0], [1, 0]]));
    hold(&cases);
}
