//! The short way: an unchanged original is recognised without extracting its main text.

use super::contain::Haystack;
use super::{Comparison, DriftClass, title, words};
use crate::text::{NormalForms, PageText, WholeText, normal, sentence};

/// A text shorter than this proves nothing by standing in a page.
const MIN_LETTERS: usize = 24;
/// How far around the text a correction is looked for, in bytes.
const NEIGHBOURHOOD: usize = 1500;

/// Whether the local text stands in the page's whole text, sentence by sentence, in order and
/// without anything between: then the original is unchanged, and what is around it is furniture.
///
/// False says nothing: the long way decides. It is also false where a correction stands near the
/// text, since that is a change that leaves every sentence as it was.
pub fn quick_equal(whole: &str, local: &str) -> bool {
    let forms = NormalForms::default();
    let wanted = normal::letters(local);
    if wanted.chars().count() < MIN_LETTERS {
        return false;
    }
    let page = Haystack::new(whole, &forms);
    let Some(at) = page.find(&wanted, 0) else { return false };
    let words = words::built_in();
    let before = page.around(at.saturating_sub(NEIGHBOURHOOD), at);
    let after = page.around(at + wanted.len(), at + wanted.len() + NEIGHBOURHOOD);
    let marks: Vec<String> = words.corrections.iter().map(|mark| normal::letters(mark)).collect();
    let suspicious = |text: &str| {
        let lower = text.to_lowercase();
        marks.iter().any(|mark| lower.contains(mark.as_str()))
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

/// The short way to a whole comparison: none where [`quick_equal`] says nothing, or where the title is
/// not found on the page as it stands in the copy; then the long way decides.
///
/// The class is identical where the copy stands in the page letter by letter (white space apart), else
/// cosmetic.
pub fn quick_compare(page: &WholeText, local: &PageText) -> Option<Comparison> {
    let body = local.text();
    let title = PageText { title: page.title.clone(), whole: page.text.clone(), ..PageText::default() };
    if !quick_equal(&page.text, &body) || title::judge(&title, local).changed {
        return None;
    }
    let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let as_written = memchr::memmem::find(dense(&page.text).as_bytes(), dense(&body).as_bytes()).is_some();
    let local_letters = normal::letters(&body).len();
    let page_letters = normal::letters(&page.text).len().max(local_letters);
    Some(Comparison {
        class: if as_written { DriftClass::Identical } else { DriftClass::Cosmetic },
        missing_from: None,
        local_in_original: 1.0,
        // Of the page's whole text, furniture included: the article alone would be nearly 1.
        original_in_local: local_letters as f64 / page_letters.max(1) as f64,
        changed_sentences: 0,
        noise: page_letters > local_letters,
        title_changed: false,
        telling: Vec::new(),
    })
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
    fn the_class_says_whether_letters_differ() {
        let local = PageText {
            title: "某地的一件事".into(),
            blocks: LOCAL.lines().map(str::to_owned).collect(),
            ..PageText::default()
        };
        let page = |title: &str, body: &str| {
            crate::text::whole_text(&format!("<title>{title}</title><p>导航</p>{body}"))
        };
        let same = format!("<p>{}</p>", LOCAL.replace('\n', "</p><p>"));
        let class = |page: &WholeText| quick_compare(page, &local).map(|found| found.class);
        assert_eq!(class(&page("某地的一件事 - 某站", &same)), Some(DriftClass::Identical));
        assert_eq!(class(&page("某地的一件事", &same.replace("这里", "這裡"))), Some(DriftClass::Cosmetic));
        assert_eq!(class(&page("另外一件别的事情", &same)), None);
        assert_eq!(class(&page("某地的一件事", &same.replace("３", "4"))), None);
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
}
