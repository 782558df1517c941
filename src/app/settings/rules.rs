//! Lists the rule files that a user can extend with a table under `[rules]`, and checks such tables.
//!
//! A stage owns the form of its rules and offers a function that reads the embedded file with a user's
//! table added (see [`crate::model::extend_rule_file`]). To make a rule file extendable, add a row to
//! [`RULE_TABLES`] and a table to `config/default.toml`.

use std::collections::BTreeMap;

use crate::archive::ReadRules;
use crate::citation::CitationRules;
use crate::model::RuleError;
use crate::text_diff::KeyChangeRules;
use crate::verdict::Signatures;

/// A table under `[rules]`.
#[derive(Clone, Copy, Debug)]
pub struct RuleTable {
    /// Its name: `article` is `[rules.article]`.
    pub name: &'static str,
    /// The embedded files that it extends, below `config/`.
    pub files: &'static [&'static str],
    /// Reads the embedded rules with a user's table added, and reports the first mistake.
    check: fn(&toml::Table) -> Result<(), RuleError>,
}

/// Every table under `[rules]`.
pub const RULE_TABLES: &[RuleTable] = &[
    RuleTable { name: "article", files: &["archive.toml"], check: check_article_rules },
    RuleTable { name: "citation", files: &["citation.toml"], check: check_citation_rules },
    RuleTable {
        name: "verdict",
        files: &["walls.toml", "parking.toml", "soft404.toml", "gates.toml"],
        check: check_verdict_rules,
    },
    RuleTable { name: "key_changes", files: &["key-changes.toml"], check: check_key_change_rules },
];

fn check_article_rules(table: &toml::Table) -> Result<(), RuleError> {
    ReadRules::embedded()?.with_user(table).map(drop)
}

fn check_citation_rules(table: &toml::Table) -> Result<(), RuleError> {
    CitationRules::embedded()?.with_user(table).map(drop)
}

fn check_verdict_rules(table: &toml::Table) -> Result<(), RuleError> {
    Signatures::with_user(table).map(drop)
}

fn check_key_change_rules(table: &toml::Table) -> Result<(), RuleError> {
    KeyChangeRules::with_user(table).map(drop)
}

/// The user's tables under `[rules]`, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleTables {
    tables: BTreeMap<String, toml::Table>,
}

impl RuleTables {
    /// Checks the tables. An error's key begins with `rules.`.
    pub fn new(tables: BTreeMap<String, toml::Table>) -> Result<Self, RuleError> {
        for rule_table in RULE_TABLES {
            if let Some(table) = tables.get(rule_table.name).filter(|table| !table.is_empty()) {
                (rule_table.check)(table)
                    .map_err(|error| error.below(&format!("rules.{}", rule_table.name)))?;
            }
        }
        Ok(Self { tables })
    }

    /// The user's table of this name; empty where there is no such table.
    pub fn table(&self, name: &str) -> toml::Table {
        self.tables.get(name).cloned().unwrap_or_default()
    }
}
