//! Reads YAML and TOML front matter, as Hugo, Jekyll, Obsidian and Docusaurus write it.
//!
//! A key at the margin counts if its value is a scalar, a list or a flat map; so does a key inside a table
//! of a site's own keys ([`entry::WRAPPERS`]). Deeper values are ignored. Plain `key: value` lines, which
//! most files have, are read without a YAML parser; other YAML goes through `saphyr-parser`. Text that is
//! not valid YAML is read line by line, so that one unquoted colon does not lose a source.

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
