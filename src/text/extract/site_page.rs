//! Reads a page by the rule of its site.

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};

use crate::text::extract::blocks;
use crate::text::html::text_line;
use crate::text::rules::SiteRule;

/// What a rule found on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SitePage {
    /// The text's blocks; empty where the rule found no text.
    pub blocks: Vec<String>,
    /// The title; empty where it was not found.
    pub title: String,
    /// The author; empty where it was not found.
    pub author: String,
    /// The date's text; empty where it was not found.
    pub date: String,
}

/// Reads a page by its site's rule.
pub fn read_by_site_rule(html: &str, rule: &SiteRule) -> SitePage {
    let page = Html::parse_document(html);
    let first = |selectors: &[Selector]| selectors.iter().find_map(|selector| page.select(selector).next());
    let text = |selectors: &[Selector]| {
        let mut line = String::new();
        if let Some(element) = first(selectors) {
            element.text().for_each(|part| {
                text_line::push_text(&mut line, part);
            });
        }
        line.trim().to_owned()
    };
    let removed: Vec<NodeId> = rule
        .remove
        .iter()
        .flat_map(|selector| page.select(selector))
        .map(|element: ElementRef<'_>| element.id())
        .collect();
    let blocks = first(&rule.main).map(|main| blocks::block_texts(*main, &removed)).unwrap_or_default();
    SitePage { blocks, title: text(&rule.title), author: text(&rule.author), date: text(&rule.date) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::text::rules::SiteRules;
    use url::Url;

    #[test]
    fn a_rule_finds_the_text() {
        let sites = "[x]\nhosts=['example.org']\nmain=['.none','#m']\nremove=['.ad']\ntitle=['h2']";
        let rules = SiteRules::default().with_user(&toml::from_str(sites).unwrap()).unwrap();
        let rule = rules.rule_for(&Url::parse("https://www.example.org/1").unwrap()).unwrap();
        let html = "<h2>题 <b>目</b></h2><div id=m><p>甲</p><p class=ad>广告</p><p>乙</p></div>";
        let page = read_by_site_rule(html, rule);
        assert_eq!(page.blocks, ["甲", "乙"]);
        assert_eq!(page.title, "题 目");
    }
}
