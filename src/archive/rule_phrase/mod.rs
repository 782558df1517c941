//! Compares short phrases (labels, markers, credits) with rules.
//!
//! Archives write one label in many ways: with or without a colon, bold, in either script, in full or half
//! width, with a number in front. The key of a phrase keeps only its letters and digits, in lower case,
//! with the scripts folded, so that one rule matches all of them.

mod letter_count;
mod phrase_key;
mod phrase_lexicon;
mod phrase_prefixes;

pub use letter_count::{LetterCount, text_weight, text_width};
pub use phrase_key::{
    key_weight, key_width, last_clause, phrase_key, phrase_key_chars, phrase_keys, split_behind_key,
    to_half_width,
};
pub use phrase_lexicon::PhraseLexicon;
pub use phrase_prefixes::PhrasePrefixes;
