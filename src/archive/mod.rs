//! Reads the archive: files in, [`Article`]s out.
//!
//! What comes in is a folder of markdown files as people keep them: mixed line ends, byte order
//! marks in odd places, wikilinks that cut words. What goes out is, a file each, its metadata, its
//! text as blocks with their source lines, and every link as it is written, with line and column.
//! What a link *means* is decided by the next stage, [`crate::citation`].

mod discover;
mod front_matter;
pub(in crate::archive) mod header;
pub mod markdown;
mod read;
pub mod rule_phrase;
mod rules;

pub use discover::{Archive, ArchiveFile, ArchiveRules};
pub use markdown::{Row, RowKind, Span};
pub use read::{parse_article, read_article};
pub use rules::ReadRules;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::ArticleId;

/// A place in a file: line and column, both from 1, the column in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// One paragraph, heading, list item or table row of an article, as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextBlock {
    /// The line on which it starts.
    pub line: u32,
    /// Its text: markup gone, wikilinks replaced by their text, no line breaks inside.
    pub text: String,
}

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
    pub rows: Vec<Row>,
    /// What the reader saw in each row, in the order of `rows`.
    pub parts: Vec<Part>,
    /// The index in `links` of the link that the article names as its original, where it does.
    pub repost: Option<usize>,
}

/// What a row is to the article. The names are those of `driftline text --explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The article's own text.
    Body,
    /// Metadata before the text: front matter, navigation above the title.
    Header,
    /// The title.
    Title,
    /// The line with date and author.
    Byline,
    /// The line that says where the article was first published.
    Repost,
    /// A line that names editors, translators and the like.
    Credit,
    /// The disclaimer, and whatever follows it.
    Disclaimer,
    /// A separator, or a row without text.
    Empty,
}

impl Part {
    /// The part's name as it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Header => "header",
            Self::Title => "title",
            Self::Byline => "byline",
            Self::Repost => "repost",
            Self::Credit => "credit",
            Self::Disclaimer => "disclaimer",
            Self::Empty => "empty",
        }
    }
}

impl Article {
    /// The rows that are left out of the body: line, what they were taken for, text.
    pub fn left_out(&self) -> impl Iterator<Item = (u32, Part, String)> + '_ {
        self.rows
            .iter()
            .zip(&self.parts)
            .filter(|(_, part)| !matches!(part, Part::Body | Part::Empty))
            .map(|(row, part)| (row.line, *part, row.text(&self.links)))
    }

    /// The text that is compared with the original: without header, byline, credits, disclaimer.
    ///
    /// Made when it is asked for: listing links needs none.
    pub fn body(&self) -> Vec<TextBlock> {
        header::row_roles::blocks(self)
    }

    /// The body as one text, a block a line.
    pub fn body_text(&self) -> String {
        let mut text = String::new();
        for block in self.body() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&block.text);
        }
        text
    }
}

/// A link as it is written, before anyone has judged what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLink {
    /// Where it starts.
    pub position: Position,
    /// Its text, wikilinks resolved.
    pub label: String,
    /// Its destination, exactly as written.
    pub destination: String,
    /// Whether it is a picture.
    pub image: bool,
    /// In which form it is written.
    pub form: LinkForm,
}

/// The form in which a link is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkForm {
    /// `[text](destination)`, or `![text](destination)`.
    Inline,
    /// `[text][id]` with `[id]: destination` elsewhere, or an unused definition.
    Reference,
    /// `<https://…>`.
    Autolink,
    /// A URL standing in the text.
    Bare,
    /// `<a href>`, `<img src>` and the like.
    Html,
    /// A value of the front matter; the label is its key.
    FrontMatter,
}

/// What can fail while reading the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArticleError {
    /// A path that was named does not exist.
    #[error("{path}: no such file or folder")]
    NotFound {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A file or folder could not be read.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not UTF-8.
    #[error("{path}: not UTF-8 (first bad byte at offset {offset}); convert it, for example with iconv")]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The offset of the first bad byte.
        offset: usize,
    },
    /// A rule of the reader is wrong.
    #[error("rule \"{key}\": {reason}")]
    Rule {
        /// The rule's key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An `[archive]` include or exclude pattern is not a glob.
    #[error("archive pattern \"{pattern}\": {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why it is not a glob.
        reason: String,
    },
}
