//! Short phrases (labels, markers, credits) in the form in which rules are matched.
//!
//! Archives write one label in many ways: with or without a colon, bold, in either script, in full
//! or half width, with a number in front. A phrase's key keeps letters and digits only, in lower
//! case, with the scripts folded, so that one rule meets them all.

use std::collections::HashMap;

use super::script::fold;

/// The phrase's key: letters and digits only, half width, lower case, scripts folded.
pub fn key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_key(c, &mut out);
    }
    out
}

/// The characters of a text's key, one after another; a letter whose lower case is several
/// characters gives its first.
pub fn key_chars(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(half_width).filter(|c| is_letter(*c)).map(|c| fold(c).to_lowercase().next().unwrap_or(c))
}

fn push_key(c: char, out: &mut String) {
    let c = half_width(c);
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        }
    } else if is_ideograph(c) {
        // Most of the text, and without case: spared the tables.
        out.push(fold(c));
    } else if !is_cjk_punctuation(c) && c.is_alphanumeric() {
        out.extend(fold(c).to_lowercase());
    }
}

/// The unified ideographs of the basic plane.
fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF)
}

/// [`width`] of a text's key, without making it.
pub fn text_width(text: &str) -> usize {
    text.chars().filter(|c| is_letter(*c)).count()
}

/// [`weight`] of a text's key, without making it.
pub fn text_weight(text: &str) -> usize {
    text.chars().filter(|c| is_letter(*c)).map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    is_ideograph(c) || (!is_cjk_punctuation(c) && c.is_alphanumeric())
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

/// Known words, for cutting keys into them.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Whether each word counts: a label or a credit needs one that does.
    words: HashMap<String, bool>,
    /// The words' lengths in bytes, rising.
    lengths: Vec<usize>,
}

impl Words {
    /// Adds a word by its key; one that counts goes on counting.
    pub fn add(&mut self, key: String, counts: bool) {
        if let Err(at) = self.lengths.binary_search(&key.len()) {
            self.lengths.insert(at, key.len());
        }
        let known = self.words.entry(key).or_insert(counts);
        *known |= counts;
    }

    /// Whether a key is one of the words.
    pub fn contains(&self, key: &str) -> bool {
        self.words.contains_key(key)
    }

    /// Whether a key can be cut into words without a rest, one of them a word that counts.
    pub fn make_up(&self, key: &str) -> bool {
        self.cuts(key).first() == Some(&Some(true))
    }

    /// The ends of a key that are made up of words, one of them counting, longest first.
    pub fn endings<'k>(&self, key: &'k str) -> impl Iterator<Item = &'k str> {
        let cuts = self.cuts(key);
        cuts.into_iter()
            .enumerate()
            .filter(|(_, cut)| *cut == Some(true))
            .filter_map(|(from, _)| key.get(from..))
    }

    /// For each offset of the key whether the rest can be cut, and whether a part of it counts.
    fn cuts(&self, key: &str) -> Vec<Option<bool>> {
        if key.is_empty() || key.len() > LONGEST_KEY {
            return Vec::new();
        }
        let mut cuts: Vec<Option<bool>> = vec![None; key.len() + 1];
        if let Some(last) = cuts.last_mut() {
            *last = Some(false);
        }
        for from in (0..key.len()).rev().filter(|at| key.is_char_boundary(*at)) {
            let mut best = None;
            for to in self.lengths.iter().map(|length| from + length) {
                let Some(part) = key.get(from..to) else { continue };
                let Some(rest) = cuts.get(to).copied().flatten() else { continue };
                if let Some(counts) = self.words.get(part).copied() {
                    best = Some(best.unwrap_or(false) || counts || rest);
                }
            }
            if let Some(cut) = cuts.get_mut(from) {
                *cut = best;
            }
        }
        cuts
    }
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
