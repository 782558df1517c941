//! What stands between two pairs of equal sentences: letters are matched, and sentences that share
//! letters form a row. So merged and split sentences stay together.

use std::ops::Range;
use std::time::Instant;

use crate::text_diff::align::sequence;
use crate::text_diff::align::sequence::Hunk;
use crate::text_diff::align::{Row, RowKind, RowText};
use crate::text_diff::tokens::{Side, Tok};

/// Sentences that share less than this part of the shorter one are not the same sentence.
const KIN: f64 = 0.34;
/// Equal letters between two changes that are fewer than this do not hold them apart.
const ISLAND: u32 = 3;

/// How long a sentence is, or what two of them share.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// Without figures: a sentence of which only the figures changed is the same.
    words: u32,
    all: u32,
}

impl Weight {
    fn of(tok: Option<&Tok>) -> Self {
        let all = tok.map_or(0, |tok| tok.weight);
        Self { words: if tok.is_some_and(|tok| tok.figure) { 0 } else { all }, all }
    }

    fn plus(self, other: Self) -> Self {
        Self { words: self.words + other.words, all: self.all + other.all }
    }

    /// Whether two sentences that share this much are the same one. Figures alone make no sentence of
    /// words the same, but a line that is nothing else (of a table) is known by them.
    fn is_kin(self, a: Self, b: Self) -> bool {
        let enough = |shared: u32, a: u32, b: u32| f64::from(shared) >= KIN * f64::from(a.min(b));
        match (a.words, b.words) {
            (0, 0) => enough(self.all, a.all, b.all),
            (0, _) | (_, 0) => false,
            (of_a, of_b) => enough(self.words, of_a, of_b),
        }
    }
}

/// Puts rows together, in reading order.
pub struct Builder<'a> {
    a: &'a Side,
    b: &'a Side,
    rows: Vec<Row>,
    deadline: Instant,
}

impl<'a> Builder<'a> {
    /// Begins; the sides' sentences that have no equal are cut into tokens.
    pub fn new(a: &'a Side, b: &'a Side, deadline: Instant) -> Self {
        Self { a, b, rows: Vec::new(), deadline }
    }

    /// The rows.
    pub fn rows(self) -> Vec<Row> {
        self.rows
    }

    fn text(side: &Side, sents: Range<usize>, spans: Vec<Range<usize>>) -> RowText {
        let weight = side.sents.get(sents.clone()).unwrap_or_default().iter().map(|s| s.weight).sum();
        let sentences = u32::try_from(sents.len()).unwrap_or(u32::MAX);
        let goes_on = side.goes_on(sents.start);
        RowText { text: side.text_of(sents).to_owned(), spans, sentences, weight, goes_on }
    }

    /// A row of sentences that are equal in the normal form.
    pub fn equal(&mut self, a: Range<usize>, b: Range<usize>) {
        let original = Self::text(self.a, a, Vec::new());
        let local = Self::text(self.b, b, Vec::new());
        let kind = if original.text == local.text { RowKind::Equal } else { RowKind::Variant };
        self.rows.push(Row {
            kind,
            original: Some(original),
            local: Some(local),
            moved_to: None,
            changed: 0,
        });
    }

    fn only_original(&mut self, sents: Range<usize>) {
        for at in sents {
            let original = Self::text(self.a, at..at + 1, Vec::new());
            let changed = original.weight;
            let kind = RowKind::OnlyOriginal;
            self.rows.push(Row { kind, original: Some(original), local: None, moved_to: None, changed });
        }
    }

    fn only_local(&mut self, sents: Range<usize>) {
        for at in sents {
            let local = Self::text(self.b, at..at + 1, Vec::new());
            let changed = local.weight;
            self.rows.push(Row {
                kind: RowKind::OnlyLocal,
                original: None,
                local: Some(local),
                moved_to: None,
                changed,
            });
        }
    }

    /// What stands between two pairs of equal sentences.
    pub fn gap(&mut self, gap_a: Range<usize>, gap_b: Range<usize>) {
        if gap_a.is_empty() || gap_b.is_empty() {
            self.only_original(gap_a);
            self.only_local(gap_b);
            return;
        }
        let toks_a = self.a.toks_of(gap_a.clone());
        let toks_b = self.b.toks_of(gap_b.clone());
        let ids = |side: &Side, range: &Range<usize>| -> Vec<u32> {
            side.toks.get(range.clone()).unwrap_or_default().iter().map(|tok| tok.id).collect()
        };
        let (ids_a, ids_b) = (ids(self.a, &toks_a), ids(self.b, &toks_b));
        let found = sequence::hunks(&ids_a, &ids_b, self.deadline);
        let pairs: Vec<(usize, usize)> =
            sequence::pairs(ids_a.len(), &found).map(|(i, j)| (toks_a.start + i, toks_b.start + j)).collect();
        let found: Vec<Hunk> = found
            .into_iter()
            .map(|h| Hunk {
                a: toks_a.start + h.a.start..toks_a.start + h.a.end,
                b: toks_b.start + h.b.start..toks_b.start + h.b.end,
            })
            .collect();
        let mut next = (gap_a.start, gap_b.start);
        for (sents_a, sents_b) in self.kin(&pairs, &gap_a, &gap_b) {
            self.only_original(next.0..sents_a.start);
            self.only_local(next.1..sents_b.start);
            next = (sents_a.end, sents_b.end);
            self.changed(sents_a, sents_b, &found);
        }
        self.only_original(next.0..gap_a.end);
        self.only_local(next.1..gap_b.end);
    }

