//! The short way: an unchanged original is recognised without extracting its main text.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;

use super::ngram_index::Haystack;
use crate::text::{NormalForms, lexicon, normalize, sentence};

/// A text shorter than this proves nothing by standing in a page.
const MIN_LETTERS: usize = 6;
/// So many samples of so many letters say whether the page holds the text again.
const SAMPLES: usize = 8;
const SAMPLE: usize = 12;
/// How far around the text a correction is looked for, in bytes.
const NEIGHBOURHOOD: usize = 1500;

/// Whether the local text stands in the page's whole text, sentence by sentence, in order and
/// without anything between or beside it: then the original is unchanged, and what is in the lines
/// around it is furniture.
///
/// False says nothing: the long way decides. It is also false where a correction stands near the
/// text, since that is a change that leaves every sentence as it was, and where most of the text
/// stands there again: a reader's comment may quote the article as it was.
pub fn quick_equal(whole: &str, local: &str) -> bool {
    stands_in(&Haystack::new(whole, &NormalForms::default()), whole, &normalize::letters(local), local)
}

/// [`quick_equal`] with both normal forms made already.
pub(super) fn stands_in(page: &Haystack, whole: &str, wanted: &str, local: &str) -> bool {
    static MARKS: LazyLock<Vec<String>> =
        LazyLock::new(|| lexicon::built_in().correction_marks().map(normalize::letters).collect());
    if wanted.chars().nth(MIN_LETTERS - 1).is_none() {
        return false;
    }
    let Some(at) = page.find(wanted, 0) else { return false };
    let end = at + wanted.len();
    if !page.is_line(at) || !page.is_line(end) || stands_again(page.letters(), at..end, wanted) {
        return false;
    }
    let words = lexicon::built_in();
    let before = page.around(at.saturating_sub(NEIGHBOURHOOD), at);
    let after = page.around(end, end + NEIGHBOURHOOD);
    let suspicious = |text: &str| {
        let lower = text.to_lowercase();
        MARKS.iter().any(|mark| lower.contains(mark.as_str()))
    };
    if !suspicious(before) && !suspicious(after) {
        return true;
    }
    // The mark may be part of other words: judge by whole sentences.
    !sentence::sentences(whole)
        .into_iter()
        .filter_map(|range| whole.get(range))
        .any(|text| words.is_correction(text) && !local.contains(text))
}

/// Whether most samples of a text stand outside its own place, too.
fn stands_again(page: &str, place: Range<usize>, wanted: &str) -> bool {
    let outside = [page.get(..place.start), page.get(place.end..)].map(Option::unwrap_or_default);
    // The last sample ends with the text.
    let last = wanted.char_indices().rev().nth(SAMPLE - 1).map_or(0, |(at, _)| at);
    let again = (0..SAMPLES).filter(|n| {
        let mut from = last * n / (SAMPLES - 1);
        while !wanted.is_char_boundary(from) {
            from -= 1;
        }
        let tail = wanted.get(from..).unwrap_or_default();
        let end = tail.char_indices().nth(SAMPLE).map_or(tail.len(), |(at, _)| at);
        let sample = tail.get(..end).unwrap_or_default().as_bytes();
        let finder = memmem::Finder::new(sample);
        outside.iter().any(|text| finder.find(text.as_bytes()).is_some())
    });
    again.count() * 2 > SAMPLES
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: &str = "第一句话在这里。第二句话也在这里。\n第三句话有３个人，最後一句。";

    #[test]
    fn an_unchanged_text_is_recognised_behind_furniture() {
        let page = "首页\n新闻\n題目\n第一句話在這裡。\n第二句话也在这里。\n第三句话有3个人,最后一句。\n相关文章\n另一篇";
        assert!(quick_equal(page, LOCAL));
    }

    #[test]
    fn a_change_is_not_equal() {
        let page = "首页\n第一句话在这里。第二句话也在这里。第三句话有3个人，最后一句。\n尾";
        assert!(quick_equal(page, LOCAL));
        assert!(!quick_equal(&page.replace('3', "4"), LOCAL));
        assert!(!quick_equal(&page.replace("第三句", "插入的一句。第三句"), LOCAL));
        assert!(!quick_equal(&page.replace("尾", "更正：人数应为四人。"), LOCAL));
        assert!(quick_equal(&page.replace("尾", "更新换代的设备上市。"), LOCAL));
        assert!(!quick_equal(page, "太短。"));
    }

    #[test]
    fn what_stands_in_its_lines_or_again_is_left_to_the_long_way() {
        let page = format!("首页\n{LOCAL}\n尾");
        assert!(quick_equal(&page, LOCAL));
        assert!(!quick_equal(&page.replace("一句。", "一句。但后来取消了。"), LOCAL));
        assert!(!quick_equal(&page.replace("第一句", "市长辞职。第一句"), LOCAL));
        let quoted = format!("首页\n{}\n网友甲：\n{LOCAL}\n尾", LOCAL.replace('３', "4"));
        assert!(!quick_equal(&quoted, LOCAL));
        assert!(quick_equal("首页\n今天休息，明天开门。\n尾", "今天休息，明天开门。"));
    }
}
