//! Month names and their abbreviations in the languages that feeds are written in.

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
pub(crate) fn month(word: &str) -> Option<u32> {
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
