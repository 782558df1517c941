//! Defines an article as it was read from its file: metadata, rows and links.

use std::path::PathBuf;

use super::markdown::MarkdownRow;
use super::raw_link::RawLink;
use super::row_role::RowRole;
use crate::model::ArticleId;

/// An article of the archive, read from its file.
#[derive(Clone, Debug)]
pub struct Article {
    /// The article's identity.
    pub id: ArticleId,
    /// The file that it was read from.
    pub path: PathBuf,
    /// The title; empty where none was found.
    pub title: String,
    /// The date, where the file states one.
    pub date: Option<jiff::Timestamp>,
    /// The author; empty where the file states none.
    pub author: String,
    /// Whether the file is an index page, which only lists links. Its content decides that, not its name.
    pub is_index: bool,
    /// Every link and image as the file writes it, in the order of the file.
    pub links: Vec<RawLink>,
    /// The rows of the file with their links in place. The next stage takes the roles of links from them.
    pub rows: Vec<MarkdownRow>,
    /// The role of each row, in the order of `rows`.
    pub row_roles: Vec<RowRole>,
    /// The index in `links` of the link that the article names as its original, if it names one.
    pub repost: Option<usize>,
}

impl Article {
    /// The rows outside of the body: line, role and text of each.
    pub fn rows_left_out(&self) -> impl Iterator<Item = (u32, RowRole, String)> + '_ {
        self.rows
            .iter()
            .zip(&self.row_roles)
            .filter(|(_, role)| !matches!(role, RowRole::Body | RowRole::Empty))
            .map(|(row, role)| (row.line, *role, row.plain_text(&self.links)))
    }
}
