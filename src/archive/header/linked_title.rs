//! Finds titles that are no headings with a mark: underlined ones, and those that link to the original.

use super::original_link::names_a_page;
use super::row_roles::{RowClassifier, is_only_links};
use crate::archive::markdown::{MarkdownRow, MarkdownRowKind};
use crate::archive::row_role::RowRole;

/// A row with more letters outside of links is prose.
const PROSE: usize = 60;

impl RowClassifier<'_> {
    /// The first row, if it is short and the next line underlines it (`CommonMark` 0.31.2, section 4.3).
    pub(super) fn find_underlined_title(&self) -> Option<usize> {
        let index = self.rows.iter().position(|row| !row.spans.is_empty())?;
        let row = self.rows.get(index)?;
        let is_short = self.own_width(index) <= PROSE && !row.plain_text(self.links).trim().is_empty();
        (row.kind == MarkdownRowKind::Text && is_short && self.is_underlined(index) && !is_only_links(row))
            .then_some(index)
    }

    /// The link of a title that links to the original: the only link of a heading in the first row, above
    /// prose. Marks the row as the title.
    pub(in crate::archive) fn find_linked_title(&mut self) -> Option<usize> {
        let index = self.rows.iter().position(|row| !row.spans.is_empty())?;
        let row: &MarkdownRow = self.rows.get(index)?;
        let is_heading = match row.kind {
            MarkdownRowKind::Heading(level) => level <= 2,
            MarkdownRowKind::Text => self.is_underlined(index),
            _ => false,
        };
        let mut links = row.link_indexes();
        let at = links.next().filter(|_| is_heading && is_only_links(row) && links.next().is_none())?;
        let link = self.links.get(at).filter(|link| !link.image && !link.label.contains("://"))?;
        let leads_to_page = link.destination.contains("://") && names_a_page(&link.destination);
        let has_prose = self.rows.iter().skip(index + 1).any(|below| below.own_weight() > PROSE);
        if !leads_to_page || !has_prose {
            return None;
        }
        self.mark_row(index, RowRole::Title);
        Some(at)
    }

    fn is_underlined(&self, index: usize) -> bool {
        let below = self.rows.get(index + 1);
        below.is_some_and(|row| row.kind == MarkdownRowKind::Rule && !row.after_blank)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use crate::archive::*;
    use crate::model::ArticleId;

    const PROSE: &str = "A long paragraph of prose that says what happened, to whom, when, and why it matters to anybody at all.";

    fn read(text: &str) -> Article {
        parse_article(ArticleId::new("a.md"), "/none/a.md".into(), text, &ReadRules::embedded().unwrap())
    }

    fn title_and_original(text: &str) -> (String, Option<String>) {
        let article = read(text);
        (article.title.clone(), article.repost.map(|index| article.links[index].destination.clone()))
    }

    #[test]
    fn titles_are_underlined_or_link_to_the_original() {
        let original = Some("https://a.example/2020/1".to_owned());
        for head in ["[Old pier](https://a.example/2020/1)\n---", "# [Old pier](https://a.example/2020/1)\n"]
        {
            assert_eq!(
                title_and_original(&format!("{head}\n\n{PROSE}\n")),
                ("Old pier".into(), original.clone())
            );
        }
        let dashed = format!("Old pier\n---\n\n{PROSE}\n");
        assert_eq!(title_and_original(&dashed), ("Old pier".into(), None));
        assert_eq!(read(&dashed).body_text(), PROSE);
    }

    #[test]
    fn navigation_and_lists_of_links_have_no_such_title() {
        for text in [
            "# [Home](README.md)\n\nShort.\n",
            "# [Home](https://a.example/)\n\n",
            "# [A](https://a.example/x)\n\n- [B](https://b.example/y)\n",
        ] {
            let text = format!("{text}\n");
            assert_eq!(title_and_original(&text), (String::new(), None), "{text}");
        }
    }

    #[test]
    fn a_section_heading_below_the_title_of_the_front_matter_is_text() {
        let article = read(&format!("---\ntitle: Old pier\n---\n\n## Why it closed\n\n{PROSE}\n"));
        assert_eq!(article.title, "Old pier");
        assert!(article.body_text().starts_with("Why it closed"));
        let article = read(&format!("---\ntitle: Old pier\n---\n\n## Old Pier\n\n{PROSE}\n"));
        assert_eq!(article.body_text(), PROSE);
    }

    #[test]
    fn signed_news_with_links_to_other_sites_is_no_index() {
        let list = "* [A](https://a.example/1)\n* [B](https://b.example/2)\n* [C](https://c.example/3)\n* [D](https://d.example/4)\n* [E](https://e.example/5)\n";
        assert!(read(&format!("# News\n\n{list}")).is_index);
        assert!(!read(&format!("---\ntitle: News\nauthor: '[[Ann]]'\n---\n\n{list}")).is_index);
        assert_eq!(read("---\ntitle: News\nauthor: '[[Ann]]'\n---\n\nText.\n").author, "Ann");
    }
}
