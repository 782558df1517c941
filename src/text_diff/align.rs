//! Sentence rows of two texts: what is equal, changed, moved, or stands on one side only.
//!
//! Sentences are matched first, long ones before short ones, so that a short sentence that occurs
//! often cannot pull the texts out of step. Inside what is left, letters are matched, and sentences
//! that share letters form a row: so merged and split sentences stay together.

use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::moved;
use super::sequence::{self, Hunk};
use super::side::{Names, Side};
use crate::text::{NormalForms, PageText};

/// How long an alignment may look for the best difference before it takes the next best.
pub const BUDGET: Duration = Duration::from_millis(400);
/// Only sentences of this length are matched over the whole text.
const ANCHOR: u32 = 8;
/// Sentences that share less than this part of the shorter one are not the same sentence.
const KIN: f64 = 0.34;
/// Equal letters between two changes that are fewer than this do not hold them apart.
const ISLAND: u32 = 3;

/// What became of a sentence (or a few that were merged or split).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// Equal as written.
    Equal,
    /// Equal but for the normal forms: punctuation, width, script, white space.
    Variant,
    /// Changed; the spans say where.
    Changed,
    /// Only in the original.
    OnlyOriginal,
    /// Only in the local copy.
    OnlyLocal,
    /// Stands elsewhere on the other side; this is its place in the original.
    MovedOriginal,
    /// Stands elsewhere on the other side; this is its place in the local copy.
    MovedLocal,
}

/// One side of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowText {
    /// The text as written.
    pub text: String,
    /// The changed parts of it, as byte ranges, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Range<usize>>,
    /// How many sentences it holds.
    pub sentences: u32,
    /// Its length in characters of the normal form.
    pub weight: u32,
}

/// A row of the alignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What became of it.
    pub kind: RowKind,
    /// The original's side.
    pub original: Option<RowText>,
    /// The local copy's side.
    pub local: Option<RowText>,
    /// For a moved row, the index of its other place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<usize>,
    /// Characters that differ, of the longer side of each change.
    pub changed: u32,
}

/// Two texts, side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// The rows, in reading order.
    pub rows: Vec<Row>,
    /// The original's title.
    pub original_title: String,
    /// The local copy's title.
    pub local_title: String,
}

/// Aligns two texts. The deadline bounds the search, not the result: every sentence of both sides
/// stands in exactly one row.
pub fn align(original: &PageText, local: &PageText, forms: &NormalForms, deadline: Instant) -> Alignment {
    let mut names = Names::default();
    let mut a = Side::new(original, forms, &mut names);
    let mut b = Side::new(local, forms, &mut names);
    Alignment {
        rows: rows(&mut a, &mut b, forms, &mut names, deadline),
        original_title: original.title.clone(),
        local_title: local.title.clone(),
    }
}

/// The rows of two sides.
pub fn rows(
    a: &mut Side,
    b: &mut Side,
    forms: &NormalForms,
    names: &mut Names,
    deadline: Instant,
) -> Vec<Row> {
    let equal = anchors(a, b, deadline);
    a.cut(|at| equal.binary_search_by_key(&at, |(i, _)| *i).is_err(), forms, names);
    b.cut(|at| equal.binary_search_by_key(&at, |(_, j)| *j).is_err(), forms, names);
    let mut builder = Builder { a, b, rows: Vec::new(), deadline };
    let mut next = (0, 0);
    for (i, j) in equal {
        builder.gap(next.0..i, next.1..j);
        builder.equal(i..i + 1, j..j + 1);
        next = (i + 1, j + 1);
    }
    let end = (builder.a.sents.len(), builder.b.sents.len());
    builder.gap(next.0..end.0, next.1..end.1);
    let mut rows = builder.rows;
    moved::mark(&mut rows);
    rows
}

/// Pairs of equal sentences, in order.
fn anchors(a: &Side, b: &Side, deadline: Instant) -> Vec<(usize, usize)> {
    let long = |side: &Side| -> (Vec<usize>, Vec<u32>) {
        side.sents.iter().enumerate().filter(|(_, s)| s.weight >= ANCHOR).map(|(i, s)| (i, s.key)).unzip()
    };
    let ((places_a, keys_a), (places_b, keys_b)) = (long(a), long(b));
    let found = sequence::hunks(&keys_a, &keys_b, deadline);
    let mut sure = Vec::new();
    for (i, j) in sequence::pairs(keys_a.len(), &found) {
        if let (Some(i), Some(j)) = (places_a.get(i), places_b.get(j)) {
            sure.push((*i, *j));
        }
    }
    // Between the long sentences, all that is equal in order.
    let mut all = Vec::with_capacity(sure.len());
    let mut next = (0, 0);
    let keys = |side: &Side, range: Range<usize>| -> Vec<u32> {
        side.sents.get(range).unwrap_or_default().iter().map(|s| s.key).collect()
    };
    for (i, j) in sure.into_iter().chain(std::iter::once((a.sents.len(), b.sents.len()))) {
        if next.0 < i && next.1 < j {
            let (gap_a, gap_b) = (keys(a, next.0..i), keys(b, next.1..j));
            let found = sequence::hunks(&gap_a, &gap_b, deadline);
            all.extend(sequence::pairs(gap_a.len(), &found).map(|(x, y)| (next.0 + x, next.1 + y)));
        }
        all.push((i, j));
        next = (i + 1, j + 1);
    }
    all.pop();
    all
}

