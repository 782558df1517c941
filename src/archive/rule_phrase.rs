//! Short phrases (labels, markers, credits) in the form in which rules are matched.
//!
//! Archives write one label in many ways: with or without a colon, bold, in either script, in full
//! or half width, with a number in front. A phrase's key keeps letters and digits only, in lower
//! case, with the scripts folded, so that one rule meets them all.

use std::collections::BTreeMap;

use crate::unicode::script_folding::fold;

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

/// Where the letters of `head`, the start of the text's key, end in the text: what stands up to
/// there, and the character behind; none at the text's end.
pub fn cut_behind<'t>(text: &'t str, head: &str) -> Option<(&'t str, char)> {
    let mut left = head.chars().count();
    let mut chars = text.char_indices();
    while left > 0 {
        let (_, c) = chars.next()?;
        left -= usize::from(is_letter(half_width(c)));
    }
    let (at, next) = chars.next()?;
    Some((text.get(..at)?, next))
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

/// How many letters and digits a text has: the length of its key, without making it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Letters {
    /// Those of ASCII.
    pub narrow: usize,
    /// All others.
    pub wide: usize,
}

impl Letters {
    /// Counts a text's letters and digits.
    pub fn of(text: &str) -> Self {
        let mut letters = Self::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at += match byte {
                0..0x80 => {
                    letters.narrow += usize::from(byte.is_ascii_alphanumeric());
                    1
                }
                // Three bytes from U+5000 to U+9FFF: ideographs all, and most of the text.
                0xE5..=0xE9 => {
                    letters.wide += 1;
                    3
                }
                // The commas and full stops of such text: "、", "。", "，".
                0xE3 | 0xEF
                    if matches!(
                        bytes.get(at..at + 3),
                        Some([0xE3, 0x80, 0x81 | 0x82] | [0xEF, 0xBC, 0x8C])
                    ) =>
                {
                    3
                }
                _ => {
                    let c = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
                    letters.wide += usize::from(is_letter(c));
                    c.len_utf8()
                }
            };
        }
        letters
    }

    /// Their number.
    pub fn width(self) -> usize {
        self.narrow + self.wide
    }

    /// How much text they are, see [`weight`].
    pub fn weight(self) -> usize {
        self.narrow + 2 * self.wide
    }
}

impl std::ops::AddAssign for Letters {
    fn add_assign(&mut self, other: Self) {
        self.narrow += other.narrow;
        self.wide += other.wide;
    }
}

/// [`width`] of a text's key, without making it.
pub fn text_width(text: &str) -> usize {
    Letters::of(text).width()
}

/// [`weight`] of a text's key, without making it.
pub fn text_weight(text: &str) -> usize {
    Letters::of(text).weight()
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

/// The length of `[[xx:`, the opening of a wikilink with a language prefix, at the start of a text.
pub fn wiki_opening(text: &str) -> Option<usize> {
    let rest = text.as_bytes().strip_prefix(b"[[")?;
    let letters = rest.iter().take(4).take_while(|b| b.is_ascii_lowercase()).count();
    ((2..=3).contains(&letters) && rest.get(letters) == Some(&b':')).then_some(letters + 3)
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
    /// The words by their first character, so that most places of a key cost one look; whether each
    /// counts: a label or a credit needs one that does.
    by_first: BTreeMap<char, Vec<(String, bool)>>,
    /// The longest word, in bytes.
    longest: usize,
}

impl Words {
    /// Adds a word by its key; one that counts goes on counting.
    pub fn add(&mut self, key: String, counts: bool) {
        let Some(first) = key.chars().next() else { return };
        self.longest = self.longest.max(key.len());
        let known = self.by_first.entry(first).or_default();
        match known.iter_mut().find(|(word, _)| *word == key) {
            Some((_, known)) => *known |= counts,
            None => known.push((key, counts)),
        }
    }

    /// Whether a key is one of the words.
    pub fn contains(&self, key: &str) -> bool {
        self.starting(key).iter().any(|(word, _)| word == key)
    }

    /// Whether a key can be cut into words without a rest, one of them a word that counts.
    pub fn make_up(&self, key: &str) -> bool {
        // Most text fails at its first character.
        !self.starting(key).is_empty() && self.cuts(key).first() == Some(&Some(true))
    }

    /// The ends of a key that are made up of words, one of them counting, longest first.
    pub fn endings<'k>(&self, key: &'k str) -> impl Iterator<Item = &'k str> {
        let cuts = self.cuts(key);
        (0..key.len())
            .filter(move |from| cuts.get(*from) == Some(&Some(true)))
            .filter_map(|from| key.get(from..))
    }

    /// The words that start as a text does.
    fn starting(&self, text: &str) -> &[(String, bool)] {
        let first = text.chars().next();
        first.and_then(|first| self.by_first.get(&first)).map_or(&[], Vec::as_slice)
    }

    /// For each offset of the key whether the rest can be cut, and whether a part of it counts.
    fn cuts(&self, key: &str) -> [Option<bool>; LONGEST_KEY + 1] {
        let mut cuts = [None; LONGEST_KEY + 1];
        if key.is_empty() || key.len() > LONGEST_KEY {
            return cuts;
        }
        if let Some(end) = cuts.get_mut(key.len()) {
            *end = Some(false);
        }
        let mut nearest = key.len();
        for (from, _) in key.char_indices().rev() {
            // No word spans the gap to the last place from which the rest could be cut.
            if nearest - from > self.longest {
                break;
            }
            let rest = key.get(from..).unwrap_or_default();
            let mut best = None;
            for (word, counts) in self.starting(rest) {
                let behind = cuts.get(from + word.len()).copied().flatten();
                if let Some(behind) = behind.filter(|_| rest.starts_with(word.as_str())) {
                    best = Some(best.unwrap_or(false) || *counts || behind);
                }
            }
            if best.is_some() {
                nearest = from;
            }
            if let Some(cut) = cuts.get_mut(from) {
                *cut = best;
            }
        }
        cuts
    }
}

/// Phrases that a key may start with.
#[derive(Clone, Debug, Default)]
pub struct Openings(BTreeMap<char, Vec<String>>);

impl Openings {
    /// Adds a phrase by its key.
    pub fn add(&mut self, key: String) {
        if let Some(first) = key.chars().next() {
            self.0.entry(first).or_default().push(key);
        }
    }

    /// Adds phrases by their keys.
    pub fn extend(&mut self, keys: impl IntoIterator<Item = String>) {
        keys.into_iter().for_each(|key| self.add(key));
    }

    /// What stands behind each of the phrases that a key starts with.
    pub fn behind<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let first = key.chars().next();
        let phrases = first.and_then(|first| self.0.get(&first)).map_or(&[][..], Vec::as_slice);
        phrases.iter().filter_map(move |phrase| key.strip_prefix(phrase.as_str()))
    }

    /// Whether a key starts with one of the phrases.
    pub fn open(&self, key: &str) -> bool {
        self.behind(key).next().is_some()
    }

    /// Whether any phrase starts with this character of a key: spares making the key.
    pub fn may_open(&self, first: char) -> bool {
        self.0.contains_key(&first)
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
