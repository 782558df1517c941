//! Characters by what they do to a text's normal form: most questions are asked of every one, so they
//! are answered by ranges.

/// What NFKC makes of a full-width form of an ASCII character (Unicode block U+FF00).
pub fn to_ascii_width(c: char) -> Option<char> {
    matches!(c, '！'..='～').then(|| char::from_u32(u32::from(c) - 0xfee0)).flatten()
}

/// The small form of a letter, where it is one character.
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

/// Marks that texts are full of: no letters, no digits, no white space, and seen.
pub fn is_common_mark(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{203e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}')
}

/// Marks that are never a part of a number: quotes, brackets, and what ends or parts sentences but for
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

/// Marks that are a part of a number where a digit stands before them, and nowhere else.
pub fn is_number_stop(c: char) -> bool {
    matches!(c, '.' | ',' | ':' | '。' | '、' | '…')
}

/// Whether a character compares or relates two quantities.
pub fn is_comparison(c: char) -> bool {
    matches!(c, '≥' | '≤' | '≠' | '<' | '>' | '±')
}

/// The currency signs (Unicode general category Sc) that news are written with.
pub fn is_currency(c: char) -> bool {
    matches!(c, '$' | '¢' | '£' | '¥' | '฿' | '₠'..='⃀')
}

/// Characters that NFKC leaves alone and that start no composition with a follower that is not a
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

/// Marks that nobody sees: byte order marks, zero-width characters, direction marks, soft hyphens.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fffc}')
}

/// Whether a character is a quotation mark.
pub fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '´' | '‘'..='‟' | '‹' | '›' | '«' | '»' | '「'..='』' | '〝'..='〟' | '｢' | '｣'
        | '＂' | '＇' | '《' | '》' | '〈' | '〉')
}

/// The half-width form of a character, or the character itself where it has none.
pub fn fold_punctuation(c: char) -> char {
    match c {
        '。' | '｡' | '…' | '⋯' => '.',
        '、' | '，' => ',',
        '：' | '∶' => ':',
        '；' => ';',
        '！' => '!',
        '？' => '?',
        '（' | '【' | '〔' => '(',
        '）' | '】' | '〕' => ')',
        '—' | '–' | '―' | '－' | '─' | '−' | '‐' | '‑' => '-',
        '⁄' => '/',
        '≧' => '≥',
        '≦' => '≤',
        '～' | '〜' => '~',
        '・' | '·' | '•' | '‧' | '･' => '·',
        '\u{3000}' => ' ',
        '％' => '%',
        _ => c,
    }
}

/// Marks that end a sentence.
pub fn is_sentence_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '!' | '?' | ';' | '…' | '｡')
}

/// Characters without width: byte order marks, zero-width spaces and joiners, direction marks.
pub fn is_zero_width(c: char) -> bool {
    matches!(u32::from(c), 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFEFF | 0x00AD)
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;
    use crate::unicode::whitespace::find_gap;

    #[test]
    fn no_mark_is_passed_over_as_part_of_a_text() {
        for c in ('\0'..=char::MAX).filter(|c| is_invisible(*c)) {
            assert!(find_gap(format!("甲{c}乙").as_bytes()).0 <= 3, "{c:?}");
        }
    }

    #[test]
    fn the_short_ways_lead_where_the_long_one_does() {
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
