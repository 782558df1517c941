//! The article in a page that is too large for a tree: the lines between the first and the last that
//! its local copy knows.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::text::{lexicon, normalize, sentence};

/// Sentences shorter than this stand everywhere.
const MIN_LETTERS: usize = 6;
/// A page that holds a smaller share of the copy's sentences is not read by it.
const MIN_HELD: f64 = 0.2;

/// The hash of a sentence in its normal form, and its length; none where it is too short to tell.
fn hashes(text: &str) -> impl Iterator<Item = (u64, usize)> + '_ {
    sentence::sentences(text).into_iter().filter_map(|range| {
        let letters = normalize::letters(text.get(range)?);
        let length = letters.chars().count();
        let mut hasher = DefaultHasher::new();
        letters.hash(&mut hasher);
        (length >= MIN_LETTERS).then(|| (hasher.finish(), length))
    })
}

/// The lines of a page's visible text that are the article; empty where the page does not hold enough
/// of the guide. Linear in both.
pub fn extract(visible: &str, guide: &str) -> Vec<String> {
    let wanted: HashSet<u64> = hashes(guide).map(|(hash, _)| hash).collect();
    let mut found: HashSet<u64> = HashSet::new();
    let lines: Vec<&str> = visible.lines().collect();
    let known: Vec<bool> = lines
        .iter()
        .map(|line| {
            let (mut held, mut all) = (0, 0);
            for (hash, length) in hashes(line) {
                all += length;
                if wanted.contains(&hash) {
                    held += length;
                    found.insert(hash);
                }
            }
            all > 0 && held * 2 >= all
        })
        .collect();
    if wanted.is_empty() || (found.len() as f64) < MIN_HELD * wanted.len() as f64 {
        return Vec::new();
    }
    let first = known.iter().position(|known| *known).unwrap_or(0);
    let last = known.iter().rposition(|known| *known).unwrap_or(0);
    lines
        .into_iter()
        .enumerate()
        .filter(|(at, line)| (first..=last).contains(at) || lexicon::built_in().is_correction(line))
        .map(|(_, line)| line.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_the_copy_knows_and_those_between_them() {
        let copy = "第一段讲的是天气很好。\n第二段讲的是有三艘船。\n第三段讲的是活动结束。";
        let page = "首页\n第一段讲的是天气很好。\n第二段讲的是有五艘船。\n第三段讲的是活动结束。\n另一篇文章的题目\n更正：船数有误。";
        assert_eq!(
            extract(page, copy),
            [
                "第一段讲的是天气很好。",
                "第二段讲的是有五艘船。",
                "第三段讲的是活动结束。",
                "更正：船数有误。"
            ]
        );
        assert!(extract("完全是别的文章，讲的是别的事情。", copy).is_empty());
        assert!(extract("", "").is_empty());
    }
}
