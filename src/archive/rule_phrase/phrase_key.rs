//! Builds the key of a phrase, the form in which rules are compared.

use crate::model::RuleError;
use crate::unicode::character_classes::{is_sentence_end, to_ascii_width};
use crate::unicode::cjk::{is_cjk_punctuation, is_ideograph};
use crate::unicode::script_folding::fold_char;

/// The key of a phrase: its letters and digits, in half width and lower case, with scripts folded.
pub fn phrase_key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_key_char(c, &mut out);
    }
    out
}

/// The characters of a text's key. A letter whose lower case has several characters gives the first of
/// them.
pub fn phrase_key_chars(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .map(to_half_width)
        .filter(|c| is_letter(*c))
        .map(|c| fold_char(c).to_lowercase().next().unwrap_or(c))
}

/// Splits a text where the letters of `head`, the start of its key, end. Returns the text up to there and
/// the next character, or `None` at the end of the text.
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
        // Ideographs are most of the text and have no case, so the case tables are skipped.
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

/// Full-width letters and digits in half width; any other character as it is.
pub fn to_half_width(c: char) -> char {
    if c == '\u{3000}' { ' ' } else { to_ascii_width(c).unwrap_or(c) }
}

/// The amount of text in a key, in half-width cells. An ideograph counts as two letters.
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

/// The keys of the phrases in a list of rules; `name` is the path of the list.
///
/// # Errors
/// A phrase without letters and digits, which would match every text.
pub fn phrase_keys(name: &str, phrases: &[String]) -> Result<Vec<String>, RuleError> {
    let mut out = Vec::with_capacity(phrases.len());
    for (at, written) in phrases.iter().enumerate() {
        let key = phrase_key(written);
        if key.is_empty() {
            let reason = format!("\"{written}\" has neither letters nor digits");
            return Err(RuleError::invalid(format!("{name}[{at}]"), reason));
        }
        out.push(key);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_label_have_one_key() {
        assert_eq!(phrase_key("**參考資料**："), phrase_key("参考资料"));
        assert_eq!(phrase_key("Ｓｏｕｒｃｅ :"), "source");
        assert_eq!(phrase_key("【來源】 "), phrase_key("来源"));
        assert_eq!(phrase_key("\u{feff}— "), "");
    }
}
