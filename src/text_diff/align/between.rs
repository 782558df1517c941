//! Compares the text between two pairs of equal sentences: tokens are matched, and sentences that share
//! enough letters form a row. So merged and split sentences stay together.

use std::ops::Range;

use super::row::{AlignedRow, RowKind, RowText};
use super::search_budget::SearchBudget;
use super::sequence;
use super::sequence::Hunk;
use crate::text_diff::tokens::{Token, TokenizedText};

/// Sentences that share less than this part of the shorter one are different sentences.
const MIN_SHARED: f64 = 0.34;
/// Two changes with fewer equal letters than this between them are joined.
const MIN_ISLAND: u32 = 3;

/// The length of a sentence in characters, or of what two sentences share.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// The length without figures, since a sentence of which only the figures changed is the same one.
    words: u32,
    all: u32,
}

impl Weight {
    fn of_token(token: Option<&Token>) -> Self {
        let all = token.map_or(0, |token| token.weight);
        Self { words: if token.is_some_and(|token| token.figure) { 0 } else { all }, all }
    }

    fn of_sentence(side: &TokenizedText, sentence: usize) -> Self {
        let tokens = side.tokens.get(side.tokens_of(sentence..sentence + 1)).unwrap_or_default();
        tokens.iter().fold(Self::default(), |sum, token| sum.plus(Self::of_token(Some(token))))
    }

    fn plus(self, other: Self) -> Self {
        Self { words: self.words + other.words, all: self.all + other.all }
    }

    /// Whether two sentences of the lengths `a` and `b` that share this much are the same one. Figures
    /// alone do not make two sentences the same, except in lines of nothing but figures (of a table).
    fn is_same_sentence(self, a: Self, b: Self) -> bool {
        let enough = |shared: u32, a: u32, b: u32| f64::from(shared) >= MIN_SHARED * f64::from(a.min(b));
        match (a.words, b.words) {
            (0, 0) => enough(self.all, a.all, b.all),
            (0, _) | (_, 0) => false,
            (of_a, of_b) => enough(self.words, of_a, of_b),
        }
    }
}

/// Remembers the weight of the last sentence, since a long one may share something with thousands of short
/// ones in a row.
#[derive(Default)]
struct LastWeight(Option<(usize, Weight)>);

impl LastWeight {
    fn weigh(&mut self, side: &TokenizedText, sentence: usize) -> Weight {
        match self.0 {
            Some((known, weight)) if known == sentence => weight,
            _ => self.0.insert((sentence, Weight::of_sentence(side, sentence))).1,
        }
    }
}

/// Builds the rows of an alignment in reading order.
pub struct RowBuilder<'a> {
    a: &'a TokenizedText,
    b: &'a TokenizedText,
    rows: Vec<AlignedRow>,
    budget: &'a mut SearchBudget,
}

impl<'a> RowBuilder<'a> {
    /// Begins an alignment of two texts, whose sentences without an equal are cut into tokens.
    pub fn new(a: &'a TokenizedText, b: &'a TokenizedText, budget: &'a mut SearchBudget) -> Self {
        Self { a, b, rows: Vec::new(), budget }
    }

    /// The rows built so far.
    pub fn into_rows(self) -> Vec<AlignedRow> {
        self.rows
    }

    fn row_text(side: &TokenizedText, run: Range<usize>, spans: Vec<Range<usize>>) -> RowText {
        let weight = side.sentences.get(run.clone()).unwrap_or_default().iter().map(|s| s.weight).sum();
        let sentences = u32::try_from(run.len()).unwrap_or(u32::MAX);
        let continues_line = side.continues_line(run.start);
        RowText { text: side.text_of(run).to_owned(), spans, sentences, weight, continues_line }
    }

    /// Adds a row of sentences that are equal in the normal form.
    pub fn push_equal(&mut self, a: Range<usize>, b: Range<usize>) {
        let original = Self::row_text(self.a, a, Vec::new());
        let local = Self::row_text(self.b, b, Vec::new());
        let kind = if original.text == local.text { RowKind::Equal } else { RowKind::Variant };
        self.rows.push(AlignedRow {
            kind,
            original: Some(original),
            local: Some(local),
            moved_to: None,
            changed: 0,
        });
    }

