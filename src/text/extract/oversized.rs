//! Extracts the article from a page that is too large for a tree: the lines between the first and the last
//! that its local copy has, or between its first and its last sentence.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::text::prose::{ends_sentence, text_width};
use crate::text::{TextRules, normalize, sentence};

/// Sentences with fewer letters are on every page.
const MIN_LETTERS: usize = 6;
/// A page that holds a smaller share of the copy's sentences is not read by it.
const MIN_HELD: f64 = 0.2;
/// A narrower line is no sentence; see [`text_width`].
const MIN_PROSE_WIDTH: usize = 60;

/// The hash and the length of each sentence in normal form, without those that are too short.
fn hash_sentences(text: &str) -> impl Iterator<Item = (u64, usize)> + '_ {
    sentence::sentence_ranges(text).filter_map(|range| {
        let letters = normalize::full_normal_form(text.get(range)?);
        let length = letters.chars().count();
        let mut hasher = DefaultHasher::new();
        letters.hash(&mut hasher);
        (length >= MIN_LETTERS).then(|| (hasher.finish(), length))
    })
}

/// The lines of a page's visible text that are the article; empty where the page does not hold enough
/// of the guide. It takes time linear in both.
pub fn extract_from_lines(visible: &str, guide: &str, rules: &TextRules) -> Vec<String> {
    let wanted: HashSet<u64> = hash_sentences(guide).map(|(hash, _)| hash).collect();
    let mut found: HashSet<u64> = HashSet::new();
    let lines: Vec<&str> = visible.lines().collect();
    let is_of_copy: Vec<bool> = lines
        .iter()
        .map(|line| {
            let (mut held, mut all) = (0, 0);
            for (hash, length) in hash_sentences(line) {
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
    let first = is_of_copy.iter().position(|is_of_copy| *is_of_copy).unwrap_or(0);
    let last = is_of_copy.iter().rposition(|is_of_copy| *is_of_copy).unwrap_or(0);
    lines
        .into_iter()
        .enumerate()
        .filter(|(at, line)| (first..=last).contains(at) || rules.lexicon().is_correction(line))
        .map(|(_, line)| line.to_owned())
        .collect()
}

/// The lines of a page's visible text from its first sentence to its last.
pub fn prose_lines(visible: &str) -> Vec<String> {
    let lines: Vec<&str> = visible.lines().collect();
    let is_prose = |line: &&str| text_width(line) >= MIN_PROSE_WIDTH && ends_sentence(line);
    let Some(first) = lines.iter().position(is_prose) else { return Vec::new() };
    let last = lines.iter().rposition(is_prose).unwrap_or(first);
    lines.get(first..=last).unwrap_or_default().iter().map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_copy_and_lines_between_them_are_the_article() {
        let copy = "第一段讲的是天气很好。\n第二段讲的是有三艘船。\n第三段讲的是活动结束。";
        let page = "首页\n第一段讲的是天气很好。\n第二段讲的是有五艘船。\n第三段讲的是活动结束。\n另一篇文章的题目\n更正：船数有误。";
        assert_eq!(
            extract_from_lines(page, copy, TextRules::built_in()),
            [
                "第一段讲的是天气很好。",
                "第二段讲的是有五艘船。",
                "第三段讲的是活动结束。",
                "更正：船数有误。"
            ]
        );
        assert!(
            extract_from_lines("完全是别的文章，讲的是别的事情。", copy, TextRules::built_in()).is_empty()
        );
        assert!(extract_from_lines("", "", TextRules::built_in()).is_empty());
    }

    #[test]
    fn without_a_copy_the_text_is_from_the_first_sentence_to_the_last() {
        let sentence = "The ferry crossed the river twice a day for as long as anyone there could remember.";
        let page = format!("Home\nSign in\n{sentence}\nA table\n{sentence}\nAbout us");
        assert_eq!(prose_lines(&page), [sentence, "A table", sentence]);
        assert!(prose_lines("Home\nSign in").is_empty());
    }
}
