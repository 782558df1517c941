//! Whether what an article quotes from a source is still there.

use super::contain::Haystack;
use crate::text::{NormalForms, normal};

/// Shorter quotations are single words and titles.
const MIN_LETTERS: usize = 8;
/// Longer ones are no quotation but a mark that was never closed.
const MAX_CHARS: usize = 1000;

/// Quotation marks, opening and closing.
const MARKS: &[(char, char)] = &[('“', '”'), ('「', '」'), ('『', '』'), ('«', '»'), ('„', '“')];

/// The quotations of a text: what stands in 「」, “ ”, « » and their like, in order.
pub fn quotations(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (open, close) in MARKS {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once(*open) {
            let Some((inside, tail)) = after.split_once(*close) else { break };
            let known = normal::letters(inside).chars().count() >= MIN_LETTERS;
            if known && inside.chars().count() <= MAX_CHARS {
                found.push(inside);
            }
            rest = tail;
        }
    }
    found.sort_by_key(|quote| quote.as_ptr() as usize);
    found
}

/// The quotations of an article that stood in a source before and do not now. `before` and `now` are
/// the whole texts of two snapshots of the source.
pub fn lost(article: &str, before: &str, now: &str) -> Vec<String> {
    let forms = NormalForms::default();
    let (before, now) = (Haystack::new(before, &forms), Haystack::new(now, &forms));
    quotations(article)
        .into_iter()
        .filter(|quote| {
            let wanted = normal::letters(quote);
            before.holds(&wanted) && !now.holds(&wanted)
        })
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
            quotations(text),
            ["这件事情我们已经知道了。", "那件事情我們還不知道", "Nous ne savons pas"]
        );
        assert!(quotations("“没有关上的引号").is_empty());
    }

    #[test]
    fn a_lost_quotation_is_named() {
        let article = "报道称：“这件事情我们已经知道了。”和“从来没有在那里说过的话”。";
        let before = "发言人表示：這件事情我們已經知道了。然后走了。";
        assert_eq!(lost(article, before, "发言人没有表示什么。"), ["这件事情我们已经知道了。"]);
        assert!(lost(article, before, before).is_empty());
    }
}
