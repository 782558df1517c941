//! Keeps the frame of a text from being taken for words of the other text.
//!
//! A title and a byline share words with the first sentences of their article. Between two texts that were
//! matched already, a line of the frame is looked for only where the other text has all of it, as a page does
//! that sets a byline and a paragraph in one line; and a note, where the other text has a frame, too.

use std::borrow::Cow;
use std::ops::Range;

use crate::text::BlockRole;
use crate::text_diff::tokens::TokenizedText;

/// At most this many tokens are compared in the search for lines of the frame.
const MAX_STEPS: usize = 5_000_000;

/// Fewer tokens are shared by chance.
const MIN_LINE: usize = 8;

/// No token has this number.
const UNMATCHED: u32 = u32::MAX;

/// The numbers of the tokens of a run of the local copy, where those of its frame that the original's run does
/// not have match nothing.
pub fn ids_to_match<'a>(
    own: &'a TokenizedText,
    run: &Range<usize>,
    (other, other_run): (&TokenizedText, &Range<usize>),
) -> Cow<'a, [u32]> {
    let tokens = own.tokens_of(run.clone());
    let ids = own.token_ids(tokens.clone());
    let role = |text: &TokenizedText, at: usize| text.role_of(at..at + 1);
    if run.clone().all(|at| role(own, at) == BlockRole::Article) {
        return Cow::Borrowed(ids);
    }
    let theirs = other.token_ids(other.tokens_of(other_run.clone()));
    let has = |wanted: fn(BlockRole) -> bool| other_run.clone().any(|at| wanted(role(other, at)));
    let (has_frame, has_note) = (has(|role| role != BlockRole::Article), has(|role| role == BlockRole::Note));
    let mut ids = ids.to_vec();
    let mut steps = 0_usize;
    for at in run.clone() {
        let kept = match role(own, at) {
            BlockRole::Article => true,
            BlockRole::Note if has_frame => true,
            BlockRole::Frame if has_note => true,
            BlockRole::Note if shares_most(own.token_ids(own.tokens_of(at..at + 1)), theirs) => true,
            BlockRole::Note | BlockRole::Frame => {
                let line = own.token_ids(own.tokens_of(at..at + 1));
                steps = steps.saturating_add(theirs.len().saturating_mul(line.len()));
                steps <= MAX_STEPS && !line.is_empty() && theirs.windows(line.len()).any(|part| part == line)
            }
        };
        if !kept {
            let place = own.tokens_of(at..at + 1);
            let place = place.start - tokens.start..place.end - tokens.start;
            ids.get_mut(place).into_iter().flatten().for_each(|id| *id = UNMATCHED);
        }
    }
    Cow::Owned(ids)
}

/// Whether a text has most of the words of a line, in any order.
fn shares_most(line: &[u32], text: &[u32]) -> bool {
    if line.len() < MIN_LINE || line.len().saturating_mul(text.len()) > MAX_STEPS {
        return false;
    }
    let shared = line.iter().filter(|id| text.contains(id)).count();
    shared * 5 >= line.len() * 4
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::text::{NormalForms, PageBlock, PageText};
    use crate::text_diff::align::{RowKind, SearchBudget, align_texts};

    fn rows(original: &[PageBlock], local: &[PageBlock]) -> Vec<(RowKind, String)> {
        let page = |blocks: &[PageBlock]| PageText { blocks: blocks.to_vec(), ..PageText::default() };
        let budget = &mut SearchBudget::of_comparison();
        let found = align_texts(&page(original), &page(local), &NormalForms::default(), budget);
        found.rows.iter().map(|row| (row.kind, row.local.map_or("", |text| text.text).to_owned())).collect()
    }

    #[test]
    fn a_title_is_not_taken_for_the_sentence_that_repeats_its_words() {
        let title = PageBlock::of_frame("青石港新码头月底试运行");
        let byline = PageBlock::of_frame("4/21/2023 1:39 AM UTC 海风");
        let [old, new] = ["六", "九"].map(|n| format!("青石港新码头将于本月底试运行，首批有{n}艘船靠泊。"));
        let found = rows(&[new.into()], &[title, byline, old.clone().into()]);
        assert_eq!(found.last().unwrap(), &(RowKind::Changed, old));
        assert!(found.iter().take(2).all(|(kind, _)| *kind == RowKind::OnlyLocal), "{found:?}");
    }

    #[test]
    fn a_byline_in_one_line_with_the_text_is_found() {
        let (byline, text) = ("撰稿：海风", "新码头将于本月底试运行，首批有六艘船靠泊。");
        let found = rows(&[format!("{byline} {text}").into()], &[PageBlock::of_frame(byline), text.into()]);
        assert!(found.iter().all(|(kind, _)| *kind == RowKind::Variant), "{found:?}");
    }
}
