//! Reads a file into an [`Article`].

use std::path::PathBuf;

use super::header::row_roles;
use super::{ArchiveError, ArchiveFile, Article, ReadRules, front_matter, markdown};
use crate::model::ArticleId;

/// Reads a file of the archive.
///
/// # Errors
/// The file cannot be read, or it is not UTF-8. Either concerns this file only.
pub fn read_article(file: &ArchiveFile, rules: &ReadRules) -> Result<Article, ArchiveError> {
    let bytes =
        std::fs::read(&file.path).map_err(|source| ArchiveError::Read { path: file.path.clone(), source })?;
    let text = simdutf8::compat::from_utf8(&bytes)
        .map_err(|error| ArchiveError::NotUtf8 { path: file.path.clone(), offset: error.valid_up_to() })?;
    Ok(parse_article(file.id.clone(), file.path.clone(), text, rules))
}

/// Reads the text of an article. No text makes it fail.
pub fn parse_article(id: ArticleId, path: PathBuf, text: &str, rules: &ReadRules) -> Article {
    // A byte order mark is not part of the first line.
    let text = text.trim_start_matches('\u{feff}');
    let front = front_matter::read_front_matter(text, rules).unwrap_or_default();
    let scanned = markdown::scan_markdown(text, front.end);
    row_roles::assemble_article(id, path, front, scanned, rules)
}
