//! Measures how much of a local copy is anywhere in a page, without extracting the page's main text.

use crate::text::ngrams::sorted_ngrams;
use crate::text::normalize;

/// The share of a local copy's distinct 5-grams that are anywhere in a page's visible text, 0 to 1.
/// Both are taken in normal form. For a copy shorter than a 5-gram the share is 0.
pub fn containment(local: &str, page: &str) -> f64 {
    let wanted = sorted_ngrams(&normalize::full_normal_form(local));
    if wanted.is_empty() {
        return 0.0;
    }
    let in_page = sorted_ngrams(&normalize::full_normal_form(page));
    let found = wanted.iter().filter(|ngram| in_page.binary_search(ngram).is_ok()).count();
    found as f64 / wanted.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containment_is_directional() {
        let body = "第一段写得很清楚，共有三艘船。\n第二段也写得很清楚，没有人受伤。";
        let page = format!("很多别的文字在前面。{body}也有很多别的文字在后面。");
        assert!((containment(body, &page) - 1.0).abs() < f64::EPSILON);
        assert!(containment(&page, body) < 0.8);
        assert!(containment("短", &page).abs() < f64::EPSILON);
    }
}
