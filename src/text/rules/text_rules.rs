//! All rules by which pages are read, made once and passed to every stage that reads text.

use std::sync::{Arc, LazyLock};

use super::{BoilerplateRules, CounterRules, Lexicon, SiteRules};
use crate::model::RuleError;
use crate::text::pdf::PdfReader;

/// The rules by which pages are read. A clone shares them.
#[derive(Clone, Debug)]
pub struct TextRules {
    lexicon: Arc<Lexicon>,
    boilerplate: Arc<BoilerplateRules>,
    counters: Arc<CounterRules>,
    sites: Arc<SiteRules>,
    pdf: PdfReader,
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

impl Default for TextRules {
    fn default() -> Self {
        Self::built_in().clone()
    }
}

impl TextRules {
    /// The rules that come with the program.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<TextRules> = LazyLock::new(|| TextRules {
            lexicon: Arc::new(Lexicon::built_in()),
            boilerplate: Arc::new(BoilerplateRules::built_in()),
            counters: Arc::new(CounterRules::built_in()),
            sites: Arc::new(SiteRules::built_in()),
            pdf: PdfReader::default(),
        });
        &BUILT_IN
    }

    /// The built-in rules with a user's rules on top of them.
    ///
    /// # Errors
    /// The first rule that cannot be used, with its table and key.
    pub fn extended_with(tables: &TextRuleTables) -> Result<Self, RuleError> {
        Ok(Self {
            lexicon: Arc::new(
                Lexicon::built_in().with_user(&tables.lexicon).map_err(|error| error.below("lexicon"))?,
            ),
            boilerplate: Arc::new(
                BoilerplateRules::built_in()
                    .with_user(&tables.boilerplate)
                    .map_err(|error| error.below("boilerplate"))?,
            ),
            counters: Arc::new(
                CounterRules::built_in()
                    .with_user(&tables.counters)
                    .map_err(|error| error.below("counters"))?,
            ),
            sites: Arc::new(
                SiteRules::built_in().with_user(&tables.sites).map_err(|error| error.below("sites"))?,
            ),
            pdf: PdfReader::default(),
        })
    }

    /// The same rules with a reader of PDF documents.
    #[must_use]
    pub fn with_pdf_reader(self, pdf: PdfReader) -> Self {
        Self { pdf, ..self }
    }

    /// The reader of PDF documents.
    pub fn pdf(&self) -> &PdfReader {
        &self.pdf
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

    fn extended(source: &str) -> Result<TextRules, RuleError> {
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
            "[lexicon]\ncorrection_labels = ['Leiðrétting']\n[boilerplate]\nunseen = ['skjult']\n\
             [counters]\nwords = ['visningar']\n[sites.mine]\nhosts = ['example.org']\nmain = ['#m']",
        )
        .unwrap();
        assert!(rules.lexicon().is_correction("Leiðrétting: namnet var fel."));
        assert!(rules.boilerplate().is_hidden_class("skjult"));
        assert!(rules.counters().names_counter("5 visningar"));
        assert!(rules.sites().rule_for(&url::Url::parse("https://example.org/").unwrap()).is_some());
        assert!(!TextRules::built_in().lexicon().is_correction("Leiðrétting: namnet var fel."));
    }

    #[test]
    fn a_wrong_rule_is_named_by_its_table_and_key() {
        for (source, expected) in [
            ("[lexicon]\nlabels = []", "lexicon.labels"),
            ("[boilerplate]\nstarts = ['a', ' ']", "boilerplate.starts[1]"),
            ("[sites.mine]\nhosts = ['x.org']\nmain = ['p[']", "sites.mine.main[0]"),
            ("[sites.mine]\nmain = ['p']", "sites.mine.hosts"),
            ("[sites]\nmine = 3", "sites.mine"),
        ] {
            let error = extended(source).unwrap_err();
            assert_eq!(error.key(), expected, "{error}");
        }
    }
}
