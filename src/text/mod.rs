//! Reads the text of a page: its title, date, author, language and main text.
//!
//! It also makes the normal forms in which texts are compared. Nothing here reaches the network, and
//! everything takes bounded time and memory, however deep or large a page is.

// `NormalForms` may grow beyond what is cheap to copy.
#![allow(clippy::trivially_copy_pass_by_ref)]

mod document_kind;
mod extract;
mod html;
mod metadata;
pub mod ngrams;
pub mod normalize;
mod page_text;
mod pdf;
pub mod prose;
pub mod rules;
pub mod sentence;

pub use document_kind::is_text;
pub use extract::{extract_page, extract_whole_page};
pub use html::visible_text::{VisibleText, visible_text};
pub use metadata::detect_language;
pub use normalize::NormalForms;
pub use page_text::{BlockRole, PageBlock, PageText, TextError};
#[cfg(feature = "pdf")]
pub use pdf::serve as serve_pdf;
pub use pdf::{PdfReader, WORKER_ARGUMENT, is_pdf};
pub use rules::{BoilerplateRules, CounterRules, Lexicon, SiteRules, TextRuleTables, TextRules};
