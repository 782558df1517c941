//! Builds lines of text from the pieces of a page, with white space as a browser shows it.

use crate::markup;
use crate::unicode::whitespace::{Stretch, split_at_gaps};

/// Ends the line where an element with this name ends one.
pub(in crate::text) fn break_line(text: &mut String, name: &str) {
    if markup::is_block(name) && !text.is_empty() && !text.ends_with('\n') {
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
}

/// Appends preformatted text, whose line ends count, and returns how many characters it has, white
/// space not counted.
pub(in crate::text) fn push_lines(out: &mut String, text: &str) -> usize {
    let mut chars = 0;
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            break_line(out, "br");
        }
        chars += push_text(out, line);
    }
    chars
}

/// Appends text with runs of white space as one blank, and returns how many characters it has, white
/// space not counted.
pub(in crate::text) fn push_text(out: &mut String, text: &str) -> usize {
    let mut count = 0;
    // Most of a page is text between two gaps, which is copied in one piece.
    for Stretch { text, chars, next } in split_at_gaps(text) {
        out.push_str(text);
        count += chars;
        let Some(c) = next else { break };
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        } else if !is_break_mark(c) {
            out.push(c);
            count += 1;
        }
    }
    count
}

/// Whether a mark only says where a line may break: soft hyphen, zero-width space, word joiner,
/// byte order mark.
fn is_break_mark(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// The lines of a text with white space collapsed, without empty ones.
pub(in crate::text) fn split_lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [`push_text`], a character at a time.
    fn pushed(text: &str) -> (String, usize) {
        let (mut out, mut chars) = (String::new(), 0);
        for c in text.chars().filter(|c| !is_break_mark(*c)) {
            if c.is_whitespace() {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            } else {
                out.push(c);
                chars += 1;
            }
        }
        (out, chars)
    }

    fn agrees(text: &str) {
        let mut out = String::new();
        let chars = push_text(&mut out, text);
        assert_eq!((out, chars), pushed(text), "{text:?}");
    }

    #[test]
    fn every_character_is_pushed_as_it_is_or_as_a_gap() {
        for c in ('\0'..=char::MAX).step_by(1) {
            // Every character whose bytes are examined, and a sample of the others.
            if u32::from(c) < 0x4000 || (0xfe00..=0x1_0000).contains(&u32::from(c)) || u32::from(c) % 997 == 0
            {
                agrees(&format!("甲{c}a{c}{c}乙"));
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_pushed_as_if_a_character_at_a_time(text in "\\PC*|[ -~\u{80}-\u{2100}\u{3000}-\u{3010}\u{feff}\u{ff0c}\n\t]*") {
            agrees(&text);
        }
    }
}
