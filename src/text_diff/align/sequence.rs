//! Finds the differences of two sequences of numbers, with work that grows with their length.
//!
//! Sentences and tokens are compared as numbers. Short sequences, and longer ones with rare numbers, go to
//! `imara-diff` whole; all others are compared window by window between unique runs.

use std::collections::HashMap;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, Token};

use super::search_budget::SearchBudget;
use crate::text::ngrams::hash_run;

/// Up to this many numbers on both sides together, Myers' algorithm finds a shortest difference in
/// good time.
const MAX_MYERS: usize = 12_000;
/// Longer sequences go to the histogram algorithm where a number occurs on average at most this often.
/// It begins at rare numbers; without any it compares everything with everything.
const MAX_OCCURRENCES: usize = 16;
/// No longer sequences than this, both sides together, go to the histogram algorithm. Where every second
/// number changed, it reads the rest of both sequences again for each common number.
const MAX_HISTOGRAM: usize = 48_000;
/// A run of this many numbers that occurs once on each side marks the same place in both.
const ANCHOR_LENGTH: usize = 12;
/// How many runs of both sides are looked through for such runs at a time. More at once are only quicker.
const ANCHOR_PART: usize = 1 << 17;
/// They are divided into at most this many parts, since each takes a reading of both sequences.
const MAX_ANCHOR_PARTS: usize = 32;
/// How many numbers of each side are compared at a time in repetitive sequences.
const WINDOW: usize = 2_048;
/// How many numbers at the end of a window are compared again in the next one, where numbers after the
/// window may fit them better.
const OVERLAP: usize = 256;

/// A run of the first sequence that is replaced by a run of the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The run of the first sequence; empty for an insertion.
    pub a: Range<usize>,
    /// The run of the second sequence; empty for a deletion.
    pub b: Range<usize>,
}

/// The differences of two sequences, in order. Once the budget is spent, everything that is not yet
/// compared counts as replaced.
pub fn find_hunks(a: &[u32], b: &[u32], budget: &mut SearchBudget) -> Vec<Hunk> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    let mid_a = rest_a.get(..rest_a.len() - tail).unwrap_or_default();
    let mid_b = rest_b.get(..rest_b.len() - tail).unwrap_or_default();
    if mid_a.is_empty() && mid_b.is_empty() {
        return Vec::new();
    }
    if mid_a.is_empty() || mid_b.is_empty() || !budget.is_left() {
        return vec![Hunk { a: head..head + mid_a.len(), b: head..head + mid_b.len() }];
    }
    let shifted = |hunk: Hunk| Hunk {
        a: head + hunk.a.start..head + hunk.a.end,
        b: head + hunk.b.start..head + hunk.b.end,
    };
    let mut by_anchors = || compare_between_anchors(mid_a, mid_b, &find_anchors(mid_a, mid_b), budget);
    if mid_a.len() + mid_b.len() > MAX_HISTOGRAM {
        return by_anchors().into_iter().map(shifted).collect();
    }
    // The algorithms keep a table as long as the largest number, so numbers are made dense.
    let mut dense: HashMap<u32, u32> = HashMap::new();
    let mut number = |id: &u32| {
        let fresh = u32::try_from(dense.len()).unwrap_or(u32::MAX);
        Token(*dense.entry(*id).or_insert(fresh))
    };
    let before: Vec<Token> = mid_a.iter().map(&mut number).collect();
    let after: Vec<Token> = mid_b.iter().map(&mut number).collect();
    let (length, distinct) = (before.len() + after.len(), dense.len());
    let found = if length <= MAX_MYERS {
        run_algorithm(Algorithm::Myers, &before, &after, distinct, budget)
    } else if length <= MAX_OCCURRENCES * distinct {
        run_algorithm(Algorithm::Histogram, &before, &after, distinct, budget)
    } else {
        by_anchors()
    };
    found.into_iter().map(shifted).collect()
}

fn run_algorithm(
    algorithm: Algorithm,
    a: &[Token],
    b: &[Token],
    distinct: usize,
    budget: &mut SearchBudget,
) -> Vec<Hunk> {
    let mut diff = Diff::default();
    diff.compute_with(algorithm, a, b, u32::try_from(distinct).unwrap_or(u32::MAX));
    let place = |range: Range<u32>| range.start as usize..range.end as usize;
    let found: Vec<Hunk> =
        diff.hunks().map(|hunk| Hunk { a: place(hunk.before), b: place(hunk.after) }).collect();
    budget.charge_search(a.len() + b.len(), found.iter().map(|hunk| hunk.a.len() + hunk.b.len()).sum());
    found
}

/// Numbers the tokens of two windows from zero, so that a window's tables are no longer than the window.
fn renumber_windows(a: &[u32], b: &[u32]) -> (Vec<Token>, Vec<Token>, usize) {
    let mut numbers: HashMap<u32, u32> = HashMap::with_capacity(a.len() + b.len());
    let mut number = |id: &u32| {
        let fresh = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        Token(*numbers.entry(*id).or_insert(fresh))
    };
    let (a, b) = (a.iter().map(&mut number).collect(), b.iter().map(&mut number).collect());
    (a, b, numbers.len())
}

