//! All rules by which pages are read, made once and passed to every stage that reads text.

use std::sync::{Arc, LazyLock};

use super::word_list::TextRuleError;
use super::{BoilerplateRules, CounterRules, Lexicon, SiteRules};

/// The rules by which pages are read. A clone shares them.
#[derive(Clone, Debug)]
pub struct TextRules {
    lexicon: Arc<Lexicon>,
    boilerplate: Arc<BoilerplateRules>,
    counters: Arc<CounterRules>,
    sites: Arc<SiteRules>,
}

/// A user's tables under `[rules]`; an empty one adds nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextRuleTables {
    /// `[rules.lexicon]`, with the keys of `config/lexicon.toml`.
    pub lexicon: toml::Table,
    /// `[rules.boilerplate]`, with the keys of `config/boilerplate.toml`.
    pub boilerplate: toml::Table,
    /// `[rules.counters]`, with the keys of `config/counters.toml`.
    pub counters: toml::Table,
    /// `[rules.sites.NAME]`, each with the keys of `config/sites/*.toml`.
    pub sites: toml::Table,
}

impl TextRules {
    /// The rules that come with the program.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<TextRules> = LazyLock::new(|| TextRules {
            lexicon: Arc::new(Lexicon::built_in()),
            boilerplate: Arc::new(BoilerplateRules::built_in()),
            counters: Arc::new(CounterRules::built_in()),
            sites: Arc::new(SiteRules::built_in()),
        });
        &BUILT_IN
    }

    /// The built-in rules with a user's rules on top of them.
    ///
    /// # Errors
    /// The first rule that cannot be used, with its table and key.
    pub fn extended_with(tables: &TextRuleTables) -> Result<Self, TextRuleError> {
        Ok(Self {
            lexicon: Arc::new(Lexicon::built_in().with_user(&tables.lexicon)?),
            boilerplate: Arc::new(BoilerplateRules::built_in().with_user(&tables.boilerplate)?),
            counters: Arc::new(CounterRules::built_in().with_user(&tables.counters)?),
            sites: Arc::new(SiteRules::built_in().with_user(&tables.sites)?),
        })
    }

    /// The words of corrections, negations, dates and names.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The words and classes of boilerplate.
    pub fn boilerplate(&self) -> &BoilerplateRules {
        &self.boilerplate
    }

    /// The words of counters.
    pub fn counters(&self) -> &CounterRules {
        &self.counters
    }

    /// The selectors of single sites.
    pub fn sites(&self) -> &SiteRules {
        &self.sites
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn extended(source: &str) -> Result<TextRules, TextRuleError> {
        let mut tables: toml::Table = toml::from_str(source).unwrap();
        let mut take = |name: &str| match tables.remove(name) {
            Some(toml::Value::Table(table)) => table,
            _ => toml::Table::new(),
        };
        TextRules::extended_with(&TextRuleTables {
            lexicon: take("lexicon"),
            boilerplate: take("boilerplate"),
            counters: take("counters"),
            sites: take("sites"),
        })
    }

    #[test]
    fn a_user_extends_every_kind_of_rule() {
        let rules = extended(
            "[lexicon]\ncorrection_labels = ['Rättelse']\n[boilerplate]\nunseen = ['skjult']\n\
             [counters]\nwords = ['visningar']\n[sites.mine]\nhosts = ['example.org']\nmain = ['#m']",
        )
        .unwrap();
        assert!(rules.lexicon().is_correction("Rättelse: namnet var fel."));
        assert!(rules.boilerplate().is_hidden_class("skjult"));
        assert!(rules.counters().names_counter("5 visningar"));
        assert!(rules.sites().rule_for(&url::Url::parse("https://example.org/").unwrap()).is_some());
        assert!(!TextRules::built_in().lexicon().is_correction("Rättelse: namnet var fel."));
    }

    #[test]
    fn a_wrong_rule_is_named_by_its_table_and_key() {
        for (source, expected) in [
            ("[lexicon]\nlabels = []", "rules.lexicon: unknown field `labels`"),
            ("[boilerplate]\nstarts = ['a', ' ']", "rules.boilerplate.starts: an entry is empty"),
            ("[sites.mine]\nhosts = ['x.org']\nmain = ['p[']", "rules.sites.mine.main: \"p[\" is not a CSS"),
            ("[sites.mine]\nmain = ['p']", "rules.sites.mine.hosts: name at least one host"),
            ("[sites]\nmine = 3", "rules.sites.mine: "),
        ] {
            let error = extended(source).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
