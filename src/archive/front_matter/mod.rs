//! YAML and TOML front matter, as Hugo, Jekyll, Obsidian and Docusaurus write it.
//!
//! Keys at the margin with a value, a list or a short map count, also inside a table of the site's own
//! keys ([`WRAPPERS`]). Anything deeper is passed over.

mod entry;
mod read_front_matter;
mod toml_entries;
mod yaml;

pub(in crate::archive) use read_front_matter::{FrontMatter, read_front_matter};
