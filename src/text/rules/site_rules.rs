//! Rules for single sites: the selectors of an article's parts, in `config/sites/*.toml`.
//!
//! A rule is a shortcut for a site that the general extractors read badly. Where its selectors find
//! nothing, because the site has changed, the general extractors are used.

use scraper::Selector;
use serde::Deserialize;
use url::Url;

use super::word_list::check_words;
use crate::model::{RuleError, quote_key, read_rule_table};

/// The name and the source of each built-in file. A file may also hold the site's notices of pages that are
/// gone, which the judge of a link reads.
pub const SITE_FILES: &[(&str, &str)] = &[
    ("weixin", include_str!("../../../config/sites/weixin.toml")),
    ("wikipedia", include_str!("../../../config/sites/wikipedia.toml")),
    ("blogspot", include_str!("../../../config/sites/blogspot.toml")),
    ("youtube", include_str!("../../../config/sites/youtube.toml")),
    ("imgur", include_str!("../../../config/sites/imgur.toml")),
    ("flickr", include_str!("../../../config/sites/flickr.toml")),
    ("telegram", include_str!("../../../config/sites/telegram.toml")),
    ("x", include_str!("../../../config/sites/x.toml")),
    ("facebook", include_str!("../../../config/sites/facebook.toml")),
    ("weibo", include_str!("../../../config/sites/weibo.toml")),
    ("zhihu", include_str!("../../../config/sites/zhihu.toml")),
    ("baijiahao", include_str!("../../../config/sites/baijiahao.toml")),
];
/// The key of the notices in a site's file.
const NOTICES: &str = "notice";

/// One site's rule, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SiteRuleFile {
    hosts: Vec<String>,
    main: Vec<String>,
    title: Vec<String>,
    author: Vec<String>,
    date: Vec<String>,
    remove: Vec<String>,
}

/// The selectors of the parts of a site's articles.
#[derive(Clone, Debug)]
pub struct SiteRule {
    /// Host names in lower case; each includes its subdomains.
    hosts: Vec<String>,
    /// Selectors of the element that holds the text; the first that matches counts.
    pub main: Vec<Selector>,
    /// Selectors of the title.
    pub title: Vec<Selector>,
    /// Selectors of the author.
    pub author: Vec<Selector>,
    /// Selectors of the date.
    pub date: Vec<Selector>,
    /// Selectors of elements inside the text that do not belong to it.
    pub remove: Vec<Selector>,
}

/// The rules of all known sites.
#[derive(Clone, Debug, Default)]
pub struct SiteRules {
    rules: Vec<SiteRule>,
}

impl SiteRule {
    /// Whether the rule selects a part of the text, and is not only there for the site's notices.
    fn selects_text(&self) -> bool {
        [&self.main, &self.title, &self.author, &self.date, &self.remove].iter().any(|part| !part.is_empty())
    }
}

impl SiteRules {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        let mut rules = Self::default();
        for (_, source) in SITE_FILES {
            // A test holds that all of them can be read.
            let table: Option<toml::Table> = toml::from_str(source).ok();
            let rule = table.and_then(|mut table| {
                table.remove(NOTICES);
                read_rule(&table).ok()
            });
            rules.rules.extend(rule.filter(SiteRule::selects_text));
        }
        rules
    }

    /// Adds a user's rules: a table of tables with the keys of `config/sites/*.toml`. They come before
    /// the built-in ones, so that a user's rule replaces the built-in rule of the same host.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong type, a rule without hosts, a selector that is not CSS.
    pub fn with_user(mut self, sites: &toml::Table) -> Result<Self, RuleError> {
        let mut added = Vec::new();
        for (name, site) in sites {
            let path = quote_key(name);
            let Some(table) = site.as_table() else {
                return Err(RuleError::invalid(path, "must be a table with the rule of a site"));
            };
            added.push(read_rule(table).map_err(|error| error.below(&path))?);
        }
        self.rules.splice(0..0, added);
        Ok(self)
    }

    /// The rule of a URL's site.
    pub fn rule_for(&self, url: &Url) -> Option<&SiteRule> {
        let host = url.host_str()?.to_lowercase();
        self.rules.iter().find(|rule| {
            rule.hosts.iter().any(|known| {
                host == *known || host.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.'))
            })
        })
    }
}

fn read_rule(table: &toml::Table) -> Result<SiteRule, RuleError> {
    let file: SiteRuleFile = read_rule_table(table)?;
    check_words("hosts", &file.hosts)?;
    if file.hosts.is_empty() {
        return Err(RuleError::invalid("hosts", "name at least one host"));
    }
    let selectors = |key: &str, list: &[String]| -> Result<Vec<Selector>, RuleError> {
        let compile = |(at, selector): (usize, &String)| {
            // The parser's own message is made for its developers.
            Selector::parse(selector).map_err(|_| {
                RuleError::invalid(format!("{key}[{at}]"), format!("\"{selector}\" is not a CSS selector"))
            })
        };
        list.iter().enumerate().map(compile).collect()
    };
    Ok(SiteRule {
        hosts: file.hosts.iter().map(|host| host.to_lowercase()).collect(),
        main: selectors("main", &file.main)?,
        title: selectors("title", &file.title)?,
        author: selectors("author", &file.author)?,
        date: selectors("date", &file.date)?,
        remove: selectors("remove", &file.remove)?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_built_in_rules_are_read() {
        let with_text = SITE_FILES.iter().filter(|(_, source)| source.contains("\nmain = ")).count();
        assert_eq!(SiteRules::built_in().rules.len(), with_text);
        assert!(with_text >= 3);
    }

    #[test]
    fn a_wrong_selector_is_said_in_plain_words() {
        let sites = toml::from_str("[x]\nhosts = ['example.org']\nmain = ['##x']").unwrap();
        let error = SiteRules::built_in().with_user(&sites).unwrap_err();
        assert_eq!(error.to_string(), "`x.main[0]`: \"##x\" is not a CSS selector");
    }

    #[test]
    fn a_rule_counts_for_its_hosts_and_their_subdomains() {
        let sites = toml::from_str("[x]\nhosts = ['Example.org', 'blogspot.com']\nmain = ['#mine']").unwrap();
        let rules = SiteRules::built_in().with_user(&sites).unwrap();
        let rule = |url: &str| rules.rule_for(&Url::parse(url).unwrap());
        assert!(rule("https://www.example.org/1").is_some() && rule("https://notexample.org/1").is_none());
        let replaced = rule("https://a.blogspot.com/").unwrap();
        assert!(replaced.title.is_empty(), "the user's rule comes first");
    }
}
