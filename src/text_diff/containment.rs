//! What a local copy can say of a page without the page's main text being known: how much of it
//! stands there, and whether all of it does.

use std::ops::Range;

use super::ngram_index::{Haystack, occurrences};
use super::verbatim::stands_in;
use super::{Comparison, DriftClass};
use crate::text::{NormalForms, PageText, normalize};

/// Characters a shingle.
const GRAM: usize = 5;

/// Sorted and without twins: for texts of a page's size quicker than a table.
fn shingles(letters: &str) -> Vec<u64> {
    let letters: Vec<char> = letters.chars().collect();
    let mut shingles: Vec<u64> = letters.windows(GRAM).map(crate::text::gram_hash).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// The share of a local copy's 5-grams that stand anywhere in a page's visible text, 0 to 1. Both
/// are taken in normal form. A copy shorter than a shingle holds nothing: 0.
pub fn containment(local: &str, page: &str) -> f64 {
    let wanted = shingles(&normalize::letters(local));
    if wanted.is_empty() {
        return 0.0;
    }
    let there = shingles(&normalize::letters(page));
    let found = wanted.iter().filter(|gram| there.binary_search(gram).is_ok()).count();
    found as f64 / wanted.len() as f64
}

/// Where a copy stands in a page letter by letter and in lines of its own, as most unchanged ones do: then
/// the normal form of these lines is the copy's.
fn lines_of(whole: &str, body: &str) -> Option<Range<usize>> {
    let at = occurrences(whole, body).next().filter(|_| normalize::begins_afresh(body))?;
    let end = at + body.len();
    let line_before = whole.get(..at)?.is_empty() || whole.get(..at)?.ends_with('\n');
    let line_after = whole.get(end..)?.is_empty() || whole.get(end..)?.starts_with('\n');
    (line_before && line_after).then_some(at..end)
}

/// The comparison of a page with a local copy that stands in it whole, title and all; none where the
/// main text has to be extracted to know.
pub fn quick_compare(whole: &str, local: &PageText) -> Option<Comparison> {
    let body = local.text();
    quick_compare_folded(whole, local, &body, &normalize::letters(&body))
}

/// [`quick_compare`] where `body`, the copy's text, and `copy`, that in normal form, are known already.
pub fn quick_compare_folded(whole: &str, local: &PageText, body: &str, copy: &str) -> Option<Comparison> {
    let forms = NormalForms::default();
    let verbatim = lines_of(whole, body);
    let haystack = match &verbatim {
        Some(place) => Haystack::around_lines(whole, &forms, place.clone(), copy),
        None => Haystack::new(whole, &forms),
    };
    if !stands_in(&haystack, whole, copy, body) {
        return None;
    }
    let page = haystack.letters();
    if !page.contains(&normalize::letters(&local.title)) {
        return None;
    }
    let as_written =
        verbatim.is_some() || occurrences(&normalize::bare(whole), &normalize::bare(body)).next().is_some();
    let chars = |text: &str| bytecount::num_chars(text.as_bytes());
    let share = chars(copy) as f64 / chars(page).max(1) as f64;
    Some(Comparison {
        class: if as_written { DriftClass::Identical } else { DriftClass::Cosmetic },
        missing_from: None,
        local_in_original: 1.0,
        original_in_local: share.min(1.0),
        changed_sentences: 0,
        noise: share < 0.97,
        title_changed: false,
        telling: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn local() -> PageText {
        PageText {
            title: "渡口通航".to_owned(),
            blocks: vec![
                "第一段写得很清楚，共有三艘船。".to_owned(),
                "第二段也写得很清楚，没有人受伤。".to_owned(),
            ],
            ..PageText::default()
        }
    }

    #[test]
    fn a_copy_that_stands_whole_in_the_page_is_identical_or_cosmetic() {
        let page = "首页\n渡口通航\n第一段写得很清楚，共有三艘船。\n第二段也写得很清楚，没有人受伤。\n相关新闻\n别的文章的题目";
        let same = quick_compare(page, &local()).unwrap();
        assert_eq!((same.class, same.noise), (DriftClass::Identical, true));
        let other_script = page.replace("写得", "寫得");
        assert_eq!(quick_compare(&other_script, &local()).unwrap().class, DriftClass::Cosmetic);
        assert!(quick_compare(&page.replace("三艘", "四艘"), &local()).is_none());
        assert!(quick_compare(&page.replace("渡口通航", "渡口停航"), &local()).is_none());
    }

    #[test]
    fn containment_is_directional() {
        let body = local().text();
        let page = format!("很多别的文字在前面。{body}也有很多别的文字在后面。");
        assert!((containment(&body, &page) - 1.0).abs() < f64::EPSILON);
        assert!(containment(&page, &body) < 0.8);
        assert!(containment("短", &page).abs() < f64::EPSILON);
    }
}
