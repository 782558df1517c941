//! Normal forms: what is not a difference when two texts are compared.
//!
//! Each form is a step that can be switched off, so that a report can say which of them it rests on.
//! Numbers are never touched: a decimal point, a thousands mark, a per cent sign, a minus, the mark of
//! a score, a fraction or a range, a comparison and a currency stay, since `3.5` and `35`, `-5` and
//! `5`, `3:2` and `32` are not the same figure.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::gaps;
use crate::article::script;
use crate::snapshot::ContentHash;

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

/// A character of the normal form, and the byte offset of the raw character that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The normal form's character.
    pub c: char,
    /// The raw character's byte offset.
    pub at: usize,
}

/// Calls `emit` for each character of the normal form of a text, with the raw byte offset, in order.
pub fn for_each_unit(text: &str, forms: &NormalForms, mut emit: impl FnMut(Unit)) {
    let mut number = NumberGate::default();
    let ideographs = forms.script.then(script::ideographs);
    let mut at = 0;
    while at < text.len() {
        if let Some(c) = ideograph(text.as_bytes(), at)
            && !is_marked(text, at + 3)
        {
            // Most of the text: a letter in every form, and never part of a number.
            number = number.after_letter(false);
            emit(Unit { c: ideographs.map_or(c, |table| table.fold(c)), at });
            at += 3;
            continue;
        }
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return };
        let mut push = |c: char, at: usize| step(c, at, forms, &mut number, &mut emit);
        let end = at + c.len_utf8();
        let marked = is_marked(text, end);
        if !forms.nfkc || (!marked && is_stable(c)) {
            push(c, at);
            at = end;
            continue;
        }
        if !marked {
            for folded in std::iter::once(c).nfkc() {
                push(folded, at);
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

/// The ideograph from U+4E00 to U+9FFF that stands at an offset, if one does: three bytes each
/// (RFC 3629, section 3).
fn ideograph(text: &[u8], at: usize) -> Option<char> {
    let &[first @ 0xe4..=0xe9, second, third] = text.get(at..)?.first_chunk::<3>()? else { return None };
    let code = u32::from(first & 0x0f) << 12 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
    char::from_u32(code).filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c))
}

/// Whether a combining mark stands at an offset.
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
    for_each_unit(text, forms, |unit| out.push(unit.c));
    out
}

/// The normal form with all steps on.
pub fn letters(text: &str) -> String {
    folded(text, &NormalForms::default())
}

