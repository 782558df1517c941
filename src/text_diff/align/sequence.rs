//! Differences of two sequences of numbers, in bounded time.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::time::Instant;

use imara_diff::{Algorithm, Diff, Token};

/// Up to this many numbers on both sides together, Myers' algorithm finds a shortest difference in
/// good time.
const SHORT: usize = 12_000;
/// Above, the histogram algorithm does where a number stands on average no more often than this. It
/// begins at rare numbers, and without any it compares all with all.
const RARE: usize = 16;
/// A run of so many numbers that stands once on each side is the same place of both.
const ANCHOR: usize = 12;
/// Where numbers repeat themselves, so many of each side are compared at a time.
const WINDOW: usize = 2_048;
/// Of the pairs in a window, so many of the numbers at its end are left to the next one: what stands
/// beyond may fit them better.
const OVERLAP: usize = 256;

/// A run that is not equal: what stands in the first sequence, and what in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The run of the first sequence; empty for an insertion.
    pub a: Range<usize>,
    /// The run of the second sequence; empty for a deletion.
    pub b: Range<usize>,
}

/// The differences of two sequences, in order. After the deadline, everything that was not yet looked
/// at counts as replaced.
pub fn hunks(a: &[u32], b: &[u32], deadline: Instant) -> Vec<Hunk> {
    search(a, b, &|| Instant::now() < deadline)
}

/// The differences of two sequences, in order, whatever the time.
pub fn all_hunks(a: &[u32], b: &[u32]) -> Vec<Hunk> {
    search(a, b, &|| true)
}

fn search(a: &[u32], b: &[u32], is_time: &dyn Fn() -> bool) -> Vec<Hunk> {
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
    let (length, distinct) = (before.len() + after.len(), dense.len());
    let shifted = |hunk: Hunk| Hunk {
        a: head + hunk.a.start..head + hunk.a.end,
        b: head + hunk.b.start..head + hunk.b.end,
    };
    let found = if length <= SHORT {
        run(Algorithm::Myers, &before, &after, distinct)
    } else if length <= RARE * distinct {
        run(Algorithm::Histogram, &before, &after, distinct)
    } else {
        between(&before, &after, &anchors(&before, &after), distinct, is_time)
    };
    found.into_iter().map(shifted).collect()
}

fn run(algorithm: Algorithm, a: &[Token], b: &[Token], distinct: usize) -> Vec<Hunk> {
    let mut diff = Diff::default();
    diff.compute_with(algorithm, a, b, u32::try_from(distinct).unwrap_or(u32::MAX));
    let place = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Hunk { a: place(hunk.before), b: place(hunk.after) }).collect()
}

/// Where runs of numbers stand that each side holds once, in an order that both sides have.
fn anchors(a: &[Token], b: &[Token]) -> Vec<(usize, usize)> {
    let hash = |gram: &[Token]| {
        gram.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, token| {
            (hash ^ u64::from(token.0)).wrapping_mul(0x0100_0000_01b3).rotate_left(5)
        })
    };
    // The place in the first, and in the second; none where a run stands there again.
    let mut places: HashMap<u64, [Option<usize>; 2]> = HashMap::with_capacity(a.len());
    let mut again: HashSet<u64> = HashSet::new();
    for (side, tokens) in [a, b].into_iter().enumerate() {
        for (at, gram) in tokens.windows(ANCHOR).enumerate() {
            let key = hash(gram);
            let Some(place) = places.entry(key).or_default().get_mut(side) else { continue };
            if place.replace(at).is_some() {
                again.insert(key);
            }
        }
    }
    let both = |(key, place): (u64, [Option<usize>; 2])| match place {
        [Some(i), Some(j)] if !again.contains(&key) => Some((i, j)),
        _ => None,
    };
    let mut pairs: Vec<(usize, usize)> = places.into_iter().filter_map(both).collect();
    pairs.sort_unstable();
    let alike = |(i, j): &(usize, usize)| a.get(*i..i + ANCHOR) == b.get(*j..j + ANCHOR);
    pairs.retain(alike);
    increasing(&pairs)
}

