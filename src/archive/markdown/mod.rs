//! Reads markdown into rows and links with their positions.
//!
//! The project has a markdown reader of its own because a standard parser does not see many links that
//! people follow: destinations with a line break inside, URLs with words attached to them, wikilinks that
//! cut a URL. It reads standard markdown as `CommonMark` defines it (code, comments, reference definitions,
//! HTML) and is lenient where the standard sees no link. A test compares its links with those of a standard
//! parser and lists the wanted deviations. Each pass over the text takes linear time: a search that failed
//! is never repeated.

mod angle_bracket;
mod autolink;
mod bare_url;
mod brackets;
mod code_span;
mod definition;
mod destination;
pub mod entities;
mod host_dot;
mod html_tag;
mod inline;
mod inline_context;
mod inline_marks;
mod line;
mod path_words;
mod row;
mod scanner;
#[cfg(test)]
mod tests;
mod wikilink;

pub use host_dot::with_plain_host_dots;
pub use row::{MarkdownRow, MarkdownRowKind, RowSpan};
pub(in crate::archive) use scanner::{ScannedMarkdown, scan_markdown};
pub use wikilink::wikilink_opening_length;
