//! Reads the text of PDF documents, in a process of its own.
//!
//! The crates that take a PDF apart are not safe on hostile input: they panic on what they do not know, and
//! have worked on one document for minutes. So the program starts itself once for each document, with bounds
//! on memory and time that the system holds: that process may die, and the document is then one whose text
//! cannot be read. The text comes back as a plain page, which is read like any other.

mod content;
mod markup;
mod paragraphs;
mod reader;
#[cfg(feature = "pdf")]
mod worker;

pub use reader::{PdfReader, WORKER_ARGUMENT};
#[cfg(feature = "pdf")]
pub use worker::serve;

/// Whether a body is a PDF document: by its media type, or by its first bytes where the type is missing or
/// generic. Some servers put white space before the document (ISO 32000-1, annex H.3.4.1).
pub fn is_pdf(content_type: Option<&str>, body: &[u8]) -> bool {
    /// Where readers look for the mark.
    const SEARCHED: usize = 1024;
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let may_be =
        ["", "application/pdf", "application/x-pdf", "application/octet-stream", "binary/octet-stream"]
            .iter()
            .any(|kind| media.eq_ignore_ascii_case(kind));
    let start = body.trim_ascii_start();
    may_be && start.get(..SEARCHED).unwrap_or(start).starts_with(b"%PDF-")
}

#[cfg(test)]
mod tests {
    use super::is_pdf;

    #[test]
    fn a_pdf_is_known_by_its_first_bytes() {
        assert!(is_pdf(Some("application/pdf; qs=0.001"), b"%PDF-1.4\n"));
        assert!(is_pdf(None, b"\r\n%PDF-1.7"));
        assert!(!is_pdf(Some("text/html"), b"%PDF-1.4 is the mark of a PDF"));
        assert!(!is_pdf(Some("application/pdf"), b"<html>not here</html>"));
    }
}
