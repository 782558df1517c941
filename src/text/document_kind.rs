//! Decides whether a body is a document that text is read from.
//!
//! PDF is not; [`super::pdf`] makes a page of its text. The bytes of what is not read are stored all the same,
//! so that an unchanged picture is recognised.

/// Whether a body with this `Content-Type` is text: by its media type, or by its first bytes where the type
/// is missing or generic (`application/octet-stream`). PDF, pictures, sound, video and archives are not.
pub fn is_text(content_type: Option<&str>, body: &[u8]) -> bool {
    let media = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    match media.as_str() {
        "" | "application/octet-stream" | "application/unknown" | "unknown/unknown" => looks_like_text(body),
        "application/xhtml+xml" | "application/xml" => true,
        _ => media.starts_with("text/"),
    }
}

/// Whether the first bytes are those of a text: no text in a usual charset holds control characters other
/// than white space and escape (WHATWG MIME Sniffing, section 5.1, "binary data byte").
fn looks_like_text(body: &[u8]) -> bool {
    /// As much as a browser examines (WHATWG MIME Sniffing, section 5.2).
    const SNIFFED: usize = 1445;
    const UTF16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    if body.starts_with(b"%PDF-") {
        return false;
    }
    let head = body.get(..SNIFFED).unwrap_or(body);
    let binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    UTF16.iter().any(|mark| body.starts_with(mark)) || !head.iter().any(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_decide_and_bytes_where_the_type_is_generic() {
        assert!(is_text(Some("Text/HTML; charset=gbk"), b"\x00"));
        assert!(is_text(Some("application/xhtml+xml"), b""));
        assert!(!is_text(Some("application/pdf"), b"text"));
        assert!(!is_text(Some("image/png"), b"text"));
        assert!(is_text(None, b"<html>\xd6\xd0\xce\xc4"));
        assert!(!is_text(None, b"\x89PNG\r\n\x1a\n\x00\x00"));
        assert!(!is_text(Some("application/octet-stream"), b"%PDF-1.7 plain"));
    }
}
