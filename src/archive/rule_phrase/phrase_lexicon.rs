//! `PhraseLexicon` from which labels and credits are made up.

use std::collections::BTreeMap;

/// The longest key that is taken apart, in bytes: labels are short.
const LONGEST_KEY: usize = 96;

/// Known words, for cutting keys into them.
#[derive(Clone, Debug, Default)]
pub struct PhraseLexicon {
    /// The words by their first character, so that most places of a key cost one look; whether each
    /// counts: a label or a credit needs one that does.
    by_first: BTreeMap<char, Vec<(String, bool)>>,
    /// The longest word, in bytes.
    longest: usize,
}

impl PhraseLexicon {
    /// Adds a word by its key; one that counts goes on counting.
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

    /// Whether a key can be cut into words without a rest, one of them a word that counts.
    pub fn can_compose(&self, key: &str) -> bool {
        // Most text fails at its first character.
        !self.words_starting_like(key).is_empty() && self.find_cuts(key).first() == Some(&Some(true))
    }

    /// The ends of a key that are made up of words, one of them counting, longest first.
    pub fn composed_endings<'k>(&self, key: &'k str) -> impl Iterator<Item = &'k str> {
        let cuts = self.find_cuts(key);
        (0..key.len())
            .filter(move |from| cuts.get(*from) == Some(&Some(true)))
            .filter_map(|from| key.get(from..))
    }

    /// The words that start as a text does.
    fn words_starting_like(&self, text: &str) -> &[(String, bool)] {
        let first = text.chars().next();
        first.and_then(|first| self.by_first.get(&first)).map_or(&[], Vec::as_slice)
    }

    /// For each offset of the key whether the rest can be cut, and whether a part of it counts.
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
            // No word spans the gap to the last place from which the rest could be cut.
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
