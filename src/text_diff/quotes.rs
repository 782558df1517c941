//! Finds quotations of an article that its source no longer holds.
//!
//! Only a quotation that an earlier snapshot of the source held can be lost. One that was translated, or
//! that comes from another source, was never there and raises no alarm.

use crate::text::normalize;

/// Shorter quotations, in letters, are single words and titles.
const MIN_LETTERS: usize = 8;
/// Longer ones, in characters, come from a mark that was never closed.
const MAX_CHARS: usize = 1000;

/// Quotation marks that open and close differently.
const PAIRED_MARKS: &[(char, char)] =
    &[('“', '”'), ('「', '」'), ('『', '』'), ('«', '»'), ('„', '“'), ('〝', '〞'), ('｢', '｣')];
/// Quotation marks that close as they open.
const STRAIGHT_MARKS: &[char] = &['"', '＂'];

/// The quotations of a text, in order: what is inside “ ”, 「」, «», "" and similar marks within one
/// line.
pub fn find_quotations(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        for (open, close) in PAIRED_MARKS {
            let mut rest = line;
            while let Some((_, after)) = rest.split_once(*open) {
                let Some((inside, tail)) = after.split_once(*close) else { break };
                found.push(inside);
                rest = tail;
            }
        }
        for mark in STRAIGHT_MARKS {
            // An odd number means inch marks or a missing mark, which would turn quotations inside out.
            if line.matches(*mark).count() % 2 == 0 {
                found.extend(line.split(*mark).skip(1).step_by(2));
            }
        }
    }
    found.retain(|inside| {
        let letters = normalize::full_normal_form(inside).chars().count();
        letters >= MIN_LETTERS && inside.chars().count() <= MAX_CHARS
    });
    found.sort_by_key(|quote| quote.as_ptr() as usize);
    found.dedup();
    found
}

/// A source's whole text, in which quotations are found whatever their script, width and punctuation.
#[derive(Clone, Debug, Default)]
pub struct SourceText {
    letters: String,
}

impl SourceText {
    /// Takes all visible text of a page, since a quotation that moved into a box is still there.
    pub fn new(whole: &str) -> Self {
        Self { letters: normalize::full_normal_form(whole).to_lowercase() }
    }

    /// Whether it holds a quotation. Digits next to the place count, punctuation does not: "5 人" is
    /// not found in "15 人".
    pub fn holds_quote(&self, quote: &str) -> bool {
        let wanted = normalize::full_normal_form(quote).to_lowercase();
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let (starts, ends) = (digit(wanted.chars().next()), digit(wanted.chars().next_back()));
        !wanted.is_empty()
            && self.letters.match_indices(&wanted).any(|(at, _)| {
                let before = self.letters.get(..at).and_then(|text| text.chars().next_back());
                let after = self.letters.get(at + wanted.len()..).and_then(|text| text.chars().next());
                !(starts && digit(before) || ends && digit(after))
            })
    }
}

/// The quotations of an article that an earlier snapshot of a source held and the newest does not.
pub fn find_lost_quotes(article: &str, before: &[SourceText], now: &SourceText) -> Vec<String> {
    find_quotations(article)
        .into_iter()
        .filter(|quote| before.iter().any(|source| source.holds_quote(quote)) && !now.holds_quote(quote))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_are_found_in_order() {
        let text = "他说：“这件事情我们已经知道了。”又说「那件事情我們還不知道」，“短”。«Nous ne savons pas»";
        assert_eq!(
            find_quotations(text),
            ["这件事情我们已经知道了。", "那件事情我們還不知道", "Nous ne savons pas"]
        );
        assert!(find_quotations("“没有关上的引号").is_empty());
        assert!(find_quotations("“没有关上的引号\n下一段“里面的引文有这么长”").len() == 1);
        assert_eq!(
            find_quotations("\"We shall see them\", he said, \"in the morning.\""),
            ["We shall see them", "in the morning."]
        );
        assert!(find_quotations("a 6\" board, he said, and \"that is all there is\"").is_empty());
    }

    fn lost_from(article: &str, before: &str, now: &str) -> Vec<String> {
        find_lost_quotes(article, &[SourceText::new(before)], &SourceText::new(now))
    }

    #[test]
    fn a_lost_quotation_is_named() {
        let article = "报道称：“这件事情我们已经知道了。”和“从来没有在那里说过的话”。";
        let before = "发言人表示：這件事情我們已經知道了。然后走了。";
        assert_eq!(lost_from(article, before, "发言人没有表示什么。"), ["这件事情我们已经知道了。"]);
        assert!(lost_from(article, before, before).is_empty());
    }

    #[test]
    fn a_quotation_may_stand_inside_a_sentence_and_in_other_marks() {
        let article = "He wrote: \"we have not been told of it\".";
        let now = "Yesterday they said that We have not been told of it, and left.";
        assert!(lost_from(article, "“We have not been told of it.”", now).is_empty());
        assert_eq!(lost_from(article, now, "They left.").len(), 1);
    }

    #[test]
    fn a_figure_at_the_edge_counts() {
        let article = "据称“15人在事故中受了伤”。";
        assert_eq!(lost_from(article, "昨天15人在事故中受了伤。", "昨天115人在事故中受了伤。").len(), 1);
    }
}