/// The places of runs that each side holds exactly once, in an order that both sides share.
fn find_anchors(a: &[u32], b: &[u32]) -> Vec<(u32, u32)> {
    let parts = ((a.len() + b.len()) / ANCHOR_PART).clamp(1, MAX_ANCHOR_PARTS) as u64;
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for part in 0..parts {
        let runs_a = find_unique_runs(a, |hash| (hash >> 32) % parts == part);
        let mut runs_b = find_unique_runs(b, |hash| (hash >> 32) % parts == part).into_iter().peekable();
        for (hash, i) in runs_a {
            while runs_b.next_if(|(other, _)| *other < hash).is_some() {}
            pairs.extend(runs_b.next_if(|(other, _)| *other == hash).map(|(_, j)| (i, j)));
        }
    }
    let run = |side: &[u32], at: u32| {
        side.get(at as usize..).and_then(|rest| rest.get(..ANCHOR_LENGTH)).map(<[u32]>::to_vec)
    };
    pairs.retain(|(i, j)| run(a, *i) == run(b, *j));
    pairs.sort_unstable();
    keep_longest_increasing(&mut pairs);
    pairs
}

/// The runs of some hashes that a sequence holds once: hash and place, in the order of the hashes.
fn find_unique_runs(numbers: &[u32], wanted: impl Fn(u64) -> bool) -> Vec<(u64, u32)> {
    let hashes = numbers.windows(ANCHOR_LENGTH).map(|run| hash_run(run.iter().copied()));
    let mut runs: Vec<(u64, u32)> = hashes.zip(0..).filter(|(hash, _)| wanted(*hash)).collect();
    runs.sort_unstable();
    let mut kept = 0;
    let mut from = 0;
    while let Some((hash, place)) = runs.get(from).copied() {
        let same = runs.iter().skip(from).take_while(|(other, _)| *other == hash).count();
        if same == 1
            && let Some(slot) = runs.get_mut(kept)
        {
            *slot = (hash, place);
            kept += 1;
        }
        from += same;
    }
    runs.truncate(kept);
    runs
}

/// Keeps the longest choice of pairs in which the second place grows with the first (the greedy algorithm of
/// card piles for the longest increasing subsequence). `pairs` are sorted by the first place.
fn keep_longest_increasing(pairs: &mut Vec<(u32, u32)>) {
    const NONE: u32 = u32::MAX;
    // For each length, the last pair of the best choice so far; for each pair, the one before it.
    let mut ends: Vec<u32> = Vec::new();
    let mut before: Vec<u32> = Vec::with_capacity(pairs.len());
    let second = |at: u32| pairs.get(at as usize).map_or(0, |pair| pair.1);
    for (at, (_, j)) in (0..).zip(pairs.iter()) {
        let length = ends.partition_point(|end| second(*end) < *j);
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()).unwrap_or(NONE));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    // The chosen pairs, from the last to the first, take the place of the ends.
    let mut next = ends.last().copied().unwrap_or(NONE);
    ends.clear();
    while next != NONE {
        ends.push(next);
        next = before.get(next as usize).copied().unwrap_or(NONE);
    }
    let mut at = 0;
    pairs.retain(|_| {
        at += 1;
        ends.pop_if(|chosen| *chosen == at - 1).is_some()
    });
}

/// The differences between anchors, one window at a time, so that the work grows with the length only.
fn compare_between_anchors(
    a: &[u32],
    b: &[u32],
    anchors: &[(u32, u32)],
    budget: &mut SearchBudget,
) -> Vec<Hunk> {
    let mut found: Vec<Hunk> = Vec::new();
    let mut add = |hunk: Hunk| match found.last_mut() {
        Some(last) if last.a.end == hunk.a.start && last.b.end == hunk.b.start => {
            (last.a.end, last.b.end) = (hunk.a.end, hunk.b.end);
        }
        _ => found.push(hunk),
    };
    let (mut i, mut j) = (0, 0);
    let anchors = anchors.iter().map(|(i, j)| (*i as usize, *j as usize));
    let mut stops = anchors.chain(std::iter::once((a.len(), b.len()))).peekable();
    while let Some((end_a, end_b)) = stops.next() {
        // The anchor before this one already covers it.
        if end_a < i || end_b < j {
            continue;
        }
        while (i < end_a || j < end_b) && budget.is_left() {
            let (to_a, to_b) = (end_a.min(i + WINDOW), end_b.min(j + WINDOW));
            let (part_a, part_b) = (a.get(i..to_a).unwrap_or_default(), b.get(j..to_b).unwrap_or_default());
            let (numbers_a, numbers_b, distinct) = renumber_windows(part_a, part_b);
            let hunks = run_algorithm(Algorithm::Myers, &numbers_a, &numbers_b, distinct, budget);
            let last = to_a == end_a && to_b == end_b;
            let (stop_a, stop_b) = if last {
                (part_a.len(), part_b.len())
            } else {
                equal_pairs(part_a.len(), &hunks)
                    .filter(|(x, y)| x + OVERLAP < part_a.len() && y + OVERLAP < part_b.len())
                    .last()
                    .map_or((part_a.len(), part_b.len()), |(x, y)| (x + 1, y + 1))
            };
            for hunk in hunks.into_iter().filter(|hunk| hunk.a.start <= stop_a && hunk.b.start <= stop_b) {
                let (to_a, to_b) = (hunk.a.end.min(stop_a), hunk.b.end.min(stop_b));
                if hunk.a.start < to_a || hunk.b.start < to_b {
                    add(Hunk { a: i + hunk.a.start..i + to_a, b: j + hunk.b.start..j + to_b });
                }
            }
            (i, j) = (i + stop_a, j + stop_b);
        }
        if i < end_a || j < end_b {
            add(Hunk { a: i..end_a, b: j..end_b });
        }
        let anchor = if stops.peek().is_some() { ANCHOR_LENGTH } else { 0 };
        (i, j) = (end_a + anchor, end_b + anchor);
    }
    found
}

