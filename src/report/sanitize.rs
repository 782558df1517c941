//! Makes text from outside safe for a terminal.
//!
//! A label, a URL or a path may hold escape sequences that repaint the screen, line breaks that fake a
//! line of a report, or characters that reverse the order in which the rest is read (Unicode Standard
//! Annex 9; "Trojan Source", CVE-2021-42574).
//!
//! A name and password in a URL become `***` on the way, so that no message shows them.

use std::borrow::Cow;

use crate::model::mask_credentials;

/// Makes one safe line: control and reordering characters are removed, and line breaks and tabs become
/// single spaces.
pub fn one_line(text: &str) -> Cow<'_, str> {
    mask_clean(clean_line(text))
}

/// Masks credentials in a text that is clean already: what was removed from it cannot hide them.
fn mask_clean(text: Cow<'_, str>) -> Cow<'_, str> {
    if let Cow::Owned(masked) = mask_credentials(&text) {
        return Cow::Owned(masked);
    }
    text
}

fn clean_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_hostile(c) || is_line_break(c)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for c in strip_sequences(text).chars() {
        if is_line_break(c) {
            if !clean.ends_with(' ') {
                clean.push(' ');
            }
        } else if !is_hostile(c) {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

/// Makes several safe lines: like [`one_line`], but line feeds and tabs stay.
pub fn text_block(text: &str) -> Cow<'_, str> {
    mask_clean(clean_block(text))
}

fn clean_block(text: &str) -> Cow<'_, str> {
    let keep = |c: char| matches!(c, '\n' | '\t');
    if !text.chars().any(|c| is_hostile(c) && !keep(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(strip_sequences(text).chars().filter(|&c| keep(c) || !is_hostile(c)).collect())
}

/// Cuts a text to this many characters, of which the last is `…` if anything was cut.
pub fn shorten_text(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    Cow::Owned(short)
}

/// Line and paragraph breaks and tabs.
pub(super) fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Control characters (C0, DEL, C1), and characters that change the reading order or are invisible.
pub(super) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Removes escape sequences as a whole, so that their parameters do not stay behind as text (ECMA-48:
/// CSI, and the strings OSC, DCS, SOS, PM and APC up to their end).
fn strip_sequences(text: &str) -> Cow<'_, str> {
    if !text.contains(['\u{1b}', '\u{90}', '\u{98}', '\u{9b}', '\u{9d}', '\u{9e}', '\u{9f}']) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let introducer = match c {
            '\u{1b}' => rest.next_if(|next| matches!(next, '\u{40}'..='\u{5f}')),
            '\u{90}' | '\u{98}' | '\u{9b}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => {
                u32::from(c).checked_sub(0x40).and_then(char::from_u32)
            }
            _ => {
                clean.push(c);
                continue;
            }
        };
        match introducer {
            Some('[') => {
                while rest.next_if(|next| matches!(next, '\u{20}'..='\u{3f}')).is_some() {}
                rest.next_if(|next| matches!(next, '\u{40}'..='\u{7e}'));
            }
            Some('P' | 'X' | ']' | '^' | '_') => {
                // An unterminated string ends at the end of its line, so it cannot hide the rest of a
                // page.
                while let Some(next) = rest.next_if(|next| !matches!(next, '\n' | '\r')) {
                    if matches!(next, '\u{7}' | '\u{9c}') {
                        break;
                    }
                    if next == '\u{1b}' && rest.next_if_eq(&'\\').is_some() {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_is_not_touched() {
        let text = "轉載自 GNews – “quoted” ½ e\u{301}";
        assert!(matches!(one_line(text), Cow::Borrowed(_)));
        assert!(matches!(text_block(text), Cow::Borrowed(_)));
    }

    #[test]
    fn escape_sequences_leave_nothing_behind() {
        assert_eq!(one_line("a\u{1b}[31;1mred\u{1b}[0m b"), "ared b");
        assert_eq!(one_line("\u{1b}]0;title\u{7}x\u{1b}]8;;http://e.example\u{1b}\\y"), "xy");
        assert_eq!(one_line("\u{9b}2Jx"), "x");
        assert_eq!(text_block("\u{1b}]never ends\nsecond"), "\nsecond");
    }

    #[test]
    fn a_label_cannot_fake_a_line() {
        assert_eq!(one_line("ok\r\nerror: all is lost\u{2028}x"), "ok error: all is lost x");
    }

    #[test]
    fn reading_order_cannot_be_reversed() {
        assert_eq!(one_line("a\u{202e}b\u{2066}c\u{200f}d\u{feff}"), "abcd");
    }

    #[test]
    fn a_name_and_password_are_not_shown() {
        assert_eq!(one_line("a\nhttp://u:secret@a.example/x"), "a http://***@a.example/x");
        assert_eq!(one_line("http://u:sec\u{1b}[0m\u{200b}ret@a.example/x"), "http://***@a.example/x");
        assert_eq!(text_block("http://u:secret@a.example/x\n"), "http://***@a.example/x\n");
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shorten_text("一二三四五", 4), "一二三…");
        assert_eq!(shorten_text("一二三四", 4), "一二三四");
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left(text in any::<String>()) {
            prop_assert!(!one_line(&text).chars().any(|c| is_hostile(c) || is_line_break(c)));
            prop_assert!(!text_block(&text).chars().any(|c| is_hostile(c) && c != '\n' && c != '\t'));
        }
    }
}