    fn push_only_original(&mut self, sentences: Range<usize>) {
        for at in sentences {
            let original = Self::row_text(self.a, at..at + 1, Vec::new());
            let changed = original.weight;
            let kind = RowKind::OnlyOriginal;
            self.rows.push(AlignedRow {
                kind,
                original: Some(original),
                local: None,
                moved_to: None,
                changed,
            });
        }
    }

    fn push_only_local(&mut self, sentences: Range<usize>) {
        for at in sentences {
            let local = Self::row_text(self.b, at..at + 1, Vec::new());
            let changed = local.weight;
            self.rows.push(AlignedRow {
                kind: RowKind::OnlyLocal,
                original: None,
                local: Some(local),
                moved_to: None,
                changed,
            });
        }
    }

    /// Adds the rows of the sentences between two pairs of equal sentences.
    pub fn push_gap(&mut self, gap_a: Range<usize>, gap_b: Range<usize>) {
        if gap_a.is_empty() || gap_b.is_empty() {
            self.push_only_original(gap_a);
            self.push_only_local(gap_b);
            return;
        }
        let tokens_a = self.a.tokens_of(gap_a.clone());
        let tokens_b = self.b.tokens_of(gap_b.clone());
        let ids = |side: &TokenizedText, range: &Range<usize>| -> Vec<u32> {
            side.tokens.get(range.clone()).unwrap_or_default().iter().map(|token| token.id).collect()
        };
        let (ids_a, ids_b) = (ids(self.a, &tokens_a), ids(self.b, &tokens_b));
        let found = sequence::find_hunks(&ids_a, &ids_b, self.budget);
        let pairs: Vec<(usize, usize)> = sequence::equal_pairs(ids_a.len(), &found)
            .map(|(i, j)| (tokens_a.start + i, tokens_b.start + j))
            .collect();
        let found: Vec<Hunk> = found
            .into_iter()
            .map(|h| Hunk {
                a: tokens_a.start + h.a.start..tokens_a.start + h.a.end,
                b: tokens_b.start + h.b.start..tokens_b.start + h.b.end,
            })
            .collect();
        let mut next = (gap_a.start, gap_b.start);
        for (sentences_a, sentences_b) in self.find_matching_runs(&pairs, &gap_a, &gap_b) {
            self.push_only_original(next.0..sentences_a.start);
            self.push_only_local(next.1..sentences_b.start);
            next = (sentences_a.end, sentences_b.end);
            self.push_changed(sentences_a, sentences_b, &found);
        }
        self.push_only_original(next.0..gap_a.end);
        self.push_only_local(next.1..gap_b.end);
    }

    /// Runs of sentences that share enough letters to be the same text. `pairs` are the equal tokens.
    fn find_matching_runs(
        &self,
        pairs: &[(usize, usize)],
        gap_a: &Range<usize>,
        gap_b: &Range<usize>,
    ) -> Vec<(Range<usize>, Range<usize>)> {
        // What each pair of sentences shares.
        let mut shared: Vec<((usize, usize), Weight)> = Vec::new();
        let (mut i, mut j) = (gap_a.start, gap_b.start);
        for (x, y) in pairs {
            while self.a.sentences.get(i).is_some_and(|s| s.tokens.end <= *x) {
                i += 1;
            }
            while self.b.sentences.get(j).is_some_and(|s| s.tokens.end <= *y) {
                j += 1;
            }
            let weight = Weight::of_token(self.a.tokens.get(*x));
            match shared.last_mut() {
                Some((at, sum)) if *at == (i, j) => *sum = sum.plus(weight),
                _ => shared.push(((i, j), weight)),
            }
        }
        let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        let (mut of_a, mut of_b) = (LastWeight::default(), LastWeight::default());
        for ((i, j), weight) in shared {
            if !weight.is_same_sentence(of_a.weigh(self.a, i), of_b.weigh(self.b, j)) {
                continue;
            }
            let taken = runs.last().is_some_and(|(run_a, run_b)| run_a.contains(&i) || run_b.contains(&j));
            // Lines of figures are not merged or split as sentences are.
            if taken && weight.words == 0 {
                continue;
            }
            match runs.last_mut() {
                Some((run_a, run_b)) if run_a.contains(&i) || run_b.contains(&j) => {
                    run_a.end = run_a.end.max(i + 1);
                    run_b.end = run_b.end.max(j + 1);
                }
                _ => runs.push((i..i + 1, j..j + 1)),
            }
        }
        let alone = gap_a.len() == 1 && gap_b.len() == 1;
        let words = |side: &TokenizedText, at: usize| Weight::of_sentence(side, at).words;
        if alone && runs.is_empty() && words(self.a, gap_a.start) + words(self.b, gap_b.start) == 0 {
            runs.push((gap_a.clone(), gap_b.clone()));
        }
        runs
    }

