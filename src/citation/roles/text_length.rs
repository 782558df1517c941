//! How long a text may be to count as a label, an item or a name, and what tells prose from them.

use crate::archive::rule_phrase;
use crate::unicode::character_classes::is_sentence_end;

/// A text between a label and its link above this weight is prose.
pub(super) const LONGEST_GAP: usize = 80;

/// A lone weak label or picture credit without a colon, or the name behind a weak one, is no wider.
pub(super) const LONE_LABEL: usize = 16;

/// What sets a label off from what it names.
pub(super) const COLONS: [char; 5] = [':', '：', '︰', '丨', '｜'];

/// Own text of a row above this weight is prose, not a list's item, in half-width letters.
pub(super) const LONGEST_ITEM: usize = 200;

/// An entry with a number may name many authors, but it ends somewhere; in half-width letters.
pub(super) const LONGEST_ENTRY: usize = 3 * LONGEST_ITEM;

/// Whether a line starts with a number as a list's entries do: "[1]", "①", "（2）", "3、".
pub(super) fn is_numbered(text: &str) -> bool {
    let text = text.trim_start();
    let rest = text.trim_start_matches(['[', '(', '（', '【', '［']);
    let behind = rest.trim_start_matches(char::is_numeric);
    let digits = rest.len() - behind.len();
    let circled = rest.starts_with(|c: char| matches!(u32::from(c), 0x2460..=0x249B | 0x2776..=0x2793));
    circled
        || ((1..=3).contains(&digits) && behind.starts_with(['.', '．', '、', ')', '）', ']', '】', '］']))
}

/// Whether the text between two links is prose, not a joint or a name.
pub(super) fn is_prose(text: &str) -> bool {
    let width = rule_phrase::text_weight(text);
    width > LONGEST_GAP || (width > 16 && text.contains(is_sentence_end))
}

/// Whether a text is so long a sentence that no list's item holds it.
pub(super) fn is_sentence(text: &str) -> bool {
    let weight = rule_phrase::text_weight(text);
    weight > LONGEST_ITEM || (weight > LONGEST_GAP && text.contains(['。', '！', '？']))
}
