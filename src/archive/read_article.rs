//! Reads a file into an [`Article`].

use std::path::PathBuf;

use super::header::row_roles;
use super::{ArchiveError, ArchiveFile, Article, ReadRules, front_matter, markdown};
use crate::files::{AcceptedKinds, FileError, read_limited};
use crate::model::ArticleId;

/// The longest article that is read, in bytes. A book has about a hundredth of it.
pub const MAX_ARTICLE: u64 = 64 << 20;

/// Reads a file of the archive.
///
/// # Errors
/// The file cannot be read, it is no regular file or longer than [`MAX_ARTICLE`], or it is not UTF-8. Either concerns this file only.
pub fn read_article(file: &ArchiveFile, rules: &ReadRules) -> Result<Article, ArchiveError> {
    let accepted = if file.named { AcceptedKinds::FilesAndPipes } else { AcceptedKinds::Files };
    let path = || file.path.clone();
    let bytes = read_limited(&file.path, MAX_ARTICLE, accepted).map_err(|error| match error {
        FileError::Io(source) => ArchiveError::Read { path: path(), source },
        other => ArchiveError::Skipped { path: path(), reason: other.to_string() },
    })?;
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
