//! Finds what a page says about itself: title, author, date and language.
//!
//! Meta tags and JSON-LD come first, then what is written near the title. The extractors' own dates were
//! wrong in 3 of 14 pages.

mod author_name;
mod byline;
mod dates;
mod language;
mod page_markup;
mod page_metadata;
mod title;

pub use language::{detect_language, page_language};
pub use page_metadata::{Metadata, read_metadata};
