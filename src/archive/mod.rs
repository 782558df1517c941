//! Reads the archive: files in, [`Article`]s out.
//!
//! What comes in is a folder of markdown files as people keep them: mixed line ends, byte order
//! marks in odd places, wikilinks that cut words. What goes out is, a file each, its metadata, its
//! text as blocks with their source lines, and every link as it is written, with line and column.
//! What a link *means* is decided by the next stage, [`crate::citation`].

mod article;
mod body_text;
mod discover;
mod error;
mod front_matter;
mod header;
mod line_index;
pub mod markdown;
mod position;
mod raw_link;
mod read_article;
mod read_rules;
mod row_role;
pub mod rule_phrase;

pub use article::Article;
pub use body_text::TextBlock;
pub use discover::{Archive, ArchiveFile, FilePatterns};
pub use error::ArchiveError;
pub use markdown::{MarkdownRow, MarkdownRowKind, RowSpan};
pub use position::Position;
pub use raw_link::{LinkForm, RawLink};
pub use read_article::{parse_article, read_article};
pub use read_rules::ReadRules;
pub use row_role::RowRole;
