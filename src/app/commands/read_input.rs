//! Reads a markdown, HTML or PDF file as a page's text, for `text` and for `diff` of two files.

use std::path::{Path, PathBuf};

use super::input_rules::InputRules;
use super::read_file_error::ReadFileError;
use crate::archive;
use crate::archive::RawLink;
use crate::citation::find_source_rows;
use crate::fetch::body::charset;
use crate::files::{AcceptedKinds, read_limited};
use crate::model::ArticleId;
use crate::pipeline::page::snapshot_pair::PageVersion;
use crate::text::{self, PageText, TextError};

/// The most that is read of one file, in bytes.
pub const MAX_INPUT: u64 = 256 << 20;

/// A file's text, and what else a reader of the file sees. The latter shows whether two files with the
/// same text differ in their credits.
#[derive(Clone, Debug, Default)]
pub struct FileText {
    /// Title, author, date and main text.
    pub page: PageText,
    /// All visible text.
    pub visible: String,
    /// Addresses that are written out in the text. The compared text leaves addresses out, but a reader
    /// sees when one is removed.
    pub bare_links: Vec<String>,
}

impl FileText {
    /// Keeps the page's text alone, with neighbouring blocks of a markdown file as one: a text may have a block for
    /// every few bytes, and a comparison asks for those of pages only.
    pub fn into_page(mut self) -> PageText {
        if self.page.whole.is_empty() {
            self.page.join_blocks();
        }
        self.page
    }
}

/// A file whose bytes are read and decoded, before its text is extracted.
pub struct InputFile {
    path: PathBuf,
    /// The page or the markdown; the reason why a file is not read as text.
    decoded: Result<String, TextError>,
    is_page: bool,
}

impl InputFile {
    /// Reads and decodes a file.
    pub fn open(path: &Path, rules: &InputRules) -> Result<Self, ReadFileError> {
        let bytes = read_limited(path, MAX_INPUT, AcceptedKinds::FilesAndPipes)
            .map_err(|error| ReadFileError::Io { path: path.display().to_string(), source: error.into() })?;
        let read = |decoded, is_page| Self { path: path.to_owned(), decoded, is_page };
        if text::is_pdf(None, &bytes) {
            return Ok(read(rules.pages.pdf().read_as_page(&bytes), true));
        }
        let decoded = charset::decode_text(&bytes, None).text;
        let is_page = is_html(path, &decoded);
        if !is_page && !is_markdown(path) && !text::is_text(None, &bytes) {
            return Ok(read(Err(TextError::NotText), true));
        }
        Ok(read(Ok(decoded), is_page))
    }

    /// Whether the file is HTML or a PDF, whose extraction can be guided.
    pub fn is_page(&self) -> bool {
        self.is_page
    }

    /// The file as a version of a page. Its visible text is made with [`text::visible_text`].
    ///
    /// # Errors
    /// Why the file is not read as text.
    pub fn as_page_version<'a>(
        &'a self,
        visible: &'a str,
        rules: &'a InputRules,
    ) -> Result<PageVersion<'a>, TextError> {
        Ok(PageVersion { html: self.decoded()?, url: None, visible, rules: &rules.pages })
    }

    fn decoded(&self) -> Result<&str, TextError> {
        self.decoded.as_deref().map_err(|reason| *reason)
    }

    /// All that a page shows.
    pub fn visible_text(&self, rules: &InputRules) -> String {
        self.decoded().map(|decoded| text::visible_text(decoded, &rules.pages).text).unwrap_or_default()
    }

    /// The file's name, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Extracts the text. `guide` is the text of the other side of a comparison.
    pub fn read(&self, guide: Option<&str>, rules: &InputRules) -> Result<FileText, ReadFileError> {
        let without_text = |source| ReadFileError::Text { path: self.path.display().to_string(), source };
        let decoded = self.decoded().map_err(without_text)?;
        if !self.is_page {
            return Ok(read_markdown(&self.path, decoded, rules));
        }
        let page = text::extract_page(decoded, None, guide, &rules.pages).map_err(without_text)?;
        let visible = page.whole.clone();
        Ok(FileText { page, visible, bare_links: Vec::new() })
    }
}

/// Reads a file without a guide.
pub fn read_file(path: &Path, rules: &InputRules) -> Result<FileText, ReadFileError> {
    InputFile::open(path, rules)?.read(None, rules)
}

/// Whether a file is HTML, by its extension or, where that is unknown, by its first characters.
pub fn is_html(path: &Path, text: &str) -> bool {
    match extension_of(path).as_str() {
        "html" | "htm" | "xhtml" | "shtml" => return true,
        _ if is_markdown(path) => return false,
        _ => {}
    }
    let start: String = text.trim_start_matches('\u{feff}').trim_start().chars().take(200).collect();
    let start = start.to_ascii_lowercase();
    ["<!doctype", "<html", "<head", "<body", "<?xml", "<!--", "<div", "<p>"]
        .iter()
        .any(|mark| start.starts_with(mark))
}

fn extension_of(path: &Path) -> String {
    path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn is_markdown(path: &Path) -> bool {
    matches!(extension_of(path).as_str(), "md" | "markdown" | "txt")
}

fn read_markdown(path: &Path, source: &str, rules: &InputRules) -> FileText {
    let id = ArticleId::new(path.display().to_string());
    let article = archive::parse_article(id, path.to_path_buf(), source, &rules.articles);
    let body = article.body_text();
    let mut page = PageText::from_article(&article, &find_source_rows(&article, &rules.citations));
    page.language = text::detect_language(&body);
    let mut visible = body;
    for (_, _, text) in article.rows_left_out() {
        visible.push('\n');
        visible.push_str(&text);
    }
    let is_bare =
        |link: &&RawLink| !link.image && (link.label.trim().is_empty() || link.label.contains("://"));
    let bare_links =
        article.links.iter().filter(is_bare).map(|link| link.destination.trim().to_owned()).collect();
    FileText { page, visible, bare_links }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_told_from_markdown() {
        assert!(is_html(Path::new("a.HTML"), "text"));
        assert!(!is_html(Path::new("a.md"), "<div>x</div>"));
        assert!(is_html(Path::new("page"), "\u{feff}\n<!DOCTYPE html>"));
        assert!(!is_html(Path::new("page"), "# title"));
    }
}
