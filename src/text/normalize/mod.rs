//! Normal forms: what is not a difference when two texts are compared.
//!
//! Each form is a step that can be switched off, so that a report can say which of them it rests on.
//! Numbers are never touched: a decimal point, a thousands mark, a per cent sign, a minus, the mark of
//! a score, a fraction or a range, a comparison and a currency stay, since `3.5` and `35`, `-5` and
//! `5`, `3:2` and `32` are not the same figure.

pub(in crate::text) mod number_marks;
pub(in crate::text) mod pieces;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::normalize::number_marks::NumberGate;
use super::normalize::pieces::Each;
pub use super::normalize::pieces::{Unit, Units};
use crate::model::ContentHash;
pub use crate::unicode::character_classes::is_invisible;
use crate::unicode::character_classes::{
    fold_punctuation, is_combining, is_common_mark, is_comparison, is_currency, is_nfkc_stable,
    is_number_stop, is_plain_mark, is_quote, lowercase_char, to_ascii_width,
};
use crate::unicode::{script_folding, whitespace};

/// The steps; all are on by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools)] // Independent switches, each named in the settings.
pub struct NormalForms {
    /// Remains of markdown and invisible marks (soft hyphens, zero-width spaces) are no text.
    pub markup: bool,
    /// Unicode normalisation form KC (UAX #15).
    pub nfkc: bool,
    /// White space is no text.
    pub white_space: bool,
    /// Punctuation and symbols are no text, except inside a number.
    pub punctuation: bool,
    /// Full-width and half-width punctuation are one.
    pub width: bool,
    /// Simplified, traditional and Japanese forms of a character are one.
    pub script: bool,
    /// All quotation marks are one.
    pub quotes: bool,
    /// Capital and small letters are one.
    pub letter_case: bool,
}

impl Default for NormalForms {
    fn default() -> Self {
        Self {
            markup: true,
            nfkc: true,
            white_space: true,
            punctuation: true,
            width: true,
            script: true,
            quotes: true,
            letter_case: true,
        }
    }
}

impl NormalForms {
    /// No step at all.
    pub fn none() -> Self {
        Self {
            markup: false,
            nfkc: false,
            white_space: false,
            punctuation: false,
            width: false,
            script: false,
            quotes: false,
            letter_case: false,
        }
    }

    /// The names of the steps that are on, in the order in which they are applied.
    pub fn names(&self) -> Vec<&'static str> {
        [
            (self.markup, "markup"),
            (self.nfkc, "nfkc"),
            (self.white_space, "white_space"),
            (self.quotes, "quotes"),
            (self.width, "width"),
            (self.punctuation, "punctuation"),
            (self.script, "script"),
            (self.letter_case, "letter_case"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
        .collect()
    }
}

/// Calls `emit` for each character of the normal form of a text, with the raw byte offset, in order.
pub fn for_each_unit(text: &str, forms: &NormalForms, emit: impl FnMut(Unit)) {
    hand_over(text, forms, &mut Each(emit));
}

/// Hands the normal form of a text over, in order. It is that of its lines, one after the other.
pub fn hand_over(text: &str, forms: &NormalForms, to: &mut impl Units) {
    let mut number = NumberGate::default();
    let table = forms.script.then(script_folding::ideograph_table);
    let mut at = 0;
    while let Some(&first) = text.as_bytes().get(at) {
        // Most of a text is runs of letters that are no part of a number, or of digits.
        if let 0xe4..=0xe9 = first
            && let run = ideographs(text, at)
            && !run.is_empty()
        {
            number = number.after_letters(run.len() / 3, false);
            match table {
                Some(table) => to.ideographs(run, at, |c| table.fold(c)),
                None => to.ideographs(run, at, |c| c),
            }
            at += run.len();
            continue;
        }
        if first.is_ascii_alphabetic()
            && let run = ascii_run(text, at, u8::is_ascii_alphabetic)
            && !run.is_empty()
        {
            number = number.after_letters(run.len(), true);
            to.ascii(run, at, forms.letter_case);
            at += run.len();
            continue;
        }
        if first.is_ascii_digit()
            && let run = ascii_run(text, at, u8::is_ascii_digit)
            && !run.is_empty()
        {
            step(char::from(first), at, forms, &mut number, to);
            let (_, others) = run.split_at(1);
            number.digits = number.digits.saturating_add(u8::try_from(others.len()).unwrap_or(u8::MAX));
            to.ascii(others, at + 1, false);
            at += run.len();
            continue;
        }
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return };
        let mut push = |c: char, at: usize| step(c, at, forms, &mut number, to);
        let end = at + c.len_utf8();
        let marked = is_marked(text, end);
        if !forms.nfkc || (!marked && is_nfkc_stable(c)) {
            push(c, at);
            at = end;
            continue;
        }
        if !marked {
            match to_ascii_width(c) {
                Some(ascii) => push(ascii, at),
                None => std::iter::once(c).nfkc().for_each(|folded| push(folded, at)),
            }
            at = end;
            continue;
        }
        // A base and its marks are composed together; a limit keeps a flood of marks cheap.
        let mut cluster = String::from(c);
        for mark in text.get(end..).unwrap_or_default().chars() {
            if cluster.len() >= 64 || !is_combining(mark) {
                break;
            }
            cluster.push(mark);
        }
        for folded in cluster.nfkc() {
            push(folded, at);
        }
        at += cluster.len();
    }
}

