//! The quick comparison: recognises an unchanged original without extracting its main text.
//!
//! Most pages have not changed, and extraction costs far more than a search in the visible text.

use std::ops::Range;

use memchr::memmem;

use super::compare_rules::CompareRules;
use super::comparison::{Comparison, DriftClass};
use super::haystack::{Haystack, find_places};
use super::title::has_correction_mark;
use crate::text::{Lexicon, NormalForms, PageText, TextRules, normalize, sentence};

/// A text of fewer letters may be in a page by chance.
const MIN_LETTERS: usize = 6;
/// How many samples of the text are looked for elsewhere in the page, to see whether it holds the text
/// twice.
const SAMPLES: usize = 8;
/// The length of a sample in letters.
const SAMPLE_LENGTH: usize = 12;
/// How far around the text a correction is looked for, in bytes of the normal form.
const NEIGHBOURHOOD: usize = 1500;
/// Longer lines that hold a title are no title, in bytes.
const LONGEST_TITLE_LINE: usize = 400;
/// A page has other text around a copy that is less than this share of its visible text.
const NOISE_SHARE: f64 = 0.97;

/// Whether the local text is in the page's whole text, sentence by sentence, in order and
/// without anything between or beside it. Then the original is unchanged, and the lines around it are
/// boilerplate.
///
/// False proves nothing: the full comparison decides. It is also false where a correction is near
/// the text, since that is a change that leaves every sentence as it was, and where most of the text
/// is in the page twice, since a reader's comment may quote the article as it was.
pub fn is_verbatim_in_page(whole: &str, local: &str) -> bool {
    let haystack = Haystack::new(whole, &NormalForms::default());
    let words = TextRules::built_in().lexicon();
    holds_unchanged(&haystack, whole, &normalize::full_normal_form(local), local, words)
}

/// [`is_verbatim_in_page`] with both normal forms made already.
fn holds_unchanged(page: &Haystack, whole: &str, wanted: &str, local: &str, words: &Lexicon) -> bool {
    if wanted.chars().nth(MIN_LETTERS - 1).is_none() {
        return false;
    }
    let Some(at) = page.find_whole(wanted, 0) else { return false };
    let end = at + wanted.len();
    if !page.is_line_break(at)
        || !page.is_line_break(end)
        || page_holds_twice(page.letters(), at..end, wanted)
    {
        return false;
    }
    let before = page.slice_between(at.saturating_sub(NEIGHBOURHOOD), at);
    let after = page.slice_between(end, end + NEIGHBOURHOOD);
    let has_mark = |text: &str| words.may_hold_correction(&text.to_lowercase());
    if !has_mark(before) && !has_mark(after) {
        return true;
    }
    // The mark may be part of other words, so whole sentences decide.
    !sentence::sentence_ranges(whole)
        .filter_map(|range| whole.get(range))
        .any(|text| words.is_correction(text) && !local.contains(text))
}

/// Whether most samples of a text are also found outside its own place.
fn page_holds_twice(page: &str, place: Range<usize>, wanted: &str) -> bool {
    let outside = [page.get(..place.start), page.get(place.end..)].map(Option::unwrap_or_default);
    // The last sample ends with the text.
    let last = wanted.char_indices().rev().nth(SAMPLE_LENGTH - 1).map_or(0, |(at, _)| at);
    let found = (0..SAMPLES).filter(|n| {
        let mut from = last * n / (SAMPLES - 1);
        while !wanted.is_char_boundary(from) {
            from -= 1;
        }
        let tail = wanted.get(from..).unwrap_or_default();
        let end = tail.char_indices().nth(SAMPLE_LENGTH).map_or(tail.len(), |(at, _)| at);
        let sample = tail.get(..end).unwrap_or_default().as_bytes();
        let finder = memmem::Finder::new(sample);
        outside.iter().any(|text| finder.find(text.as_bytes()).is_some())
    });
    found.count() * 2 > SAMPLES
}

/// The place of a copy that is in a page letter by letter and in lines of its own, as most unchanged
/// copies do. The normal form of these lines is then the copy's.
fn find_verbatim_lines(whole: &str, body: &str) -> Option<Range<usize>> {
    let at = find_places(whole, body).next().filter(|_| normalize::begins_with_base_char(body))?;
    let end = at + body.len();
    let line_before = whole.get(..at)?.is_empty() || whole.get(..at)?.ends_with('\n');
    let line_after = whole.get(end..)?.is_empty() || whole.get(end..)?.starts_with('\n');
    (line_before && line_after).then_some(at..end)
}

/// Whether a line that shows the title says that the text was withdrawn or corrected, and the copy's title does
/// not.
fn shows_marked_title(whole: &str, local: &PageText, rules: &CompareRules) -> bool {
    let marks = &rules.key_changes.title_marks;
    let title = local.title.trim();
    // A mark of the copy's own is in the title that the page holds.
    if title.is_empty() || has_correction_mark(title, marks) {
        return false;
    }
    let short = || whole.lines().filter(|line| line.len() < LONGEST_TITLE_LINE);
    let mut as_written = short().filter(|line| line.contains(title)).peekable();
    if as_written.peek().is_some() {
        return as_written.any(|line| has_correction_mark(line, marks));
    }
    let letters = normalize::full_normal_form(title);
    let is_title = |line: &&str| normalize::full_normal_form(line).contains(&letters);
    short().filter(is_title).any(|line| has_correction_mark(line, marks))
}

