//! Builds the text of an article, each block with its role: the body, or header, byline, credits,
//! disclaimer.

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
    /// The role of its rows.
    pub role: RowRole,
}

impl Article {
    /// The text that is compared with the original, with title, byline, credits and disclaimer in their
    /// places.
    ///
    /// It is built on demand, because listing links does not need it.
    pub fn text_blocks(&self) -> Vec<TextBlock> {
        group_blocks(self, |_| true)
    }

    /// The article's own text, without header, byline, credits and disclaimer.
    pub fn body_blocks(&self) -> Vec<TextBlock> {
        group_blocks(self, |role| role == RowRole::Body)
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

/// Groups the rows of the wanted roles into blocks: the lines of one paragraph of the body are joined.
fn group_blocks(article: &Article, is_wanted: impl Fn(RowRole) -> bool) -> Vec<TextBlock> {
    let mut out: Vec<TextBlock> = Vec::new();
    let mut open = false;
    for (row, role) in article.rows.iter().zip(&article.row_roles) {
        if !is_wanted(*role) {
            open = false;
            continue;
        }
        let text = comparable_text(row, &article.links);
        if *role != RowRole::Body {
            open = false;
        }
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
            _ => out.push(TextBlock { line: row.line, text, role: *role }),
        }
        open = *role == RowRole::Body && matches!(row.kind, MarkdownRowKind::Text | MarkdownRowKind::Item);
    }
    out
}

/// The text of a row for comparison, without images. White space is collapsed.
fn comparable_text(row: &MarkdownRow, links: &[RawLink]) -> String {
    let mut out = String::new();
    for span in &row.spans {
        match span {
            RowSpan::Text(text) | RowSpan::Code(text) => out.push_str(text),
            RowSpan::Link(index) => {
                if let Some(link) = links.get(*index).filter(|link| !link.image) {
                    out.push_str(shown_text(link));
                }
            }
            RowSpan::Definition(_) => {}
        }
    }
    let text = whitespace::collapse_gaps(&out, is_zero_width);
    text.trim_matches('|').trim().to_owned()
}

/// What a browser shows of a link.
fn shown_text(link: &RawLink) -> &str {
    match link.form {
        LinkForm::Inline | LinkForm::Reference | LinkForm::Html => &link.label,
        _ => &link.destination,
    }
}
