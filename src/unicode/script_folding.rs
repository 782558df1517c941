//! Script folding: one representative for each class of characters that differ only in script.
//!
//! Simplified, traditional, regional and Japanese forms of one character are *equivalent* here;
//! nothing is converted for display. The table is derived from `OpenCC`'s character tables
//! (Apache-2.0); phrase rules are left out on purpose, since they make equality depend on context.

use std::collections::HashMap;
use std::sync::LazyLock;

const CLASSES: &str = include_str!("../../config/script-classes.txt");

/// First and last character of the block that is looked up by index: CJK unified ideographs.
const DENSE: std::ops::RangeInclusive<u32> = 0x4E00..=0x9FFF;

struct Table {
    dense: Vec<char>,
    sparse: HashMap<char, char>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
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
    Table { dense, sparse }
});

/// The representative of a character's class: the character itself where it stands alone.
pub fn fold(c: char) -> char {
    let code = u32::from(c);
    if code < *DENSE.start() && code < 0x3400 {
        return c;
    }
    if DENSE.contains(&code) {
        return ideographs().fold(c);
    }
    TABLE.sparse.get(&c).copied().unwrap_or(c)
}

/// The representatives of the ideographs from U+4E00 to U+9FFF, for those who fold many.
#[derive(Clone, Copy)]
pub struct Ideographs(&'static [char]);

/// [`fold`]'s table of them.
pub fn ideographs() -> Ideographs {
    Ideographs(&TABLE.dense)
}

impl Ideographs {
    /// [`fold`], for these alone: any other character is left as it is.
    #[inline]
    pub fn fold(self, c: char) -> char {
        let place = u32::from(c).wrapping_sub(*DENSE.start());
        self.0.get(place as usize).copied().unwrap_or(c)
    }
}

/// [`fold`] over a whole string.
pub fn fold_str(text: &str) -> String {
    text.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_meet_and_other_text_stays() {
        assert_eq!(fold_str("轉載自GNews 資料來源"), fold_str("转载自GNews 资料来源"));
        assert_eq!(fold_str("台灣臺灣"), fold_str("台湾台湾"));
        assert_eq!(fold_str("plain 123 かな 不"), "plain 123 かな 不");
        assert_ne!(fold('不'), fold('是'));
    }
}
