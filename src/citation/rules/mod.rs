//! Holds the rules that recognise labels. They are data, so that users can extend them.

mod citation_rules;
mod citation_toml;
pub(in crate::citation) mod label;
#[cfg(test)]
mod tests;

pub use citation_rules::CitationRules;
