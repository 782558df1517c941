//! Writes a comparison as a page: side by side or inline, changed characters marked, unchanged parts
//! folded, keys for the next and the previous change and for the switches.
//!
//! The page loads nothing from outside and works without scripts. Everything that came from outside
//! is escaped, and the page's own policy lets only the one script run whose hash it names: hostile
//! text cannot run in it even where escaping failed.

mod escape;
mod header;
mod merged_text;
mod page;
mod row;
#[cfg(test)]
mod tests;

pub use page::write_page;
