//! Compares the text between two pairs of equal sentences: tokens are matched, and sentences that share
//! enough letters form a row. So merged and split sentences stay together.

use std::ops::Range;

use super::frame_tokens;
use super::rows::{Rows, Spans};
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
    fn of_token(token: Token) -> Self {
        Self { words: if token.figure { 0 } else { token.weight }, all: token.weight }
    }

    fn of_sentence(side: &TokenizedText, sentence: usize) -> Self {
        let tokens = side.tokens(side.tokens_of(sentence..sentence + 1));
        tokens.fold(Self::default(), |sum, token| sum.plus(Self::of_token(token)))
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

/// Collects the runs of sentences that are the same text on both sides.
struct MatchingRuns<'a> {
    a: &'a TokenizedText,
    b: &'a TokenizedText,
    of_a: LastWeight,
    of_b: LastWeight,
    found: Vec<(Range<usize>, Range<usize>)>,
}

impl<'a> MatchingRuns<'a> {
    fn of_texts(a: &'a TokenizedText, b: &'a TokenizedText) -> Self {
        Self { a, b, of_a: LastWeight::default(), of_b: LastWeight::default(), found: Vec::new() }
    }

    /// Adds what two sentences share. Pairs come in order on both sides.
    fn add(&mut self, (i, j): (usize, usize), shared: Weight) {
        let (of_i, of_j) = (self.of_a.weigh(self.a, i), self.of_b.weigh(self.b, j));
        if !shared.is_same_sentence(of_i, of_j) {
            // A cell that is nothing but a figure, where the other side has the whole row in one line.
            let is_cell = |of: Weight| of.words == 0 && of.all == shared.all;
            match self.found.last_mut() {
                Some((run_a, run_b)) if is_cell(of_i) && run_b.contains(&j) && i <= run_a.end + 1 => {
                    run_a.end = run_a.end.max(i + 1);
                }
                Some((run_a, run_b)) if is_cell(of_j) && run_a.contains(&i) && j <= run_b.end + 1 => {
                    run_b.end = run_b.end.max(j + 1);
                }
                _ => {}
            }
            return;
        }
        let last = self.found.last_mut();
        match last.filter(|(run_a, run_b)| run_a.contains(&i) || run_b.contains(&j)) {
            // Lines of figures are not merged or split as sentences are.
            Some(_) if shared.words == 0 => {}
            Some((run_a, run_b)) => {
                run_a.end = run_a.end.max(i + 1);
                run_b.end = run_b.end.max(j + 1);
            }
            None => self.found.push((i..i + 1, j..j + 1)),
        }
    }
}

/// Builds the rows of an alignment in reading order.
pub struct RowBuilder<'a> {
    rows: Rows,
    budget: &'a mut SearchBudget,
}

impl<'a> RowBuilder<'a> {
    /// Begins an alignment of two texts, whose sentences without an equal are cut into tokens.
    pub fn new(a: TokenizedText, b: TokenizedText, budget: &'a mut SearchBudget) -> Self {
        Self { rows: Rows::of_texts(a, b), budget }
    }

    /// The rows built so far.
    pub fn into_rows(mut self) -> Rows {
        self.rows.forget_tokens();
        self.rows
    }

    fn a(&self) -> &TokenizedText {
        self.rows.original()
    }

    fn b(&self) -> &TokenizedText {
        self.rows.local()
    }

    /// Adds a row of sentences that are equal in the normal form.
    pub fn push_equal(&mut self, a: Range<usize>, b: Range<usize>) {
        self.rows.push_equal(a, b);
    }

    /// Adds the rows of the sentences between two pairs of equal sentences.
    pub fn push_gap(&mut self, gap_a: Range<usize>, gap_b: Range<usize>) {
        if gap_a.is_empty() || gap_b.is_empty() {
            self.rows.push_only_original(gap_a);
            self.rows.push_only_local(gap_b);
            return;
        }
        let tokens_a = self.a().tokens_of(gap_a.clone());
        let tokens_b = self.b().tokens_of(gap_b.clone());
        let (a, b) = (self.rows.original(), self.rows.local());
        let ids_a = a.token_ids(tokens_a.clone());
        let ids_b = frame_tokens::ids_to_match(b, &gap_b, (a, &gap_a));
        let mut found = sequence::find_hunks(ids_a, &ids_b, self.budget);
        drop(ids_b);
        let pairs = sequence::equal_pairs(tokens_a.len(), &found)
            .map(|(i, j)| (tokens_a.start + i, tokens_b.start + j));
        let runs = self.find_matching_runs(pairs, (gap_a.start, gap_b.start));
        for hunk in &mut found {
            hunk.a = tokens_a.start + hunk.a.start..tokens_a.start + hunk.a.end;
            hunk.b = tokens_b.start + hunk.b.start..tokens_b.start + hunk.b.end;
        }
        let mut next = (gap_a.start, gap_b.start);
        for (sentences_a, sentences_b) in runs {
            self.push_unmatched(next.0..sentences_a.start, next.1..sentences_b.start);
            next = (sentences_a.end, sentences_b.end);
            self.push_changed(sentences_a, sentences_b, &found);
        }
        self.push_unmatched(next.0..gap_a.end, next.1..gap_b.end);
    }