    /// Adds a row of sentences that are the same text, changed (or only merged or split).
    fn push_changed(&mut self, sentences_a: Range<usize>, sentences_b: Range<usize>, found: &[Hunk]) {
        let (tokens_a, tokens_b) =
            (self.a.tokens_of(sentences_a.clone()), self.b.tokens_of(sentences_b.clone()));
        let clip = |range: &Range<usize>, to: &Range<usize>| {
            let start = range.start.clamp(to.start, to.end);
            start..range.end.clamp(start, to.end)
        };
        // The changes are in order on both sides, so those that touch the row are a run of them.
        let before = |h: &Hunk| h.a.end < tokens_a.start || h.b.end < tokens_b.start;
        let from = found.partition_point(before);
        let touching = found.get(from..).unwrap_or_default().iter();
        let touching = touching.take_while(|h| h.a.start <= tokens_a.end && h.b.start <= tokens_b.end);
        let clipped: Vec<Hunk> = touching
            .map(|h| Hunk { a: clip(&h.a, &tokens_a), b: clip(&h.b, &tokens_b) })
            .filter(|h| !h.a.is_empty() || !h.b.is_empty())
            .collect();
        if clipped.is_empty() {
            self.push_equal(sentences_a, sentences_b);
            return;
        }
        let joined = self.join_islands(clipped);
        let weigh = |side: &TokenizedText, range: &Range<usize>| -> u32 {
            side.tokens.get(range.clone()).unwrap_or_default().iter().map(|token| token.weight).sum()
        };
        let changed = joined.iter().map(|h| weigh(self.a, &h.a).max(weigh(self.b, &h.b))).sum();
        let spans = |side: &TokenizedText,
                     sentences: &Range<usize>,
                     pick: fn(&Hunk) -> &Range<usize>|
         -> Vec<Range<usize>> {
            let base = side.sentences.get(sentences.start).map_or(0, |s| s.range.start);
            joined
                .iter()
                .filter_map(|h| {
                    let run = side.tokens.get(pick(h).clone()).unwrap_or_default();
                    let (start, end) = (run.first()?.start as usize, run.last()?.end as usize);
                    Some(start.checked_sub(base)?..end.checked_sub(base)?)
                })
                .collect()
        };
        let original = Self::row_text(self.a, sentences_a.clone(), spans(self.a, &sentences_a, |h| &h.a));
        let local = Self::row_text(self.b, sentences_b.clone(), spans(self.b, &sentences_b, |h| &h.b));
        self.rows.push(AlignedRow {
            kind: RowKind::Changed,
            original: Some(original),
            local: Some(local),
            moved_to: None,
            changed,
        });
    }

    /// Joins changes with only a few equal letters between them, where the changes are larger than those
    /// letters.
    fn join_islands(&self, found: Vec<Hunk>) -> Vec<Hunk> {
        let mut joined: Vec<Hunk> = Vec::new();
        for hunk in found {
            if let Some(last) = joined.last_mut() {
                let island: u32 = self
                    .a
                    .tokens
                    .get(last.a.end..hunk.a.start)
                    .unwrap_or_default()
                    .iter()
                    .map(|token| token.weight)
                    .sum();
                let around = last.a.len().max(last.b.len()).min(hunk.a.len().max(hunk.b.len()));
                if island < MIN_ISLAND && around > island as usize {
                    last.a.end = hunk.a.end;
                    last.b.end = hunk.b.end;
                    continue;
                }
            }
            joined.push(hunk);
        }
        joined
    }
}
