//! Short phrases (labels, markers, credits) in the form in which rules are matched.
//!
//! Archives write one label in many ways: with or without a colon, bold, in either script, in full
//! or half width, with a number in front. A phrase's key keeps letters and digits only, in lower
//! case, with the scripts folded, so that one rule meets them all.

use super::script::fold;

/// The phrase's key: letters and digits only, half width, lower case, scripts folded.
pub fn key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_key(c, &mut out);
    }
    out
}

fn push_key(c: char, out: &mut String) {
    let c = half_width(c);
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        }
    } else if c.is_alphanumeric() {
        let folded = fold(c);
        out.extend(folded.to_lowercase());
    }
}

/// Full-width letters and digits in half width; anything else as it is.
pub fn half_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        0x3000 => ' ',
        _ => c,
    }
}

/// Whether a character is an ideograph, kana or hangul: scripts written without spaces.
pub fn is_cjk(c: char) -> bool {
    matches!(u32::from(c),
        0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF | 0x3005..=0x3007)
}

/// Whether a character is punctuation of those scripts, or a typographic quotation mark or dash.
pub fn is_cjk_punctuation(c: char) -> bool {
    matches!(u32::from(c),
        0x3001..=0x3003 | 0x3008..=0x301F | 0xFF01..=0xFF0F | 0xFF1A..=0xFF20 | 0xFF3B..=0xFF40
        | 0xFF5B..=0xFF65 | 0x2014..=0x2015 | 0x2018..=0x201F | 0x2026 | 0xFE30..=0xFE4F)
}

/// Marks that end a sentence.
pub fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '!' | '?' | ';' | '…' | '｡')
}

/// Characters without width: byte order marks, zero-width spaces and joiners, direction marks.
pub fn is_zero_width(c: char) -> bool {
    matches!(u32::from(c), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFEFF | 0x00AD)
}

/// How much text a key is, in half-width cells: an ideograph says as much as two letters.
pub fn weight(key: &str) -> usize {
    key.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// The length of a key in characters.
pub fn width(key: &str) -> usize {
    key.chars().count()
}

/// The longest key that is taken apart, in bytes: labels are short.
const LONGEST_KEY: usize = 96;

/// Whether a key can be cut into known words without a rest, one of them a word that counts.
///
/// `word` answers, for a part of the key, whether it is a word (`Some`) and whether it counts
/// (`Some(true)`). `longest` is the length of the longest word in bytes.
pub fn segments(key: &str, longest: usize, word: impl Fn(&str) -> Option<bool>) -> bool {
    if key.is_empty() || key.len() > LONGEST_KEY {
        return false;
    }
    // For each offset: not reached, reached, reached with a word that counts.
    let mut reached: Vec<Option<bool>> = vec![None; key.len() + 1];
    reached[0] = Some(false);
    for from in 0..key.len() {
        let Some(counted) = reached[from] else { continue };
        let ends = reached.iter_mut().enumerate().skip(from + 1).take(longest);
        for (to, end) in ends {
            if let Some(counts) = key.get(from..to).and_then(&word) {
                *end = Some(end.unwrap_or(false) || counted || counts);
            }
        }
    }
    reached[key.len()] == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_one_key_in_all_its_clothes() {
        assert_eq!(key("**參考資料**："), key("参考资料"));
        assert_eq!(key("Ｓｏｕｒｃｅ :"), "source");
        assert_eq!(key("【來源】 "), key("来源"));
        assert_eq!(key("\u{feff}— "), "");
    }
}
