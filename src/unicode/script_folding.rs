//! Folds characters that differ only in script to one representative.
//!
//! Simplified, traditional, regional and Japanese forms of a character are equivalent here; nothing is
//! converted for display. The table is derived from the character tables of `OpenCC` (Apache-2.0). Its
//! phrase rules are left out, because they would make equality depend on context.

use std::collections::HashMap;
use std::sync::LazyLock;

const CLASSES: &str = include_str!("../../config/script-classes.txt");

/// The first and last character of the block that is looked up by index: the CJK unified ideographs.
const DENSE: std::ops::RangeInclusive<u32> = 0x4E00..=0x9FFF;

/// The Arabic block, of which the file has a few classes, too.
const ARABIC: std::ops::RangeInclusive<u32> = 0x0600..=0x06FF;

struct FoldingTable {
    dense: Vec<char>,
    sparse: HashMap<char, char>,
}

static TABLE: LazyLock<FoldingTable> = LazyLock::new(|| {
    let mut dense: Vec<char> = DENSE.filter_map(char::from_u32).collect();
    let mut sparse = HashMap::new();
    for line in CLASSES.lines().filter(|line| !line.starts_with('#')) {
        let mut members = line.chars();
        let Some(first) = members.next() else { continue };
        for member in members {
            if DENSE.contains(&u32::from(member)) {
                dense[(u32::from(member) - DENSE.start()) as usize] = first;
            } else {
                sparse.insert(member, first);
            }
        }
    }
    FoldingTable { dense, sparse }
});

/// The representative of a character's class, or the character itself if it is in no class.
pub fn fold_char(c: char) -> char {
    let code = u32::from(c);
    if code < 0x3400 && !ARABIC.contains(&code) {
        return c;
    }
    if DENSE.contains(&code) {
        return ideograph_table().fold(c);
    }
    TABLE.sparse.get(&c).copied().unwrap_or(c)
}

/// The representatives of the ideographs from U+4E00 to U+9FFF, for code that folds many characters.
#[derive(Clone, Copy)]
pub struct IdeographTable(&'static [char]);

/// The table of [`fold_char`] for ideographs.
pub fn ideograph_table() -> IdeographTable {
    IdeographTable(&TABLE.dense)
}

impl IdeographTable {
    /// Folds an ideograph; any other character is returned as it is.
    #[inline]
    pub fn fold(self, c: char) -> char {
        let place = u32::from(c).wrapping_sub(*DENSE.start());
        self.0.get(place as usize).copied().unwrap_or(c)
    }
}

/// Applies [`fold_char`] to a whole string.
pub fn fold_text(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_variants_are_folded_and_other_text_stays() {
        assert_eq!(fold_text("轉載自GNews 資料來源"), fold_text("转载自GNews 资料来源"));
        assert_eq!(fold_text("台灣臺灣"), fold_text("台湾台湾"));
        assert_eq!(fold_text("plain 123 かな 不"), "plain 123 かな 不");
        for (a, b) in [
            ("傢具用品", "家具用品"),
            ("傢俱", "家具"),
            ("沈沒的船", "沉没的船"),
            ("祇有一艘船", "只有一艘船"),
            ("薰衣草和寳物", "薰衣草和宝物"),
            ("煑飯", "煮饭"),
            ("剩餘的糕餅", "賸余的糕饼"),
            ("علی", "علي"),
        ] {
            assert_eq!(fold_text(a), fold_text(b), "{a} {b}");
        }
        assert_ne!(fold_char('不'), fold_char('是'));
        assert_ne!(fold_text("إلى"), fold_text("على"));
    }
}