/// The comparison of a page with a local copy that is in it whole, title and all; `None` where only
/// an extraction of the main text can decide.
pub fn compare_verbatim(whole: &str, local: &PageText, rules: &CompareRules) -> Option<Comparison> {
    let body = local.text();
    compare_verbatim_folded(whole, local, &body, &normalize::full_normal_form(&body), rules)
}

/// [`compare_verbatim`] where `body`, the copy's text, and `folded`, its normal form, are known already.
pub fn compare_verbatim_folded(
    whole: &str,
    local: &PageText,
    body: &str,
    folded: &str,
    rules: &CompareRules,
) -> Option<Comparison> {
    let forms = NormalForms::default();
    let verbatim = find_verbatim_lines(whole, body);
    let haystack = match &verbatim {
        Some(place) => Haystack::around_known_lines(whole, &forms, place.clone(), folded),
        None => Haystack::new(whole, &forms),
    };
    if !holds_unchanged(&haystack, whole, folded, body, rules.text.lexicon()) {
        return None;
    }
    let page = haystack.letters();
    if !page.contains(&normalize::full_normal_form(&local.title)) || shows_marked_title(whole, local, rules) {
        return None;
    }
    let as_written = verbatim.is_some()
        || find_places(&normalize::without_spacing(whole), &normalize::without_spacing(body))
            .next()
            .is_some();
    let chars = |text: &str| bytecount::num_chars(text.as_bytes());
    let share = chars(folded) as f64 / chars(page).max(1) as f64;
    Some(Comparison {
        reason: None,
        class: if as_written { DriftClass::Identical } else { DriftClass::Cosmetic },
        missing_from: None,
        local_in_original: 1.0,
        original_in_local: share.min(1.0),
        changed_sentences: 0,
        noise: share < NOISE_SHARE,
        title_changed: false,
        key_changes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOCAL: &str = "第一句话在这里。第二句话也在这里。\n第三句话有３个人，最後一句。";

    #[test]
    fn an_unchanged_text_is_recognised_behind_boilerplate() {
        let page = "首页\n新闻\n題目\n第一句話在這裡。\n第二句话也在这里。\n第三句话有3个人,最后一句。\n相关文章\n另一篇";
        assert!(is_verbatim_in_page(page, LOCAL));
    }

    #[test]
    fn a_changed_text_is_not_verbatim() {
        let page = "首页\n第一句话在这里。第二句话也在这里。第三句话有3个人，最后一句。\n尾";
        assert!(is_verbatim_in_page(page, LOCAL));
        assert!(!is_verbatim_in_page(&page.replace('3', "4"), LOCAL));
        assert!(!is_verbatim_in_page(&page.replace("第三句", "插入的一句。第三句"), LOCAL));
        assert!(!is_verbatim_in_page(&page.replace("尾", "更正：人数应为四人。"), LOCAL));
        assert!(is_verbatim_in_page(&page.replace("尾", "更新换代的设备上市。"), LOCAL));
        assert!(!is_verbatim_in_page(page, "太短。"));
    }

    #[test]
    fn a_text_with_company_in_its_lines_or_a_second_copy_needs_the_full_comparison() {
        let page = format!("首页\n{LOCAL}\n尾");
        assert!(is_verbatim_in_page(&page, LOCAL));
        assert!(!is_verbatim_in_page(&page.replace("一句。", "一句。但后来取消了。"), LOCAL));
        assert!(!is_verbatim_in_page(&page.replace("第一句", "市长辞职。第一句"), LOCAL));
        let quoted = format!("首页\n{}\n网友甲：\n{LOCAL}\n尾", LOCAL.replace('３', "4"));
        assert!(!is_verbatim_in_page(&quoted, LOCAL));
        assert!(is_verbatim_in_page("首页\n今天休息，明天开门。\n尾", "今天休息，明天开门。"));
    }

    #[test]
    fn a_copy_that_stands_whole_in_the_page_is_identical_or_cosmetic() {
        let local = PageText {
            title: "渡口通航".to_owned(),
            blocks: vec!["第一段写得很清楚，共有三艘船。".into(), "第二段也写得很清楚，没有人受伤。".into()],
            ..PageText::default()
        };
        let page = "首页\n渡口通航\n第一段写得很清楚，共有三艘船。\n第二段也写得很清楚，没有人受伤。\n相关新闻\n别的文章的题目";
        let same = compare_verbatim(page, &local, &CompareRules::default()).unwrap();
        assert_eq!((same.class, same.noise), (DriftClass::Identical, true));
        let other_script = page.replace("写得", "寫得");
        assert_eq!(
            compare_verbatim(&other_script, &local, &CompareRules::default()).unwrap().class,
            DriftClass::Cosmetic
        );
        assert!(compare_verbatim(&page.replace("三艘", "四艘"), &local, &CompareRules::default()).is_none());
        assert!(
            compare_verbatim(&page.replace("渡口通航", "渡口停航"), &local, &CompareRules::default())
                .is_none()
        );
        for marked in ["【已删除】渡口通航", "渡口通航（不实）", "WITHDRAWN: 渡口通航", "【已撤回】渡口通航"]
        {
            let page = page.replace("渡口通航", marked);
            assert!(compare_verbatim(&page, &local, &CompareRules::default()).is_none(), "{marked}");
        }
        for label in
            ["Korrektur: Es waren vier.", "Fe de errores: eran cuatro.", "Исправление: их было четыре."]
        {
            let page = page.replace("相关新闻", label);
            assert!(compare_verbatim(&page, &local, &CompareRules::default()).is_none(), "{label}");
        }
    }
}