struct Builder<'a> {
    a: &'a Side,
    b: &'a Side,
    rows: Vec<Row>,
    deadline: Instant,
}

impl Builder<'_> {
    fn text(side: &Side, sents: Range<usize>, spans: Vec<Range<usize>>) -> RowText {
        let weight = side.sents.get(sents.clone()).unwrap_or_default().iter().map(|s| s.weight).sum();
        let sentences = u32::try_from(sents.len()).unwrap_or(u32::MAX);
        RowText { text: side.text_of(sents).to_owned(), spans, sentences, weight }
    }

    fn equal(&mut self, a: Range<usize>, b: Range<usize>) {
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
    fn gap(&mut self, gap_a: Range<usize>, gap_b: Range<usize>) {
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
        let mut shared: Vec<((usize, usize), u32)> = Vec::new();
        let (mut i, mut j) = (gap_a.start, gap_b.start);
        for (x, y) in pairs {
            while self.a.sents.get(i).is_some_and(|s| s.toks.end <= *x) {
                i += 1;
            }
            while self.b.sents.get(j).is_some_and(|s| s.toks.end <= *y) {
                j += 1;
            }
            let weight = self.a.toks.get(*x).map_or(0, |tok| tok.weight);
            match shared.last_mut() {
                Some((at, sum)) if *at == (i, j) => *sum += weight,
                _ => shared.push(((i, j), weight)),
            }
        }
        let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for ((i, j), weight) in shared {
            let (Some(a), Some(b)) = (self.a.sents.get(i), self.b.sents.get(j)) else { continue };
            if f64::from(weight) < KIN * f64::from(a.weight.min(b.weight)) {
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
        runs
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
                        Some(run.first()?.start.checked_sub(base)?..run.last()?.end.checked_sub(base)?)
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

/// How often each kind of row stands in an alignment.
pub fn count(rows: &[Row]) -> HashMap<RowKind, usize> {
    let mut counts = HashMap::new();
    for row in rows {
        *counts.entry(row.kind).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn page(blocks: &[&str]) -> PageText {
        PageText { blocks: blocks.iter().map(|b| (*b).to_owned()).collect(), ..PageText::default() }
    }

    fn kinds(a: &[&str], b: &[&str]) -> Vec<RowKind> {
        let deadline = Instant::now() + Duration::from_secs(20);
        align(&page(a), &page(b), &NormalForms::default(), deadline).rows.iter().map(|row| row.kind).collect()
    }

    #[test]
    fn rows_of_each_kind() {
        use RowKind::{Changed, Equal, OnlyLocal, OnlyOriginal, Variant};
        assert_eq!(
            kinds(
                &["第一句话没有变。第二句里有三个人在场。只有原文才有的一句话在这里。最后一句也没变。"],
                &["第一句话没有变。第二句里有五个人在场。最后一句也没變。完全是另外加上去的东西。"]
            ),
            [Equal, Changed, OnlyOriginal, Variant, OnlyLocal]
        );
    }

    #[test]
    fn merged_and_split_sentences_are_no_change() {
        assert_eq!(
            kinds(
                &["前面的一句话。他来了。她走了。后面的一句话。"],
                &["前面的一句话。他来了，她走了。后面的一句话。"]
            ),
            [RowKind::Equal, RowKind::Variant, RowKind::Equal]
        );
    }

    #[test]
    fn spans_are_what_changed() {
        let deadline = Instant::now() + Duration::from_secs(20);
        let found = align(
            &page(&["At least 12 people were hurt on Monday."]),
            &page(&["At least 21 people were not hurt on Monday."]),
            &NormalForms::default(),
            deadline,
        );
        let row = &found.rows[0];
        let cut =
            |side: &RowText| side.spans.iter().map(|s| side.text[s.clone()].to_owned()).collect::<Vec<_>>();
        assert_eq!(cut(row.original.as_ref().unwrap()), ["12"]);
        assert_eq!(cut(row.local.as_ref().unwrap()), ["21", "not"]);
        assert_eq!(row.changed, 5);
    }
}
