//! The reading process: takes a document from standard input and writes its text to standard output.
//!
//! It sets bounds on its own memory and processor time before it reads the first byte. A panic of the crate
//! that takes the document apart ends the process, and nothing else.

use std::io::{Read, Write};

use pdf_extract::{Dictionary, Document, Object, decode_text_string};

use super::content::PdfContent;

/// The most address space of the process, in bytes.
#[cfg(unix)]
const MAX_MEMORY: u64 = 2 << 30;
/// The most processor time, in seconds.
#[cfg(unix)]
const MAX_SECONDS: u64 = 30;
/// Longer documents are not read, in bytes.
const MAX_DOCUMENT: u64 = 256 << 20;

/// Reads the document on standard input. Returns whether its text was written to standard output.
pub fn serve() -> bool {
    limit_process();
    let mut document = Vec::new();
    let taken = std::io::stdin().lock().take(MAX_DOCUMENT).read_to_end(&mut document);
    let content = taken.ok().and_then(|_| read_document(&document));
    let Some(json) = content.and_then(|content| serde_json::to_vec(&content).ok()) else { return false };
    let mut output = std::io::stdout().lock();
    output.write_all(&json).and_then(|()| output.flush()).is_ok()
}

fn limit_process() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        for (resource, bound) in [
            (Resource::As, MAX_MEMORY),
            (Resource::Cpu, MAX_SECONDS),
            (Resource::Core, 0),
            (Resource::Fsize, 0),
        ] {
            // Where the system refuses, the time that the other process waits is the bound.
            let _ = setrlimit(resource, Rlimit { current: Some(bound), maximum: Some(bound) });
        }
    }
}

fn read_document(bytes: &[u8]) -> Option<PdfContent> {
    let pages = pdf_extract::extract_text_from_mem_by_pages(bytes).ok()?;
    let mut content = PdfContent { pages, ..PdfContent::default() };
    // The text counts without the facts, too.
    if let Ok(document) = Document::load_mem(bytes)
        && let Some(facts) = find_facts(&document)
    {
        let entry = |name: &[u8]| facts.get(name).ok().map(|value| resolve(&document, value));
        let text = |name: &[u8]| {
            let text = entry(name).and_then(|value| decode_text_string(value).ok()).unwrap_or_default();
            text.trim().to_owned()
        };
        content.title = text(b"Title");
        content.author = text(b"Author");
        let dates = [text(b"CreationDate"), text(b"ModDate")];
        content.date = dates.iter().find_map(|date| parse_date(date)).unwrap_or_default();
    }
    Some(content)
}

/// The information dictionary (ISO 32000-1, section 14.3.3).
fn find_facts(document: &Document) -> Option<&Dictionary> {
    resolve(document, document.trailer.get(b"Info").ok()?).as_dict().ok()
}

fn resolve<'a>(document: &'a Document, value: &'a Object) -> &'a Object {
    document.dereference(value).map_or(value, |(_, value)| value)
}

/// `D:YYYYMMDDHHmmSS` (ISO 32000-1, section 7.9.4) as `YYYY-MM-DD`.
fn parse_date(text: &str) -> Option<String> {
    let digits =
        text.trim_start_matches("D:").get(..8).filter(|date| date.bytes().all(|b| b.is_ascii_digit()))?;
    let (year, month, day) = (digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?);
    let date: jiff::civil::Date = format!("{year}-{month}-{day}").parse().ok()?;
    Some(date.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_are_read() {
        assert_eq!(parse_date("D:20240309120000+01'00'").as_deref(), Some("2024-03-09"));
        assert_eq!(parse_date("20240309").as_deref(), Some("2024-03-09"));
        for wrong in ["", "D:2024", "D:20241399", "yesterday"] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_document_has_no_text() {
        assert_eq!(read_document(b"%PDF-1.4\nnothing"), None);
    }
}
