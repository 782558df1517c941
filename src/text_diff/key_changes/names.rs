//! Finds names that changed.
//!
//! English names are capitalised words. A Chinese name is a run of two to four characters that begins
//! with a common surname and is beside a title (`记者陈志明`, `王建国先生`) or before a verb of saying.
//! A Japanese name is the run of characters or katakana before a title (`田中一郎さん`, `トランプ氏`).

use std::cell::{LazyCell, OnceCell};
use std::collections::HashSet;
use std::ops::Range;

use super::rules::KeyChangeRules;
use crate::text::Lexicon;
use crate::text_diff::align::RowText;
use crate::unicode::script_folding;

/// The longest Japanese or transliterated name, in characters.
const MAX_RUN: usize = 12;
/// In a sentence with more changes than this, names are looked for only in the first of them.
const MAX_SPANS: usize = 1000;
/// A name has at most this many words.
const MAX_ADDED_WORDS: usize = 3;
/// The longest run of characters that may hold a name and the title behind it.
const MAX_TITLED_RUN: usize = 2 * MAX_RUN;

/// The place of a name that one side of a row has more than the other and that is all that differs: one
/// to three capitalised words inside the sentence.
pub fn find_added_name(with: &RowText<'_>, without: &RowText<'_>, words: &Lexicon) -> Option<Range<usize>> {
    let [span] = with.spans else { return None };
    let added = with.text.get(span.clone()).filter(|_| without.spans.is_empty())?;
    let names: Vec<&str> = added.split_whitespace().collect();
    let is_name =
        |word: &&str| word.starts_with(char::is_uppercase) && !words.not_names.contains(&word.to_lowercase());
    let before = with.text.get(..span.start)?.trim_end();
    let inside = before.ends_with(|c: char| c.is_alphanumeric() || c == ',');
    let known = inside && (1..=MAX_ADDED_WORDS).contains(&names.len()) && names.iter().all(is_name);
    known.then(|| span.clone())
}

