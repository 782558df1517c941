//! Makes text from outside safe inside an HTML page, and names its language.

use crate::model::mask_credentials;
use crate::report::sanitize;

/// Escapes text for HTML. Characters that are invisible or reverse the reading order are dropped, and
/// names and passwords in URLs are masked.
pub(super) fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in mask_credentials(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if sanitize::is_hostile(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// The `lang` attribute of a text, for the voice of a screen reader and the shapes of Han characters.
/// It is empty if the script does not show the language.
pub(super) fn language_attribute(text: &str) -> &'static str {
    let (mut han, mut kana, mut hangul) = (0, 0, 0);
    for c in text.chars().take(2000) {
        match c {
            '\u{3041}'..='\u{30ff}' => kana += 1,
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            '\u{3400}'..='\u{9fff}' => han += 1,
            _ => {}
        }
    }
    match () {
        () if kana * 20 > han + kana => " lang=\"ja\"",
        () if hangul > han => " lang=\"ko\"",
        () if han > 0 => " lang=\"zh\"",
        () => "",
    }
}
