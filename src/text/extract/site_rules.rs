//! Rules for single sites: where the text stands, as selectors in `config/sites/*.toml`.
//!
//! A rule is a short cut for a site that the general ways read badly. Where its selectors find
//! nothing (sites change), the general ways are taken.

use std::sync::LazyLock;

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};
use serde::Deserialize;
use url::Url;

use crate::text::extract::blocks;
use crate::text::html::visible_text;

const BUILT_IN: &[(&str, &str)] = &[
    ("weixin", include_str!("../../../config/sites/weixin.toml")),
    ("wikipedia", include_str!("../../../config/sites/wikipedia.toml")),
    ("blogspot", include_str!("../../../config/sites/blogspot.toml")),
];

/// One site's rule, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Source {
    /// Host names; each stands for itself and its subdomains.
    hosts: Vec<String>,
    /// Selectors of the element that holds the text; the first that matches counts.
    main: Vec<String>,
    /// Selectors of the title.
    title: Vec<String>,
    /// Selectors of the author.
    author: Vec<String>,
    /// Selectors of the date.
    date: Vec<String>,
    /// Selectors of elements inside the text that are none.
    remove: Vec<String>,
}

/// Why a rule cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SiteRuleError {
    /// Not TOML, an unknown key, or a wrong type.
    #[error("site rule {name}: {source}")]
    Toml {
        /// The rule's name.
        name: String,
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// A selector that is none.
    #[error("site rule {name}: \"{selector}\" is no CSS selector: {reason}")]
    Selector {
        /// The rule's name.
        name: String,
        /// The selector.
        selector: String,
        /// Why not.
        reason: String,
    },
}

#[derive(Clone, Debug)]
struct Rule {
    hosts: Vec<String>,
    main: Vec<Selector>,
    title: Vec<Selector>,
    author: Vec<Selector>,
    date: Vec<Selector>,
    remove: Vec<Selector>,
}

/// The rules of all known sites.
#[derive(Clone, Debug, Default)]
pub struct SiteRules {
    rules: Vec<Rule>,
}

/// What a rule found on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The text's blocks; empty where the rule found none.
    pub blocks: Vec<String>,
    /// The title; empty where none was found.
    pub title: String,
    /// The author; empty where none was found.
    pub author: String,
    /// The date's text; empty where none was found.
    pub date: String,
}

static EMBEDDED: LazyLock<SiteRules> = LazyLock::new(|| {
    let mut rules = SiteRules::default();
    for (name, source) in BUILT_IN {
        // A test holds that all of them parse.
        rules = rules.clone().with(name, source).unwrap_or(rules);
    }
    rules
});

impl SiteRules {
    /// The rules that come with the program.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// These rules and one more, in the form of `config/sites/*.toml`. Later rules come first, so
    /// that a user's rule replaces a built-in one.
    pub fn with(mut self, name: &str, source: &str) -> Result<Self, SiteRuleError> {
        let parsed: Source = toml::from_str(source)
            .map_err(|error| SiteRuleError::Toml { name: name.to_owned(), source: Box::new(error) })?;
        let selectors = |list: &[String]| -> Result<Vec<Selector>, SiteRuleError> {
            list.iter()
                .map(|selector| {
                    Selector::parse(selector).map_err(|error| SiteRuleError::Selector {
                        name: name.to_owned(),
                        selector: selector.clone(),
                        reason: error.to_string(),
                    })
                })
                .collect()
        };
        let rule = Rule {
            hosts: parsed.hosts.iter().map(|host| host.to_lowercase()).collect(),
            main: selectors(&parsed.main)?,
            title: selectors(&parsed.title)?,
            author: selectors(&parsed.author)?,
            date: selectors(&parsed.date)?,
            remove: selectors(&parsed.remove)?,
        };
        self.rules.insert(0, rule);
        Ok(self)
    }

    fn rule(&self, url: &Url) -> Option<&Rule> {
        let host = url.host_str()?.to_lowercase();
        self.rules.iter().find(|rule| {
            rule.hosts.iter().any(|known| {
                host == *known || host.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.'))
            })
        })
    }

    /// Reads a page by its site's rule; none where the site has no rule.
    pub fn read(&self, html: &str, url: &Url) -> Option<Found> {
        let rule = self.rule(url)?;
        let page = Html::parse_document(html);
        let first =
            |selectors: &[Selector]| selectors.iter().find_map(|selector| page.select(selector).next());
        let text = |selectors: &[Selector]| {
            let mut line = String::new();
            if let Some(element) = first(selectors) {
                element.text().for_each(|part| {
                    visible_text::push_text(&mut line, part);
                });
            }
            line.trim().to_owned()
        };
        let removed: Vec<NodeId> = rule
            .remove
            .iter()
            .flat_map(|selector| page.select(selector))
            .map(|e: ElementRef<'_>| e.id())
            .collect();
        let blocks = first(&rule.main).map(|main| blocks::text_blocks(*main, &removed)).unwrap_or_default();
        Some(Found { blocks, title: text(&rule.title), author: text(&rule.author), date: text(&rule.date) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_built_in_rules_parse() {
        for (name, source) in BUILT_IN {
            assert!(SiteRules::default().with(name, source).is_ok(), "{name}");
        }
        assert_eq!(SiteRules::embedded().rules.len(), BUILT_IN.len());
    }

    #[test]
    fn a_rule_finds_the_text() {
        let rules = SiteRules::default()
            .with("x", "hosts=['example.org']\nmain=['.none','#m']\nremove=['.ad']\ntitle=['h2']")
            .unwrap();
        let html = "<h2>题 <b>目</b></h2><div id=m><p>甲</p><p class=ad>广告</p><p>乙</p></div>";
        let found = rules.read(html, &Url::parse("https://www.example.org/1").unwrap()).unwrap();
        assert_eq!(found.blocks, ["甲", "乙"]);
        assert_eq!(found.title, "题 目");
        assert!(rules.read(html, &Url::parse("https://notexample.org/1").unwrap()).is_none());
    }

    #[test]
    fn a_wrong_rule_says_what_is_wrong() {
        let error = SiteRules::default().with("mine", "main=['p[']").unwrap_err().to_string();
        assert!(error.contains("mine") && error.contains("p["), "{error}");
        assert!(SiteRules::default().with("mine", "mian=['p']").is_err());
    }
}
