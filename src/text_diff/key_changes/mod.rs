//! Names the changes that a reader must not miss: corrections, negations, figures, dates and names.
//!
//! [`find`] goes over the rows of an alignment; the other files know one kind of change each. The words
//! are data: `config/lexicon.toml` and `config/key-changes.toml`, which [`rules`] reads.

mod figures;
mod find;
mod names;
mod negation;
mod rules;
mod substitution_set;
mod substitutions;

pub use find::find_key_changes;
pub use rules::KeyChangeRules;
