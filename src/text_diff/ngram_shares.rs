//! Measures how much of one text is in another, by character 5-grams and in both directions.

use crate::text::ngrams::{NGRAM_LENGTH, NgramSet, ngram_hashes_of_text};

/// Above this length, in characters, only a sample of the n-grams is counted: those whose hash says so,
/// which are the same on both sides. The share of a sample of a million is exact enough.
const SAMPLED_LENGTH: usize = 500_000;
/// In long texts one n-gram of this many is counted.
const SAMPLE_RATE: u64 = 16;

fn sampled_ngrams(letters: &str, sampled: bool) -> impl Iterator<Item = u64> + '_ {
    ngram_hashes_of_text(letters).filter(move |hash| !sampled || (hash >> 32) % SAMPLE_RATE == 0)
}

/// The share of the first text's 5-grams that the second holds, and the reverse, both 0 to 1.
/// Texts shorter than a 5-gram are compared whole.
pub fn ngram_shares(first: &str, second: &str) -> (f64, f64) {
    let is_short = |text: &str| text.chars().nth(NGRAM_LENGTH - 1).is_none();
    if is_short(first) || is_short(second) {
        let equal = f64::from(u8::from(first == second));
        return (equal, equal);
    }
    if first == second {
        return (1.0, 1.0);
    }
    let is_long = |text: &str| text.len() > SAMPLED_LENGTH && text.chars().count() > SAMPLED_LENGTH;
    let sampled = is_long(first) || is_long(second);
    let of_first: NgramSet = sampled_ngrams(first, sampled).collect();
    let of_second: NgramSet = sampled_ngrams(second, sampled).collect();
    let share = |letters: &str, other: &NgramSet| {
        let (mut held, mut total) = (0_usize, 0_usize);
        for ngram in sampled_ngrams(letters, sampled) {
            total += 1;
            held += usize::from(other.contains(&ngram));
        }
        held as f64 / total.max(1) as f64
    };
    (share(first, &of_second), share(second, &of_first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_directional() {
        let (of_short, of_long) = ngram_shares("甲乙丙丁戊己", "甲乙丙丁戊己庚辛壬癸子丑");
        assert!((of_short - 1.0).abs() < 1e-9 && of_long < 0.5);
        assert_eq!(ngram_shares("甲乙", "甲乙"), (1.0, 1.0));
        assert_eq!(ngram_shares("", "甲乙丙丁戊"), (0.0, 0.0));
    }
}
