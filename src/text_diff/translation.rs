//! Recognises a local copy in another language than its original, and compares what needs no language: the
//! figures.
//!
//! The sentences of a translation have no counterpart that could be found, so nothing is said of them. A
//! figure of three digits or more, or a percentage, stands in both, unless somebody changed it.

use std::collections::HashSet;

use super::comparison::KeyChange;
use crate::text::prose::text_width;
use crate::text::{PageText, detect_language};
use crate::unicode::decimal_digits::to_ascii_digit;

/// The narrower of two texts has at least this share of the width of the wider one. A notice in place of the
/// article is shorter.
const MIN_LENGTH_SHARE: f64 = 0.25;
/// At most this many figures are named.
const MAX_FIGURES: usize = 5;
/// Figures with fewer digits are written as words in some languages.
const MIN_DIGITS: usize = 3;
/// A figure before one of these is another number in the next language: 4500万 is 45 million.
const SCALES: [&str; 17] = [
    "万", "萬", "亿", "億", "千", "百", "兆", "만", "억", "mil", "mill", "bil", "bn", "mrd", "mio", "mln",
    "тыс",
];

/// The figures of the local copy that the original does not have, where the two texts are in different
/// languages; `None` where they are not, or where one is too short to be a translation of the other.
pub fn compare_translation(original: &PageText, local: &PageText) -> Option<Vec<KeyChange>> {
    let (theirs, ours) = (original.text(), local.text());
    let (width, other) = (text_width(&theirs) as f64, text_width(&ours) as f64);
    if width.min(other) < MIN_LENGTH_SHARE * width.max(other) {
        return None;
    }
    let (one, two) = (detect_language(&theirs), detect_language(&ours));
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    if one.is_empty() || two.is_empty() || primary(&one) == primary(&two) {
        return None;
    }
    let all = format!("{}\n{}", original.whole, original.framed_text());
    let known: HashSet<String> = find_figures(&all).into_iter().collect();
    let mut missing: Vec<String> =
        find_figures(&ours).into_iter().filter(|figure| !known.contains(figure)).collect();
    let mut seen = HashSet::new();
    missing.retain(|figure| seen.insert(figure.clone()));
    missing.truncate(MAX_FIGURES);
    let change = |local| KeyChange { kind: "number".to_owned(), local, original: String::new() };
    Some(missing.into_iter().map(change).collect())
}

/// The figures of a text that are the same in every language, without grouping.
fn find_figures(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().map(to_ascii_digit).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        if !c.is_ascii_digit() {
            at += 1;
            continue;
        }
        let (figure, end) = read_figure(&chars, at);
        let rest: String =
            chars.get(end..).unwrap_or_default().iter().skip_while(|c| **c == ' ').take(4).collect();
        let rest = rest.to_lowercase();
        let is_scaled = SCALES.iter().any(|scale| rest.starts_with(scale));
        let is_share = rest.starts_with(['%', '％', '٪']);
        let digits = figure.chars().filter(char::is_ascii_digit).count();
        if !is_scaled && (is_share || (digits >= MIN_DIGITS && !figure.contains('.'))) {
            found.push(if is_share { format!("{figure}%") } else { figure });
        }
        at = end;
    }
    found
}

/// The figure that begins at a place, and where it ends. Groups of three digits are joined; another mark
/// within a figure is its decimal point.
fn read_figure(chars: &[char], start: usize) -> (String, usize) {
    let is_digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let mut figure = String::new();
    let mut at = start;
    while let Some(c) = chars.get(at) {
        if c.is_ascii_digit() {
            figure.push(*c);
        } else if matches!(c, ',' | '.' | '\u{a0}' | '\u{202f}' | '’' | '，') && is_digit(at + 1) {
            let is_group = (1..=3).all(|next| is_digit(at + next)) && !is_digit(at + 4);
            if !is_group && (figure.contains('.') || !matches!(c, '.' | ',')) {
                break;
            }
            if !is_group {
                figure.push('.');
            }
        } else {
            break;
        }
        at += 1;
    }
    (figure, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::PageBlock;

    const CHINESE: &str = "渡口办公室在春天的第一天数到了1,994艘船，其中12.5%来自北方。没有人记得有这么多船在同一天进港，领航员们整夜工作。";
    const ENGLISH: &str = "The ferry office counted 1 994 ships on the first day of spring, of which 12.5 % came from the north. Nobody could remember so many ships in one day, and the pilots worked all night.";

    fn page(text: &str) -> PageText {
        PageText { blocks: vec![PageBlock::of_article(text)], ..PageText::default() }
    }

    fn missing(original: &str, local: &str) -> Option<Vec<String>> {
        let found = compare_translation(&page(original), &page(local))?;
        Some(found.into_iter().map(|change| change.local).collect())
    }

    #[test]
    fn figures_are_the_same_in_every_language() {
        let english = ENGLISH.replace("1 994", "1,994");
        assert_eq!(missing(&english, CHINESE), Some(Vec::new()));
        assert_eq!(missing(&english.replace("1,994", "1,949"), CHINESE), Some(vec!["1994".to_owned()]));
        assert_eq!(missing(&english.replace("12.5", "15.2"), CHINESE), Some(vec!["12.5%".to_owned()]));
        assert_eq!(
            find_figures("4500万 45 million 1.234.567 2024年 3,5 % ٢٠٢٤"),
            ["1234567", "2024", "3.5%", "2024"]
        );
    }

    #[test]
    fn one_language_or_a_notice_is_no_translation() {
        assert_eq!(missing(CHINESE, CHINESE), None);
        assert_eq!(missing("This page is no longer there.", CHINESE), None);
        assert_eq!(
            missing(
                "灣仔渡口辦公室關閉了，船隻都停在碼頭，沒有人知道什麼時候重新開放，居民只好走路過橋去上班。",
                CHINESE
            ),
            None
        );
    }
}
