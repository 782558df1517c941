//! Sentence rows of two texts: what is equal, changed, moved, or stands on one side only.
//!
//! Sentences are matched first, long ones before short ones, so that a short sentence that occurs
//! often cannot pull the texts out of step. What is left between them is [`super::align::between`]'s.

pub(in crate::text_diff) mod between;
pub(in crate::text_diff) mod moved;
pub(in crate::text_diff) mod sequence;

use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::align::between::Builder;
use super::tokens::{Names, Side};
use crate::text::{NormalForms, PageText};

/// How long an alignment may look for the best difference before it takes the next best.
pub const BUDGET: Duration = Duration::from_millis(400);
/// Only sentences of this length are matched over the whole text.
const ANCHOR: u32 = 8;

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
    /// Whether it stands in the line of the sentence before it.
    #[serde(skip)]
    pub goes_on: bool,
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
    let mut rows = in_order(a, b, forms, names, deadline);
    moved::mark(&mut rows, forms, deadline);
    rows
}

/// The rows of two texts, of which nothing is looked for elsewhere.
pub fn align_in_order(
    original: &PageText,
    local: &PageText,
    forms: &NormalForms,
    deadline: Instant,
) -> Vec<Row> {
    let mut names = Names::default();
    let mut a = Side::new(original, forms, &mut names);
    let mut b = Side::new(local, forms, &mut names);
    in_order(&mut a, &mut b, forms, &mut names, deadline)
}

fn in_order(
    a: &mut Side,
    b: &mut Side,
    forms: &NormalForms,
    names: &mut Names,
    deadline: Instant,
) -> Vec<Row> {
    let equal = anchors(a, b);
    a.cut(|at| equal.binary_search_by_key(&at, |(i, _)| *i).is_err(), forms, names);
    b.cut(|at| equal.binary_search_by_key(&at, |(_, j)| *j).is_err(), forms, names);
    let end = (a.sents.len(), b.sents.len());
    let mut builder = Builder::new(a, b, deadline);
    let mut next = (0, 0);
    for (i, j) in equal {
        builder.gap(next.0..i, next.1..j);
        builder.equal(i..i + 1, j..j + 1);
        next = (i + 1, j + 1);
    }
    builder.gap(next.0..end.0, next.1..end.1);
    builder.rows()
}

/// Pairs of equal sentences, in order.
///
/// Looked for whatever the time: without them every sentence of a long text would count as changed,
/// and each would have to be cut into tokens, which costs far more.
fn anchors(a: &Side, b: &Side) -> Vec<(usize, usize)> {
    let long = |side: &Side| -> (Vec<usize>, Vec<u32>) {
        side.sents.iter().enumerate().filter(|(_, s)| s.weight >= ANCHOR).map(|(i, s)| (i, s.key)).unzip()
    };
    let ((places_a, keys_a), (places_b, keys_b)) = (long(a), long(b));
    let found = sequence::all_hunks(&keys_a, &keys_b);
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
            let found = sequence::all_hunks(&gap_a, &gap_b);
            all.extend(sequence::pairs(gap_a.len(), &found).map(|(x, y)| (next.0 + x, next.1 + y)));
        }
        all.push((i, j));
        next = (i + 1, j + 1);
    }
    all.pop();
    all
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
