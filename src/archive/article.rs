//! An article as it was read: metadata, rows and links.

use std::path::PathBuf;

use super::markdown::MarkdownRow;
use super::raw_link::RawLink;
use super::row_role::RowRole;
use crate::model::ArticleId;

/// An article, read.
#[derive(Clone, Debug)]
pub struct Article {
    /// Who it is.
    pub id: ArticleId,
    /// The file it was read from.
    pub path: PathBuf,
    /// Its title; empty where none was found.
    pub title: String,
    /// Its date, where one is stated.
    pub date: Option<jiff::Timestamp>,
    /// Its author; empty where none is stated.
    pub author: String,
    /// Whether it only lists links (an index page), by what it holds and not by its name.
    pub is_index: bool,
    /// Every link and picture as it is written, in source order.
    pub links: Vec<RawLink>,
    /// The file's rows with their links in place: the evidence from which the next stage takes roles.
    pub rows: Vec<MarkdownRow>,
    /// What the reader saw in each row, in the order of `rows`.
    pub parts: Vec<RowRole>,
    /// The index in `links` of the link that the article names as its original, where it does.
    pub repost: Option<usize>,
}

impl Article {
    /// The rows that are left out of the body: line, what they were taken for, text.
    pub fn rows_left_out(&self) -> impl Iterator<Item = (u32, RowRole, String)> + '_ {
        self.rows
            .iter()
            .zip(&self.parts)
            .filter(|(_, part)| !matches!(part, RowRole::Body | RowRole::Empty))
            .map(|(row, part)| (row.line, *part, row.plain_text(&self.links)))
    }
}
