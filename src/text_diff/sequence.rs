//! Differences of two sequences of numbers, in bounded time.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Instant;

use imara_diff::{Algorithm, Diff, Token};

/// Up to this many numbers on both sides together, Myers' algorithm finds a shortest difference in
/// good time; above, the histogram algorithm does.
const SHORT: usize = 12_000;

/// A run that is not equal: what stands in the first sequence, and what in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The run of the first sequence; empty for an insertion.
    pub a: Range<usize>,
    /// The run of the second sequence; empty for a deletion.
    pub b: Range<usize>,
}

/// The differences of two sequences, in order. After the deadline, everything between the common
/// start and the common end counts as replaced.
pub fn hunks(a: &[u32], b: &[u32], deadline: Instant) -> Vec<Hunk> {
    search(a, b, || Instant::now() < deadline)
}

/// The differences of two sequences, in order, whatever the time.
pub fn all_hunks(a: &[u32], b: &[u32]) -> Vec<Hunk> {
    search(a, b, || true)
}

fn search(a: &[u32], b: &[u32], is_time: impl FnOnce() -> bool) -> Vec<Hunk> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    let mid_a = rest_a.get(..rest_a.len() - tail).unwrap_or_default();
    let mid_b = rest_b.get(..rest_b.len() - tail).unwrap_or_default();
    if mid_a.is_empty() && mid_b.is_empty() {
        return Vec::new();
    }
    if mid_a.is_empty() || mid_b.is_empty() || !is_time() {
        return vec![Hunk { a: head..head + mid_a.len(), b: head..head + mid_b.len() }];
    }
    // The algorithms keep a table as long as the largest number: so numbers are made dense.
    let mut dense: HashMap<u32, u32> = HashMap::new();
    let mut name = |id: &u32| {
        let fresh = u32::try_from(dense.len()).unwrap_or(u32::MAX);
        Token(*dense.entry(*id).or_insert(fresh))
    };
    let before: Vec<Token> = mid_a.iter().map(&mut name).collect();
    let after: Vec<Token> = mid_b.iter().map(&mut name).collect();
    let algorithm = if before.len() + after.len() <= SHORT { Algorithm::Myers } else { Algorithm::Histogram };
    let mut diff = Diff::default();
    diff.compute_with(algorithm, &before, &after, u32::try_from(dense.len()).unwrap_or(u32::MAX));
    let place = |range: Range<u32>| head + range.start as usize..head + range.end as usize;
    diff.hunks().map(|hunk| Hunk { a: place(hunk.before), b: place(hunk.after) }).collect()
}

/// The pairs of places that are equal, given the differences.
pub fn pairs(len_a: usize, found: &[Hunk]) -> impl Iterator<Item = (usize, usize)> {
    let end = Hunk { a: len_a..len_a, b: 0..0 };
    let mut a = 0;
    let mut b = 0;
    let mut out = Vec::new();
    for hunk in found.iter().chain(std::iter::once(&end)) {
        while a < hunk.a.start {
            out.push((a, b));
            a += 1;
            b += 1;
        }
        a = hunk.a.end;
        b = hunk.b.end;
    }
    out.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn differences_and_pairs_cover_both_sequences() {
        let a = [1, 2, 3, 4, 5, 6];
        let b = [1, 9, 3, 4, 6, 7];
        let found = hunks(&a, &b, Instant::now() + Duration::from_secs(5));
        assert_eq!(found, [Hunk { a: 1..2, b: 1..2 }, Hunk { a: 4..5, b: 4..4 }, Hunk { a: 6..6, b: 5..6 }]);
        let equal: Vec<_> = pairs(a.len(), &found).collect();
        assert_eq!(equal, [(0, 0), (2, 2), (3, 3), (5, 4)]);
        assert!(equal.iter().all(|(i, j)| a[*i] == b[*j]));
    }

    #[test]
    fn after_the_deadline_the_middle_is_replaced() {
        let found = hunks(&[1, 2, 3, 9], &[1, 3, 2, 9], Instant::now());
        assert_eq!(found, [Hunk { a: 1..3, b: 1..3 }]);
        assert!(hunks(&[1], &[1], Instant::now()).is_empty());
    }
}
