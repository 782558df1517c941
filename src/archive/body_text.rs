//! Builds the article's own text, without header, byline, credits and disclaimer.

use super::article::Article;
use super::markdown::{MarkdownRow, MarkdownRowKind, RowSpan};
use super::raw_link::{LinkForm, RawLink};
use super::row_role::RowRole;
use crate::unicode::character_classes::is_zero_width;
use crate::unicode::cjk::{is_cjk, is_cjk_punctuation};
use crate::unicode::whitespace;

/// One paragraph, heading, list item or table row of an article, as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextBlock {
    /// The line on which it starts, from 1.
    pub line: u32,
    /// The text without markup and line breaks; wikilinks are replaced by their text.
    pub text: String,
}

impl Article {
    /// The text that is compared with the original, without header, byline, credits and disclaimer.
    ///
    /// It is built on demand, because listing links does not need it.
    pub fn body_blocks(&self) -> Vec<TextBlock> {
        group_body_blocks(self)
    }

    /// The body as one text, with one line for each block.
    pub fn body_text(&self) -> String {
        let mut text = String::new();
        for block in self.body_blocks() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&block.text);
        }
        text
    }
}

/// Groups the rows of the body into blocks: the lines of one paragraph are joined.
fn group_body_blocks(article: &Article) -> Vec<TextBlock> {
    let mut out: Vec<TextBlock> = Vec::new();
    let mut open = false;
    for (row, role) in article.rows.iter().zip(&article.row_roles) {
        if *role != RowRole::Body {
            open = false;
            continue;
        }
        let text = comparable_text(row, &article.links);
        if text.is_empty() {
            continue;
        }
        match out.last_mut() {
            Some(last) if open && !row.after_blank && row.kind == MarkdownRowKind::Text => {
                let latin = |c: Option<char>| c.is_some_and(|c| !is_cjk(c) && !is_cjk_punctuation(c));
                if latin(last.text.chars().next_back()) && latin(text.chars().next()) {
                    last.text.push(' ');
                }
                last.text.push_str(&text);
            }
            _ => out.push(TextBlock { line: row.line, text }),
        }
        open = matches!(row.kind, MarkdownRowKind::Text | MarkdownRowKind::Item);
    }
    out
}

/// The text of a row for comparison. Images are left out, and so are URLs, because the original shows a
/// player or a card in their place. White space is collapsed.
fn comparable_text(row: &MarkdownRow, links: &[RawLink]) -> String {
    let mut out = String::new();
    for span in &row.spans {
        match span {
            RowSpan::Text(text) | RowSpan::Code(text) => out.push_str(text),
            RowSpan::Link(index) => {
                let Some(link) = links.get(*index).filter(|link| !link.image) else { continue };
                let label = link.label.trim_start();
                let url = ["http://", "https://", "www."].iter().any(|start| label.starts_with(start));
                let shown = matches!(link.form, LinkForm::Inline | LinkForm::Reference | LinkForm::Html);
                if shown && (!url || label.contains(' ')) {
                    out.push_str(&link.label);
                }
            }
            RowSpan::Definition(_) => {}
        }
    }
    let text = whitespace::collapse_gaps(&out, is_zero_width);
    text.trim_matches('|').trim().to_owned()
}