/// A text as it is written, but for white space and marks that nobody sees, which a page may set as it
/// likes.
pub fn bare(text: &str) -> String {
    gaps::without(text, |c| c.is_whitespace() || is_invisible(c))
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

/// What stands before a character, as far as it decides whether a mark belongs to a number. A mark is
/// held back until the next character says so.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // Each says one thing of the text before.
struct NumberGate {
    held: Option<(char, usize)>,
    /// Whether the last text was a digit, white space after it apart.
    after_digit: bool,
    /// Whether white space or another mark stands since the last letter or digit.
    apart: bool,
    /// Whether a dash was the last of them: two of them are punctuation.
    dashed: bool,
    /// Whether the last text was a letter of a script with spaces between words.
    in_word: bool,
    /// How many digits stand in a row.
    digits: u8,
    /// Whether the number is a date: `2021/03/04`.
    dated: bool,
    /// How many letters more may stand between a figure and the end of its range: `5度-10度`.
    near: u8,
}

impl NumberGate {
    /// A figure's unit is no longer than this.
    const UNIT: u8 = 3;

    fn after_letter(&self, in_word: bool) -> Self {
        Self { in_word, near: self.near.saturating_sub(1), ..Self::default() }
    }

    /// What a mark is worth where a digit follows it; none where it is no part of a number.
    fn mark(&self, c: char, sign: bool) -> Option<char> {
        match c {
            '-' | '~' if self.after_digit => Some('-'),
            // A date is one however its parts are parted.
            '/' if self.after_digit && (self.dated || self.digits == 4) => Some('-'),
            '.' if self.after_digit && !self.apart => Some('.'),
            ',' | ':' | '/' | '×' | '+' | '=' if self.after_digit => Some(c),
            _ if is_comparison(c) => Some(c),
            // After a word it is a hyphen, after a figure and its unit the mark of a range.
            '-' if sign && self.near == 0 && (self.apart || !self.in_word) => Some('-'),
            _ => None,
        }
    }
}

fn step(c: char, at: usize, forms: &NormalForms, gate: &mut NumberGate, emit: &mut impl FnMut(Unit)) {
    if forms.markup && is_invisible(c) {
        return; // Also inside a figure.
    }
    let held = gate.held.take();
    if c.is_alphanumeric() {
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
            *gate = gate.after_letter(u32::from(c) < 0x2E80);
        }
        let c = if forms.script { script::fold(c) } else { c };
        emit(Unit { c: if forms.letter_case { small(c) } else { c }, at });
        return;
    }
    if c.is_whitespace() {
        if forms.white_space {
            // No text at all: `2022, 3` is `2022，3`. A full stop before a blank ends a sentence, and
            // so does the end of a line; a minus touches its figure.
            let goes_on = |mark: char| is_comparison(mark) || (gate.after_digit && mark != '.');
            gate.held = held.filter(|(mark, _)| goes_on(*mark) && c != '\n');
            gate.after_digit &= c != '\n';
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
    let c = if forms.width { half_width(c) } else { c };
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

/// The small form of a letter, where it is one character.
fn small(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn is_comparison(c: char) -> bool {
    matches!(c, '≥' | '≤' | '≠' | '<' | '>' | '±')
}

/// The currency signs (Unicode general category Sc) that news are written with.
fn is_currency(c: char) -> bool {
    matches!(c, '$' | '¢' | '£' | '¥' | '฿' | '₠'..='⃀')
}

/// Characters that NFKC leaves alone and that start no composition with a follower that is not a
/// combining mark.
fn is_stable(c: char) -> bool {
    matches!(c, '\0'..='\u{9f}' | '\u{2010}'..='\u{2010}' | '\u{2012}'..='\u{2016}' | '\u{2018}'..='\u{2023}'
        | '\u{3001}'..='\u{3035}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}' | '\u{4e00}'..='\u{9fff}')
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}' | '\u{1161}'..='\u{11ff}')
}

/// Marks that nobody sees: byte order marks, zero-width characters, direction marks, soft hyphens.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fffc}')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '´' | '‘'..='‟' | '‹' | '›' | '«' | '»' | '「'..='』' | '〝'..='〟' | '｢' | '｣'
        | '＂' | '＇' | '《' | '》' | '〈' | '〉')
}

fn half_width(c: char) -> char {
    match c {
        '。' | '｡' | '…' | '⋯' => '.',
        '、' | '，' => ',',
        '：' | '∶' => ':',
        '；' => ';',
        '！' => '!',
        '？' => '?',
        '（' | '【' | '〔' => '(',
        '）' | '】' | '〕' => ')',
        '—' | '–' | '―' | '－' | '─' | '−' | '‐' | '‑' => '-',
        '⁄' => '/',
        '≧' => '≥',
        '≦' => '≤',
        '～' | '〜' => '~',
        '・' | '·' | '•' | '‧' | '･' => '·',
        '\u{3000}' => ' ',
        '％' => '%',
        _ => c,
    }
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

    #[test]
    fn units_know_where_they_come_from() {
        let text = "「ＡＢ」 灣";
        let mut units = Vec::new();
        for_each_unit(text, &NormalForms::default(), |unit| units.push(unit));
        let found: Vec<char> = units.iter().filter_map(|unit| text[unit.at..].chars().next()).collect();
        assert_eq!(found, ['Ａ', 'Ｂ', '灣']);
    }
}
