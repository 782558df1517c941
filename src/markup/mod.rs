//! Reads HTML markup as a stream of tags, texts and comments, without building a tree.
//!
//! Several stages read tags: fetching looks for a redirect in a page's head, the archive reader finds
//! links in HTML inside markdown, text extraction measures and strips pages. They share this
//! tokenizer, which follows section 13.2.5 of the WHATWG HTML standard as far as that is possible
//! without a tree, in time linear in the page's length. `docs/design/html-tokenizer.md` says why it is
//! not a library.

mod attributes;
mod base_url;
mod elements;
mod raw_text;
#[cfg(test)]
mod tests;
mod tokens;

pub use attributes::{Attribute, Attributes, TagEnd, attribute_value};
pub use base_url::{BaseUrl, decoded_attribute};
pub use elements::{is_block, is_closed_by_its_like, is_one_of, is_void};
pub use tokens::{Token, Tokens};
