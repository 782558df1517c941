//! Splits labels and credits into known words.

use std::collections::BTreeMap;

/// The longest key that is split, in bytes: labels are short.
const LONGEST_KEY: usize = 96;

/// Known words, into which keys are split.
#[derive(Clone, Debug, Default)]
pub struct PhraseLexicon {
    /// The words by their first character, so that most positions of a key need one lookup. The flag says
    /// whether a word counts: a label or a credit needs at least one that does.
    by_first: BTreeMap<char, Vec<(String, bool)>>,
    /// The length of the longest word, in bytes.
    longest: usize,
}

impl PhraseLexicon {
    /// Adds a word by its key. A word that counts keeps counting if it is added again.
    pub fn add_word(&mut self, key: String, counts: bool) {
        let Some(first) = key.chars().next() else { return };
        self.longest = self.longest.max(key.len());
        let known = self.by_first.entry(first).or_default();
        match known.iter_mut().find(|(word, _)| *word == key) {
            Some((_, known)) => *known |= counts,
            None => known.push((key, counts)),
        }
    }

    /// Whether a key is one of the words.
    pub fn contains_word(&self, key: &str) -> bool {
        self.words_starting_like(key).iter().any(|(word, _)| word == key)
    }

    /// Whether a key consists of words only, at least one of which counts.
    pub fn can_compose(&self, key: &str) -> bool {
        // Most text fails at its first character.
        !self.words_starting_like(key).is_empty() && self.find_cuts(key).first() == Some(&Some(true))
    }

    /// The suffixes of a key that consist of words, at least one of which counts; the longest come first.
    pub fn composed_endings<'k>(&self, key: &'k str) -> impl Iterator<Item = &'k str> {
        let cuts = self.find_cuts(key);
        (0..key.len())
            .filter(move |from| cuts.get(*from) == Some(&Some(true)))
            .filter_map(|from| key.get(from..))
    }

    /// The words with the first character of a text.
    fn words_starting_like(&self, text: &str) -> &[(String, bool)] {
        let first = text.chars().next();
        first.and_then(|first| self.by_first.get(&first)).map_or(&[], Vec::as_slice)
    }

    /// For each offset of the key, whether the rest can be split into words, and whether one of them
    /// counts.
    fn find_cuts(&self, key: &str) -> [Option<bool>; LONGEST_KEY + 1] {
        let mut cuts = [None; LONGEST_KEY + 1];
        if key.is_empty() || key.len() > LONGEST_KEY {
            return cuts;
        }
        if let Some(end) = cuts.get_mut(key.len()) {
            *end = Some(false);
        }
        let mut nearest = key.len();
        for (from, _) in key.char_indices().rev() {
            // No word is long enough to reach the nearest offset from which the rest can be split.
            if nearest - from > self.longest {
                break;
            }
            let rest = key.get(from..).unwrap_or_default();
            let mut best = None;
            for (word, counts) in self.words_starting_like(rest) {
                let behind = cuts.get(from + word.len()).copied().flatten();
                if let Some(behind) = behind.filter(|_| rest.starts_with(word.as_str())) {
                    best = Some(best.unwrap_or(false) || *counts || behind);
                }
            }
            if best.is_some() {
                nearest = from;
            }
            if let Some(cut) = cuts.get_mut(from) {
                *cut = best;
            }
        }
        cuts
    }
}
