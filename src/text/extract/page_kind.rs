//! Reads from a page's own marks what kind of page it says it is.

use crate::markup::{self, Token, Tokens};

/// The kind of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageKind {
    /// One text: a news story, a blog post, a report.
    Article,
    /// The posts of several people: a forum thread, a question with its answers.
    Thread,
    /// It does not say, or it is a list, a product, a front page.
    #[default]
    Other,
}

/// Types of schema.org.
const THREADS: &[&str] = &["DiscussionForumPosting", "QAPage"];
const STORIES: &[&str] = &["NewsArticle", "BlogPosting", "ReportageNewsArticle"];
const ARTICLES: &[&str] = &["Article", "TechArticle", "Report"];
/// Classes of an entry of a microformat feed (h-entry and its predecessor): a page with one is that entry, a
/// page with several lists them.
const ENTRIES: &[&str] = &["h-entry", "hentry"];
const LISTS: &[&str] = &["Product", "ItemList", "CollectionPage"];

/// The kind that a page declares in its linked data, its microdata or its `og:type`.
pub fn declared_kind(html: &str) -> PageKind {
    let mut declared = Declared::default();
    let mut linked_data = false;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, .. } => {
                if name.eq_ignore_ascii_case("meta") {
                    declared.take_meta(attributes);
                } else if name.eq_ignore_ascii_case("script") {
                    let kind = markup::attribute_value(attributes, "type").unwrap_or_default();
                    linked_data = kind.to_ascii_lowercase().contains("ld+json");
                }
                if attributes.contains("entry")
                    && let Some(classes) = markup::attribute_value(attributes, "class")
                {
                    let is_entry = classes.split_ascii_whitespace().any(|class| ENTRIES.contains(&class));
                    declared.entries += usize::from(is_entry);
                }
                if attributes.contains("schema.org/")
                    && let Some(kinds) = markup::attribute_value(attributes, "itemtype")
                {
                    kinds
                        .split_ascii_whitespace()
                        .filter_map(|kind| kind.rsplit('/').next())
                        .for_each(|kind| declared.take(kind));
                }
            }
            Token::RawText { element: "script", content } if linked_data => {
                declared.take_linked_data(content);
                linked_data = false;
            }
            _ => {}
        }
    }
    declared.kind()
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools)]
struct Declared {
    thread: bool,
    story: bool,
    article: bool,
    list: bool,
    entries: usize,
}

impl Declared {
    fn take(&mut self, kind: &str) {
        self.thread |= THREADS.contains(&kind);
        self.story |= STORIES.contains(&kind);
        self.article |= ARTICLES.contains(&kind);
        self.list |= LISTS.contains(&kind);
    }

    fn take_meta(&mut self, attributes: &str) {
        let value = |name| markup::attribute_value(attributes, name).unwrap_or_default();
        let is_type = |name: &str| name.eq_ignore_ascii_case("og:type");
        self.article |= (is_type(value("property")) || is_type(value("name")))
            && value("content").eq_ignore_ascii_case("article");
    }

    /// Types are the strings after `"@type":`, alone or in a list.
    fn take_linked_data(&mut self, json: &str) {
        for after in json.split("\"@type\"").skip(1) {
            let after = after.trim_start_matches(|c: char| c.is_whitespace() || c == ':');
            let end = if after.starts_with('[') { after.find(']') } else { after.find([',', '}']) };
            let kinds = end.and_then(|end| after.get(..end)).unwrap_or_default();
            kinds.split(['"', '/']).for_each(|kind| self.take(kind));
        }
    }

    fn kind(&self) -> PageKind {
        match self {
            Self { thread: true, .. } => PageKind::Thread,
            Self { story: true, .. }
            | Self { entries: 1, list: false, .. }
            | Self { article: true, list: false, entries: 0, .. } => PageKind::Article,
            _ => PageKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_kind() {
        let data = |json: &str| format!("<script type='application/ld+json'>{json}</script>");
        for (page, kind) in [
            ("<meta property='og:type' content='article'>".to_owned(), PageKind::Article),
            ("<meta property='og:type' content='website'>".to_owned(), PageKind::Other),
            (data(r#"{"@type":["WebPage","NewsArticle"]}"#), PageKind::Article),
            (data(r#"{"@graph":[{"@type": "Article"},{"@type":"ItemList"}]}"#), PageKind::Other),
            (data(r#"{"@type" : "DiscussionForumPosting", "headline": "T"}"#), PageKind::Thread),
            (data(r#"{"@type":"FAQPage","mainEntity":[{"@type":"Question"}]}"#), PageKind::Other),
            ("<article class='post hentry'>".to_owned(), PageKind::Article),
            (
                "<meta property='og:type' content='article'><p class=hentry><p class='hentry'>".to_owned(),
                PageKind::Other,
            ),
            ("<div itemscope itemtype='https://schema.org/QAPage'>".to_owned(), PageKind::Thread),
            ("<script>var a = {\"@type\":\"QAPage\"}</script>".to_owned(), PageKind::Other),
        ] {
            assert_eq!(declared_kind(&page), kind, "{page}");
        }
    }
}
