//! Lists the rule files that a user can extend with a table under `[rules]`, and checks such tables.
//!
//! A stage owns the form of its rules and offers a function that reads the embedded file with a user's
//! table added (see [`crate::model::extend_rule_file`]). To make a rule file extendable, add a row to
//! [`RULE_TABLES`] and a table to `config/default.toml`.

use std::collections::BTreeMap;

use crate::archive::ReadRules;
use crate::citation::CitationRules;
use crate::model::RuleError;
use crate::text::{BoilerplateRules, CounterRules, Lexicon, SiteRules};
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
    RuleTable {
        name: "article",
        files: &["archive.toml"],
        check: |table| ReadRules::embedded()?.with_user(table).map(drop),
    },
    RuleTable {
        name: "citation",
        files: &["citation.toml"],
        check: |table| CitationRules::embedded()?.with_user(table).map(drop),
    },
    RuleTable {
        name: "verdict",
        files: &["walls.toml", "parking.toml", "soft404.toml", "gates.toml", "addresses.toml"],
        check: |table| Signatures::with_user(table).map(drop),
    },
    RuleTable {
        name: "key_changes",
        files: &["key-changes.toml"],
        check: |table| KeyChangeRules::with_user(table).map(drop),
    },
    RuleTable {
        name: "lexicon",
        files: &["lexicon.toml"],
        check: |table| Lexicon::built_in().with_user(table).map(drop),
    },
    RuleTable {
        name: "boilerplate",
        files: &["boilerplate.toml"],
        check: |table| BoilerplateRules::built_in().with_user(table).map(drop),
    },
    RuleTable {
        name: "counters",
        files: &["counters.toml"],
        check: |table| CounterRules::built_in().with_user(table).map(drop),
    },
    RuleTable {
        name: "sites",
        files: &["sites/blogspot.toml", "sites/weixin.toml", "sites/wikipedia.toml"],
        check: |table| SiteRules::built_in().with_user(table).map(drop),
    },
];

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
