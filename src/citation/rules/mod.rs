//! The rules by which a label is recognised: data, not code.

mod citation_rules;
mod citation_toml;
pub(in crate::citation) mod label;
#[cfg(test)]
mod tests;

pub use citation_rules::CitationRules;
