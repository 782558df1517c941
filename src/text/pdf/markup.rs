//! Writes the text of a PDF document as a plain page.

use std::fmt::Write;

use super::content::PdfContent;
use super::paragraphs::join_paragraphs;

/// A page with the document's facts and paragraphs; `None` where it has no text: pictures of pages, say.
pub fn write_page(content: &PdfContent) -> Option<String> {
    let paragraphs = join_paragraphs(&content.pages);
    if !paragraphs.iter().any(|line| line.chars().any(char::is_alphanumeric)) {
        return None;
    }
    let mut page = String::from("<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>");
    push_escaped(&mut page, &content.title);
    page.push_str("</title>");
    for (name, value) in [("author", &content.author), ("article:published_time", &content.date)] {
        if !value.is_empty() {
            let _ = write!(page, "<meta name=\"{name}\" content=\"");
            push_escaped(&mut page, value);
            page.push_str("\">");
        }
    }
    page.push_str("</head><body><article>");
    for paragraph in paragraphs {
        page.push_str("<p>");
        push_escaped(&mut page, &paragraph);
        page.push_str("</p>\n");
    }
    page.push_str("</article></body></html>");
    Some(page)
}

fn push_escaped(page: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            // Fonts without a table of characters give these.
            '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffd}' => {}
            c => page.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_a_page_of_its_paragraphs() {
        let content = PdfContent {
            title: "Ships & <boats>".to_owned(),
            author: "Jane Roe".to_owned(),
            pages: vec!["One \"line\".\n\nAnother.".to_owned()],
            ..PdfContent::default()
        };
        let page = write_page(&content).unwrap_or_default();
        assert!(page.contains("<title>Ships &amp; &lt;boats&gt;</title>"), "{page}");
        assert!(page.contains("<meta name=\"author\" content=\"Jane Roe\">"), "{page}");
        assert!(page.contains("<p>One &quot;line&quot;.</p>\n<p>Another.</p>"), "{page}");
    }

    #[test]
    fn pictures_of_pages_have_no_text() {
        let content = PdfContent { pages: vec!["\n \n".to_owned(), String::new()], ..PdfContent::default() };
        assert_eq!(write_page(&content), None);
    }
}