/// The ideographs from U+4E00 to U+9FFF that stand from an offset on, three bytes each (RFC 3629,
/// section 3), but for one that is a mark's base.
fn ideographs(text: &str, from: usize) -> &str {
    let bytes = text.as_bytes();
    let mut end = from;
    while let Some(&[first, second, _]) = bytes.get(end..).and_then(<[u8]>::first_chunk::<3>)
        && matches!((first, second), (0xe4, 0xb8..) | (0xe5..=0xe9, _))
    {
        end += 3;
    }
    if end > from && is_marked(text, end) {
        end -= 3;
    }
    text.get(from..end).unwrap_or_default()
}

/// The ASCII characters of a kind that stand from an offset on, but for one that is a mark's base.
fn ascii_run(text: &str, from: usize, kind: impl Fn(&u8) -> bool) -> &str {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let length = rest.iter().position(|byte| !kind(byte)).unwrap_or(rest.len());
    let end = from + length;
    text.get(from..if length > 0 && is_marked(text, end) { end - 1 } else { end }).unwrap_or_default()
}

/// Whether a combining mark stands at an offset.
#[inline]
fn is_marked(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        // No mark begins so.
        None | Some(0..=0x7f | 0xe4..=0xe9) => false,
        Some(_) => text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(is_combining),
    }
}

/// The normal form of a text.
pub fn folded(text: &str, forms: &NormalForms) -> String {
    let mut out = String::with_capacity(text.len());
    hand_over(text, forms, &mut out);
    out
}

/// The normal form with all steps on.
pub fn letters(text: &str) -> String {
    folded(text, &NormalForms::default())
}

/// A text as it is written, but for white space and marks that nobody sees, which a page may set as it
/// likes.
pub fn bare(text: &str) -> String {
    whitespace::remove_gaps(text, |c| c.is_whitespace() || is_invisible(c))
}

/// Whether a text begins with a character of its own, and not with a mark for the one before.
pub fn begins_afresh(text: &str) -> bool {
    !is_marked(text, 0)
}

/// The hash of the normal form with all steps on: equal for texts that differ in nothing that
/// counts.
pub fn fingerprint(text: &str) -> ContentHash {
    ContentHash::of(letters(text).as_bytes())
}

/// [`fingerprint`] of a title and a body, both in normal form.
pub fn fingerprint_of(title: &str, body: &str) -> ContentHash {
    ContentHash::of(format!("{title}\0{body}").as_bytes())
}

