//! Merges the two sides of a changed sentence into one text, with removals and additions in their
//! places.

use crate::text::NormalForms;
use crate::text::normalize;
use crate::text_diff::RowText;

/// A piece of a merged sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergedPiece<'a> {
    /// In both texts, as the later one writes it.
    Same(&'a str),
    /// Only before.
    Removed(&'a str),
    /// Only after.
    Added(&'a str),
}

/// Merges the two sides of a changed row. Changes of both sides belong together if the same number of
/// common letters precedes them.
pub fn merge_sides<'a>(
    before: &RowText<'a>,
    after: &RowText<'a>,
    forms: NormalForms,
) -> Vec<MergedPiece<'a>> {
    let (of_before, of_after) =
        (CommonLetters::from_side(before, forms), CommonLetters::from_side(after, forms));
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut added = after.spans.iter().zip(&of_after.letters_before).peekable();
    for (span, letters) in before.spans.iter().zip(&of_before.letters_before) {
        // Additions that come earlier in the text.
        while let Some((own, _)) = added.next_if(|(_, of_own)| *of_own < letters) {
            push_piece(&mut pieces, MergedPiece::Same, after.text.get(from..own.start));
            push_piece(&mut pieces, MergedPiece::Added, after.text.get(own.clone()));
            from = own.end;
        }
        let (place, end) = match added.peek() {
            Some((own, of_own)) if *of_own == letters => (own.start, span.end),
            _ => {
                // A removed word takes the space behind it along.
                let place = of_after.end_of_letters(*letters);
                (place + whitespace_len(after.text, place), span.end + whitespace_len(before.text, span.end))
            }
        };
        let place = place.max(from);
        push_piece(&mut pieces, MergedPiece::Same, after.text.get(from..place));
        from = place;
        push_piece(&mut pieces, MergedPiece::Removed, before.text.get(span.start..end));
        if let Some((own, _)) = added.next_if(|(_, of_own)| *of_own == letters) {
            push_piece(&mut pieces, MergedPiece::Added, after.text.get(own.clone()));
            from = own.end;
        }
    }
    for (own, _) in added {
        push_piece(&mut pieces, MergedPiece::Same, after.text.get(from..own.start));
        push_piece(&mut pieces, MergedPiece::Added, after.text.get(own.clone()));
        from = own.end;
    }
    push_piece(&mut pieces, MergedPiece::Same, after.text.get(from..));
    pieces
}

/// The number of bytes of white space at a position.
fn whitespace_len(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() - rest.trim_start().len()
}

fn push_piece<'a>(
    pieces: &mut Vec<MergedPiece<'a>>,
    kind: fn(&'a str) -> MergedPiece<'a>,
    text: Option<&'a str>,
) {
    pieces.extend(text.filter(|text| !text.is_empty()).map(kind));
}

/// The letters of one side that the other side has too.
struct CommonLetters {
    /// The number of common letters before each span.
    letters_before: Vec<usize>,
    /// The byte at which each common letter ends.
    ends: Vec<usize>,
}

impl CommonLetters {
    fn from_side(side: &RowText<'_>, forms: NormalForms) -> Self {
        let mut ends: Vec<usize> = Vec::new();
        let mut letters_before: Vec<usize> = Vec::with_capacity(side.spans.len());
        normalize::for_each_normal_char(side.text, &forms, |unit| {
            while side.spans.get(letters_before.len()).is_some_and(|span| span.start <= unit.at) {
                letters_before.push(ends.len());
            }
            let within = letters_before.len().checked_sub(1).and_then(|last| side.spans.get(last));
            if within.is_some_and(|span| span.contains(&unit.at)) {
                return;
            }
            let width =
                side.text.get(unit.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            ends.push(unit.at + width);
        });
        letters_before.resize(side.spans.len(), ends.len());
        Self { letters_before, ends }
    }

    /// The byte at which the first `letters` letters end.
    fn end_of_letters(&self, letters: usize) -> usize {
        letters.checked_sub(1).and_then(|last| self.ends.get(last).copied()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::text::PageText;
    use crate::text_diff::{Alignment, CompareRules, RowKind, compare_aligned};

    fn aligned(a: &str, b: &str) -> Alignment {
        let page = |text: &str| PageText { blocks: vec![text.into()], ..PageText::default() };
        compare_aligned(&page(a), &page(b), &CompareRules::default()).1
    }

    /// Both sides of the first row that changed.
    fn changed_sides(alignment: &Alignment) -> Option<(RowText<'_>, RowText<'_>)> {
        let row = alignment.rows.iter().find(|row| row.kind == RowKind::Changed)?;
        row.original.zip(row.local)
    }

    fn told(a: &str, b: &str) -> String {
        let alignment = aligned(a, b);
        let (before, after) = changed_sides(&alignment).unwrap();
        let pieces = merge_sides(&before, &after, NormalForms::default());
        let told = pieces.into_iter().map(|piece| match piece {
            MergedPiece::Same(text) => text.to_owned(),
            MergedPiece::Removed(text) => format!("[-{text}-]"),
            MergedPiece::Added(text) => format!("{{+{text}+}}"),
        });
        told.collect()
    }

    #[test]
    fn changes_stand_in_their_places() {
        assert_eq!(told("共有十二人到场了。", "共有十五人到场了。"), "共有十[-二-]{+五+}人到场了。");
        assert_eq!(
            told("昨天他們沒有去過那裡看書。", "他们去过那里看书，也走了。"),
            "[-昨天-]他们[-沒有-]去过那里看书，{+也走了+}。"
        );
        assert_eq!(
            told("It rose by 3.5% in the month of May.", "It rose by 4% in May, they said."),
            "It rose by [-3.5%-]{+4%+} in [-the month of -]May, {+they said+}."
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_made_up(a in "[甲乙丙丁戊己庚a-c1-3 ，。]{1,40}", b in "[甲乙丙丁戊己庚a-c1-3 ，。]{1,40}") {
            if let Some((before, after)) = changed_sides(&aligned(&a, &b)) {
                let pieces = merge_sides(&before, &after, NormalForms::default());
                let mut new = String::new();
                let mut gone = Vec::new();
                for piece in pieces {
                    match piece {
                        MergedPiece::Same(text) | MergedPiece::Added(text) => new.push_str(text),
                        MergedPiece::Removed(text) => gone.push(text.trim_end().to_owned()),
                    }
                }
                prop_assert_eq!(&new, after.text);
                let spans: Vec<&str> = before.spans.iter().map(|span| &before.text[span.clone()]).collect();
                prop_assert_eq!(gone, spans);
            }
        }
    }
}
