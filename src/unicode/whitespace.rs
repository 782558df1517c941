//! Finds white space and characters without width quickly, because most of a text is neither: the text is
//! searched in blocks.

/// The number of bytes that are searched in one step.
const BLOCK: usize = 32;

/// The offset at which the first white space or invisible character (soft hyphen, zero-width space, byte
/// order mark) of a UTF-8 text may be, or its length, and the number of characters before it. The character
/// there may turn out to be another one.
pub fn find_gap(text: &[u8]) -> (usize, usize) {
    let (mut at, mut chars) = (0, 0);
    while let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk::<{ BLOCK + 2 }>) {
        let mut found = 0;
        let mut begun = 0_u8;
        for place in 0..BLOCK {
            found |= may_be_gap(window[place], window[place + 1], window[place + 2]);
            begun += begins_char(window[place]);
        }
        if found != 0 {
            break;
        }
        chars += usize::from(begun);
        at += BLOCK;
    }
    while let Some(&byte) = text.get(at) {
        let next = |ahead: usize| text.get(at + ahead).copied().unwrap_or_default();
        if may_be_gap(byte, next(1), next(2)) != 0 {
            break;
        }
        chars += usize::from(begins_char(byte));
        at += 1;
    }
    (at, chars)
}

/// Returns 1 if these bytes may begin a gap. There are no branches, so that the compiler can process many
/// bytes at once.
fn may_be_gap(first: u8, second: u8, third: u8) -> u8 {
    u8::from(first <= 0x20)
        | u8::from(first == 0xc2)
        | u8::from(first == 0xcd)
        | u8::from(first == 0xd8)
        | u8::from(first == 0xe1)
        | (u8::from(first == 0xe2) & (u8::from(second == 0x80) | u8::from(second == 0x81)))
        | (u8::from(first == 0xe3) & u8::from(second == 0x80) & u8::from(third == 0x80))
        | (u8::from(first == 0xef) & (u8::from(second == 0xb8) | u8::from(second == 0xbb)))
        | (u8::from(first == 0xef) & u8::from(second == 0xbf))
}

/// Returns 1 if a byte begins a character (RFC 3629, section 3).
fn begins_char(byte: u8) -> u8 {
    u8::from(byte & 0xc0 != 0x80)
}

/// A part of a text in which no gap begins, and the character behind it, which may be one.
pub struct Stretch<'a> {
    /// The part of the text.
    pub text: &'a str,
    /// The number of its characters.
    pub chars: usize,
    /// The character behind it; `None` at the end of the text.
    pub next: Option<char>,
}

/// Splits a text into [stretches](Stretch).
pub fn split_at_gaps(text: &str) -> impl Iterator<Item = Stretch<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (end, chars) = find_gap(rest.as_bytes());
        let (text, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let mut tail = tail.chars();
        let next = tail.next();
        rest = tail.as_str();
        Some(Stretch { text, chars, next })
    })
}

/// The text without its gaps: the white space and characters without width for which `is_gap` is true.
pub fn remove_gaps(text: &str, is_gap: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for Stretch { text, next, .. } in split_at_gaps(text) {
        out.push_str(text);
        out.extend(next.filter(|c| !is_gap(*c)));
    }
    out
}

/// The text with each run of white space as one space, without white space at its ends, and without the
/// characters for which `is_hidden` is true.
pub fn collapse_gaps(text: &str, is_hidden: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut apart = false;
    for Stretch { text, next, .. } in split_at_gaps(text) {
        let seen = next.filter(|c| !c.is_whitespace() && !is_hidden(*c));
        if !text.is_empty() || seen.is_some() {
            if apart && !out.is_empty() {
                out.push(' ');
            }
            apart = false;
            out.push_str(text);
            out.extend(seen);
        }
        apart |= next.is_some_and(char::is_whitespace);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::character_classes::is_zero_width;

    #[test]
    fn every_gap_is_found() {
        for c in '\0'..=char::MAX {
            let text = format!("甲{c}乙");
            let place = if c.is_whitespace() || is_zero_width(c) { 3 } else { text.len() };
            let (at, chars) = find_gap(text.as_bytes());
            assert!(at <= place, "{c:?} begins at {place}, not at {at}");
            assert_eq!(chars, text.get(..at).map_or(0, |head| head.chars().count()), "{c:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn gaps_are_removed_and_all_other_text_stays(text in "(\\PC|[ -~\u{ad}\u{200b}\u{3000}\u{feff}\u{ff0c}\u{fe0f}\u{202f}\n])*") {
            let is_gap = |c: char| c.is_whitespace() || is_zero_width(c);
            let one_by_one: String = text.chars().filter(|c| !is_gap(*c)).collect();
            assert_eq!(remove_gaps(&text, is_gap), one_by_one);
            let seen: String = text.chars().filter(|c| !is_zero_width(*c)).collect();
            let words: Vec<&str> = seen.split_whitespace().collect();
            assert_eq!(collapse_gaps(&text, is_zero_width), words.join(" "));
        }
    }
}
