//! Reads YAML and TOML front matter, as Hugo, Jekyll, Obsidian and Docusaurus write it.
//!
//! Keys at the margin with a value, a list or a short map count, also inside a table of a site's own
//! keys ([`entry::WRAPPERS`]). Deeper values are ignored. Plain `key: value` lines, which most files
//! hold, are read without a YAML parser; all other YAML goes through `saphyr-parser`; text that is not
//! valid YAML is read line by line, because one unquoted colon must not lose a source.

mod entry;
mod lenient_yaml;
mod plain_yaml;
mod read_front_matter;
#[cfg(test)]
mod tests;
mod toml_entries;
mod yaml_entries;
mod yaml_tree;

pub(in crate::archive) use read_front_matter::{FrontMatter, read_front_matter};