/// The longest choice of pairs, sorted by the first, of which the second grows, too (patience sorting).
fn increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the pair that the best choice so far ends with; for each pair, the one before.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |at: usize| pairs.get(at).map_or(0, |pair| pair.1);
    for (at, (_, j)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| second(*end) < *j);
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut chosen = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        chosen.extend(pairs.get(at).copied());
        next = before.get(at).copied().flatten();
    }
    chosen.reverse();
    chosen
}

/// The differences between places that are the same, a window at a time: the time grows with the length.
fn between(
    a: &[Token],
    b: &[Token],
    anchors: &[(usize, usize)],
    distinct: usize,
    is_time: &dyn Fn() -> bool,
) -> Vec<Hunk> {
    let mut found: Vec<Hunk> = Vec::new();
    let mut add = |hunk: Hunk| match found.last_mut() {
        Some(last) if last.a.end == hunk.a.start && last.b.end == hunk.b.start => {
            (last.a.end, last.b.end) = (hunk.a.end, hunk.b.end);
        }
        _ => found.push(hunk),
    };
    let (mut i, mut j) = (0, 0);
    let mut stops = anchors.iter().copied().chain(std::iter::once((a.len(), b.len()))).peekable();
    while let Some((end_a, end_b)) = stops.next() {
        // What the pair before this one has brought to an end.
        if end_a < i || end_b < j {
            continue;
        }
        while (i < end_a || j < end_b) && is_time() {
            let (to_a, to_b) = (end_a.min(i + WINDOW), end_b.min(j + WINDOW));
            let (part_a, part_b) = (a.get(i..to_a).unwrap_or_default(), b.get(j..to_b).unwrap_or_default());
            let hunks = run(Algorithm::Myers, part_a, part_b, distinct);
            let last = to_a == end_a && to_b == end_b;
            let (stop_a, stop_b) = if last {
                (part_a.len(), part_b.len())
            } else {
                pairs(part_a.len(), &hunks)
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
        let same = if stops.peek().is_some() { ANCHOR } else { 0 };
        (i, j) = (end_a + same, end_b + same);
    }
    found
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

    /// Whether hunks turn one sequence into the other.
    fn fits(a: &[u32], b: &[u32], found: &[Hunk]) -> bool {
        let mut ends = (0, 0);
        let apart = found.iter().all(|hunk| {
            let ordered = hunk.a.start >= ends.0 && hunk.b.start >= ends.1;
            ends = (hunk.a.end, hunk.b.end);
            ordered
        });
        let changed = |side: fn(&Hunk) -> &Range<usize>| found.iter().map(|h| side(h).len()).sum::<usize>();
        let equal: Vec<_> = pairs(a.len(), found).collect();
        apart
            && a.len() - changed(|h| &h.a) == b.len() - changed(|h| &h.b)
            && equal.iter().all(|(i, j)| a.get(*i) == b.get(*j))
    }

    #[test]
    fn numbers_that_repeat_themselves_are_compared_piece_by_piece() {
        let mut rng = fastrand::Rng::with_seed(5);
        for alphabet in [1, 2, 4, 70] {
            let a: Vec<u32> = (0..30_000).map(|_| rng.u32(..alphabet)).collect();
            let mut b: Vec<u32> =
                a.iter().map(|x| if rng.u32(..10) < 6 { rng.u32(..alphabet) } else { *x }).collect();
            b.truncate(28_000);
            let found = all_hunks(&a, &b);
            assert!(fits(&a, &b, &found), "{alphabet}");
        }
        // A long passage put in does not keep what follows from its place.
        let a: Vec<u32> = (0..20_000).map(|_| rng.u32(..70)).collect();
        let new: Vec<u32> = (0..9_000).map(|_| rng.u32(..70)).collect();
        let b: Vec<u32> = [&a[..7_000], &new[..], &a[7_000..15_000], &a[15_001..]].concat();
        let found = all_hunks(&a, &b);
        assert!(fits(&a, &b, &found) && found.len() < 5, "{}", found.len());
        assert_eq!(pairs(a.len(), &found).count(), a.len() - 1);
    }
}