    /// Runs of sentences that share enough letters to be the same text, given pairs of equal tokens.
    fn kin(
        &self,
        pairs: &[(usize, usize)],
        gap_a: &Range<usize>,
        gap_b: &Range<usize>,
    ) -> Vec<(Range<usize>, Range<usize>)> {
        // What is equal in two sentences: of all their letters, and of those that are no figure.
        let mut shared: Vec<((usize, usize), Weight)> = Vec::new();
        let (mut i, mut j) = (gap_a.start, gap_b.start);
        for (x, y) in pairs {
            while self.a.sents.get(i).is_some_and(|s| s.toks.end <= *x) {
                i += 1;
            }
            while self.b.sents.get(j).is_some_and(|s| s.toks.end <= *y) {
                j += 1;
            }
            let weight = Weight::of(self.a.toks.get(*x));
            match shared.last_mut() {
                Some((at, sum)) if *at == (i, j) => *sum = sum.plus(weight),
                _ => shared.push(((i, j), weight)),
            }
        }
        let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for ((i, j), weight) in shared {
            if !weight.is_kin(Self::weight(self.a, i), Self::weight(self.b, j)) {
                continue;
            }
            let taken = runs.last().is_some_and(|(run_a, run_b)| run_a.contains(&i) || run_b.contains(&j));
            // Lines of figures are not merged and split as sentences are.
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
        let words = |side: &Side, at: usize| Self::weight(side, at).words;
        if alone && runs.is_empty() && words(self.a, gap_a.start) + words(self.b, gap_b.start) == 0 {
            runs.push((gap_a.clone(), gap_b.clone()));
        }
        runs
    }

    fn weight(side: &Side, sentence: usize) -> Weight {
        let toks = side.toks.get(side.toks_of(sentence..sentence + 1)).unwrap_or_default();
        toks.iter().fold(Weight::default(), |sum, tok| sum.plus(Weight::of(Some(tok))))
    }

    /// A row of sentences that are the same text, changed (or only merged or split).
    fn changed(&mut self, sents_a: Range<usize>, sents_b: Range<usize>, found: &[Hunk]) {
        let (toks_a, toks_b) = (self.a.toks_of(sents_a.clone()), self.b.toks_of(sents_b.clone()));
        let clip = |range: &Range<usize>, to: &Range<usize>| {
            let start = range.start.clamp(to.start, to.end);
            start..range.end.clamp(start, to.end)
        };
        let touching = found.iter().filter(|h| {
            h.a.end >= toks_a.start
                && h.a.start <= toks_a.end
                && h.b.end >= toks_b.start
                && h.b.start <= toks_b.end
        });
        let clipped: Vec<Hunk> = touching
            .map(|h| Hunk { a: clip(&h.a, &toks_a), b: clip(&h.b, &toks_b) })
            .filter(|h| !h.a.is_empty() || !h.b.is_empty())
            .collect();
        if clipped.is_empty() {
            self.equal(sents_a, sents_b);
            return;
        }
        let joined = self.join_islands(clipped);
        let weigh = |side: &Side, range: &Range<usize>| -> u32 {
            side.toks.get(range.clone()).unwrap_or_default().iter().map(|tok| tok.weight).sum()
        };
        let changed = joined.iter().map(|h| weigh(self.a, &h.a).max(weigh(self.b, &h.b))).sum();
        let spans =
            |side: &Side, sents: &Range<usize>, pick: fn(&Hunk) -> &Range<usize>| -> Vec<Range<usize>> {
                let base = side.sents.get(sents.start).map_or(0, |s| s.range.start);
                joined
                    .iter()
                    .filter_map(|h| {
                        let run = side.toks.get(pick(h).clone()).unwrap_or_default();
                        let (start, end) = (run.first()?.start as usize, run.last()?.end as usize);
                        Some(start.checked_sub(base)?..end.checked_sub(base)?)
                    })
                    .collect()
            };
        let original = Self::text(self.a, sents_a.clone(), spans(self.a, &sents_a, |h| &h.a));
        let local = Self::text(self.b, sents_b.clone(), spans(self.b, &sents_b, |h| &h.b));
        self.rows.push(Row {
            kind: RowKind::Changed,
            original: Some(original),
            local: Some(local),
            moved_to: None,
            changed,
        });
    }

    /// Joins changes that only a few equal letters hold apart, where the changes are larger than
    /// the letters between them.
    fn join_islands(&self, found: Vec<Hunk>) -> Vec<Hunk> {
        let mut joined: Vec<Hunk> = Vec::new();
        for hunk in found {
            if let Some(last) = joined.last_mut() {
                let island: u32 = self
                    .a
                    .toks
                    .get(last.a.end..hunk.a.start)
                    .unwrap_or_default()
                    .iter()
                    .map(|tok| tok.weight)
                    .sum();
                let around = last.a.len().max(last.b.len()).min(hunk.a.len().max(hunk.b.len()));
                if island < ISLAND && around > island as usize {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::text::{NormalForms, PageText};
    use crate::text_diff::align::{RowKind, align};

    fn kinds(a: &[&str], b: &[&str]) -> Vec<RowKind> {
        let page = |blocks: &[&str]| PageText {
            blocks: blocks.iter().map(|b| (*b).to_owned()).collect(),
            ..PageText::default()
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        let found = align(&page(a), &page(b), &NormalForms::default(), deadline);
        found.rows.iter().map(|row| row.kind).collect()
    }

    #[test]
    fn figures_alone_make_no_sentence_the_same() {
        use RowKind::{Changed, OnlyLocal};
        let (first, second) = ("步道全长5.6公里，沿线种了柳树。", "步道全长5.6英里，沿线种了柳树。");
        assert_eq!(kinds(&[first], &["5.6", second]), [OnlyLocal, Changed]);
        let found = kinds(&["2019 | 1200", "2020 | 1300"], &["2019 | 1250", "2020 | 1350"]);
        assert_eq!(found, [Changed, Changed]);
    }
}
