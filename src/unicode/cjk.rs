//! Classifies characters of scripts that are written without spaces: ideographs, kana, hangul and their
//! punctuation.

/// Whether a character is a unified ideograph of the basic plane.
pub fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF)
}

/// Whether a character is an ideograph, kana or hangul.
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
