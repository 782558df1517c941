//! The markdown reader: text in, rows and links with their places out.
//!
//! It is a reader of our own, since what a careful human follows is often no link to the standard: a
//! destination with a line break inside, words glued to it, wikilinks that cut it. It reads standard
//! markdown the standard way (code, comments, reference definitions, HTML) and is lenient where the
//! standard gives up. Each pass over the text is linear: a search that failed is never repeated.

mod angle_bracket;
mod autolink;
mod bare_url;
mod brackets;
mod code_span;
mod definition;
mod destination;
pub mod entities;
mod html_tag;
mod inline;
mod inline_context;
mod line;
mod row;
mod scanner;
#[cfg(test)]
mod tests;
mod wikilink;

pub use row::{MarkdownRow, MarkdownRowKind, RowSpan};
pub(in crate::archive) use scanner::{ScannedMarkdown, scan_markdown};
pub use wikilink::wikilink_opening_length;
