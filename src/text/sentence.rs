//! Finds the sentences of Chinese, Japanese and European text, as byte ranges of a block.
//!
//! Written by hand, because the Unicode rules (UAX #29) split at "Mr. Smith" and keep Chinese closing quotes
//! apart, and a comparison needs the same ranges in both texts.

use std::ops::Range;

use crate::text::normalize::address_length;

/// Words that end in a full stop without ending a sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "gen", "col", "sen", "rep", "gov", "vs", "etc", "no",
    "inc", "ltd", "co", "corp", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
    "dec",
];

/// The byte ranges of a text's sentences in order, without the white space around them. A line break
/// always ends a sentence; closing quotation marks and brackets belong to the sentence before them.
pub fn sentence_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    // The marks in a web address end no sentence.
    let mut address_end = 0;
    let mut next_part = move || {
        while let Some((at, c)) = chars.next() {
            if at < address_end {
                continue;
            }
            if matches!(c, 'h' | 'H' | 'w' | 'W') {
                address_end = at + address_length(text, at);
            }
            let line_end = is_line_end(c);
            let ends = line_end
                || matches!(c, '。' | '！' | '？' | '!' | '?' | '｡' | '．')
                || (c == '…' && !matches!(chars.peek(), Some((_, '…'))))
                || (c == '.' && stop_ends_sentence(text, start, at));
            if !ends {
                continue;
            }
            let mut end = if line_end { at } else { at + c.len_utf8() };
            if !line_end {
                while let Some((next_at, next)) = chars.next_if(|(_, next)| is_closing_mark(*next)) {
                    end = next_at + next.len_utf8();
                }
            }
            let part = start..end;
            start = if line_end { at + c.len_utf8() } else { end };
            return Some(part);
        }
        let rest = start..text.len();
        start = text.len();
        (!rest.is_empty()).then_some(rest)
    };
    std::iter::from_fn(move || {
        loop {
            let trimmed = trim_range(text, next_part()?);
            if !trimmed.is_empty() {
                return Some(trimmed);
            }
        }
    })
}

/// A byte range without the white space at its ends.
fn trim_range(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn is_closing_mark(c: char) -> bool {
    matches!(
        c,
        '”' | '’'
            | '"'
            | '\''
            | '」'
            | '』'
            | '》'
            | '〉'
            | '）'
            | ')'
            | ']'
            | '】'
            | '»'
            | '›'
            | '。'
            | '！'
            | '？'
            | '!'
            | '?'
    )
}

/// Whether a full stop ends its sentence: white space follows it (or a closing mark and white space), and
/// the word before it is neither an initial nor a known abbreviation.
fn stop_ends_sentence(text: &str, start: usize, at: usize) -> bool {
    let after = text.get(at + 1..).unwrap_or_default();
    let rest = after.trim_start_matches(['"', '”', '’', '\'', ')', ']', '»']);
    match rest.chars().next() {
        None => return true,
        Some(c) if c.is_whitespace() => {}
        // "gnews.org" continues; a Chinese or Japanese sentence may begin without a blank.
        Some(c) => return matches!(u32::from(c), 0x2E80..0xFF00) && c.is_alphabetic(),
    }
    let before = text.get(start..at).unwrap_or_default();
    let word = before.rsplit(|c: char| !c.is_alphabetic() && c != '.').next().unwrap_or_default();
    if word.is_empty() {
        return true;
    }
    if word.chars().count() == 1 && word.chars().all(char::is_uppercase) {
        return false;
    }
    if word.contains('.') {
        return rest.trim_start().chars().next().is_some_and(char::is_uppercase) && word.len() > 4;
    }
    let lower = word.to_lowercase();
    !ABBREVIATIONS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_sentences(text: &str) -> Vec<&str> {
        sentence_ranges(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn chinese_and_japanese_sentences_are_split() {
        assert_eq!(
            split_sentences("他说：“好！”然后走了。……再见？"),
            ["他说：“好！”", "然后走了。", "……", "再见？"]
        );
        assert_eq!(split_sentences("「行く。」と言った。\n次。"), ["「行く。」", "と言った。", "次。"]);
        assert_eq!(split_sentences("没有句号的一行\n　下一行"), ["没有句号的一行", "下一行"]);
    }

    #[test]
    fn european_sentences_are_split() {
        assert_eq!(
            split_sentences("Mr. Smith paid 3.5 dollars. J. Doe did not (he said.) Then U.S. troops left."),
            ["Mr. Smith paid 3.5 dollars.", "J. Doe did not (he said.)", "Then U.S. troops left."]
        );
        assert_eq!(split_sentences("Visit gnews.org now. Yes!"), ["Visit gnews.org now.", "Yes!"]);
        assert_eq!(
            split_sentences("见ｗｗｗ.Ｇｎｅｗｓ.ｏｒｇ网站.然后再说."),
            ["见ｗｗｗ.Ｇｎｅｗｓ.ｏｒｇ网站.", "然后再说."]
        );
        assert!(split_sentences("  \n ").is_empty());
    }

    #[test]
    fn any_text_is_covered_once() {
        let text = "é.é. A.B. 。」\u{2028}..\"x\" ?!…… ’ 五.六";
        let mut last = 0;
        for range in sentence_ranges(text) {
            assert!(range.start >= last && text.get(range.clone()).is_some());
            assert!(text[last..range.start].trim().is_empty());
            last = range.end;
        }
        assert!(text[last..].trim().is_empty());
    }
}
