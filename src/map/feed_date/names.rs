//! Names of months, in the languages that feeds are written in, and of time zones.

/// Beginnings of names, by month; the longest that fits a word decides
/// (`juil` is July, `jui` alone June; `červenec` is July, `červen` June).
const NAMES: [&[&str]; 12] = [
    &[
        "jan",
        "ene",
        "jän",
        "gen",
        "янв",
        "січ",
        "ιαν",
        "sty",
        "led",
        "ian",
        "oca",
        "tammi",
        "ják",
        "sij",
        "яну",
        "gjen",
        "يناير",
    ],
    &["feb", "fev", "fév", "fev", "фев", "лют", "φεβ", "lut", "úno", "şub", "helmi", "feabh", "فبراير"],
    &[
        "mar", "mär", "maart", "mrt", "mrz", "maer", "már", "мар", "бер", "μαρ", "μάρ", "bře", "březen",
        "maalis", "مارس",
    ],
    &["apr", "abr", "avr", "ápr", "апр", "кві", "απρ", "kwi", "dub", "nis", "huhti", "أبريل"],
    &[
        "may", "mai", "maj", "mei", "mag", "máj", "мая", "май", "тра", "μαϊ", "μάι", "μαι", "kvě", "touko",
        "maí", "مايو",
    ],
    &[
        "jun",
        "jui",
        "juin",
        "giu",
        "jún",
        "июн",
        "чер",
        "ιουν",
        "ιούν",
        "cze",
        "čer",
        "iun",
        "haz",
        "kesä",
        "čvn",
        "יוני",
        "يونيو",
    ],
    &[
        "jul",
        "juil",
        "lug",
        "júl",
        "июл",
        "лип",
        "ιουλ",
        "ιούλ",
        "lip",
        "červenec",
        "červenc",
        "čvc",
        "iul",
        "tem",
        "heinä",
        "يوليو",
    ],
    &[
        "aug",
        "ago",
        "aoû",
        "aou",
        "авг",
        "сер",
        "αυγ",
        "αύγ",
        "sie",
        "srp",
        "ağu",
        "elo",
        "agu",
        "ags",
        "ágú",
        "أغسطس",
    ],
    &["sep", "set", "сен", "вер", "σεπ", "wrz", "zář", "eyl", "syys", "szept", "سبتمبر"],
    &["oct", "okt", "out", "ott", "окт", "жов", "οκτ", "paź", "říj", "eki", "loka", "أكتوبر"],
    &["nov", "ноя", "лис", "νοε", "νοέ", "lis", "noi", "kas", "marras", "nóv", "نوفمبر"],
    &["dec", "dez", "dic", "déc", "des", "дек", "гру", "δεκ", "gru", "pro", "ara", "joulu", "ديسمبر"],
];

/// The month (1 to 12) that a word in lower case names.
pub(super) fn month(word: &str) -> Option<u32> {
    let mut best: Option<(usize, u32)> = None;
    for (number, names) in (1..).zip(NAMES) {
        for name in names {
            if word.starts_with(name) && best.is_none_or(|(length, _)| name.len() > length) {
                best = Some((name.len(), number));
            }
        }
    }
    best.map(|(_, number)| number)
}

/// Quarters of an hour east, and the names of zones there. Names that mean several
/// zones mean the one that RFC 822 gives them, else the most populous.
const ZONES: [(i32, &[&str]); 26] = [
    (-40, &["hst"]),
    (-36, &["akst"]),
    (-32, &["pst", "akdt"]),
    (-28, &["mst", "pdt"]),
    (-24, &["cst", "mdt"]),
    (-20, &["est", "cdt"]),
    (-16, &["ast", "edt", "clt"]),
    (-14, &["nst"]),
    (-12, &["adt", "brt", "art", "clst"]),
    (-10, &["ndt"]),
    (0, &["z", "ut", "utc", "gmt", "wet", "zulu"]),
    (4, &["cet", "bst", "met", "mez", "west", "wat"]),
    (8, &["cest", "mest", "mesz", "eet", "cat", "sast"]),
    (12, &["eest", "msk", "eat", "trt"]),
    (16, &["msd", "gst"]),
    (20, &["pkt"]),
    (22, &["ist"]),
    (28, &["wib", "ict"]),
    (32, &["hkt", "sgt", "awst", "pht", "wita", "myt"]),
    (36, &["jst", "kst", "wit"]),
    (38, &["acst"]),
    (40, &["aest"]),
    (42, &["acdt"]),
    (44, &["aedt"]),
    (48, &["nzst"]),
    (52, &["nzdt"]),
];

/// Seconds east of a zone's name.
pub(super) fn zone(word: &str) -> Option<i32> {
    let (quarters, _) = ZONES.iter().find(|(_, names)| names.contains(&word))?;
    Some(quarters * 900)
}
