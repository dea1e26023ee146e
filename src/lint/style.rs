//! The CSS of a `style` attribute: colours and spaces are fine, positions and addresses are not.

/// Properties that change no more than the element's own look.
const HARMLESS: &[&str] = &[
    "azimuth",
    "background",
    "background-color",
    "border",
    "clear",
    "color",
    "cursor",
    "direction",
    "display",
    "elevation",
    "float",
    "font",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "overflow",
    "padding",
    "pause",
    "pitch",
    "richness",
    "speak",
    "speech-rate",
    "text-align",
    "text-decoration",
    "text-indent",
    "unicode-bidi",
    "vertical-align",
    "voice-family",
    "volume",
    "white-space",
    "width",
];
/// What further such properties begin with: `border-left-color`.
const FAMILIES: &[&str] = &["border-", "font-", "margin-", "padding-", "pause-", "pitch-", "speak-"];

/// The first declaration that readers would strip.
pub(super) fn unsafe_part(style: &str) -> Option<String> {
    let plain = |letter: char| {
        letter.is_ascii_alphanumeric() || letter.is_whitespace() || ":,;#%.!-'\"()_".contains(letter)
    };
    if !style.chars().all(plain) {
        return Some(style.to_owned());
    }
    style.split(';').map(str::trim).filter(|each| !each.is_empty()).find_map(|declaration| {
        let (property, value) = declaration.split_once(':').unwrap_or((declaration, ""));
        let property = property.trim().to_ascii_lowercase();
        let is_known = HARMLESS.contains(&property.as_str())
            || FAMILIES.iter().any(|family| property.starts_with(family));
        let reaches_out = value.contains(':')
            || value.to_ascii_lowercase().contains("url(")
            || value.contains("expression");
        (!is_known || value.trim().is_empty() || reaches_out).then(|| declaration.to_owned())
    })
}
