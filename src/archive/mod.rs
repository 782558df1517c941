//! Reads the files of the archive into [`Article`]s.
//!
//! Archives are folders of markdown files as people keep them: with mixed line ends, byte order marks in
//! odd places, and wikilinks that cut words. Each file gives an article with its metadata, its text as
//! blocks with their lines, and every link as it is written, with line and column. The next stage,
//! [`crate::citation`], decides what a link means.

mod article;
mod body_text;
mod discover;
mod error;
mod front_matter;
mod header;
mod ignore_rules;
mod line_index;
pub mod markdown;
mod original_form;
mod position;
mod raw_link;
mod read_article;
mod read_rules;
mod row_role;
pub mod rule_phrase;

pub use article::Article;
pub use body_text::TextBlock;
pub use discover::{Archive, ArchiveFile, FilePatterns, check_file_pattern};
pub use error::ArchiveError;
pub use header::original_forms::original_form_places;
pub use markdown::{MarkdownRow, MarkdownRowKind, RowSpan};
pub use original_form::{FormPlace, OriginalForm};
pub use position::Position;
pub use raw_link::{LinkForm, RawLink};
pub use read_article::{MAX_ARTICLE, parse_article, read_article};
pub use read_rules::ReadRules;
pub use row_role::RowRole;