/// The names, and the dates that are words (months, days), that differ between two sides of a row: the
/// kind of change, the original's words, the local copy's words.
pub fn find_name_changes(
    original: &RowText<'_>,
    local: &RowText<'_>,
    surnames: &Surnames,
    rules: &KeyChangeRules,
) -> Vec<(&'static str, String, String)> {
    let words = surnames.words;
    let mut found: Vec<(&'static str, String, String)> = Vec::new();
    let mut known: HashSet<(&'static str, String, String)> = HashSet::new();
    let mut add = |one: (&'static str, String, String)| {
        if one.1 != one.2 && known.insert(one.clone()) {
            found.push(one);
        }
    };
    if original.spans.len() == local.spans.len() {
        for (a, b) in original.spans.iter().zip(local.spans).take(MAX_SPANS) {
            let one = compare_capitalised(original, a, local, b, words).or_else(|| {
                let (x, y) =
                    compare_chinese_names(original.text, a, local.text, b, surnames).or_else(|| {
                        Some((
                            transliterated_name(original.text, a, rules)?,
                            transliterated_name(local.text, b, rules)?,
                        ))
                    })?;
                Some(("name", x, y))
            });
            one.into_iter().for_each(&mut add);
        }
    }
    let (of_a, of_b) = (find_titled_names(original, words), find_titled_names(local, words));
    if of_a.len() == of_b.len() {
        for ((x, title), (y, other)) in of_a.into_iter().zip(of_b) {
            if title == other {
                add(("name", x, y));
            }
        }
    }
    found
}

/// The run of characters that transliterate foreign names, where a span is part of one.
fn transliterated_name(text: &str, span: &Range<usize>, rules: &KeyChangeRules) -> Option<String> {
    let part = |c: char| rules.transliteration.contains(c) || c == '·';
    let run = text.get(run_around(text, span, MAX_RUN, part)?)?;
    ((2..=MAX_RUN).contains(&run.chars().count())).then(|| run.to_owned())
}

/// The run of such characters around a span of them; `None` where it is longer than `most` characters. No
/// more than these are read, since a line may be one run.
fn run_around(
    text: &str,
    span: &Range<usize>,
    most: usize,
    part: impl Fn(char) -> bool,
) -> Option<Range<usize>> {
    let length = |chars: &mut dyn Iterator<Item = char>| -> Option<usize> {
        let (mut count, mut bytes) = (0, 0);
        for c in chars.take_while(|c| part(*c)).take(most + 1) {
            count += 1;
            bytes += c.len_utf8();
        }
        (count <= most).then_some(bytes)
    };
    let inside = text.get(span.clone())?;
    if inside.chars().count() > most || !inside.chars().all(&part) {
        return None;
    }
    let back = length(&mut text.get(..span.start)?.chars().rev())?;
    let forth = length(&mut text.get(span.end..)?.chars())?;
    Some(span.start - back..span.end + forth)
}

/// Two capitalised words, or two months or days, that replace one another.
fn compare_capitalised(
    original: &RowText<'_>,
    a: &Range<usize>,
    local: &RowText<'_>,
    b: &Range<usize>,
    words: &Lexicon,
) -> Option<(&'static str, String, String)> {
    let (x, y) = (original.text.get(a.clone())?, local.text.get(b.clone())?);
    let short = |text: &str| (1..=24).contains(&text.chars().count());
    if !short(x) || !short(y) || x.eq_ignore_ascii_case(y) {
        return None;
    }
    let known = |list: &[String], text: &str| list.contains(&text.to_lowercase());
    if known(&words.date_words, x) && known(&words.date_words, y) {
        return Some(("date", x.to_owned(), y.to_owned()));
    }
    let named = |text: &str, whole: &str, at: usize| {
        let capital = text.chars().next().is_some_and(char::is_uppercase);
        // Any word is capitalised at the start of a sentence.
        let starts = whole.get(..at).is_none_or(|before| before.chars().all(|c| !c.is_alphanumeric()));
        let followed = whole
            .get(at + text.len()..)
            .and_then(|rest| rest.trim_start().chars().next())
            .is_some_and(char::is_uppercase);
        capital && !known(&words.not_names, text) && (!starts || followed)
    };
    (named(x, original.text, a.start) && named(y, local.text, b.start))
        .then(|| ("name", x.to_owned(), y.to_owned()))
}

/// Every way to widen a span by up to three Chinese characters before it and up to two after it: how many
/// characters before, how many after, and the wider range.
fn widen_span(text: &str, span: &Range<usize>) -> Vec<(usize, usize, Range<usize>)> {
    let mut starts = vec![span.start];
    for c in text.get(..span.start).unwrap_or_default().chars().rev().take(3) {
        if !is_han(c) {
            break;
        }
        starts.push(starts.last().map_or(0, |at| at - c.len_utf8()));
    }
    let mut ends = vec![span.end];
    for c in text.get(span.end..).unwrap_or_default().chars().take(2) {
        if !is_han(c) {
            break;
        }
        ends.push(ends.last().map_or(0, |at| at + c.len_utf8()));
    }
    let mut all = Vec::new();
    for (back, start) in starts.iter().enumerate() {
        for (forth, end) in ends.iter().enumerate() {
            all.push((back, forth, *start..*end));
        }
    }
    all
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Two Chinese names that differ in the given spans.
fn compare_chinese_names(
    x: &str,
    a: &Range<usize>,
    y: &str,
    b: &Range<usize>,
    surnames: &Surnames,
) -> Option<(String, String)> {
    let is_part_of_name =
        |text: &str, span: &Range<usize>| text.get(span.clone())?.chars().all(is_han).then_some(());
    is_part_of_name(x, a).and(is_part_of_name(y, b))?;
    let words = surnames.words;
    let name = |text: &str, frame: &Range<usize>| -> Option<(String, usize)> {
        let name = text.get(frame.clone())?;
        let length = name.chars().count();
        let han = name.chars().all(is_han);
        let surname = name.chars().next().is_some_and(|c| surnames.contain(c));
        // A name does not run into the title after it.
        let title = words.titles.iter().any(|title| name.ends_with(title.as_str()));
        ((2..=4).contains(&length) && han && surname && !title).then(|| (name.to_owned(), length))
    };
    let wider_b = widen_span(y, b);
    for (back, forth, frame) in widen_span(x, a) {
        let Some((_, _, other)) = wider_b.iter().find(|(i, j, _)| (*i, *j) == (back, forth)) else {
            continue;
        };
        let (Some((x_name, _)), Some((y_name, length))) = (name(x, &frame), name(y, other)) else { continue };
        let before = x.get(..frame.start).unwrap_or_default();
        let after = x.get(frame.end..).unwrap_or_default();
        let titled = words.titles.iter().any(|title| after.starts_with(title.as_str()));
        let says = words.saying.iter().any(|word| after.starts_with(word.as_str()));
        let introduced = words.titles.iter().any(|title| before.ends_with(title.as_str()));
        // Before a verb of saying alone, the name must follow something that is no Chinese character.
        let apart = before.chars().next_back().is_none_or(|c| !is_han(c));
        let goes_on = after.chars().next().is_none_or(|c| !is_han(c));
        if titled || (introduced && (says || goes_on || length == 3)) || (says && apart) {
            return Some((x_name, y_name));
        }
    }
    None
}

/// The surnames of a lexicon, in one script.
pub struct Surnames<'a> {
    words: &'a Lexicon,
    /// Made when the first is looked for.
    folded: OnceCell<HashSet<char>>,
}

impl<'a> Surnames<'a> {
    /// The surnames of a lexicon.
    pub fn of_lexicon(words: &'a Lexicon) -> Self {
        Self { words, folded: OnceCell::new() }
    }

    fn contain(&self, c: char) -> bool {
        let folded =
            self.folded.get_or_init(|| self.words.surnames.chars().map(script_folding::fold_char).collect());
        folded.contains(&script_folding::fold_char(c))
    }
}

/// The Japanese names that a side's changed spans touch, each with its title.
fn find_titled_names<'w>(side: &RowText<'_>, words: &'w Lexicon) -> Vec<(String, &'w str)> {
    let has_kana = LazyCell::new(|| side.text.chars().any(|c| matches!(c, '\u{3041}'..='\u{3096}')));
    let mut found: Vec<(String, &str)> = side
        .spans
        .iter()
        .take(MAX_SPANS)
        .filter_map(|span| name_before_title(side.text, span, words))
        // Chinese has the same titles, but no kana in the same text.
        .filter(|_| *has_kana)
        .collect();
    found.dedup();
    found
}

/// The run of characters or katakana that holds a span, and the title that ends or follows it.
fn name_before_title<'w>(text: &str, span: &Range<usize>, words: &'w Lexicon) -> Option<(String, &'w str)> {
    let part = |c: char| is_han(c) || matches!(c, '\u{30a1}'..='\u{30fa}' | 'ー' | '・' | '々');
    if span.is_empty() {
        return None;
    }
    let place = run_around(text, span, MAX_TITLED_RUN, part)?;
    let (run, after) = (text.get(place.clone())?, text.get(place.end..)?);
    let before_change = span.end - place.start;
    for title in &words.titles {
        let name = match run.strip_suffix(title.as_str()) {
            // The change must be in the name.
            Some(name) if name.len() >= before_change => name,
            None if after.starts_with(title.as_str()) => run,
            _ => continue,
        };
        let length = name.chars().count();
        let figure = name.chars().any(|c| words.numerals.contains(c)) && length < 3;
        if (1..=MAX_RUN).contains(&length) && !figure {
            return Some((name.to_owned(), title));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::text_diff::key_changes::find::tests::changes_between;

    fn name_change(a: &str, b: &str) -> Option<(String, String)> {
        let found = changes_between(a, b);
        found.into_iter().find(|(kind, _, _)| kind == "name").map(|(_, a, b)| (a, b))
    }

    #[test]
    fn chinese_names() {
        assert_eq!(
            name_change("昨天王建国先生到场。", "昨天王建军先生到场。"),
            Some(("王建国".to_owned(), "王建军".to_owned()))
        );
        assert_eq!(
            name_change("据本报记者陈志明报道，天晴。", "据本报记者陈子明报道，天晴。"),
            Some(("陈志明".to_owned(), "陈子明".to_owned()))
        );
        assert_eq!(
            name_change("船長趙大海表示將會出席。", "船長錢大海表示將會出席。"),
            Some(("趙大海".to_owned(), "錢大海".to_owned()))
        );
        assert_eq!(
            name_change("会上，拜登说此事已了结。", "会上，特朗普说此事已了结。"),
            Some(("拜登".to_owned(), "特朗普".to_owned()))
        );
        assert_eq!(
            name_change("会后，李梅说此事已了结。", "会后，李敏说此事已了结。"),
            Some(("李梅".to_owned(), "李敏".to_owned()))
        );
    }

    #[test]
    fn other_words_are_not_taken_for_names() {
        for (a, b) in [
            ("他们提高了速度，说得很清楚。", "他们提高了效率，说得很清楚。"),
            ("这位先生到场了。", "那位先生到场了。"),
            ("今天天气很好。", "今天天气很棒。"),
            ("两位居民表示不满。", "三位居民表示不满。"),
            ("经济增长明显放缓。", "经济增长明显加快。"),
            ("This is what it said.", "That is what it said."),
        ] {
            assert_eq!(name_change(a, b), None, "{a} {b}");
        }
    }

    #[test]
    fn japanese_and_english_names() {
        assert_eq!(
            name_change("近くに住む山本さんは話した。", "近くに住む山下さんは話した。"),
            Some(("山本".to_owned(), "山下".to_owned()))
        );
        assert_eq!(
            name_change("会見でトランプ氏は述べた。", "会見でバイデン氏は述べた。"),
            Some(("トランプ".to_owned(), "バイデン".to_owned()))
        );
        assert_eq!(
            name_change("昨日、佐藤記者の取材に答えた。", "昨日、加藤記者の取材に答えた。"),
            Some(("佐藤".to_owned(), "加藤".to_owned()))
        );
        assert_eq!(
            name_change("It was Peter Brown who left.", "It was Peter Green who left."),
            Some(("Brown".to_owned(), "Green".to_owned()))
        );
    }

    #[test]
    fn months_are_dates() {
        let found = changes_between("They met on Monday in Rome.", "They met on Friday in Rome.");
        assert_eq!(found, [("date".to_owned(), "Monday".to_owned(), "Friday".to_owned())]);
    }
}