    /// Adds the rows of sentences that share no text with the other side. Where both sides have equally many
    /// and each is nothing but figures, as the cells of a table are, each figure replaces the one in its place.
    fn push_unmatched(&mut self, gap_a: Range<usize>, gap_b: Range<usize>) {
        let is_figure = |side: &TokenizedText, at: usize| Weight::of_sentence(side, at).words == 0;
        let figures = gap_a.len() == gap_b.len()
            && gap_a.clone().all(|at| is_figure(self.a(), at))
            && gap_b.clone().all(|at| is_figure(self.b(), at));
        if !figures {
            self.rows.push_only_original(gap_a);
            self.rows.push_only_local(gap_b);
            return;
        }
        for (i, j) in gap_a.zip(gap_b) {
            let whole = Hunk { a: self.a().tokens_of(i..i + 1), b: self.b().tokens_of(j..j + 1) };
            self.push_changed(i..i + 1, j..j + 1, &[whole]);
        }
    }

    /// Runs of sentences that share enough letters to be the same text. `pairs` are the equal tokens, and `i`
    /// and `j` the first sentences that they may be in.
    fn find_matching_runs(
        &self,
        pairs: impl Iterator<Item = (usize, usize)>,
        (mut i, mut j): (usize, usize),
    ) -> Vec<(Range<usize>, Range<usize>)> {
        let mut runs = MatchingRuns::of_texts(self.a(), self.b());
        // What the pair of sentences at hand shares.
        let mut shared = Weight::default();
        for (x, y) in pairs {
            let before = (i, j);
            while self.a().tokens_end(i).is_some_and(|end| end <= x) {
                i += 1;
            }
            while self.b().tokens_end(j).is_some_and(|end| end <= y) {
                j += 1;
            }
            if before != (i, j) && shared.all > 0 {
                runs.add(before, std::mem::take(&mut shared));
            }
            shared = self.a().tokens(x..x + 1).map(Weight::of_token).fold(shared, Weight::plus);
        }
        if shared.all > 0 {
            runs.add((i, j), shared);
        }
        runs.found
    }

    /// Adds a row of sentences that are the same text, changed (or only merged or split).
    fn push_changed(&mut self, sentences_a: Range<usize>, sentences_b: Range<usize>, found: &[Hunk]) {
        let (tokens_a, tokens_b) =
            (self.a().tokens_of(sentences_a.clone()), self.b().tokens_of(sentences_b.clone()));
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
            self.rows.push_equal(sentences_a, sentences_b);
            return;
        }
        let joined = self.join_islands(clipped);
        let weigh = |side: &TokenizedText, range: &Range<usize>| -> u32 {
            side.tokens(range.clone()).map(|token| token.weight).sum()
        };
        let changed = joined.iter().map(|h| weigh(self.a(), &h.a).max(weigh(self.b(), &h.b))).sum();
        let spans = |side: &TokenizedText, sentences: &Range<usize>, pick: fn(&Hunk) -> &Range<usize>| {
            let base = side.place_of(sentences.clone()).start;
            let span = |hunk: &Hunk| {
                let mut run = side.tokens(pick(hunk).clone());
                let first = run.next()?;
                let last = run.next_back().unwrap_or(first);
                Some(first.start.checked_sub(base)?..last.end.checked_sub(base)?)
            };
            joined.iter().filter_map(span).collect::<Spans>()
        };
        let spans_a = spans(self.a(), &sentences_a, |h| &h.a);
        let spans_b = spans(self.b(), &sentences_b, |h| &h.b);
        self.rows.push_changed((sentences_a, spans_a), (sentences_b, spans_b), changed);
    }

    /// Joins changes with only a few equal letters between them, where the changes are larger than those
    /// letters.
    fn join_islands(&self, found: Vec<Hunk>) -> Vec<Hunk> {
        let mut joined: Vec<Hunk> = Vec::new();
        for hunk in found {
            if let Some(last) = joined.last_mut() {
                let between = self.a().tokens(last.a.end..hunk.a.start);
                let island: u32 = between.map(|token| token.weight).sum();
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
