//! Defines how long a text may be to count as a label, an item or a name.

use crate::archive::rule_phrase;
use crate::unicode::character_classes::is_sentence_end;

/// A longer text between a label and its link is prose, in half-width letters.
pub(super) const LONGEST_GAP: usize = 80;

/// The longest weak label or picture credit without a colon, and the longest name behind a weak label, in
/// half-width letters.
pub(super) const LONE_LABEL: usize = 16;

/// The marks between a label and what it labels.
pub(super) const COLONS: [char; 5] = [':', '：', '︰', '丨', '｜'];

/// A row with more text outside of links is prose rather than an item of a list, in half-width letters.
pub(super) const LONGEST_ITEM: usize = 200;

/// The longest numbered entry, which may name many authors, in half-width letters.
pub(super) const LONGEST_ENTRY: usize = 3 * LONGEST_ITEM;

/// Whether a line starts with a number as the entries of a list do: `[1]`, "①", "（2）", "3、".
pub(super) fn is_numbered(text: &str) -> bool {
    let text = text.trim_start();
    let rest = text.trim_start_matches(['[', '(', '（', '【', '［']);
    let behind = rest.trim_start_matches(char::is_numeric);
    let digits = rest.len() - behind.len();
    let circled = rest.starts_with(|c: char| matches!(u32::from(c), 0x2460..=0x249B | 0x2776..=0x2793));
    circled
        || ((1..=3).contains(&digits) && behind.starts_with(['.', '．', '、', ')', '）', ']', '】', '］']))
}

/// Whether the text between two links is prose rather than a conjunction or a name.
pub(super) fn is_prose(text: &str) -> bool {
    let width = rule_phrase::text_weight(text);
    width > LONGEST_GAP || (width > 16 && text.contains(is_sentence_end))
}

/// Whether a text is a sentence too long for an item of a list.
pub(super) fn is_sentence(text: &str) -> bool {
    let weight = rule_phrase::text_weight(text);
    weight > LONGEST_ITEM || (weight > LONGEST_GAP && text.contains(['。', '！', '？']))
}

/// Whether the text of a row beside its links says something of its own, and is no label or title.
pub(super) fn says_something(text: &str) -> bool {
    let weight = rule_phrase::text_weight(text);
    let ends_within =
        text.trim_end().trim_end_matches('.').contains(". ") || text.contains(['。', '！', '？']);
    weight > LONGEST_GAP || (weight > 2 * LONE_LABEL && ends_within)
}
