//! Measures a text and says whether it is a sentence: what distinguishes prose from labels.

/// How wide a text is. A Chinese character counts three and a Latin letter one, which is roughly what
/// they say.
pub fn text_width(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) >= 0x2E80 { 3 } else { 1 }).sum()
}

/// Whether a text ends as a sentence does, closing quotation marks and brackets apart.
pub fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(|c: char| c.is_whitespace() || is_closing_mark(c));
    end.ends_with(['.', '!', '?', '。', '！', '？', '…', '；', ';'])
}

fn is_closing_mark(c: char) -> bool {
    matches!(c, '"' | '”' | '’' | '\'' | ')' | ']' | '」' | '』' | '）' | '】' | '»' | '›')
}

/// How many characters of a text are not white space.
pub fn count_visible_chars(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
