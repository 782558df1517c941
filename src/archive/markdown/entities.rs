//! Decodes HTML character references, as far as people leave them in markdown.

use std::borrow::Cow;

/// The longest reference that is looked at, in bytes, with `&` and `;`: that of
/// `&CounterClockwiseContourIntegral;`.
const LONGEST: usize = 33;

/// The text that the character reference at the start of `text` stands for, and the reference's length in
/// bytes.
///
/// `text` starts with `&`. Only references closed by `;` count, as in `CommonMark` (0.31, 2.5). HTML also
/// decodes `&copy=1` in text, though not in attributes; in a URL it is a parameter.
pub fn decode_entity(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let name = text.strip_prefix('&')?.as_bytes();
    let length =
        name.iter().take(LONGEST - 1).position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'#'))?;
    if name.get(length) != Some(&b';') {
        return None;
    }
    let written = text.get(..length + 2)?;
    // The rules for attributes leave a name alone that only begins like a known one.
    let decoded = htmlize::unescape_attribute(written);
    (decoded != written).then_some((decoded, length + 2))
}

/// A text with its character references decoded, or `None` where it has none.
pub fn decode_entities(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut is_decoded = false;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at..)?;
        let length = if let Some((decoded, length)) = decode_entity(rest) {
            is_decoded = true;
            out.push_str(&decoded);
            length
        } else {
            out.push('&');
            1
        };
        rest = rest.get(length..)?;
    }
    out.push_str(rest);
    is_decoded.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Option<(String, usize)> {
        decode_entity(text).map(|(decoded, length)| (decoded.into_owned(), length))
    }

    #[test]
    fn closed_references_are_decoded_and_others_are_not() {
        let found = |text: &str, length| Some((text.to_owned(), length));
        assert_eq!(decoded("&amp;b"), found("&", 5));
        assert_eq!(decoded("&#8217;"), found("’", 7));
        assert_eq!(decoded("&#x27;s"), found("'", 6));
        assert_eq!(decoded("&Auml;"), found("Ä", 6));
        assert_eq!(decoded("&NotEqualTilde;"), found("≂̸", 15));
        assert_eq!(decoded("&CounterClockwiseContourIntegral;"), found("∳", 33));
        // As the standard says (CommonMark 0.31, 2.5); it decoded to nothing before.
        assert_eq!(decoded("&#0;"), found("\u{fffd}", 4));
        for text in
            ["&copy=1;", "&b=1&c=2;", "&", "&文字文字文字;", "&ampx;", "&nosuch;", "&notit;", "&;", "&#;"]
        {
            assert_eq!(decoded(text), None, "{text}");
        }
        assert_eq!(decode_entities("a&amp;b&copy=1&lt;").as_deref(), Some("a&b&copy=1<"));
        assert_eq!(decode_entities("a&b"), None);
    }
}
