//! Normal forms: what is not a difference when two texts are compared.
//!
//! Each form is a step that can be switched off, so that a report can say which of them it rests on.
//! Numbers are never touched: a decimal point, a thousands mark and a per cent sign stay, since
//! `3.5` and `35` are not the same figure.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

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
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if matches!(c, '\u{4e00}'..='\u{9fff}') && !chars.peek().is_some_and(|&(_, next)| is_combining(next))
        {
            // Most of the text: a letter in every form, and never part of a number.
            number = NumberGate::default();
            emit(Unit { c: if forms.script { script::fold(c) } else { c }, at });
            continue;
        }
        let mut push = |c: char, at: usize| step(c, at, forms, &mut number, &mut emit);
        let marked = chars.peek().is_some_and(|&(_, next)| is_combining(next));
        if !forms.nfkc || (!marked && is_stable(c)) {
            push(c, at);
            continue;
        }
        if !marked {
            for folded in std::iter::once(c).nfkc() {
                push(folded, at);
            }
            continue;
        }
        // A base and its marks are composed together; a limit keeps a flood of marks cheap.
        let mut cluster = String::from(c);
        while cluster.len() < 64
            && let Some(&(_, next)) = chars.peek()
            && is_combining(next)
        {
            cluster.push(next);
            chars.next();
        }
        for folded in cluster.nfkc() {
            push(folded, at);
        }
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

/// The hash of the normal form with all steps on: equal for texts that differ in nothing that
/// counts.
pub fn fingerprint(text: &str) -> ContentHash {
    ContentHash::of(letters(text).as_bytes())
}

/// [`fingerprint`] of a title and a body, in other normal forms.
pub fn fingerprint_of(title: &str, body: &str, forms: &NormalForms) -> ContentHash {
    ContentHash::of(format!("{}\0{}", folded(title, forms), folded(body, forms)).as_bytes())
}

/// Holds back a mark that stands after a digit until the next character says whether it belongs to
/// a number.
#[derive(Default)]
struct NumberGate {
    held: Option<(char, usize)>,
    after_digit: bool,
}

fn step(c: char, at: usize, forms: &NormalForms, gate: &mut NumberGate, emit: &mut impl FnMut(Unit)) {
    if forms.markup && is_invisible(c) {
        return; // Also inside a figure.
    }
    let held = gate.held.take();
    if let Some((mark, mark_at)) = held
        && c.is_ascii_digit()
    {
        emit(Unit { c: mark, at: mark_at });
    }
    if c.is_alphanumeric() {
        let c = if forms.script { script::fold(c) } else { c };
        gate.after_digit = c.is_ascii_digit();
        emit(Unit { c, at });
        return;
    }
    let after_digit = std::mem::take(&mut gate.after_digit);
    if c.is_whitespace() {
        if forms.white_space {
            // No text at all: `2022, 3` is `2022，3`. A full stop before a blank ends a sentence.
            gate.held = held.filter(|(mark, _)| *mark == ',' && c != '\n');
        } else {
            emit(Unit { c, at });
        }
        return;
    }
    let c = if forms.quotes && is_quote(c) { '"' } else { c };
    let c = if forms.width { half_width(c) } else { c };
    if !forms.punctuation {
        if !(forms.markup && matches!(c, '*' | '\\' | '`')) {
            emit(Unit { c, at });
        }
        return;
    }
    if after_digit {
        match c {
            '.' | ',' => gate.held = Some((c, at)),
            '%' | '‰' => emit(Unit { c, at }),
            _ => {}
        }
    }
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
        '：' => ':',
        '；' => ';',
        '！' => '!',
        '？' => '?',
        '（' | '【' | '〔' => '(',
        '）' | '】' | '〕' => ')',
        '—' | '–' | '―' | '－' | '─' => '-',
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
    fn steps_can_be_switched_off() {
        let forms = NormalForms { script: false, ..NormalForms::default() };
        assert_ne!(folded("台灣", &forms), folded("台湾", &forms));
        let forms = NormalForms { punctuation: false, ..NormalForms::default() };
        assert_eq!(folded("好，。", &forms), folded("好 ,.", &forms));
        assert_ne!(folded("好！", &forms), folded("好？", &forms));
        assert_eq!(folded("a  *b*", &NormalForms::none()), "a  *b*");
        assert_eq!(NormalForms::default().names().len(), 7);
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
