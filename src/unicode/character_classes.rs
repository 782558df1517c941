//! Classifies characters for the normal forms of texts and phrases.
//!
//! Every character of a text is classified, so that ranges are used in place of table lookups.

use crate::unicode::cjk::{is_cjk, is_cjk_punctuation};

/// The NFKC form of a full-width ASCII character (Unicode block U+FF00).
pub fn to_ascii_width(c: char) -> Option<char> {
    matches!(c, '！'..='～').then(|| char::from_u32(u32::from(c) - 0xfee0)).flatten()
}

/// The lower-case form of a letter, if it is a single character.
pub fn lowercase_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Frequent punctuation that is visible and neither a letter, a digit nor white space.
pub fn is_common_mark(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{203e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}')
}

/// Marks that are never part of a number: quotes, brackets, and the punctuation of sentences except for
/// [stops](is_number_stop).
pub fn is_plain_mark(c: char) -> bool {
    matches!(
        c,
        '!' | '"'
            | '\''
            | '('
            | ')'
            | ';'
            | '?'
            | '“'
            | '”'
            | '‘'
            | '’'
            | '《'
            | '》'
            | '「'
            | '」'
            | '『'
            | '』'
            | '〈'
            | '〉'
            | '【'
            | '】'
    )
}

/// Marks that are part of a number if a digit is before them.
pub fn is_number_stop(c: char) -> bool {
    matches!(c, '.' | ',' | ':' | '。' | '、' | '…')
}

/// Whether a character compares or relates two quantities.
pub fn is_comparison(c: char) -> bool {
    matches!(c, '≥' | '≤' | '≠' | '<' | '>' | '±')
}

/// The currency signs (Unicode general category Sc) that occur in news.
pub fn is_currency(c: char) -> bool {
    matches!(c, '$' | '¢' | '£' | '¥' | '฿' | '₠'..='⃀')
}

/// Characters that NFKC does not change and that do not compose with a following character other than a
/// combining mark.
pub fn is_nfkc_stable(c: char) -> bool {
    matches!(c, '\0'..='\u{9f}' | '\u{2010}'..='\u{2010}' | '\u{2012}'..='\u{2016}' | '\u{2018}'..='\u{2023}'
        | '\u{3001}'..='\u{3035}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}' | '\u{4e00}'..='\u{9fff}')
}

/// Whether a character combines with the one before it.
pub fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{1161}'..='\u{11ff}')
}

/// Invisible characters: byte order marks, zero-width characters, direction marks, soft hyphens.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fffc}')
}

/// Whether a writer may leave a mark out or put it in without another word being meant: the lengthening mark
/// and the short vowels of Arabic, and its mark between groups of digits.
pub fn is_unwritten(c: char) -> bool {
    matches!(c, '\u{640}' | '\u{64b}'..='\u{652}' | '\u{670}' | '\u{66c}')
}

/// Whether a character is a quotation mark.
pub fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '´' | '‘'..='‟' | '‹' | '›' | '«' | '»' | '「'..='』' | '〝'..='〟' | '｢' | '｣'
        | '＂' | '＇' | '《' | '》' | '〈' | '〉')
}

/// The form of a punctuation mark that stands for all its variants; any other character as it is.
pub fn fold_punctuation(c: char) -> char {
    match c {
        '。' | '｡' | '…' | '⋯' | '۔' | '٫' => '.',
        '、' | '，' | '،' => ',',
        '：' | '∶' => ':',
        '；' | '؛' => ';',
        '！' => '!',
        '？' | '؟' => '?',
        '（' | '【' | '〔' => '(',
        '）' | '】' | '〕' => ')',
        '—' | '–' | '―' | '－' | '─' | '−' | '‐' | '‑' => '-',
        '⁄' => '/',
        '≧' => '≥',
        '≦' => '≤',
        '～' | '〜' => '~',
        '・' | '·' | '•' | '‧' | '･' => '·',
        '\u{3000}' => ' ',
        '％' | '٪' => '%',
        _ => c,
    }
}

/// Whether a character ends a sentence.
pub fn is_sentence_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '!' | '?' | ';' | '…' | '｡')
}

/// Characters without width: byte order marks, zero-width spaces and joiners, direction marks, soft
/// hyphens.
pub fn is_zero_width(c: char) -> bool {
    matches!(u32::from(c), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFEFF | 0x00AD)
}

/// Whether `c` is a zero-width joiner or non-joiner that the spelling needs: between two characters of a
/// script such as Arabic or Devanagari, or of an emoji. Between ideographs or Latin letters it has no effect.
pub fn is_joiner_between(before: char, c: char, after: char) -> bool {
    let can_join = |c: char| {
        !c.is_ascii()
            && !c.is_whitespace()
            && !c.is_control()
            && !is_zero_width(c)
            && !is_cjk(c)
            && !is_cjk_punctuation(c)
    };
    matches!(c, '\u{200c}' | '\u{200d}') && can_join(before) && can_join(after)
}

/// Whether a character is a Hebrew letter or point.
pub fn is_hebrew(c: char) -> bool {
    matches!(c, '\u{591}'..='\u{5f4}')
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;
    use crate::unicode::whitespace::find_gap;

    #[test]
    fn invisible_characters_are_found_as_gaps() {
        for c in ('\0'..=char::MAX).filter(|c| is_invisible(*c)) {
            assert!(find_gap(format!("甲{c}乙").as_bytes()).0 <= 3, "{c:?}");
        }
    }

    #[test]
    fn ranges_agree_with_the_unicode_tables() {
        for c in '\0'..=char::MAX {
            if let Some(ascii) = to_ascii_width(c) {
                assert_eq!(std::iter::once(c).nfkc().collect::<String>(), ascii.to_string(), "{c}");
            }
            if is_nfkc_stable(c) {
                assert_eq!(std::iter::once(c).nfkc().collect::<String>(), c.to_string(), "{c}");
            }
            let other = c.is_alphanumeric() || c.is_whitespace() || is_invisible(c);
            assert!(!(is_common_mark(c) && other), "{c}");
        }
    }
}
