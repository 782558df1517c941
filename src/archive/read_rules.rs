//! Holds the rules that recognise titles, bylines, credits and disclaimers. They are data, so that users
//! can extend them.

use std::collections::HashSet;

use serde::Deserialize;

use super::original_form::OriginalForm;
use super::rule_phrase;
use crate::model::{RuleError, read_rule_table, read_rule_text};
use crate::unicode::script_folding;

/// The longest name behind a word that also introduces speech, in half-width letters.
const LONGEST_NAME: usize = 13;
/// Characters of sentences that names rarely contain.
const SAYING: &str = "的了吗呢么是谈说这那";

const EMBEDDED: &str = include_str!("../../config/archive.toml");

/// The rules that recognise headers, bylines, credits, disclaimers and repost lines.
///
/// Phrases are stored as their [`rule_phrase::phrase_key`].
#[derive(Clone, Debug)]
pub struct ReadRules {
    pub(super) repost_markers: Vec<String>,
    pub(super) edge_markers: HashSet<String>,
    /// Labels that name the original only above all prose.
    pub(super) head_markers: HashSet<String>,
    /// Whether forms may be learnt from the archive.
    pub(super) learns_forms: bool,
    /// What was learnt, the most frequent form first.
    pub(super) learnt_forms: Vec<OriginalForm>,
    /// Whether every link of the front matter is kept, as learning needs them.
    pub(super) keeps_all_front_links: bool,
    pub(super) front_repost: Vec<String>,
    pub(super) front_sources: Vec<String>,
    pub(super) front_title: Vec<String>,
    pub(super) front_date: Vec<String>,
    pub(super) front_author: Vec<String>,
    /// The endings of the text of a link to the original.
    pub(super) repost_endings: Vec<String>,
    pub(super) credit_words: rule_phrase::PhraseLexicon,
    /// Credit words that also introduce what is said or shown.
    pub(super) ambiguous_credits: HashSet<String>,
    pub(super) longest_credit: usize,
    pub(super) disclaimers: rule_phrase::PhrasePrefixes,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ReadRulesFile {
    repost: RepostSection,
    front_matter: FrontMatterSection,
    credits: CreditsSection,
    disclaimer: DisclaimerSection,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RepostSection {
    markers: Vec<String>,
    edge_markers: Vec<String>,
    head_markers: Vec<String>,
    learn: Option<bool>,
    endings: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FrontMatterSection {
    repost: Vec<String>,
    sources: Vec<String>,
    title: Vec<String>,
    date: Vec<String>,
    author: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CreditsSection {
    words: Vec<String>,
    joins: Vec<String>,
    ambiguous: Vec<String>,
    longest: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct DisclaimerSection {
    openings: Vec<String>,
}

impl ReadRules {
    /// The built-in rules.
    ///
    /// # Errors
    /// Only if the embedded file is wrong, which a test excludes.
    pub fn embedded() -> Result<Self, RuleError> {
        let mut rules = Self {
            repost_markers: Vec::new(),
            edge_markers: HashSet::new(),
            head_markers: HashSet::new(),
            learns_forms: true,
            learnt_forms: Vec::new(),
            keeps_all_front_links: false,
            front_repost: Vec::new(),
            front_sources: Vec::new(),
            front_title: Vec::new(),
            front_date: Vec::new(),
            front_author: Vec::new(),
            repost_endings: Vec::new(),
            credit_words: rule_phrase::PhraseLexicon::default(),
            ambiguous_credits: HashSet::new(),
            longest_credit: 0,
            disclaimers: rule_phrase::PhrasePrefixes::default(),
        };
        rules.add_rules(&read_rule_text(EMBEDDED)?)?;
        Ok(rules)
    }

    /// Adds a user's rules to these. The table has the sections of `config/archive.toml`.
    ///
    /// # Errors
    /// A key is unknown, a value has the wrong type, or a phrase has no letters.
    pub fn with_user(mut self, table: &toml::Table) -> Result<Self, RuleError> {
        self.add_rules(&read_rule_table(table)?)?;
        Ok(self)
    }

    /// Whether the forms in which an archive names its originals may be learnt.
    pub fn learns_forms(&self) -> bool {
        self.learns_forms
    }

    /// The forms that were learnt, the most frequent first.
    pub fn learnt_forms(&self) -> &[OriginalForm] {
        &self.learnt_forms
    }

    /// Adds forms that were learnt from the archive. A marker of the rules is preferred to them.
    #[must_use]
    pub fn with_learnt_forms(mut self, forms: Vec<OriginalForm>) -> Self {
        for form in &forms {
            if let OriginalForm::FrontMatter(key) = form {
                self.front_repost.push(key.clone());
            }
        }
        self.learnt_forms = forms;
        self
    }

    /// The same rules, by which articles keep every link of their front matter.
    #[must_use]
    pub fn keeping_all_front_links(mut self) -> Self {
        self.keeps_all_front_links = true;
        self
    }

    fn add_rules(&mut self, file: &ReadRulesFile) -> Result<(), RuleError> {
        self.repost_markers.extend(rule_phrase::phrase_keys("repost.markers", &file.repost.markers)?);
        self.edge_markers.extend(rule_phrase::phrase_keys("repost.edge_markers", &file.repost.edge_markers)?);
        self.head_markers.extend(rule_phrase::phrase_keys("repost.head_markers", &file.repost.head_markers)?);
        self.learns_forms = file.repost.learn.unwrap_or(self.learns_forms);
        self.repost_endings.extend(rule_phrase::phrase_keys("repost.endings", &file.repost.endings)?);
        self.ambiguous_credits
            .extend(rule_phrase::phrase_keys("credits.ambiguous", &file.credits.ambiguous)?);
        let front = &file.front_matter;
        self.front_repost.extend(rule_phrase::phrase_keys("front_matter.repost", &front.repost)?);
        self.front_sources.extend(rule_phrase::phrase_keys("front_matter.sources", &front.sources)?);
        self.front_title.extend(rule_phrase::phrase_keys("front_matter.title", &front.title)?);
        self.front_date.extend(rule_phrase::phrase_keys("front_matter.date", &front.date)?);
        self.front_author.extend(rule_phrase::phrase_keys("front_matter.author", &front.author)?);
        for (name, words, counts) in
            [("credits.words", &file.credits.words, true), ("credits.joins", &file.credits.joins, false)]
        {
            for word in rule_phrase::phrase_keys(name, words)? {
                self.credit_words.add_word(word, counts);
            }
        }
        self.longest_credit = file.credits.longest.unwrap_or(self.longest_credit);
        self.disclaimers
            .add_prefixes(rule_phrase::phrase_keys("disclaimer.openings", &file.disclaimer.openings)?);
        Ok(())
    }

    /// Whether a key consists of credit words and joining words only, with at least one credit word.
    pub(super) fn is_credit(&self, key: &str) -> bool {
        self.credit_words.can_compose(key)
    }

    /// Whether `head`, a mark and `names` credit people. "记者：" and "视频：" also introduce what is said and
    /// shown; only short names count behind them.
    pub(super) fn credits_people(&self, head: &str, names: &str) -> bool {
        let key = rule_phrase::phrase_key(head);
        let name = |part: &str| {
            rule_phrase::text_weight(part) <= LONGEST_NAME
                && !part.chars().any(|c| SAYING.contains(script_folding::fold_char(c)))
        };
        self.is_credit(&key)
            && (!self.ambiguous_credits.contains(&key)
                || names.split(|c: char| !c.is_alphanumeric()).all(name))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn credits_are_made_of_their_words() {
        let rules = ReadRules::embedded().unwrap();
        for credit in ["编辑", "翻译/编辑", "校对与审核", "上傳", "Edited by", "總編/審核"] {
            assert!(rules.is_credit(&rule_phrase::phrase_key(credit)), "{credit}");
        }
        for other in ["信息来源", "他", "and", ""] {
            assert!(!rules.is_credit(&rule_phrase::phrase_key(other)), "{other}");
        }
    }

    #[test]
    fn users_extend_the_rules_and_mistakes_are_reported() {
        let rules = ReadRules::embedded().unwrap();
        let more = toml::from_str("[credits]\nwords = [\"搬运\"]").unwrap();
        assert!(rules.clone().with_user(&more).unwrap().is_credit("搬运"));
        let unknown = toml::from_str("[credits]\nword = [\"x\"]").unwrap();
        assert!(rules.clone().with_user(&unknown).unwrap_err().to_string().contains("word"));
        let empty = toml::from_str("[credits]\nwords = [\"：\"]").unwrap();
        assert!(matches!(rules.with_user(&empty), Err(RuleError::InvalidValue { .. })));
    }
}
