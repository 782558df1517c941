//! Character n-grams of texts as hashes, and how much two texts share of them.
//!
//! Extraction by a local copy, containment, the class of a change and the proof of a soft 404 all
//! measure likeness by runs of five characters, so all of them take the runs from here.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// The length of an n-gram in characters. In Chinese five characters are about three words, which
/// seldom occur together by chance.
pub const NGRAM_LENGTH: usize = 5;

/// A set of n-gram hashes, which are used as they are: hashing them again would cost more than the
/// look-up.
pub type NgramSet = HashSet<u64, BuildHasherDefault<PassThroughHasher>>;

/// The hash of a run of numbers: FNV-1a on whole numbers, then mixed so that every bit depends on all
/// of them. A collision only blurs a share.
pub fn hash_run(numbers: impl Iterator<Item = u32>) -> u64 {
    let hash = numbers.fold(0xcbf2_9ce4_8422_2325_u64, |hash, number| {
        (hash ^ u64::from(number)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// The hash of one n-gram.
pub fn hash_ngram(ngram: &[char]) -> u64 {
    hash_run(ngram.iter().map(|c| u32::from(*c)))
}

/// The hashes of a text's n-grams in reading order, one for each place where one begins.
pub fn ngram_hashes(letters: &[char]) -> impl Iterator<Item = u64> {
    letters.windows(NGRAM_LENGTH).map(hash_ngram)
}

/// [`ngram_hashes`] of a text whose characters need not be laid out one by one.
pub fn ngram_hashes_of_text(text: &str) -> impl Iterator<Item = u64> + '_ {
    let mut chars = text.chars();
    // The n-gram at hand behind a character that makes room for the next one.
    let mut ngram = ['\0'; NGRAM_LENGTH];
    for slot in ngram.iter_mut().skip(1) {
        *slot = chars.next().unwrap_or_default();
    }
    chars.map(move |c| {
        ngram.rotate_left(1);
        if let Some(last) = ngram.last_mut() {
            *last = c;
        }
        hash_ngram(&ngram)
    })
}

/// The hashes of a text's distinct n-grams, sorted. For texts of a page's size, sorting and binary
/// search are quicker than a hash table.
pub fn sorted_ngrams(text: &str) -> Vec<u64> {
    let letters: Vec<char> = text.chars().collect();
    let mut hashes: Vec<u64> = ngram_hashes(&letters).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// The Dice coefficient of two sorted lists, 0 to 1: twice the common entries through all entries. Two
/// empty lists are equal.
pub fn dice_coefficient<T: Ord>(first: &[T], second: &[T]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (first.get(i), second.get(j)) {
        match x.cmp(y) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let total = first.len() + second.len();
    if total == 0 { 1.0 } else { 2.0 * common as f64 / total as f64 }
}

/// A hasher for keys that are hashes already: it returns the last number that it was given.
#[derive(Default)]
pub struct PassThroughHasher(u64);

impl Hasher for PassThroughHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_ngrams_of_its_letters() {
        for text in ["", "甲乙丙", "甲乙丙丁", "甲乙丙丁戊", "甲乙丙丁戊a己 b"] {
            let letters: Vec<char> = text.chars().collect();
            assert!(ngram_hashes_of_text(text).eq(ngram_hashes(&letters)), "{text}");
        }
    }

    #[test]
    fn a_text_has_one_ngram_for_each_place() {
        let letters: Vec<char> = "甲乙丙丁戊己甲乙丙丁戊".chars().collect();
        let hashes: Vec<u64> = ngram_hashes(&letters).collect();
        assert_eq!((hashes.len(), hashes.first()), (7, hashes.last()));
        assert_eq!(sorted_ngrams("甲乙丙丁戊己甲乙丙丁戊").len(), 6);
        assert!(sorted_ngrams("甲乙丙丁").is_empty());
    }

    #[test]
    fn the_dice_coefficient_counts_common_entries_twice() {
        assert!((dice_coefficient(&[1, 2, 3], &[2, 3, 4]) - 2.0 / 3.0).abs() < 1e-9);
        assert!((dice_coefficient::<u8>(&[], &[]) - 1.0).abs() < 1e-9);
        assert!(dice_coefficient(&[1], &[]).abs() < 1e-9);
    }
}
