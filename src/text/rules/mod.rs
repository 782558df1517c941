//! Holds the words, classes and selectors by which text is read: data that a user can extend.
//!
//! Each type reads one file of `config/` and takes a user's table in the same form on top of it. They are
//! made once for a run, as [`TextRules`], and passed to every function that reads text.

mod boilerplate_rules;
mod counter_rules;
mod lexicon;
mod site_rules;
mod text_rules;
mod word_list;

pub use boilerplate_rules::BoilerplateRules;
pub use counter_rules::CounterRules;
pub use lexicon::Lexicon;
pub use site_rules::{SITE_FILES, SiteRule, SiteRules};
pub use text_rules::{TextRuleTables, TextRules};
