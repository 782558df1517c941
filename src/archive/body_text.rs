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
    /// Whether its rows are among those that the caller marked.
    pub marked: bool,
}

impl Article {
    /// The text that is compared with the original, with title, byline, credits and disclaimer in their
    /// places. The blocks of the rows for which `marks` is true are marked.
    ///
    /// It is built on demand, because listing links does not need it.
    pub fn text_blocks(&self, marks: &[bool]) -> Vec<TextBlock> {
        group_blocks(self, marks, |_| true)
    }

    /// The article's own text, without header, byline, credits and disclaimer.
    pub fn body_blocks(&self) -> Vec<TextBlock> {
        group_blocks(self, &[], |role| role == RowRole::Body)
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
fn group_blocks(article: &Article, marks: &[bool], is_wanted: impl Fn(RowRole) -> bool) -> Vec<TextBlock> {
    let mut out: Vec<TextBlock> = Vec::new();
    let (mut open, mut delimited) = (false, false);
    for (at, (row, role)) in article.rows.iter().zip(&article.row_roles).enumerate() {
        if !is_wanted(*role) {
            open = false;
            continue;
        }
        let marked = marks.get(at).copied().unwrap_or_default();
        if *role != RowRole::Body || out.last().is_some_and(|last| last.marked != marked) {
            open = false;
        }
        delimited =
            row.kind == MarkdownRowKind::Table || (!row.after_blank && (delimited || is_delimiter(row)));
        let heads_columns =
            article.rows.get(at + 1).is_some_and(|next| !next.after_blank && is_delimiter(next));
        if delimited || heads_columns {
            let cells = comparable_cells(row, &article.links).into_iter();
            out.extend(cells.map(|text| TextBlock { line: row.line, text, role: *role, marked }));
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
            _ => out.push(TextBlock { line: row.line, text, role: *role, marked }),
        }
        open = *role == RowRole::Body && matches!(row.kind, MarkdownRowKind::Text | MarkdownRowKind::Item);
    }
    out
}

/// The text of a row for comparison, without images. White space is collapsed.
fn comparable_text(row: &MarkdownRow, links: &[RawLink]) -> String {
    let text: String = row.spans.iter().filter_map(|span| span_text(span, links)).collect();
    let text = whitespace::collapse_gaps(&text, is_zero_width);
    text.trim_matches('|').trim().to_owned()
}

/// The texts of a table row's cells for comparison, without empty ones. A page's cells are lines of their
/// own, too.
fn comparable_cells(row: &MarkdownRow, links: &[RawLink]) -> Vec<String> {
    let mut cells = vec![String::new()];
    for span in &row.spans {
        let parts = match span {
            RowSpan::Text(text) => text.split('|').collect(),
            other => span_text(other, links).into_iter().collect::<Vec<_>>(),
        };
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                cells.push(String::new());
            }
            if let Some(cell) = cells.last_mut() {
                cell.push_str(part);
            }
        }
    }
    let texts = cells.iter().map(|cell| whitespace::collapse_gaps(cell, is_zero_width).trim().to_owned());
    texts.filter(|text| !text.chars().all(is_delimiter_mark)).collect()
}

/// Whether a row is the line below the head of a table (GFM 0.29, 4.10).
fn is_delimiter(row: &MarkdownRow) -> bool {
    let text = row.own_text();
    text.contains('|') && text.contains('-') && text.chars().all(|c| c == '|' || is_delimiter_mark(c))
}

fn is_delimiter_mark(c: char) -> bool {
    matches!(c, '-' | ':' | ' ' | '\t')
}

/// The text that a browser shows of a part of a row.
fn span_text<'a>(span: &'a RowSpan, links: &'a [RawLink]) -> Option<&'a str> {
    match span {
        RowSpan::Text(text) | RowSpan::Code(text) => Some(text),
        RowSpan::Link(index) => {
            links.get(*index).filter(|link| !link.image && !is_note_number(link)).map(shown_text)
        }
        RowSpan::Definition(_) => None,
    }
}

/// Whether a link is the bare number of a note on the same page. Pages show it as a raised mark, which is
/// no part of the text.
fn is_note_number(link: &RawLink) -> bool {
    let number = (1..=3).contains(&link.label.len()) && link.label.bytes().all(|byte| byte.is_ascii_digit());
    number && link.destination.starts_with('#')
}

/// What a browser shows of a link.
fn shown_text(link: &RawLink) -> &str {
    match link.form {
        LinkForm::Inline | LinkForm::Reference | LinkForm::Html => &link.label,
        _ => &link.destination,
    }
}