/// The pairs of places that are equal, given the differences.
pub fn equal_pairs(len_a: usize, found: &[Hunk]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut next = (0, 0);
    let stops = found.iter().map(|hunk| (hunk.a.start, (hunk.a.end, hunk.b.end)));
    stops.chain(std::iter::once((len_a, (len_a, 0)))).flat_map(move |(stop, after)| {
        let (a, b) = std::mem::replace(&mut next, after);
        (a..stop).zip(b..)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find_all_hunks(a: &[u32], b: &[u32]) -> Vec<Hunk> {
        find_hunks(a, b, &mut SearchBudget::of_comparison())
    }

    #[test]
    fn differences_and_pairs_cover_both_sequences() {
        let a = [1, 2, 3, 4, 5, 6];
        let b = [1, 9, 3, 4, 6, 7];
        let found = find_all_hunks(&a, &b);
        assert_eq!(found, [Hunk { a: 1..2, b: 1..2 }, Hunk { a: 4..5, b: 4..4 }, Hunk { a: 6..6, b: 5..6 }]);
        let equal: Vec<_> = equal_pairs(a.len(), &found).collect();
        assert_eq!(equal, [(0, 0), (2, 2), (3, 3), (5, 4)]);
        assert!(equal.iter().all(|(i, j)| a[*i] == b[*j]));
    }

    #[test]
    fn without_a_budget_the_middle_is_replaced() {
        let mut spent = SearchBudget::of_steps(0);
        let found = find_hunks(&[1, 2, 3, 9], &[1, 3, 2, 9], &mut spent);
        assert_eq!(found, [Hunk { a: 1..3, b: 1..3 }]);
        assert!(find_hunks(&[1], &[1], &mut spent).is_empty());
    }

    /// Whether hunks turn one sequence into the other.
    fn turns_one_into_other(a: &[u32], b: &[u32], found: &[Hunk]) -> bool {
        let mut ends = (0, 0);
        let apart = found.iter().all(|hunk| {
            let ordered = hunk.a.start >= ends.0 && hunk.b.start >= ends.1;
            ends = (hunk.a.end, hunk.b.end);
            ordered
        });
        let changed = |side: fn(&Hunk) -> &Range<usize>| found.iter().map(|h| side(h).len()).sum::<usize>();
        let equal: Vec<_> = equal_pairs(a.len(), found).collect();
        apart
            && a.len() - changed(|h| &h.a) == b.len() - changed(|h| &h.b)
            && equal.iter().all(|(i, j)| a.get(*i) == b.get(*j))
    }

    #[test]
    fn repetitive_sequences_are_compared_window_by_window() {
        let mut rng = fastrand::Rng::with_seed(5);
        for alphabet in [1, 2, 4, 70] {
            let a: Vec<u32> = (0..30_000).map(|_| rng.u32(..alphabet)).collect();
            let mut b: Vec<u32> =
                a.iter().map(|x| if rng.u32(..10) < 6 { rng.u32(..alphabet) } else { *x }).collect();
            b.truncate(28_000);
            let found = find_all_hunks(&a, &b);
            assert!(turns_one_into_other(&a, &b, &found), "{alphabet}");
        }
        // A long insertion does not keep what follows it from being matched.
        let a: Vec<u32> = (0..20_000).map(|_| rng.u32(..70)).collect();
        let new: Vec<u32> = (0..9_000).map(|_| rng.u32(..70)).collect();
        let b: Vec<u32> = [&a[..7_000], &new[..], &a[7_000..15_000], &a[15_001..]].concat();
        let found = find_all_hunks(&a, &b);
        assert!(turns_one_into_other(&a, &b, &found) && found.len() < 5, "{}", found.len());
        assert_eq!(equal_pairs(a.len(), &found).count(), a.len() - 1);
    }
}
