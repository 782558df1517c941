//! Short phrases (labels, markers, credits) in the form in which rules are matched.
//!
//! Archives write one label in many ways: with or without a colon, bold, in either script, in full
//! or half width, with a number in front. A phrase's key keeps letters and digits only, in lower
//! case, with the scripts folded, so that one rule meets them all.

use crate::unicode::character_classes::{is_sentence_end, to_ascii_width};
use crate::unicode::cjk::{is_cjk_punctuation, is_ideograph};
use crate::unicode::script_folding::fold_char;

/// The phrase's key: letters and digits only, half width, lower case, scripts folded.
pub fn phrase_key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_key_char(c, &mut out);
    }
    out
}

/// The characters of a text's key, one after another; a letter whose lower case is several
/// characters gives its first.
pub fn phrase_key_chars(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .map(to_half_width)
        .filter(|c| is_letter(*c))
        .map(|c| fold_char(c).to_lowercase().next().unwrap_or(c))
}

/// Where the letters of `head`, the start of the text's key, end in the text: what stands up to
/// there, and the character behind; none at the text's end.
pub fn split_behind_key<'t>(text: &'t str, head: &str) -> Option<(&'t str, char)> {
    let mut left = head.chars().count();
    let mut chars = text.char_indices();
    while left > 0 {
        let (_, c) = chars.next()?;
        left -= usize::from(is_letter(to_half_width(c)));
    }
    let (at, next) = chars.next()?;
    Some((text.get(..at)?, next))
}

fn push_key_char(c: char, out: &mut String) {
    let c = to_half_width(c);
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        }
    } else if is_ideograph(c) {
        // Most of the text, and without case: spared the tables.
        out.push(fold_char(c));
    } else if !is_cjk_punctuation(c) && c.is_alphanumeric() {
        out.extend(fold_char(c).to_lowercase());
    }
}

pub(super) fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    is_ideograph(c) || (!is_cjk_punctuation(c) && c.is_alphanumeric())
}

/// Full-width letters and digits in half width; anything else as it is.
pub fn to_half_width(c: char) -> char {
    if c == '\u{3000}' { ' ' } else { to_ascii_width(c).unwrap_or(c) }
}

/// How much text a key is, in half-width cells: an ideograph says as much as two letters.
pub fn key_weight(key: &str) -> usize {
    key.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// The length of a key in characters.
pub fn key_width(key: &str) -> usize {
    key.chars().count()
}

/// The text behind its last mark that ends a sentence.
pub fn last_clause(text: &str) -> &str {
    text.trim_end().rsplit(is_sentence_end).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_key_in_all_its_clothes() {
        assert_eq!(phrase_key("**參考資料**："), phrase_key("参考资料"));
        assert_eq!(phrase_key("Ｓｏｕｒｃｅ :"), "source");
        assert_eq!(phrase_key("【來源】 "), phrase_key("来源"));
        assert_eq!(phrase_key("\u{feff}— "), "");
    }
}
