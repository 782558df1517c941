//! Short phrases (labels, markers, credits) in the form in which rules are matched.

mod letter_count;
mod phrase_key;
mod phrase_lexicon;
mod phrase_prefixes;

pub use letter_count::{LetterCount, text_weight, text_width};
pub use phrase_key::{
    key_weight, key_width, last_clause, phrase_key, phrase_key_chars, split_behind_key, to_half_width,
};
pub use phrase_lexicon::PhraseLexicon;
pub use phrase_prefixes::PhrasePrefixes;