fn step(c: char, at: usize, forms: &NormalForms, gate: &mut NumberGate, to: &mut impl Units) {
    let mut emit = |unit: Unit| to.unit(unit);
    if forms.markup && is_invisible(c) {
        return; // Also inside a figure.
    }
    let held = gate.held.take();
    if forms.punctuation && (is_plain_mark(c) || (!gate.after_digit && is_number_stop(c))) {
        // What most marks are: no part of a number, wherever they stand.
        (gate.after_digit, gate.near, gate.apart, gate.dashed) = (false, 0, true, false);
        return;
    }
    if !is_common_mark(c) && c.is_alphanumeric() {
        if c.is_ascii_digit() {
            if let Some((mark, at)) = held {
                emit(Unit { c: mark, at });
            }
            let row = if held.is_none() && gate.after_digit { gate.digits } else { 0 };
            *gate = NumberGate {
                after_digit: true,
                digits: row.saturating_add(1),
                dated: held.map_or(row > 0 && gate.dated, |(mark, _)| {
                    mark == '-' && (gate.dated || gate.digits == 4)
                }),
                near: NumberGate::UNIT,
                ..NumberGate::default()
            };
        } else {
            *gate = gate.after_letters(1, u32::from(c) < 0x2E80);
        }
        let c = if forms.script { script_folding::fold_char(c) } else { c };
        emit(Unit { c: if forms.letter_case { lowercase_char(c) } else { c }, at });
        return;
    }
    if c == '\n' {
        // Lines do not know of each other: the form of a text is that of its lines.
        *gate = NumberGate::default();
        if !forms.white_space {
            emit(Unit { c, at });
        }
        return;
    }
    if c.is_whitespace() {
        if forms.white_space {
            // No text at all: `2022, 3` is `2022，3`. A full stop before a blank ends a sentence; a minus
            // touches its figure.
            let goes_on = |mark: char| is_comparison(mark) || (gate.after_digit && mark != '.');
            gate.held = held.filter(|(mark, _)| goes_on(*mark));
        } else {
            emit(Unit { c, at });
            gate.after_digit = false;
        }
        (gate.apart, gate.dashed) = (true, false);
        return;
    }
    // Between letters a long dash is punctuation; between figures it is what a short one is.
    let sign = matches!(c, '-' | '−' | '–' | '－');
    let c = if forms.quotes && is_quote(c) { '"' } else { c };
    let c = if forms.width { fold_punctuation(c) } else { c };
    if !forms.punctuation {
        if !(forms.markup && matches!(c, '*' | '\\' | '`')) {
            emit(Unit { c, at });
        }
        gate.after_digit = false;
        return;
    }
    if is_currency(c) || (gate.after_digit && matches!(c, '%' | '‰')) {
        // `-$5`
        if let Some((mark, at)) = held.filter(|_| is_currency(c)) {
            emit(Unit { c: mark, at });
        }
        emit(Unit { c, at });
        gate.after_digit = false;
        return;
    }
    let dash = matches!(c, '-' | '~');
    let known = held.filter(|(mark, _)| *mark == '-' && dash && gate.after_digit);
    gate.held = known.or_else(|| gate.mark(c, sign && !gate.dashed).map(|mark| (mark, at)));
    gate.after_digit &= gate.held.is_some();
    gate.near = if dash { gate.near } else { 0 };
    (gate.apart, gate.dashed) = (true, dash);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_difference_folds_to_one() {
        assert_eq!(letters("「轉載」，自 ＧＮｅｗｓ！"), letters("\"转载\",自GNews!"));
        assert_eq!(letters("e\u{301}tude ﬁn"), letters("étude fin"));
        assert_eq!(letters("ﾃﾞｰﾀ"), letters("データ"));
        assert_eq!(letters("零\u{200b}宽"), "零宽");
        assert_eq!(fingerprint("臺灣 ，好。"), fingerprint("台湾,好"));
    }

    #[test]
    fn numbers_are_left_alone() {
        assert_ne!(letters("涨了3.5%"), letters("涨了35%"));
        assert_ne!(letters("占5%"), letters("占5"));
        assert_eq!(letters("占５％。"), letters("占5%"));
        assert_eq!(letters("2019.他"), "2019他");
        assert_eq!(letters("1,000人"), "1,000人");
        assert_eq!(letters("2022，3月"), letters("2022, 3月"));
        assert_eq!(letters("15\u{200b}.\u{feff}8万"), letters("15.8万"));
        assert_ne!(letters("他不去"), letters("他去"));
    }

    #[test]
    fn what_carries_a_figures_meaning_stays() {
        for (a, b) in [
            ("气温为-5度", "气温为5度"),
            ("It was −5 there.", "It was 5 there."),
            ("增长+3.5%", "增长-3.5%"),
            ("罚款$500", "罚款€500"),
            ("costs £5", "costs 5"),
            ("比分是3:2", "比分是32"),
            ("比分是3-2", "比分是32"),
            ("约2/3的人", "约23的人"),
            ("身高≥180", "身高≤180"),
            ("p < 0.05", "p > 0.05"),
            ("3×4", "34"),
            ("占5%", "占5"),
        ] {
            assert_ne!(letters(a), letters(b), "{a} {b}");
        }
    }

    #[test]
    fn the_same_figure_in_other_marks_is_one() {
        for (a, b) in [
            ("占5 %", "占5%"),
            ("5\u{202f}% des voix", "5% des voix"),
            ("3-2", "3–2"),
            ("3-2", "3—2"),
            ("3～2", "3-2"),
            ("3 - 2", "3-2"),
            ("１：３", "1:3"),
            ("½", "1/2"),
            ("2021-03-04", "2021/03/04"),
            ("2019年-2021年", "2019年—2021年"),
            ("2019年-2021年", "2019年～2021年"),
            ("5度-10度", "5度~10度"),
            ("COVID-19", "COVID 19"),
            ("他说——5个人", "他说，5个人"),
            ("- 5个人", "5个人"),
            ("首页 > 新闻", "首页 | 新闻"),
            ("5--他", "5他"),
            ("THE END", "The end"),
        ] {
            assert_eq!(letters(a), letters(b), "{a} {b}");
        }
    }

    #[test]
    fn steps_can_be_switched_off() {
        let forms = NormalForms { script: false, ..NormalForms::default() };
        assert_ne!(folded("台灣", &forms), folded("台湾", &forms));
        let forms = NormalForms { punctuation: false, ..NormalForms::default() };
        assert_eq!(folded("好，。", &forms), folded("好 ,.", &forms));
        assert_ne!(folded("好！", &forms), folded("好？", &forms));
        assert_eq!(folded("a  *b*", &NormalForms::none()), "a  *b*");
        assert_eq!(NormalForms::default().names().len(), 8);
        let forms = NormalForms { letter_case: false, ..NormalForms::default() };
        assert_ne!(folded("The", &forms), folded("THE", &forms));
    }

    proptest::proptest! {
        /// However a text is cut into runs, its form is that of its characters one by one.
        #[test]
        fn runs_hold_what_their_characters_do(text in "([一-十万轉载灣が。，０-９Ａ-Ｃ～ 0-9a-c.,:%+\\x{3099}\\x{301}\\x{200b}-]|\\PC)*") {
            for forms in [
                NormalForms::default(),
                NormalForms { script: false, ..NormalForms::default() },
                NormalForms::none(),
            ] {
                let mut units = Vec::new();
                for_each_unit(&text, &forms, |unit| units.push(unit));
                let by_units: String = units.iter().map(|unit| unit.c).collect();
                assert_eq!(folded(&text, &forms), by_units);
                assert!(units.is_sorted_by_key(|unit| unit.at));
                // One by one: a letter's neighbours change it only where they are marks or figures.
                let alone = |unit: &Unit| text[unit.at..].chars().next().map(|c| c.to_string());
                for unit in &units {
                    let Some(raw) = alone(unit).filter(|raw| !ideographs(raw, 0).is_empty()) else {
                        continue;
                    };
                    assert_eq!(folded(&raw, &forms), unit.c.to_string());
                }
            }
        }
    }

    #[test]
    fn runs_hold_ideographs_alone() {
        for c in '\0'..=char::MAX {
            let held = ('\u{4e00}'..='\u{9fff}').contains(&c);
            assert_eq!(ideographs(&format!("{c}a"), 0).len(), if held { 3 } else { 0 }, "{c:?}");
        }
        assert_eq!(ideographs("甲乙丙\u{301}", 0), "甲乙");
        assert_eq!(ideographs("甲", 0), "甲");
    }

    #[test]
    fn units_know_where_they_come_from() {
        let text = "「ＡＢ」 灣";
        let mut units = Vec::new();
        for_each_unit(text, &NormalForms::default(), |unit| units.push(unit));
        let found: Vec<char> = units.iter().filter_map(|unit| text[unit.at..].chars().next()).collect();
        assert_eq!(found, ['Ａ', 'Ｂ', '灣']);
    }
}
