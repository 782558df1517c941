//! Writes the normal form of a text in one pass.

use unicode_normalization::UnicodeNormalization;

use super::addresses;
use super::digit_groups::{grouped_length, is_decimal};
use super::normal_forms::NormalForms;
use super::number_context::NumberContext;
use super::sink::{CharSink, NormalChar, NormalFormSink};
use crate::unicode::character_classes::{
    fold_punctuation, is_combining, is_common_mark, is_comparison, is_currency, is_invisible, is_nfkc_stable,
    is_number_stop, is_plain_mark, is_quote, is_unwritten, lowercase_char, to_ascii_width,
};
use crate::unicode::decimal_digits::to_ascii_digit;
use crate::unicode::script_folding;

/// A base and its combining marks are composed up to this length in bytes.
const MAX_CLUSTER: usize = 64;

/// Calls `emit` for each character of the normal form of a text, in order.
pub fn for_each_normal_char(text: &str, forms: &NormalForms, emit: impl FnMut(NormalChar)) {
    write_normal_form(text, forms, &mut CharSink(emit));
}

/// Writes the normal form of a text in order. It is the normal forms of its lines, one after another.
pub fn write_normal_form(text: &str, forms: &NormalForms, to: &mut impl NormalFormSink) {
    let mut context = NumberContext::default();
    let table = forms.script.then(script_folding::ideograph_table);
    let mut at = 0;
    while let Some(&first) = text.as_bytes().get(at) {
        // Most of a text is runs of letters outside of numbers, or runs of digits.
        if let 0xe4..=0xe9 = first
            && let run = ideograph_run(text, at)
            && !run.is_empty()
        {
            context = context.after_letters(run.len() / 3, false);
            match table {
                Some(table) => to.push_ideographs(run, at, |c| table.fold(c)),
                None => to.push_ideographs(run, at, |c| c),
            }
            at += run.len();
            continue;
        }
        if forms.addresses
            && matches!(first, b'h' | b'H' | b'w' | b'W')
            && let length = addresses::address_length(text, at)
            && length > 0
        {
            // What follows an address is a new word.
            context = NumberContext { apart: true, ..NumberContext::default() };
            at += length;
            continue;
        }
        if first.is_ascii_alphabetic()
            && let run = ascii_run(text, at, u8::is_ascii_alphabetic)
            && !run.is_empty()
        {
            context = context.after_letters(run.len(), true);
            to.push_ascii(run, at, forms.letter_case);
            at += run.len();
            continue;
        }
        if first.is_ascii_digit()
            && let length = write_grouped(text, at, forms, &mut context, to)
            && length > 0
        {
            at += length;
            continue;
        }
        if first.is_ascii_digit()
            && let run = ascii_run(text, at, u8::is_ascii_digit)
            && !run.is_empty()
        {
            push_normal_char(char::from(first), at, forms, &mut context, to);
            let (_, others) = run.split_at(1);
            context.digits = context.digits.saturating_add(u8::try_from(others.len()).unwrap_or(u8::MAX));
            to.push_ascii(others, at + 1, false);
            at += run.len();
            continue;
        }
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return };
        if c == '+'
            && forms.punctuation
            && context.apart
            && text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit)
        {
            // `2020 +15%` are two figures, and a plus before a figure says what the figure says without it.
            context = NumberContext { apart: true, ..NumberContext::default() };
            at += 1;
            continue;
        }
        if !c.is_ascii()
            && is_decimal(c)
            && let length = write_grouped(text, at, forms, &mut context, to)
            && length > 0
        {
            at += length;
            continue;
        }
        let mut push = |c: char, at: usize| push_normal_char(c, at, forms, &mut context, to);
        let end = at + c.len_utf8();
        let marked = is_combining_at(text, end);
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
        // A base and its marks are composed together, up to a limit that keeps many marks cheap.
        let mut cluster = String::from(c);
        for mark in text.get(end..).unwrap_or_default().chars() {
            if cluster.len() >= MAX_CLUSTER || !is_combining(mark) {
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

/// Writes the figure in groups of digits that begins at an offset, without the marks between the groups, and
/// returns its length in bytes; 0 where none begins there.
fn write_grouped(
    text: &str,
    at: usize,
    forms: &NormalForms,
    context: &mut NumberContext,
    to: &mut impl NormalFormSink,
) -> usize {
    let length = if forms.punctuation { grouped_length(text, at) } else { 0 };
    if length == 0 || is_combining_at(text, at + length) {
        return 0;
    }
    let figure = text.get(at..at + length).unwrap_or_default().char_indices();
    for (offset, c) in figure.filter(|(_, c)| is_decimal(*c)) {
        let c = to_ascii_width(c).filter(|_| forms.nfkc).unwrap_or(c);
        push_normal_char(c, at + offset, forms, context, to);
    }
    length
}

/// The run of ideographs from U+4E00 to U+9FFF at an offset, three bytes each (RFC 3629, section 3),
/// without a last one that carries a combining mark.
pub(super) fn ideograph_run(text: &str, from: usize) -> &str {
    let bytes = text.as_bytes();
    let mut end = from;
    while let Some(&[first, second, _]) = bytes.get(end..).and_then(<[u8]>::first_chunk::<3>)
        && matches!((first, second), (0xe4, 0xb8..) | (0xe5..=0xe9, _))
    {
        end += 3;
    }
    if end > from && is_combining_at(text, end) {
        end -= 3;
    }
    text.get(from..end).unwrap_or_default()
}

/// The run of ASCII characters of a kind at an offset, without a last one that carries a combining mark.
fn ascii_run(text: &str, from: usize, kind: impl Fn(&u8) -> bool) -> &str {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let length = rest.iter().position(|byte| !kind(byte)).unwrap_or(rest.len());
    let end = from + length;
    text.get(from..if length > 0 && is_combining_at(text, end) { end - 1 } else { end }).unwrap_or_default()
}

/// Whether a combining mark is at an offset.
#[inline]
pub(super) fn is_combining_at(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        // No combining mark begins with these bytes.
        None | Some(0..=0x7f | 0xe4..=0xe9) => false,
        Some(_) => text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(is_combining),
    }
}

/// Writes the normal form of one character, given what is before it.
fn push_normal_char(
    c: char,
    at: usize,
    forms: &NormalForms,
    context: &mut NumberContext,
    to: &mut impl NormalFormSink,
) {
    let mut emit = |unit: NormalChar| to.push_char(unit);
    if (forms.markup && is_invisible(c)) || (forms.script && is_unwritten(c)) {
        // Inside a figure, too.
        return;
    }
    let c = if forms.script { to_ascii_digit(c) } else { c };
    let held = context.held.take();
    if forms.punctuation && (is_plain_mark(c) || (!context.after_digit && is_number_stop(c))) {
        // Most marks are never part of a number.
        (context.after_digit, context.near, context.apart, context.dashed) = (false, 0, true, false);
        return;
    }
    if !is_common_mark(c) && c.is_alphanumeric() {
        if c.is_ascii_digit() {
            if let Some((mark, at)) = held {
                emit(NormalChar { c: mark, at });
            }
            let row = if held.is_none() && context.after_digit { context.digits } else { 0 };
            *context = NumberContext {
                after_digit: true,
                digits: row.saturating_add(1),
                dated: held.map_or(row > 0 && context.dated, |(mark, _)| {
                    mark == '-' && (context.dated || context.digits == 4)
                }),
                near: NumberContext::UNIT_LETTERS,
                ..NumberContext::default()
            };
        } else {
            *context = context.after_letters(1, u32::from(c) < 0x2E80);
        }
        let c = if forms.script { script_folding::fold_char(c) } else { c };
        emit(NormalChar { c: if forms.letter_case { lowercase_char(c) } else { c }, at });
        return;
    }
    if c == '\n' {
        // Each line has a normal form of its own.
        *context = NumberContext::default();
        if !forms.white_space {
            emit(NormalChar { c, at });
        }
        return;
    }
    if c.is_whitespace() {
        if forms.white_space {
            // White space counts for nothing: `2022, 3` is `2022，3`. But a full stop before a blank ends a
            // sentence, and a minus touches its figure.
            let goes_on = |mark: char| is_comparison(mark) || (context.after_digit && mark != '.');
            context.held = held.filter(|(mark, _)| goes_on(*mark));
        } else {
            emit(NormalChar { c, at });
            context.after_digit = false;
        }
        (context.apart, context.dashed) = (true, false);
        return;
    }
    // Between letters a long dash is punctuation; between figures it is the same as a short one.
    let sign = matches!(c, '-' | '−' | '–' | '－');
    let c = if forms.quotes && is_quote(c) { '"' } else { c };
    let c = if forms.width { fold_punctuation(c) } else { c };
    if !forms.punctuation {
        if !(forms.markup && matches!(c, '*' | '\\' | '`')) {
            emit(NormalChar { c, at });
        }
        context.after_digit = false;
        return;
    }
    if is_currency(c) || (context.after_digit && matches!(c, '%' | '‰')) {
        // `-$5`
        if let Some((mark, at)) = held.filter(|_| is_currency(c)) {
            emit(NormalChar { c: mark, at });
        }
        emit(NormalChar { c, at });
        context.after_digit = false;
        return;
    }
    let dash = matches!(c, '-' | '~');
    let known = held.filter(|(mark, _)| *mark == '-' && dash && context.after_digit);
    context.held =
        known.or_else(|| context.mark_before_digit(c, sign && !context.dashed).map(|mark| (mark, at)));
    context.after_digit &= context.held.is_some();
    context.near = if dash { context.near } else { 0 };
    (context.apart, context.dashed) = (true, dash);
}
